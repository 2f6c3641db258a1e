//! The national OKT prototype's API: `/{instance}/okt/v1/okt-events[/{pid}]`, `/okt-status/{pid}`.
//!
//! The paths hold a national id because the prototype's published contract does; no path is logged.

use crate::answer::{Answer, Seen};
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Subject, Visit, enter};
use crate::fhir::Asked;
use crate::interactions::write::submit;
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::{Action, Categories};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json;
use kilde_fhir::national_id::Nin;
use kilde_index::{IndexError, Version};
use kilde_intake::{Kind, okt};
use kilde_log::PersonNo;
use std::sync::Arc;

/// `POST /okt-events`
pub async fn receive(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "okt-events").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let body = match read_body(body, &server.limits).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let asked = Asked {
        method: parts.method,
        headers: parts.headers,
        query: String::new(),
        body,
        delivered: crate::formats::Delivered::Json,
    };
    let left = submit(&visit, asked, Kind::Okt).await;
    visit.leave(left).await
}

/// `GET /okt-events/{pid}`
pub async fn events(State(server): State<Arc<Server>>, Path((instance, pid)): Path<(String, String)>, request: Request) -> Response {
    about(
        server,
        instance,
        pid,
        request,
        "okt-events",
        Action::Read,
        |visit, permitted, subject| {
            let mut seen = Vec::new();
            let mut messages = Vec::new();
            let mut withheld = 0;
            for version in episodes(visit, &permitted, subject.person)? {
                let name = Seen::from(&version);
                let Some((body, taken)) = crate::minimise::body(permitted.scope(), version) else {
                    withheld += 1;
                    continue;
                };
                withheld += taken;
                if let Ok(document) = json::parse(body.to_vec(), json::Limits::default())
                    && let Some(message) = okt::from_episode(document.root())
                {
                    seen.push(name);
                    messages.push(message);
                }
            }
            let pid = subject.nin.as_ref().map_or("", Nin::as_str);
            let mut answer = Answer::json(StatusCode::OK, okt::event_json(pid, &messages)).seen(seen);
            answer.withheld = withheld;
            Ok(Left::permitted(permitted, answer))
        },
    )
    .await
}

/// `GET /okt-status/{pid}`: how many there are.
pub async fn status(State(server): State<Arc<Server>>, Path((instance, pid)): Path<(String, String)>, request: Request) -> Response {
    about(
        server,
        instance,
        pid,
        request,
        "okt-status",
        Action::Exists,
        |visit, permitted, subject| {
            let count = match subject.person {
                Some(person) => {
                    let one = visit.place.index.one_person(permitted.scope(), person, &[])?;
                    one.presence(&[episode_of_care()], Categories::ALL)?.seen
                }
                None => 0,
            };
            Ok(Left::permitted(
                permitted,
                Answer::json(StatusCode::OK, format!("{{\"count\":{count}}}")),
            ))
        },
    )
    .await
}

async fn about(
    server: Arc<Server>,
    instance: String,
    pid: String,
    request: Request,
    interaction: &'static str,
    action: Action,
    work: impl FnOnce(&Visit, Permitted, &Subject) -> Result<Left, IndexError>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, interaction).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let Ok(nin) = Nin::parse(&pid) else {
        return Answer::error(
            StatusCode::BAD_REQUEST,
            "value",
            "no-nin-format",
            "Adressen skal ende på et gyldig fødselsnummer, D-nummer eller FH-nummer.",
            "The address must end with a valid national identity number.",
        )
        .release();
    };
    let left = match visit.subject(nin) {
        Err(cause) => Left::bad(Answer::fault(&cause)),
        Ok(subject) => match visit.decide(action, &subject, Some("okt")) {
            Err(refused) => refused,
            Ok(permitted) => work(&visit, permitted, &subject).unwrap_or_else(|cause| Left::bad(Answer::fault(&cause))),
        },
    };
    visit.leave(left).await
}

fn episode_of_care() -> ResourceType {
    ResourceType::from_name("EpisodeOfCare").unwrap_or(ResourceType(0))
}

/// The decisions on services of a person, under all of her numbers.
fn episodes(visit: &Visit, permitted: &Permitted, person: Option<PersonNo>) -> Result<Vec<Version>, IndexError> {
    let Some(person) = person else { return Ok(Vec::new()) };
    let one = visit.place.index.one_person(permitted.scope(), person, &[])?;
    Ok(one.read(&[episode_of_care()], Categories::ALL)?.0)
}
