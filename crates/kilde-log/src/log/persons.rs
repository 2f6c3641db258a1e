//! Which key a block is sealed with.
//!
//! From event `keyed_from` on, each person has a key for each event: her entries are sealed with it, and original and answer with one made
//! of those of all whom the event concerns. What is older stands under the persons' keys themselves.

use super::block::At;
use super::head::NameHash;
use super::{EventLog, PersonNo};
use crate::keys::DataKey;
use crate::lately::Lately;
use crate::ring::{PersonKey, combined};
use crate::{EventNo, LogError, seal};

/// Names, for [`Lately::new`]: at most 128,000, about 6 MiB.
const NAMES_KEPT: usize = 4000;

/// Whom names were lately found to name. A name gets another number only when its person's key was destroyed and she comes
/// back: the commit that says so puts it here.
pub(super) type PersonNames = Lately<NameHash, PersonNo>;

/// None yet.
pub(super) fn no_names() -> PersonNames {
    Lately::new(NAMES_KEPT)
}

/// The part of a person in the key of an original or answer.
fn share(event_key: &DataKey) -> DataKey {
    DataKey::from_bytes(*blake3::keyed_hash(event_key.bytes(), b"kilde share").as_bytes())
}

impl EventLog {
    /// What an entry of a person in a new event is sealed with; nobody's stand under the instance's own.
    pub(super) fn new_entry_key(&self, key: &PersonKey, person: PersonNo, no: EventNo) -> Result<DataKey, LogError> {
        let keyed = person.is_some() && self.is_keyed(no);
        let found = if keyed { key.event(no) } else { key.whole().cloned() };
        found.ok_or(LogError::Sealing)
    }

    /// A person's part in the key of original and answer of a new event.
    pub(super) fn new_share(&self, key: &PersonKey, person: PersonNo, no: EventNo) -> Result<DataKey, LogError> {
        let key = self.new_entry_key(key, person, no)?;
        Ok(if self.is_keyed(no) { share(&key) } else { key })
    }

    /// Whether events have keys at this number.
    pub(super) fn is_keyed(&self, no: EventNo) -> bool {
        no.0 >= self.keyed_from
    }

    /// The key of the block of an entry; `None` when it is destroyed.
    pub(super) fn key_of_entry(&self, at: At<'_>) -> Result<Option<DataKey>, LogError> {
        let Some(key) = self.ring.get(at.person)? else { return Ok(None) };
        let over = if at.person.is_some() && self.is_keyed(at.event) {
            key.event(at.event)
        } else {
            key.whole().cloned()
        };
        Ok(match over {
            Some(over) => Some(seal::block_key(&over, at.place())),
            None => key.block(at.among_keys()).cloned(),
        })
    }

    /// The key of the block of an original or answer of an event that concerns these; `None` when it is destroyed.
    pub(super) fn key_of_shared(&self, at: At<'_>, concerned: &[PersonNo]) -> Result<Option<DataKey>, LogError> {
        let mut parts = Vec::with_capacity(concerned.len());
        for person in concerned {
            let Some(key) = self.ring.get(*person)? else { return Ok(None) };
            let part = if self.is_keyed(at.event) {
                key.event(at.event).map(|key| share(&key))
            } else {
                key.whole().cloned()
            };
            match part {
                Some(part) => parts.push(part),
                None if concerned.len() == 1 => return Ok(key.block(at.among_keys()).cloned()),
                None => return Ok(None),
            }
        }
        Ok(Some(seal::block_key(&combined(&parts, &self.keys.own), at.place())))
    }
}
