//! Person numbers that were found to be the same human being.

use crate::error::IndexError;
use crate::keys;
use kilde_log::PersonNo;
use rocksdb::{DB, IteratorMode};
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Person numbers, most often one.
pub(crate) type People = SmallVec<[PersonNo; 2]>;

/// Groups of linked person numbers; who stands in none is alone.
#[derive(Debug, Default, Clone)]
pub(crate) struct Groups {
    of: FxHashMap<PersonNo, Arc<[PersonNo]>>,
}

impl Groups {
    pub fn load(db: &DB) -> Result<Groups, IndexError> {
        let mut groups = Groups::default();
        for item in db.iterator(IteratorMode::From(&[keys::LINK], rocksdb::Direction::Forward)) {
            let (key, _) = item?;
            let Some((keys::LINK, rest)) = key.split_first().map(|(k, rest)| (*k, rest)) else {
                break;
            };
            let (a, rest) = rest.split_first_chunk::<4>().ok_or(IndexError::Damaged("link"))?;
            let b = rest.first_chunk::<4>().ok_or(IndexError::Damaged("link"))?;
            groups.link(PersonNo(u32::from_be_bytes(*a)), PersonNo(u32::from_be_bytes(*b)));
        }
        Ok(groups)
    }

    /// Two numbers are the same human being from now on, with everyone linked to either.
    pub fn link(&mut self, a: PersonNo, b: PersonNo) {
        if !a.is_some() || !b.is_some() || a == b {
            return;
        }
        let mut all: Vec<PersonNo> = self.of(a).into_iter().chain(self.of(b)).collect();
        all.sort_unstable();
        all.dedup();
        let all: Arc<[PersonNo]> = all.into();
        for member in all.iter() {
            self.of.insert(*member, all.clone());
        }
    }

    /// All numbers of the human being, this one included, smallest first.
    pub fn of(&self, person: PersonNo) -> People {
        match self.of.get(&person) {
            Some(all) => People::from_slice(all),
            None => smallvec![person],
        }
    }

    /// Whether the number stands alone.
    pub fn alone(&self, person: PersonNo) -> bool {
        self.of.is_empty() || !self.of.contains_key(&person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_join_groups() {
        let mut groups = Groups::default();
        groups.link(PersonNo(4), PersonNo(2));
        groups.link(PersonNo(7), PersonNo(9));
        groups.link(PersonNo(0), PersonNo(2));
        assert_eq!(groups.of(PersonNo(2)).as_slice(), [PersonNo(2), PersonNo(4)]);
        groups.link(PersonNo(9), PersonNo(4));
        assert_eq!(groups.of(PersonNo(7)).len(), 4);
        assert_eq!(groups.of(PersonNo(5)).as_slice(), [PersonNo(5)]);
        assert!(groups.alone(PersonNo(5)) && !groups.alone(PersonNo(9)));
    }

    proptest! {
        #[test]
        fn the_order_of_links_does_not_matter(pairs in proptest::collection::vec((1u32..12, 1u32..12), 0..12)) {
            let (mut forward, mut backward) = (Groups::default(), Groups::default());
            pairs.iter().for_each(|(a, b)| forward.link(PersonNo(*a), PersonNo(*b)));
            pairs.iter().rev().for_each(|(a, b)| backward.link(PersonNo(*b), PersonNo(*a)));
            for p in 1..12 {
                prop_assert_eq!(forward.of(PersonNo(p)), backward.of(PersonNo(p)));
            }
        }
    }
}
