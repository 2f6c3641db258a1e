//! `history` of an instance (<https://hl7.org/fhir/R4/http.html#history>).

use super::read::one;
use crate::answer::Answer;
use crate::bundle::Bundle;
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::look::Look;
use axum::http::StatusCode;
use kilde_fhir::definitions::ResourceType;

/// `GET [base]/[type]/[id]/_history`, newest first, `_count` (default 100, at most 1000).
pub fn instance(visit: &Visit, asked: &Asked, rtype: ResourceType, id: &str) -> Left {
    let count = crate::query::value(&asked.query, "_count")
        .and_then(|c| c.parse::<usize>().ok())
        .unwrap_or(100)
        .min(1000);
    let look = match Look::take(&mut crate::query::pairs(&asked.query).unwrap_or_default()) {
        Ok(look) => look,
        Err(finding) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[finding])),
    };
    one(visit, rtype, id, |permit| {
        let versions = visit.place.index.history(&permit.scope, rtype, id, count, None)?;
        if versions.is_empty() {
            return Ok(Answer::not_found());
        }
        let mut bundle = Bundle::new("history", visit.server.fhir_base(&visit.place), look);
        for version in versions {
            bundle.history_entry(&permit.scope, version);
        }
        let (body, seen, withheld) = bundle.finish(None);
        let mut answer = Answer::fhir(StatusCode::OK, body).seen(seen);
        answer.withheld = withheld;
        Ok(answer)
    })
}
