//! `kilde trial`: trials of survival, each a command with its number of rounds.

mod backup;
mod check;
mod flood;
mod kill;
mod load;

use clap::Subcommand;
use std::time::Duration;

/// How long a server may take to start, on the little that a trial has.
const PATIENCE: Duration = Duration::from_secs(30);

/// Trials of survival
#[derive(Subcommand)]
pub enum TrialCommand {
    /// Kill a loaded server with SIGKILL at random moments and check what it left
    Kill(kill::Kill),
    /// Back a loaded server up, restore it elsewhere, and check what is there
    Backup(backup::Backup),
    /// Send twice what a server can take, and see what it refuses, what it holds and how soon it is itself again
    Flood(flood::Flood),
}

impl TrialCommand {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            TrialCommand::Kill(kill) => kill.run().await,
            TrialCommand::Backup(backup) => backup.run().await,
            TrialCommand::Flood(flood) => flood.run().await,
        }
    }
}
