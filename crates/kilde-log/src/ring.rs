//! The key ring: the keys that can be destroyed, in a small directory of their own beside the log.
//!
//! A copy of the log is content without the keys that open it. So a backup of the content may be kept for years, while the ring,
//! which is copied apart and kept for days, decides what of it can still be opened (ADR 0044).

mod person;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rocksdb::{Direction, ReadOptions, WriteBatch};

pub(crate) use person::{BlockPlace, PersonKey, Rest};

use crate::keys::DataKey;
use crate::lately::Lately;
use crate::seal::{self, Place};
use crate::store::{Contents, Store};
use crate::{EventNo, InstanceKeys, LogError, PersonNo};

/// Keys of persons by number.
pub(crate) const KEYS: &str = "keys";
/// Keys of single things (an item of the quarantine, a spool) by name.
const THINGS: &str = "things";
const FORMAT: u32 = 1;
/// The last event that any person's key lists one by one.
const AFTER: &str = "after";
/// The last event whose destructions have been carried out.
const CARRIED: &str = "carried";
/// Opened keys, for [`Lately::new`]: at most 64,000.
const KEPT: usize = 2000;
/// Name of the directory with a copy of the ring, made for whoever takes it elsewhere.
const COPY: &str = "keys.copy";
/// Stands where a destroyed key was, so that a lost record is never taken for a destroyed one.
const DESTROYED: &[u8] = &[0];

/// The key ring of an instance.
pub(crate) struct KeyRing {
    pub(crate) store: Store,
    keys: Arc<InstanceKeys>,
    opened: Lately<u32, PersonKey>,
    /// Copies of the ring below the instance's directory: they hold keys that are to leave its files with the ring's own.
    copies: Mutex<PathBuf>,
}

impl KeyRing {
    /// Where the ring of the log in `dir` lies: `keys`, beside it.
    pub(crate) fn beside(dir: &Path) -> PathBuf {
        dir.with_file_name("keys")
    }

    /// Opens or creates it. A copy that somebody left in [`COPY`] is removed.
    pub(crate) fn open(dir: &Path, keys: Arc<InstanceKeys>) -> Result<Self, LogError> {
        let families = [(KEYS, Contents::Small), (THINGS, Contents::Small)];
        let ring = Self {
            store: Store::open(dir, "key ring", FORMAT, &families, &keys)?,
            keys,
            opened: Lately::new(KEPT),
            copies: Mutex::new(dir.with_file_name(COPY)),
        };
        remove(&ring.copies.lock())?;
        Ok(ring)
    }

    /// Makes a copy of its files in [`COPY`] beside it, in the place of the one before, and says where. It goes with the next destruction.
    pub(crate) fn copy(&self) -> Result<PathBuf, LogError> {
        let copy = self.copies.lock();
        remove(&copy)?;
        self.store.copy_to(&copy)?;
        Ok(copy.clone())
    }

    /// Removes the copy.
    pub(crate) fn remove_copy(&self) -> Result<(), LogError> {
        remove(&self.copies.lock())
    }

    /// The highest person number that has a record; keys above what the log knows were never used.
    pub(crate) fn last(&self) -> Result<u32, LogError> {
        let Some(key) = self.store.last_key(KEYS)? else { return Ok(0) };
        key[..]
            .try_into()
            .map(u32::from_be_bytes)
            .map_err(|_| LogError::damaged(KEYS, 0, "the key has a wrong length"))
    }

    /// A person's key; `None` when it is destroyed. Nobody's is the instance's own.
    pub(crate) fn get(&self, person: PersonNo) -> Result<Option<PersonKey>, LogError> {
        if !person.is_some() {
            return Ok(Some(PersonKey::Whole(self.keys.own.clone())));
        }
        self.opened.get(&person.0, || {
            let Some(wrapped) = self.store.get(KEYS, &person.0.to_be_bytes())? else {
                return Err(LogError::Missing {
                    family: KEYS,
                    key: u64::from(person.0),
                });
            };
            if wrapped[..] == *DESTROYED {
                return Ok(None);
            }
            self.unwrap(person, &wrapped)
                .map(Some)
                .ok_or_else(|| LogError::damaged(KEYS, u64::from(person.0), "the wrapped key does not open in this place"))
        })
    }

