//! `kilde log verify`: whether both logs are whole, by themselves and by what others have kept.

use super::key_ring;
use crate::assembly::directory;
use crate::place::Place;
use crate::rebuild::{bar, hex};
use anyhow::{Context, bail};
use clap::Args;
use kilde_log::note::VerifyKey;
use kilde_log::{Bound, EventLog, InstanceKeys, LogError, RecordLog, Seals, Signed};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prove the event log and the access log, or say where they are damaged
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    place: Place,
    /// A checkpoint that somebody has kept: the log must still begin with it. May be given more than once
    #[arg(long, value_name = "CHECKPOINTFILE")]
    since: Vec<PathBuf>,
    /// Key of a witness that must have cosigned the last checkpoint (second line of its seal/keys). May be given more than once
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
}

/// What was found, and whether anything is wrong.
struct Findings<'a> {
    wrong: usize,
    say: &'a mut dyn FnMut(&str),
}

impl Findings<'_> {
    /// Tells a finding; gives what was found if it is whole.
    fn of<T>(&mut self, part: &str, found: Result<T, impl std::fmt::Display>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(cause) => {
                self.wrong += 1;
                (self.say)(&format!("{part}: NOT WHOLE: {cause}"));
                None
            }
        }
    }
}

impl Verify {
    /// Runs the command: everything is looked at, also after a first fault.
    pub fn run(self) -> anyhow::Result<()> {
        let witnesses = self
            .witness
            .iter()
            .map(|key| VerifyKey::parse(key).with_context(|| format!("in the key {key}")))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let keys = key_ring(&self.place)?;
        let dir = directory(&self.place.data, keys.instance());
        prove(&dir, &keys, &witnesses, &self.since, &mut |line| println!("{line}")).map(drop)
    }
}

/// What was proven whole.
#[derive(Debug, Default)]
pub struct Proven {
    /// Events.
    pub events: u64,
    /// When the last event came, Unix ms; 0 without any.
    pub last_ms: i64,
    /// Entries of the access log.
    pub entries: u64,
    /// Entries under the last checkpoint.
    pub sealed: u64,
}

/// Proves both logs and the seal of the stopped instance in `dir`, and tells each thing in a line.
///
/// # Errors
/// If anything is not whole; all of it has been told by then.
pub fn prove(
    dir: &Path,
    keys: &Arc<InstanceKeys>,
    witnesses: &[VerifyKey],
    kept: &[PathBuf],
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<Proven> {
    let mut findings = Findings { wrong: 0, say };
    let mut proven = Proven::default();
    let log = EventLog::open(&dir.join("log"), keys.instance(), keys.clone()).context("is the server stopped?");
    let log = findings.of("event log", log.map_err(|cause| format!("{cause:#}")));
    if let Some(log) = &log {
        events(log, &mut findings);
        proven.events = log.last().0;
        if let Some(last) = log.event(log.last()).ok().flatten() {
            proven.last_ms = last.envelope.received_ms;
        }
    }
    let records = RecordLog::open(&dir.join("access"), keys.instance(), keys.clone());
    let Some(records) = findings.of("access log", records) else {
        bail!("the logs are not whole");
    };
    proven.entries = records.last();
    let records = Arc::new(records);
    let (mut bounds, mut torn) = (0u64, None);
    let bar = bar(records.last());
    let found = records.verify_each(|record| {
        bar.set_position(record.no);
        if let (Some(log), Some(bound)) = (&log, record.body.first().and_then(|_| Bound::parse(&record.body))) {
            bounds += 1;
            torn = torn.take().or(bound.check(log).err());
        }
        Ok(())
    });
    bar.finish_and_clear();
    if let Some(found) = findings.of("access log", found) {
        (findings.say)(&format!(
            "access log: {} entries, chain whole, tree whole, head {}, root {}",
            found.records,
            hex(&found.head),
            hex(&found.root)
        ));
    }
    if log.is_some() && findings.of("event log, as it was sealed", torn.map_or(Ok(()), Err)).is_some() {
        (findings.say)(&format!("event log, as it was sealed: {bounds} times, all of them as it is now"));
    }
    if let Some(seals) = findings.of("seal", Seals::open(&dir.join("seal"), records, keys, None)) {
        proven.sealed = seals.last().map_or(0, |last| last.checkpoint.size);
        checkpoint(&seals, witnesses, &mut findings);
        for file in kept {
            let part = format!("since {}", file.display());
            if let Some(kept) = findings.of(&part, since(&seals, file)) {
                let size = kept.checkpoint.size;
                (findings.say)(&format!("{part}: the log begins with the {size} entries of that checkpoint"));
            }
        }
    }
    match findings.wrong {
        0 => Ok(proven),
        wrong => bail!("the logs are not whole: {wrong} finding(s)"),
    }
}

fn events(log: &EventLog, findings: &mut Findings) {
    let bar = bar(log.last().0);
    let found = log.verify(|no| bar.set_position(no.0));
    bar.finish_and_clear();
    if let Some(found) = findings.of("event log", found) {
        (findings.say)(&format!(
            "event log: {} events, {} entries, chain whole, head {}",
            found.events,
            found.entries,
            hex(&found.head)
        ));
    }
}

/// The last checkpoint (opening has held it against the log) and who has cosigned it.
fn checkpoint(seals: &Seals, witnesses: &[VerifyKey], findings: &mut Findings) {
    (findings.say)(&format!("seal: key of the log {}", seals.key()));
    (findings.say)(&format!("seal: key as a witness {}", seals.witness_key()));
    let Some(last) = seals.last() else {
        (findings.say)("seal: nothing was signed yet");
        if !witnesses.is_empty() {
            findings.wrong += 1;
        }
        return;
    };
    let later = seals.records().last() - last.checkpoint.size;
    let size = last.checkpoint.size;
    (findings.say)(&format!(
        "seal: checkpoint of {size} entries, signed and as the log is; {later} entries after it"
    ));
    for witness in witnesses {
        if let Some(found) = findings.of(&format!("witness {}", witness.name()), last.note.verify([witness])) {
            let time = found
                .first()
                .and_then(|(_, time)| *time)
                .and_then(|s| i64::try_from(s).ok())
                .unwrap_or(0);
            let when = jiff::Timestamp::from_second(time).unwrap_or_default();
            (findings.say)(&format!("witness {}: cosigned at {when}", witness.name()));
        }
    }
    for line in &last.note.signatures {
        if line.name != seals.key().name() && !witnesses.iter().any(|witness| witness.name() == line.name) {
            (findings.say)(&format!("witness {}: not examined; give its key with --witness", line.name));
        }
    }
}

fn since(seals: &Seals, file: &Path) -> Result<Signed, LogError> {
    let text = std::fs::read_to_string(file).map_err(|cause| LogError::Io {
        action: "read",
        path: file.to_owned(),
        cause,
    })?;
    let note = |cause| LogError::Note {
        path: file.to_owned(),
        cause,
    };
    let signed = seals.own(&text).map_err(note)?;
    seals.check(&signed.checkpoint)?;
    Ok(signed)
}
