//! Value sets made ready: for each part the concepts that it means.

use super::code_system::{CodeSystem, Content};
use super::concept_set::ConceptSet;
use super::error::Missing;
use super::filter;
use super::grammar::Grammar;
use super::sctid::SNOMED;
use super::store::Terminology;
use super::value_set::{Filter, Include, Listed, ValueSet};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Value sets within value sets, at most.
const DEEPEST: usize = 32;

/// A value set made ready.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub url: String,
    pub version: Option<String>,
    pub include: Vec<Part>,
    pub exclude: Vec<Part>,
    /// Inactive codes are not in it.
    pub active_only: bool,
    /// Nothing is known of it.
    pub unknown: Option<Missing>,
}

/// A part of a value set: codes of one system that are in all of some value sets.
#[derive(Debug)]
pub(super) struct Part {
    /// The system's url, as it is known here.
    pub system: Option<String>,
    pub loaded: Option<Arc<CodeSystem>>,
    pub codes: Codes,
    pub value_sets: Vec<Arc<Prepared>>,
    /// What would be needed to know all codes.
    pub missing: Option<Missing>,
}

/// Codes of a part.
#[derive(Debug)]
pub(super) enum Codes {
    /// Whatever the value sets have.
    Any,
    /// All of the loaded system.
    All,
    /// Some of the loaded system.
    Set(ConceptSet),
    /// Listed codes, and their places by code.
    Listed(Vec<Listed>, FxHashMap<String, u32>),
    /// What rules allow.
    Rules(Grammar, Vec<Filter>),
    /// Not known.
    Unknown,
}

impl Terminology {
    /// The value set of that url made ready, loaded or implicit; `None` if there is none.
    pub(super) fn prepared(&self, canonical: &str) -> Option<Arc<Prepared>> {
        Preparation::new(self).by_url(canonical)
    }

    /// A value set that is not loaded, made ready.
    pub(super) fn prepare(&self, definition: &ValueSet) -> Prepared {
        Preparation::new(self).definition(definition)
    }
}

struct Preparation<'a> {
    store: &'a Terminology,
    /// Value sets in the making, each drawn on by the one before.
    stack: Vec<u32>,
    /// A bound was met: what was made is not the whole truth and must not be kept.
    too_deep: bool,
}

impl<'a> Preparation<'a> {
    fn new(store: &'a Terminology) -> Self {
        Preparation {
            store,
            stack: Vec::new(),
            too_deep: false,
        }
    }

    fn by_url(&mut self, canonical: &str) -> Option<Arc<Prepared>> {
        let Some((place, loaded)) = self.store.loaded(canonical) else {
            return self.implicit(canonical);
        };
        if let Some(ready) = loaded.prepared.get() {
            return Some(ready.clone());
        }
        if self.stack.contains(&place) {
            return Some(unknown(canonical, Missing::Circle(canonical.to_owned())));
        }
        // Once too deep, nothing more is looked into: what is not kept would be made again and again.
        if self.too_deep || self.stack.len() >= DEEPEST {
            self.too_deep = true;
            return Some(unknown(canonical, Missing::Circle(canonical.to_owned())));
        }
        self.stack.push(place);
        let prepared = Arc::new(self.definition(&loaded.definition));
        self.stack.pop();
        if self.too_deep {
            return Some(prepared);
        }
        Some(loaded.prepared.get_or_init(|| prepared).clone())
    }

    fn implicit(&mut self, canonical: &str) -> Option<Arc<Prepared>> {
        let kept = self.store.implicit.read().ok().and_then(|kept| kept.get(canonical).cloned());
        if kept.is_some() {
            return kept;
        }
        let prepared = Arc::new(self.definition(&self.store.implicit_definition(canonical)?));
        if let Ok(mut kept) = self.store.implicit.write() {
            // Simple and bounded: urls of implicit value sets are few, unless someone plays with them.
            if kept.len() >= self.store.limits.implicit {
                kept.clear();
            }
            kept.insert(canonical.to_owned(), prepared.clone());
        }
        Some(prepared)
    }

