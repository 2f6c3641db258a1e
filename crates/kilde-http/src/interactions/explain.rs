//! `_explain=true`: how a search is answered, in place of what it finds (docs/fhir/search.md).

use crate::answer::Answer;
use crate::entrance::{Permitted, Visit};
use axum::http::StatusCode;
use kilde_fhir::finding::Finding;
use kilde_index::search::{Condition, Decider, Explanation, Length, OfType, Way};
use kilde_index::{Search, SearchError};
use serde_json::{Value, json};
use std::time::Instant;

/// Takes the parameter out of the list: whether it is asked for.
///
/// # Errors
/// A value that is neither `true` nor `false`.
pub fn take(params: &mut Vec<(String, String)>) -> Result<bool, Finding> {
    let (mut explain, mut wrong) = (false, false);
    params.retain(|(name, value)| {
        if name == "_explain" {
            explain |= value == "true";
            wrong |= !matches!(value.as_str(), "true" | "false");
        }
        name != "_explain"
    });
    if wrong {
        return Err(Finding::error(
            "value",
            "search-value-invalid",
            "http._explain",
            "«_explain»: ventet «true» eller «false».",
            "'_explain': expected 'true' or 'false'.",
        ));
    }
    Ok(explain)
}

/// The plan as Parameters, for those who may see everything.
pub fn answer(visit: &Visit, permitted: &Permitted, search: &Search) -> Answer {
    let begun = Instant::now();
    match visit.place.index.explain_at(permitted.scope(), search, visit.now_ms) {
        Ok(explanation) => Answer::fhir(
            StatusCode::OK,
            parameters(&explanation, begun.elapsed().as_secs_f64() * 1000.0).to_string(),
        ),
        Err(SearchError::Index(cause)) => Answer::fault(&cause),
        Err(error) => match error.finding() {
            Some(finding) if error.is_forbidden() => Answer::outcome(StatusCode::FORBIDDEN, &[finding]),
            Some(finding) => Answer::outcome(StatusCode::BAD_REQUEST, &[finding]),
            None => Answer::fault(&error),
        },
    }
}

fn parameters(explanation: &Explanation, milliseconds: f64) -> Value {
    let limits = &explanation.limits;
    let mut all: Vec<Value> = explanation.types.iter().map(of_type).collect();
    all.push(json!({ "name": "examined", "valueDecimal": explanation.examined }));
    all.push(json!({ "name": "contentsRead", "valueDecimal": explanation.contents }));
    all.push(json!({ "name": "milliseconds", "valueDecimal": (milliseconds * 100.0).round() / 100.0 }));
    all.push(json!({ "name": "bounds", "part": [
        { "name": "examined", "valueDecimal": limits.examined },
        { "name": "contentsRead", "valueDecimal": limits.contents },
        { "name": "included", "valueDecimal": limits.included },
        { "name": "shortList", "valueDecimal": limits.short }
    ] }));
    json!({ "resourceType": "Parameters", "parameter": all })
}

fn of_type(told: &OfType) -> Value {
    let (way, length) = match told.way {
        Way::Short(length) => ("short-list", Some(length)),
        Way::InStep => ("lists-in-step", None),
        Way::InOrder => ("list-in-order", None),
        Way::Updates => ("list-of-updates", None),
        Way::Every => ("every-resource", None),
    };
    let mut parts = vec![
        json!({ "name": "type", "valueCode": told.rtype.name() }),
        json!({ "name": "candidates", "valueCode": way }),
    ];
    parts.extend(length.map(|length| json!({ "name": "list", "valueDecimal": length })));
    parts.push(json!({ "name": "met", "valueDecimal": told.found }));
    parts.extend(told.conditions.iter().map(condition));
    parts.extend(told.order.iter().map(|key| json!({ "name": "order", "valueString": key })));
    json!({ "name": "search", "part": parts })
}

fn condition(told: &Condition) -> Value {
    let decided_by = match told.decided_by {
        Decider::Index => "index",
        Decider::References => "references",
        Decider::Referring => "referring-resources",
        Decider::Content => "content",
    };
    let mut parts = vec![
        json!({ "name": "parameter", "valueString": told.parameter }),
        json!({ "name": "decidedBy", "valueCode": decided_by }),
        json!({ "name": "drives", "valueBoolean": told.drives }),
    ];
    parts.extend(told.list.map(|length| match length {
        Length::Exactly(length) => json!({ "name": "list", "valueDecimal": length }),
        Length::MoreThan(length) => json!({ "name": "listLongerThan", "valueDecimal": length }),
    }));
    json!({ "name": "condition", "part": parts })
}
