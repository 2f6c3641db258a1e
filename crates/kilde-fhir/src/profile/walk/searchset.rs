//! Links of a Bundle, and what a search set's entries are (http.html#paging, search.html#return).

use super::Run;
use super::reference::type_in;
use crate::json::Value;
use crate::profile::say;
use rustc_hash::FxHashSet;

/// Relations of which a page has one at most.
const ONCE: [&str; 6] = ["self", "first", "previous", "prev", "next", "last"];

impl<'a> Run<'_, 'a> {
    /// Each relation that leads to one page stands once.
    pub(super) fn links(&mut self, bundle: Value<'a>) {
        let mut seen = FxHashSet::default();
        for link in bundle.items("link") {
            let Some(relation) = link.str("relation") else { continue };
            if ONCE.contains(&&*relation) && !seen.insert(relation) {
                self.note(link, false, say::bundle_link_twice);
            }
        }
    }

    /// Results have an id, outcomes are OperationOutcomes, and matches are of the types asked for.
    pub(super) fn search_set(&mut self, bundle: Value<'a>) {
        let types = searched_types(bundle);
        for entry in bundle.items("entry") {
            let Some(resource) = entry.get("resource") else { continue };
            let Some(name) = resource.str("resourceType") else { continue };
            let mode = entry.path(&["search", "mode"]).and_then(Value::as_str);
            let outcome = name == "OperationOutcome";
            if resource.get("id").is_none() && !(outcome && mode.as_deref() != Some("match")) {
                self.note(resource, false, say::bundle_search_id);
            }
            match mode.as_deref() {
                Some("outcome") if !outcome => self.note(resource, false, || say::bundle_search_outcome(&name)),
                Some("match") if !types.is_empty() && !types.iter().any(|t| *t == *name) => {
                    self.note(resource, false, || say::bundle_search_match(&name, &types));
                }
                _ => {}
            }
        }
    }
}

/// The types that the search was for, by the link to itself; none if it cannot be told.
fn searched_types(bundle: Value<'_>) -> Vec<String> {
    let mut links = bundle.items("link");
    let own = links.find(|l| l.str("relation").as_deref() == Some("self"));
    let Some(url) = own.and_then(|l| l.str("url")) else {
        return Vec::new();
    };
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let listed = query.split('&').filter_map(|p| p.strip_prefix("_type=")).flat_map(|t| t.split(','));
    let listed: Vec<String> = listed.map(str::to_owned).collect();
    if !listed.is_empty() {
        return listed;
    }
    // `Patient?name=x`, and a compartment's `Patient/1/Observation`; an address with an id is no search.
    let last = path.rsplit('/').next().unwrap_or(path);
    type_in(last).map(|t| t.name().to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    #[test]
    fn types_of_a_search() {
        for (url, types) in [
            ("http://x.no/fhir/Patient?name=a", &["Patient"][..]),
            ("http://x.no/fhir/Patient/1/Observation?code=a", &["Observation"]),
            ("http://x.no/fhir?_type=Patient,Group", &["Patient", "Group"]),
            ("http://x.no/fhir/Patient/1", &[]),
            ("http://x.no/fhir/_search", &[]),
        ] {
            let bundle = format!(r#"{{"resourceType":"Bundle","link":[{{"relation":"self","url":"{url}"}}]}}"#);
            let document = parse(bundle, Limits::default()).unwrap();
            assert_eq!(searched_types(document.root()), types, "{url}");
        }
    }
}