    /// Writes new persons' keys durably, before anything is sealed with them on disk. Replaces keys that were never used.
    pub(crate) fn put(&self, new: &[(PersonNo, PersonKey)]) -> Result<(), LogError> {
        if new.is_empty() {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        for (person, key) in new {
            batch.put_cf(self.store.cf(KEYS)?, person.0.to_be_bytes(), self.wrap(*person, key)?);
        }
        self.store.write(batch, None)?;
        for (person, key) in new {
            self.opened.put(person.0, key.clone());
        }
        Ok(())
    }

    /// Writes the mark of a destroyed key in the place of these, durably. The bytes leave the files with
    /// [`KeyRing::scour_persons`].
    pub(crate) fn mark(&self, persons: &[PersonNo]) -> Result<(), LogError> {
        if persons.is_empty() {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        for person in persons {
            batch.put_cf(self.store.cf(KEYS)?, person.0.to_be_bytes(), DESTROYED);
        }
        self.store.write(batch, None)?;
        for person in persons {
            self.opened.remove(&person.0);
        }
        Ok(())
    }

    /// The last event whose destructions have been carried out here.
    pub(crate) fn carried(&self) -> Result<EventNo, LogError> {
        Ok(EventNo(self.store.number(CARRIED)?.unwrap_or_default()))
    }

    /// Puts other keys in the place of these, or the mark of a destroyed one, as an event says. The earlier ones leave the files with
    /// [`KeyRing::scour_persons`].
    pub(crate) fn replace(&self, keys: &[(PersonNo, Option<PersonKey>)], by: EventNo) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        let mut after = self.store.number(AFTER)?.unwrap_or_default();
        for (person, key) in keys {
            let value = match key {
                Some(key) => self.wrap(*person, key)?,
                None => DESTROYED.to_vec(),
            };
            if let Some(PersonKey::Rest(rest)) = key {
                after = after.max(rest.after.0);
            }
            batch.put_cf(self.store.cf(KEYS)?, person.0.to_be_bytes(), value);
        }
        self.store.put_number(&mut batch, AFTER, Some(after))?;
        self.store.put_number(&mut batch, CARRIED, Some(by.0))?;
        self.store.write(batch, None)?;
        for (person, _) in keys {
            self.opened.remove(&person.0);
        }
        Ok(())
    }

    /// Rewrites what held keys of persons that were replaced.
    pub(crate) fn scour_persons(&self) -> Result<(), LogError> {
        self.rewrite(KEYS)
    }

    fn rewrite(&self, family: &'static str) -> Result<(), LogError> {
        // Held over both: a copy is from before, and goes, or from after, and has nothing of it.
        let copy = self.copies.lock();
        remove(&copy)?;
        self.store.rewrite(family)
    }

    /// A copy of the log from before lies here, and ends with this event: what keys list of events that came later is forgotten, for
    /// other events will have their numbers.
    pub(crate) fn cut_after(&self, last: EventNo) -> Result<(), LogError> {
        let carried = self.carried()?;
        if self.store.number(AFTER)?.unwrap_or_default() <= last.0 && carried <= last {
            return Ok(());
        }
        let (mut batch, mut changed) = (WriteBatch::default(), Vec::new());
        for item in self.store.scan(KEYS, &[], Direction::Forward, ReadOptions::default())? {
            let (key, wrapped) = item?;
            let person = PersonNo(key[..].try_into().map(u32::from_be_bytes).unwrap_or_default());
            if let Some(PersonKey::Rest(rest)) = self.unwrap(person, &wrapped)
                && rest.after > last
            {
                let cut = PersonKey::Rest(Arc::new(rest.cut_after(last)));
                batch.put_cf(self.store.cf(KEYS)?, key, self.wrap(person, &cut)?);
                changed.push(person.0);
            }
        }
        self.store.put_number(&mut batch, AFTER, Some(last.0))?;
        self.store.put_number(&mut batch, CARRIED, Some(carried.min(last).0))?;
        self.store.write(batch, None)?;
        for person in changed {
            self.opened.remove(&person);
        }
        tracing::warn!("the key ring was newer than the log: a copy of the log from before was put here");
        Ok(())
    }

    /// Whether the record of a person can be opened.
    pub(crate) fn check(&self, person: PersonNo, wrapped: &[u8]) -> bool {
        wrapped == DESTROYED || self.unwrap(person, wrapped).is_some()
    }

    /// Takes over the records of a log that kept them itself.
    pub(crate) fn take_over(&self, log: &Store) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        for item in log.scan(KEYS, &[], Direction::Forward, ReadOptions::default())? {
            let (key, value) = item?;
            batch.put_cf(self.store.cf(KEYS)?, key, value);
        }
        self.store.write(batch, None)
    }

