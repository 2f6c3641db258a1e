//! The records of one type, asked for by ascending number. Where the numbers lie close together the walk along the records
//! is quicker than looking each up.

use crate::error::IndexError;
use crate::index::Looking;
use crate::keys::{self, Rid};
use crate::store::Range;
use kilde_fhir::definitions::ResourceType;
use rocksdb::DBPinnableSlice;
use std::ops::Deref;

/// Numbers so close are reached by steps.
const CLOSE: Rid = 16;
/// After so many close numbers in a row the walk begins.
const IN_A_ROW: u8 = 4;

/// Records by ascending number.
pub(super) struct Records<'a> {
    look: &'a Looking<'a>,
    rtype: ResourceType,
    walk: Option<Range<'a>>,
    before: Option<Rid>,
    close: u8,
}

/// The bytes of a record.
pub(super) enum Bytes<'a> {
    Walked(&'a [u8]),
    Looked(DBPinnableSlice<'a>),
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Walked(bytes) => bytes,
            Bytes::Looked(bytes) => bytes,
        }
    }
}

impl<'a> Records<'a> {
    pub fn new(look: &'a Looking<'a>, rtype: ResourceType) -> Self {
        Records {
            look,
            rtype,
            walk: None,
            before: None,
            close: 0,
        }
    }

    /// The record with this number, which is greater than the one before.
    pub fn at(&mut self, rid: Rid) -> Result<Option<Bytes<'_>>, IndexError> {
        let close = self.before.is_some_and(|before| rid.saturating_sub(before) <= CLOSE);
        self.before = Some(rid);
        self.close = if close { self.close.saturating_add(1).min(IN_A_ROW) } else { 0 };
        let key = keys::record(self.rtype.0, rid);
        if self.close < IN_A_ROW {
            self.walk = None;
            return Ok(self.look.view.get(&key)?.map(Bytes::Looked));
        }
        let walk = self.walk.get_or_insert_with(|| {
            let end = keys::after_prefix(&keys::key(keys::RECORD, &[&[self.rtype.0]]));
            self.look.view.range(&key, end.as_deref())
        });
        while let Some((at, _)) = walk.item()? {
            if at >= &key[..] {
                break;
            }
            walk.next();
        }
        let found = walk.item()?;
        Ok(found.filter(|(at, _)| *at == &key[..]).map(|(_, bytes)| Bytes::Walked(bytes)))
    }
}
