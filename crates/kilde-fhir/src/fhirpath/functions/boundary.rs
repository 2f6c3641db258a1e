//! Boundaries, precision and comparability.

use super::Made;
use crate::fhirpath::error::{ErrorKind, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, boolean_item, one, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::system::System;
use rust_decimal::{Decimal, RoundingStrategy};

/// More decimals cannot be kept.
const MAX_DECIMALS: i32 = 28;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    match made.id() {
        Id::Precision => precision(item),
        Id::Comparable => {
            let other = made.argument(evaluator, 0)?;
            let Some(other) = single(&other)? else { return Ok(Vec::new()) };
            match (item.quantity(), other.quantity()) {
                (Some(a), Some(b)) => Ok(boolean_item(a.is_comparable(&b))),
                _ => Err(fault(ErrorKind::Type, "expected quantities")),
            }
        }
        _ => {
            let digits = if made.has(0) { made.integer(evaluator, 0)? } else { None };
            boundary(item, digits, made.id() == Id::HighBoundary)
        }
    }
}

fn precision<'a>(item: &Item<'a>) -> Outcome<'a> {
    let digits = match item.system() {
        Some(System::Integer(_)) => 0,
        Some(System::Decimal(d)) => i32::try_from(d.scale()).unwrap_or(0),
        Some(System::Date(date)) => date.precision(),
        Some(System::DateTime(at)) => at.precision(),
        Some(System::Time(time)) => time.precision(),
        _ => return Err(fault(ErrorKind::Type, "expected a number, a date or a time")),
    };
    Ok(one(System::Integer(digits)))
}

fn boundary<'a>(item: &Item<'a>, digits: Option<i32>, high: bool) -> Outcome<'a> {
    if let Some(quantity) = item.quantity() {
        let value = decimal(quantity.value, digits.unwrap_or(8), high);
        return Ok(value.map(|v| one(System::Quantity(Box::new(quantity.with(v))))).unwrap_or_default());
    }
    let value = match item.system() {
        Some(System::Date(date)) => date.boundary(digits.unwrap_or(8), high).map(System::Date),
        Some(System::DateTime(at)) => at.boundary(digits.unwrap_or(17), high).map(System::DateTime),
        Some(System::Time(time)) => time.boundary(digits.unwrap_or(9), high).map(System::Time),
        Some(value) => match value.number() {
            Some(number) => decimal(number, digits.unwrap_or(8), high).map(System::Decimal),
            None => return Err(fault(ErrorKind::Type, "expected a number, a date or a time")),
        },
        None => None,
    };
    Ok(value.map(one).unwrap_or_default())
}

/// Half a unit of the last digit below or above. With fewer digits than that takes, the bound
/// nearer to zero is cut and the one farther from zero is rounded.
fn decimal(value: Decimal, digits: i32, high: bool) -> Option<Decimal> {
    let digits = u32::try_from(digits).ok().filter(|_| digits <= MAX_DECIMALS)?;
    let half = Decimal::try_new(5, value.scale().checked_add(1)?).ok()?;
    let bound = if high { value.checked_add(half)? } else { value.checked_sub(half)? };
    let outward = bound.abs() > value.abs();
    let strategy = if outward {
        RoundingStrategy::MidpointAwayFromZero
    } else {
        RoundingStrategy::ToZero
    };
    let mut rounded = bound.round_dp_with_strategy(digits, strategy);
    rounded.rescale(digits);
    Some(rounded).filter(|r| r.scale() == digits)
}
