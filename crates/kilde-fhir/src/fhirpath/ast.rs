//! The compiled form of an expression.

use super::function::Function;
use super::system::System;
use super::types::TypeSpecifier;
use regex::Regex;
use std::sync::{Arc, OnceLock};

/// A part of an expression and where it stands.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) offset: u32,
    /// Levels of nesting below and including this one.
    pub(super) height: u16,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Kind {
    /// `{}`
    Empty,
    /// A literal.
    Constant(System<'static>),
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(Box<str>),
    /// A name at the beginning of a path: the type of the focus, or an element of it.
    Member(Box<str>),
    /// A function of the focus.
    Call(Call),
    /// A term and what follows it.
    Chain(Box<Expr>, Vec<Step>),
    /// `+` or, if true, `-` before a term.
    Sign(bool, Box<Expr>),
    /// Operators of one precedence, from the left.
    Operators(Box<Expr>, Vec<Operation>),
}

/// What follows a term.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) offset: u32,
}

/// See [`Step`].
#[derive(Debug)]
pub(super) enum StepKind {
    /// `.name`
    Member(Box<str>),
    /// `.name(...)`
    Call(Call),
    /// `[...]`
    Index(Expr),
}

/// An operator and its right side.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) operator: Operator,
    pub(super) right: Right,
    pub(super) offset: u32,
}

/// The right side of an operator.
#[derive(Debug)]
pub(super) enum Right {
    /// Of most operators.
    Expr(Expr),
    /// Of `is` and `as`.
    Type(TypeSpecifier),
}

/// A call of a function.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Expr>,
    /// The argument of `is`, `as` and `ofType`.
    pub(super) type_specifier: Option<TypeSpecifier>,
    /// A constant regular expression, once it has been compiled.
    pub(super) regex: OnceLock<Option<Arc<Regex>>>,
}

/// Operators with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Is,
    As,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Div,
    Mod,
}

impl Operator {
    /// The operator of that sign or word, and how strongly it binds.
    pub(super) fn of(text: &str) -> Option<(Self, u8)> {
        use Operator::*;
        Some(match text {
            "implies" => (Implies, 1),
            "or" => (Or, 2),
            "xor" => (Xor, 2),
            "and" => (And, 3),
            "in" => (In, 4),
            "contains" => (Contains, 4),
            "=" => (Equal, 5),
            "!=" => (NotEqual, 5),
            "~" => (Equivalent, 5),
            "!~" => (NotEquivalent, 5),
            "<" => (Less, 6),
            "<=" => (LessOrEqual, 6),
            ">" => (Greater, 6),
            ">=" => (GreaterOrEqual, 6),
            "|" => (Union, 7),
            "is" => (Is, 8),
            "as" => (As, 8),
            "+" => (Add, 9),
            "-" => (Subtract, 9),
            "&" => (Concatenate, 9),
            "*" => (Multiply, 10),
            "/" => (Divide, 10),
            "div" => (Div, 10),
            "mod" => (Mod, 10),
            _ => return None,
        })
    }
}
