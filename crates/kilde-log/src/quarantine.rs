//! What could not be taken in, kept with its findings until someone settles it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;
use rocksdb::{Direction, ReadOptions, WriteBatch};

use crate::codec::{Reader, put_bytes, put_u64};
use crate::keys::DataKey;
use crate::log::{QUARANTINE, QUARANTINE_ORIGINALS};
use crate::ring::KeyRing;
use crate::seal::{self, Place};
use crate::store::Store;
use crate::{Envelope, EventLog, EventNo, InstanceKeys, LogError};

const FORMAT: u8 = 1;

/// How an item was settled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// Replayed: it is now this event.
    Replayed(EventNo),
    /// Set aside, and why.
    Discarded(String),
}

/// An item of the quarantine, without the original.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuarantineItem {
    /// Its number, from 1.
    pub no: u64,
    /// What is known about it.
    pub envelope: Envelope,
    /// The findings, as they were given.
    pub findings_json: Vec<u8>,
    /// The size of the original in bytes.
    pub size: u64,
    /// How it was settled; `None` while it is open.
    pub resolution: Option<Resolution>,
}

/// The quarantine of an instance, in the log's directory. `Send + Sync`.
///
/// Whom an item concerns is often just what could not be found out, so each item has two keys of its own in the key ring: one for the original,
/// which is thrown away when the item is settled (a replayed one is in the log, a discarded one is to go), and one for what is kept
/// beside it, which is thrown away when it is erased. What is left then says nothing, and is sealed with a key of the instance.
pub struct Quarantine {
    store: Arc<Store>,
    keys: Arc<InstanceKeys>,
    ring: Arc<KeyRing>,
    last: Mutex<u64>,
}

impl Quarantine {
    /// The quarantine that lies beside a log's events.
    pub fn open(log: &EventLog) -> Result<Self, LogError> {
        let store = log.store().clone();
        let last = match store.last_key(QUARANTINE)? {
            None => 0,
            Some(key) => key_no(&key)?,
        };
        Ok(Self {
            store,
            keys: log.keys().clone(),
            ring: log.ring().clone(),
            last: Mutex::new(last),
        })
    }

