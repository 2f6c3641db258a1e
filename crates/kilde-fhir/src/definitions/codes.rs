//! Codes of value sets with required binding.

use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::LazyLock;

/// An enumerated value set of HL7.
#[derive(Debug)]
pub struct ValueSet {
    name: &'static str,
    systems: Vec<(&'static str, FxHashSet<&'static str>)>,
    listed: Vec<&'static str>,
}

static VALUE_SETS: LazyLock<FxHashMap<&'static str, ValueSet>> = LazyLock::new(|| {
    let mut sets: FxHashMap<&'static str, ValueSet> = FxHashMap::default();
    for line in include_str!("../../tables/required-codes.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
    {
        let mut cells = line.split('\t');
        if let (Some(name), Some(system), Some(codes)) = (cells.next(), cells.next(), cells.next()) {
            let set = sets.entry(name).or_insert_with(|| ValueSet {
                name,
                systems: Vec::new(),
                listed: Vec::new(),
            });
            set.listed.extend(codes.split('|'));
            set.systems.push((system, codes.split('|').collect()));
        }
    }
    sets
});

impl ValueSet {
    /// The value set whose canonical url ends with that name.
    pub fn by_name(name: &str) -> Option<&'static ValueSet> {
        VALUE_SETS.get(name)
    }

    /// The last part of the canonical url.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the code is in the set, whatever its system (for elements of type `code`).
    pub fn has_code(&self, code: &str) -> bool {
        self.systems.iter().any(|(_, codes)| codes.contains(code))
    }

    /// Whether the Coding is in the set.
    pub fn has_coding(&self, system: &str, code: &str) -> bool {
        self.systems.iter().any(|(s, codes)| *s == system && codes.contains(code))
    }

    /// All codes.
    pub fn codes(&self) -> &[&'static str] {
        &self.listed
    }

    /// The code systems that the set draws on.
    pub fn systems(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.systems.iter().map(|(s, _)| *s)
    }
}
