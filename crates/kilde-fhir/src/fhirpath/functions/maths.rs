//! Mathematics. What has no result, or none in range, is empty.

use super::Made;
use crate::fhirpath::error::{ErrorKind, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, one, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::system::System;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    if let (Id::Abs, Some(quantity)) = (made.id(), item.quantity()) {
        return Ok(one(System::Quantity(Box::new(quantity.with(quantity.value.abs())))));
    }
    let value = item.system();
    let Some(x) = value.as_ref().and_then(System::number) else {
        return Err(fault(ErrorKind::Type, "expected a number"));
    };
    let integer = |d: Decimal| d.to_i32().map(System::Integer);
    let result = match made.id() {
        Id::Abs => match value {
            Some(System::Integer(i)) => i.checked_abs().map(System::Integer),
            _ => Some(System::Decimal(x.abs())),
        },
        Id::Ceiling => integer(x.ceil()),
        Id::Floor => integer(x.floor()),
        Id::Truncate => integer(x.trunc()),
        Id::Round => return round(evaluator, made, x),
        Id::Exp => real(x.to_f64().map(f64::exp)),
        Id::Ln => real(x.to_f64().map(f64::ln)),
        Id::Sqrt => real(x.to_f64().map(f64::sqrt)),
        _ => {
            let argument = made.argument(evaluator, 0)?;
            let Some(argument) = single(&argument)? else {
                return Ok(Vec::new());
            };
            let argument = argument.system();
            let Some(y) = argument.as_ref().and_then(System::number) else {
                return Err(fault(ErrorKind::Type, "expected a number"));
            };
            match (made.id(), value, argument) {
                (Id::Power, Some(System::Integer(a)), Some(System::Integer(b))) => {
                    let whole = u32::try_from(b).ok().and_then(|b| a.checked_pow(b));
                    whole.map(System::Integer).or_else(|| power(x, y).filter(|_| b < 0))
                }
                (Id::Power, ..) => power(x, y),
                _ => logarithm(x, y),
            }
        }
    };
    Ok(result.map(one).unwrap_or_default())
}

fn round<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, x: Decimal) -> Outcome<'a> {
    let places = if made.has(0) { made.integer(evaluator, 0)?.unwrap_or(0) } else { 0 };
    let Ok(places) = u32::try_from(places) else {
        return Err(fault(ErrorKind::Argument, "a negative precision"));
    };
    let rounded = x.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    Ok(one(System::Decimal(rounded)))
}

/// A result of floating point arithmetic, to the 15 digits that it has.
fn real<'a>(value: Option<f64>) -> Option<System<'a>> {
    let value = value.filter(|v| v.is_finite())?;
    let text = format!("{value:.14e}");
    let decimal = crate::fhirpath::system::decimal(&text)?;
    Some(System::Decimal(decimal.normalize()))
}

fn logarithm<'a>(x: Decimal, base: Decimal) -> Option<System<'a>> {
    let (x, base) = (x.to_f64()?, base.to_f64()?);
    real(Some(if base == 10.0 {
        x.log10()
    } else if base == 2.0 {
        x.log2()
    } else {
        x.ln() / base.ln()
    }))
}

/// Exact for whole exponents as long as the digits fit.
fn power<'a>(x: Decimal, y: Decimal) -> Option<System<'a>> {
    if let Some(mut exponent) = y.to_u32().filter(|_| y.fract().is_zero()) {
        let (mut result, mut square) = (Decimal::ONE, x);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result.checked_mul(square)?;
            }
            exponent >>= 1;
            if exponent > 0 {
                square = square.checked_mul(square)?;
            }
        }
        return Some(System::Decimal(result));
    }
    real(Some(x.to_f64()?.powf(y.to_f64()?)))
}