    /// Keeps a message with its findings, durably, and gives its number.
    pub fn put(&self, envelope: &Envelope, original: &[u8], findings_json: &[u8]) -> Result<u64, LogError> {
        let mut last = self.last.lock();
        let no = *last + 1;
        let item = QuarantineItem {
            no,
            envelope: envelope.clone(),
            findings_json: findings_json.to_vec(),
            size: original.len() as u64,
            resolution: None,
        };
        // A number is used again when its item never came to be: what was its key then is not.
        let [own, key] = self.ring.new_things([&name(QUARANTINE, no), &name(QUARANTINE_ORIGINALS, no)])?;
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.store.cf(QUARANTINE)?,
            no.to_be_bytes(),
            self.seal(&own, QUARANTINE, no, &encode(&item))?,
        );
        batch.put_cf(
            self.store.cf(QUARANTINE_ORIGINALS)?,
            no.to_be_bytes(),
            self.seal(&key, QUARANTINE_ORIGINALS, no, original)?,
        );
        self.store.write(batch, None)?;
        *last = no;
        Ok(no)
    }

    /// Items with numbers below `before` (all when `None`), newest first, at most `limit`; settled ones included.
    pub fn list(&self, before: Option<u64>, limit: usize) -> Result<Vec<QuarantineItem>, LogError> {
        let from = before.map_or(u64::MAX, |before| before.saturating_sub(1));
        let scan = self
            .store
            .scan(QUARANTINE, &from.to_be_bytes(), Direction::Reverse, ReadOptions::default())?;
        scan.take(limit)
            .map(|item| {
                let (key, value) = item?;
                self.item(key_no(&key)?, &value)
            })
            .collect()
    }

    /// An item and its original (`None` once it is settled); `None` when there is no such item.
    #[allow(clippy::type_complexity)]
    pub fn get(&self, no: u64) -> Result<Option<(QuarantineItem, Option<Vec<u8>>)>, LogError> {
        let Some(value) = self.store.get(QUARANTINE, &no.to_be_bytes())? else {
            return Ok(None);
        };
        let item = self.item(no, &value)?;
        let original = match self.store.get(QUARANTINE_ORIGINALS, &no.to_be_bytes())? {
            Some(value) => self.unseal(QUARANTINE_ORIGINALS, no, &value)?,
            None if item.resolution.is_none() => {
                return Err(LogError::Missing {
                    family: QUARANTINE_ORIGINALS,
                    key: no,
                });
            }
            None => None,
        };
        Ok(Some((item, original)))
    }

    /// Settles an open item and removes its original.
    pub fn resolve(&self, no: u64, how: Resolution) -> Result<(), LogError> {
        let _order = self.last.lock();
        let Some((mut item, Some(_))) = self.get(no)? else {
            return Err(LogError::NotInQuarantine(no));
        };
        item.resolution = Some(how);
        // An item of an earlier program has no key of its own.
        let own = self.ring.thing(&name(QUARANTINE, no))?;
        self.settle(&item, own.as_ref().unwrap_or(&self.keys.quarantine))?;
        self.ring.drop_things(&[name(QUARANTINE_ORIGINALS, no)])
    }

    /// Settles items, open ones and others, and takes out of them what they may tell of their content: findings, ids, queries.
    /// When it returns, nothing of it is in any file.
    ///
    /// # Errors
    /// Those of the store.
    pub fn erase(&self, items: &[u64], why: &str) -> Result<(), LogError> {
        let _order = self.last.lock();
        for no in items {
            let Some(value) = self.store.get(QUARANTINE, &no.to_be_bytes())? else {
                continue;
            };
            let item = self.item(*no, &value)?;
            drop(value);
            let left = QuarantineItem {
                envelope: Envelope {
                    message_id: None,
                    persons: Vec::new(),
                    ..item.envelope
                },
                findings_json: b"{}".to_vec(),
                resolution: item.resolution.or_else(|| Some(Resolution::Discarded(why.to_owned()))),
                ..item
            };
            self.settle(&left, &self.keys.quarantine)?;
            self.ring.drop_things(&[name(QUARANTINE, *no), name(QUARANTINE_ORIGINALS, *no)])?;
        }
        for family in [QUARANTINE, QUARANTINE_ORIGINALS] {
            self.store.rewrite(family)?;
        }
        self.ring.scour()
    }

    /// Writes an item as settled, without its original.
    fn settle(&self, item: &QuarantineItem, key: &DataKey) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.store.cf(QUARANTINE)?,
            item.no.to_be_bytes(),
            self.seal(key, QUARANTINE, item.no, &encode(item))?,
        );
        batch.delete_cf(self.store.cf(QUARANTINE_ORIGINALS)?, item.no.to_be_bytes());
        self.store.write(batch, None)
    }

    fn place(&self, family: &'static str, no: u64) -> Place<'_> {
        Place {
            instance: self.keys.instance().as_bytes(),
            family,
            no,
            part: 0,
            person: 0,
        }
    }

    fn seal(&self, key: &DataKey, family: &'static str, no: u64, plain: &[u8]) -> Result<Vec<u8>, LogError> {
        let mut out = Vec::new();
        seal::seal(key, self.place(family, no), seal::fresh_nonce()?, plain, 96, &mut out)?;
        Ok(out)
    }

    /// An item from its stored form. One whose key was thrown away (a copy of the log from before lies here) is settled.
    fn item(&self, no: u64, value: &[u8]) -> Result<QuarantineItem, LogError> {
        match self.unseal(QUARANTINE, no, value)? {
            Some(plain) => decode(no, &plain),
            None => Ok(QuarantineItem {
                no,
                envelope: Envelope::default(),
                findings_json: b"{}".to_vec(),
                size: 0,
                resolution: Some(Resolution::Discarded("settled".to_owned())),
            }),
        }
    }

    /// Opens with its own key if it has one; erased items, and those of earlier programs, stand under the instance's.
    /// `None` if its key was thrown away.
    fn unseal(&self, family: &'static str, no: u64, value: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        let (place, name) = (self.place(family, no), name(family, no));
        let own = self.ring.thing(&name)?;
        let plain = own.and_then(|own| seal::open(&own, place, value));
        match plain.or_else(|| seal::open(&self.keys.quarantine, place, value)) {
            Some(plain) => Ok(Some(plain)),
            None if self.ring.is_gone(&name)? => Ok(None),
            None => Err(LogError::damaged(family, no, "the sealed block does not open in this place")),
        }
    }
}

/// The name of an item's key in the ring, or of its original's.
fn name(family: &str, no: u64) -> Vec<u8> {
    [family.as_bytes(), b" ", &no.to_be_bytes()].concat()
}

fn key_no(key: &[u8]) -> Result<u64, LogError> {
    key.try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| LogError::damaged(QUARANTINE, 0, "the key has a wrong length"))
}

fn encode(item: &QuarantineItem) -> Vec<u8> {
    let mut out = vec![FORMAT];
    item.envelope.encode(&mut out);
    put_bytes(&mut out, &item.findings_json);
    put_u64(&mut out, item.size);
    match &item.resolution {
        None => out.push(0),
        Some(Resolution::Replayed(event)) => {
            out.push(1);
            put_u64(&mut out, event.0);
        }
        Some(Resolution::Discarded(why)) => {
            out.push(2);
            put_bytes(&mut out, why.as_bytes());
        }
    }
    out
}

fn decode(no: u64, bytes: &[u8]) -> Result<QuarantineItem, LogError> {
    read(no, bytes).ok_or_else(|| LogError::damaged(QUARANTINE, no, "the item makes no sense"))
}

fn read(no: u64, bytes: &[u8]) -> Option<QuarantineItem> {
    let mut from = Reader::new(bytes);
    if from.u8()? != FORMAT {
        return None;
    }
    let envelope = Envelope::decode(&mut from)?;
    let findings_json = from.bytes()?.to_vec();
    let size = from.u64()?;
    let resolution = match from.u8()? {
        0 => None,
        1 => Some(Resolution::Replayed(EventNo(from.u64()?))),
        2 => Some(Resolution::Discarded(from.text()?)),
        _ => return None,
    };
    from.is_empty().then_some(QuarantineItem {
        no,
        envelope,
        findings_json,
        size,
        resolution,
    })
}
