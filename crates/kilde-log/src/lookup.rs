//! Numbers of records by what they are about: terms (keyed hashes) and hours. Derived: it follows the records it is told of and can
//! be deleted at any time. On disk stand hashes, hours and numbers.

use std::collections::BTreeMap;
use std::path::Path;

use rocksdb::{DBRawIterator, Direction, ReadOptions, WriteBatch};

use crate::store::{Contents, Store};
use crate::{InstanceKeys, LogError};

const POSTINGS: &str = "postings";
const HOURS: &str = "hours";
const MARKS: &str = "marks";
const HOUR_MS: i64 = 3_600_000;
/// Hours that a period is looked up in at most: some twelve years.
const MOST_HOURS: usize = 105_000;

/// What a record can be found by: a keyed hash, made by whoever knows what is in it.
pub type Term = [u8; 16];

/// A record as it is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findable {
    /// Its number.
    pub no: u64,
    /// Its time (Unix ms).
    pub time_ms: i64,
    /// Its terms.
    pub terms: Vec<Term>,
}

/// Numbers that have all terms, highest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The numbers.
    pub found: Vec<u64>,
    /// Everything from this number on has been looked at; `None` when everything has.
    pub below: Option<u64>,
    /// How many places were looked at.
    pub steps: usize,
}

/// The directory of postings. `Send + Sync`; one at a time may [`put`](Self::put).
pub struct Lookup {
    store: Store,
}

impl Lookup {
    /// Opens or makes the directory.
    pub fn open(dir: &Path, keys: &InstanceKeys) -> Result<Self, LogError> {
        let families = [(POSTINGS, Contents::Small), (HOURS, Contents::Small), (MARKS, Contents::Small)];
        Ok(Lookup {
            store: Store::open(dir, "record lookup", 1, &families, keys)?,
        })
    }

    /// The number of the last record that can be found.
    pub fn applied(&self) -> Result<u64, LogError> {
        self.mark("applied")
    }

    /// A number that was kept under a name; 0 if none was.
    pub fn mark(&self, name: &str) -> Result<u64, LogError> {
        let value = self.store.get(MARKS, name.as_bytes())?;
        Ok(value.and_then(|value| value[..].try_into().ok()).map_or(0, u64::from_be_bytes))
    }

