//! What a trial left on disk, held against what was acknowledged.

use super::load::{Acknowledged, Write};
use crate::assembly::{Stores, directory, instance, master_key};
use anyhow::{bail, ensure};
use kilde_access::AccessLog;
use kilde_index::Index;
use kilde_log::EventNo;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Opens what the server left and compares. Gives the number of events.
pub fn check(data: &Path, acknowledged: &Acknowledged) -> anyhow::Result<u64> {
    let instance = instance("9901")?;
    let master = master_key(&data.join("master.key"), false)?;
    let stores = Stores::open(data, &instance, &master)?;
    let verified = stores.log.verify(|_| ())?;
    ensure!(
        verified.events == stores.log.last().0,
        "the chain has {} events, the log says {}",
        verified.events,
        stores.log.last().0
    );

    let mut made: HashMap<(String, u32), u64> = HashMap::new();
    let mut messages: HashSet<String> = HashSet::new();
    for (at, event) in stores.log.events_from(EventNo(1))?.enumerate() {
        let event = event?;
        ensure!(event.no.0 == at as u64 + 1, "event {} stands at place {}", event.no.0, at + 1);
        if let Some(id) = &event.envelope.message_id {
            ensure!(messages.insert(id.clone()), "a message is there twice");
        }
        for (n, entry) in event.entries.iter().enumerate() {
            let name = format!("{}/{}", kilde_fhir::definitions::ResourceType(entry.rtype).name(), entry.id);
            let known = made.insert((name, entry.version), event.no.0);
            ensure!(known.is_none(), "a version is there twice");
            ensure!(stores.log.payload(event.no, n as u32)?.is_some(), "a version has no content");
        }
    }
    for Write { event, versions } in &acknowledged.writes {
        ensure!(!versions.is_empty(), "an acknowledgement named no version");
        for version in versions {
            match made.get(version) {
                None => bail!("an acknowledged version is lost: {} {} of event {event}", version.0, version.1),
                Some(no) => ensure!(no == event, "a version is in event {no}, acknowledged as {event}"),
            }
        }
    }
    access_log(data, &stores, acknowledged)?;

    let before = stores.index.digest()?;
    let Stores { keys, log, index, .. } = stores;
    let last = log.last().0;
    drop(index);
    let rebuilt = Index::rebuild(&directory(data, &instance).join("index"), &instance, keys, log, |_| ())?;
    ensure!(rebuilt.digest()? == before, "the rebuilt index differs");
    Ok(last)
}

/// Every acknowledged write and read has its entry.
fn access_log(data: &Path, stores: &Stores, acknowledged: &Acknowledged) -> anyhow::Result<()> {
    let instance = instance("9901")?;
    let log = AccessLog::open(&directory(data, &instance).join("access"), &instance, stores.keys.clone())?;
    log.records().verify(|_| ())?;
    let mut written: HashSet<(String, u32)> = HashSet::new();
    let (mut reads, mut before) = (0, None);
    loop {
        let entries = log.newest(before, 1000)?;
        let Some((last, _)) = entries.last() else { break };
        before = Some(*last);
        for (_, entry) in entries {
            if entry.interaction == "overview" {
                reads += 1;
            }
            written.extend(entry.resources.into_iter().map(|r| (format!("{}/{}", r.0, r.1), r.2)));
        }
    }
    ensure!(
        reads >= acknowledged.reads,
        "{} reads were answered, {reads} are logged",
        acknowledged.reads
    );
    for Write { versions, .. } in &acknowledged.writes {
        ensure!(
            versions.iter().all(|v| written.contains(v)),
            "an acknowledged write has no access-log entry"
        );
    }
    Ok(())
}
