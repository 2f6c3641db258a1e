//! What only a sandbox serves: the issuer under `/sandbox/helseid`, and the catalogue of personas.

use crate::server::now_ms;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use kilde_sandbox::issuer;
use std::sync::Arc;

/// The sandbox's state.
pub struct Sandbox {
    /// HelseID of the sandbox.
    pub issuer: Arc<issuer::Issuer>,
}

/// Routes below `/sandbox`.
pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/sandbox/helseid/{*rest}", any(helseid))
        .route("/sandbox/personas", get(personas))
        .with_state(sandbox)
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
    let body = match crate::body::read_body(body, 64 << 10).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let dpop: Vec<&str> = parts.headers.get_all("dpop").iter().map(|v| v.to_str().unwrap_or("")).collect();
    let reply = sandbox.issuer.handle(&issuer::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        content_type: parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or(""),
        dpop: &dpop,
        body: &body,
        now_ms: now_ms(),
    });
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, reply.body).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(reply.cache_control));
    response
}
