//! `/health/live`, `/health/ready`: whether the process runs, and whether it can answer.

use crate::answer::Answer;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// The process runs.
pub async fn live() -> Response {
    Answer::json(StatusCode::OK, r#"{"status":"live"}"#).release()
}

/// Every instance has its log and an index that has caught up with it.
pub async fn ready(State(server): State<Arc<Server>>) -> Response {
    let instances: Vec<_> = server
        .municipalities
        .values()
        .map(|place| {
            let (last, applied) = (place.log.last().0, place.index.applied().0);
            // A reader may come between an append and its application: one group behind is normal.
            let ready = last.saturating_sub(applied) <= 1024;
            (
                ready,
                json!({ "instance": place.instance.as_str(), "events": last, "applied": applied, "ready": ready, "seal": crate::seal::readiness(place) }),
            )
        })
        .collect();
    let ready = instances.iter().all(|(ready, _)| *ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let list: Vec<_> = instances.into_iter().map(|(_, json)| json).collect();
    Answer::json(
        status,
        json!({ "status": if ready { "ready" } else { "not-ready" }, "instances": list }).to_string(),
    )
    .release()
}
