//! Sets of concepts of one code system: a bit for each.

/// A concept of a code system: its place in it.
pub(crate) type ConceptId = u32;

/// A set of concepts of one code system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ConceptSet {
    bits: Vec<u64>,
}

impl ConceptSet {
    /// The empty set for a system with that many concepts.
    pub fn empty(concepts: usize) -> Self {
        ConceptSet {
            bits: vec![0; concepts.div_ceil(64)],
        }
    }

    /// All of that many concepts.
    pub fn all(concepts: usize) -> Self {
        let mut bits = vec![u64::MAX; concepts.div_ceil(64)];
        if let Some(last) = bits.last_mut()
            && !concepts.is_multiple_of(64)
        {
            *last = (1 << (concepts % 64)) - 1;
        }
        ConceptSet { bits }
    }

    /// The concepts for which it holds.
    pub fn filter(concepts: usize, holds: impl FnMut(&ConceptId) -> bool) -> Self {
        let mut set = ConceptSet::empty(concepts);
        (0..concepts as ConceptId).filter(holds).for_each(|c| _ = set.insert(c));
        set
    }

    /// Whether the concept is in the set.
    #[inline]
    pub fn contains(&self, concept: ConceptId) -> bool {
        self.bits
            .get(concept as usize / 64)
            .is_some_and(|word| word >> (concept % 64) & 1 == 1)
    }

    /// Adds a concept; `true` if it was not there.
    pub fn insert(&mut self, concept: ConceptId) -> bool {
        let Some(word) = self.bits.get_mut(concept as usize / 64) else {
            return false;
        };
        let bit = 1 << (concept % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Takes a concept out.
    pub fn remove(&mut self, concept: ConceptId) {
        if let Some(word) = self.bits.get_mut(concept as usize / 64) {
            *word &= !(1 << (concept % 64));
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bits.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Keeps what is in both.
    pub fn intersect(&mut self, other: &ConceptSet) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a &= b);
    }

    /// Adds what is in the other.
    pub fn unite(&mut self, other: &ConceptSet) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a |= b);
    }

    /// Takes out what is in the other.
    pub fn subtract(&mut self, other: &ConceptSet) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a &= !b);
    }

    /// The concepts, in order.
    pub fn iter(&self) -> impl Iterator<Item = ConceptId> + '_ {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn as_sets_of_numbers(n in 0usize..200, a in prop::collection::btree_set(0u32..200, 0..60), b in prop::collection::btree_set(0u32..200, 0..60)) {
            let inside = |s: &BTreeSet<u32>| s.iter().copied().filter(|c| (*c as usize) < n).collect::<BTreeSet<u32>>();
            let (a, b) = (inside(&a), inside(&b));
            let set = |s: &BTreeSet<u32>| ConceptSet::filter(n, |c| s.contains(c));
            let items = |s: &ConceptSet| s.iter().collect::<BTreeSet<u32>>();
            prop_assert_eq!(items(&set(&a)), a.clone());
            prop_assert_eq!(ConceptSet::all(n).len(), n);
            let (mut and, mut or, mut minus) = (set(&a), set(&a), set(&a));
            and.intersect(&set(&b));
            or.unite(&set(&b));
            minus.subtract(&set(&b));
            prop_assert_eq!(items(&and), a.intersection(&b).copied().collect());
            prop_assert_eq!(items(&or), a.union(&b).copied().collect());
            prop_assert_eq!(minus.len(), a.difference(&b).count());
            prop_assert_eq!(items(&minus), a.difference(&b).copied().collect());
        }
    }
}