    /// New keys for things, durably, whatever they had.
    pub(crate) fn new_things<const N: usize>(&self, names: [&[u8]; N]) -> Result<[DataKey; N], LogError> {
        let mut batch = WriteBatch::default();
        let mut keys = Vec::with_capacity(N);
        for name in names {
            let key = DataKey::random()?;
            let (place, nonce, mut wrapped) = (self.thing_place(name), seal::fresh_nonce()?, Vec::new());
            seal::seal(&self.keys.wrapping, place, nonce, key.bytes(), usize::MAX, &mut wrapped)?;
            batch.put_cf(self.store.cf(THINGS)?, name, wrapped);
            keys.push(key);
        }
        self.store.write(batch, None)?;
        keys.try_into().map_err(|_| LogError::Sealing)
    }

    /// The key of a thing; `None` when there is none (any more).
    pub(crate) fn thing(&self, name: &[u8]) -> Result<Option<DataKey>, LogError> {
        let Some(wrapped) = self.store.get(THINGS, name)?.filter(|wrapped| wrapped[..] != *DESTROYED) else {
            return Ok(None);
        };
        let opened = seal::open(&self.keys.wrapping, self.thing_place(name), &wrapped).map(zeroize::Zeroizing::new);
        let key = opened.and_then(|plain| Some(DataKey::from_bytes(plain[..].try_into().ok()?)));
        key.map(Some)
            .ok_or_else(|| LogError::damaged(THINGS, 0, "the wrapped key does not open in this place"))
    }

    /// Whether a thing had a key that was thrown away.
    pub(crate) fn is_gone(&self, name: &[u8]) -> Result<bool, LogError> {
        Ok(self.store.get(THINGS, name)?.is_some_and(|wrapped| wrapped[..] == *DESTROYED))
    }

    /// Throws keys of things away. Their bytes leave the files with [`KeyRing::scour`].
    pub(crate) fn drop_things(&self, names: &[Vec<u8>]) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        for name in names {
            batch.put_cf(self.store.cf(THINGS)?, name, DESTROYED);
        }
        self.store.write(batch, None)
    }

    /// Rewrites what held keys of things that were thrown away.
    pub(crate) fn scour(&self) -> Result<(), LogError> {
        self.rewrite(THINGS)
    }

    fn wrap(&self, person: PersonNo, key: &PersonKey) -> Result<Vec<u8>, LogError> {
        let mut wrapped = Vec::new();
        let nonce = seal::fresh_nonce()?;
        seal::seal(
            &self.keys.wrapping,
            self.place(person),
            nonce,
            &key.encode(),
            usize::MAX,
            &mut wrapped,
        )?;
        Ok(wrapped)
    }

    fn unwrap(&self, person: PersonNo, wrapped: &[u8]) -> Option<PersonKey> {
        let plain = zeroize::Zeroizing::new(seal::open(&self.keys.wrapping, self.place(person), wrapped)?);
        PersonKey::decode(&plain)
    }

    fn place(&self, person: PersonNo) -> Place<'_> {
        Place {
            instance: self.keys.instance().as_bytes(),
            family: KEYS,
            no: u64::from(person.0),
            part: 0,
            person: person.0,
        }
    }

    fn thing_place(&self, name: &[u8]) -> Place<'_> {
        let hash = blake3::hash(name);
        let mut no = [0; 8];
        no.copy_from_slice(&hash.as_bytes()[..8]);
        Place {
            instance: self.keys.instance().as_bytes(),
            family: THINGS,
            no: u64::from_be_bytes(no),
            part: 0,
            person: 0,
        }
    }
}

/// Removes a directory, if it is there.
fn remove(dir: &Path) -> Result<(), LogError> {
    match std::fs::remove_dir_all(dir) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(LogError::io("remove", dir, cause)),
        _ => Ok(()),
    }
}

/// The key for what concerns several: derived from all their keys, so that destroying any one closes it.
pub(crate) fn combined(keys: &[DataKey], own: &DataKey) -> DataKey {
    if keys.is_empty() {
        return own.clone();
    }
    let mut hasher = blake3::Hasher::new_derive_key("kilde-log 1 all concerned persons");
    for key in keys {
        hasher.update(key.bytes());
    }
    DataKey::from_bytes(*hasher.finalize().as_bytes())
}
