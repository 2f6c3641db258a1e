//! The server under load, and the keys of who asks it.

use crate::own_server::Server;
use anyhow::Context;
use kilde_sandbox::{DpopKey, SigningAlgorithm};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How long a server may take to start, on millions of resources.
const PATIENCE: Duration = Duration::from_secs(120);

/// A `kilde serve` of its own.
pub struct Target {
    /// The server.
    pub server: Server,
    /// The load generator's key: ES256.
    pub key: DpopKey,
    /// Another: PS256, whose proofs cost the server less.
    pub rsa_key: DpopKey,
    client: reqwest::Client,
}

impl Target {
    /// Starts the server over a data directory and waits until it answers.
    pub async fn start(data: &Path) -> anyhow::Result<Self> {
        Ok(Target {
            server: Server::start(data, "", PATIENCE).await?,
            key: DpopKey::generate()?,
            rsa_key: DpopKey::of(SigningAlgorithm::Ps256)?,
            client: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// A token for a persona (PS256, as HelseID signs), bound to a key.
    pub async fn token(&self, key: &DpopKey, persona: &str, patient: Option<&str>) -> anyhow::Result<String> {
        let wanted = json!({ "persona": persona, "jkt": key.thumbprint(), "patient": patient, "alg": "PS256" });
        let answer = self
            .client
            .post(format!("{}/sandbox/helseid/persona", self.server.url))
            .json(&wanted)
            .send()
            .await?;
        let body: serde_json::Value = answer.json().await?;
        Ok(body["access_token"].as_str().context("no token")?.to_owned())
    }
}
