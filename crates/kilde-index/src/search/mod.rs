//! Interaction `search` (R4, Search): parsing, planning, testing candidates, pages.

mod bounds;
pub(crate) mod check;
mod compile;
mod cursor;
mod describe;
mod drive;
mod findings;
mod limits;
mod matching;
mod offered;
mod parse;
mod plan;
mod run;
mod top;
mod values;
mod walk;

pub use limits::Limits;
pub use matching::Match;
pub use offered::{modifiers, parameters};

use crate::version::Version;
use kilde_fhir::date::{Prefix, Range};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Number, Param, ParamId};

/// A search that has been understood. Made by [`Search::parse`].
#[derive(Debug, Clone)]
pub struct Search {
    pub(crate) rtype: ResourceType,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) sort: Vec<Sort>,
    pub(crate) count: usize,
    pub(crate) only_count: bool,
    pub(crate) total: bool,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) cursor: Option<String>,
    pub(crate) limits: Limits,
}

impl Search {
    /// The resource type searched.
    pub fn rtype(&self) -> ResourceType {
        self.rtype
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

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The resources, in order.
    pub matches: Vec<Version>,
    /// How many there are on all pages together: when asked for, or when it is known anyway.
    pub total: Option<u64>,
    /// The value of `_cursor` for the next page, if there is one. It holds the whole search,
    /// sealed: the link to the next page needs no other parameter.
    pub next: Option<String>,
    /// The parameters that the page answers, for the link `self`.
    pub params: Vec<(String, String)>,
}

/// One parameter of a search; all must be met.
#[derive(Debug, Clone)]
pub(crate) enum Clause {
    /// `_id`
    Id(Vec<String>),
    /// `_lastUpdated`
    Updated(Vec<(Prefix, Range)>),
    /// `:missing`
    Missing { param: ParamId, missing: bool },
    /// One of the values must be met, or with `:not` none.
    Any {
        param: &'static Param,
        not: bool,
        tests: Vec<Test>,
    },
}

/// One value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Token(Token),
    Date(Prefix, Range),
    Number(Prefix, Number),
    Quantity {
        prefix: Prefix,
        number: Number,
        unit: Unit,
    },
    Starts(String),
    Contains(String),
    Exact(String),
    Uri(String),
    UriBelow(String),
    UriAbove(String),
    /// `Type/id`
    Local(ResourceType, String),
    /// `id`, of any type that the parameter points to
    Id(String),
    /// A url
    Absolute(String),
    /// `:identifier`
    Identifier(Token),
    /// `patient.identifier`
    PatientIdentifier(Token),
}

/// A token value; empty parts are what is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub system: System,
    pub code: Option<String>,
}

/// The part of a token before `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum System {
    /// No `|`: any system or none.
    Any,
    /// Nothing before `|`: without system.
    Without,
    /// That one.
    Is(String),
}

/// The unit of a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Not said.
    Any,
    /// `number|system|code`
    Coded { system: String, code: String },
    /// `number||code`: code or unit for people
    Named(String),
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
}
