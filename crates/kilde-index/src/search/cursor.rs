//! Cursors: the whole search and how far it has come, sealed for who asked.

use super::Search;
use crate::error::{CursorError, SearchError};
use crate::index::Index;
use crate::sealed::Bound;
use kilde_access::AccessScope;
use kilde_log::EventNo;

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub expires_ms: i64,
    /// Last event when the first page was made: what came later is not shown.
    pub snapshot: EventNo,
    pub total: Option<u64>,
    /// The place of the last resource shown.
    pub place: Vec<u8>,
    pub params: Vec<(String, String)>,
}

/// A cursor longer than this was not made here.
const LONGEST: usize = 32 << 10;

impl Cursor {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
        out.extend_from_slice(&self.snapshot.0.to_be_bytes());
        out.push(u8::from(self.total.is_some()));
        out.extend_from_slice(&self.total.unwrap_or(0).to_be_bytes());
        put(&mut out, &self.place);
        for (name, value) in &self.params {
            put(&mut out, name.as_bytes());
            put(&mut out, value.as_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Cursor> {
        let (expires, rest) = bytes.split_first_chunk::<8>()?;
        let (snapshot, rest) = rest.split_first_chunk::<8>()?;
        let (known, rest) = rest.split_first()?;
        let (total, mut rest) = rest.split_first_chunk::<8>()?;
        let place = take(&mut rest)?.to_vec();
        let mut params = Vec::new();
        while !rest.is_empty() {
            let name = String::from_utf8(take(&mut rest)?.to_vec()).ok()?;
            let value = String::from_utf8(take(&mut rest)?.to_vec()).ok()?;
            params.push((name, value));
        }
        Some(Cursor {
            expires_ms: i64::from_be_bytes(*expires),
            snapshot: EventNo(u64::from_be_bytes(*snapshot)),
            total: (*known == 1).then_some(u64::from_be_bytes(*total)),
            place,
            params,
        })
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, tail) = rest.split_first_chunk::<4>()?;
    let (head, tail) = tail.split_at_checked(u32::from_be_bytes(*len) as usize)?;
    *rest = tail;
    Some(head)
}

impl Index {
    pub(super) fn seal_cursor(&self, scope: &AccessScope, search: &Search, cursor: &Cursor) -> Result<String, SearchError> {
        Ok(self.seal_page(&bound(scope, &search.over.path()), &cursor.encode())?)
    }

    pub(super) fn open_cursor(&self, scope: &AccessScope, search: &Search, text: &str, now_ms: i64) -> Result<Cursor, CursorError> {
        let plain = self.open_page(&bound(scope, &search.over.path()), text, LONGEST)?;
        let cursor = Cursor::decode(&plain).ok_or(CursorError::Invalid)?;
        if cursor.expires_ms <= now_ms {
            Err(CursorError::Expired)
        } else {
            Ok(cursor)
        }
    }
}

fn bound<'a>(scope: &'a AccessScope, place: &'a str) -> Bound<'a> {
    Bound {
        purpose: b"search cursor 1",
        scope,
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn comes_back_as_it_was(expires_ms: i64, snapshot: u64, total: Option<u64>, place: Vec<u8>, params in proptest::collection::vec(("\\PC{0,8}", "\\PC{0,8}"), 0..4)) {
            let cursor = Cursor { expires_ms, snapshot: EventNo(snapshot), total, place, params };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            let _ = Cursor::decode(&bytes);
        }
    }
}
