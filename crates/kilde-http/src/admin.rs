//! The municipality's own administration: `/{instance}/admin/...`. Findings and numbers, no content.

use crate::answer::{Answer, Seen};
use crate::body::read_body;
use crate::entrance::{Left, Subject, Visit, enter};
use crate::interactions::write::rejection;
use crate::query;
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::{AccessScope, Action};
use kilde_intake::ReplayError;
use serde_json::json;
use std::sync::Arc;

/// `GET /admin/quarantine?before=&limit=`: what could not be accepted, newest first, with its findings.
pub async fn quarantine(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "quarantine").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let text = parts.uri.query().unwrap_or("");
    let before = query::value(text, "before").and_then(|b| b.parse().ok());
    let limit = query::value(text, "limit")
        .and_then(|l| l.parse().ok())
        .unwrap_or(100)
        .clamp(1, 1000);
    let left = decide(&visit, |_| match visit.place.intake.quarantine_list(before, limit) {
        Ok(items) => Answer::json(StatusCode::OK, json!({ "items": items }).to_string()),
        Err(cause) => Answer::fault(&cause),
    });
    visit.leave(left).await
}

/// `POST /admin/quarantine/{no}/replay`: tries again. As it is: for whoever oversees the quarantine. With
/// a mended body: only for the source that delivered it, since nobody else may say it in its name.
pub async fn replay(State(server): State<Arc<Server>>, Path((instance, no)): Path<(String, u64)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "quarantine-replay").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let mended = (!body.is_empty()).then_some(body);
    let action = if mended.is_some() { Action::Write } else { Action::Quarantine };
    let permitted = match visit.decide(action, &Subject::default(), None) {
        Err(refused) => return visit.leave(refused).await,
        Ok(permitted) => permitted,
    };
    let scope = if mended.is_some() {
        Ok(permitted.scope().clone())
    } else {
        as_delivered(&visit, no)
    };
    let answer = match scope {
        Err(answer) => *answer,
        Ok(scope) => {
            let (intake, now) = (visit.place.intake.clone(), visit.now_ms);
            let replayed = tokio::task::spawn_blocking(move || intake.quarantine_replay(no, Arc::new(scope), mended, now)).await;
            match replayed {
                Err(cause) => Answer::fault(&cause),
                Ok(Ok(accepted)) => {
                    let json = json!({ "event": accepted.event.0, "repeated": accepted.repeated }).to_string();
                    let seen = accepted.entries.into_iter().map(Seen::from).collect();
                    Answer::json(StatusCode::OK, json).seen(seen)
                }
                Ok(Err(ReplayError::Rejected(rejected))) => rejection(&rejected),
                Ok(Err(ReplayError::Log(cause))) => Answer::fault(&cause),
                Ok(Err(_)) => not_open(),
            }
        }
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

/// A scope that writes for the source that delivered the item, and reads nothing.
fn as_delivered(visit: &Visit, no: u64) -> Result<AccessScope, Box<Answer>> {
    match visit.place.intake.quarantine_source(no) {
        Ok(Some((organisation, client))) => Ok(AccessScope::import(visit.place.instance, &organisation, &client)),
        Ok(None) => Err(Box::new(not_open())),
        Err(cause) => Err(Box::new(Answer::fault(&cause))),
    }
}

fn not_open() -> Answer {
    Answer::error(
        StatusCode::NOT_FOUND,
        "not-found",
        "quarantine-not-open",
        "Det er ingen åpen melding med dette nummeret i karantenen som du kan spille av igjen.",
        "There is no open message with that number in the quarantine that you may replay.",
    )
}

fn decide(visit: &Visit, work: impl FnOnce(&Visit) -> Answer) -> Left {
    match visit.decide(Action::Quarantine, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let answer = work(visit);
            Left::permitted(permitted, answer)
        }
    }
}
