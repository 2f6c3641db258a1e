//! What can be told of an expression from the type of its focus alone.

mod function;
mod shape;

use super::ast::{Expr, Kind, Operation, Operator, Right, Step, StepKind};
use super::error::FhirPathError;
use super::system::SystemType;
use super::types::FhirType;
use shape::{One, Shape};

type Result<T> = std::result::Result<T, FhirPathError>;

/// What is checked beyond names and types.
#[derive(Debug, Clone, Copy, Default)]
pub struct Check {
    /// Whether functions that depend on an order (`first`, `skip`, `[0]`) are refused for
    /// collections that have none (`children()`, `descendants()`).
    pub ordered_functions: bool,
}

impl Check {
    pub(super) fn run(self, expr: &Expr, type_name: &str) -> Result<()> {
        match FhirType::of(type_name) {
            Some(t) => self.expr(expr, &Shape::of(One::Fhir(t))).map(|_| ()),
            None => Ok(()),
        }
    }

    pub(super) fn types(self, expr: &Expr, type_name: &str) -> Result<Option<Vec<String>>> {
        let Some(t) = FhirType::of(type_name) else { return Ok(None) };
        let shape = self.expr(expr, &Shape::of(One::Fhir(t)))?;
        Ok(shape.types.map(|types| {
            let names = types.iter().map(|one| match one {
                One::Fhir(t) => t.name().to_owned(),
                One::System(t) => format!("System.{}", t.name()),
            });
            names.collect()
        }))
    }

    fn expr(self, expr: &Expr, this: &Shape) -> Result<Shape> {
        match &expr.kind {
            Kind::Empty => Ok(Shape::nothing()),
            Kind::Constant(value) => Ok(Shape::of(One::System(value.system_type()))),
            Kind::This => Ok(this.clone()),
            Kind::Index => Ok(Shape::of(One::System(SystemType::Integer))),
            Kind::Total | Kind::Variable(_) => Ok(Shape::unknown()),
            Kind::Member(name) => self.head(name, this, expr.offset),
            Kind::Call(call) => self.call(call, this, this, expr.offset),
            Kind::Chain(first, steps) => {
                let first = self.expr(first, this)?;
                steps.iter().try_fold(first, |shape, step| self.step(step, shape, this))
            }
            Kind::Sign(_, term) => self.expr(term, this),
            Kind::Operators(first, rest) => {
                let first = self.expr(first, this)?;
                rest.iter().try_fold(first, |left, operation| self.operation(left, operation, this))
            }
        }
    }

    fn step(self, step: &Step, shape: Shape, this: &Shape) -> Result<Shape> {
        match &step.kind {
            StepKind::Member(name) => shape.member(name).ok_or_else(|| no_element(name, &shape, step.offset)),
            StepKind::Call(call) => self.call(call, &shape, this, step.offset),
            StepKind::Index(index) => {
                self.expr(index, this)?;
                self.ordered(&shape, step.offset)?;
                Ok(shape.single())
            }
        }
    }

    /// A name at the beginning: a type or an element.
    fn head(self, name: &str, this: &Shape, offset: u32) -> Result<Shape> {
        if let Some(t) = FhirType::of(name)
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && let Some(shape) = this.narrowed(t)
        {
            return Ok(shape);
        }
        this.member(name).ok_or_else(|| no_element(name, this, offset))
    }

    fn ordered(self, shape: &Shape, offset: u32) -> Result<()> {
        if self.ordered_functions && !shape.ordered {
            return Err(error("a function that depends on an order, of items that have none", offset));
        }
        Ok(())
    }

    fn operation(self, left: Shape, operation: &Operation, this: &Shape) -> Result<Shape> {
        use Operator::*;
        let right = match &operation.right {
            Right::Expr(right) => self.expr(right, this)?,
            Right::Type(wanted) => {
                if wanted.unknown {
                    return Err(error("a type that is not defined", u32::try_from(wanted.offset).unwrap_or(0)));
                }
                return Ok(match operation.operator {
                    Is => Shape::boolean(),
                    _ => left.as_type(wanted),
                });
            }
        };
        match operation.operator {
            Union => Ok(left.and(right)),
            Add | Subtract if (left.is_temporal() && right.is_number()) || (left.is_number() && right.is_temporal()) => {
                Err(error("a date or time moves by a quantity, not by a number", operation.offset))
            }
            Add | Subtract | Multiply | Divide | Div | Mod => Ok(Shape::unknown().single()),
            Concatenate => Ok(Shape::of(One::System(SystemType::String))),
            _ => Ok(Shape::boolean()),
        }
    }
}

fn error(what: impl Into<std::borrow::Cow<'static, str>>, offset: u32) -> FhirPathError {
    FhirPathError::new(what, offset as usize)
}

fn no_element(name: &str, shape: &Shape, offset: u32) -> FhirPathError {
    let name: String = name.chars().take(40).collect();
    error(format!("{} has no element {name}", shape.names()), offset)
}
