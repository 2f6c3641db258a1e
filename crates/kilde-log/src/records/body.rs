//! What is sealed in a record, and the leaf it makes in the tree.
//!
//! A record has two parts. A receipt discloses the first and only commits to the second, so each part has a salt of its
//! own: `leaf = SHA-256(0x00 | SHA-256(salt | body) | SHA-256(salt' | kept))`. Who knows one part can check it and can
//! learn nothing of the other, nor of any other record; who has destroyed record and salts has erased it.

use crate::keys::DataKey;
use crate::merkle::{Hash, leaf_hash, sha256};
use crate::{LogError, PersonNo};

/// Bytes of a salt.
pub const SALT: usize = 16;
const LENGTH: usize = 4;

/// A record on its way in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Record {
    /// Whom it is about; 0 when nobody. It is found again by this number.
    pub person: PersonNo,
    /// What it says; sealed with a key of the instance. A receipt discloses it.
    pub body: Vec<u8>,
    /// What it says besides; sealed with it, and kept back from receipts.
    pub kept: Vec<u8>,
}

/// A record as it was stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredRecord {
    /// Its number, from 1, without gaps. Its leaf is the one before: leaves count from 0.
    pub no: u64,
    /// Whom it is about.
    pub person: PersonNo,
    /// What it says.
    pub body: Vec<u8>,
    /// What it says besides.
    pub kept: Vec<u8>,
    /// The salts of the two parts.
    pub salts: [[u8; SALT]; 2],
    /// The chain hash: covers the sealed record and, through it, every earlier one.
    pub hash: [u8; 32],
}

impl StoredRecord {
    /// What stands in the leaf for the part that is kept back.
    pub fn kept_commitment(&self) -> Hash {
        commitment(&self.salts[1], &self.kept)
    }

    /// Its leaf in the tree.
    pub fn leaf(&self) -> Hash {
        leaf(&commitment(&self.salts[0], &self.body), &self.kept_commitment())
    }
}

/// What stands in a leaf for a part: SHA-256 of salt and part.
pub fn commitment(salt: &[u8; SALT], part: &[u8]) -> Hash {
    sha256(&[&salt[..], part].concat())
}

/// The leaf over the commitments of the two parts.
pub fn leaf(body: &Hash, kept: &Hash) -> Hash {
    leaf_hash(&[&body[..], kept].concat())
}

/// Writes what is to be sealed, `length of body | salt | body | salt | kept`, and gives the leaf.
pub(super) fn put(record: &Record, salts: &[u8; 2 * SALT], out: &mut Vec<u8>) -> Result<Hash, LogError> {
    let length = u32::try_from(record.body.len()).map_err(|_| LogError::TooLarge { what: "a record" })?;
    out.clear();
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&salts[..SALT]);
    out.extend_from_slice(&record.body);
    out.extend_from_slice(&salts[SALT..]);
    out.extend_from_slice(&record.kept);
    let (body, kept) = out[LENGTH..].split_at(SALT + record.body.len());
    Ok(leaf(&sha256(body), &sha256(kept)))
}

/// The two parts of what was sealed.
pub(super) struct Parts {
    pub body: Vec<u8>,
    pub kept: Vec<u8>,
    pub salts: [[u8; SALT]; 2],
}

/// Reads what [`put`] wrote.
pub(super) fn get(mut plain: Vec<u8>) -> Option<Parts> {
    let (length, rest) = plain.split_first_chunk::<LENGTH>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (first, rest) = rest.split_first_chunk::<SALT>()?;
    let (second, kept) = rest.get(length..)?.split_first_chunk::<SALT>()?;
    let (salts, kept) = ([*first, *second], kept.to_vec());
    plain.truncate(LENGTH + SALT + length);
    plain.drain(..LENGTH + SALT);
    Some(Parts { body: plain, kept, salts })
}

/// A record from before there was a tree: all of it is kept back, and its salts follow from the key.
pub(super) fn old(plain: Vec<u8>, key: &DataKey, no: u64) -> Parts {
    let hash = blake3::keyed_hash(key.bytes(), &[&b"salts"[..], &no.to_be_bytes()].concat());
    let (salts, _) = hash.as_bytes().as_chunks::<SALT>();
    Parts {
        body: Vec::new(),
        kept: plain,
        salts: [salts[0], salts[1]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_parts_come_back_and_the_leaf_follows_from_either_side(body: Vec<u8>, kept: Vec<u8>, salts: [u8; 32]) {
            let mut out = vec![7];
            let made = put(&Record { person: PersonNo(1), body: body.clone(), kept: kept.clone() }, &salts, &mut out).unwrap();
            let parts = get(out).unwrap();
            prop_assert_eq!((&parts.body, &parts.kept), (&body, &kept));
            let stored = StoredRecord { no: 1, person: PersonNo(1), body, kept, salts: parts.salts, hash: [0; 32] };
            prop_assert_eq!(stored.leaf(), made);
        }

        #[test]
        fn any_bytes_are_read_without_panic(plain in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = get(plain);
        }
    }
}
