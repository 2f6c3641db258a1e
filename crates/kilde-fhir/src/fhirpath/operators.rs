//! Operators.

use super::ast::{Expr, Operator};
use super::compare;
use super::equality;
use super::error::{ErrorKind, EvaluationError, fault};
use super::evaluate::{Evaluator, Items, Outcome, Scope, boolean, boolean_item, one, single, text};
use super::item::Item;
use super::quantity::{CalendarUnit, Quantity, Unit};
use super::system::System;
use super::types::TypeSpecifier;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::cmp::Ordering;

/// `+` or `-` before a term.
pub(super) fn sign<'a>(minus: bool, items: &[Item<'a>]) -> Outcome<'a> {
    let Some(item) = single(items)? else { return Ok(Vec::new()) };
    let value = match (item.quantity(), item.system()) {
        (Some(q), _) => System::Quantity(Box::new(if minus { q.with(-q.value) } else { q })),
        (_, Some(System::Integer(i))) if minus => return Ok(i.checked_neg().map_or(Vec::new(), |i| one(System::Integer(i)))),
        (_, Some(System::Decimal(d))) if minus => System::Decimal(-d),
        (_, Some(value @ (System::Integer(_) | System::Decimal(_)))) => value,
        _ => return Err(fault(ErrorKind::Type, "a sign before what is no number")),
    };
    Ok(one(value))
}

fn perhaps<'a>(value: Option<bool>) -> Items<'a> {
    value.map(boolean_item).unwrap_or_default()
}

impl<'a> Evaluator<'_, 'a> {
    /// `is` and `as`.
    pub(super) fn type_operator(&mut self, operator: Operator, left: &[Item<'a>], wanted: &TypeSpecifier) -> Outcome<'a> {
        if operator == Operator::Is {
            return is(left, wanted);
        }
        self.convert_as(left, wanted)
    }

    /// `as`: the item if it has the type.
    pub(super) fn convert_as(&mut self, items: &[Item<'a>], wanted: &TypeSpecifier) -> Outcome<'a> {
        if !self.context.lists_in_as {
            single(items)?;
        }
        of_type(items, wanted)
    }

    pub(super) fn operator(&mut self, operator: Operator, left: Items<'a>, right: &Expr, scope: Scope<'_, 'a>) -> Outcome<'a> {
        use Operator::*;
        match operator {
            And | Or | Xor | Implies => return self.logic(operator, &left, right, scope),
            _ => {}
        }
        let right = self.eval(right, scope)?;
        match operator {
            Equal => Ok(perhaps(self.all_equal(&left, &right)?)),
            NotEqual => Ok(perhaps(self.all_equal(&left, &right)?.map(|e| !e))),
            Equivalent => Ok(boolean_item(self.all_equivalent(&left, &right)?)),
            NotEquivalent => Ok(boolean_item(!self.all_equivalent(&left, &right)?)),
            Less => self.order(&left, &right, |o| o == Ordering::Less),
            LessOrEqual => self.order(&left, &right, |o| o != Ordering::Greater),
            Greater => self.order(&left, &right, |o| o == Ordering::Greater),
            GreaterOrEqual => self.order(&left, &right, |o| o != Ordering::Less),
            In => self.is_in(&left, &right),
            Contains => self.is_in(&right, &left),
            Union => self.distinct(left.into_iter().chain(right)),
            Concatenate => self.concatenate(&left, &right),
            _ => self.arithmetic(operator, &left, &right),
        }
    }

    /// Three-valued logic. The right side is evaluated only if the result depends on it.
    fn logic(&mut self, operator: Operator, left: &[Item<'a>], right: &Expr, scope: Scope<'_, 'a>) -> Outcome<'a> {
        use Operator::*;
        let left = boolean(left)?;
        match (operator, left) {
            (And, Some(false)) => return Ok(boolean_item(false)),
            (Or, Some(true)) | (Implies, Some(false)) => return Ok(boolean_item(true)),
            _ => {}
        }
        let right = boolean(&self.eval(right, scope)?)?;
        Ok(perhaps(match (operator, left, right) {
            (And, _, Some(false)) => Some(false),
            (And, Some(true), Some(true)) => Some(true),
            (Or | Implies, _, Some(true)) => Some(true),
            (Or, Some(false), Some(false)) => Some(false),
            (Implies, Some(true), Some(false)) => Some(false),
            (Xor, Some(a), Some(b)) => Some(a != b),
            _ => None,
        }))
    }

    fn all_equal(&mut self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<Option<bool>, EvaluationError> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut all = Some(true);
        for (a, b) in left.iter().zip(right) {
            match self.equal(a, b)? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => all = None,
            }
        }
        Ok(all)
    }

    /// Whether each item has its equivalent, in any order.
    fn all_equivalent(&mut self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<bool, EvaluationError> {
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut rest: Vec<&Item<'a>> = right.iter().collect();
        for item in left {
            let at = self.with_work(|work| rest.iter().position(|other| equality::equivalent(item, other, work)))?;
            match at {
                Some(at) => rest.remove(at),
                None => return Ok(false),
            };
        }
        Ok(true)
    }

    fn order(&mut self, left: &[Item<'a>], right: &[Item<'a>], wanted: impl Fn(Ordering) -> bool) -> Outcome<'a> {
        match (single(left)?, single(right)?) {
            (Some(a), Some(b)) => {
                self.spend(if a.quantity().is_some() { equality::UNITS } else { 0 })?;
                Ok(perhaps(compare::compare(a, b)?.map(wanted)))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn is_in(&mut self, item: &[Item<'a>], items: &[Item<'a>]) -> Outcome<'a> {
        let Some(item) = single(item)? else { return Ok(Vec::new()) };
        for other in items {
            if self.equal(item, other)? == Some(true) {
                return Ok(boolean_item(true));
            }
        }
        Ok(boolean_item(false))
    }

    /// `&`: an absent side counts as an empty text.
    fn concatenate(&mut self, left: &[Item<'a>], right: &[Item<'a>]) -> Outcome<'a> {
        let (left, right) = (text(left)?, text(right)?);
        let (left, right) = (left.as_deref().unwrap_or(""), right.as_deref().unwrap_or(""));
        self.spend_text(left.len() + right.len())?;
        Ok(one(System::string(format!("{left}{right}"))))
    }

    fn arithmetic(&mut self, operator: Operator, left: &[Item<'a>], right: &[Item<'a>]) -> Outcome<'a> {
        let (Some(left), Some(right)) = (single(left)?, single(right)?) else {
            return Ok(Vec::new());
        };
        let result = match (left.system(), right.system()) {
            (Some(System::Integer(a)), Some(System::Integer(b))) => integers(operator, a, b),
            (Some(System::String(a)), Some(System::String(b))) if operator == Operator::Add => {
                self.spend_text(a.len() + b.len())?;
                Some(System::string(format!("{}{}", &*a, &*b)))
            }
            (a, b) => match (a.as_ref().and_then(System::number), b.as_ref().and_then(System::number)) {
                (Some(a), Some(b)) => decimals(operator, a, b),
                _ => {
                    self.spend(equality::UNITS)?;
                    quantities(operator, left, right)?
                }
            },
        };
        Ok(result.map(one).unwrap_or_default())
    }
}

/// `is`, also as a function.
pub(super) fn is<'a>(items: &[Item<'a>], wanted: &TypeSpecifier) -> Outcome<'a> {
    if wanted.unknown {
        return Err(fault(ErrorKind::Unknown, "a type that is not defined"));
    }
    Ok(single(items)?.map(|item| boolean_item(wanted.matches(item))).unwrap_or_default())
}

/// The items that have the type.
pub(super) fn of_type<'a>(items: &[Item<'a>], wanted: &TypeSpecifier) -> Outcome<'a> {
    if wanted.unknown {
        return Err(fault(ErrorKind::Unknown, "a type that is not defined"));
    }
    Ok(items.iter().filter(|item| wanted.selects(item)).cloned().collect())
}

