//! Children, descendants and types.

use super::Made;
use crate::fhirpath::evaluate::{Evaluator, Items, Outcome, one, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::operators::{is, of_type};
use crate::fhirpath::system::System;
use crate::fhirpath::types;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    match made.id() {
        Id::Children => children(evaluator, made.input),
        Id::Descendants => descendants(evaluator, made.input),
        Id::Is => is(made.input, made.wanted_type()?),
        Id::As => evaluator.convert_as(made.input, made.wanted_type()?),
        Id::OfType => of_type(made.input, made.wanted_type()?),
        _ => {
            let info = |item: &Item<'a>| one(System::Type(Box::new(types::info(item))));
            Ok(single(made.input)?.map(info).unwrap_or_default())
        }
    }
}

fn children<'a>(evaluator: &mut Evaluator<'_, 'a>, items: &[Item<'a>]) -> Outcome<'a> {
    let mut found: Items<'a> = Vec::new();
    for node in items.iter().filter_map(Item::node) {
        let before = found.len();
        let looked_at = node.children(&mut found);
        evaluator.spend(1 + looked_at / 8 + found.len() - before)?;
    }
    Ok(found)
}

/// Level by level: a tree has no loops, so nothing is met twice.
fn descendants<'a>(evaluator: &mut Evaluator<'_, 'a>, items: &[Item<'a>]) -> Outcome<'a> {
    let mut found = children(evaluator, items)?;
    let mut at = 0;
    while at < found.len() {
        let level = children(evaluator, found.get(at..).unwrap_or_default())?;
        at = found.len();
        found.extend(level);
    }
    Ok(found)
}
