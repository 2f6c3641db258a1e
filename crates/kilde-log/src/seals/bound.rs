//! Where the event log was when a record was written: a record of the access log that says it.
//!
//! An extension line of a checkpoint could say it too, but nothing would hold two such lines together: a leaf is in the
//! tree, and what witnesses have seen of the tree cannot be taken back.

use std::sync::atomic::Ordering;

use super::Seals;
use crate::{EventLog, EventNo, LogError, PersonNo, Record};

const WORD: &str = "events";

/// The event log ended with this event, whose chain hash stands for all before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// The event.
    pub event: EventNo,
    /// Its chain hash.
    pub hash: [u8; 32],
}

impl Bound {
    /// From the body of a record; `None` for any other record.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let (event, hash) = text.strip_prefix(WORD)?.strip_prefix(' ')?.split_once(' ')?;
        let event = EventNo(crate::note::decimal(event)?);
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hash.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self { event, hash: bytes })
    }

    /// The body of a record.
    pub fn body(&self) -> Vec<u8> {
        let hash: String = self.hash.iter().map(|b| format!("{b:02x}")).collect();
        format!("{WORD} {} {hash}", self.event).into_bytes()
    }

    /// Whether the event log still says so.
    ///
    /// # Errors
    /// [`LogError::Lost`] if it ends before the event, [`LogError::Damaged`] if its hash is another.
    pub fn check(&self, log: &EventLog) -> Result<(), LogError> {
        match log.hash_of(self.event)? {
            Some(hash) if hash == self.hash => Ok(()),
            Some(_) => {
                let what = "the events up to here are not those that were sealed: something was changed at or before this one";
                Err(LogError::damaged("events", self.event.0, what))
            }
            None => Err(LogError::Missing {
                family: "events",
                key: self.event.0,
            }),
        }
    }
}

impl Seals {
    /// Writes where the event log is into the log that is sealed, if it has grown since that was done last.
    ///
    /// # Errors
    /// Those of the two logs.
    pub fn bind(&self, log: &EventLog) -> Result<(), LogError> {
        let event = log.last();
        if event.0 <= self.bound.load(Ordering::Acquire) {
            return Ok(());
        }
        let Some(hash) = log.hash_of(event)? else { return Ok(()) };
        let record = Record {
            person: PersonNo::NONE,
            body: Bound { event, hash }.body(),
            kept: Vec::new(),
        };
        self.records.append(&[record])?;
        self.bound.fetch_max(event.0, Ordering::AcqRel);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_comes_back(event: u64, hash: [u8; 32]) {
            let bound = Bound { event: EventNo(event), hash };
            prop_assert_eq!(Bound::parse(&bound.body()), Some(bound));
        }

        #[test]
        fn any_body_is_read_without_panic(body in "(events )?[0-9]{0,4} ?[0-9a-fæ+]{0,70}") {
            if let Some(bound) = Bound::parse(body.as_bytes()) {
                prop_assert_eq!(bound.body(), body.into_bytes());
            }
        }
    }
}
