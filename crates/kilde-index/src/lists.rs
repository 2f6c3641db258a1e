//! Lists that were read lately, in memory: resource numbers by the beginning of their keys. Not answers: what they name is
//! judged by the scope of whoever asks, each time.
//!
//! A list is as the store had it in some state, and leaves when a write touches it. States are numbered; a reader
//! knows a state that is no newer than what it sees, and takes only lists of that state or older ones.

use crate::keys::{Key, Rid};
use parking_lot::{Mutex, MutexGuard};
use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use rocksdb::{WriteBatch, WriteBatchIterator};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// So much memory an index's lists may take.
const BYTES: u64 = 32 << 20;
/// How long such a list is in the middle, to size the tables by.
const LENGTH: usize = 1 << 6;
/// What a list takes beside its numbers.
const BESIDE: u64 = 128;

/// The lists of one index.
pub(crate) struct Lists {
    inner: Mutex<Inner>,
    /// Whether there are none, so that a writer need not look.
    empty: AtomicBool,
}

struct Inner {
    /// The state that the store is in, or goes into.
    state: u64,
    writing: bool,
    lists: Cache<Key, List, Size>,
}

#[derive(Clone)]
struct List {
    state: u64,
    /// `None`: it was asked for, and was too long for whoever asked.
    rids: Option<Arc<[Rid]>>,
}

#[derive(Clone)]
struct Size;

impl Weighter<Key, List> for Size {
    fn weight(&self, key: &Key, list: &List) -> u64 {
        let numbers = list.rids.as_ref().map_or(0, |rids| size_of_val(&rids[..]));
        (key.len() + numbers) as u64 + BESIDE
    }
}

/// What a reader knows of the state that it sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// It sees this state or a newer one.
    state: u64,
    /// Exactly this one, so what it reads is true of it.
    exact: bool,
}

/// What is known of a list.
pub(crate) enum Known {
    /// Its numbers, ascending.
    Rids(Arc<[Rid]>),
    /// It was asked for before, and has not changed since.
    Asked,
    /// Nothing.
    Nothing,
}

/// Until it is dropped a write goes on, and nobody puts a list in.
pub(crate) struct Writing<'a>(&'a Lists);

impl Default for Lists {
    fn default() -> Self {
        Lists {
            inner: Mutex::new(Inner {
                state: 0,
                writing: false,
                lists: Cache::with_weighter(BYTES as usize / (4 * LENGTH), BYTES, Size),
            }),
            empty: AtomicBool::new(true),
        }
    }
}

impl Lists {
    /// To be asked before the view is taken.
    pub fn seen(&self) -> Seen {
        let inner = self.inner.lock();
        Seen {
            state: if inner.writing {
                inner.state.saturating_sub(1)
            } else {
                inner.state
            },
            exact: !inner.writing,
        }
    }

    /// A write begins: what it will touch must be told ([`touches`](Writing::touches)) before the store has it.
    pub fn begin(&self) -> Writing<'_> {
        let mut inner = self.inner.lock();
        inner.state += 1;
        inner.writing = true;
        Writing(self)
    }

    /// What is known of the list whose keys begin so.
    pub fn get(&self, seen: Seen, prefix: &Key) -> Known {
        let inner = self.inner.lock();
        match inner.lists.get(prefix) {
            Some(list) if list.state <= seen.state => match &list.rids {
                Some(rids) => Known::Rids(rids.clone()),
                None => Known::Asked,
            },
            _ => Known::Nothing,
        }
    }

    /// Keeps a list that was read whole, or that it was asked for.
    pub fn put(&self, seen: Seen, prefix: &Key, rids: Option<Arc<[Rid]>>) {
        let mut inner = self.inner.lock();
        if !seen.exact || inner.writing || inner.state != seen.state {
            // A write came in between, and may have touched it.
            return;
        }
        self.empty.store(false, Ordering::Release);
        inner.lists.insert(prefix.clone(), List { state: seen.state, rids });
    }
}

