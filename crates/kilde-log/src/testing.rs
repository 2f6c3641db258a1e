//! What the tests of several modules need.

use std::path::Path;
use std::sync::Arc;

use crate::{Change, Entry, Envelope, EventLog, Instance, InstanceKeys, MasterKey, NewEvent, PersonNo};

pub(crate) fn instance() -> Instance {
    Instance::parse("9901").unwrap()
}

/// A directory with keys, in which stores can be opened again and again.
pub(crate) struct Place {
    pub dir: tempfile::TempDir,
    pub keys: Arc<InstanceKeys>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = InstanceKeys::create(&dir.path().join("instance.key"), &instance(), &MasterKey::from_bytes([1; 32])).unwrap();
        Self { dir, keys: Arc::new(keys) }
    }

    pub(crate) fn log(&self) -> EventLog {
        EventLog::open(&self.dir.path().join("log"), &instance(), self.keys.clone()).unwrap()
    }

    /// What a killed process leaves: the files as they are, copied while the store is open.
    pub(crate) fn crashed(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy(self.dir.path(), dir.path());
        Self {
            dir,
            keys: self.keys.clone(),
        }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            // The engine may remove a file that it needs no longer between the listing and the copy.
            match std::fs::copy(item.path(), target) {
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

pub(crate) fn entry(person: u32, id: &str, payload: &[u8]) -> Entry {
    Entry {
        person: PersonNo(person),
        rtype: 5,
        id: id.to_owned(),
        version: 1,
        change: Change::Created,
        payload: payload.to_vec(),
    }
}

pub(crate) fn event(entries: Vec<Entry>) -> NewEvent {
    NewEvent {
        envelope: Envelope {
            kind: "transaction".into(),
            source: "epj".into(),
            received_ms: 1_790_000_000_000,
            ..Envelope::default()
        },
        original: b"the message as it came".to_vec(),
        answer: b"the first answer".to_vec(),
        entries,
        ..NewEvent::default()
    }
}
