//! What could not be taken in, kept with its findings until someone settles it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;
use rocksdb::{Direction, ReadOptions, WriteBatch};

use crate::codec::{Reader, put_bytes, put_u64};
use crate::log::{QUARANTINE, QUARANTINE_ORIGINALS};
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
/// Items are sealed with a key of the instance (whom they concern is often just what could not be found out).
/// The original is removed when the item is settled: a replayed one is in the log, a discarded one is to go.
pub struct Quarantine {
    store: Arc<Store>,
    keys: Arc<InstanceKeys>,
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
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.store.cf(QUARANTINE)?,
            no.to_be_bytes(),
            self.seal(QUARANTINE, no, &encode(&item))?,
        );
        batch.put_cf(
            self.store.cf(QUARANTINE_ORIGINALS)?,
            no.to_be_bytes(),
            self.seal(QUARANTINE_ORIGINALS, no, original)?,
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
                let no = key_no(&key)?;
                decode(no, &self.unseal(QUARANTINE, no, &value)?)
            })
            .collect()
    }

    /// An item and its original (`None` once it is settled); `None` when there is no such item.
    #[allow(clippy::type_complexity)]
    pub fn get(&self, no: u64) -> Result<Option<(QuarantineItem, Option<Vec<u8>>)>, LogError> {
        let Some(value) = self.store.get(QUARANTINE, &no.to_be_bytes())? else {
            return Ok(None);
        };
        let item = decode(no, &self.unseal(QUARANTINE, no, &value)?)?;
        let original = match self.store.get(QUARANTINE_ORIGINALS, &no.to_be_bytes())? {
            Some(value) => Some(self.unseal(QUARANTINE_ORIGINALS, no, &value)?),
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
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.store.cf(QUARANTINE)?,
            no.to_be_bytes(),
            self.seal(QUARANTINE, no, &encode(&item))?,
        );
        batch.delete_cf(self.store.cf(QUARANTINE_ORIGINALS)?, no.to_be_bytes());
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

    fn seal(&self, family: &'static str, no: u64, plain: &[u8]) -> Result<Vec<u8>, LogError> {
        let mut out = Vec::new();
        seal::seal(
            &self.keys.quarantine,
            self.place(family, no),
            seal::fresh_nonce()?,
            plain,
            96,
            &mut out,
        )?;
        Ok(out)
    }

    fn unseal(&self, family: &'static str, no: u64, value: &[u8]) -> Result<Vec<u8>, LogError> {
        seal::open(&self.keys.quarantine, self.place(family, no), value)
            .ok_or_else(|| LogError::damaged(family, no, "the sealed block does not open in this place"))
    }
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
