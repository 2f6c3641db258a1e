//! Tracing and the time of evaluation.

use super::Made;
use crate::fhirpath::context::Trace;
use crate::fhirpath::error::{ErrorKind, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, one};
use crate::fhirpath::function::Id;
use crate::fhirpath::system::System;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    if made.id() == Id::Trace {
        return trace(evaluator, made);
    }
    let now = evaluator
        .context
        .now
        .ok_or_else(|| fault(ErrorKind::Missing, "the context has no time"))?;
    let value = match made.id() {
        Id::Now => Some(System::DateTime(now)),
        Id::Today => Some(System::Date(now.date())),
        _ => now.time().map(System::Time),
    };
    Ok(value.map(one).unwrap_or_default())
}

/// The input as it is; the context keeps it, or what a projection makes of it.
fn trace<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let name = made.text(evaluator, 0)?;
    let mut items = Vec::new();
    if made.has(1) {
        for (index, item) in made.input.iter().enumerate() {
            items.extend(evaluator.eval(made.expr(1)?, made.scope.of_item(item, index))?);
        }
    } else {
        items = made.input.to_vec();
    }
    evaluator.spend(items.len())?;
    evaluator.context.trace(Trace {
        name: name.as_deref().unwrap_or("").to_owned(),
        items,
    });
    Ok(made.input.to_vec())
}
