//! Conversions between FHIRPath's own types.

use super::Made;
use crate::fhirpath::error::EvaluationError;
use crate::fhirpath::evaluate::{Evaluator, Outcome, boolean_item, one, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::quantity::{Quantity, Unit};
use crate::fhirpath::system::System;
use crate::fhirpath::temporal::{Date, DateTime, Time};
use rust_decimal::Decimal;

pub(super) fn convert<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    let value = match made.id() {
        Id::ToBoolean => boolean(item),
        Id::ToInteger => integer(item),
        Id::ToDecimal => decimal(item),
        Id::ToDate => date(item),
        Id::ToDateTime => date_time(item),
        Id::ToTime => time(item),
        Id::ToQuantity => quantity(evaluator, made, item)?,
        _ => string(item),
    };
    Ok(value.map(one).unwrap_or_default())
}

pub(super) fn converts<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    let value = match made.id() {
        Id::ConvertsToBoolean => boolean(item),
        Id::ConvertsToInteger => integer(item),
        Id::ConvertsToDecimal => decimal(item),
        Id::ConvertsToDate => date(item),
        Id::ConvertsToDateTime => date_time(item),
        Id::ConvertsToTime => time(item),
        Id::ConvertsToQuantity => quantity(evaluator, made, item)?,
        _ => string(item),
    };
    Ok(boolean_item(value.is_some()))
}

fn boolean<'a>(item: &Item<'a>) -> Option<System<'a>> {
    let value = item.system()?;
    let found = match &value {
        System::Boolean(value) => Some(*value),
        System::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        other => match other.number()? {
            n if n == Decimal::ONE => Some(true),
            n if n == Decimal::ZERO => Some(false),
            _ => None,
        },
    };
    found.map(System::Boolean)
}

fn integer<'a>(item: &Item<'a>) -> Option<System<'a>> {
    match item.system()? {
        System::Integer(value) => Some(System::Integer(value)),
        System::Boolean(value) => Some(System::Integer(value.into())),
        System::String(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|_| plain).map(System::Integer)
        }
        _ => None,
    }
}

fn decimal<'a>(item: &Item<'a>) -> Option<System<'a>> {
    let value = item.system()?;
    match &value {
        System::Boolean(value) => Some(System::Decimal(i32::from(*value).into())),
        System::String(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let plain = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.ends_with(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            text.parse().ok().filter(|_| plain && text.len() <= 100).map(System::Decimal)
        }
        other => other.number().map(System::Decimal),
    }
}

fn date<'a>(item: &Item<'a>) -> Option<System<'a>> {
    match item.system()? {
        System::Date(date) => Some(System::Date(date)),
        System::DateTime(at) => Some(System::Date(at.date())),
        System::String(text) => DateTime::parse(&text)
            .map(|at| System::Date(at.date()))
            .or_else(|| Date::parse(&text).map(System::Date)),
        _ => None,
    }
}

fn date_time<'a>(item: &Item<'a>) -> Option<System<'a>> {
    match item.system()? {
        System::String(text) => DateTime::parse(&text).map(System::DateTime),
        value => value.date_time().map(System::DateTime),
    }
}

fn time<'a>(item: &Item<'a>) -> Option<System<'a>> {
    match item.system()? {
        System::Time(time) => Some(System::Time(time)),
        System::String(text) => Time::parse(text.strip_prefix('T').unwrap_or(&text)).map(System::Time),
        _ => None,
    }
}

/// In the unit of the argument, if there is one.
fn quantity<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, item: &Item<'a>) -> Result<Option<System<'a>>, EvaluationError> {
    let found = match (item.quantity(), item.system()) {
        (Some(quantity), _) => Some(quantity),
        (_, Some(System::Boolean(value))) => Quantity::of_number(&System::Decimal(i32::from(value).into())),
        (_, Some(System::String(text))) => Quantity::parse(&text),
        (_, Some(value)) => Quantity::of_number(&value),
        _ => None,
    };
    let Some(found) = found else { return Ok(None) };
    if !made.has(0) {
        return Ok(Some(System::Quantity(Box::new(found))));
    }
    let unit = made.text(evaluator, 0)?;
    Ok(unit
        .map(Unit::of)
        .and_then(|unit| found.in_unit(unit))
        .map(|q| System::Quantity(Box::new(q))))
}

fn string<'a>(item: &Item<'a>) -> Option<System<'a>> {
    if let Some(quantity) = item.quantity() {
        return Some(System::string(quantity.to_string()));
    }
    // A primitive tells its own text: a date that is none, a decimal with an exponent.
    if let Some(text) = item.text() {
        return Some(System::String(text));
    }
    match (item.system()?, item.node().and_then(|n| n.value())) {
        (System::Decimal(_), Some(value)) => Some(System::string(value.raw())),
        (System::Type(_), _) => None,
        (value, _) => Some(System::string(value.to_string())),
    }
}
