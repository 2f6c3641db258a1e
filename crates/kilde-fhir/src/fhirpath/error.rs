//! Why an expression cannot be read, and why it gives no result.

use std::borrow::Cow;

/// Why a text is no FHIRPath expression, or (from `check`) why it cannot be right for a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at offset {offset}")]
pub struct FhirPathError {
    /// What is wrong, in terms of the expression.
    pub what: Cow<'static, str>,
    /// Byte offset in the expression.
    pub offset: usize,
}

impl FhirPathError {
    pub(super) fn new(what: impl Into<Cow<'static, str>>, offset: usize) -> Self {
        FhirPathError { what: what.into(), offset }
    }
}

/// What kind of error ended an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Several items where at most one is allowed.
    NotSingle,
    /// An item of another type than the operation takes.
    Type,
    /// A name that is not defined: a variable, a type.
    Unknown,
    /// An argument that cannot be used: a regular expression with an error, a name of no encoding.
    Argument,
    /// More work than the context allows, or a text longer than allowed.
    Cost,
    /// What the evaluation needed was not given: a time for `now()`, profiles for `conformsTo()`.
    Missing,
}

/// Why an evaluation ended without a result. Names no values: they may be personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at offset {offset} of the expression")]
pub struct EvaluationError {
    /// What kind of error.
    pub kind: ErrorKind,
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// Byte offset, in the expression, of the operation that failed.
    pub offset: usize,
}

/// An error whose place the evaluator fills in.
const NO_PLACE: usize = usize::MAX;

pub(super) fn fault(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> EvaluationError {
    EvaluationError {
        kind,
        what: what.into(),
        offset: NO_PLACE,
    }
}

impl EvaluationError {
    /// Fills in the place unless an inner operation has.
    pub(super) fn at(mut self, offset: u32) -> Self {
        if self.offset == NO_PLACE {
            self.offset = offset as usize;
        }
        self
    }
}
