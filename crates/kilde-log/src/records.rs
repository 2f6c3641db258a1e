//! Append-only sealed records with a hash chain, a Merkle tree and an index by person. The access log stands on it.

mod body;
mod tree;
mod verify;

#[cfg(test)]
mod forgery;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rocksdb::{Direction, ReadOptions, WriteBatch};

pub use body::{Record, SALT, StoredRecord, commitment, leaf};
pub use tree::{RecordTiles, RecordTree};
pub use verify::VerifiedRecords;

use crate::keys::DataKey;
use crate::merkle::Edge;
use crate::seal::{self, OVERHEAD, Place};
use crate::store::{Contents, Store};
use crate::{Instance, InstanceKeys, LogError, PersonNo};

const RECORDS: &str = "records";
const BY_PERSON: &str = "by_person";
/// Two parts with salts; the format before it was one part without.
const FORMAT: u8 = 2;
const OLD_FORMAT: u8 = 1;
/// Hash chain and person before the sealed body.
const PREFIX: usize = 1 + 32 + 4;
/// Short bodies are not packed: it costs more time than it saves bytes.
const PACK_FROM: usize = 1024;

/// A directory of append-only sealed records. `Send + Sync`.
///
/// Each record has a leaf in a Merkle tree, written with it in one write: a record without its leaf, or a leaf without its
/// record, is never acknowledged. On disk stand in clear: numbers, hashes, person numbers, sizes.
pub struct RecordLog {
    store: Store,
    instance: Instance,
    key: DataKey,
    tail: Mutex<Tail>,
    /// The edge of the tree as it is durable, apart from the tail: nobody who reads the tree waits for a sync.
    edge: Mutex<Arc<Edge>>,
    last: AtomicU64,
}

/// Where the log ends.
struct Tail {
    no: u64,
    hash: [u8; 32],
    edge: Arc<Edge>,
}

impl RecordLog {
    /// Opens or creates the record log in `dir`, its own RocksDB directory. Refuses as [`crate::EventLog::open`] does.
    pub fn open(dir: &Path, instance: &Instance, keys: Arc<InstanceKeys>) -> Result<Self, LogError> {
        if keys.instance() != instance {
            return Err(LogError::OtherInstance {
                path: dir.to_owned(),
                instance: *instance,
            });
        }
        let families = [
            (RECORDS, Contents::Sealed),
            (BY_PERSON, Contents::Small),
            (tree::TILES, Contents::Sealed),
        ];
        let store = Store::open(dir, "record log", 1, &families, &keys)?;
        let log = Self {
            store,
            instance: *instance,
            key: keys.record_key("access log"),
            tail: Mutex::new(Tail {
                no: 0,
                hash: genesis(instance),
                edge: Arc::default(),
            }),
            edge: Mutex::default(),
            last: AtomicU64::new(0),
        };
        let tail = log.recover()?;
        *log.edge.lock() = tail.edge.clone();
        log.last.store(tail.no, Ordering::Release);
        *log.tail.lock() = tail;
        Ok(log)
    }

    /// Whether it takes records: not after a write of which it cannot be known what reached the disk, until it is opened again.
    pub fn takes_records(&self) -> bool {
        self.store.check_poisoned().is_ok()
    }

    /// The number of the last record; 0 when there is none.
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// The chain hash of the last record: it stands for the whole log.
    pub fn head(&self) -> [u8; 32] {
        self.tail.lock().hash
    }

    /// Appends the records with one sync and gives the number of the first; the others follow it.
    /// After an error none of them is there; after a failed write nothing more is taken until it is opened again.
    pub fn append(&self, records: &[Record]) -> Result<u64, LogError> {
        let mut tail = self.tail.lock();
        let first = tail.no + 1;
        if records.is_empty() {
            return self.store.check_poisoned().map(|()| first);
        }
        let nonce = seal::fresh_nonce()?;
        let mut salts = vec![[0; 2 * SALT]; records.len()];
        aws_lc_rs::rand::fill(salts.as_flattened_mut()).map_err(|_| LogError::Sealing)?;
        let (mut no, mut hash, mut edge, mut highest) = (tail.no, tail.hash, (*tail.edge).clone(), 0);
        let mut batch = WriteBatch::default();
        let (family, index) = (self.store.cf(RECORDS)?, self.store.cf(BY_PERSON)?);
        let (mut value, mut plain) = (Vec::new(), Vec::new());
        for (record, salts) in records.iter().zip(&salts) {
            no += 1;
            let leaf = body::put(record, salts, &mut plain)?;
            value.clear();
            value.reserve(PREFIX + OVERHEAD + plain.len());
            value.push(FORMAT);
            value.extend_from_slice(&[0; 32]);
            value.extend_from_slice(&record.person.0.to_be_bytes());
            seal::seal(&self.key, self.place(no, record.person), nonce, &plain, PACK_FROM, &mut value)?;
            hash = record_hash(&hash, no, &value);
            value[1..33].copy_from_slice(&hash);
            batch.put_cf(family, no.to_be_bytes(), &value);
            batch.put_cf(index, person_key(record.person, no), []);
            highest = highest.max(self.push_leaf(&mut edge, leaf, &mut batch)?);
        }
        self.put_edge(&edge, highest, &mut batch)?;
        self.store.write(batch, Some(no))?;
        let edge = Arc::new(edge);
        // Before the number: whoever can read a record finds its leaf.
        *self.edge.lock() = edge.clone();
        *tail = Tail { no, hash, edge };
        self.last.store(no, Ordering::Release);
        Ok(first)
    }

