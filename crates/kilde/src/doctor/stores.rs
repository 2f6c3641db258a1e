//! The stores of a stopped instance: everything in them is read, and what is damaged is named, with what mends it.

use super::{Finding, fine, wrong};
use crate::assembly::{directory, guard, instance, library, master_key};
use crate::config::Config;
use crate::log_command::verify::prove;
use kilde_access::AccessLog;
use kilde_http::jobs::Jobs;
use kilde_index::Index;
use kilde_log::{EventLog, Instance, InstanceKeys, MasterKey, Quarantine};
use std::path::Path;
use std::sync::Arc;

/// What mends a log: nothing but a copy.
const RESTORE: &str = "keep a copy of everything, then restore the instance from its backup";

/// Looks at the stores of every instance.
pub fn of_stores(config: &Config) -> Vec<Finding> {
    let mut out = Vec::new();
    let outside = match master_key(&config.master_key, false) {
        Ok(outside) => outside,
        Err(cause) => return vec![wrong(format!("{cause:#}"))],
    };
    if let Err(cause) = library::search_parameters(config.packages.directory.as_deref()) {
        out.push(wrong(format!("{cause:#}")));
    }
    for one in &config.instance {
        let Ok(number) = instance(&one.number) else { continue };
        let dir = directory(&config.data, &number);
        if dir.exists() {
            out.extend(of_instance(&dir, &number, &outside));
        }
    }
    out
}

/// Looks at one. Each store by itself: damage in one does not hide another's.
pub fn of_instance(dir: &Path, number: &Instance, outside: &MasterKey) -> Vec<Finding> {
    let name = number.as_str();
    let keys = match InstanceKeys::open(&dir.join("instance.key"), number, outside) {
        Ok(keys) => Arc::new(keys),
        Err(cause) => return vec![wrong(format!("{name}: {cause}: nothing opens without it"))],
    };
    let mut out = Vec::new();
    if let Err(cause) = guard::world(dir) {
        out.push(wrong(format!("{name}: {cause:#}")));
    }
    let mut damage = Vec::new();
    let proven = prove(dir, &keys, &[], &[], &mut |line| {
        if line.contains("NOT WHOLE") {
            damage.push(line.to_owned());
        }
    });
    out.push(match proven {
        Ok(proven) => {
            let (events, entries) = (proven.events, proven.entries);
            fine(format!(
                "{name}: both logs and the seal are whole: {events} events, {entries} access-log entries"
            ))
        }
        Err(cause) => wrong(format!(
            "{name}: {}: {RESTORE}",
            damage.pop().unwrap_or_else(|| format!("{cause:#}"))
        )),
    });
    out.extend(damage.into_iter().map(|line| wrong(format!("{name}: {line}: {RESTORE}"))));
    let log = EventLog::open(&dir.join("log"), number, keys.clone()).map(Arc::new);
    let Ok(log) = log else { return out };
    out.push(match quarantine(&log) {
        Ok(items) => fine(format!("{name}: the quarantine is whole: {items} items")),
        Err(cause) => wrong(format!("{name}: quarantine: {cause}: {RESTORE}")),
    });
    let index = Index::open(&dir.join("index"), number, keys.clone(), log.clone()).and_then(|index| index.digest());
    out.push(match index {
        Ok(_) => fine(format!("{name}: the index can be read")),
        Err(cause) => wrong(format!("{name}: {cause}: kilde rebuild makes it anew")),
    });
    let access = AccessLog::open(&dir.join("access"), number, keys.clone());
    let lookup = access.and_then(|access| access.catch_up());
    out.push(match lookup {
        Ok(_) => fine(format!("{name}: the lookup of the access log can be read")),
        Err(cause) => wrong(format!(
            "{name}: {cause}: remove {}, it comes back",
            dir.join("access-index").display()
        )),
    });
    out.push(match Jobs::open(&dir.join("jobs"), keys.subkey("jobs")) {
        Ok(_) => fine(format!("{name}: bulk jobs can be read")),
        Err(cause) => wrong(format!(
            "{name}: bulk jobs: {cause}: remove what is named; whoever asked asks again"
        )),
    });
    out
}

/// Reads every item; how many there are.
fn quarantine(log: &Arc<EventLog>) -> Result<usize, kilde_log::LogError> {
    let quarantine = Quarantine::open(log)?;
    let (mut items, mut before) = (0, None);
    loop {
        let page = quarantine.list(before, 500)?;
        let Some(last) = page.last() else { return Ok(items) };
        before = Some(last.no);
        for item in &page {
            quarantine.get(item.no)?;
        }
        items += page.len();
    }
}

#[cfg(test)]
mod tests;
