//! `kilde proxy`: be a persona of a sandbox, or oneself, with any HTTP client. Adds token, attestation and DPoP proof to each request. The
//! token comes from the sandbox's issuer, or from a login of one's own (`--login`).

use crate::holder::{Asking, Holder};
use crate::login::Login;
use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Forward requests with the token, attestation and proof of a sandbox persona, or of who logs in
#[derive(Args)]
pub struct Proxy {
    /// In a sandbox: name of the persona; GET /sandbox/personas lists them
    #[arg(long, required_unless_present = "login")]
    persona: Option<String>,
    /// Log in oneself: file that says who this program is at the issuer (docs/guides/personvernombud.md)
    #[arg(long, conflicts_with_all = ["persona", "patient", "purpose", "self_declared", "variant"])]
    login: Option<PathBuf>,
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
            "the proxy speaks for somebody, so it listens on loopback only"
        );
        let asking = Asking {
            persona: self.persona.unwrap_or_default(),
            patient: self.patient,
            purpose: self.purpose,
            reason: self.reason,
            self_declared: self.self_declared,
            variant: self.variant,
        };
        let holder = match &self.login {
            Some(file) => Holder::logged_in(&self.to, Login::read(file)?, asking.reason)?,
            None => Holder::new(&self.to, asking)?,
        };
        holder.token().await.context("the issuer gives no token")?;
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        eprintln!("{} speaks for {} to {}", self.listen, holder.name(), self.to);
        let app = Router::new().fallback(forward).with_state(Arc::new((holder, self.to)));
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

async fn forward(State(holder): State<Arc<(Holder, String)>>, request: Request) -> Response {
    match send(&holder, request).await {
        Ok(response) => response,
        Err(cause) => (StatusCode::BAD_GATEWAY, format!("kilde proxy: {cause:#}\n")).into_response(),
    }
}

async fn send((holder, to): &(Holder, String), request: Request) -> anyhow::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20)
        .await
        .context("the body is larger than 64 MiB")?;
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let mut headers = parts.headers;
    let host = headers.get("host").and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    for name in NOT_FORWARDED {
        headers.remove(name);
    }
    let answer = holder.send(parts.method, path, headers, body.into()).await?;
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if !["transfer-encoding", "connection", "content-length"].contains(&name.as_str()) {
            response = response.header(name, value);
        }
    }
    Ok(response.body(Body::from(with_our_links(to, &host, answer.bytes().await?)))?)
}

/// The same text with links that lead through the proxy, so that a page's `next` can be followed. Only links of a
/// Bundle are meant; the server's address stands nowhere else in quotes with a slash before its path.
fn with_our_links(server: &str, host: &str, body: Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let theirs = format!("\"url\":\"{}/", server.trim_end_matches('/'));
    if host.is_empty() || !text.contains(&theirs) {
        return body;
    }
    Bytes::from(text.replace(&theirs, &format!("\"url\":\"http://{host}/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_through_the_proxy_and_content_stays() {
        let body = r#"{"link":[{"relation":"next","url":"http://server:8080/9901/fhir/r4?x=1"}],"entry":[{"fullUrl":"http://server:8080/9901/fhir/r4/Patient/1"}]}"#;
        let changed = with_our_links("http://server:8080/", "127.0.0.1:9000", Bytes::from(body));
        let changed = std::str::from_utf8(&changed).unwrap();
        assert!(changed.contains(r#""url":"http://127.0.0.1:9000/9901/fhir/r4?x=1""#), "{changed}");
        assert!(
            changed.contains(r#""fullUrl":"http://server:8080/9901/fhir/r4/Patient/1""#),
            "{changed}"
        );
        assert_eq!(with_our_links("http://server:8080", "", Bytes::from(body)), body);
        assert_eq!(with_our_links("http://other", "x", Bytes::from_static(&[0xFF])), &[0xFF][..]);
    }
}
