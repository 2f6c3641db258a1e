//! Opening: what the log has and the index lacks is taken in; what does not fit the log or this
//! program is built anew.

use crate::apply::Applied;
use crate::error::IndexError;
use crate::index::{Index, Options};
use crate::keys;
use crate::names::Names;
use kilde_fhir::search::table_digest;
use kilde_log::{Change, Entry, EventLog, EventNo, Instance, InstanceKeys, StoredEvent};
use std::path::Path;
use std::sync::Arc;

/// Changes when the same event would give other keys or values than before.
const FORMAT: u32 = 8;

/// How far a build has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Last event taken in.
    pub applied: EventNo,
    /// Last event of the log.
    pub last: EventNo,
}

/// How much is taken in at a time.
const BATCH_ENTRIES: usize = 2_000;
const BATCH_BYTES: usize = 16 << 20;

impl Index {
    /// Opens the index in `dir` and takes in what the log has and it lacks. An index of another format or
    /// of another log, or one that the store finds damaged, is built anew.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn open(dir: &Path, instance: &Instance, keys: Arc<InstanceKeys>, log: Arc<EventLog>) -> Result<Self, IndexError> {
        Self::open_with(dir, instance, keys, log, Options::default(), |_| ())
    }

    /// As [`open`](Self::open), with options, telling how far it has come.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn open_with(
        dir: &Path,
        instance: &Instance,
        keys: Arc<InstanceKeys>,
        log: Arc<EventLog>,
        options: Options,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, IndexError> {
        let index = match Self::open_store(dir, instance, &keys, log.clone(), options.clone()) {
            Ok(index) if index.fits()? => index,
            Ok(index) => {
                tracing::info!("the index is of another format or log and is built anew");
                drop(index);
                Self::empty(dir, instance, &keys, log, options)?
            }
            Err(IndexError::Storage(e)) if e.kind() == rocksdb::ErrorKind::Corruption => {
                tracing::warn!(error = %e, "the index is damaged and is built anew");
                Self::empty(dir, instance, &keys, log, options)?
            }
            Err(IndexError::Damaged(what)) => {
                tracing::warn!(what, "the index is damaged and is built anew");
                Self::empty(dir, instance, &keys, log, options)?
            }
            Err(e) => return Err(e),
        };
        index.load_declared()?;
        index.load_policy()?;
        index.catch_up(&mut progress)?;
        Ok(index)
    }

    /// Drops what is in `dir` and builds the index anew from the log.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn rebuild(
        dir: &Path,
        instance: &Instance,
        keys: Arc<InstanceKeys>,
        log: Arc<EventLog>,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, IndexError> {
        let index = Self::empty(dir, instance, &keys, log, Options::default())?;
        index.catch_up(&mut progress)?;
        index.flush()?;
        Ok(index)
    }

    fn empty(dir: &Path, instance: &Instance, keys: &InstanceKeys, log: Arc<EventLog>, options: Options) -> Result<Self, IndexError> {
        match std::fs::remove_dir_all(dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        let index = Self::open_store(dir, instance, keys, log, options)?;
        index.db.put(keys::meta("fingerprint"), index.fingerprint())?;
        Ok(index)
    }

    /// Whether the index is of this format and follows this log. A new one is made to.
    fn fits(&self) -> Result<bool, IndexError> {
        let applied = self.applied();
        match self.db.get_pinned(keys::meta("fingerprint"))? {
            None if applied.0 == 0 => {
                self.db.put(keys::meta("fingerprint"), self.fingerprint())?;
                return Ok(true);
            }
            Some(found) if found[..] == self.fingerprint() => {}
            _ => return Ok(false),
        }
        if applied > self.log.last() {
            return Ok(false);
        }
        let received_ms = self.writer.lock().counters.received_ms;
        Ok(applied.0 == 0 || self.log.event(applied)?.is_some_and(|e| e.envelope.received_ms == received_ms))
    }

    /// What the stored form depends on: format, search parameters, and the key of the hashes.
    fn fingerprint(&self) -> [u8; 32] {
        let text = format!("kilde-index {FORMAT} {:016x} {}", table_digest(), self.instance.as_str());
        self.hashing.hash(text.as_bytes())
    }

    /// Takes in what the log has and the index lacks.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn catch_up(&self, progress: &mut dyn FnMut(Progress)) -> Result<(), IndexError> {
        let mut names = self.writer.lock();
        self.follow(&mut names, self.log.last(), progress)
    }

    /// Takes in the log's events up to `last`.
    pub(crate) fn follow(&self, names: &mut Names, last: EventNo, progress: &mut dyn FnMut(Progress)) -> Result<(), IndexError> {
        if names.counters.applied >= last.0 {
            return Ok(());
        }
        let mut stored = self
            .log
            .events_from(EventNo(names.counters.applied + 1))?
            .take_while(|e| e.as_ref().map_or(true, |e| e.no <= last))
            .peekable();
        let mut done = false;
        while !done {
            let mut events = Vec::new();
            let (mut entries, mut bytes) = (0, 0);
            while entries < BATCH_ENTRIES && bytes < BATCH_BYTES {
                // What destroys looks at all that there is, so it comes by itself.
                let alone = stored.peek().is_some_and(|event| event.as_ref().is_ok_and(destroys));
                if alone && !events.is_empty() {
                    break;
                }
                let Some(event) = stored.next().transpose()? else {
                    done = true;
                    break;
                };
                let contents = self.contents(&event)?;
                entries += 1 + contents.len();
                bytes += contents.iter().map(|e| e.payload.len()).sum::<usize>();
                events.push((event, contents));
                if alone {
                    break;
                }
            }
            let applied = events.iter().map(|(event, entries)| Applied {
                no: event.no,
                received_ms: event.envelope.received_ms,
                source: &event.envelope.source,
                organisation: &event.envelope.organisation,
                links: &event.links,
                entries,
            });
            self.apply_locked(names, &applied.collect::<Vec<_>>())?;
            progress(Progress {
                applied: EventNo(names.counters.applied),
                last,
            });
        }
        match names.counters.applied {
            applied if applied < last.0 => Err(IndexError::MissingEvent(EventNo(applied + 1))),
            _ => Ok(()),
        }
    }

    /// The entries of an event with their payloads; without where the key is destroyed.
    fn contents(&self, event: &StoredEvent) -> Result<Vec<Entry>, IndexError> {
        let payloads = self.log.payloads(event)?;
        let entries = event.entries.iter().zip(payloads).map(|(head, payload)| Entry {
            person: head.person,
            rtype: head.rtype,
            id: head.id.clone(),
            version: head.version,
            change: head.change,
            payload: payload.unwrap_or_default(),
        });
        Ok(entries.collect())
    }
}

fn destroys(event: &StoredEvent) -> bool {
    event.entries.iter().any(|entry| matches!(entry.change, Change::Destroyed(_)))
}
