//! Taking in events.

use crate::batch::Batch;
use crate::error::IndexError;
use crate::index::Index;
use crate::names::Names;
use kilde_log::{Entry, EventNo, NewEvent, PersonNo};
use rocksdb::WriteOptions;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// An event as the index takes it in. The entries carry their payloads; an entry that is no deletion and
/// has none is one whose key is destroyed.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    /// Its number.
    pub no: EventNo,
    /// When it was received: `lastUpdated` of its resources.
    pub received_ms: i64,
    /// Who delivered it (`Envelope::source`).
    pub source: &'a str,
    /// For which organisation (`Envelope::organisation`).
    pub organisation: &'a str,
    /// Persons found to be the same.
    pub links: &'a [(PersonNo, PersonNo)],
    /// The resources.
    pub entries: &'a [Entry],
}

impl<'a> Applied<'a> {
    /// The event as it went into the log under that number.
    pub fn of(no: EventNo, event: &'a NewEvent) -> Self {
        Applied {
            no,
            received_ms: event.envelope.received_ms,
            source: &event.envelope.source,
            organisation: &event.envelope.organisation,
            links: &event.links,
            entries: &event.entries,
        }
    }
}

impl Index {
    /// Takes in events that are in the log, in order, all of them in one atomic write. Events that
    /// are taken in already are passed over; what lies between is fetched from the log first.
    ///
    /// # Errors
    /// The store or the log refused; nothing of it was taken in, and the next call tries again.
    pub fn apply(&self, events: &[Applied<'_>]) -> Result<(), IndexError> {
        let mut names = self.writer.lock();
        let Some(first) = events.first() else { return Ok(()) };
        if first.no.0 > names.counters.applied + 1 {
            self.follow(&mut names, EventNo(first.no.0 - 1), &mut |_| ())?;
        }
        let done = names.counters.applied;
        let new = events.partition_point(|e| e.no.0 <= done);
        self.apply_locked(&mut names, &events[new..])
    }

    /// Takes in events while the writer's lock is held.
    pub(crate) fn apply_locked(&self, names: &mut Names, events: &[Applied<'_>]) -> Result<(), IndexError> {
        if events.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        names.trim();
        match self.write(names, events) {
            Ok(resources) => {
                self.applied.store(names.counters.applied, Ordering::Release);
                metrics::histogram!("kilde_index_apply_seconds").record(started.elapsed().as_secs_f64());
                metrics::counter!("kilde_index_resources_total").increment(resources);
                Ok(())
            }
            Err(error) => {
                // What the batch would have written is not there: forget the names it gave.
                *names = Names::load(&self.db)?;
                Err(error)
            }
        }
    }

    fn write(&self, names: &mut Names, events: &[Applied<'_>]) -> Result<u64, IndexError> {
        let first = names.counters.applied + 1;
        let sources = names.source_names.len();
        let mut resources = 0;
        let mut batch = Batch::new(self, names);
        for (event, expected) in events.iter().zip(first..) {
            if event.no.0 != expected {
                return Err(IndexError::OutOfOrder {
                    applied: EventNo(expected - 1),
                    given: event.no,
                });
            }
            batch.event(event)?;
            resources += event.entries.len() as u64;
        }
        batch.finish();
        let mut options = WriteOptions::default();
        options.set_sync(false);
        let Batch {
            write,
            groups,
            secret,
            declared,
            ledger,
            ..
        } = batch;
        if names.source_names.len() > sources {
            // Before the write: a record must never name a source that nobody knows.
            self.shared.write().sources = Arc::new(names.source_names.clone());
        }
        if let Some(secret) = &secret {
            // Before the write, whoever is added, and after it, whoever is not there any more: nothing is ever shown in between.
            let mut shared = self.shared.write();
            shared.secret = Arc::new(shared.secret.with(secret));
        }
        let writing = self.lists.begin();
        writing.touches(&write);
        self.db.write_opt(write, &options)?;
        drop(writing);
        if groups.is_some() || secret.is_some() || declared.is_some() || ledger.is_some() {
            let mut shared = self.shared.write();
            if let Some(groups) = groups {
                shared.groups = Arc::new(groups);
            }
            if let Some(secret) = secret {
                shared.secret = Arc::new(secret);
            }
            if let Some(declared) = declared {
                shared.declared = Arc::new(declared);
            }
            if let Some(ledger) = ledger {
                shared.ledger = Arc::new(ledger);
            }
        }
        Ok(resources)
    }
}
