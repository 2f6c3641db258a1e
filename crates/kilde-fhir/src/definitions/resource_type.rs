//! The concrete resource types of R4.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A concrete resource type of R4: its index in the alphabetical list.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceType(pub u8);

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("../../tables/resource-types.txt").lines().collect());

static BY_NAME: LazyLock<FxHashMap<&'static str, u8>> = LazyLock::new(|| {
    NAMES
        .iter()
        .enumerate()
        .map(|(i, name)| (*name, u8::try_from(i).unwrap_or(u8::MAX)))
        .collect()
});

impl ResourceType {
    /// The type of that name (`Patient`), if R4 has it and it is not abstract.
    pub fn from_name(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied().map(ResourceType)
    }

    /// The name; empty for a number beyond the list.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or("")
    }

    /// All types, alphabetical.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len()).filter_map(|i| u8::try_from(i).ok()).map(ResourceType)
    }
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round_and_are_alphabetical() {
        let names: Vec<_> = ResourceType::all().map(ResourceType::name).collect();
        assert_eq!(names.len(), 146);
        assert!(names.is_sorted());
        assert!(ResourceType::all().all(|t| ResourceType::from_name(t.name()) == Some(t)));
    }

    #[test]
    fn abstract_and_unknown_types_are_none() {
        for name in ["Resource", "DomainResource", "patient", "", "HumanName"] {
            assert_eq!(ResourceType::from_name(name), None, "{name}");
        }
        assert_eq!(ResourceType(255).name(), "");
    }
}
