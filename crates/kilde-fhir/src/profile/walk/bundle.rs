//! Bundles: entries found by reference, and what R4 says of fullUrl, documents and messages.

use super::Run;
use crate::json::Value;
use crate::profile::say;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// The resources of a Bundle by fullUrl and by type and id.
pub(super) struct Index<'a> {
    by_url: FxHashMap<String, SmallVec<[Value<'a>; 1]>>,
    by_id: FxHashMap<String, SmallVec<[Value<'a>; 1]>>,
    /// The fullUrl of a resource, by its place.
    url_of: FxHashMap<u32, String>,
}

impl<'a> Index<'a> {
    pub(super) fn new(bundle: Value<'a>) -> Self {
        let mut index = Index {
            by_url: FxHashMap::default(),
            by_id: FxHashMap::default(),
            url_of: FxHashMap::default(),
        };
        for entry in bundle.items("entry") {
            let Some(resource) = entry.get("resource") else { continue };
            if let Some(url) = entry.str("fullUrl") {
                index.by_url.entry(url.clone().into_owned()).or_default().push(resource);
                index.url_of.insert(resource.place(), url.into_owned());
            }
            if let (Some(name), Some(id)) = (resource.str("resourceType"), resource.str("id")) {
                index.by_id.entry(format!("{name}/{id}")).or_default().push(resource);
            }
        }
        index
    }

    /// The absolute form of a reference that stands in a resource of the Bundle.
    fn absolute(&self, reference: &str, from: Value<'a>) -> Option<String> {
        if reference.contains(':') {
            return Some(reference.to_owned());
        }
        let url = self.url_of.get(&from.place())?;
        let base = rest_base(url)?;
        Some(format!("{base}/{reference}"))
    }

    /// All resources that a reference leads to by the rules of Bundle: the fullUrl decides.
    pub(super) fn matches(&self, reference: &str, from: Value<'a>) -> SmallVec<[Value<'a>; 1]> {
        let (plain, version) = match reference.split_once("/_history/") {
            Some((plain, version)) => (plain, Some(version)),
            None => (reference, None),
        };
        let plain = plain.split_once('#').map_or(plain, |(p, _)| p);
        let mut found = match self.absolute(plain, from).and_then(|url| self.by_url.get(&url)) {
            Some(found) => found.clone(),
            None => return SmallVec::new(),
        };
        if let Some(version) = version {
            found.retain(|r| {
                let has = r.path(&["meta", "versionId"]).and_then(Value::as_str);
                has.as_deref() == Some(version)
            });
        }
        found
    }

    pub(super) fn find(&self, reference: &str, from: Value<'a>) -> Option<Value<'a>> {
        self.matches(reference, from).first().copied()
    }

    /// By type and id alone, where the fullUrl does not decide.
    pub(super) fn by_type_and_id(&self, reference: &str) -> Option<Value<'a>> {
        let path = reference.split_once("/_history/").map_or(reference, |(p, _)| p);
        self.by_id.get(path)?.first().copied()
    }
}

/// `http://server/base` of `http://server/base/Patient/1`.
fn rest_base(url: &str) -> Option<&str> {
    let (rest, _id) = url.rsplit_once('/')?;
    let (base, name) = rest.rsplit_once('/')?;
    (url.starts_with("http") && crate::definitions::ResourceType::from_name(name).is_some()).then_some(base)
}

impl<'a> Run<'_, 'a> {
    /// The rules of a Bundle beyond those of its structure.
    pub(super) fn bundle(&mut self, bundle: Value<'a>, index: &Index<'a>) {
        let kind = bundle.str("type").unwrap_or_default();
        for entry in bundle.items("entry") {
            let Some(resource) = entry.get("resource") else { continue };
            match entry.get("fullUrl") {
                None if matches!(&*kind, "document" | "message" | "collection" | "searchset" | "history") => {
                    self.note(entry, false, say::full_url_missing);
                }
                None => {}
                Some(place) => self.full_url(place, resource),
            }
        }
        self.links(bundle);
        if kind == "searchset" {
            self.search_set(bundle);
        }
        if kind == "document" || kind == "message" {
            self.linked(bundle, index, kind == "document");
        }
    }

    /// A fullUrl of a RESTful server ends with the resource's type and id.
    fn full_url(&mut self, place: Value<'a>, resource: Value<'a>) {
        let Some(url) = place.as_str() else { return };
        if rest_base(&url).is_none() {
            return;
        }
        let (Some(name), id) = (resource.str("resourceType"), resource.str("id")) else {
            return;
        };
        match id {
            None => self.note(place, false, || say::full_url_without_id(&name)),
            Some(id) if !url.ends_with(&format!("/{name}/{id}")) => self.note(place, false, || say::full_url_other(&name)),
            Some(_) => {}
        }
    }

    /// In a document the Composition's references lead to entries, and all entries hang together.
    fn linked(&mut self, bundle: Value<'a>, index: &Index<'a>, document: bool) {
        let resources: Vec<(Value<'a>, Value<'a>)> = bundle.items("entry").filter_map(|e| Some((e, e.get("resource")?))).collect();
        let Some((_, first)) = resources.first().copied() else { return };
        let mut links: Vec<(u32, u32)> = Vec::new();
        for (_, resource) in &resources {
            let mut references = Vec::new();
            collect(*resource, 0, &mut references);
            for place in references {
                if !self.step() {
                    return;
                }
                let Some(text) = place.as_str().filter(|t| !t.starts_with('#')) else {
                    continue;
                };
                let found = index.matches(&text, *resource);
                let from_first = resource.place() == first.place();
                match found.len() {
                    0 if from_first && document => self.note(place, false, say::bundle_reference),
                    0 | 1 => {}
                    _ if from_first || document => self.note(place, false, say::bundle_reference_twice),
                    _ => {}
                }
                links.extend(found.iter().map(|f| (resource.place(), f.place())));
            }
        }
        if !document {
            return;
        }
        let mut reached: FxHashSet<u32> = FxHashSet::default();
        let mut next = vec![first.place()];
        let mut neighbours: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (a, b) in links {
            neighbours.entry(a).or_default().push(b);
            neighbours.entry(b).or_default().push(a);
        }
        while let Some(at) = next.pop() {
            if reached.insert(at) {
                next.extend(neighbours.get(&at).into_iter().flatten());
            }
        }
        for (entry, resource) in resources {
            if !reached.contains(&resource.place()) {
                self.note(entry, false, say::bundle_unreachable);
            }
        }
    }
}

/// The `reference` of every Reference in a resource.
fn collect<'a>(value: Value<'a>, depth: usize, found: &mut Vec<Value<'a>>) {
    if depth > 100 {
        return;
    }
    for child in value.children() {
        if child.is_string() {
            if child.key().as_deref() == Some("reference") {
                found.push(child);
            }
        } else {
            collect(child, depth + 1, found);
        }
    }
}
