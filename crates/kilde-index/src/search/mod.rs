//! Interaction `search` (R4, Search): parsing, planning, testing candidates, pages.

pub(crate) mod asking;
mod bounds;
mod bulk;
pub(crate) mod check;
mod clause;
mod codes;
mod compile;
mod composite;
mod conditions;
mod contained;
mod content;
mod cursor;
mod describe;
mod drive;
mod everything;
mod explain;
mod filter;
mod findings;
mod hierarchy;
mod how;
mod include;
mod included;
mod limits;
mod linked;
mod links;
mod matching;
mod near;
mod offered;
mod order;
mod ordered;
mod over;
mod parse;
mod plan;
mod records;
mod run;
mod top;
mod values;
mod walk;

pub use bulk::{Bulk, Place, Stretch, Whose};
pub use codes::{Code, Codes, CodesError};
pub use explain::{Condition, Decider, Explanation, Length, OfType, Way};
pub use limits::Limits;
pub use matching::Match;
pub use offered::{includes, modifiers, parameters, reverse_includes};
pub use over::Over;

use crate::version::Version;
use clause::Clause;
use include::Include;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::ParamId;

/// A search that has been understood. Made by [`Search::parse`].
#[derive(Debug, Clone)]
pub struct Search {
    pub(crate) over: Over,
    pub(crate) parts: Vec<Part>,
    pub(crate) includes: Vec<Include>,
    pub(crate) contained: Contained,
    pub(crate) count: usize,
    pub(crate) only_count: bool,
    pub(crate) total: bool,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) cursor: Option<String>,
    pub(crate) limits: Limits,
}

/// The search of one type. Parameters of the same name are others for another type.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub rtype: ResourceType,
    pub clauses: Vec<Clause>,
    pub sort: Vec<Sort>,
}

impl Search {
    /// Of nothing yet.
    fn new(over: Over, limits: Limits) -> Search {
        Search {
            over,
            parts: Vec::new(),
            includes: Vec::new(),
            contained: Contained::default(),
            count: limits.count,
            only_count: false,
            total: false,
            params: Vec::new(),
            cursor: None,
            limits,
        }
    }

    /// What is searched.
    pub fn over(&self) -> &Over {
        &self.over
    }

    /// What was understood, in the order given: for the link `self`. Holds values that were asked for, so
    /// it must not be written to technical logs; see [`described`](Self::described).
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// Whether only a count was asked for (`_summary=count`, `_count=0`).
    pub fn only_count(&self) -> bool {
        self.only_count
    }
}

/// Whether contained resources are searched (`_contained`), and what is given for one (`_containedType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Contained {
    /// Those that stand by themselves are not searched (`true`).
    pub only: bool,
    /// Contained ones are searched (`true`, `both`).
    pub also: bool,
    /// They themselves are given, not what contains them (`contained`).
    pub themselves: bool,
}

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The resources, in order.
    pub matches: Vec<Version>,
    /// What `_include` and `_revinclude` add to the matches of this page, each once; not counted in the total.
    pub included: Vec<Version>,
    /// How many matches there are on all pages together: when asked for, or when it is known anyway.
    pub total: Option<u64>,
    /// The value of `_cursor` for the next page, if there is one. It holds the whole search,
    /// sealed: the link to the next page needs no other parameter.
    pub next: Option<String>,
    /// The parameters that the page answers, for the link `self`.
    pub params: Vec<(String, String)>,
}

/// One key of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    pub by: SortBy,
    pub descending: bool,
}

/// What is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    Updated,
    Id,
    Param(ParamId),
    /// A token or a reference: by its text, which is read from the content.
    Text(ParamId),
}
