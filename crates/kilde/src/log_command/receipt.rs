//! `kilde log receipt`: the proof of one access-log entry, for whoever is to hold it. That it was made is itself in the log.

use super::{key_ring, note};
use crate::assembly::{directory, guard};
use crate::place::Place;
use anyhow::Context;
use clap::Args;
use kilde_access::AccessLog;
use kilde_access::log::receipt_json;
use std::io::Write;
use std::path::PathBuf;

/// Proof of one access-log entry, as a file that tools/kvittering.py verifies
#[derive(Args)]
pub struct Receipt {
    #[command(flatten)]
    place: Place,
    /// Number of the entry
    #[arg(long)]
    no: u64,
    /// Disclose also what the citizen's receipts keep back (national id of who looked): for the controller
    #[arg(long)]
    whole: bool,
    /// Where to write it (default: standard output)
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Receipt {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let keys = key_ring(&self.place)?;
        let instance = *keys.instance();
        let dir = directory(&self.place.data, &instance).join("access");
        let log = AccessLog::open(&dir, &instance, keys).context("is the server stopped?")?;
        let record = log.records().read(self.no)?;
        let record = record.with_context(|| format!("there is no entry {}; the last is {}", self.no, log.records().last()))?;
        note(&log, "kilde log receipt", "kvittering", record.person)?;
        let receipt = log.seals().receipt(&record)?;
        let json = receipt_json(&receipt, self.whole.then_some(&record))?;
        match self.out {
            Some(file) => guard::write_private(&file, &json)?,
            None => std::io::stdout().write_all(&json)?,
        }
        Ok(())
    }
}
