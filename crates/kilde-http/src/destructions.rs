//! Destroying content for good, by the controller's decision: `POST /{instance}/admin/destructions`. Described in `docs/guides/retention.md`.

use crate::answer::{Answer, Seen};
use crate::body::read_body;
use crate::entrance::{Left, Permitted, Subject, Visit, enter};
use crate::innbygger::form;
use crate::server::Server;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use kilde_access::Action;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::Nin;
use kilde_intake::destroy::{Destroy, DestroyError, Destroyed, Target};
use serde_json::{Value, json};
use std::sync::Arc;

/// The route.
pub fn routes() -> Router<Arc<Server>> {
    Router::new().route("/{instance}/admin/destructions", post(destroy))
}

/// `POST /admin/destructions` with `{"element": "Observation/id"}` or `{"person": "<national number>"}` or `{"person": "Patient/id"}`, and the
/// reason in the header `Kilde-Reason`.
async fn destroy(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (visit, permitted, body) = match permitted(&server, &instance, request, "destroy").await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let left = match wanted(&visit, &body) {
        Err(answer) => Left::permitted(permitted, *answer),
        Ok(None) => Left::permitted(permitted, Answer::not_found()),
        Ok(Some(target)) => destroyed(&visit, permitted, target).await,
    };
    visit.leave(left).await
}

/// Who may decide what is destroyed and what is kept, with what she sent; otherwise the answer.
pub(crate) async fn permitted(
    server: &Arc<Server>,
    instance: &str,
    request: Request,
    interaction: &'static str,
) -> Result<(Visit, Permitted, Vec<u8>), Response> {
    let (parts, body) = request.into_parts();
    let visit = enter(server, instance, &parts, interaction).await?;
    let body = read_body(body, &server.limits).await.map_err(Answer::release)?;
    match visit.decide(Action::Destroy, &Subject::default(), None) {
        Err(refused) => Err(visit.leave(refused).await),
        Ok(permitted) => Ok((visit, permitted, body)),
    }
}

/// What the body names; `None` if that is nothing here. The reason must be there.
pub(crate) fn wanted(visit: &Visit, body: &[u8]) -> Result<Option<Target>, Box<Answer>> {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut findings = Vec::new();
    form::known(&body, &["element", "person"], &mut findings);
    if visit.reason.is_none() {
        findings.push(Finding::error(
            "required",
            "destruction-reason",
            "",
            "Begrunnelsen skal stå i headeren Kilde-Reason. Den kommer i tilgangsloggen.",
            "The reason must be in the header Kilde-Reason. It goes into the access log.",
        ));
    }
    let element = body["element"].as_str().and_then(|text| text.split_once('/'));
    let element = element.and_then(|(rtype, id)| Some((ResourceType::from_name(rtype)?, id.to_owned())));
    let name = body["person"].as_str().and_then(|text| match text.split_once('/') {
        Some(("Patient", id)) if !id.is_empty() => Some(format!("Patient/{id}")),
        Some(_) => None,
        None => Nin::parse(text).ok().map(|nin| format!("nin|{}", nin.as_str())),
    });
    let one = match (&body["element"], &body["person"], element, name) {
        (_, Value::Null, Some((rtype, id)), _) => Some(Ok(Target::Element(rtype, id))),
        (Value::Null, _, _, Some(name)) => Some(Err(name)),
        _ => None,
    };
    let Some(one) = one.filter(|_| findings.is_empty()) else {
        if findings.is_empty() {
            findings.push(form::wrong(
                "element",
                "destruction-target",
                "enten element (Observation/id) eller person (fødselsnummer, D-nummer eller Patient/id)",
                "either element (Observation/id) or person (national number or Patient/id)",
            ));
        }
        return Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings)));
    };
    match one {
        Ok(element) => Ok(Some(element)),
        Err(name) => {
            let person = visit.place.log.person(&name).map_err(|cause| Box::new(Answer::fault(&cause)))?;
            Ok(person.map(Target::Person))
        }
    }
}

async fn destroyed(visit: &Visit, permitted: Permitted, target: Target) -> Left {
    let (intake, client, now_ms) = (visit.place.intake.clone(), visit.identity.client.clone(), visit.now_ms);
    let work = move || {
        intake.destroy(&Destroy {
            targets: vec![target],
            client: &client,
            now_ms,
        })
    };
    match tokio::task::spawn_blocking(work).await {
        Err(cause) => Left::permitted(permitted, Answer::fault(&cause)),
        Ok(Ok(done)) => Left::permitted(permitted, told(&done)).about(&done.persons),
        Ok(Err(DestroyError::Absent)) => Left::permitted(permitted, Answer::not_found()),
        Ok(Err(DestroyError::Nobody)) => Left::permitted(permitted, nobody()),
        Ok(Err(DestroyError::Held(holds))) => Left::permitted(permitted, held(&holds)),
        Ok(Err(cause)) => Left::permitted(permitted, Answer::fault(&cause)),
    }
}

fn told(done: &Destroyed) -> Answer {
    let body = json!({ "event": done.event.0, "elements": done.elements.len(), "requests": done.requests, "complete": done.complete });
    let seen = done.elements.iter().map(|(person, rtype, id, version)| Seen {
        rtype: *rtype,
        id: id.clone(),
        version: *version,
        person: *person,
    });
    let status = if done.complete { StatusCode::OK } else { StatusCode::ACCEPTED };
    Answer::json(status, body.to_string()).seen(seen.collect())
}

fn held(holds: &[String]) -> Answer {
    let holds = holds.join(", ");
    let finding = Finding::error(
        "business-rule",
        "legal-hold",
        "",
        format!("Opplysningen er unntatt fra sletting inntil videre ({holds}). Opphev unntaket først."),
        format!("The element is under a legal hold ({holds}). Lift it first."),
    );
    Answer::outcome(StatusCode::CONFLICT, &[finding])
}

fn nobody() -> Answer {
    Answer::error(
        StatusCode::CONFLICT,
        "business-rule",
        "destruction-nobody",
        "Opplysningen hører ikke til noen person og har ingen egen nøkkel. Kilden kan slette den.",
        "The element belongs to no person and has no key of its own. Its source can delete it.",
    )
}
