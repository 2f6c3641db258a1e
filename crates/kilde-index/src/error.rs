//! What can go wrong. No message holds anything about a person.

use kilde_fhir::finding::Finding;
use kilde_log::{EventNo, LogError};

/// The index could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The storage engine refused.
    #[error("index storage: {0}")]
    Storage(#[from] rocksdb::Error),
    /// The log refused.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record in the index is not what was written: rebuild the index.
    #[error("damaged record in the index ({0}); rebuild it")]
    Damaged(&'static str),
    /// The log names an event that it does not have.
    #[error("event {0} is missing in the log")]
    MissingEvent(EventNo),
    /// The events given do not continue where the index stands.
    #[error("events out of order: the index has applied {applied}, given was {given}")]
    OutOfOrder {
        /// Last event taken in.
        applied: EventNo,
        /// First event given.
        given: EventNo,
    },
    /// The directory could not be removed or made.
    #[error("index directory: {0}")]
    Directory(#[from] std::io::Error),
    /// The scope is for another instance.
    #[error("the scope is for another instance")]
    OtherInstance,
    /// No more numbers to give.
    #[error("the index has no more {0} numbers to give")]
    Full(&'static str),
}

/// A search could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The cursor is not good.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// More would have to be examined than allowed: narrow the search.
    #[error("the search is too costly: more than {0} resources would have to be examined")]
    TooCostly(u64),
}

impl From<rocksdb::Error> for SearchError {
    fn from(e: rocksdb::Error) -> Self {
        SearchError::Index(IndexError::Storage(e))
    }
}

impl SearchError {
    /// What a client may be told, if the fault lies in what it asked.
    pub fn finding(&self) -> Option<Finding> {
        Some(match self {
            SearchError::Index(_) => return None,
            SearchError::Cursor(CursorError::Expired) => Finding::error(
                "expired",
                "search-cursor-expired",
                "",
                "Sidepekeren er utløpt. Gjør søket på nytt.",
                "The page link has expired. Search again.",
            ),
            SearchError::Cursor(CursorError::Invalid) => Finding::error(
                "invalid",
                "search-cursor-invalid",
                "",
                "Sidepekeren gjelder ikke for dette søket og denne brukeren. Gjør søket på nytt.",
                "The page link is not valid for this search and this user. Search again.",
            ),
            SearchError::TooCostly(_) => Finding::error(
                "too-costly",
                "search-too-costly",
                "",
                "Søket er for omfattende. Legg til en pasient, en kode eller et tidsrom.",
                "The search is too costly. Add a patient, a code or a period.",
            ),
        })
    }
}

/// Why a cursor was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not made here, changed, or made for somebody or something else.
    #[error("the cursor is not valid here")]
    Invalid,
    /// Too old.
    #[error("the cursor has expired")]
    Expired,
}
