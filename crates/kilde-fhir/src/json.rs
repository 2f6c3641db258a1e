//! JSON as FHIR needs it: every number keeps the digits it came with, every value knows where in
//! the text it stands, a repeated property is an error, and depth is bounded.
//!
//! [`parse`] makes a flat tree over the text without copying strings. A [`Value`] is a place in
//! that tree; it is `Copy`. Why not a general library: see `docs/adr/0003`.

mod marks;
mod names;
mod parse;
mod say;
mod write;

pub use parse::{Limits, SyntaxError, parse};
pub use write::{Edits, escape_into, write_compact, write_edited};

use marks::Marks;
use std::borrow::Cow;
use std::sync::OnceLock;

/// A parsed document: the text and a flat tree over it.
#[derive(Debug)]
pub struct Document {
    text: String,
    nodes: Vec<Node>,
    /// Made when the place of something far into the text is first asked for.
    marks: OnceLock<Marks>,
}

/// In a text up to so long lines are counted from its beginning.
const SHORT: usize = 16 << 10;

/// One place in the tree, in document order. `next` is the node after this one's subtree.
#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    key_start: u32,
    key_end: u32,
    next: u32,
    kind: Kind,
    escaped: bool,
    key_escaped: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// A number, its text kept as it came.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

/// Line and column in the text, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Document {
    /// The value that the document is.
    pub fn root(&self) -> Value<'_> {
        Value { doc: self, at: 0 }
    }

    /// The value at a place that [`Value::place`] gave; `None` beyond the document.
    pub fn value_at(&self, place: u32) -> Option<Value<'_>> {
        ((place as usize) < self.nodes.len()).then_some(Value { doc: self, at: place })
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that was parsed, without the tree.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Line and column of a byte offset. The first time in a long text all lines are counted.
    pub fn position(&self, offset: usize) -> Position {
        if offset <= SHORT {
            return position_in(&self.text, offset);
        }
        self.marks.get_or_init(|| Marks::new(&self.text)).position(&self.text, offset)
    }
}

pub(crate) fn position_in(text: &str, offset: usize) -> Position {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    let line = memchr::memchr_iter(b'\n', before).count() as u32 + 1;
    let column = before[line_start..].iter().filter(|b| (**b & 0xC0) != 0x80).count() as u32 + 1;
    Position { line, column }
}

