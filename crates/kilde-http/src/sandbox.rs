//! What only a sandbox serves: the issuer under `/sandbox/helseid`, ID-porten under `/sandbox/idporten`, and the catalogue of personas.

use crate::answer::Answer;
use crate::server::{Limits, Server, now_ms};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use kilde_sandbox::{idporten, issuer};
use std::sync::Arc;
use std::time::Duration;

/// Bounds of what the sandbox's own addresses take.
pub(crate) const SMALL: Limits = Limits {
    body: 64 << 10,
    concurrent: 64,
    body_time: Duration::from_secs(10),
};

/// The sandbox's state.
pub struct Sandbox {
    /// HelseID of the sandbox.
    pub issuer: Arc<issuer::Issuer>,
    /// The journal of the sandbox, which launches apps.
    pub ehr: Arc<kilde_sandbox::ehr::Ehr>,
    /// ID-porten of the sandbox.
    pub idporten: Arc<idporten::IdPorten>,
    /// The server whose sources can be told to be down.
    pub server: Arc<Server>,
}

/// What `POST /sandbox/sources` takes.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceState {
    instance: String,
    service: String,
    source: String,
    down: bool,
}

/// Routes below `/sandbox`.
pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/sandbox/helseid/{*rest}", any(helseid))
        .route("/sandbox/ehr/{instance}/{path}", any(crate::smart::ehr))
        .route("/sandbox/idporten/{*rest}", any(id_porten))
        .route("/sandbox/personas", get(personas))
        .route("/sandbox/sources", post(sources))
        .with_state(sandbox)
}

/// Makes a source of the sandbox be down, or answer again.
async fn sources(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let body = match crate::body::read_body(request.into_body(), &SMALL).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let Ok(state) = serde_json::from_slice::<SourceState>(&body) else {
        return Answer::error(
            StatusCode::BAD_REQUEST,
            "structure",
            "sandbox-source",
            "Innholdet skal være {\"instance\", \"service\", \"source\", \"down\"}.",
            "The content must be {\"instance\", \"service\", \"source\", \"down\"}.",
        )
        .release();
    };
    match sandbox
        .server
        .municipalities
        .get(&state.instance)
        .filter(|place| place.services.ids().contains(&state.service.as_str()))
    {
        Some(place) => {
            place.sources.set(&state.service, &state.source, state.down);
            StatusCode::NO_CONTENT.into_response()
        }
        None => Answer::not_found().release(),
    }
}

async fn personas() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        kilde_sandbox::catalogue::catalogue(),
    )
        .into_response()
}

async fn helseid(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match crate::body::read_body(body, &SMALL).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let dpop: Vec<&str> = parts.headers.get_all("dpop").iter().map(|v| v.to_str().unwrap_or("")).collect();
    let reply = sandbox.issuer.handle(&issuer::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or(""),
        content_type: parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or(""),
        dpop: &dpop,
        body: &body,
        now_ms: now_ms(),
    });
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = Answer::json(status, reply.body).header(header::CONTENT_TYPE, reply.content_type);
    if let Some(location) = reply.location {
        answer = answer.header(header::LOCATION, location);
    }
    if reply.content_type.starts_with("text/html") {
        answer = answer
            .header(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)
            .header(header::REFERRER_POLICY, "no-referrer");
    }
    let mut response = answer.release();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(reply.cache_control));
    response
}

/// The pages of the sandbox's ID-porten and HelseID: no script, sends its form to itself and on to whoever asked.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

async fn id_porten(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match crate::body::read_body(body, &SMALL).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let reply = sandbox.idporten.handle(&idporten::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or(""),
        body: &body,
        now_ms: now_ms(),
    });
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = Answer::json(status, reply.body).header(header::CONTENT_TYPE, reply.content_type);
    if let Some(location) = reply.location {
        answer = answer.header(header::LOCATION, location);
    }
    answer
        .header(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .release()
}
