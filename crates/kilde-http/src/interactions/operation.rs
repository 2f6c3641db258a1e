//! What the parameters of an operation have in common (<https://hl7.org/fhir/R4/operations.html>): in the query of a GET, in
//! a Parameters resource with a POST, or in a form.

use super::named::national_id_in;
use super::search::{self, no_nin_in_url};
use crate::answer::Answer;
use crate::fhir::{Asked, is_form};
use crate::query;
use axum::http::{Method, StatusCode};
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, Value, parse};

/// Name and value of each parameter of simple type, in order: of the query and of the body.
///
/// # Errors
/// What cannot be read, a national id in the address, a parameter that is no simple value.
pub(super) fn parameters(asked: &Asked) -> Result<Vec<(String, String)>, Box<Answer>> {
    if asked.method != Method::POST || asked.body.is_empty() || is_form(&asked.headers) {
        return search::parameters(asked);
    }
    let undecodable = || Box::new(Answer::outcome(StatusCode::BAD_REQUEST, &[wrong("query")]));
    let mut params = query::pairs(&asked.query).ok_or_else(undecodable)?;
    if params.iter().any(|(_, value)| national_id_in(value)) {
        return Err(Box::new(no_nin_in_url()));
    }
    let refused = |finding: Finding| Box::new(Answer::outcome(StatusCode::BAD_REQUEST, &[finding]));
    let document = parse(asked.body.as_slice(), Limits::default()).map_err(|e| refused(e.finding()))?;
    let root = document.root();
    if root.str("resourceType").as_deref() != Some("Parameters") {
        return Err(refused(wrong("resourceType")));
    }
    for parameter in root.items("parameter") {
        let name = parameter.str("name").unwrap_or_default().into_owned();
        match value(parameter) {
            Some(value) if !name.is_empty() => params.push((name, value)),
            _ => return Err(refused(wrong("parameter"))),
        }
    }
    Ok(params)
}

/// The simple value of a parameter; a Reference's is what it refers to.
fn value(parameter: Value<'_>) -> Option<String> {
    let value = parameter
        .children()
        .find(|child| child.key().is_some_and(|key| key.starts_with("value")))?;
    if value.is_object() {
        return value.str("reference").map(|r| r.into_owned());
    }
    Some(match value.as_str() {
        Some(text) => text.into_owned(),
        None => value.raw().to_owned(),
    })
}

fn wrong(what: &str) -> Finding {
    Finding::error(
        "invalid",
        "operation-parameters",
        "Parameters",
        format!("Parametrene kan ikke leses ({what}). Send dem i adressen, eller som en Parameters-ressurs med name og en enkel value[x]."),
        format!(
            "The parameters cannot be read ({what}). Send them in the address, or as a Parameters resource with name and a simple value[x]."
        ),
    )
}