    /// Keeps a number under a name.
    pub fn set_mark(&self, name: &str, number: u64) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        batch.put_cf(self.store.cf(MARKS)?, name, number.to_be_bytes());
        self.store.write(batch, None)
    }

    /// Takes in records; `applied` is the last number that was looked at, whether or not it is among them.
    pub fn put(&self, records: &[Findable], applied: u64) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        let (postings, hours) = (self.store.cf(POSTINGS)?, self.store.cf(HOURS)?);
        let mut spans: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for record in records {
            for term in &record.terms {
                batch.put_cf(postings, posting(term, record.no), []);
            }
            let hour = record.time_ms.div_euclid(HOUR_MS);
            let span = spans.entry(hour).or_insert((record.no, record.no));
            *span = (span.0.min(record.no), span.1.max(record.no));
        }
        for (hour, (mut low, mut high)) in spans {
            if let Some((l, h)) = self.store.get(HOURS, &hour_key(hour))?.and_then(|value| span_of(&value)) {
                (low, high) = (low.min(l), high.max(h));
            }
            batch.put_cf(hours, hour_key(hour), [low.to_be_bytes(), high.to_be_bytes()].concat());
        }
        batch.put_cf(self.store.cf(MARKS)?, "applied", applied.to_be_bytes());
        self.store.write(batch, None)
    }

    /// The lowest and highest number among records of a period (from inclusive, to exclusive), rounded out to hours; `None` if there
    /// is none.
    pub fn span(&self, from_ms: i64, to_ms: i64) -> Result<Option<(u64, u64)>, LogError> {
        let mut span: Option<(u64, u64)> = None;
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(hour_key(to_ms.saturating_sub(1).div_euclid(HOUR_MS).saturating_add(1)));
        let from = hour_key(from_ms.div_euclid(HOUR_MS));
        for item in self.store.scan(HOURS, &from, Direction::Forward, options)?.take(MOST_HOURS) {
            let (_, value) = item?;
            let (low, high) = span_of(&value).ok_or_else(|| LogError::damaged(HOURS, 0, "the span cannot be read"))?;
            span = Some(span.map_or((low, high), |(l, h)| (l.min(low), h.max(high))));
        }
        Ok(span)
    }

    /// Numbers from `low` up to below `below` that have every one of the terms, highest first: at most `limit`, and no more than about
    /// `steps` places are looked at. Without terms every number is one.
    pub fn find(&self, terms: &[Term], low: u64, below: u64, limit: usize, steps: usize) -> Result<Numbers, LogError> {
        let mut out = Numbers::default();
        let low = low.max(1);
        let Some(mut at) = below.checked_sub(1).filter(|at| *at >= low) else {
            return Ok(out);
        };
        let mut lists: Vec<(Term, DBRawIterator<'_>)> = Vec::with_capacity(terms.len());
        for term in terms {
            lists.push((*term, self.store.raw(POSTINGS)?));
        }
        loop {
            if out.found.len() >= limit || out.steps >= steps {
                out.below = Some(at + 1);
                return Ok(out);
            }
            match self.agree(&mut lists, at, &mut out.steps)? {
                Some(no) if no < low => return Ok(out),
                Some(no) if no == at => {
                    out.found.push(no);
                    if at == low {
                        return Ok(out);
                    }
                    at -= 1;
                }
                Some(no) => at = no,
                None => return Ok(out),
            }
        }
    }

    /// The number if all lists have it, else the next lower one that may be in all; `None` where a list has no more.
    fn agree(&self, lists: &mut [(Term, DBRawIterator<'_>)], at: u64, steps: &mut usize) -> Result<Option<u64>, LogError> {
        if lists.is_empty() {
            *steps += 1;
        }
        for (term, list) in lists {
            *steps += 1;
            list.seek_for_prev(posting(term, at));
            let Some(key) = list.key() else {
                list.status().map_err(|cause| self.store.error(&cause))?;
                return Ok(None);
            };
            let Some(no) = key.strip_prefix(&term[..]) else {
                return Ok(None);
            };
            let no = no
                .try_into()
                .map(u64::from_be_bytes)
                .map_err(|_| LogError::damaged(POSTINGS, at, "the key cannot be read"))?;
            if no < at {
                return Ok(Some(no));
            }
        }
        Ok(Some(at))
    }
}

fn posting(term: &Term, no: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(term);
    key[16..].copy_from_slice(&no.to_be_bytes());
    key
}

/// Hours before 1970 come first.
fn hour_key(hour: i64) -> [u8; 8] {
    (hour ^ i64::MIN).to_be_bytes()
}

fn span_of(value: &[u8]) -> Option<(u64, u64)> {
    let (low, rest) = value.split_first_chunk::<8>()?;
    let high = rest.first_chunk::<8>()?;
    Some((u64::from_be_bytes(*low), u64::from_be_bytes(*high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Place;
    use proptest::prelude::*;

    fn open(place: &Place) -> Lookup {
        Lookup::open(&place.dir.path().join("lookup"), &place.keys).unwrap()
    }

    #[test]
    fn marks_and_spans_stay() {
        let place = Place::new();
        let one = |no, hours: i64| Findable {
            no,
            time_ms: hours * HOUR_MS + 5,
            terms: vec![[1; 16]],
        };
        {
            let lookup = open(&place);
            lookup.put(&[one(3, 10), one(1, 12), one(2, 10)], 4).unwrap();
            lookup.put(&[one(9, 10)], 9).unwrap();
            lookup.set_mark("seen", 7).unwrap();
        }
        let lookup = open(&place);
        assert_eq!(
            (lookup.applied().unwrap(), lookup.mark("seen").unwrap(), lookup.mark("no").unwrap()),
            (9, 7, 0)
        );
        assert_eq!(lookup.span(10 * HOUR_MS, 11 * HOUR_MS).unwrap(), Some((2, 9)));
        assert_eq!(lookup.span(i64::MIN, i64::MAX).unwrap(), Some((1, 9)));
        assert_eq!(lookup.span(11 * HOUR_MS, 12 * HOUR_MS).unwrap(), None);
        assert_eq!(lookup.span(i64::MAX, i64::MIN).unwrap(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_found_is_what_a_filter_finds(
            records in proptest::collection::vec(proptest::collection::btree_set(0u8..4, 0..4), 1..60),
            wanted in proptest::collection::btree_set(0u8..5, 0..4), low in 0u64..20, below in 0u64..80, limit in 1usize..20, steps in 1usize..40,
        ) {
            let place = Place::new();
            let lookup = open(&place);
            let all: Vec<Findable> = records.iter().zip(1..).map(|(terms, no)| Findable {
                no, time_ms: 0, terms: terms.iter().map(|t| [*t; 16]).collect(),
            }).collect();
            lookup.put(&all, all.len() as u64).unwrap();
            let terms: Vec<Term> = wanted.iter().map(|t| [*t; 16]).collect();
            // Without terms every number is one, whether or not there is a record.
            let naive: Vec<u64> = (low.max(1)..below).rev()
                .filter(|no| terms.iter().all(|t| all.iter().any(|r| r.no == *no && r.terms.contains(t))))
                .collect();
            let (mut found, mut at) = (Vec::new(), Some(below));
            while let Some(below) = at {
                let page = lookup.find(&terms, low, below, limit, steps).unwrap();
                prop_assert!(page.found.len() <= limit);
                found.extend(page.found);
                at = page.below;
            }
            prop_assert_eq!(found, naive);
        }
    }
}
