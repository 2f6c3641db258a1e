//! Packing (zstd) and sealing (AES-256-GCM) of contents.
//!
//! A sealed block on disk is `format | nonce (12) | ciphertext | tag (16)`. The format byte says how the
//! plaintext is packed and leaves room for trained dictionaries. Every block has a key of its own, derived
//! from a data key and the block's place, so a random nonce only has to be unique among the attempts to
//! write one place: an event number may be used again after a failed commit. The place is bound as
//! additional data too.

use std::cell::RefCell;
use std::io::Cursor;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::LogError;
use crate::keys::DataKey;

/// The nonce and tag of a sealed block, with its format byte.
pub(crate) const OVERHEAD: usize = 1 + NONCE_LEN + 16;
/// No block unpacks to more than this.
pub(crate) const MAX_PLAIN: usize = 256 << 20;

/// Plaintext as it is.
const PLAIN: u8 = 1;
/// A zstd frame without dictionary. 3 and up are left for numbered dictionaries.
const ZSTD: u8 = 2;
const LEVEL: i32 = 1;

/// Where a sealed block belongs. Bound to the ciphertext, so that no block opens in another's place.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub instance: &'a [u8; 4],
    pub family: &'static str,
    pub no: u64,
    pub part: u32,
    pub person: u32,
}

impl Place<'_> {
    fn bytes(&self) -> ([u8; 52], usize) {
        let mut out = [0; 52];
        out[..4].copy_from_slice(self.instance);
        out[4..12].copy_from_slice(&self.no.to_be_bytes());
        out[12..16].copy_from_slice(&self.part.to_be_bytes());
        out[16..20].copy_from_slice(&self.person.to_be_bytes());
        let name = self.family.as_bytes();
        let len = name.len().min(32);
        out[20..20 + len].copy_from_slice(&name[..len]);
        (out, 20 + len)
    }
}

/// Random bytes for the nonce of one attempt; shared by the blocks of an event, whose keys all differ.
pub(crate) fn fresh_nonce() -> Result<[u8; NONCE_LEN], LogError> {
    let mut nonce = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| LogError::Sealing)?;
    Ok(nonce)
}

/// The key of the block at a place, under a data key.
pub(crate) fn block_key(key: &DataKey, place: Place<'_>) -> DataKey {
    let (place, len) = place.bytes();
    DataKey::from_bytes(*blake3::keyed_hash(key.bytes(), &place[..len]).as_bytes())
}

fn cipher(block_key: &DataKey) -> Result<LessSafeKey, LogError> {
    UnboundKey::new(&AES_256_GCM, block_key.bytes())
        .map(LessSafeKey::new)
        .map_err(|_| LogError::Sealing)
}

/// Packs when that makes it smaller (never below `pack_from` bytes), seals, and appends the block to `out`.
pub(crate) fn seal(
    key: &DataKey,
    place: Place<'_>,
    nonce: [u8; NONCE_LEN],
    plain: &[u8],
    pack_from: usize,
    out: &mut Vec<u8>,
) -> Result<(), LogError> {
    if plain.len() > MAX_PLAIN {
        return Err(LogError::TooLarge { what: "a payload" });
    }
    let block_key = block_key(key, place);
    let (place, len) = place.bytes();
    let place = &place[..len];
    let start = out.len();
    out.push(ZSTD);
    out.extend_from_slice(&nonce);
    let body = out.len();
    if plain.len() < pack_from || !pack(plain, out) {
        out.truncate(body);
        out[start] = PLAIN;
        out.extend_from_slice(plain);
    }
    let format = out[start];
    let tag = cipher(&block_key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(with_format(place, format)),
            &mut out[body..],
        )
        .map_err(|_| LogError::Sealing)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

/// Opens a sealed block; `None` when it is not what was sealed at this place with this key.
pub(crate) fn open(key: &DataKey, place: Place<'_>, block: &[u8]) -> Option<Vec<u8>> {
    open_with(&block_key(key, place), place, block)
}

/// The same with the key of the very block.
pub(crate) fn open_with(block_key: &DataKey, place: Place<'_>, block: &[u8]) -> Option<Vec<u8>> {
    let (place, len) = place.bytes();
    let format = *block.first()?;
    let nonce: [u8; NONCE_LEN] = block.get(1..1 + NONCE_LEN)?.try_into().ok()?;
    let mut body = block.get(1 + NONCE_LEN..)?.to_vec();
    let aad = Aad::from(with_format(&place[..len], format));
    let plain = cipher(block_key)
        .ok()?
        .open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body)
        .ok()?;
    let len = plain.len();
    match format {
        PLAIN => {
            body.truncate(len);
            Some(body)
        }
        ZSTD => unpack(plain),
        _ => None,
    }
}

