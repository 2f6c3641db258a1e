//! Quantities: a number with a unit of UCUM, of the calendar, or of another system.

use super::system::{System, Text};
use crate::units;
use rust_decimal::{Decimal, RoundingStrategy};
use std::cmp::Ordering;

/// A number and a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity<'a> {
    /// The number.
    pub value: Decimal,
    /// The unit.
    pub unit: Unit<'a>,
}

/// What a quantity counts.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit<'a> {
    /// A unit of UCUM.
    Ucum(Text<'a>),
    /// A duration in the calendar.
    Calendar(CalendarUnit),
    /// A unit of another system, or a unit's name without a code: comparable only with itself.
    Other(Text<'a>),
}

/// Durations that the calendar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum CalendarUnit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

use CalendarUnit::*;

impl CalendarUnit {
    const ALL: [CalendarUnit; 8] = [Millisecond, Second, Minute, Hour, Day, Week, Month, Year];

    /// The unit of that word, singular or plural.
    pub(super) fn of(word: &str) -> Option<Self> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        Self::ALL.into_iter().find(|u| u.word() == singular)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Millisecond => "millisecond",
            Second => "second",
            Minute => "minute",
            Hour => "hour",
            Day => "day",
            Week => "week",
            Month => "month",
            Year => "year",
        }
    }

    /// The unit of UCUM; of the same length only up to weeks.
    pub(super) fn ucum(self) -> &'static str {
        match self {
            Millisecond => "ms",
            Second => "s",
            Minute => "min",
            Hour => "h",
            Day => "d",
            Week => "wk",
            Month => "mo",
            Year => "a",
        }
    }

    /// The calendar's unit for a code of UCUM, as FHIR maps them.
    pub(super) fn of_ucum(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.ucum() == code)
    }

    /// Whether it is as long as UCUM's.
    pub(super) fn is_definite(self) -> bool {
        self <= Week
    }

    /// Milliseconds, with a month of 30 and a year of 365 days.
    fn milliseconds(self) -> i64 {
        match self {
            Millisecond => 1,
            Second => 1_000,
            Minute => 60_000,
            Hour => 3_600_000,
            Day => 86_400_000,
            Week => 7 * 86_400_000,
            Month => 30 * 86_400_000,
            Year => 365 * 86_400_000,
        }
    }
}

impl<'a> Unit<'a> {
    /// The unit between quotes: of UCUM unless it is a word of the calendar.
    pub(super) fn of(text: Text<'a>) -> Self {
        CalendarUnit::of(&text).map_or(Unit::Ucum(text), Unit::Calendar)
    }

    /// The unit `1`.
    pub(super) fn one() -> Self {
        Unit::Ucum(Text::Borrowed("1"))
    }

    /// The code of UCUM, where the length is the same or `loose`.
    fn ucum(&self, loose: bool) -> Option<&str> {
        match self {
            Unit::Ucum(code) => Some(code),
            Unit::Calendar(unit) if loose || unit.is_definite() => Some(unit.ucum()),
            _ => None,
        }
    }

    fn is_one(&self) -> bool {
        matches!(self, Unit::Ucum(code) if &**code == "1")
    }

    /// The unit of a product or, if `per`, of a quotient.
    fn combined(&self, other: &Self, per: bool) -> Option<Unit<'static>> {
        let (left, right) = (self.ucum(true)?, other.ucum(true)?);
        let text = match (self.is_one(), other.is_one(), per) {
            (_, true, _) => left.to_owned(),
            (true, _, false) => right.to_owned(),
            (_, _, true) if left == right => "1".to_owned(),
            (true, _, true) if !right.contains(['.', '/']) => format!("/{right}"),
            (_, _, true) if right.contains(['.', '/']) => format!("{left}/({right})"),
            (_, _, true) => format!("{left}/{right}"),
            (_, _, false) if right.contains(['.', '/']) => format!("{left}.({right})"),
            (_, _, false) => format!("{left}.{right}"),
        };
        (text.len() <= units::LONGEST).then(|| Unit::Ucum(text.into()))
    }
}

impl<'a> Quantity<'a> {
    /// The value in another unit; `loose` takes a calendar year for UCUM's.
    fn value_in(&self, unit: &Unit<'_>, loose: bool) -> Option<Decimal> {
        if self.unit == *unit {
            return Some(self.value);
        }
        if let (Unit::Calendar(from), Unit::Calendar(to)) = (&self.unit, unit) {
            let (factor, divisor) = match (from, to) {
                (Year, Month) => (12, 1),
                (Month, Year) => (1, 12),
                _ => (from.milliseconds(), to.milliseconds()),
            };
            return self.value.checked_mul(factor.into())?.checked_div(divisor.into());
        }
        let there = units::convert_exactly(&self.value.to_string(), self.unit.ucum(loose)?, unit.ucum(loose)?);
        super::system::decimal(&there.ok()?)
    }

