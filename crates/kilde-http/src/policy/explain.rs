//! What would be decided for somebody, now, and why. Asking about a person is in her log.

use super::{body_as, limits};
use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Subject, enter};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::Action;
use kilde_access::explain::{About, Ask, NoQuestion, Who, explain as explained};
use kilde_fhir::national_id::Nin;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    who: Who,
    ask: Ask,
    /// National id of the person asked about.
    patient: Option<String>,
}

/// `POST /admin/policy/explain`
pub async fn explain(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "policy-explain").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &limits(&server)).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let asked = body_as::<Body>(&body);
    let nin = match &asked {
        Ok(Body { patient: Some(text), .. }) => Nin::parse(text).map(Some).map_err(|_| ()),
        _ => Ok(None),
    };
    // About whom, before anything is decided: the policies look at it, and the log tells her.
    let subject = match nin {
        Err(()) => return visit.leave(Left::bad(wrong_number())).await,
        Ok(None) => Ok(Subject::default()),
        Ok(Some(nin)) => visit.subject(nin),
    };
    let subject = match subject {
        Ok(subject) => subject,
        Err(cause) => return visit.leave(Left::bad(Answer::fault(&cause))).await,
    };
    let permitted = match visit.decide(Action::PolicyExplain, &subject, None) {
        Err(refused) => return visit.leave(refused).await,
        Ok(permitted) => permitted,
    };
    let answer = match asked {
        Err(answer) => *answer,
        Ok(body) => {
            let about = About {
                person_named: subject.nin.is_some(),
                person: subject.person,
                nin: subject.nin.as_ref(),
            };
            let policy = visit.place.policy.current();
            match explained(&body.who, &body.ask, about, &policy, &*visit.place.index, visit.now_ms) {
                Ok(told) => match serde_json::to_string(&told) {
                    Ok(json) => Answer::json(StatusCode::OK, json),
                    Err(cause) => Answer::fault(&cause),
                },
                Err(NoQuestion::Unknown(what, _)) => Answer::error(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "value",
                    "policy-question",
                    &format!("`{what}` har en ukjent verdi. Se docs/guides/policy.md."),
                    &format!("`{what}` has an unknown value. See docs/guides/policy.md."),
                ),
                Err(cause @ NoQuestion::Unavailable) => Answer::fault(&cause),
            }
        }
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

fn wrong_number() -> Answer {
    Answer::error(
        StatusCode::UNPROCESSABLE_ENTITY,
        "value",
        "national-id",
        "`patient` er ikke et gyldig fødselsnummer, D-nummer eller hjelpenummer.",
        "`patient` is no valid national id.",
    )
}