fn with_format(place: &[u8], format: u8) -> [u8; 53] {
    let mut out = [0; 53];
    out[0] = format;
    out[1..1 + place.len()].copy_from_slice(place);
    out
}

thread_local! {
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Appends a zstd frame of `plain` to `out`; false (and rubbish at the end of `out`) when that does not pay.
fn pack(plain: &[u8], out: &mut Vec<u8>) -> bool {
    PACKER.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(LEVEL)
                .ok()
                .and_then(|mut packer| packer.include_checksum(true).ok().map(|()| packer));
        }
        let Some(packer) = slot else { return false };
        let start = out.len();
        out.reserve(zstd::zstd_safe::compress_bound(plain.len()) + 16);
        let mut cursor = Cursor::new(&mut *out);
        cursor.set_position(start as u64);
        packer.compress_to_buffer(plain, &mut cursor).is_ok_and(|len| len < plain.len())
    })
}

fn unpack(frame: &[u8]) -> Option<Vec<u8>> {
    UNPACKER.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Decompressor::new().ok();
        }
        slot.as_mut()?.decompress(frame, MAX_PLAIN).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(no: u64, part: u32) -> Place<'static> {
        Place {
            instance: b"9901",
            family: "entries",
            no,
            part,
            person: 7,
        }
    }

    fn sealed(plain: &[u8]) -> (DataKey, Vec<u8>) {
        let key = DataKey::random().unwrap();
        let mut out = vec![9, 9];
        seal(&key, place(1, 2), fresh_nonce().unwrap(), plain, 64, &mut out).unwrap();
        (key, out.split_off(2))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(plain in proptest::collection::vec(0u8..8, 0..3000)) {
            let (key, block) = sealed(&plain);
            prop_assert!(block.len() <= plain.len() + OVERHEAD);
            prop_assert_eq!(open(&key, place(1, 2), &block), Some(plain));
        }

        #[test]
        fn a_changed_block_never_opens(plain in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let (key, mut block) = sealed(&plain);
            let at = at.index(block.len());
            block[at] ^= 1 << bit;
            prop_assert_eq!(open(&key, place(1, 2), &block), None);
            block[at] ^= 1 << bit;
            block.truncate(at);
            prop_assert_eq!(open(&key, place(1, 2), &block), None);
        }
    }

    #[test]
    fn a_block_opens_only_in_its_place_with_its_key() {
        let (key, block) = sealed(b"vedtak");
        assert_eq!(open(&key, place(1, 3), &block), None);
        assert_eq!(open(&key, place(2, 2), &block), None);
        assert_eq!(
            open(
                &key,
                Place {
                    family: "answers",
                    ..place(1, 2)
                },
                &block
            ),
            None
        );
        assert_eq!(open(&key, Place { person: 8, ..place(1, 2) }, &block), None);
        assert_eq!(
            open(
                &key,
                Place {
                    instance: b"9902",
                    ..place(1, 2)
                },
                &block
            ),
            None
        );
        assert_eq!(open(&DataKey::random().unwrap(), place(1, 2), &block), None);
        assert_eq!(open(&key, place(1, 2), &block).as_deref(), Some(&b"vedtak"[..]));
    }

    #[test]
    fn repetitive_text_gets_smaller() {
        let plain = b"{\"resourceType\":\"Observation\"}".repeat(60);
        let (_, block) = sealed(&plain);
        assert!(block.len() < 200, "{}", block.len());
    }
}
