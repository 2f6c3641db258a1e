//! What was asked for lately, bounded: two generations, the older forgotten when the younger is full.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Keeps at most twice `most` values; what is asked for stays.
pub(crate) struct Lately<K, V> {
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
    most: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Lately<K, V> {
    /// With so many values in a generation.
    pub(crate) fn new(most: usize) -> Self {
        Lately {
            young: FxHashMap::default(),
            old: FxHashMap::default(),
            most,
        }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.put(key.clone(), value.clone());
        Some(value)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// It never says what is not so, never grows beyond its bound, and forgets what is removed.
        #[test]
        fn agrees_with_a_map_that_forgets_nothing(steps in proptest::collection::vec((0u8..3, 0u8..20, any::<u16>()), 0..300)) {
            let (mut lately, mut all) = (Lately::new(4), FxHashMap::default());
            for (step, key, value) in steps {
                match step {
                    0 => {
                        lately.put(key, value);
                        all.insert(key, value);
                        prop_assert_eq!(lately.get(&key), Some(value));
                    }
                    1 => {
                        lately.remove(&key);
                        all.remove(&key);
                        prop_assert_eq!(lately.get(&key), None);
                    }
                    _ => {
                        let found = lately.get(&key);
                        prop_assert!(found.is_none() || found == all.get(&key).copied());
                    }
                }
                prop_assert!(lately.young.len() + lately.old.len() <= 8);
            }
        }
    }
}
