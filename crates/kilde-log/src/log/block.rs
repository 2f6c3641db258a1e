//! Values of the sealed families, and the hash chain over them.
//!
//! A value is `person (varint) | sealed block`. When content is removed altogether (after its key was
//! destroyed), `person | 0 | hash of what was there` stands in its place, so that the chain still verifies.

use crate::codec::{Reader, put_u64};
use crate::keys::DataKey;
use crate::ring::BlockPlace;
use crate::seal::{self, OVERHEAD, Place};
use crate::{EventNo, Instance, LogError, PersonNo};

pub(super) const ENTRIES: &str = "entries";
pub(super) const ORIGINALS: &str = "originals";
pub(super) const ANSWERS: &str = "answers";

const REMOVED: u8 = 0;
/// zstd does not pay below this size.
const PACK_FROM: usize = 96;

pub(super) fn entry_key(event: EventNo, entry: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&event.0.to_be_bytes());
    key[8..].copy_from_slice(&entry.to_be_bytes());
    key
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub instance: &'a Instance,
    pub family: &'static str,
    pub event: EventNo,
    pub entry: u32,
    pub person: PersonNo,
}

impl At<'_> {
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            instance: self.instance.as_bytes(),
            family: self.family,
            no: self.event.0,
            part: self.entry,
            person: self.person.0,
        }
    }

    pub(super) fn seal(&self, key: &DataKey, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, LogError> {
        let mut out = Vec::with_capacity(5 + OVERHEAD + plain.len());
        put_u64(&mut out, u64::from(self.person.0));
        seal::seal(key, self.place(), nonce, plain, PACK_FROM, &mut out)?;
        Ok(out)
    }

    pub(super) fn open(&self, key: &DataKey, block: &[u8]) -> Result<Vec<u8>, LogError> {
        self.open_with(&seal::block_key(key, self.place()), block)
    }

    /// With the key of the very block.
    pub(super) fn open_with(&self, block_key: &DataKey, block: &[u8]) -> Result<Vec<u8>, LogError> {
        seal::open_with(block_key, self.place(), block)
            .ok_or_else(|| LogError::damaged(self.family, self.event.0, "the sealed block does not open in this place"))
    }

    /// The place among those of a person's key.
    pub(super) fn among_keys(&self) -> BlockPlace {
        let family = match self.family {
            ENTRIES => 0,
            ORIGINALS => 1,
            _ => 2,
        };
        (family, self.event, self.entry)
    }
}

/// A value taken apart.
pub(super) enum Value<'a> {
    Sealed { person: PersonNo, block: &'a [u8] },
    Removed { hash: [u8; 32] },
}

pub(super) fn parse(value: &[u8]) -> Option<Value<'_>> {
    let mut from = Reader::new(value);
    let person = PersonNo(from.u32()?);
    let block = from.rest();
    match *block.first()? {
        REMOVED => Some(Value::Removed {
            hash: block[1..].try_into().ok()?,
        }),
        _ => Some(Value::Sealed { person, block }),
    }
}

/// What the chain sees of a value.
pub(super) fn value_hash(value: &[u8]) -> [u8; 32] {
    match parse(value) {
        Some(Value::Removed { hash }) => hash,
        _ => *blake3::hash(value).as_bytes(),
    }
}

/// What stands before the first event.
pub(super) fn genesis(instance: &Instance) -> [u8; 32] {
    blake3::derive_key("kilde-log 1 chain start", instance.as_bytes())
}

/// What an event's hash covers besides its predecessor and number: every sealed byte of it.
#[derive(Default)]
pub(super) struct ContentHashes {
    pub original: [u8; 32],
    pub answer: [u8; 32],
    pub entries: Vec<[u8; 32]>,
}

/// The chain hash of an event. It needs no key and covers ciphertext only: it still verifies when content
/// has become unreadable. It is also the leaf that the Merkle seal will take.
pub(super) fn event_hash(previous: &[u8; 32], no: EventNo, head_block: &[u8], contents: &ContentHashes) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("kilde-log 1 event hash");
    hasher.update(previous);
    hasher.update(&no.0.to_be_bytes());
    hasher.update(blake3::hash(head_block).as_bytes());
    hasher.update(&contents.original);
    hasher.update(&contents.answer);
    hasher.update(&(contents.entries.len() as u64).to_be_bytes());
    for entry in &contents.entries {
        hasher.update(entry);
    }
    *hasher.finalize().as_bytes()
}

/// An event's record: `1 | hash (32) | number of entries (varint) | sealed head`.
pub(super) struct Record<'a> {
    pub hash: [u8; 32],
    pub entries: u32,
    pub head: &'a [u8],
}

const RECORD: u8 = 1;

impl<'a> Record<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(38 + self.head.len());
        out.push(RECORD);
        out.extend_from_slice(&self.hash);
        put_u64(&mut out, u64::from(self.entries));
        out.extend_from_slice(self.head);
        out
    }

    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.u8()? != RECORD {
            return None;
        }
        Some(Self {
            hash: from.array()?,
            entries: from.u32()?,
            head: from.rest(),
        })
    }
}
