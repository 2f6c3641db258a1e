//! A JSON value that can be changed. What is not changed is borrowed from the text it came from.

use crate::json::{Kind, Value, escape_into};
use std::borrow::Cow;

/// A value. Numbers, strings, booleans and null keep their text.
#[derive(Debug, Clone)]
pub(super) enum Tree<'t> {
    /// Properties in order, names without escapes.
    Object(Vec<(Cow<'t, str>, Tree<'t>)>),
    /// Items.
    Array(Vec<Tree<'t>>),
    /// Anything else, as JSON text.
    Leaf(Cow<'t, str>),
}

impl<'t> Tree<'t> {
    /// `null`.
    pub(super) const NULL: Tree<'static> = Tree::Leaf(Cow::Borrowed("null"));

    /// The value at a place; `None` if it is nested deeper than `depth`.
    pub(super) fn new(value: Value<'t>, depth: usize) -> Option<Self> {
        let inside = || depth.checked_sub(1);
        Some(match value.kind() {
            Kind::Object => {
                let depth = inside()?;
                let member = |c: Value<'t>| Some((c.key()?, Tree::new(c, depth)?));
                Tree::Object(value.children().map(member).collect::<Option<_>>()?)
            }
            Kind::Array => {
                let depth = inside()?;
                Tree::Array(value.children().map(|c| Tree::new(c, depth)).collect::<Option<_>>()?)
            }
            _ => Tree::Leaf(Cow::Borrowed(value.raw())),
        })
    }

    /// How deep it is nested, and about how many bytes it takes as text.
    pub(super) fn measure(&self) -> (usize, usize) {
        let add = |(d, b): (usize, usize), (depth, bytes): (usize, usize)| (d.max(depth), b + bytes + 1);
        match self {
            Tree::Leaf(text) => (0, text.len()),
            Tree::Array(items) => {
                let (d, b) = items.iter().map(Tree::measure).fold((0, 2), add);
                (d + 1, b)
            }
            Tree::Object(members) => {
                let each = members.iter().map(|(k, v)| {
                    let (d, b) = v.measure();
                    (d, b + k.len() + 3)
                });
                let (d, b) = each.fold((0, 2), add);
                (d + 1, b)
            }
        }
    }

    /// The property of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Tree<'t>> {
        match self {
            Tree::Object(members) => members.iter().find(|(k, _)| k == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The property of that name, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Tree<'t>> {
        match self {
            Tree::Object(members) => members.iter_mut().find(|(k, _)| k == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Tree::Leaf(text) if text == "null")
    }

    /// Whether it is an object or array that says nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Tree::Object(members) => members.is_empty(),
            Tree::Array(items) => items.iter().all(Tree::is_null),
            Tree::Leaf(_) => false,
        }
    }

    /// Writes it without white space.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Tree::Leaf(text) => out.push_str(text),
            Tree::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Tree::Object(members) => {
                out.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    escape_into(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}
