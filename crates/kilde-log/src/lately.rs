//! What was asked for lately, bounded: two generations in each shard, the older forgotten when the younger is full.

use parking_lot::Mutex;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::{BuildHasher, Hash};

const SHARDS: usize = 16;

/// Keeps at most `32 * most` values; what is asked for stays.
pub(crate) struct Lately<K, V> {
    shards: [Mutex<Generations<K, V>>; SHARDS],
    most: usize,
}

struct Generations<K, V> {
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Lately<K, V> {
    /// With so many values in a generation of a shard.
    pub(crate) fn new(most: usize) -> Self {
        let empty = || Generations {
            young: FxHashMap::default(),
            old: FxHashMap::default(),
        };
        Lately {
            shards: std::array::from_fn(|_| Mutex::new(empty())),
            most,
        }
    }

    fn shard(&self, key: &K) -> &Mutex<Generations<K, V>> {
        // The upper bits: the maps inside use the lower ones.
        &self.shards[(FxBuildHasher.hash_one(key) >> 60) as usize % SHARDS]
    }

    /// The value; `read` says it from the store where it is not remembered. The lock is held over the read, so that what
    /// is put or removed meanwhile is not covered by what was there before.
    pub(crate) fn get<E>(&self, key: &K, read: impl FnOnce() -> Result<Option<V>, E>) -> Result<Option<V>, E> {
        let mut shard = self.shard(key).lock();
        if let Some(value) = shard.young.get(key) {
            return Ok(Some(value.clone()));
        }
        let value = match shard.old.remove(key) {
            Some(value) => Some(value),
            None => read()?,
        };
        if let Some(value) = &value {
            shard.put(key.clone(), value.clone(), self.most);
        }
        Ok(value)
    }

    /// What is so from now on: call it when it is durable.
    pub(crate) fn put(&self, key: K, value: V) {
        self.shard(&key).lock().put(key, value, self.most);
    }

    /// Forgets.
    pub(crate) fn remove(&self, key: &K) {
        let mut shard = self.shard(key).lock();
        shard.young.remove(key);
        shard.old.remove(key);
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn put(&mut self, key: K, value: V, most: usize) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    proptest! {
        /// It says what is so, asks where it does not know, and never grows beyond its bound.
        #[test]
        fn agrees_with_a_map_that_forgets_nothing(steps in proptest::collection::vec((0u8..3, 0u8..200, any::<u16>()), 0..600)) {
            let (lately, mut all) = (Lately::new(4), FxHashMap::default());
            for (step, key, value) in steps {
                match step {
                    0 => {
                        lately.put(key, value);
                        all.insert(key, value);
                    }
                    1 => {
                        lately.remove(&key);
                        all.remove(&key);
                    }
                    _ => {}
                }
                let found = lately.get(&key, || Ok::<_, Infallible>(all.get(&key).copied()));
                prop_assert_eq!(found, Ok(all.get(&key).copied()));
                for shard in &lately.shards {
                    let shard = shard.lock();
                    prop_assert!(shard.young.len() <= 4 && shard.old.len() <= 4);
                }
            }
        }
    }
}
