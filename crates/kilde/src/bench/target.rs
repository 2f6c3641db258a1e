//! The server under load: a process of its own, as in operation.

use anyhow::{Context, bail};
use kilde_sandbox::{DpopKey, SigningAlgorithm};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A `kilde serve` of its own.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub start_ms: f64,
    /// The load generator's key: ES256.
    pub key: DpopKey,
    /// Another: PS256, whose proofs cost the server less.
    pub rsa_key: DpopKey,
    child: Child,
    client: reqwest::Client,
}

impl Target {
    /// Starts the server over a data directory and waits until it answers.
    pub async fn start(data: &Path) -> anyhow::Result<Self> {
        let address = free().await?;
        let file = data.join("kilde.toml");
        std::fs::write(
            &file,
            format!(
                "listen = \"{address}\"\npublic_url = \"http://{address}\"\nadmin_listen = \"{}\"\ndata = {data:?}\nmaster_key = {:?}\nsandbox = true\n[[instance]]\nnumber = \"9901\"\nservices = [\"okt\", \"maaledata\"]\n",
                free().await?,
                data.join("master.key")
            ),
        )?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let started = Instant::now();
        let child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg("--config")
            .arg(&file)
            .spawn()?;
        let mut target = Target {
            address,
            start_ms: 0.0,
            key: DpopKey::generate()?,
            rsa_key: DpopKey::of(SigningAlgorithm::Ps256)?,
            child,
            client,
        };
        loop {
            match target.client.get(format!("http://{address}/health/ready")).send().await {
                Ok(answer) if answer.status().is_success() => break,
                _ if started.elapsed() > Duration::from_secs(120) => bail!("the server was not ready in two minutes"),
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
        target.start_ms = started.elapsed().as_secs_f64() * 1000.0;
        Ok(target)
    }

    /// A token for a persona (PS256, as HelseID signs), bound to a key.
    pub async fn token(&self, key: &DpopKey, persona: &str, patient: Option<&str>) -> anyhow::Result<String> {
        let wanted = json!({ "persona": persona, "jkt": key.thumbprint(), "patient": patient, "alg": "PS256" });
        let answer = self
            .client
            .post(format!("http://{}/sandbox/helseid/persona", self.address))
            .json(&wanted)
            .send()
            .await?;
        let body: serde_json::Value = answer.json().await?;
        Ok(body["access_token"].as_str().context("no token")?.to_owned())
    }

    /// Resident memory of the server.
    pub fn memory_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).context("no number")?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn free() -> anyhow::Result<SocketAddr> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}
