//! Where a finding is: FHIRPath and line:column. Both are worked out when there is a finding, so
//! that a resource without findings pays nothing for them.

use crate::definitions::{self, Element, ElementType, TypeDef};
use crate::finding::Finding;
use crate::json::{Position, Value};
use std::borrow::Cow;

/// A finding and the value it is about. `finding.expression` holds what to add to the value's own
/// path (`.status` for an element that is missing in it).
pub(crate) struct Found<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) at_key: bool,
    pub(crate) finding: Finding,
}

/// Fills in the places, and orders the findings as the text is ordered.
pub(crate) fn locate<'a>(root: Value<'a>, found: Vec<Found<'a>>) -> Vec<Finding> {
    let mut placed: Vec<(usize, Finding)> = found
        .into_iter()
        .map(|f| {
            let offset = if f.at_key { f.value.key_offset() } else { f.value.offset() };
            let mut finding = f.finding;
            finding.expression.insert_str(0, &expression(root, f.value));
            (offset, finding)
        })
        .collect();
    placed.sort_by_key(|(offset, _)| *offset);
    placed
        .into_iter()
        .map(|(offset, mut finding)| {
            finding.position = Some(root.document().position(offset));
            finding
        })
        .collect()
}

/// Counts lines once over the text, for ascending offsets.
pub(crate) struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Lines {
            text,
            offset: 0,
            line: 1,
            line_start: 0,
        }
    }

    pub(crate) fn position(&mut self, offset: usize) -> Position {
        let bytes = self.text.as_bytes();
        let offset = offset.min(bytes.len());
        for at in memchr::memchr_iter(b'\n', bytes.get(self.offset..offset).unwrap_or(&[])) {
            self.line += 1;
            self.line_start = self.offset + at + 1;
        }
        self.offset = self.offset.max(offset);
        let column = bytes[self.line_start.min(offset)..offset]
            .iter()
            .filter(|b| (**b & 0xC0) != 0x80)
            .count();
        Position {
            line: self.line,
            column: u32::try_from(column).unwrap_or(u32::MAX - 1) + 1,
        }
    }
}

/// FHIRPath from the root to a value in it: `Observation.component[2].value.ofType(Quantity)`.
pub(crate) fn expression(root: Value<'_>, target: Value<'_>) -> String {
    let mut def = type_of(root);
    let mut out = String::from(def.map_or("$this", TypeDef::name));
    let mut at = root;
    while at.place() != target.place() {
        let Some((index, child)) = at.children().take_while(|c| c.place() <= target.place()).enumerate().last() else {
            break;
        };
        if at.is_array() {
            out.push_str(&format!("[{index}]"));
            if child.is_object() && child.get("resourceType").is_some() && def.is_none() {
                def = type_of(child);
            }
        } else if let Some(key) = child.key() {
            def = step(def, &key, child, &mut out);
        }
        at = child;
    }
    out
}

/// Adds an element's name to a path, with its type if it is one of a choice.
pub(crate) fn push_name(element: &Element, out: &mut String) {
    out.push('.');
    out.push_str(element.stem());
    if element.is_choice() {
        out.push_str(".ofType(");
        out.push_str(element.type_name());
        out.push(')');
    }
}

/// Adds a property's step; gives the type of what stands there.
fn step(def: Option<&'static TypeDef>, key: &str, child: Value<'_>, out: &mut String) -> Option<&'static TypeDef> {
    let name = key.strip_prefix('_').unwrap_or(key);
    match def.and_then(|d| d.element(name)) {
        Some(element) => {
            push_name(element, out);
            match element.ty() {
                ElementType::Resource => type_of(child),
                ElementType::Primitive(_) if child.is_string() => None,
                ElementType::Primitive(_) => definitions::type_of("Element"),
                ElementType::Complex(id) => Some(definitions::type_by_id(id)),
            }
        }
        None => {
            if let Some(name) = printable(name) {
                out.push('.');
                out.push_str(name);
            }
            None
        }
    }
}

/// The type that a resource says it is.
pub(crate) fn type_of(resource: Value<'_>) -> Option<&'static TypeDef> {
    let name: Cow<'_, str> = resource.str("resourceType")?;
    crate::definitions::ResourceType::from_name(&name).and_then(definitions::type_of_resource)
}

/// A delivered property name if it can be told: it looks like a name, not like data.
pub(crate) fn printable(name: &str) -> Option<&str> {
    let word = name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    (word && plain && digits <= 4).then_some(name)
}
