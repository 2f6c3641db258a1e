//! Which sources answer now. A source that is known to be down is named in every overview it should have
//! contributed to; nothing about it is guessed.

use kilde_services::service::SourceStatus;
use parking_lot::RwLock;
use std::collections::{BTreeMap, BTreeSet};

/// The sources of one instance that are known to be down, by service.
#[derive(Default)]
pub struct Sources(RwLock<BTreeMap<String, BTreeSet<String>>>);

impl Sources {
    /// Notes that a source (by the name people know it by) of a service is down, or answers again.
    pub fn set(&self, service: &str, source: &str, down: bool) {
        let mut known = self.0.write();
        let sources = known.entry(service.to_owned()).or_default();
        if down {
            sources.insert(source.to_owned());
        } else {
            sources.remove(source);
        }
    }
}

impl Sources {
    /// How many are known to be down, over all services.
    pub fn number_down(&self) -> usize {
        self.0.read().values().map(BTreeSet::len).sum()
    }
}

impl SourceStatus for Sources {
    fn down(&self, service: &str) -> Vec<String> {
        self.0
            .read()
            .get(service)
            .map(|sources| sources.iter().cloned().collect())
            .unwrap_or_default()
    }
}
