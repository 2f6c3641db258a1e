//! What the references of a delivery become.

use super::Context;
use crate::condition::Condition;
use crate::unit::Action;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Kind, Value};
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// An entry that others of the same unit may refer to.
pub(crate) struct Target {
    pub(crate) rtype: ResourceType,
    /// The id if it is certain now.
    pub(crate) id: Option<String>,
}

/// The entries of a unit by `fullUrl`.
#[derive(Default)]
pub(crate) struct Targets {
    pub(crate) urls: FxHashMap<String, u32>,
    pub(crate) list: Vec<Target>,
}

impl Targets {
    pub(crate) fn add(&mut self, rtype: ResourceType, action: &Action) {
        self.list.push(Target {
            rtype,
            id: action.certain_id().map(str::to_owned),
        });
    }
}

/// What stands in a reference.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// It stays.
    Keep,
    /// Another text.
    Text(String),
    /// An entry whose id is not certain yet.
    Entry(u32),
    /// A search.
    Condition(Condition),
    /// A search that cannot be read.
    BadCondition,
    /// Something of this delivery that is not there.
    Unresolved,
}

impl Targets {
    /// Resolves the text of a reference that stands in the entry with this `fullUrl`.
    pub(crate) fn resolve(&self, cx: &Context<'_>, text: &str, own_url: Option<&str>) -> Resolved {
        if text.starts_with('#') {
            return Resolved::Keep;
        }
        if let Some(entry) = self.find(text, own_url) {
            return self.entry(entry);
        }
        if text.starts_with("urn:uuid:") {
            return Resolved::Unresolved;
        }
        let relative = cx.base_url.and_then(|base| text.strip_prefix(base)?.strip_prefix('/'));
        let text = relative.unwrap_or(text);
        match Condition::of_reference(text) {
            Some(Some(condition)) => Resolved::Condition(condition),
            Some(None) => Resolved::BadCondition,
            None if relative.is_some() => Resolved::Text(text.to_owned()),
            None => Resolved::Keep,
        }
    }

    /// The entry that a reference text names.
    pub(crate) fn find(&self, text: &str, own_url: Option<&str>) -> Option<u32> {
        if self.urls.is_empty() {
            return None;
        }
        if let Some(entry) = self.urls.get(text) {
            return Some(*entry);
        }
        // A relative reference is relative to the place of the entry it stands in.
        let own = own_url.filter(|u| u.starts_with("http"))?;
        if text.contains(':') {
            return None;
        }
        let base = own.rsplitn(3, '/').nth(2)?;
        self.urls.get(format!("{base}/{text}").as_str()).copied()
    }

    pub(crate) fn entry(&self, entry: u32) -> Resolved {
        match self.list.get(entry as usize) {
            Some(Target { rtype, id: Some(id) }) => Resolved::Text(format!("{}/{id}", rtype.name())),
            _ => Resolved::Entry(entry),
        }
    }
}

/// FHIRPath of a value within a resource, `start` standing for the resource. Slow: for findings only.
pub(crate) fn path_to(resource: Value<'_>, value: Value<'_>, start: &str) -> String {
    let mut path = start.to_owned();
    let mut at = resource;
    'down: while at.place() != value.place() {
        let array = at.kind() == Kind::Array;
        for (i, child) in at.children().enumerate() {
            if (child.place()..=last_place(child)).contains(&value.place()) {
                if array {
                    let _ = write!(path, "[{i}]");
                } else {
                    path.push('.');
                    path.push_str(&child.key().unwrap_or_default());
                }
                at = child;
                continue 'down;
            }
        }
        break;
    }
    path
}

fn last_place(value: Value<'_>) -> u32 {
    let mut at = value;
    while let Some(child) = at.children().last() {
        at = child;
    }
    at.place()
}

/// `Observation.code` with the resource standing at `start`: `Bundle.entry[2].resource.code`.
pub(crate) fn relocate(expression: &str, start: &str) -> String {
    match expression.find(['.', '[']) {
        Some(end) => format!("{start}{}", &expression[end..]),
        None => start.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};

    #[test]
    fn a_path_is_found() {
        let doc = parse(r#"{"a":[{"b":1},{"b":{"c":[1,2,3]}}],"d":"x"}"#, Limits::default()).unwrap();
        let root = doc.root();
        let c = root
            .get("a")
            .unwrap()
            .children()
            .nth(1)
            .unwrap()
            .path(&["b"])
            .unwrap()
            .get("c")
            .unwrap();
        assert_eq!(path_to(root, c.children().nth(2).unwrap(), "T"), "T.a[1].b.c[2]");
        assert_eq!(path_to(root, root.get("d").unwrap(), "T"), "T.d");
        assert_eq!(path_to(root, root, "T"), "T");
    }

    #[test]
    fn expressions_move_with_the_resource() {
        assert_eq!(
            relocate("Observation.component[1].code", "Bundle.entry[2].resource"),
            "Bundle.entry[2].resource.component[1].code"
        );
        assert_eq!(relocate("Observation", "X"), "X");
        assert_eq!(relocate("", "X"), "X");
    }
}
