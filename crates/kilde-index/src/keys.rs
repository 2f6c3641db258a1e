//! Keys of the index. The first byte says what kind of key it is; numbers are big-endian so
//! that the order of keys is the order of numbers.

use kilde_log::PersonNo;
use smallvec::SmallVec;

/// Number of a resource (of any version), given when it is first mentioned, downwards.
pub(crate) type Rid = u32;

/// Keyed hash of a token value.
pub(crate) type Hash = [u8; HASH];
/// Length of [`Hash`].
pub(crate) const HASH: usize = 10;

/// One key.
pub(crate) type Key = SmallVec<[u8; 32]>;

/// Watermark, counters, fingerprint.
pub(crate) const META: u8 = 0x01;
/// type, id -> resource number, header of the newest version
pub(crate) const RESOURCE: u8 = b'i';
/// type, resource number -> header, id, terms
pub(crate) const RECORD: u8 = b'r';
/// type, resource number, descending version -> header
pub(crate) const VERSION: u8 = b'v';
/// person, type, resource number
pub(crate) const PERSON: u8 = b'p';
/// person, descending event, descending entry -> type, resource number, version
pub(crate) const CHANGE: u8 = b'h';
/// type, descending last updated, resource number
pub(crate) const UPDATED: u8 = b'l';
/// hash of a system's name -> number
pub(crate) const SYSTEM: u8 = b'n';
/// number -> name of a source or organisation
pub(crate) const SOURCE: u8 = b'o';
/// person, id of a declaration, descending version -> event, entry, whether it is lifted
pub(crate) const DECLARED: u8 = b'g';
/// person, number of a Patient resource that says that her address is secret
pub(crate) const SECRET: u8 = b'j';
/// event, entry: a step of a change of policy
pub(crate) const POLICY: u8 = b'y';
/// person, hash of a national number
pub(crate) const NATIONAL: u8 = b'a';
/// hash of a national number, person
pub(crate) const NATIONAL_OF: u8 = b'b';
/// person, person: the same human being
pub(crate) const LINK: u8 = b'k';
/// parameter, hash, system, resource number
pub(crate) const TOKEN: u8 = b't';
/// parameter, system, hash: codes that a system has under a parameter
pub(crate) const SYSTEM_CODE: u8 = b'd';
/// parameter, folded beginning, 0, resource number
pub(crate) const STRING: u8 = b's';
/// parameter, beginning of the uri, 0, resource number
pub(crate) const URI: u8 = b'u';
/// parameter, start, resource number
pub(crate) const DATE: u8 = b'e';
/// parameter, end, resource number: only ranges longer than [`LONG_MS`]
pub(crate) const LONG_DATE: u8 = b'E';
/// parameter, low, resource number
pub(crate) const NUMBER: u8 = b'f';
/// parameter, low, resource number
pub(crate) const QUANTITY: u8 = b'q';
/// parameter, hash of the base unit, low in base units, resource number
pub(crate) const CANONICAL: u8 = b'Q';
/// type of a contained resource, type of the container, number of the container
pub(crate) const CONTAINED: u8 = b'c';
/// parameter, kind of reference, target, resource number
pub(crate) const REFERENCE: u8 = b'x';

/// Date ranges longer than this (a second, which is what a moment takes) are also listed by their end.
pub(crate) const LONG_MS: i64 = 1_000;

/// How much of a string stands in its posting.
pub(crate) const STRING_PREFIX: usize = 32;
/// How much of a uri stands in its posting.
pub(crate) const URI_PREFIX: usize = 64;

/// Signed to unsigned, order kept.
pub(crate) fn ordered_i64(value: i64) -> u64 {
    (value as u64) ^ (1 << 63)
}

/// Back from [`ordered_i64`].
pub(crate) fn from_ordered_i64(value: u64) -> i64 {
    (value ^ (1 << 63)) as i64
}

