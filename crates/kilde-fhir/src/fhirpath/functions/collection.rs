//! Existence, subsetting and combining: functions whose arguments are plain collections.

use super::{Made, some};
use crate::fhirpath::error::{ErrorKind, EvaluationError, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, Seen, boolean, boolean_item, one, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::system::System;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let input = made.input;
    evaluator.spend(input.len() / 4)?;
    match made.id() {
        Id::Empty => Ok(boolean_item(input.is_empty())),
        Id::Count => Ok(i32::try_from(input.len()).map_or(Vec::new(), |n| one(System::Integer(n)))),
        Id::AllTrue => booleans(input, |mut all| all.all(|b| b)),
        Id::AllFalse => booleans(input, |mut all| all.all(|b| !b)),
        Id::AnyTrue => booleans(input, |mut all| all.any(|b| b)),
        Id::AnyFalse => booleans(input, |mut all| all.any(|b| !b)),
        Id::Distinct => evaluator.distinct(input.iter().cloned()),
        Id::IsDistinct => Ok(boolean_item(evaluator.distinct(input.iter().cloned())?.len() == input.len())),
        Id::Single => Ok(some(single(input)?)),
        Id::First => Ok(some(input.first())),
        Id::Last => Ok(some(input.last())),
        Id::Tail => Ok(input.get(1..).unwrap_or_default().to_vec()),
        Id::Skip => Ok(input.get(count(evaluator, made)?..).unwrap_or_default().to_vec()),
        Id::Take => {
            let count = count(evaluator, made)?.min(input.len());
            Ok(input.get(..count).unwrap_or_default().to_vec())
        }
        Id::Not => Ok(boolean(input)?.map(|b| boolean_item(!b)).unwrap_or_default()),
        _ => two_collections(evaluator, made),
    }
}

fn two_collections<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let input = made.input;
    let other = made.argument(evaluator, 0)?;
    match made.id() {
        Id::Union => evaluator.distinct(input.iter().cloned().chain(other)),
        Id::Combine => {
            evaluator.spend(input.len() + other.len())?;
            Ok(input.iter().cloned().chain(other).collect())
        }
        Id::Intersect => {
            let common = among(evaluator, input, &other, true)?;
            evaluator.distinct(common)
        }
        Id::Exclude => among(evaluator, input, &other, false),
        Id::SubsetOf => Ok(boolean_item(among(evaluator, input, &other, false)?.is_empty())),
        _ => Ok(boolean_item(among(evaluator, &other, input, false)?.is_empty())),
    }
}

/// The items that are, or are not, among others.
fn among<'a>(evaluator: &mut Evaluator<'_, 'a>, items: &[Item<'a>], others: &[Item<'a>], wanted: bool) -> Outcome<'a> {
    let others = Seen::of(evaluator, others)?;
    let mut found = Vec::new();
    for item in items {
        if others.contains(evaluator, item)? == wanted {
            found.push(item.clone());
        }
    }
    Ok(found)
}

fn count<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Result<usize, EvaluationError> {
    Ok(made.integer(evaluator, 0)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
}

fn booleans<'a>(input: &[Item<'a>], decide: impl Fn(std::vec::IntoIter<bool>) -> bool) -> Outcome<'a> {
    let mut values = Vec::with_capacity(input.len());
    for item in input {
        match item.system() {
            Some(System::Boolean(value)) => values.push(value),
            _ => return Err(fault(ErrorKind::Type, "expected booleans")),
        }
    }
    Ok(boolean_item(decide(values.into_iter())))
}
