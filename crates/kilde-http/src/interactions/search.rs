//! `search-type`, `search-system` and search in a compartment, by GET and POST (<https://hl7.org/fhir/R4/search.html>).

use super::closed;
use super::explain;
use super::named::{Named, named_persons, national_id_in};
use crate::answer::Answer;
use crate::bundle::Bundle;
use crate::entrance::{Left, Permitted, Subject, Visit};
use crate::fhir::Asked;
use crate::look::Look;
use crate::prefer::prefer;
use crate::query;
use axum::http::{Method, StatusCode, header};
use kilde_access::Action;
use kilde_fhir::finding::{Finding, Severity, operation_outcome};
use kilde_index::{Limits, Over, Search, SearchError};

/// `GET [base]/[type]?...`, `GET [base]?...` and `GET [base]/[focus]/[id]/[type]?...`, each also as `POST .../_search`.
pub fn search(visit: &Visit, asked: &Asked, over: Over) -> Left {
    if national_id_in(&over.path()) {
        return Left::bad(no_nin_in_url());
    }
    match parameters(asked) {
        Ok(params) => search_for(visit, asked, over, params),
        Err(answer) => Left::bad(*answer),
    }
}

/// The same with parameters that have been read.
pub(super) fn search_for(visit: &Visit, asked: &Asked, over: Over, mut params: Vec<(String, String)>) -> Left {
    let path = over.path();
    let names: Vec<String> = params.iter().map(|(name, _)| name.clone()).collect();
    let look = match Look::take(&mut params) {
        Ok(look) => look,
        Err(finding) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[finding])),
    };
    let explain = match explain::take(&mut params) {
        Ok(explain) => explain,
        Err(finding) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[finding])),
    };
    let (search, ignored) = match Search::parse_over(over, &params, prefer(&asked.headers).lenient, Limits::default()) {
        Ok(parsed) => parsed,
        Err(findings) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &findings)),
    };
    let permitted = match permit(visit, search.over(), &params) {
        Ok(permitted) => permitted,
        Err(left) => return left.parameters(&names),
    };
    if explain {
        let answer = explain::answer(visit, &permitted, &search);
        return Left::permitted(permitted, answer).parameters(&names);
    }
    if let Some(answer) = super::everything::absent(visit, &permitted, search.over()) {
        return Left::permitted(permitted, answer).parameters(&names);
    }
    let closed = match visit.place.index.closed(permitted.scope()) {
        Ok(closed) => closed,
        Err(cause) => return Left::permitted(permitted, Answer::fault(&cause)).parameters(&names),
    };
    let answer = match visit.place.index.search_at(permitted.scope(), &search, visit.now_ms) {
        Ok(page) => {
            let base = visit.server.fhir_base(&visit.place);
            let here = if path.is_empty() { base.clone() } else { format!("{base}/{path}") };
            let looks = look.link();
            let mut bundle = Bundle::new("searchset", base.clone(), look);
            // The link repeats what was asked unless that may hold a national id.
            if !page.params.iter().any(|(_, value)| national_id_in(value)) {
                let text: Vec<String> = page
                    .params
                    .iter()
                    .map(|(n, v)| format!("{}={}", query::encode(n), query::encode(v)))
                    .collect();
                bundle.link("self", &format!("{here}?{}{looks}", text.join("&")));
            } else {
                bundle.link("self", &here);
            }
            if let Some(cursor) = &page.next {
                bundle.link("next", &format!("{here}?_cursor={}{looks}", query::encode(cursor)));
            }
            for version in page.matches {
                bundle.match_entry(permitted.scope(), version);
            }
            for version in page.included {
                bundle.include_entry(permitted.scope(), version);
            }
            let mut told: Vec<Finding> = ignored.into_iter().map(|f| f.severity(Severity::Warning)).collect();
            let only_count = page.params.iter().any(|(name, value)| name == "_summary" && value == "count");
            told.extend(closed::finding(closed).filter(|_| !only_count));
            if !told.is_empty() {
                bundle.outcome_entry(&operation_outcome(&told));
            }
            closed::told(bundle.finish(page.total), closed)
        }
        Err(SearchError::Index(cause)) => Answer::fault(&cause),
        Err(error) => match error.finding() {
            Some(finding) => Answer::outcome(StatusCode::BAD_REQUEST, &[finding]),
            None => Answer::fault(&error),
        },
    };
    Left::permitted(permitted, answer).parameters(&names)
}

/// Parameters of URL and form together.
pub(super) fn parameters(asked: &Asked) -> Result<Vec<(String, String)>, Box<Answer>> {
    let undecodable = || {
        Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "value",
            "query-encoding",
            "Søkeparametrene er ikke gyldig prosentkodet UTF-8.",
            "The search parameters are not valid percent-encoded UTF-8.",
        ))
    };
    let mut params = query::pairs(&asked.query).ok_or_else(undecodable)?;
    if params.iter().any(|(_, value)| national_id_in(value)) {
        return Err(Box::new(no_nin_in_url()));
    }
    if asked.method == Method::POST {
        let form = asked.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !asked.body.is_empty() && form.split(';').next().unwrap_or("").trim() != "application/x-www-form-urlencoded" {
            return Err(Box::new(Answer::error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-supported",
                "content-type",
                "Et søk med POST har innhold av typen application/x-www-form-urlencoded.",
                "A search by POST has content of type application/x-www-form-urlencoded.",
            )));
        }
        let text = std::str::from_utf8(&asked.body).map_err(|_| undecodable())?;
        params.extend(query::pairs(text).ok_or_else(undecodable)?);
    }
    Ok(params)
}

pub(super) fn no_nin_in_url() -> Answer {
    Answer::error(
        StatusCode::BAD_REQUEST,
        "security",
        "no-nin-in-url",
        "Fødselsnummer skal ikke stå i en adresse. Søk med POST [type]/_search og parametrene i innholdet.",
        "National ids must not stand in a URL. Search with POST [type]/_search and the parameters in the body.",
    )
}

/// The permit: about every person the search names, else about the token's own subject.
#[allow(clippy::result_large_err)]
fn permit(visit: &Visit, over: &Over, params: &[(String, String)]) -> Result<Permitted, Left> {
    let fault = |cause: kilde_log::LogError| Left::bad(Answer::fault(&cause));
    let mut last = None;
    for named in named_persons(over, params) {
        let subject: Subject = match named {
            Named::Nin(nin) => visit.subject(nin),
            Named::Patient(id) => visit.subject_of_patient(&id),
        }
        .map_err(fault)?;
        last = Some(visit.decide(Action::Search, &subject, None)?);
    }
    match last {
        Some(permitted) => Ok(permitted),
        None => visit.decide(Action::Search, visit.own(), None),
    }
}
