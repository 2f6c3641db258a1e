//! `kilde log`: prove the logs of an instance, make receipts, or export events.

mod receipt;
mod search;
pub mod verify;
mod watch;

use crate::assembly::directory;
use crate::place::Place;
use crate::rebuild::hex;
use anyhow::Context;
use clap::Subcommand;
use kilde_access::{AccessEntry, AccessLog};
use kilde_http::server::now_ms;
use kilde_log::{EventLog, EventNo, InstanceKeys, PersonNo};
use std::io::Write;
use std::sync::Arc;

/// Prove the event log and the access log of an instance, make receipts, or export events
#[derive(Subcommand)]
pub enum LogCommand {
    /// Walk both logs from the first entry: chains, tree, checkpoint, cosignatures; every sealed block opens
    Verify(verify::Verify),
    /// Write the events as NDJSON (number, kind, times, entries; no content) to standard output
    Export(Place),
    /// Proof of one access-log entry, for a stranger to verify
    Receipt(receipt::Receipt),
    /// Search the access log of a running server: who saw whom, and why it was allowed
    Search(Box<search::Search>),
    /// Check over the net that a log has only grown since a checkpoint that was kept, and keep the new one
    Watch(watch::Watch),
}

impl LogCommand {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            LogCommand::Verify(verify) => verify.run(),
            LogCommand::Export(place) => export(&place),
            LogCommand::Receipt(receipt) => receipt.run(),
            LogCommand::Search(search) => search.run(),
            LogCommand::Watch(watch) => watch.run(),
        }
    }
}

fn key_ring(place: &Place) -> anyhow::Result<Arc<InstanceKeys>> {
    let number = place.number()?;
    let file = directory(&place.data, &number).join("instance.key");
    Ok(Arc::new(InstanceKeys::open(&file, &number, &place.master()?)?))
}

fn open(place: &Place, keys: &Arc<InstanceKeys>) -> anyhow::Result<EventLog> {
    let dir = directory(&place.data, keys.instance()).join("log");
    EventLog::open(&dir, keys.instance(), keys.clone()).context("is the server stopped?")
}

/// Writes into the access log what was done at the command line.
fn note(log: &AccessLog, command: &str, interaction: &str, person: PersonNo) -> anyhow::Result<()> {
    log.write_blocking(&[AccessEntry {
        person: person.0,
        action: "tilgangslogg-search".to_owned(),
        interaction: interaction.to_owned(),
        automatic: false,
        ..AccessEntry::at_the_machine(command, "", now_ms())
    }])?;
    Ok(())
}

/// Who has had what is no content, but it is about people: that it was exported stands in the access log.
fn export(place: &Place) -> anyhow::Result<()> {
    let keys = key_ring(place)?;
    let log = open(place, &keys)?;
    let access = directory(&place.data, keys.instance()).join("access");
    let access = AccessLog::open(&access, keys.instance(), keys.clone()).context("is the server stopped?")?;
    note(&access, "kilde log export", "log-export", PersonNo::NONE)?;
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
