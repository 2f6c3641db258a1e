//! `kilde proxy`: be a persona with any HTTP client. Adds token, attestation and DPoP proof to each
//! request. For sandboxes: it asks the sandbox's issuer for the persona's token.

use crate::demo::persona::{Asking, Holder};
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;

/// Forward requests with the token, attestation and proof of a sandbox persona
#[derive(Args)]
pub struct Proxy {
    /// Name of the persona; GET /sandbox/personas lists them
    #[arg(long)]
    persona: String,
    /// Where Kilde is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    to: String,
    /// Where to listen (loopback only)
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The patient that the attestation is for (synthetic national id)
    #[arg(long)]
    patient: Option<String>,
    /// TREAT, ETREAT, COC or BTG (default: the persona's own)
    #[arg(long)]
    purpose: Option<String>,
    /// Reason in words, for ETREAT and BTG
    #[arg(long)]
    reason: Option<String>,
    /// Declare the need oneself (user_selected)
    #[arg(long)]
    self_declared: bool,
    /// Make the token wrong in a named way; GET /sandbox/personas lists them
    #[arg(long)]
    variant: Option<String>,
}

impl Proxy {
    /// Runs until stopped.
    pub async fn run(self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.listen.ip().is_loopback(),
            "the proxy speaks for a persona, so it listens on loopback only"
        );
        let asking = Asking {
            persona: self.persona,
            patient: self.patient,
            purpose: self.purpose,
            reason: self.reason,
            self_declared: self.self_declared,
            variant: self.variant,
        };
        let holder = Arc::new(Holder::new(&self.to, asking)?);
        holder.token().await.context("the sandbox's issuer gives no token")?;
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        eprintln!("{} speaks for {} to {}", self.listen, holder.asking.persona, self.to);
        let app = Router::new().fallback(forward).with_state(holder);
        axum::serve(listener, app).await?;
        Ok(())
    }
}

/// Headers that belong to one connection, or that the proxy itself sets.
const NOT_FORWARDED: [&str; 8] = [
    "host",
    "connection",
    "authorization",
    "dpop",
    "content-length",
    "transfer-encoding",
    "kilde-reason",
    "accept-encoding",
];

async fn forward(State(holder): State<Arc<Holder>>, request: Request) -> Response {
    match send(&holder, request).await {
        Ok(response) => response,
        Err(cause) => (StatusCode::BAD_GATEWAY, format!("kilde proxy: {cause:#}\n")).into_response(),
    }
}

async fn send(holder: &Holder, request: Request) -> anyhow::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20)
        .await
        .context("the body is larger than 64 MiB")?;
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let mut headers = parts.headers;
    for name in NOT_FORWARDED {
        headers.remove(name);
    }
    let answer = holder.send(parts.method, path, headers, body.into()).await?;
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if *name != HeaderName::from_static("transfer-encoding") && *name != HeaderName::from_static("connection") {
            response = response.header(name, value);
        }
    }
    Ok(response.body(Body::from(answer.bytes().await?))?)
}
