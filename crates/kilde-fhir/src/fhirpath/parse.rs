//! From tokens to the compiled form, by the precedence of the operators.

use super::ast::{Call, Expr, Kind, Operation, Operator, Right, Step, StepKind};
use super::error::FhirPathError;
use super::function::Function;
use super::quantity::{CalendarUnit, Quantity, Unit};
use super::system::{System, Text};
use super::temporal;
use super::token::{Kind as T, Token, tokens};
use super::types::TypeSpecifier;
use rust_decimal::Decimal;
use std::sync::OnceLock;

/// Longer texts are not read.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Deeper expressions are not read. It bounds the stack of parser and evaluator.
pub const MAX_DEPTH: usize = 128;

type Result<T> = std::result::Result<T, FhirPathError>;

/// Operators that bind at least as `*`.
const STRONGEST: u8 = 10;

pub(super) fn parse(text: &str) -> Result<Expr> {
    if text.len() > MAX_LENGTH {
        return Err(FhirPathError::new("the expression is longer than allowed", MAX_LENGTH));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let expr = parser.expression(1)?;
    match parser.peek().kind {
        T::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&END)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token { kind: T::Sign(s), .. }) if *s == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(0, sign);
        self.at += usize::from(found);
        found
    }

    fn expect_sign(&mut self, sign: &'static str) -> Result<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(self.unexpected(sign))
    }

    fn unexpected(&self, expected: &str) -> FhirPathError {
        FhirPathError::new(format!("expected {expected}"), self.peek().offset)
    }

    /// Operators that bind at least as strongly as `level`, from the left.
    fn expression(&mut self, level: u8) -> Result<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FhirPathError::new(
                "the expression is nested deeper than allowed",
                self.peek().offset,
            ));
        }
        let mut left = self.signed()?;
        while let Some((_, current)) = self.operator().filter(|(_, l)| *l >= level) {
            let mut rest = Vec::new();
            while let Some((operator, l)) = self.operator()
                && l == current
            {
                let offset = offset(self.next().offset);
                let right = match operator {
                    Operator::Is | Operator::As => Right::Type(self.type_specifier()?),
                    _ if current == STRONGEST => Right::Expr(self.signed()?),
                    _ => Right::Expr(self.expression(current + 1)?),
                };
                rest.push(Operation { operator, right, offset });
            }
            let at = left.offset;
            let heights = rest.iter().map(|o| match &o.right {
                Right::Expr(e) => e.height,
                Right::Type(_) => 0,
            });
            let height = heights.max().unwrap_or(0).max(left.height);
            left = expr(Kind::Operators(Box::new(left), rest), at, height)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that comes next.
    fn operator(&self) -> Option<(Operator, u8)> {
        match &self.peek().kind {
            T::Word(word) => Operator::of(word),
            T::Sign(sign) => Operator::of(sign),
            _ => None,
        }
    }

    /// A term with `+` and `-` before it. They bind weaker than `.`: `-1.abs()` is `-(1.abs())`.
    fn signed(&mut self) -> Result<Expr> {
        let start = self.peek().offset;
        let mut minus = None;
        while self.is_sign(0, "-") || self.is_sign(0, "+") {
            let negative = self.take_sign("-");
            self.at += usize::from(!negative);
            minus = Some(minus.unwrap_or(false) != negative);
        }
        if minus == Some(true) && self.is_smallest_integer() {
            self.at += 1;
            return expr(Kind::Constant(System::Integer(i32::MIN)), offset(start), 0);
        }
        let term = self.chain()?;
        match minus {
            None => Ok(term),
            Some(minus) => {
                let height = term.height;
                expr(Kind::Sign(minus, Box::new(term)), offset(start), height)
            }
        }
    }

    /// 2147483648 is an integer only with a minus before it.
    fn is_smallest_integer(&self) -> bool {
        matches!(&self.peek().kind, T::Number(digits) if &**digits == "2147483648") && !self.is_sign(1, ".") && !self.is_sign(1, "[")
    }

    /// A term and the path after it.
    fn chain(&mut self) -> Result<Expr> {
        let start = offset(self.peek().offset);
        let first = self.term()?;
        let mut steps = Vec::new();
        let mut height = first.height;
        loop {
            let at = offset(self.peek().offset);
            let kind = if self.take_sign(".") {
                let name = self.name()?;
                if self.is_sign(0, "(") {
                    let (call, inner) = self.call(&name)?;
                    height = height.max(inner);
                    StepKind::Call(call)
                } else {
                    StepKind::Member(name)
                }
            } else if self.take_sign("[") {
                let index = self.expression(1)?;
                self.expect_sign("]")?;
                height = height.max(index.height);
                StepKind::Index(index)
            } else {
                break;
            };
            steps.push(Step { kind, offset: at });
        }
        if steps.is_empty() {
            return Ok(first);
        }
        expr(Kind::Chain(Box::new(first), steps), start, height)
    }

    /// A name after a point: there every word is one.
    fn name(&mut self) -> Result<Box<str>> {
        match self.next().kind {
            T::Word(name) | T::Delimited(name) => Ok(name),
            _ => {
                self.at -= 1;
                Err(self.unexpected("a name"))
            }
        }
    }

    fn term(&mut self) -> Result<Expr> {
        let token = self.next();
        let at = offset(token.offset);
        let kind = match token.kind {
            T::Sign("(") => {
                let inner = self.expression(1)?;
                self.expect_sign(")")?;
                return Ok(inner);
            }
            T::Sign("{") => {
                self.expect_sign("}")?;
                Kind::Empty
            }
            T::String(text) => Kind::Constant(System::String(Text::from(text))),
            T::Number(digits) => Kind::Constant(self.number(&digits, token.offset)?),
            T::Temporal(literal) => Kind::Constant(
                temporal::literal(&literal).ok_or_else(|| FhirPathError::new("a date or time that does not exist", token.offset))?,
            ),
            T::Dollar(name) => match &*name {
                "this" => Kind::This,
                "index" => Kind::Index,
                "total" => Kind::Total,
                _ => return Err(FhirPathError::new("expected $this, $index or $total", token.offset)),
            },
            T::Percent => match self.next().kind {
                T::Word(name) | T::Delimited(name) | T::String(name) => Kind::Variable(name),
                _ => return Err(FhirPathError::new("expected the name of a variable", token.offset)),
            },
            T::Word(word) if &*word == "true" || &*word == "false" => Kind::Constant(System::Boolean(&*word == "true")),
            T::Word(word) if matches!(&*word, "and" | "or" | "xor" | "implies" | "div" | "mod") => {
                return Err(FhirPathError::new("an operator without a left side", token.offset));
            }
            T::Word(name) | T::Delimited(name) => {
                if self.is_sign(0, "(") {
                    let (call, height) = self.call(&name)?;
                    return expr(Kind::Call(call), at, height);
                }
                Kind::Member(name)
            }
            T::Sign(_) | T::End => return Err(FhirPathError::new("expected a term", token.offset)),
        };
        expr(kind, at, 0)
    }

    /// A number, or a quantity if a unit follows.
    fn number(&mut self, digits: &str, at: usize) -> Result<System<'static>> {
        let unit = match &self.peek().kind {
            T::String(unit) => Some(Unit::of(Text::from(unit.clone()))),
            T::Word(word) => CalendarUnit::of(word).map(Unit::Calendar),
            _ => None,
        };
        if unit.is_none() && !digits.contains('.') {
            let value = digits.parse::<i32>();
            return value
                .map(System::Integer)
                .map_err(|_| FhirPathError::new("an integer that is out of range", at));
        }
        let value = Decimal::from_str_exact(digits).map_err(|_| FhirPathError::new("a decimal with more digits than can be kept", at))?;
        Ok(match unit {
            None => System::Decimal(value),
            Some(unit) => {
                self.at += 1;
                System::Quantity(Box::new(Quantity { value, unit }))
            }
        })
    }

    /// The arguments of a function, and how deep they are.
    fn call(&mut self, name: &str) -> Result<(Call, u16)> {
        let at = self.peek().offset;
        let function = Function::of(name).ok_or_else(|| FhirPathError::new(format!("no function is named {}", shown(name)), at))?;
        self.expect_sign("(")?;
        let mut arguments = Vec::new();
        let mut type_specifier = None;
        if function.takes_type() {
            type_specifier = Some(self.type_specifier()?);
            self.expect_sign(")")?;
        } else if !self.take_sign(")") {
            loop {
                arguments.push(self.argument(function)?);
                if !self.take_sign(",") {
                    break;
                }
            }
            self.expect_sign(")")?;
        }
        let count = arguments.len() + usize::from(type_specifier.is_some());
        if count < function.min || count > function.max {
            let what = format!("{} takes {} to {} arguments", function.name, function.min, function.max);
            return Err(FhirPathError::new(what, at));
        }
        let height = arguments.iter().map(|a| a.height).max().unwrap_or(0);
        let call = Call {
            function,
            arguments,
            type_specifier,
            regex: OnceLock::new(),
        };
        Ok((call, height))
    }

    /// An argument; those of `sort` may end with `asc` or `desc`.
    fn argument(&mut self, function: Function) -> Result<Expr> {
        let argument = self.expression(1)?;
        let order = match &self.peek().kind {
            T::Word(word) if function.id == super::function::Id::Sort => match &**word {
                "asc" => Some(false),
                "desc" => Some(true),
                _ => None,
            },
            _ => None,
        };
        let Some(descending) = order else {
            return Ok(argument);
        };
        self.at += 1;
        if !descending {
            return Ok(argument);
        }
        let (at, height) = (argument.offset, argument.height);
        expr(Kind::Sign(true, Box::new(argument)), at, height)
    }

    /// `Patient`, `System.String`, `FHIR.code`.
    fn type_specifier(&mut self) -> Result<TypeSpecifier> {
        let at = self.peek().offset;
        let first = self.name()?;
        let qualified = matches!(&*first, "System" | "FHIR") && self.is_sign(0, ".") && !self.is_sign(2, "(");
        if !qualified {
            return Ok(TypeSpecifier::new(None, &first, at));
        }
        self.at += 1;
        let name = self.name()?;
        Ok(TypeSpecifier::new(Some(&first), &name, at))
    }
}

static END: Token = Token { kind: T::End, offset: 0 };

fn expr(kind: Kind, offset: u32, inner: u16) -> Result<Expr> {
    let height = inner + 1;
    if usize::from(height) > MAX_DEPTH {
        return Err(FhirPathError::new("the expression is nested deeper than allowed", offset as usize));
    }
    Ok(Expr { kind, offset, height })
}

/// An offset; texts are shorter than [`MAX_LENGTH`].
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A name as it may be told.
fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}