/// Results out of range are empty, as are divisions by zero.
fn integers(operator: Operator, a: i32, b: i32) -> Option<System<'static>> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Div => a.checked_div(b),
        Operator::Mod => a.checked_rem(b),
        _ => return decimals(operator, a.into(), b.into()),
    };
    result.map(System::Integer)
}

fn decimals(operator: Operator, a: Decimal, b: Decimal) -> Option<System<'static>> {
    Some(System::Decimal(match operator {
        Operator::Add => a.checked_add(b)?,
        Operator::Subtract => a.checked_sub(b)?,
        Operator::Multiply => a.checked_mul(b)?,
        Operator::Divide => a.checked_div(b)?,
        Operator::Mod => a.checked_rem(b)?,
        Operator::Div => return a.checked_div(b)?.trunc().to_i32().map(System::Integer),
        _ => return None,
    }))
}

fn quantities<'a>(operator: Operator, left: &Item<'a>, right: &Item<'a>) -> Result<Option<System<'a>>, EvaluationError> {
    use Operator::*;
    let mismatch = || fault(ErrorKind::Type, "an operation that is not defined for these types");
    let (a, b) = (left.system(), right.system());
    if let (Add | Subtract, Some(value), Some(amount)) = (operator, &a, right.quantity())
        && matches!(value, System::Date(_) | System::DateTime(_) | System::Time(_))
    {
        return moved(value, &amount, operator == Subtract);
    }
    let as_quantity = |item: &Item<'a>, value: &Option<System<'a>>| item.quantity().or_else(|| Quantity::of_number(value.as_ref()?));
    let (Some(a), Some(b)) = (as_quantity(left, &a), as_quantity(right, &b)) else {
        return Err(mismatch());
    };
    let result = match operator {
        Add | Subtract => a.add(&b, operator == Subtract),
        Multiply => a.multiply(&b),
        Divide => a.divide(&b),
        _ => return Err(mismatch()),
    };
    Ok(result.map(|q| System::Quantity(Box::new(q))))
}

/// A date or time plus or minus a duration.
fn moved<'a>(value: &System<'a>, amount: &Quantity<'_>, back: bool) -> Result<Option<System<'a>>, EvaluationError> {
    let unit = match &amount.unit {
        Unit::Calendar(unit) => Some(*unit),
        Unit::Ucum(code) => CalendarUnit::of_ucum(code).filter(|u| u.is_definite()),
        Unit::Other(_) => None,
    };
    let unit = unit.ok_or_else(|| fault(ErrorKind::Type, "a date or time moves only by durations of the calendar"))?;
    if matches!(value, System::Time(_)) && unit > CalendarUnit::Hour {
        return Err(fault(ErrorKind::Type, "a time moves only by hours and less"));
    }
    let amount = if back { -amount.value } else { amount.value };
    Ok(match value {
        System::Date(date) => date.plus(amount, unit).map(System::Date),
        System::DateTime(at) => at.plus(amount, unit).map(System::DateTime),
        System::Time(time) => time.plus(amount, unit).map(System::Time),
        _ => None,
    })
}