/// A place in a [`Document`].
#[derive(Clone, Copy)]
pub struct Value<'a> {
    doc: &'a Document,
    at: u32,
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.raw())
    }
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.doc.nodes[self.at as usize]
    }

    /// The document this value is in.
    pub fn document(self) -> &'a Document {
        self.doc
    }

    /// A number that names this place within its document; the key for [`Edits`].
    pub fn place(self) -> u32 {
        self.at
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// Whether this is an array.
    pub fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    /// Whether this is a string.
    pub fn is_string(self) -> bool {
        self.kind() == Kind::String
    }

    /// The value's own text, as it came.
    pub fn raw(self) -> &'a str {
        let n = self.node();
        &self.doc.text[n.start as usize..n.end as usize]
    }

    /// Byte offset of the value's first character in the text.
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// Line and column of the value's first character.
    pub fn position(self) -> Position {
        self.doc.position(self.offset())
    }

    /// Line and column of the property name if the value is a property, else of the value.
    pub fn key_position(self) -> Position {
        self.doc.position(self.key_offset())
    }

    /// Byte offset of the property name's first quote if the value is a property, else of the value.
    pub fn key_offset(self) -> usize {
        let n = self.node();
        if n.key_end > 0 {
            n.key_start as usize - 1
        } else {
            n.start as usize
        }
    }

    /// The property name as it is written, between its quotes; nothing if the value is no property.
    pub(crate) fn raw_key(self) -> &'a str {
        let n = self.node();
        &self.doc.text[n.key_start as usize..n.key_end as usize]
    }

    /// The property name under which the value stands, if it stands in an object.
    pub fn key(self) -> Option<Cow<'a, str>> {
        let n = self.node();
        if n.key_end == 0 {
            return None;
        }
        let raw = &self.doc.text[n.key_start as usize..n.key_end as usize];
        Some(if n.key_escaped {
            Cow::Owned(parse::unescape(raw))
        } else {
            Cow::Borrowed(raw)
        })
    }

    /// The string's characters, escapes resolved; `None` if it is no string.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let n = self.node();
        if n.kind != Kind::String {
            return None;
        }
        let raw = &self.doc.text[n.start as usize + 1..n.end as usize - 1];
        Some(if n.escaped {
            Cow::Owned(parse::unescape(raw))
        } else {
            Cow::Borrowed(raw)
        })
    }

    /// The string if it can be borrowed from the text (it has no escapes).
    pub fn as_plain_str(self) -> Option<&'a str> {
        match self.as_str() {
            Some(Cow::Borrowed(s)) => Some(s),
            _ => None,
        }
    }

    /// The number's text; `None` if it is no number.
    pub fn as_number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// The boolean; `None` if it is none.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// Properties of an object or items of an array, in order; empty for everything else.
    pub fn children(self) -> Children<'a> {
        let n = self.node();
        let inside = matches!(n.kind, Kind::Object | Kind::Array);
        Children {
            doc: self.doc,
            at: self.at + 1,
            end: if inside { n.next } else { self.at + 1 },
        }
    }

    /// The property of that name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        if !self.is_object() {
            return None;
        }
        self.children().find(|c| {
            let n = c.node();
            if n.key_escaped {
                c.key().as_deref() == Some(name)
            } else {
                &self.doc.text.as_bytes()[n.key_start as usize..n.key_end as usize] == name.as_bytes()
            }
        })
    }

    /// The string under that name.
    pub fn str(self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.as_str()
    }

    /// The items under that name: an array's items, a single value as itself, none if absent.
    pub fn items(self, name: &str) -> Items<'a> {
        match self.get(name) {
            None => Items::None,
            Some(v) if v.is_array() => Items::Many(v.children()),
            Some(v) => Items::One(Some(v)),
        }
    }

    /// Follows object properties; where an array stands in the way, its first item.
    pub fn path(self, names: &[&str]) -> Option<Value<'a>> {
        let mut v = self;
        for name in names {
            v = v.get(name)?;
            if v.is_array() {
                v = v.children().next()?;
            }
        }
        Some(v)
    }
}

/// Iterator over the children of a value.
#[derive(Clone)]
pub struct Children<'a> {
    doc: &'a Document,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;
    fn next(&mut self) -> Option<Value<'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value {
            doc: self.doc,
            at: self.at,
        };
        self.at = value.node().next;
        Some(value)
    }
}

/// What [`Value::items`] gives.
#[derive(Clone)]
pub enum Items<'a> {
    /// The property is absent.
    None,
    /// A single value.
    One(Option<Value<'a>>),
    /// The items of an array.
    Many(Children<'a>),
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;
    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Items::None => None,
            Items::One(v) => v.take(),
            Items::Many(c) => c.next(),
        }
    }
}

/// A value or its companion (`_name`) or both, by number if they are lists: `{"given":["A",null],"_given":[null,{"id":"b"}]}`
/// gives `(A, null)` and `(null, {"id":"b"})`. A single value counts as a list of one; beside a list nothing else counts.
pub fn pairs<'a>(value: Option<Value<'a>>, companion: Option<Value<'a>>) -> impl Iterator<Item = (Option<Value<'a>>, Option<Value<'a>>)> {
    let listed = [value, companion].into_iter().flatten().any(Value::is_array);
    let items = move |v: Option<Value<'a>>| match v {
        Some(v) if v.is_array() => Items::Many(v.children()),
        Some(v) if !listed => Items::One(Some(v)),
        _ => Items::None,
    };
    let (mut values, mut companions) = (items(value), items(companion));
    std::iter::from_fn(move || match (values.next(), companions.next()) {
        (None, None) => None,
        pair => Some(pair),
    })
}

#[cfg(test)]
mod tests;
