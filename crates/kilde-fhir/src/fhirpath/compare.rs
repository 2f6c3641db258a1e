//! Order: `<`, `<=`, `>`, `>=`.

use super::error::{ErrorKind, EvaluationError, fault};
use super::item::Item;
use super::quantity::Quantity;
use super::system::System;
use std::cmp::Ordering;

/// How two items compare; `None` if it cannot be told.
pub(super) fn compare(a: &Item<'_>, b: &Item<'_>) -> Result<Option<Ordering>, EvaluationError> {
    let (left, right) = (a.system(), b.system());
    if let (Some(a), Some(b)) = (quantity(a, left.as_ref()), quantity(b, right.as_ref()))
        && (left.as_ref().is_none_or(|l| l.number().is_none()) || right.as_ref().is_none_or(|r| r.number().is_none()))
    {
        return Ok(a.compare(&b));
    }
    match (left, right) {
        (Some(a), Some(b)) => values(&a, &b),
        // Primitives without a value, quantities without a number.
        _ if is_without_value(a) || is_without_value(b) => Ok(None),
        _ => Err(incomparable()),
    }
}

fn quantity<'a>(item: &Item<'a>, value: Option<&System<'a>>) -> Option<Quantity<'a>> {
    item.quantity().or_else(|| value.and_then(Quantity::of_number))
}

fn is_without_value(item: &Item<'_>) -> bool {
    use super::types::FhirType;
    item.node().is_some_and(|node| match node.fhir_type() {
        FhirType::Primitive(_) => node.value().is_none(),
        t => t.is_quantity() && node.quantity().is_none(),
    })
}

fn incomparable() -> EvaluationError {
    fault(ErrorKind::Type, "these types have no order between them")
}

fn values(a: &System<'_>, b: &System<'_>) -> Result<Option<Ordering>, EvaluationError> {
    if let (Some(a), Some(b)) = (a.number(), b.number()) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (a.date_time(), b.date_time()) {
        return Ok(a.compare(b));
    }
    match (a, b) {
        (System::String(a), System::String(b)) => Ok(Some((**a).cmp(&**b))),
        (System::Time(a), System::Time(b)) => Ok(a.compare(*b)),
        _ => Err(incomparable()),
    }
}