    /// Makes a copy of its files in `to`, as [`crate::EventLog::copy_to`] does.
    ///
    /// # Errors
    /// The same.
    pub fn copy_to(&self, to: &Path) -> Result<(), LogError> {
        self.store.copy_to(to)
    }

    /// A record; `None` when there is none with this number.
    pub fn read(&self, no: u64) -> Result<Option<StoredRecord>, LogError> {
        if no == 0 || no > self.last() {
            return Ok(None);
        }
        let value = self
            .store
            .get(RECORDS, &no.to_be_bytes())?
            .ok_or(LogError::Missing { family: RECORDS, key: no })?;
        self.stored(no, &value).map(Some)
    }

    /// The person's records, newest first, those with numbers below `before` (all when `None`), at most `limit`.
    pub fn by_person(&self, person: PersonNo, before: Option<u64>, limit: usize) -> Result<Vec<StoredRecord>, LogError> {
        let below = before.unwrap_or(u64::MAX).min(self.last().saturating_add(1));
        let mut out = Vec::new();
        if below <= 1 || limit == 0 {
            return Ok(out);
        }
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(person_key(person, 0));
        for item in self
            .store
            .scan(BY_PERSON, &person_key(person, below - 1), Direction::Reverse, options)?
        {
            let (key, _) = item?;
            let wrong = || LogError::damaged(BY_PERSON, u64::from(person.0), "the key cannot be read");
            let no = key
                .get(4..)
                .and_then(|no| no.try_into().ok())
                .map(u64::from_be_bytes)
                .ok_or_else(wrong)?;
            let record = self.read(no)?.ok_or(LogError::Missing { family: RECORDS, key: no })?;
            if record.person != person {
                return Err(LogError::damaged(BY_PERSON, no, "the record is another person's"));
            }
            out.push(record);
            if out.len() >= limit {
                break;
            }
        }
        Ok(out)
    }

    /// The records below `before` (all when `None`), newest first, at most `limit`.
    pub fn newest(&self, before: Option<u64>, limit: usize) -> Result<Vec<StoredRecord>, LogError> {
        let below = before.unwrap_or(u64::MAX).min(self.last().saturating_add(1));
        let numbers = (1..below).rev().take(limit);
        numbers
            .map(|no| self.read(no)?.ok_or(LogError::Missing { family: RECORDS, key: no }))
            .collect()
    }

    fn place(&self, no: u64, person: PersonNo) -> Place<'_> {
        Place {
            instance: self.instance.as_bytes(),
            family: RECORDS,
            no,
            part: 0,
            person: person.0,
        }
    }

    fn stored(&self, no: u64, value: &[u8]) -> Result<StoredRecord, LogError> {
        let unreadable = || LogError::damaged(RECORDS, no, "the record cannot be read");
        let (hash, person, block) = parts(value).ok_or_else(unreadable)?;
        let plain = seal::open(&self.key, self.place(no, person), block)
            .ok_or_else(|| LogError::damaged(RECORDS, no, "the sealed body does not open in this place"))?;
        let parts = match value.first() {
            Some(&OLD_FORMAT) => body::old(plain, &self.key, no),
            _ => body::get(plain).ok_or_else(unreadable)?,
        };
        Ok(StoredRecord {
            no,
            person,
            body: parts.body,
            kept: parts.kept,
            salts: parts.salts,
            hash,
        })
    }
}

fn person_key(person: PersonNo, no: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&person.0.to_be_bytes());
    key[4..].copy_from_slice(&no.to_be_bytes());
    key
}

fn parts(value: &[u8]) -> Option<([u8; 32], PersonNo, &[u8])> {
    if ![FORMAT, OLD_FORMAT].contains(value.first()?) {
        return None;
    }
    let hash = value.get(1..33)?.try_into().ok()?;
    let person = u32::from_be_bytes(value.get(33..PREFIX)?.try_into().ok()?);
    Some((hash, PersonNo(person), &value[PREFIX..]))
}

fn genesis(instance: &Instance) -> [u8; 32] {
    blake3::derive_key("kilde-log 1 record chain start", instance.as_bytes())
}

/// The chain hash covers the person and the sealed body; it needs no key.
fn record_hash(previous: &[u8; 32], no: u64, value: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("kilde-log 1 record hash");
    hasher.update(previous);
    hasher.update(&no.to_be_bytes());
    hasher.update(&value[..1]);
    hasher.update(&value[33..]);
    *hasher.finalize().as_bytes()
}
