//! Functions that evaluate an argument for each item.

use super::Made;
use crate::fhirpath::error::EvaluationError;
use crate::fhirpath::evaluate::{Evaluator, Items, Outcome, Scope, Seen, boolean, boolean_item, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    match made.id() {
        Id::Exists if !made.has(0) => Ok(boolean_item(!made.input.is_empty())),
        Id::Exists => Ok(boolean_item(decides(evaluator, made, true)?)),
        Id::All => Ok(boolean_item(!decides(evaluator, made, false)?)),
        Id::Where => filter(evaluator, made),
        Id::Select => select(evaluator, made),
        Id::Repeat => repeat(evaluator, made, true),
        Id::RepeatAll => repeat(evaluator, made, false),
        Id::Aggregate => aggregate(evaluator, made),
        Id::Coalesce => coalesce(evaluator, made),
        _ => iif(evaluator, made),
    }
}

fn condition<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, index: usize, item: &Item<'a>) -> Result<bool, EvaluationError> {
    let result = evaluator.eval(made.expr(0)?, made.scope.of_item(item, index))?;
    Ok(boolean(&result)? == Some(true))
}

/// Whether the condition has the wanted outcome for some item.
fn decides<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, wanted: bool) -> Result<bool, EvaluationError> {
    for (index, item) in made.input.iter().enumerate() {
        if condition(evaluator, made, index, item)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn filter<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let mut found = Vec::new();
    for (index, item) in made.input.iter().enumerate() {
        if condition(evaluator, made, index, item)? {
            found.push(item.clone());
        }
    }
    Ok(found)
}

fn select<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let mut found = Vec::new();
    for (index, item) in made.input.iter().enumerate() {
        let items = evaluator.eval(made.expr(0)?, made.scope.of_item(item, index))?;
        evaluator.spend(items.len())?;
        found.extend(items);
    }
    Ok(found)
}

/// The expression of each item, of what that gave, and so on; each item once if `unique`.
fn repeat<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, unique: bool) -> Outcome<'a> {
    let mut seen = Seen::default();
    let mut found: Items<'a> = Vec::new();
    let mut at = 0;
    let mut level = made.input.to_vec();
    loop {
        for (index, item) in level.iter().enumerate() {
            for new in evaluator.eval(made.expr(0)?, made.scope.of_item(item, index))? {
                evaluator.spend(1)?;
                if !unique || seen.insert(evaluator, &new)? {
                    found.push(new);
                }
            }
        }
        level = found.get(at..).unwrap_or_default().to_vec();
        at = found.len();
        if level.is_empty() {
            return Ok(found);
        }
    }
}

fn aggregate<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let mut total = if made.has(1) { made.argument(evaluator, 1)? } else { Vec::new() };
    for (index, item) in made.input.iter().enumerate() {
        let scope = Scope {
            this: std::slice::from_ref(item),
            index: Some(index),
            total: Some(&total),
        };
        total = evaluator.eval(made.expr(0)?, scope)?;
        evaluator.spend(total.len())?;
    }
    Ok(total)
}

/// The first argument that gives anything.
fn coalesce<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    for n in 0..made.call.arguments.len() {
        let items = made.argument(evaluator, n)?;
        if !items.is_empty() {
            return Ok(items);
        }
    }
    Ok(Vec::new())
}

/// The arguments see the input as `$this`; only the one that is chosen is evaluated.
fn iif<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    single(made.input)?;
    let scope = Scope {
        this: made.input,
        ..made.scope
    };
    let condition = boolean(&evaluator.eval(made.expr(0)?, scope)?)?;
    match (condition == Some(true), made.has(2)) {
        (true, _) => evaluator.eval(made.expr(1)?, scope),
        (false, true) => evaluator.eval(made.expr(2)?, scope),
        (false, false) => Ok(Vec::new()),
    }
}
