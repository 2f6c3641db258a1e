//! Codes of value sets that packages list, for a validator without a terminology service.

use super::codes::{Coded, Codes, Membership};
use crate::json::Value;
use crate::package::{Packages, ResourceId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, OnceLock};

/// Value sets in value sets deeper than this are not followed.
const MAX_DEPTH: usize = 8;

/// Knows the value sets whose codes can be listed: concepts named one by one, whole code systems
/// that a package has in full, other value sets. Filters are not evaluated: such give `Unknown`.
#[derive(Debug)]
pub struct ListedCodes {
    packages: Arc<Packages>,
    sets: Vec<OnceLock<Option<Arc<Set>>>>,
}

/// The codes of a value set, by system.
#[derive(Debug, Default, Clone)]
struct Set {
    codes: FxHashMap<Box<str>, FxHashSet<Box<str>>>,
    /// Systems of which not all codes are known.
    partly: FxHashSet<Box<str>>,
    /// Something is not known at all.
    unknown: bool,
}

impl ListedCodes {
    /// The value sets and code systems of those packages.
    pub fn new(packages: Arc<Packages>) -> Self {
        let sets = (0..packages.len()).map(|_| OnceLock::new()).collect();
        ListedCodes { packages, sets }
    }

    fn set(&self, canonical: &str) -> Option<Arc<Set>> {
        let id = self.packages.resolve("ValueSet", canonical, None)?;
        let cell = self.sets.get(id.0 as usize)?;
        cell.get_or_init(|| self.listed(id, 0).map(Arc::new)).clone()
    }

    fn listed(&self, id: ResourceId, depth: usize) -> Option<Set> {
        let root = self.packages.resource(id).root()?;
        let mut set = Set::default();
        match root.get("compose") {
            Some(compose) => {
                for include in compose.items("include") {
                    self.include(include, &mut set, depth);
                }
                for exclude in compose.items("exclude") {
                    exclude_from(exclude, &mut set);
                }
            }
            None => set.unknown = !expansion(root, &mut set),
        }
        Some(set)
    }

    fn include(&self, include: Value<'_>, set: &mut Set, depth: usize) {
        let system: Option<Box<str>> = include.str("system").map(|s| s.as_ref().into());
        if include.get("valueSet").is_some() {
            if system.is_some() || include.items("valueSet").count() > 1 || depth >= MAX_DEPTH {
                set.unknown = true;
                return;
            }
            for canonical in include.items("valueSet").filter_map(Value::as_str) {
                let inner = self
                    .packages
                    .resolve("ValueSet", &canonical, None)
                    .and_then(|id| self.listed(id, depth + 1));
                match inner {
                    Some(inner) => set.add(inner),
                    None => set.unknown = true,
                }
            }
            return;
        }
        let Some(system) = system else {
            set.unknown = true;
            return;
        };
        if include.get("filter").is_some() {
            set.partly.insert(system);
        } else if include.get("concept").is_some() {
            let codes = set.codes.entry(system).or_default();
            codes.extend(
                include
                    .items("concept")
                    .filter_map(|c| c.str("code"))
                    .map(|c| Box::<str>::from(c.as_ref())),
            );
        } else if let Some(codes) = self.system(&system) {
            set.codes.entry(system).or_default().extend(codes);
        } else {
            set.partly.insert(system);
        }
    }

    /// All codes of a system that a package has in full.
    fn system(&self, system: &str) -> Option<FxHashSet<Box<str>>> {
        let id = self.packages.resolve("CodeSystem", system, None)?;
        let root = self.packages.resource(id).root()?;
        if root.str("content").as_deref() != Some("complete") {
            return None;
        }
        let mut codes = FxHashSet::default();
        let mut next: Vec<Value<'_>> = root.items("concept").collect();
        while let Some(concept) = next.pop() {
            codes.extend(concept.str("code").map(|c| Box::<str>::from(c.as_ref())));
            next.extend(concept.items("concept"));
        }
        Some(codes)
    }
}

impl Set {
    fn add(&mut self, other: Set) {
        for (system, codes) in other.codes {
            self.codes.entry(system).or_default().extend(codes);
        }
        self.partly.extend(other.partly);
        self.unknown |= other.unknown;
    }
}

fn exclude_from(exclude: Value<'_>, set: &mut Set) {
    let system = exclude.str("system").unwrap_or_default();
    if exclude.get("concept").is_none() || exclude.get("filter").is_some() {
        set.unknown = true;
        return;
    }
    if let Some(codes) = set.codes.get_mut(system.as_ref()) {
        for code in exclude.items("concept").filter_map(|c| c.str("code")) {
            codes.remove(code.as_ref());
        }
    }
}

/// The codes of an expansion without compose; whether there was one.
fn expansion(root: Value<'_>, set: &mut Set) -> bool {
    let Some(expansion) = root.get("expansion") else { return false };
    let mut next: Vec<Value<'_>> = expansion.items("contains").collect();
    while let Some(item) = next.pop() {
        if let (Some(system), Some(code)) = (item.str("system"), item.str("code")) {
            set.codes.entry(system.as_ref().into()).or_default().insert(code.as_ref().into());
        }
        next.extend(item.items("contains"));
    }
    true
}

impl Codes for ListedCodes {
    fn member(&self, value_set: &str, coded: &Coded<'_>) -> Membership {
        let Some(set) = self.set(value_set) else {
            return Membership::Unknown;
        };
        let (found, partly) = match coded.system {
            Some(system) => (
                set.codes.get(system).is_some_and(|c| c.contains(coded.code)),
                set.partly.contains(system),
            ),
            None => (set.codes.values().any(|c| c.contains(coded.code)), !set.partly.is_empty()),
        };
        match (found, partly || set.unknown) {
            (true, _) => Membership::Yes,
            (false, true) => Membership::Unknown,
            (false, false) => Membership::No,
        }
    }

    fn known(&self, coded: &Coded<'_>) -> Membership {
        match coded.system.and_then(|s| self.system(s)) {
            Some(codes) if codes.contains(coded.code) => Membership::Yes,
            Some(_) => Membership::No,
            None => Membership::Unknown,
        }
    }
}
