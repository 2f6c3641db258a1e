//! The other side: when somebody reads in another municipality of the same process, her own municipality has it in its access log too, and its privacy
//! officer sees it (`GET /{instance}/admin/elsewhere`). Described in `docs/guides/policy.md`.

use crate::answer::Answer;
use crate::entrance::{Left, Subject, Visit, enter};
use crate::query;
use crate::server::{Municipality, Server};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use kilde_access::{AccessEntry, Action};
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries looked at for one page.
const LOOKED_AT: usize = 10_000;
/// Entries on a page at most.
const PAGE: usize = 500;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new().route("/{instance}/admin/elsewhere", get(list))
}

/// The municipality at home in this process that whoever asks works for, if it is another than the one asked.
pub fn home(visit: &Visit) -> Option<&Arc<Municipality>> {
    let organisation = visit.identity.organisation()?;
    if visit.place.policy.current().owns(organisation) {
        return None;
    }
    let others = visit
        .server
        .municipalities
        .values()
        .filter(|place| place.instance != visit.place.instance);
    others.into_iter().find(|place| place.policy.current().owns(organisation))
}

/// What her own municipality is told of a request.
pub fn told_at_home(visit: &Visit, entries: &[AccessEntry]) -> Vec<AccessEntry> {
    entries.iter().map(|entry| entry.at_home(visit.place.instance.as_str())).collect()
}

/// `GET /admin/elsewhere?before=&limit=`: what own people have done in other municipalities, newest first. Whom it was about is not told.
async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "elsewhere").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let text = parts.uri.query().unwrap_or("");
    let before = query::value(text, "before").and_then(|before| before.parse().ok());
    let limit = query::value(text, "limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(100)
        .clamp(1, PAGE);
    let left = match visit.decide(Action::TilgangsloggSearch, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let place = visit.place.clone();
            let page = tokio::task::spawn_blocking(move || page(&place, before, limit)).await;
            let answer = match page {
                Err(cause) => Answer::fault(&cause),
                Ok(Err(cause)) => Answer::fault(&cause),
                Ok(Ok(page)) => Answer::json(StatusCode::OK, page.to_string()),
            };
            Left::permitted(permitted, answer)
        }
    };
    visit.leave(left).await
}

fn page(place: &Municipality, before: Option<u64>, limit: usize) -> Result<Value, kilde_access::AccessLogError> {
    let looked_at = place.access_log.newest(before, LOOKED_AT)?;
    let last = looked_at.last().map(|(no, _)| *no).filter(|_| looked_at.len() == LOOKED_AT);
    let mut shown: Vec<(u64, Value)> = Vec::new();
    for (no, entry) in looked_at {
        if entry.elsewhere.is_some() && shown.len() < limit {
            shown.push((no, told(no, &entry)));
        }
    }
    let next = if shown.len() == limit {
        shown.last().map(|(no, _)| *no)
    } else {
        last
    };
    let entries: Vec<Value> = shown.into_iter().map(|(_, entry)| entry).collect();
    Ok(json!({ "entries": entries, "next": next }))
}

fn told(no: u64, entry: &AccessEntry) -> Value {
    json!({
        "no": no,
        "timeMs": entry.time_ms,
        "instance": entry.elsewhere,
        "name": entry.actor.name,
        "hpr": entry.actor.hpr,
        "role": entry.actor.role,
        "organisation": entry.actor.organisation,
        "unit": entry.actor.unit,
        "client": entry.actor.client,
        "action": entry.action,
        "interaction": entry.interaction,
        "service": entry.service,
        "purpose": entry.purpose,
        "ground": entry.ground,
        "policy": entry.policy,
        "refused": entry.refused,
        "resources": entry.total,
        "withheld": entry.withheld,
    })
}