    fn definition(&mut self, set: &ValueSet) -> Prepared {
        Prepared {
            url: set.url.clone(),
            version: set.version.clone(),
            include: set.include.iter().map(|i| self.part(i)).collect(),
            exclude: set.exclude.iter().map(|i| self.part(i)).collect(),
            active_only: set.inactive == Some(false),
            unknown: None,
        }
    }

    fn part(&mut self, include: &Include) -> Part {
        let mut part = Part {
            system: None,
            loaded: None,
            codes: Codes::Any,
            value_sets: Vec::new(),
            missing: None,
        };
        for url in &include.value_sets {
            let nested = self.by_url(url);
            part.value_sets
                .push(nested.unwrap_or_else(|| unknown(url, Missing::ValueSet(url.clone()))));
        }
        let Some(name) = &include.system else {
            if part.value_sets.is_empty() {
                part.codes = Codes::Unknown;
                part.missing = Some(Missing::System);
            }
            return part;
        };
        let url = self.store.canonical_system(name);
        part.system = Some(url.to_owned());
        part.loaded = self.store.system(url, version(url, include.version.as_deref())).cloned();
        match self.codes(include, url, part.loaded.as_deref()) {
            Ok(codes) => part.codes = codes,
            Err(missing) => {
                part.codes = Codes::Unknown;
                part.missing = Some(missing);
            }
        }
        if matches!(part.codes, Codes::All | Codes::Set(_)) && part.loaded.as_ref().is_none_or(|s| !s.is_complete()) {
            part.missing = Some(Missing::CodeSystem(url.to_owned()));
        }
        part
    }

    fn codes(&self, include: &Include, url: &str, loaded: Option<&CodeSystem>) -> Result<Codes, Missing> {
        if !include.concepts.is_empty() {
            let known = |code: &str| loaded.is_none_or(|s| !s.is_complete() || s.contains(code));
            let listed: Vec<Listed> = include.concepts.iter().filter(|c| known(&c.code)).cloned().collect();
            let mut places = FxHashMap::default();
            for (at, concept) in (0..).zip(&listed) {
                places.entry(concept.code.clone()).or_insert(at);
            }
            return Ok(Codes::Listed(listed, places));
        }
        if let Some(grammar) = Grammar::of(url) {
            return Ok(Codes::Rules(grammar, include.filters.clone()));
        }
        let Some(system) = loaded.filter(|s| s.info.content > Content::NotPresent) else {
            let version = include
                .version
                .as_deref()
                .filter(|_| self.store.system(url, None).is_some_and(|s| s.is_complete()));
            return Err(Missing::CodeSystem(
                version.map_or_else(|| url.to_owned(), |v| format!("{url}|{v}")),
            ));
        };
        let mut filters = include.filters.iter();
        let Some(first) = filters.next() else { return Ok(Codes::All) };
        let mut found = filter::evaluate(first, system, self.store.limits.ecl_steps)?;
        for next in filters {
            found.intersect(&filter::evaluate(next, system, self.store.limits.ecl_steps)?);
        }
        Ok(Codes::Set(found))
    }
}

/// The version to ask for. An edition of SNOMED CT without a date is content with any.
fn version<'a>(url: &str, version: Option<&'a str>) -> Option<&'a str> {
    version.filter(|v| url != SNOMED || v.contains("/version/"))
}

fn unknown(url: &str, missing: Missing) -> Arc<Prepared> {
    Arc::new(Prepared {
        url: url.to_owned(),
        unknown: Some(missing),
        ..Prepared::default()
    })
}

impl Prepared {
    /// All that would be needed to know all of its codes.
    pub fn missing(&self) -> Vec<Missing> {
        let mut all = BTreeSet::new();
        let mut seen = FxHashSet::default();
        let mut waiting: Vec<&Prepared> = vec![self];
        while let Some(set) = waiting.pop() {
            if !seen.insert(std::ptr::from_ref(set)) {
                continue;
            }
            all.extend(set.unknown.clone());
            for part in set.include.iter().chain(&set.exclude) {
                all.extend(part.missing.clone());
                waiting.extend(part.value_sets.iter().map(|s| &**s));
            }
        }
        all.into_iter().collect()
    }
}
