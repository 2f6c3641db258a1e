//! What a search asks, understood but not yet looked up in an index.

use super::content::{Compared, OfType};
use super::hierarchy::Way;
use super::near::Near;
use kilde_fhir::date::{Prefix, Range};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Number, Param, ParamId};

/// One condition of a search.
#[derive(Debug, Clone)]
pub(crate) enum Clause {
    /// `_id`
    Id(Vec<String>),
    /// `_lastUpdated`
    Updated(Vec<(Prefix, Range)>),
    /// `:missing`
    Missing { param: ParamId, missing: bool },
    /// `:missing=false` on a composite parameter
    Complete { param: &'static Param },
    /// `ne` of a `_filter`: a value is there that meets none of these.
    Other { param: &'static Param, tests: Vec<Test> },
    /// One of the values must be met, or with `:not` none.
    Any {
        param: &'static Param,
        not: bool,
        tests: Vec<Test>,
    },
    /// A composite parameter: of one value, all components.
    Composite { param: &'static Param, values: Vec<Vec<Test>> },
    /// A chain: what the reference leads to meets the conditions for its type.
    Chain {
        param: &'static Param,
        to: Vec<(ResourceType, Clause)>,
    },
    /// `_has`: a resource of that type, whose parameter refers to this one, meets the condition.
    Has {
        rtype: ResourceType,
        param: &'static Param,
        clause: Box<Clause>,
    },
    /// What is asked of the content.
    Content(Asked),
    /// `_list`: what the lists with these ids name.
    List(Vec<String>),
    /// All must be met.
    All(Vec<Clause>),
    /// One of them must be met.
    Either(Vec<Clause>),
    /// It must not be met.
    Not(Box<Clause>),
}

/// A condition on what is not in the index.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// `:text` on a token: folded beginnings.
    Text { param: &'static Param, starts: Vec<String> },
    /// `:of-type`
    OfType { param: &'static Param, values: Vec<OfType> },
    /// The text of a code, an identifier's value or the like, compared as text (`_filter`).
    Code { param: &'static Param, compared: Compared },
    /// `_text`: all words of one of the lists.
    Narrative(Vec<Vec<String>>),
    /// `_content`
    Anywhere(Vec<Vec<String>>),
    /// `near`
    Near(Vec<Near>),
}

/// One value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Token(Token),
    Date(Prefix, Range),
    /// The stored time spans all of this one (`_filter`)
    Spans(Range),
    Number(Prefix, Number),
    /// The stored number may be this one (`_filter`)
    MayBe(f64),
    Quantity {
        prefix: Prefix,
        number: Number,
        unit: Unit,
    },
    Starts(String),
    Contains(String),
    Exact(String),
    /// The whole text, folded (`_filter`)
    Equal(String),
    /// Its end, folded (`_filter`)
    Ends(String),
    /// Before or after it, folded (`_filter`)
    Ordered(Prefix, String),
    /// `:in`: a value set
    In(String),
    /// `:below` on a code
    Below(Token),
    /// `:above` on a code
    Above(Token),
    Uri(String),
    UriBelow(String),
    UriAbove(String),
    /// Part of a uri (`_filter`)
    UriPart(super::check::Part, String),
    /// `Type/id`
    Local(ResourceType, String),
    /// `id`, of any type that the parameter points to
    Id(String),
    /// `:below` and `:above` on a reference: a resource, and what is part of it or what it is part of
    Hierarchy {
        way: Way,
        /// `None`: any type that the parameter points to.
        rtype: Option<ResourceType>,
        id: String,
    },
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
