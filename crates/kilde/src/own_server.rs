//! A server of its own for a trial or a measurement, in another process: this program, which is killed when that ends.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often it is asked whether it is ready.
const TURN: Duration = Duration::from_millis(2);

/// A running sandbox of one municipality.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// The same as a URL.
    pub url: String,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts it on a data directory, with more in its configuration, and waits until it is ready, but no longer than `patience`.
    pub async fn start(data: &Path, more: &str, patience: Duration) -> anyhow::Result<Self> {
        let address = free_address().await?;
        let config = configuration(data, address, free_address().await?, more)?;
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        let child = command.arg("serve").arg("--config").arg(&config).stderr(Stdio::null()).spawn()?;
        let mut server = Server {
            child,
            address,
            url: format!("http://{address}"),
            started_in: Duration::ZERO,
        };
        server.ready(begun, patience).await?;
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// Its memory that is resident, in MiB.
    pub fn memory_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line
            .split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse().ok())
            .context("no number")?;
        Ok(kib / 1024.0)
    }

    /// Refuses if it has ended by itself, or somebody has ended it.
    pub async fn still_runs(&mut self) -> anyhow::Result<()> {
        // One that is about to end has closed its sockets already.
        tokio::time::sleep(Duration::from_secs(2)).await;
        match self.child.try_wait()? {
            Some(status) => bail!("the server has ended: {status}"),
            None => Ok(()),
        }
    }

    /// Kills it with SIGKILL and waits until it is gone.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    async fn ready(&mut self, begun: Instant, patience: Duration) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        while begun.elapsed() < patience {
            if let Ok(answer) = client.get(format!("{}/health/ready", self.url)).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server did not start: {status}");
            }
            tokio::time::sleep(TURN).await;
        }
        bail!("the server was not ready in {} s", patience.as_secs())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever went wrong, the server does not outlive the trial; it may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn configuration(data: &Path, address: SocketAddr, admin: SocketAddr, more: &str) -> anyhow::Result<PathBuf> {
    let file = data.join("kilde.toml");
    let text = format!(
        "listen = \"{address}\"\npublic_url = \"http://{address}\"\nadmin_listen = \"{admin}\"\ndata = {data:?}\nmaster_key = {:?}\nsandbox = true\n{more}\n[[instance]]\nnumber = \"9901\"\nservices = [\"okt\", \"maaledata\"]\n",
        data.join("master.key")
    );
    std::fs::write(&file, text)?;
    Ok(file)
}

async fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}
