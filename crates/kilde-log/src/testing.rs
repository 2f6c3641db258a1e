//! What the tests of several modules need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

/// Copies a directory as it is at one moment. The engine makes and removes files in the background; a listing from before
/// and a manifest from after that is nothing that a kill could leave, so it is copied again until nothing has changed meanwhile.
pub(crate) fn copy(from: &Path, to: &Path) {
    loop {
        let before = files(from);
        for name in before.keys() {
            let target = to.join(name);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            match std::fs::copy(from.join(name), target) {
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
        if files(from) == before {
            return;
        }
        std::fs::remove_dir_all(to).unwrap();
    }
}

/// Every file below a directory, with its length.
fn files(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let (mut out, mut ahead) = (BTreeMap::new(), vec![dir.to_owned()]);
    while let Some(at) = ahead.pop() {
        for item in std::fs::read_dir(&at).unwrap() {
            let path = item.unwrap().path();
            match path.metadata() {
                Ok(found) if found.is_dir() => ahead.push(path),
                Ok(found) => _ = out.insert(path.strip_prefix(dir).unwrap().to_owned(), found.len()),
                Err(_) => {}
            }
        }
    }
    out
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
