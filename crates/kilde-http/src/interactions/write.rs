//! `create`, `update`, transaction and batch, `$process-message`
//! (<https://hl7.org/fhir/R4/http.html#create>): to intake, and its answer back.

use super::bundle::Shown;
use crate::answer::{Answer, Seen, http_date, version_of};
use crate::entrance::{Left, Permitted, Visit};
use crate::fhir::Asked;
use crate::prefer::{Returns, prefer};
use axum::http::{HeaderMap, StatusCode, header};
use kilde_access::Action;
use kilde_access::smart::Permissions;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::operation_outcome;
use kilde_intake::{Accepted, Kind, Rejected, Submission};
use std::sync::Arc;

/// `POST [base]/[type]`
pub async fn create(visit: &Visit, asked: Asked, rtype: ResourceType) -> Left {
    // A query would be taken for a condition, and pass for met.
    if !chosen(&asked.query).is_empty() {
        return Left::bad(Answer::error(
            StatusCode::BAD_REQUEST,
            "not-supported",
            "create-query",
            "POST på en type tar ingen spørring. En betingelse skal stå i If-None-Exist, og et søk sendes til _search.",
            "POST to a type takes no query. A condition belongs in If-None-Exist, and a search goes to _search.",
        ));
    }
    let if_none_exist = text(&asked.headers, "if-none-exist");
    submit(visit, asked, Kind::Create { rtype, if_none_exist }).await
}

/// `PUT [base]/[type]/[id]`
pub async fn update(visit: &Visit, asked: Asked, rtype: ResourceType, id: String) -> Left {
    match if_match(&asked.headers) {
        Ok(if_match) => {
            let kind = Kind::Update {
                rtype,
                id,
                if_match,
                if_none_match: if_nothing(&asked.headers),
            };
            submit(visit, asked, kind).await
        }
        Err(answer) => Left::bad(*answer),
    }
}

/// `PUT [base]/[type]?query`: the one match is updated, none makes a new one, several are refused.
pub async fn conditional_update(visit: &Visit, asked: Asked, rtype: ResourceType) -> Left {
    match (condition(&asked), if_match(&asked.headers)) {
        (Ok(query), Ok(if_match)) => {
            let kind = Kind::ConditionalUpdate {
                rtype,
                query,
                if_match,
                if_none_match: if_nothing(&asked.headers),
            };
            submit(visit, asked, kind).await
        }
        (Err(answer), _) | (_, Err(answer)) => Left::bad(*answer),
    }
}

/// `DELETE [base]/[type]?query`: the one match is deleted, several are refused.
pub async fn conditional_delete(visit: &Visit, asked: Asked, rtype: ResourceType) -> Left {
    match (condition(&asked), if_match(&asked.headers)) {
        (Ok(query), Ok(if_match)) => submit(visit, asked, Kind::ConditionalDelete { rtype, query, if_match }).await,
        (Err(answer), _) | (_, Err(answer)) => Left::bad(*answer),
    }
}

/// The query of a conditional interaction, without what is about the answer.
pub(super) fn condition(asked: &Asked) -> Result<String, Box<Answer>> {
    let named = crate::query::pairs(&asked.query).unwrap_or_default();
    if named.iter().any(|(_, value)| super::named::national_id_in(value)) {
        return Err(Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "security",
            "no-nin-in-url",
            "Fødselsnummer skal ikke stå i en adresse. Send endringen i en transaksjon, med spørringen i request.url.",
            "National ids must not stand in a URL. Send the change in a transaction, with the query in request.url.",
        )));
    }
    Ok(chosen(&asked.query))
}

/// What of a query chooses resources: all but what is about the answer.
fn chosen(query: &str) -> String {
    let about_the_answer = |part: &&str| matches!(part.split('=').next(), Some("_format" | "_pretty" | "_summary" | "_elements"));
    let chosen: Vec<&str> = query.split('&').filter(|part| !about_the_answer(part)).collect();
    chosen.join("&")
}

/// `DELETE [base]/[type]/[id]`
pub async fn delete(visit: &Visit, asked: Asked, rtype: ResourceType, id: String) -> Left {
    match if_match(&asked.headers) {
        Ok(if_match) => submit(visit, asked, Kind::Delete { rtype, id, if_match }).await,
        Err(answer) => Left::bad(*answer),
    }
}

/// Whether `If-None-Match: *` asks that there is nothing yet.
fn if_nothing(headers: &HeaderMap) -> bool {
    text(headers, header::IF_NONE_MATCH.as_str()).is_some_and(|v| v.trim() == "*")
}

