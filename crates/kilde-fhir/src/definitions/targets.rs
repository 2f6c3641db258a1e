//! Sets of resource types.

use super::ResourceType;

/// A set of resource types: what a Reference may point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Targets([u64; 3]);

impl Targets {
    /// Whether the type is in the set.
    pub fn contains(&self, t: ResourceType) -> bool {
        self.0.get(usize::from(t.0) / 64).is_some_and(|word| word >> (t.0 % 64) & 1 == 1)
    }

    /// The types, alphabetical.
    pub fn iter(&self) -> impl Iterator<Item = ResourceType> + '_ {
        ResourceType::all().filter(|t| self.contains(*t))
    }
}

impl FromIterator<ResourceType> for Targets {
    fn from_iter<I: IntoIterator<Item = ResourceType>>(types: I) -> Self {
        let mut targets = Targets::default();
        for t in types {
            if let Some(word) = targets.0.get_mut(usize::from(t.0) / 64) {
                *word |= 1 << (t.0 % 64);
            }
        }
        targets
    }
}
