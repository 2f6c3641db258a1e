//! Units of UCUM: the one place where FHIRPath meets the tables of the crate `octofhir-ucum`.

use octofhir_ucum::{CanonicalUnit, Number, evaluate, get_canonical_units, parse_expression};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// Longer expressions are no units.
pub(super) const LONGEST: usize = 200;

/// Whether it is a unit. Asked first, because the crate looks long for what an unknown one may mean.
fn is_known(unit: &str) -> bool {
    unit.len() <= LONGEST && parse_expression(unit).is_ok_and(|parsed| evaluate(&parsed).is_ok())
}

fn base(unit: &str) -> Option<CanonicalUnit> {
    is_known(unit).then(|| get_canonical_units(unit).ok()).flatten()
}

fn in_base(value: Decimal, base: &CanonicalUnit) -> Option<Number> {
    Number::parse(&value.to_string())?
        .checked_mul(base.factor)?
        .checked_add(base.offset)
}

/// How two quantities compare, exactly to 28 digits; `None` if they cannot be compared.
pub(super) fn compare(a: (Decimal, &str), b: (Decimal, &str)) -> Option<Ordering> {
    let (base_a, base_b) = (base(a.1)?, base(b.1)?);
    if base_a.unit != base_b.unit {
        return None;
    }
    let difference = in_base(a.0, &base_a)?.checked_sub(in_base(b.0, &base_b)?)?;
    Some(if difference.is_zero() {
        Ordering::Equal
    } else if difference.is_negative() {
        Ordering::Less
    } else {
        Ordering::Greater
    })
}

/// The value in another unit; `None` if there is none or it has too many digits.
pub(super) fn convert(value: Decimal, from: &str, to: &str) -> Option<Decimal> {
    let (base_from, base_to) = (base(from)?, base(to)?);
    if base_from.unit != base_to.unit {
        return None;
    }
    let there = in_base(value, &base_from)?
        .checked_sub(base_to.offset)?
        .checked_div(base_to.factor)?;
    super::system::decimal(&there.to_string())
}

/// Whether the two measure different things; `None` if one is no unit.
pub(super) fn is_incommensurable(a: &str, b: &str) -> Option<bool> {
    if !is_known(a) || !is_known(b) {
        return None;
    }
    octofhir_ucum::is_comparable(a, b).ok().map(|same| !same)
}
