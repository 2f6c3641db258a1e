//! Units of UCUM (`http://unitsofmeasure.org`): which expressions are units, and what quantities
//! in different units have in common.
//!
//! The unit tables and the grammar are those of the crate `octofhir-ucum`; this module bounds what
//! is given to it, keeps decimals as they were written (28 significant digits), and names what a
//! search needs: a value in base units and the unit that it then has ([`canonical`]).
//!
//! Why not as `f64` throughout: `1 [in_i]` is 2.54 cm, and must be found by `2.54 cm`.

use octofhir_ucum::{CanonicalUnit, Number, get_canonical_units, parse_expression};
use std::cmp::Ordering;

/// The system of UCUM codes.
pub const SYSTEM: &str = "http://unitsofmeasure.org";

/// Longer expressions are refused. The longest unit in use has some forty characters.
pub const LONGEST: usize = 200;

/// Why a text is no unit, or two units have nothing in common.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// More than [`LONGEST`] bytes.
    #[error("a unit of more than {LONGEST} bytes")]
    TooLong,
    /// Not by the grammar, or a symbol that the tables do not have. The byte where reading stopped, if known.
    #[error("not a unit of UCUM")]
    Invalid {
        /// Offset in the expression.
        at: Option<usize>,
    },
    /// A unit on a scale without ratios or differences: pH, bel, neper, ...
    #[error("a unit on a logarithmic or other scale that cannot be converted by a factor")]
    NotLinear,
    /// The units measure different things.
    #[error("units of different dimensions")]
    Incommensurable,
    /// The number is none, or no longer fits.
    #[error("not a number, or one out of range")]
    Number,
}

/// Whether the text is a valid UCUM unit (case sensitive).
///
/// # Errors
/// [`UnitError::TooLong`], [`UnitError::Invalid`].
pub fn validate(unit: &str) -> Result<(), UnitError> {
    bounded(unit)?;
    let parsed = parse_expression(unit).map_err(|e| invalid(&e))?;
    octofhir_ucum::evaluate(&parsed).map_err(|e| invalid(&e))?;
    Ok(())
}

/// Value and unit in base units: `canonical("5.4", "mmol/L")` is moles as a number per cubic
/// metre, `canonical("38.1", "Cel")` is kelvins. `None` when either cannot be read, when the unit
/// has no linear scale, or when the value does not fit an `f64`.
///
/// Equal quantities give equal values: the arithmetic is decimal and rounds only at the end.
pub fn canonical(value: &str, unit: &str) -> Option<(f64, String)> {
    let quantity = Canonical::new(value, unit).ok()?;
    Some((quantity.to_f64().ok()?, quantity.unit))
}

/// The base unit of an expression alone: `g.m-1.s-2` for `mm[Hg]`, `1` for `%`.
///
/// # Errors
/// See [`UnitError`].
pub fn base_unit(unit: &str) -> Result<String, UnitError> {
    Ok(linear(unit)?.unit)
}

/// Whether quantities in the two units can be compared.
///
/// # Errors
/// If one of them is no unit.
pub fn commensurable(a: &str, b: &str) -> Result<bool, UnitError> {
    validate(a)?;
    validate(b)?;
    octofhir_ucum::is_comparable(a, b).map_err(|e| invalid(&e))
}

/// Compares two quantities, exactly to 28 digits.
///
/// # Errors
/// See [`UnitError`].
pub fn compare(a: (&str, &str), b: (&str, &str)) -> Result<Ordering, UnitError> {
    let (a, b) = (Canonical::new(a.0, a.1)?, Canonical::new(b.0, b.1)?);
    if a.unit != b.unit {
        return Err(UnitError::Incommensurable);
    }
    let difference = a.value.checked_sub(b.value).ok_or(UnitError::Number)?;
    Ok(if difference.is_zero() {
        Ordering::Equal
    } else if difference.is_negative() {
        Ordering::Less
    } else {
        Ordering::Greater
    })
}

/// The value in another unit. Rounds once, at the end.
///
/// # Errors
/// See [`UnitError`].
pub fn convert(value: &str, from: &str, to: &str) -> Result<f64, UnitError> {
    finite(converted(value, from, to)?)
}

/// The same in decimal digits, as many as there are up to 28.
///
/// # Errors
/// See [`UnitError`].
pub fn convert_exactly(value: &str, from: &str, to: &str) -> Result<String, UnitError> {
    Ok(converted(value, from, to)?.to_string())
}

fn converted(value: &str, from: &str, to: &str) -> Result<Number, UnitError> {
    let quantity = Canonical::new(value, from)?;
    let target = linear(to)?;
    if quantity.unit != target.unit {
        return Err(UnitError::Incommensurable);
    }
    let there = quantity.value.checked_sub(target.offset).and_then(|v| v.checked_div(target.factor));
    there.ok_or(UnitError::Number)
}

/// A quantity in base units.
struct Canonical {
    value: Number,
    unit: String,
}

impl Canonical {
    fn new(value: &str, unit: &str) -> Result<Canonical, UnitError> {
        let value = number(value)?;
        let base = linear(unit)?;
        let value = value.checked_mul(base.factor).and_then(|v| v.checked_add(base.offset));
        Ok(Canonical {
            value: value.ok_or(UnitError::Number)?,
            unit: base.unit,
        })
    }

    fn to_f64(&self) -> Result<f64, UnitError> {
        finite(self.value)
    }
}

fn linear(unit: &str) -> Result<CanonicalUnit, UnitError> {
    // Asked first, because the crate looks long for what an unknown unit may mean.
    validate(unit)?;
    get_canonical_units(unit).map_err(|e| match e.kind.code() {
        "special_unit_error" => UnitError::NotLinear,
        _ => invalid(&e),
    })
}

fn bounded(unit: &str) -> Result<(), UnitError> {
    if unit.len() > LONGEST {
        return Err(UnitError::TooLong);
    }
    Ok(())
}

fn invalid(error: &octofhir_ucum::UcumError) -> UnitError {
    use octofhir_ucum::ErrorKind;
    let at = match &error.kind {
        ErrorKind::InvalidExpression { position, .. } | ErrorKind::UnitNotFound { position, .. } => *position,
        _ => None,
    };
    UnitError::Invalid { at }
}

/// A decimal as FHIR writes it. Exponents beyond those of an `f64` are refused at once, so that
/// nothing is computed with them.
fn number(text: &str) -> Result<Number, UnitError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.len() <= LONGEST
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let exponent = digits.split_once(['e', 'E']).map_or(Ok(0), |(_, e)| e.parse::<i32>());
    if !plain || exponent.map_or(true, |e| e.abs() > 400) {
        return Err(UnitError::Number);
    }
    Number::parse(text).ok_or(UnitError::Number)
}

fn finite(number: Number) -> Result<f64, UnitError> {
    let value = number.to_f64();
    if value.is_finite() && (value != 0.0 || number.is_zero()) {
        Ok(value)
    } else {
        Err(UnitError::Number)
    }
}

#[cfg(test)]
mod tests;
