//! `kilde trial kill`: load a server, kill it with SIGKILL at a random moment, open what it left, and
//! hold it against what was acknowledged. Again and again.

use super::check::check;
use super::load::{Acknowledged, Load, random};
use crate::own_server::Server;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::ProgressBar;
use std::path::Path;
use std::time::Duration;

/// Kill a loaded server with SIGKILL at random moments and check what it left
#[derive(Args)]
pub struct Kill {
    /// Rounds
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// Writers at once
    #[arg(long, default_value_t = 8)]
    writers: usize,
}

/// A new data directory after so many rounds, so that a round's cost stays the same.
const ROUNDS_A_DIRECTORY: u32 = 25;

impl Kill {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let bar = ProgressBar::new(u64::from(self.rounds));
        let (mut writes, mut reads, mut unacknowledged) = (0, 0, 0);
        let mut place = tempfile::tempdir()?;
        let mut all = Acknowledged::default();
        for round in 0..self.rounds {
            if round > 0 && round % ROUNDS_A_DIRECTORY == 0 {
                place = tempfile::tempdir()?;
                all = Acknowledged::default();
            }
            let before = (all.writes.len(), all.reads);
            let now = one_round(place.path(), self.writers, round).await?;
            all.writes.extend(now.writes);
            all.reads += now.reads;
            let events = check(place.path(), &all).with_context(|| format!("round {round}"))?;
            writes += all.writes.len() - before.0;
            reads += all.reads - before.1;
            unacknowledged += events.saturating_sub(all.writes.len() as u64);
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!(
            "{} rounds: {writes} acknowledged writes and {reads} acknowledged reads all there, once; no gap; rebuild identical ({unacknowledged} durable but unacknowledged when killed)",
            self.rounds
        );
        ensure!(writes > 0 && reads > 0, "nothing was acknowledged, so nothing was tried");
        Ok(())
    }
}

async fn one_round(data: &Path, writers: usize, round: u32) -> anyhow::Result<Acknowledged> {
    let mut server = Server::start(data, "", super::PATIENCE).await?;
    let load = Load::start(&server.url, writers, 2, &format!("trial-{round}"))?;
    tokio::time::sleep(Duration::from_millis(100 + random() % 400)).await;
    server.kill()?;
    // The clients end when their connections do.
    load.end().await
}
