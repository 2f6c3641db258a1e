//! A store with more definitions for one question.

use super::{Loaded, Terminology, TerminologyBuilder};
use rustc_hash::FxHashMap;
use std::sync::{OnceLock, RwLock};

impl Terminology {
    /// The same with more definitions, which go before those of the same url. Code systems are shared; what is worked out
    /// here stays here, so that nothing of what one may see gets into what another is told.
    pub fn with(&self, more: TerminologyBuilder) -> Terminology {
        let (mut own, _) = more.build();
        let (systems, sets) = (self.systems.len() as u32, self.value_sets.len() as u32);
        let fresh = |l: &Loaded| Loaded {
            definition: l.definition.clone(),
            prepared: OnceLock::new(),
        };
        let mut all = Terminology {
            systems: self.systems.clone(),
            systems_by_url: before(&self.systems_by_url, &own.systems_by_url, systems),
            value_sets: self.value_sets.iter().map(fresh).collect(),
            value_sets_by_url: before(&self.value_sets_by_url, &own.value_sets_by_url, sets),
            all_codes_of: self.all_codes_of.clone(),
            maps: std::mem::take(&mut own.maps),
            naming: self.naming.clone(),
            naming_by_id: self.naming_by_id.clone(),
            aliases: self.aliases.clone(),
            implicit: RwLock::default(),
            limits: self.limits,
            listed: OnceLock::new(),
        };
        all.systems.append(&mut own.systems);
        all.value_sets.append(&mut own.value_sets);
        all.maps.extend(self.maps.iter().cloned());
        all.all_codes_of.extend(own.all_codes_of);
        for (name, url) in own.aliases {
            all.aliases.entry(name).or_insert(url);
        }
        all
    }
}

/// Places by url, those of the second, which stand `offset` further on, before those of the first.
fn before(first: &FxHashMap<String, Vec<u32>>, second: &FxHashMap<String, Vec<u32>>, offset: u32) -> FxHashMap<String, Vec<u32>> {
    let mut all = first.clone();
    for (url, places) in second {
        let there = all.entry(url.clone()).or_default();
        there.splice(0..0, places.iter().map(|p| p + offset));
    }
    all
}
