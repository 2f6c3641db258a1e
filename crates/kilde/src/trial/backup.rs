//! `kilde trial backup`: back a server up while others write and read, restore it elsewhere, and hold that against what was acknowledged
//! before the backup began. Again and again, each backup on top of those before. At the end once more, stopped: then all must be the same.

use super::check::check;
use super::load::{Acknowledged, Load, random};
use crate::assembly::{Stores, instance, master_key};
use crate::own_server::Server;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::ProgressBar;
use kilde_log::EventNo;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Back a loaded server up, restore it elsewhere, and check what is there
#[derive(Args)]
pub struct Backup {
    /// Rounds
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Writers at once
    #[arg(long, default_value_t = 8)]
    writers: usize,
}

/// Where everything of a trial lies.
struct Places {
    data: PathBuf,
    content: PathBuf,
    ring: PathBuf,
    key: PathBuf,
    scratch: PathBuf,
}

/// What a backup said of itself.
struct Told {
    bytes: u64,
    new_bytes: u64,
    seconds: f64,
}

impl Places {
    fn below(dir: &Path) -> anyhow::Result<Self> {
        let at = |name: &str| dir.join(name);
        std::fs::create_dir(at("data"))?;
        let key = at("backup.key");
        kilde_log::MasterKey::create_file(&key)?;
        Ok(Places {
            data: at("data"),
            content: at("content"),
            ring: at("ring"),
            key,
            scratch: at("restored"),
        })
    }

    async fn back_up(&self) -> anyhow::Result<Told> {
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["backup", "make", "--json", "--instance", "9901", "--data"])
            .arg(&self.data);
        command.arg("--to").arg(&self.content).arg("--keys-to").arg(&self.ring);
        let told = run(command.arg("--backup-key").arg(&self.key)).await?;
        let number = |name: &str| told["content"][name].as_u64().unwrap_or(0) + told["keys"][name].as_u64().unwrap_or(0);
        Ok(Told {
            bytes: number("bytes"),
            new_bytes: number("newBytes"),
            seconds: begun.elapsed().as_secs_f64(),
        })
    }

    /// Restores into a new place, which proves chains and seal, and gives how long that took.
    async fn restore(&self) -> anyhow::Result<f64> {
        if self.scratch.exists() {
            std::fs::remove_dir_all(&self.scratch)?;
        }
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["restore", "--json", "--instance", "9901", "--data"])
            .arg(&self.scratch);
        command.arg("--from").arg(&self.content).arg("--keys-from").arg(&self.ring);
        command
            .arg("--backup-key")
            .arg(&self.key)
            .arg("--key")
            .arg(self.data.join("master.key"));
        run(&mut command).await?;
        std::fs::copy(self.data.join("master.key"), self.scratch.join("master.key"))?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// The whole event log as one number, and the index as another.
    fn digest(&self, data: &Path, upto: Option<EventNo>) -> anyhow::Result<(EventNo, [u8; 32], [u8; 32])> {
        let master = master_key(&self.data.join("master.key"), false)?;
        let stores = Stores::open(data, &instance("9901")?, &master)?;
        let last = upto.unwrap_or(stores.log.last());
        let event = stores.log.event(last)?.context("an event is missing")?;
        Ok((last, event.hash, stores.index.digest()?))
    }
}

/// Runs this program and gives its answer.
async fn run(command: &mut Command) -> anyhow::Result<Value> {
    let what = command.get_args().next().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = tokio::process::Command::from(std::mem::replace(command, Command::new("")));
    let output = command.kill_on_drop(true).output().await?;
    ensure!(
        output.status.success(),
        "{what} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    serde_json::from_slice(&output.stdout).with_context(|| format!("the answer of {what}"))
}

impl Backup {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let places = Places::below(dir.path())?;
        let bar = ProgressBar::new(u64::from(self.rounds) + 1);
        let mut server = Server::start(&places.data, "", super::PATIENCE).await?;
        let mut all = Acknowledged::default();
        let (mut told, mut restoring, mut last) = (Vec::new(), 0.0, EventNo(0));
        for round in 0..self.rounds {
            let load = Load::start(&server.url, self.writers, 2, &format!("trial-{round}"))?;
            tokio::time::sleep(Duration::from_millis(100 + random() % 900)).await;
            let mut before = all.clone();
            before.extend(load.so_far());
            match places.back_up().await {
                Ok(one) => told.push(one),
                Err(cause) => {
                    server.still_runs().await.with_context(|| format!("round {round}: {cause:#}"))?;
                    return Err(cause).with_context(|| format!("round {round}"));
                }
            }
            all.extend(load.end().await?);
            restoring += places.restore().await.with_context(|| format!("round {round}"))?;
            check(&places.scratch, &before).with_context(|| format!("round {round}"))?;
            last = places.digest(&places.scratch, None)?.0;
            bar.inc(1);
        }
        ensure!(
            !all.writes.is_empty() && all.reads > 0,
            "nothing was acknowledged, so nothing was tried"
        );
        // What was restored last is how the original begins. Stopped, both are the same.
        let restored = places.digest(&places.scratch, None)?;
        server.kill()?;
        let original = places.digest(&places.data, Some(last))?;
        ensure!(restored.1 == original.1, "the restored log is not the beginning of the original");
        let stopped = places.back_up().await?;
        places.restore().await?;
        let events = check(&places.scratch, &all)?;
        ensure!(
            places.digest(&places.data, None)? == places.digest(&places.scratch, None)?,
            "what was restored from the stopped instance differs"
        );
        bar.finish_and_clear();
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!(
            "{} rounds under load: {} acknowledged writes and {} reads; all from before each backup there, once; chains and seal whole; rebuild identical",
            self.rounds,
            all.writes.len(),
            all.reads
        );
        println!("stopped: {events} events, log and index identical");
        println!("round  backup s    MiB  of it new");
        for (round, one) in told.iter().chain([&stopped]).enumerate() {
            println!(
                "{round:>5}  {:>8.2} {:>6.1}  {:>9.1}",
                one.seconds,
                mib(one.bytes),
                mib(one.new_bytes)
            );
        }
        println!(
            "a restore with proof took {:.2} s in the mean",
            restoring / f64::from(self.rounds.max(1))
        );
        Ok(())
    }
}