/// Floating point to unsigned, order kept (negative zero becomes zero; not-a-number is the largest).
pub(crate) fn ordered_f64(value: f64) -> u64 {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = value.to_bits();
    if value.is_nan() {
        u64::MAX
    } else if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

/// Back from [`ordered_f64`].
pub(crate) fn from_ordered_f64(value: u64) -> f64 {
    if value >> 63 == 1 {
        f64::from_bits(value & !(1 << 63))
    } else {
        f64::from_bits(!value)
    }
}

/// A key out of parts.
pub(crate) fn key(kind: u8, parts: &[&[u8]]) -> Key {
    let mut key = Key::new();
    key.push(kind);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

pub(crate) fn resource(rtype: u8, id: &str) -> Key {
    key(RESOURCE, &[&[rtype], id.as_bytes()])
}

pub(crate) fn record(rtype: u8, rid: Rid) -> Key {
    key(RECORD, &[&[rtype], &rid.to_be_bytes()])
}

pub(crate) fn version(rtype: u8, rid: Rid, version: u32) -> Key {
    key(VERSION, &[&[rtype], &rid.to_be_bytes(), &(!version).to_be_bytes()])
}

pub(crate) fn versions_of(rtype: u8, rid: Rid) -> Key {
    key(VERSION, &[&[rtype], &rid.to_be_bytes()])
}

pub(crate) fn person(person: PersonNo, rtype: u8, rid: Rid) -> Key {
    key(PERSON, &[&person.0.to_be_bytes(), &[rtype], &rid.to_be_bytes()])
}

pub(crate) fn of_person(person: PersonNo, rtype: Option<u8>) -> Key {
    match rtype {
        Some(rtype) => key(PERSON, &[&person.0.to_be_bytes(), &[rtype]]),
        None => key(PERSON, &[&person.0.to_be_bytes()]),
    }
}

pub(crate) fn updated(rtype: u8, last_updated_ms: i64, rid: Rid) -> Key {
    key(
        UPDATED,
        &[&[rtype], &(!ordered_i64(last_updated_ms)).to_be_bytes(), &rid.to_be_bytes()],
    )
}

pub(crate) fn change(person: PersonNo, event: u64, entry: u32) -> Key {
    let (event, entry) = ((!event).to_be_bytes(), (!entry).to_be_bytes());
    key(CHANGE, &[&person.0.to_be_bytes(), &event, &entry])
}

pub(crate) fn changes_of(person: PersonNo) -> Key {
    key(CHANGE, &[&person.0.to_be_bytes()])
}

/// Event and entry of a [`change`].
pub(crate) fn place_of_change(key: &[u8]) -> Option<(u64, u32)> {
    let (rest, entry) = key.split_last_chunk::<4>()?;
    let event = rest.last_chunk::<8>()?;
    Some((!u64::from_be_bytes(*event), !u32::from_be_bytes(*entry)))
}

pub(crate) fn national(person: PersonNo, hash: &Hash) -> Key {
    key(NATIONAL, &[&person.0.to_be_bytes(), hash])
}

pub(crate) fn meta(name: &str) -> Key {
    key(META, &[name.as_bytes()])
}

/// The resource number at the end of a list key.
pub(crate) fn rid_of(key: &[u8]) -> Option<Rid> {
    Some(Rid::from_be_bytes(*key.last_chunk::<4>()?))
}

/// The smallest key that is larger than every key with this prefix; `None` if there is none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Key> {
    let mut key = Key::from_slice(prefix);
    while let Some(last) = key.pop() {
        if last < 0xFF {
            key.push(last + 1);
            return Some(key);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn signed_numbers_keep_their_order(a: i64, b: i64) {
            prop_assert_eq!(a.cmp(&b), ordered_i64(a).cmp(&ordered_i64(b)));
            prop_assert_eq!(from_ordered_i64(ordered_i64(a)), a);
        }

        #[test]
        fn floating_numbers_keep_their_order(a in -1e300f64..1e300, b in -1e300f64..1e300) {
            prop_assert_eq!(a.partial_cmp(&b).unwrap(), ordered_f64(a).cmp(&ordered_f64(b)));
            prop_assert_eq!(from_ordered_f64(ordered_f64(a)), a);
        }

        #[test]
        fn after_prefix_is_just_after(prefix in proptest::collection::vec(any::<u8>(), 1..6), rest in proptest::collection::vec(any::<u8>(), 0..6)) {
            let inside = [prefix.clone(), rest].concat();
            if let Some(after) = after_prefix(&prefix) {
                prop_assert!(inside.as_slice() < after.as_slice());
                prop_assert!(!after.starts_with(&prefix));
            } else {
                prop_assert!(prefix.iter().all(|b| *b == 0xFF));
            }
        }
    }

    #[test]
    fn infinities_and_zero() {
        assert!(ordered_f64(f64::NEG_INFINITY) < ordered_f64(-1e308));
        assert!(ordered_f64(f64::INFINITY) > ordered_f64(1e308));
        assert_eq!(ordered_f64(-0.0), ordered_f64(0.0));
    }
}
