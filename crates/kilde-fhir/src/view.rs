//! Views of a resource for answers: [`_summary`](https://hl7.org/fhir/R4/search.html#summary),
//! [`_elements`](https://hl7.org/fhir/R4/search.html#elements) and `_pretty`.
//!
//! A view keeps the text of what it keeps: digits, escapes, order. It carries the tag SUBSETTED, so
//! that nobody takes it for the whole. Only the resource itself is viewed; the resources in a
//! Bundle are kept as they are, and whoever answers a search views each of them first.

mod pretty;
mod subset;

pub use pretty::pretty;

use crate::definitions::{Element, TypeDef};
use crate::json::{Value, write_compact};
use crate::validate::place;
use subset::{Keep, Subset};

/// What `_summary` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// The elements that the definitions mark as summary.
    True,
    /// `text`, `id`, `meta` and required elements.
    Text,
    /// All but `text`.
    Data,
    /// The count of a search and no resources.
    Count,
    /// Everything.
    False,
}

impl Summary {
    /// The value of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "true" => Summary::True,
            "text" => Summary::Text,
            "data" => Summary::Data,
            "count" => Summary::Count,
            "false" => Summary::False,
            _ => return None,
        })
    }
}

/// What `_elements` asks for: names of elements at the root of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elements {
    names: Vec<String>,
}

impl Elements {
    /// Reads `a,b` or `Patient.a,Patient.b`; `value` and `value[x]` stand for all types of a choice.
    pub fn new(text: &str) -> Self {
        let names = text.split(',').map(|n| n.trim().trim_end_matches("[x]")).filter(|n| !n.is_empty());
        Elements {
            names: names.map(str::to_owned).collect(),
        }
    }

    /// The names that are no element of a type.
    pub fn unknown(&self, def: &TypeDef) -> Vec<&str> {
        let known = |name: &&str| def.elements().iter().any(|e| names(e, def, name));
        self.names.iter().map(String::as_str).filter(|n| !known(n)).collect()
    }

    fn has(&self, def: &TypeDef, element: &Element) -> bool {
        self.names.iter().any(|n| names(element, def, n))
    }
}

/// Whether a name, with or without the type in front, is that of an element.
fn names(element: &Element, def: &TypeDef, name: &str) -> bool {
    let name = name.strip_prefix(def.name()).and_then(|n| n.strip_prefix('.')).unwrap_or(name);
    element.name() == name || element.stem() == name
}

/// A resource as `_summary` asks for it, as JSON without white space. `Count` is about searches;
/// of a resource it leaves everything, as `False` does. Text that is no resource stays whole.
///
/// `True` keeps at every level what is marked as summary, what is required and what modifies.
/// Extensions and ids of elements are no part of a summary, but for those of a primitive without value.
pub fn summary(resource: Value<'_>, summary: Summary) -> String {
    let keep: &Keep<'_> = match summary {
        Summary::True => &|e, _| e.is_summary() || e.is_required() || e.is_modifier(),
        Summary::Text => &|e, _| ["id", "meta", "text"].contains(&e.name()) || e.is_required(),
        Summary::Data => &|e, _| e.name() != "text",
        Summary::Count | Summary::False => return whole(resource),
    };
    subset(resource, keep, summary == Summary::True)
}

/// A resource with the elements asked for, and `id`, `meta`, all that is required and all that
/// modifies; as JSON without white space. Text that is no resource stays whole.
pub fn elements(resource: Value<'_>, elements: &Elements) -> String {
    let keep =
        |e: &Element, def: &TypeDef| ["id", "meta"].contains(&e.name()) || e.is_required() || e.is_modifier() || elements.has(def, e);
    subset(resource, &keep, false)
}

fn subset(resource: Value<'_>, keep: &Keep<'_>, deep: bool) -> String {
    let Some(def) = place::type_of(resource) else {
        return whole(resource);
    };
    Subset::new(keep, deep).resource(resource, def)
}

fn whole(resource: Value<'_>) -> String {
    let mut out = String::with_capacity(resource.raw().len());
    write_compact(resource, &mut out);
    out
}

#[cfg(test)]
mod tests;
