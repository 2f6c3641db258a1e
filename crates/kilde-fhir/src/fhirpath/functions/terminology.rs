//! `memberOf`, `subsumes`, `subsumedBy`: asked of the context's terminology.

use super::Made;
use crate::fhirpath::context::Coded;
use crate::fhirpath::error::{ErrorKind, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, boolean_item, single};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::types::FhirType;
use crate::json::Value;
use std::borrow::Cow;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let Some(item) = single(made.input)? else { return Ok(Vec::new()) };
    let codes = codes(item);
    let terminology = evaluator.context.terminology;
    let answer = if made.id() == Id::MemberOf {
        let Some(value_set) = made.text(evaluator, 0)? else {
            return Ok(Vec::new());
        };
        terminology.and_then(|t| t.member_of(&codes, &value_set))
    } else {
        let other = made.argument(evaluator, 0)?;
        let Some(other) = single(&other)? else { return Ok(Vec::new()) };
        let others = self::codes(other);
        let (above, below) = match made.id() {
            Id::Subsumes => (&codes, &others),
            _ => (&others, &codes),
        };
        let pairs = above.iter().flat_map(|a| below.iter().map(move |b| (a, b)));
        let answers: Option<Vec<bool>> = terminology.and_then(|t| pairs.map(|(a, b)| t.subsumes(a, b)).collect());
        answers.map(|all| all.contains(&true))
    };
    match answer {
        Some(answer) => Ok(boolean_item(answer)),
        None if codes.is_empty() => Err(fault(ErrorKind::Type, "expected a code, a Coding or a CodeableConcept")),
        None => {
            evaluator
                .context
                .note(format!("{}() could not be answered", made.call.function.name));
            Ok(Vec::new())
        }
    }
}

/// The codes of a code, Coding, CodeableConcept or Quantity; of any other text its text.
fn codes<'a>(item: &Item<'a>) -> Vec<Coded<'a>> {
    if let Some(text) = item.text() {
        return vec![Coded {
            system: None,
            version: None,
            code: Cow::Owned(text.to_string()),
        }];
    }
    let coding = |value: Value<'a>| {
        Some(Coded {
            system: value.str("system"),
            version: value.str("version"),
            code: value.str("code")?,
        })
    };
    let Some((value, FhirType::Complex(def))) = item.node().and_then(|n| Some((n.value()?, n.fhir_type()))) else {
        return Vec::new();
    };
    match def.name() {
        "CodeableConcept" => value.items("coding").filter_map(coding).collect(),
        _ => coding(value).into_iter().collect(),
    }
}
