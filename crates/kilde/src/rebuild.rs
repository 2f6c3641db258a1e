//! `kilde rebuild`: drop everything behind the log and make it again.

use crate::assembly::directory;
use crate::noted::at_the_machine;
use crate::place::IndexedPlace;
use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kilde_access::AccessLog;
use kilde_index::Index;
use kilde_log::{EventLog, InstanceKeys};
use std::sync::Arc;

/// Drop and rebuild the index of an instance from its log; the server must be stopped
#[derive(Args)]
pub struct Rebuild {
    #[command(flatten)]
    place: IndexedPlace,
    /// Compare with the index that is there, and say whether they are the same
    #[arg(long)]
    compare: bool,
}

impl Rebuild {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let place = self.place.prepare()?;
        let instance = place.number()?;
        let dir = directory(&place.data, &instance);
        let keys = Arc::new(InstanceKeys::open(&dir.join("instance.key"), &instance, &place.master()?)?);
        let log = Arc::new(EventLog::open(&dir.join("log"), &instance, keys.clone()).context("is the server stopped?")?);
        let access = AccessLog::open(&dir.join("access"), &instance, keys.clone())?;
        at_the_machine(&access, "kilde rebuild", "")?;
        drop(access);
        let before = match self.compare {
            true => Some(Index::open(&dir.join("index"), &instance, keys.clone(), log.clone())?.digest()?),
            false => None,
        };
        let bar = bar(log.last().0);
        let index = Index::rebuild(&dir.join("index"), &instance, keys, log.clone(), |p| bar.set_position(p.applied.0))?;
        bar.finish_and_clear();
        let after = index.digest()?;
        println!(
            "rebuilt the index of {} from {} events, digest {}",
            instance.as_str(),
            log.last().0,
            hex(&after)
        );
        if let Some(before) = before {
            anyhow::ensure!(
                before == after,
                "the index that was there had another digest: {}. After a destruction numbers are given anew: then the next comparison holds",
                hex(&before)
            );
            println!("identical with the one that was there");
        }
        Ok(())
    }
}

/// A progress bar with rate and time left.
pub fn bar(length: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta} left").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
