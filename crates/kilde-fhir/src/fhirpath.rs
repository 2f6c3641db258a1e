//! FHIRPath 2.0 (normative) with the functions that FHIR R4 adds, and those of FHIRPath 3.0 that
//! the R4 suite uses.
//!
//! [`Expression::compile`] reads an expression once; it is then used from any thread.
//! [`Expression::evaluate`] walks the JSON tree itself: items are places in it with their FHIR
//! type, so that a finding can tell path and line, and nothing is copied. A [`Context`] says what
//! an evaluation may use (variables, resolver, terminology, profiles, the time) and collects
//! traces and notes. Depth of expressions, steps of an evaluation and length of texts are bounded.
//!
//! What is supported, and where the R4 suite is disputed: `docs/fhir/fhirpath.md`.

mod ast;
mod check;
mod compare;
mod context;
mod equality;
mod error;
mod evaluate;
mod function;
mod functions;
mod item;
mod navigate;
mod operators;
mod parse;
mod quantity;
mod regular;
mod resolve;
mod system;
mod temporal;
mod token;
mod types;

pub use check::Check;
pub use context::{Coded, Context, DEFAULT_STEPS, Profiles, Resolve, Terminology, Trace};
pub use error::{ErrorKind, EvaluationError, FhirPathError};
pub use item::{Item, Node};
pub use parse::{MAX_DEPTH, MAX_LENGTH};
pub use quantity::{CalendarUnit, Quantity, Unit};
pub(crate) use regular::whole_text;
pub use system::{System, Text, TypeInfo};
pub use temporal::{Date, DateTime, Time, TimePrecision};
pub use types::FhirType;

use evaluate::{Evaluator, Scope};

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    root: ast::Expr,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first place where the text is no expression, or where it is longer than [`MAX_LENGTH`]
    /// or nested deeper than [`MAX_DEPTH`].
    pub fn compile(text: &str) -> Result<Expression, FhirPathError> {
        Ok(Expression {
            root: parse::parse(text)?,
            text: text.into(),
        })
    }

    /// The text that was compiled.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates the expression about a focus; most often that is one resource or element.
    ///
    /// # Errors
    /// What the specification makes an error, and more steps than the context allows.
    pub fn evaluate<'a>(&self, context: &Context<'a>, focus: &[Item<'a>]) -> Result<Vec<Item<'a>>, EvaluationError> {
        let mut evaluator = Evaluator {
            context,
            origin: focus,
            left: context.steps,
            regexes: Default::default(),
        };
        let scope = Scope {
            this: focus,
            index: None,
            total: None,
        };
        evaluator.eval(&self.root, scope)
    }

    /// Evaluates an invariant: whether it holds. An empty result does not hold; a single item that
    /// is no boolean does.
    ///
    /// # Errors
    /// See [`Expression::evaluate`]; also if the result has several items.
    pub fn evaluate_to_boolean<'a>(&self, context: &Context<'a>, focus: &[Item<'a>]) -> Result<bool, EvaluationError> {
        let result = self.evaluate(context, focus)?;
        Ok(evaluate::boolean(&result).map_err(|e| e.at(self.root.offset))? == Some(true))
    }

    /// Examines the expression for a focus of the type with that name (`Patient`, `HumanName`,
    /// `Patient.contact`, `code`): elements that do not exist, functions of types that have none,
    /// types that are not defined. What depends on the data is left to evaluation.
    ///
    /// # Errors
    /// The first place that cannot be right. A type name that is not known is no error.
    pub fn check(&self, type_name: &str) -> Result<(), FhirPathError> {
        Check::default().run(&self.root, type_name)
    }

    /// The names of the types that results can have, for a focus of the type with that name; FHIRPath's own begin with
    /// `System.`. `None` where they depend on the data.
    ///
    /// # Errors
    /// See [`Expression::check`].
    pub fn types(&self, type_name: &str) -> Result<Option<Vec<String>>, FhirPathError> {
        Check::default().types(&self.root, type_name)
    }

    /// As [`Expression::check`], with what is to be checked.
    ///
    /// # Errors
    /// See [`Expression::check`].
    pub fn check_with(&self, check: Check, type_name: &str) -> Result<(), FhirPathError> {
        check.run(&self.root, type_name)
    }
}

#[cfg(test)]
mod tests;
