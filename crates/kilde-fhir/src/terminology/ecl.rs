//! The Expression Constraint Language of SNOMED CT, as far as profiles use it: hierarchy
//! operators, reference sets, `AND OR MINUS`, `*`, refinements with attributes, groups,
//! cardinality and the reverse flag, dotted attributes.
//!
//! Not supported, and said so: values that are numbers or texts, `{{ ... }}` filters, top and
//! bottom of a set, history supplements.

mod evaluate;
mod parse;

use super::code_system::CodeSystem;
use super::concept_set::ConceptSet;

/// Longer expressions are refused.
const LONGEST: usize = 20_000;
/// Parentheses within each other, at most.
const DEEPEST: usize = 32;

/// Why an expression cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum EclError {
    /// Not by the grammar.
    #[error("the expression cannot be read at character {at}: {expected} should stand there")]
    Syntax {
        /// Characters before the place.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// More than 20,000 bytes.
    #[error("the expression is longer than 20,000 bytes")]
    TooLong,
    /// More than 32 parentheses within each other.
    #[error("the expression is nested deeper than 32 parentheses")]
    TooDeep,
    /// A part of the language that is not supported.
    #[error("not supported in an expression: {0}")]
    NotSupported(&'static str),
    /// A concept that SNOMED CT, as loaded, does not have.
    #[error("the expression names a concept that is not loaded: {0}")]
    UnknownConcept(String),
    /// More concepts would have to be looked at than allowed.
    #[error("the expression is too costly: it would look at more concepts than allowed")]
    TooCostly,
}

impl EclError {
    /// In bokmål.
    pub fn nb(&self) -> String {
        match self {
            EclError::Syntax { at, .. } => format!("Uttrykket (ECL) kan ikke leses ved tegn {at}."),
            EclError::TooLong => "Uttrykket (ECL) er lengre enn 20 000 byte.".to_owned(),
            EclError::TooDeep => "Uttrykket (ECL) har flere enn 32 parenteser i hverandre.".to_owned(),
            EclError::NotSupported(what) => format!("Ikke støttet i uttrykk (ECL): {what}."),
            EclError::UnknownConcept(id) => format!("Uttrykket (ECL) nevner et begrep som ikke er lastet: {id}."),
            EclError::TooCostly => "Uttrykket (ECL) er for kostbart: det ville se på flere begreper enn tillatt.".to_owned(),
        }
    }
}

/// The concepts that an expression means. Looks at `steps` concepts and relationships at most.
pub(super) fn evaluate(expression: &str, system: &CodeSystem, steps: usize) -> Result<ConceptSet, EclError> {
    let parsed = parse::parse(expression)?;
    evaluate::Evaluation::new(system, steps).constraint(&parsed)
}

/// Only whether the expression can be read.
pub(crate) fn check(expression: &str) -> Result<(), EclError> {
    parse::parse(expression).map(|_| ())
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Constraint {
    Focus(Operator, bool, Focus),
    And(Vec<Constraint>),
    Or(Vec<Constraint>),
    Minus(Box<Constraint>, Box<Constraint>),
    Refined(Box<Constraint>, Refinement),
    /// The values of an attribute of the concepts; several: of those again.
    Dotted(Box<Constraint>, Vec<Constraint>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Focus {
    Any,
    Concept(String),
    Nested(Box<Constraint>),
}

/// Which concepts around those of the focus are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Itself,
    Descendants,
    DescendantsOrSelf,
    Children,
    ChildrenOrSelf,
    Ancestors,
    AncestorsOrSelf,
    Parents,
    ParentsOrSelf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Refinement {
    And(Vec<Refinement>),
    Or(Vec<Refinement>),
    Group(Cardinality, Box<Refinement>),
    Attribute(Box<Attribute>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    cardinality: Cardinality,
    reverse: bool,
    name: Constraint,
    /// `!=`
    not: bool,
    value: Constraint,
}

/// How many times; no upper bound if `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cardinality {
    min: u32,
    max: Option<u32>,
}

impl Cardinality {
    const SOME: Cardinality = Cardinality { min: 1, max: None };

    fn holds(self, count: u32) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

#[cfg(test)]
mod tests;