    /// How the two compare; `None` if they cannot be compared.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.unit, &other.unit) {
            (a, b) if a == b => Some(self.value.cmp(&other.value)),
            (Unit::Calendar(_), Unit::Calendar(to)) => {
                let (a, b) = if matches!(to, Year) {
                    (
                        self.value_in(&Unit::Calendar(Month), false)?,
                        other.value_in(&Unit::Calendar(Month), false)?,
                    )
                } else {
                    (self.value_in(&other.unit, false)?, other.value)
                };
                Some(a.cmp(&b))
            }
            (a, b) => {
                let (value, to) = (self.value.to_string(), other.value.to_string());
                units::compare((&value, a.ucum(false)?), (&to, b.ucum(false)?)).ok()
            }
        }
    }

    /// Whether both measure the same kind of thing.
    pub(super) fn is_comparable(&self, other: &Self) -> bool {
        self.compare(other).is_some()
    }

    /// Equality; `None` if it cannot be told: an unknown unit, a year of the calendar and one of UCUM.
    pub(super) fn equal(&self, other: &Self) -> Option<bool> {
        if let Some(order) = self.compare(other) {
            return Some(order == Ordering::Equal);
        }
        match (&self.unit, &other.unit) {
            (Unit::Other(_), _) | (_, Unit::Other(_)) => Some(false),
            (a, b) => {
                let alike = units::commensurable(a.ucum(true)?, b.ucum(true)?).ok()?;
                (!alike).then_some(false)
            }
        }
    }

    /// Equality at the precision of the coarser one.
    pub(super) fn equivalent(&self, other: &Self) -> bool {
        let (Some(theirs), Some(ours)) = (other.value_in(&self.unit, true), self.value_in(&other.unit, true)) else {
            return false;
        };
        // In the larger of the two units, where the values are smaller.
        if theirs.abs() <= other.value.abs() {
            same_when_rounded(self.value, theirs)
        } else {
            same_when_rounded(ours, other.value)
        }
    }

    /// Sum or, with `subtract`, difference, in this one's unit.
    pub(super) fn add(&self, other: &Self, subtract: bool) -> Option<Quantity<'a>> {
        let theirs = other.value_in(&self.unit, false)?;
        let value = if subtract {
            self.value.checked_sub(theirs)?
        } else {
            self.value.checked_add(theirs)?
        };
        Some(self.with(value))
    }

    /// Product.
    pub(super) fn multiply(&self, other: &Self) -> Option<Quantity<'static>> {
        Some(Quantity {
            value: self.value.checked_mul(other.value)?,
            unit: self.unit.combined(&other.unit, false)?,
        })
    }

    /// Quotient.
    pub(super) fn divide(&self, other: &Self) -> Option<Quantity<'static>> {
        Some(Quantity {
            value: self.value.checked_div(other.value)?,
            unit: self.unit.combined(&other.unit, true)?,
        })
    }

    /// The same quantity in another unit.
    pub(super) fn in_unit(&self, unit: Unit<'a>) -> Option<Quantity<'a>> {
        let value = self.value_in(&unit, false)?;
        Some(Quantity { value, unit })
    }

    /// The same unit with another value.
    pub(super) fn with(&self, value: Decimal) -> Quantity<'a> {
        Quantity {
            value,
            unit: self.unit.clone(),
        }
    }

    /// A number as a quantity.
    pub(super) fn of_number(value: &System<'_>) -> Option<Quantity<'static>> {
        value.number().map(|value| Quantity { value, unit: Unit::one() })
    }

    /// A quantity as `toQuantity()` reads it: `1`, `1.5 'mg'`, `4 days`.
    pub(super) fn parse(text: &str) -> Option<Quantity<'static>> {
        let text = text.trim();
        let end = text
            .char_indices()
            .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && matches!(c, '+' | '-'))))
            .map_or(text.len(), |(i, _)| i);
        let (number, unit) = text.split_at(end);
        let digits = number.trim_start_matches(['+', '-']);
        let plain = digits.starts_with(|c: char| c.is_ascii_digit()) && digits.ends_with(|c: char| c.is_ascii_digit());
        let value = number.parse().ok().filter(|_| plain)?;
        let unit = unit.trim_start();
        let unit = match unit.strip_prefix('\'').and_then(|u| u.strip_suffix('\'')) {
            Some("") => return None,
            Some(code) => Unit::of(Text::from(code)),
            None if unit.is_empty() => Unit::one(),
            None => Unit::Calendar(CalendarUnit::of(unit)?),
        };
        Some(Quantity { value, unit })
    }
}

/// Whether two numbers are the same at the precision of the one with fewer decimals.
pub(super) fn same_when_rounded(a: Decimal, b: Decimal) -> bool {
    let (a, b) = (a.normalize(), b.normalize());
    let decimals = a.scale().min(b.scale());
    let round = |d: Decimal| d.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    round(a) == round(b)
}

impl std::fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.unit {
            Unit::Calendar(unit) if self.value == Decimal::ONE => write!(f, "{} {}", self.value, unit.word()),
            Unit::Calendar(unit) => write!(f, "{} {}s", self.value, unit.word()),
            Unit::Ucum(code) | Unit::Other(code) => write!(f, "{} '{}'", self.value, &**code),
        }
    }
}