/// The version that `If-Match` names, if there is one.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Box<Answer>> {
    let Some(tag) = text(headers, header::IF_MATCH.as_str()) else {
        return Ok(None);
    };
    version_of(&tag).map(Some).ok_or_else(|| {
        Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "value",
            "if-match",
            "If-Match skal være en versjon som W/\"3\".",
            "If-Match must be a version such as W/\"3\".",
        ))
    })
}

/// `POST [base]/$process-message`
pub async fn process_message(visit: &Visit, asked: Asked) -> Left {
    submit(visit, asked, Kind::ProcessMessage).await
}

/// Decides about writing and hands the body to intake.
pub async fn submit(visit: &Visit, asked: Asked, kind: Kind) -> Left {
    let permitted = match visit.decide(Action::Write, visit.own(), None) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let okt = kind == Kind::Okt;
    let wish = prefer(&asked.headers);
    let bundle = kind == Kind::Bundle && wish.said;
    // A patch is answered with more than was sent, which is to read.
    let unread = matches!(&kind, Kind::Patch { rtype, .. } if !permitted.scope().leaves(rtype.name(), Permissions::READ));
    let returns = if unread { Returns::Minimal } else { wish.returns };
    let mut submission = Submission::new(Arc::new(permitted.scope().clone()), kind, asked.body, visit.now_ms);
    submission.notation = asked.delivered.notation();
    submission.message_id = text(&asked.headers, "kilde-message-id");
    submission.base_url = Some(visit.server.fhir_base(&visit.place));
    match visit.place.intake.submit(submission).await {
        Ok(mut accepted) => {
            let mut shown = None;
            match returns {
                Returns::Representation if bundle => shown = super::bundle::represented(visit, permitted.scope(), &accepted.body),
                Returns::OperationOutcome if bundle => {
                    if let Some(body) = super::bundle::with_outcomes(&accepted.body) {
                        accepted.body = body.into_bytes();
                    }
                }
                // What a conditional create met is told as what it would have made.
                Returns::Representation if accepted.body.is_empty() && accepted.status == 200 => {
                    let met = accepted.location.as_deref();
                    shown = met.and_then(|at| super::bundle::resource(visit, permitted.scope(), at));
                }
                _ => {}
            }
            let mut left = done(visit, permitted, accepted, returns, shown.unwrap_or_default());
            if okt {
                left.content_type("application/json; charset=utf-8");
            }
            left
        }
        Err(rejected) => Left::permitted(permitted, rejection(&rejected)),
    }
}

fn done(visit: &Visit, permitted: Permitted, mut accepted: Accepted, returns: Returns, shown: Shown) -> Left {
    if !shown.text.is_empty() {
        accepted.body = shown.text.into_bytes();
    }
    let status = StatusCode::from_u16(accepted.status).unwrap_or(StatusCode::OK);
    let mut answer = match returns {
        _ if accepted.body.is_empty() => Answer::fhir(status, ""),
        Returns::Minimal if accepted.location.is_some() => Answer::fhir(status, ""),
        Returns::OperationOutcome if accepted.location.is_some() => Answer::fhir(status, operation_outcome(&accepted.findings)),
        _ => Answer::fhir(status, accepted.body),
    };
    if let Some(location) = &accepted.location {
        answer = answer.header(header::LOCATION, format!("{}/{location}", visit.server.fhir_base(&visit.place)));
    }
    if let Some(etag) = &accepted.etag {
        answer = answer
            .header(header::ETAG, etag)
            .header(header::LAST_MODIFIED, http_date(accepted.last_modified_ms));
    }
    answer = answer.header(header::HeaderName::from_static("kilde-event"), accepted.event.0.to_string());
    if accepted.repeated {
        answer = answer.header(header::HeaderName::from_static("kilde-repeated"), "true");
    }
    answer.withheld = shown.withheld;
    let mut seen: Vec<_> = accepted.entries.into_iter().map(Seen::from).collect();
    let mut persons = accepted.persons;
    for one in shown.seen {
        persons.extend(Some(one.person).filter(|p| p.is_some()));
        if !seen
            .iter()
            .any(|s| (s.rtype, &s.id, s.version) == (one.rtype, &one.id, one.version))
        {
            seen.push(one);
        }
    }
    persons.sort_unstable();
    persons.dedup();
    Left::permitted(permitted, answer.seen(seen)).about(&persons)
}

/// Findings with the number under which the message is kept.
pub fn rejection(rejected: &Rejected) -> Answer {
    let status = StatusCode::from_u16(rejected.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let mut answer = Answer::outcome(status, &rejected.findings);
    if let Some(number) = rejected.quarantine {
        answer = answer.header(header::HeaderName::from_static("kilde-quarantine"), number.to_string());
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        answer = answer.header(header::RETRY_AFTER, "1");
    }
    answer
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}
