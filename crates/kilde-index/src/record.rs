//! The record of a resource: a header of fixed length, the id, and the terms.

use crate::error::IndexError;
use crate::terms::Terms;
use kilde_access::proxy::Marks;
use kilde_access::{Category, Days};
use kilde_log::{EventNo, PersonNo};

/// What is known of one version without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub deleted: bool,
    /// The content cannot be opened (its key is destroyed).
    pub lost: bool,
    pub category: Category,
    /// From whom in the family it is kept.
    pub marks: Marks,
    /// It is a Patient that is labelled as one with a secret address.
    pub secret: bool,
    pub event: EventNo,
    pub entry: u32,
    pub version: u32,
    pub person: PersonNo,
    pub source: u32,
    pub organisation: u32,
    pub last_updated_ms: i64,
    /// When this or an earlier version was documented or took place: what a block of a period is held against.
    pub documented: Days,
}

const LEN: usize = 2 + 8 + 4 * 5 + 8 + 4;

impl Header {
    pub fn encode(&self) -> [u8; LEN] {
        let mut out = [0; LEN];
        out[0] = u8::from(self.deleted) | u8::from(self.lost) << 1 | self.marks.bits() << 2 | u8::from(self.secret) << 5;
        out[1] = self.category.to_u8();
        out[2..10].copy_from_slice(&self.event.0.to_be_bytes());
        out[10..14].copy_from_slice(&self.entry.to_be_bytes());
        out[14..18].copy_from_slice(&self.version.to_be_bytes());
        out[18..22].copy_from_slice(&self.person.0.to_be_bytes());
        out[22..26].copy_from_slice(&self.source.to_be_bytes());
        out[26..30].copy_from_slice(&self.organisation.to_be_bytes());
        out[30..38].copy_from_slice(&self.last_updated_ms.to_be_bytes());
        out[38..42].copy_from_slice(&self.documented.to_bytes());
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Header, IndexError> {
        const DAMAGED: IndexError = IndexError::Damaged("header");
        let bytes: &[u8; LEN] = bytes.first_chunk().ok_or(DAMAGED)?;
        let u32_at = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let u64_at = |at: usize| u64::from(u32_at(at)) << 32 | u64::from(u32_at(at + 4));
        Ok(Header {
            deleted: bytes[0] & 1 != 0,
            lost: bytes[0] & 2 != 0,
            category: Category::from_u8(bytes[1]).ok_or(DAMAGED)?,
            marks: Marks::from_bits(bytes[0] >> 2),
            secret: bytes[0] & 32 != 0,
            event: EventNo(u64_at(2)),
            entry: u32_at(10),
            version: u32_at(14),
            person: PersonNo(u32_at(18)),
            source: u32_at(22),
            organisation: u32_at(26),
            last_updated_ms: u64_at(30) as i64,
            documented: Days::from_bytes([bytes[38], bytes[39], bytes[40], bytes[41]]),
        })
    }
}

/// A record as it lies in the store.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    pub header: Header,
    pub id: &'a str,
    pub terms: Terms<'a>,
}

impl<'a> Record<'a> {
    pub fn decode(bytes: &'a [u8]) -> Result<Record<'a>, IndexError> {
        const DAMAGED: IndexError = IndexError::Damaged("record");
        let header = Header::decode(bytes)?;
        let (len, rest) = bytes[LEN..].split_first().ok_or(DAMAGED)?;
        let (id, terms) = rest.split_at_checked(*len as usize).ok_or(DAMAGED)?;
        Ok(Record {
            header,
            id: std::str::from_utf8(id).map_err(|_| DAMAGED)?,
            terms: Terms(terms),
        })
    }

    /// `id` must be shorter than 256 bytes (ids of FHIR are at most 64).
    pub fn encode(header: &Header, id: &str, terms: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(LEN + 1 + id.len() + terms.len());
        out.extend_from_slice(&header.encode());
        out.push(id.len() as u8);
        out.extend_from_slice(id.as_bytes());
        out.extend_from_slice(terms);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn comes_back_as_it_was(deleted: bool, lost: bool, secret: bool, category in 0u8..6, marks in 0u8..8, n: [u32; 6], event: u64, ms: i64, days: [u8; 4], id in "[a-z0-9-]{1,64}", terms: Vec<u8>) {
            let header = Header {
                deleted, lost, secret, category: Category::from_u8(category).unwrap(), marks: Marks::from_bits(marks), event: EventNo(event), entry: n[0], version: n[1],
                person: PersonNo(n[2]), source: n[3], organisation: n[4], last_updated_ms: ms, documented: Days::from_bytes(days),
            };
            let bytes = Record::encode(&header, &id, &terms);
            let record = Record::decode(&bytes).unwrap();
            prop_assert_eq!(record.header, header);
            prop_assert_eq!(record.id, id);
            prop_assert_eq!(record.terms.0, terms.as_slice());
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            if let Ok(record) = Record::decode(&bytes) {
                let _ = record.terms.iter().count();
            }
        }
    }
}
