//! References that lead out of what is validated, where somebody can say whereto.

use super::Run;
use super::node::Node;
use crate::finding::Finding;
use crate::json::{Document, Value};
use crate::profile::options::Addresses;
use crate::profile::rule::Profile;
use crate::profile::say;
use std::sync::Arc;

/// No more references are followed from one to the next.
const MAX_FOLLOWED: usize = 8;

impl<'a> Run<'_, 'a> {
    /// What a reference leads to that is neither contained nor in the Bundle.
    pub(super) fn elsewhere(&mut self, reference: &str) -> Option<Arc<Document>> {
        let references = self.v.references.as_ref()?;
        references.resource(reference)
    }

    /// A Reference by itself: it leads somewhere, and its address is one of a FHIR server, where that is asked.
    pub(super) fn reference_itself(&mut self, reference: Value<'a>) {
        let options = &self.v.options;
        let (rest, unresolved) = (options.addresses == Addresses::Rest, options.unresolved_reference);
        if !rest && (unresolved.is_none() || self.v.references.is_none()) {
            return;
        }
        let Some(place) = reference.get("reference") else { return };
        let Some(text) = place.as_str() else { return };
        if rest && let Some(name) = not_of_r4(&text) {
            self.note(place, false, || say::reference_address(name));
        }
        if let Some(severity) = unresolved
            && self.v.references.is_some()
            && self.scope.at(self.scope.follow(&text)).is_none()
            && !text.starts_with('#')
            && self.elsewhere(&text).is_none()
        {
            self.note(place, false, || say::reference_unresolved(severity));
        }
    }

    /// The first reason why a resource elsewhere does not conform to a profile. One that is asked for already, on the way
    /// here, is taken as conforming.
    pub(super) fn conforms_elsewhere(&mut self, reference: &str, document: &Document, wanted: &Arc<Profile>) -> Option<Box<Finding>> {
        let key = (reference.to_owned(), Arc::as_ptr(wanted) as usize);
        let root = document.root();
        if self.followed.contains(&key) || self.followed.len() >= MAX_FOLLOWED {
            return None;
        }
        let node = Node::resource(root)?;
        let mut there = Run::new(self.v, root, false);
        there.budget = self.budget;
        there.followed = std::mem::take(&mut self.followed);
        there.followed.push(key);
        let error = there.conforms(wanted, node);
        self.budget = there.budget;
        self.followed = there.followed;
        self.followed.pop();
        error
    }
}

/// What stands where an `http` address has the resource type, if that is none of R4.
fn not_of_r4(address: &str) -> Option<&str> {
    let path = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"))?;
    let path = path.split_once("/_history/").map_or(path, |(path, _)| path);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let mut parts = path.rsplit('/');
    let (_, name) = (parts.next()?, parts.next()?);
    // The first part is the host.
    let named = parts.next().is_some() && !crate::definitions::ResourceType::all().any(|t| t.name() == name);
    named.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::not_of_r4;

    #[test]
    fn addresses() {
        assert_eq!(not_of_r4("https://a.no/fhir/Patient/1"), None);
        assert_eq!(not_of_r4("https://a.no/fhir/Patient/1/_history/2"), None);
        assert_eq!(not_of_r4("https://a.no/Thing/1"), Some("Thing"));
        assert_eq!(not_of_r4("https://a.no/1"), None);
        assert_eq!(not_of_r4("urn:uuid:x"), None);
        assert_eq!(not_of_r4("Thing/1"), None);
    }
}
