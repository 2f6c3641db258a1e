//! Persons' data keys: wrapped on disk, opened ones in a bounded cache.

use rocksdb::WriteBatch;

use super::KEYS;
use super::head::NameHash;
use crate::keys::DataKey;
use crate::lately::Lately;
use crate::seal::{self, Place};
use crate::store::Store;
use crate::{InstanceKeys, LogError, PersonNo};

/// Opened keys, for [`Lately::new`]: at most 64,000.
const KEYS_KEPT: usize = 2000;
/// Names, for [`Lately::new`]: at most 128,000, about 6 MiB.
const NAMES_KEPT: usize = 4000;
/// Stands where a destroyed key was, so that a lost record is never taken for a destroyed one.
const DESTROYED: &[u8] = &[0];

/// The cache of opened keys.
pub(super) struct PersonKeys(Lately<u32, DataKey>);

impl Default for PersonKeys {
    fn default() -> Self {
        PersonKeys(Lately::new(KEYS_KEPT))
    }
}

impl PersonKeys {
    /// A person's data key; `None` when it is destroyed. Person 0 has the instance's own.
    pub(super) fn get(&self, store: &Store, keys: &InstanceKeys, person: PersonNo) -> Result<Option<DataKey>, LogError> {
        if !person.is_some() {
            return Ok(Some(keys.own.clone()));
        }
        self.0.get(&person.0, || {
            let Some(wrapped) = store.get(KEYS, &person.0.to_be_bytes())? else {
                return Err(LogError::Missing {
                    family: KEYS,
                    key: u64::from(person.0),
                });
            };
            if wrapped[..] == *DESTROYED {
                return Ok(None);
            }
            unwrap(keys, person, &wrapped)
                .map(Some)
                .ok_or_else(|| LogError::damaged(KEYS, u64::from(person.0), "the wrapped key does not open in this place"))
        })
    }

    pub(super) fn put(&self, person: PersonNo, key: DataKey) {
        self.0.put(person.0, key);
    }

    /// Destroys a key: on disk first, in memory when that is durable, and then in the tables and the journal.
    pub(super) fn destroy(&self, store: &Store, person: PersonNo) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        batch.put_cf(store.cf(KEYS)?, person.0.to_be_bytes(), DESTROYED);
        store.write(batch, None)?;
        self.0.remove(&person.0);
        store.rewrite(KEYS)
    }

    /// Opens every wrapped key once without filling the cache; used by verification.
    pub(super) fn check(keys: &InstanceKeys, person: PersonNo, wrapped: &[u8]) -> bool {
        wrapped == DESTROYED || unwrap(keys, person, wrapped).is_some()
    }
}

/// Whom names were lately found to name. A name gets another number only when its person's key was destroyed and she comes
/// back: the commit that says so puts it here.
pub(super) type PersonNames = Lately<NameHash, PersonNo>;

/// None yet.
pub(super) fn no_names() -> PersonNames {
    Lately::new(NAMES_KEPT)
}

/// A fresh data key and its wrapped form.
pub(super) fn create(keys: &InstanceKeys, person: PersonNo) -> Result<(DataKey, Vec<u8>), LogError> {
    let key = DataKey::random()?;
    let mut wrapped = Vec::new();
    seal::seal(
        &keys.wrapping,
        place(keys, person),
        seal::fresh_nonce()?,
        key.bytes(),
        usize::MAX,
        &mut wrapped,
    )?;
    Ok((key, wrapped))
}

fn unwrap(keys: &InstanceKeys, person: PersonNo, wrapped: &[u8]) -> Option<DataKey> {
    let plain = zeroize::Zeroizing::new(seal::open(&keys.wrapping, place(keys, person), wrapped)?);
    Some(DataKey::from_bytes(plain[..].try_into().ok()?))
}

fn place(keys: &InstanceKeys, person: PersonNo) -> Place<'_> {
    Place {
        instance: keys.instance().as_bytes(),
        family: KEYS,
        no: u64::from(person.0),
        part: 0,
        person: person.0,
    }
}

/// The key for what concerns several: derived from all their keys, so that destroying any one closes it.
pub(super) fn combined(person_keys: &[DataKey], own: &DataKey) -> DataKey {
    if person_keys.is_empty() {
        return own.clone();
    }
    let mut hasher = blake3::Hasher::new_derive_key("kilde-log 1 all concerned persons");
    for key in person_keys {
        hasher.update(key.bytes());
    }
    DataKey::from_bytes(*hasher.finalize().as_bytes())
}
