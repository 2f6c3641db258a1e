//! Legal holds: `/{instance}/admin/holds`. The controller sets, lists and lifts them; what is held is destroyed by nothing. Described in
//! `docs/guides/retention.md`.

use crate::answer::{Answer, etag};
use crate::destructions::{permitted, wanted};
use crate::entrance::{Left, Visit};
use crate::innbygger::own::declared;
use crate::server::Server;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{delete, get};
use kilde_access::hold::Hold;
use kilde_access::{Declaration, Relations};
use kilde_index::OwnDeclaration;
use kilde_intake::destroy::Target;
use kilde_intake::{Declare, Which, Whose};
use kilde_log::PersonNo;
use serde_json::{Value, json};
use std::sync::Arc;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/admin/holds", get(list).post(set))
        .route("/{instance}/admin/holds/{id}", delete(lift))
}

/// `GET /admin/holds`: all that are not lifted, without whom they are about, unless an element says so.
async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, permitted, _) = match permitted(&server, &instance, request, "hold-list").await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let all = visit.place.index.declared();
    let mut holds: Vec<(PersonNo, &str, &Hold)> = all.iter().flat_map(|declared| declared.every_hold()).collect();
    holds.sort_by_key(|(_, id, _)| *id);
    let mut persons: Vec<PersonNo> = holds.iter().map(|(person, ..)| *person).collect();
    persons.sort_unstable();
    persons.dedup();
    let told: Vec<Value> = holds.iter().map(|(_, id, hold)| told(id, hold)).collect();
    let answer = Answer::json(StatusCode::OK, json!({ "holds": told }).to_string());
    let left = Left::permitted(permitted, answer).about(&persons);
    visit.leave(left).await
}

fn told(id: &str, hold: &Hold) -> Value {
    json!({ "id": id, "element": hold.element, "reason": hold.reason })
}

/// `POST /admin/holds` with `{"element": ...}` or `{"person": ...}` as for destructions, and the reason in `Kilde-Reason`.
async fn set(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, permitted, body) = match permitted(&server, &instance, request, "hold-set").await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let left = match held(&visit, &body) {
        Err(answer) => Left::permitted(permitted, *answer),
        Ok(None) => Left::permitted(permitted, Answer::not_found()),
        Ok(Some((person, hold))) => {
            let said = hold.clone();
            match declare(&visit, person, None, Some(Declaration::Hold(hold))).await {
                Err(answer) => Left::permitted(permitted, *answer),
                Ok(made) => {
                    let location = format!("{}/{}/admin/holds/{}", visit.server.public_url, instance, made.id);
                    let answer = Answer::json(StatusCode::CREATED, told(&made.id, &said).to_string());
                    let answer = answer.header(header::LOCATION, location).header(header::ETAG, etag(made.version));
                    Left::permitted(permitted, answer).about(&[person])
                }
            }
        }
    };
    visit.leave(left).await
}

/// Writes a hold: a new one, or the one of that id, which is lifted where nothing is declared.
async fn declare(
    visit: &Visit,
    person: PersonNo,
    id: Option<String>,
    declaration: Option<Declaration>,
) -> Result<OwnDeclaration, Box<Answer>> {
    let (intake, client, now_ms) = (visit.place.intake.clone(), visit.identity.client.clone(), visit.now_ms);
    declared(move || {
        intake.declare(Declare {
            whose: Whose::Person(person),
            which: id.as_deref().map_or(Which::New, |id| Which::There(id, None)),
            declaration,
            client: &client,
            original: Vec::new(),
            now_ms,
            most: usize::MAX,
        })
    })
    .await
}

/// On whom, and what it says; `None` if there is nobody or nothing of that name.
fn held(visit: &Visit, body: &[u8]) -> Result<Option<(PersonNo, Hold)>, Box<Answer>> {
    let reason = visit.reason.clone().unwrap_or_default();
    let fault = |cause: &dyn std::fmt::Display| Box::new(Answer::fault(cause));
    Ok(match wanted(visit, body)? {
        None => None,
        Some(Target::Person(person)) => {
            let gone = visit.place.log.destroyed(person).map_err(|cause| fault(&cause))?;
            (!gone).then_some((person, Hold { element: None, reason }))
        }
        Some(Target::Element(rtype, id)) => {
            let found = visit.place.index.standing(rtype, &id).map_err(|cause| fault(&cause))?;
            let element = Some(format!("{}/{id}", rtype.name()));
            found
                .filter(|(person, ..)| person.is_some())
                .map(|(person, ..)| (person, Hold { element, reason }))
        }
    })
}

/// `DELETE /admin/holds/{id}`
async fn lift(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let (visit, permitted, _) = match permitted(&server, &instance, request, "hold-lift").await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let all = visit.place.index.declared();
    let person = all
        .iter()
        .flat_map(|declared| declared.every_hold())
        .find(|(_, known, _)| *known == id);
    let left = match person.map(|(person, ..)| person) {
        None => Left::permitted(permitted, Answer::not_found()),
        Some(person) => match declare(&visit, person, Some(id), None).await {
            Err(answer) => Left::permitted(permitted, *answer),
            Ok(_) => Left::permitted(permitted, Answer::json(StatusCode::NO_CONTENT, "")).about(&[person]),
        },
    };
    visit.leave(left).await
}
