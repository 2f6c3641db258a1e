//! `sort`.

use super::Made;
use crate::fhirpath::ast::{Expr, Kind};
use crate::fhirpath::compare;
use crate::fhirpath::equality::UNITS;
use crate::fhirpath::error::{ErrorKind, EvaluationError, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, single};
use crate::fhirpath::item::Item;
use std::cmp::Ordering;

/// An item and its keys, each with whether its order is reversed.
struct Row<'a> {
    keys: Vec<(Option<Item<'a>>, bool)>,
    item: Item<'a>,
}

/// Orders by keys; `-` before a key reverses its order. What has no key comes first.
pub(super) fn sort<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let keys: Vec<(bool, &Expr)> = made
        .call
        .arguments
        .iter()
        .map(|argument| match &argument.kind {
            Kind::Sign(true, key) => (true, &**key),
            _ => (false, argument),
        })
        .collect();
    let mut rows = Vec::with_capacity(made.input.len());
    for (index, item) in made.input.iter().enumerate() {
        let mut row = Row {
            keys: Vec::with_capacity(keys.len()),
            item: item.clone(),
        };
        for (descending, key) in &keys {
            let key = evaluator.eval(key, made.scope.of_item(item, index))?;
            row.keys.push((single(&key)?.cloned(), *descending));
        }
        if keys.is_empty() {
            row.keys.push((Some(item.clone()), false));
        }
        rows.push(row);
    }
    Ok(merged(evaluator, rows)?.into_iter().map(|row| row.item).collect())
}

/// A stable merge sort that can fail: keys need not have an order between them, and the standard
/// library asks that they have.
fn merged<'a>(evaluator: &mut Evaluator<'_, 'a>, mut rows: Vec<Row<'a>>) -> Result<Vec<Row<'a>>, EvaluationError> {
    if rows.len() < 2 {
        return Ok(rows);
    }
    let second = rows.split_off(rows.len() / 2);
    let mut first = merged(evaluator, rows)?.into_iter().peekable();
    let mut second = merged(evaluator, second)?.into_iter().peekable();
    let mut all = Vec::with_capacity(first.len() + second.len());
    while let (Some(a), Some(b)) = (first.peek(), second.peek()) {
        evaluator.spend(UNITS)?;
        let next = if order(a, b)? == Ordering::Greater {
            second.next()
        } else {
            first.next()
        };
        all.extend(next);
    }
    all.extend(first.chain(second));
    Ok(all)
}

fn order(a: &Row<'_>, b: &Row<'_>) -> Result<Ordering, EvaluationError> {
    for ((a, descending), (b, _)) in a.keys.iter().zip(&b.keys) {
        let order = match (a, b) {
            (Some(a), Some(b)) => {
                let order = compare::compare(a, b)?.ok_or_else(|| fault(ErrorKind::Type, "keys that cannot be compared"))?;
                if *descending { order.reverse() } else { order }
            }
            _ => a.is_some().cmp(&b.is_some()),
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}
