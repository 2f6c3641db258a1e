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
    /// A question that began earlier is still being answered.
    #[error("the index is still answering a question from before")]
    Busy,
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
    #[error("the search is too costly: more than {most} resources would have to be examined ({what})")]
    TooCostly {
        /// How many may be.
        most: u64,
        /// The parameter that the last of them was examined for; empty for the search itself.
        what: &'static str,
    },
    /// `:in`, `:not-in`, `:below` or `:above` on a code, and the index has no terminology.
    #[error("no terminology for '{what}'")]
    NoTerminology {
        /// The parameter.
        what: &'static str,
    },
    /// The terminology does not know the value set or code, or not wholly.
    #[error("the value set or code of '{what}' is not known")]
    CodesUnknown {
        /// The parameter.
        what: &'static str,
    },
    /// A value set, or what lies under a code, is too large to search by.
    #[error("more than {most} codes for '{what}'")]
    TooManyCodes {
        /// How many may be.
        most: usize,
        /// The parameter.
        what: &'static str,
    },
    /// A page would hold more included resources than allowed: fewer matches a page, or a narrower include.
    #[error("more than {0} resources would be included on a page")]
    TooManyIncluded(usize),
    /// How a search is answered is told only to those who reach everything.
    #[error("the scope does not reach everything")]
    NotExplained,
}

impl From<rocksdb::Error> for SearchError {
    fn from(e: rocksdb::Error) -> Self {
        SearchError::Index(IndexError::Storage(e))
    }
}

impl SearchError {
    /// Whether it is refused because of who asks.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, SearchError::NotExplained)
    }

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
            SearchError::TooCostly { most, what: "" } => Finding::error(
                "too-costly",
                "search-too-costly",
                "",
                format!(
                    "Søket er for omfattende: mer enn {most} ressurser måtte undersøkes. Legg til en pasient, en kode eller et tidsrom."
                ),
                format!(
                    "The search is too costly: more than {most} resources would have to be examined. Add a patient, a code or a period."
                ),
            ),
            SearchError::TooCostly { most, what } => Finding::error(
                "too-costly",
                "search-too-costly",
                format!("http.{what}"),
                format!(
                    "Søket er for omfattende: mer enn {most} ressurser måtte undersøkes, og det stanset ved «{what}». Gjør den betingelsen snevrere, eller legg til en pasient, en kode eller et tidsrom."
                ),
                format!(
                    "The search is too costly: more than {most} resources would have to be examined, and it stopped at '{what}'. Narrow that condition, or add a patient, a code or a period."
                ),
            ),
            SearchError::NoTerminology { what } => Finding::error(
                "not-supported",
                "search-terminology-missing",
                format!("http.{what}"),
                format!("«{what}»: det er ingen terminologi her, så verdisett og over- og underordnede koder kan ikke søkes med."),
                format!("'{what}': there is no terminology here, so value sets and subsumption cannot be searched by."),
            ),
            SearchError::CodesUnknown { what } => Finding::error(
                "not-found",
                "search-codes-unknown",
                format!("http.{what}"),
                format!("«{what}»: verdisettet eller koden er ikke kjent her, eller ikke i sin helhet."),
                format!("'{what}': the value set or code is not known here, or not wholly."),
            ),
            SearchError::TooManyCodes { most, what } => Finding::error(
                "too-costly",
                "search-too-many-codes",
                format!("http.{what}"),
                format!("«{what}»: mer enn {most} koder. Velg et mindre verdisett eller en kode lenger ned."),
                format!("'{what}': more than {most} codes. Choose a smaller value set or a code further down."),
            ),
            SearchError::NotExplained => Finding::error(
                "forbidden",
                "search-explain-forbidden",
                "http._explain",
                "Hvordan et søk blir besvart, fortelles bare den som kan se alt i instansen: tallene ville røpet annet.",
                "How a search is answered is told only to those who may see everything of the instance: the figures would tell of the rest.",
            ),
            SearchError::TooManyIncluded(most) => Finding::error(
                "too-costly",
                "search-too-many-included",
                "",
                format!("Mer enn {most} ressurser måtte tas med på siden. Be om færre treff per side med «_count», eller ta med mindre."),
                format!(
                    "More than {most} resources would be included on the page. Ask for fewer matches a page with '_count', or include less."
                ),
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
