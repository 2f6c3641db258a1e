//! `/health/live`, `/health/ready`: whether the process runs, and whether it can answer.

use crate::answer::Answer;
use crate::server::{Municipality, Server};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The process runs.
pub async fn live() -> Response {
    Answer::json(StatusCode::OK, r#"{"status":"live"}"#).release()
}

/// Every instance has an index that has caught up with its log, takes deliveries, and can write its access log, without which nobody gets an
/// answer. What else may be wrong is told, and makes it no less ready: the seal's troubles, sources that are down, little room on the disk.
pub async fn ready(State(server): State<Arc<Server>>) -> Response {
    let instances: Vec<_> = server
        .municipalities
        .values()
        .map(|place| {
            let told = Told::of(place);
            (told.is_ready(), told.json(place))
        })
        .collect();
    let ready = instances.iter().all(|(ready, _)| *ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let list: Vec<_> = instances.into_iter().map(|(_, json)| json).collect();
    let room = server.room.load(Ordering::Relaxed);
    Answer::json(
        status,
        json!({
            "status": if ready { "ready" } else { "not-ready" }, "instances": list,
            "diskFreeMiB": (room != u64::MAX).then_some(room >> 20),
        })
        .to_string(),
    )
    .release()
}

/// What there is to tell of one instance.
pub struct Told {
    events: u64,
    applied: u64,
    /// Whether deliveries are taken.
    pub intake: bool,
    /// Whether the access log can be written.
    pub access_log: bool,
}

impl Told {
    /// As it is now.
    pub fn of(place: &Municipality) -> Told {
        Told {
            events: place.log.last().0,
            applied: place.index.applied().0,
            intake: place.intake.takes_deliveries(),
            access_log: place.access_log.takes_entries(),
        }
    }

    /// Events that cannot be searched yet.
    pub fn behind(&self) -> u64 {
        self.events.saturating_sub(self.applied)
    }

    /// Whether it can do what it is for.
    pub fn is_ready(&self) -> bool {
        // A reader may come between an append and its application: one group behind is normal.
        self.behind() <= 1024 && self.intake && self.access_log
    }

    fn json(&self, place: &Municipality) -> Value {
        json!({
            "instance": place.instance.as_str(), "events": self.events, "applied": self.applied, "ready": self.is_ready(),
            "intake": self.intake, "accessLog": self.access_log, "sourcesDown": place.sources.number_down(),
            "seal": crate::seal::readiness(place),
        })
    }
}
