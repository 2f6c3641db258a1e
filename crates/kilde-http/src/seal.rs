//! The seal of the access log, for anybody: `/{instance}/seal/...`. Checkpoint and tiles as <https://c2sp.org/tlog-tiles>
//! serves them, the keys that verify, and this instance as a witness of others (<https://c2sp.org/tlog-witness>).
//!
//! Nobody is asked who she is: what stands here is hashes, counts and signatures. The entries themselves
//! (`tile/entries`) are the access log and are not served.

use crate::answer::Answer;
use crate::body::read_body;
use crate::server::{Limits, Municipality, Server, now_ms};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use kilde_log::note::{MOST_BYTES, VerifyKey};
use kilde_log::{TilePath, Turned};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const TEXT: &str = "text/plain; charset=utf-8";
/// Bounds of what a witness takes.
const SMALL: Limits = Limits {
    body: MOST_BYTES,
    concurrent: 64,
    body_time: Duration::from_secs(10),
};

/// Who witnesses an instance's seal, and whose it witnesses.
#[derive(Default)]
pub struct Sealing {
    /// Who is asked to cosign.
    pub witnesses: Vec<Witness>,
    /// Logs that this instance cosigns for.
    pub cosigns: Vec<VerifyKey>,
    troubles: Mutex<BTreeMap<String, String>>,
}

/// A witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its address, without `/add-checkpoint`.
    pub url: String,
    /// The key that verifies its cosignatures.
    pub key: VerifyKey,
}

impl Sealing {
    /// Notes what is wrong with a part of the sealing, or that nothing is.
    pub fn note(&self, part: &str, trouble: Option<String>) {
        let mut troubles = self.troubles.lock();
        match trouble {
            Some(trouble) => drop(troubles.insert(part.to_owned(), trouble)),
            None => drop(troubles.remove(part)),
        }
    }

    /// What is wrong now, by part.
    pub fn troubles(&self) -> BTreeMap<String, String> {
        self.troubles.lock().clone()
    }
}

/// What readiness tells of the seal. Trouble with it never makes an instance unready: every entry has its leaf all the same.
pub fn readiness(place: &Municipality) -> Value {
    let sealed = place.access_log.seals().last().map_or(0, |last| last.checkpoint.size);
    json!({ "entries": place.access_log.records().last(), "sealed": sealed, "troubles": place.seal.troubles() })
}

/// `GET /{instance}/seal/keys`: a line for the key of the log, a line for the key it cosigns with.
pub async fn keys(State(server): State<Arc<Server>>, Path(instance): Path<String>) -> Response {
    let Some(place) = server.municipalities.get(&instance) else {
        return Answer::not_found().release();
    };
    let seals = place.access_log.seals();
    text(StatusCode::OK, format!("{}\n{}\n", seals.key(), seals.witness_key()), "max-age=300")
}

/// `GET /{instance}/seal/checkpoint`
pub async fn checkpoint(State(server): State<Arc<Server>>, Path(instance): Path<String>) -> Response {
    let last = server
        .municipalities
        .get(&instance)
        .and_then(|place| place.access_log.seals().last());
    match last {
        Some(last) => text(StatusCode::OK, last.note.to_string(), "max-age=5"),
        None => Answer::not_found().release(),
    }
}

/// `GET /{instance}/seal/tile/{level}/{number}[.p/{width}]`: only what a signed checkpoint covers.
pub async fn tile(State(server): State<Arc<Server>>, Path((instance, rest)): Path<(String, String)>) -> Response {
    let (Some(place), Some(path)) = (server.municipalities.get(&instance), TilePath::parse(&rest)) else {
        return Answer::not_found().release();
    };
    let seals = place.access_log.seals();
    let sealed = seals.last().map_or(0, |last| last.checkpoint.size);
    if !path.is_within(sealed) {
        return Answer::not_found().release();
    }
    match seals.records().tile(&path) {
        Ok(Some(bytes)) => open(
            StatusCode::OK,
            Body::from(bytes),
            "application/octet-stream",
            "public, max-age=604800, immutable",
        ),
        Ok(None) => Answer::not_found().release(),
        Err(cause) => Answer::fault(&cause).release(),
    }
}

/// `POST /{instance}/seal/add-checkpoint`: cosigns another log's checkpoint.
pub async fn add_checkpoint(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let Some(place) = server.municipalities.get(&instance).cloned() else {
        return Answer::not_found().release();
    };
    let body = match read_body(request.into_body(), &SMALL).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let now_s = u64::try_from(now_ms() / 1000).unwrap_or(0);
    // It waits for a disk.
    let judged = tokio::task::spawn_blocking(move || {
        let body = std::str::from_utf8(&body).map_err(|_| Turned::Form)?;
        place.access_log.seals().cosign(body, &place.seal.cosigns, now_s)
    });
    let turned = match judged.await {
        Ok(Ok(line)) => return text(StatusCode::OK, line, "no-store"),
        Ok(Err(turned)) => turned,
        Err(cause) => return Answer::fault(&cause).release(),
    };
    metrics::counter!("kilde_seal_turned_away_total", "status" => turned.status().to_string()).increment(1);
    let status = StatusCode::from_u16(turned.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match turned {
        Turned::Conflict(size) => open(status, Body::from(format!("{size}\n")), "text/x.tlog.size", "no-store"),
        Turned::Unkept(cause) => {
            tracing::error!(%cause, "what a witness saw cannot be kept");
            text(status, "what was seen cannot be kept now\n".to_owned(), "no-store")
        }
        turned => text(status, format!("{turned}\n"), "no-store"),
    }
}

fn text(status: StatusCode, body: String, cache: &'static str) -> Response {
    open(status, Body::from(body), TEXT, cache)
}

/// An answer that holds hashes and signatures only.
fn open(status: StatusCode, body: Body, kind: &'static str, cache: &'static str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
