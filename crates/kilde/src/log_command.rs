//! `kilde log`: prove the logs of an instance, or export events.

use crate::Place;
use crate::assembly::{directory, instance, master_key};
use crate::rebuild::{bar, hex};
use anyhow::Context;
use clap::Subcommand;
use kilde_access::AccessLog;
use kilde_log::{EventLog, EventNo, InstanceKeys};
use std::io::Write;
use std::sync::Arc;

/// Prove the event log and the access log of an instance, or export events
#[derive(Subcommand)]
pub enum LogCommand {
    /// Walk both hash chains from the first entry and open every sealed block
    Verify(Place),
    /// Write the events as NDJSON (number, kind, times, entries; no content) to standard output
    Export(Place),
    /// Proof of one access-log entry (comes with the Merkle seal; not built yet)
    Receipt(Place),
}

impl LogCommand {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            LogCommand::Verify(place) => verify(&place),
            LogCommand::Export(place) => export(&place),
            LogCommand::Receipt(_) => anyhow::bail!("receipts come with the Merkle seal, which is not built yet"),
        }
    }
}

fn open(place: &Place) -> anyhow::Result<(Arc<InstanceKeys>, EventLog)> {
    let instance = instance(&place.instance)?;
    let dir = directory(&place.data, &instance);
    let master = master_key(&place.key.clone().unwrap_or_else(|| place.data.join("master.key")), false)?;
    let keys = Arc::new(InstanceKeys::open(&dir.join("instance.key"), &instance, &master)?);
    let log = EventLog::open(&dir.join("log"), &instance, keys.clone()).context("is the server stopped?")?;
    Ok((keys, log))
}

fn verify(place: &Place) -> anyhow::Result<()> {
    let (keys, log) = open(place)?;
    let bar = bar(log.last().0);
    let events = log.verify(|no| bar.set_position(no.0))?;
    bar.finish_and_clear();
    println!(
        "event log: {} events, {} entries, chain whole, head {}",
        events.events,
        events.entries,
        hex(&events.head)
    );
    let instance = instance(&place.instance)?;
    let access = AccessLog::open(&directory(&place.data, &instance).join("access"), &instance, keys)?;
    let records = access.records().verify(|_| ())?;
    println!("access log: {} entries, chain whole, head {}", records.records, hex(&records.head));
    Ok(())
}

fn export(place: &Place) -> anyhow::Result<()> {
    let (_, log) = open(place)?;
    let mut out = std::io::stdout().lock();
    for event in log.events_from(EventNo(1))? {
        let event = event?;
        let entries: Vec<_> = event
            .entries
            .iter()
            .map(|e| {
                let name = kilde_fhir::definitions::ResourceType(e.rtype).name();
                serde_json::json!({ "type": name, "id": e.id, "version": e.version, "person": e.person.0 })
            })
            .collect();
        let line = serde_json::json!({
            "no": event.no.0,
            "kind": event.envelope.kind,
            "source": event.envelope.source,
            "received_ms": event.envelope.received_ms,
            "occurred_ms": event.envelope.occurred_ms,
            "entries": entries,
            "hash": hex(&event.hash),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