impl Writing<'_> {
    /// Forgets the lists that this write changes. It may put and delete keys, not ranges of keys.
    pub fn touches(&self, write: &WriteBatch) {
        if !self.0.empty.load(Ordering::Acquire) {
            write.iterate(&mut Forgetting(self.0.inner.lock()));
        }
    }
}

struct Forgetting<'a>(MutexGuard<'a, Inner>);

impl WriteBatchIterator for Forgetting<'_> {
    fn put(&mut self, key: &[u8], _value: &[u8]) {
        self.delete(key);
    }

    fn delete(&mut self, key: &[u8]) {
        if let Some((prefix, _)) = key.split_last_chunk::<4>() {
            self.0.lists.remove(prefix);
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.inner.lock().writing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The numbers of a list after so many changes.
    fn after(changes: u32) -> Arc<[Rid]> {
        (0..changes).collect()
    }

    fn key(list: u8) -> Key {
        Key::from_slice(&[b't', list])
    }

    fn write(list: u8) -> WriteBatch {
        let mut write = WriteBatch::default();
        write.put([&key(list)[..], &[0; 4]].concat(), []);
        write
    }

    #[derive(Debug, Clone)]
    enum Step {
        /// A reader learns the state, and later takes its view.
        See,
        Look,
        /// A reader asks for a list, and reads it where it is not known.
        Ask {
            reader: usize,
            list: u8,
        },
        /// A write of a list begins; the store has it; it ends.
        Begin(u8),
        Store,
        End,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            Just(Step::See),
            Just(Step::Look),
            (0usize..8, 0u8..2).prop_map(|(reader, list)| Step::Ask { reader, list }),
            (0usize..8, 0u8..2).prop_map(|(reader, list)| Step::Ask { reader, list }),
            (0u8..2).prop_map(Step::Begin),
            Just(Step::Store),
            Just(Step::End),
        ];
        proptest::collection::vec(step, 0..80)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn a_reader_never_gets_a_list_that_its_view_does_not_have(steps in steps()) {
            let lists = Lists::default();
            let mut store = [0u32; 2];
            let mut readers: Vec<(Seen, [u32; 2])> = Vec::new();
            let mut seen = None;
            let mut under_way: Option<(Writing<'_>, u8, bool)> = None;
            for step in steps {
                match step {
                    Step::See => seen = Some(lists.seen()),
                    Step::Look => readers.push((seen.take().unwrap_or_else(|| lists.seen()), store)),
                    Step::Ask { reader, list } => {
                        let Some((seen, view)) = readers.len().checked_sub(1 + reader).map(|at| readers[at]) else { continue };
                        let truth = after(view[usize::from(list)]);
                        match lists.get(seen, &key(list)) {
                            Known::Rids(rids) => prop_assert_eq!(rids, truth),
                            _ => lists.put(seen, &key(list), Some(truth)),
                        }
                    }
                    Step::Begin(list) if under_way.is_none() => {
                        let writing = lists.begin();
                        writing.touches(&write(list));
                        under_way = Some((writing, list, false));
                    }
                    Step::Begin(_) => {}
                    Step::Store => {
                        if let Some((_, list, stored @ false)) = &mut under_way {
                            store[usize::from(*list)] += 1;
                            *stored = true;
                        }
                    }
                    // Perhaps before the store had it: then it refused.
                    Step::End => under_way = None,
                }
            }
        }
    }

    #[test]
    fn a_list_is_known_until_it_is_touched() {
        let lists = Lists::default();
        lists.put(lists.seen(), &key(0), Some(after(0)));
        lists.put(lists.seen(), &key(1), None);
        lists.begin().touches(&write(2));
        assert!(matches!(lists.get(lists.seen(), &key(0)), Known::Rids(rids) if rids == after(0)));
        assert!(matches!(lists.get(lists.seen(), &key(1)), Known::Asked));
        let old = lists.seen();
        lists.begin().touches(&write(0));
        assert!(matches!(lists.get(lists.seen(), &key(0)), Known::Nothing));
        lists.put(old, &key(0), Some(after(0)));
        assert!(matches!(lists.get(lists.seen(), &key(0)), Known::Nothing), "read before the write");
    }
}
