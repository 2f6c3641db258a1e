//! The event log of one instance.

mod appender;
mod block;
mod destroy;
mod head;
mod persons;
mod read;
mod verify;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rocksdb::{Direction, ReadOptions, WriteBatch};
use tokio::sync::watch;

pub use appender::Appender;
pub use destroy::Destruction;
pub use read::Events;
pub use verify::Verified;

use crate::ring::{KEYS, KeyRing};
use crate::store::{Contents, Store};
use crate::{EventNo, Instance, InstanceKeys, LogError, PersonNo, Subkey};
use block::{ANSWERS, ENTRIES, ORIGINALS};
use persons::PersonNames;

const EVENTS: &str = "events";
const PERSONS: &str = "persons";
const MESSAGES: &str = "messages";
/// 2: keys of persons lie in a ring beside the log, and events have keys.
const FORMAT: u32 = 2;
/// Numbers that the store remembers: how many persons have one, from which event on events have keys, and that the log still has to be
/// rid of the keys that it once held itself.
const PERSONS_GIVEN: &str = "persons given";
const KEYED_FROM: &str = "keyed from";
const KEYS_MOVED: &str = "keys moved";
pub(crate) const QUARANTINE: &str = "quarantine";
pub(crate) const QUARANTINE_ORIGINALS: &str = "quarantine_originals";

/// The event log of one instance: the truth that everything else is built from.
///
/// `Send + Sync`; put it in an `Arc`. Any number of threads may read; writes pass the one [`Appender`].
pub struct EventLog {
    store: Arc<Store>,
    instance: Instance,
    keys: Arc<InstanceKeys>,
    ring: Arc<KeyRing>,
    keyed_from: u64,
    person_names: PersonNames,
    writer: Mutex<Tail>,
    last: AtomicU64,
    follow: watch::Sender<EventNo>,
}

/// Where the log ends: what the next event builds on.
#[derive(Clone, Copy)]
struct Tail {
    event: EventNo,
    hash: [u8; 32],
    person: PersonNo,
}

impl EventLog {
    /// Opens the log in `dir`, or creates it. Refuses, naming the place, when another process has it open,
    /// the keys are not the ones it was written with, or its end is damaged or missing.
    /// The whole of it is checked by [`EventLog::verify`], not here: a start takes no longer for a longer log.
    pub fn open(dir: &Path, instance: &Instance, keys: Arc<InstanceKeys>) -> Result<Self, LogError> {
        if keys.instance() != instance {
            return Err(LogError::OtherInstance {
                path: dir.to_owned(),
                instance: *instance,
            });
        }
        let families = [
            (EVENTS, Contents::Sealed),
            (ENTRIES, Contents::Sealed),
            (ORIGINALS, Contents::Sealed),
            (ANSWERS, Contents::Sealed),
            (PERSONS, Contents::Hashed),
            // Of logs of format 1.
            (KEYS, Contents::Small),
            (destroy::DESTROYING, Contents::Small),
            (MESSAGES, Contents::Hashed),
            (QUARANTINE, Contents::Sealed),
            (QUARANTINE_ORIGINALS, Contents::Sealed),
        ];
        let mut store = Store::open(dir, "event log", FORMAT, &families, &keys)?;
        let ring = Arc::new(KeyRing::open(&KeyRing::beside(dir), keys.clone())?);
        upgrade(&mut store, &ring)?;
        let store = Arc::new(store);
        let start = Tail {
            event: EventNo(0),
            hash: block::genesis(instance),
            person: PersonNo(0),
        };
        let log = Self {
            keyed_from: store.number(KEYED_FROM)?.unwrap_or(1),
            store,
            instance: *instance,
            keys,
            ring,
            person_names: persons::no_names(),
            writer: Mutex::new(start),
            last: AtomicU64::new(0),
            follow: watch::Sender::new(EventNo(0)),
        };
        let tail = log.recover(start)?;
        *log.writer.lock() = tail;
        log.last.store(tail.event.0, Ordering::Release);
        log.follow.send_replace(tail.event);
        log.ring.cut_after(tail.event)?;
        Ok(log)
    }

    /// Finds the end of the log and checks that it is whole.
    fn recover(&self, start: Tail) -> Result<Tail, LogError> {
        let last = self.edge(EVENTS, self.store.last_key(EVENTS)?)?;
        self.store.check_head(last)?;
        if last > 0 && self.edge(EVENTS, self.store.first_key(EVENTS)?)? != 1 {
            return Err(LogError::Missing { family: EVENTS, key: 1 });
        }
        for family in [ORIGINALS, ANSWERS] {
            let found = self.edge(family, self.store.last_key(family)?)?;
            if found != last {
                return Err(LogError::Missing {
                    family: if found < last { family } else { EVENTS },
                    key: found.max(last),
                });
            }
        }
        let entries = self.edge(ENTRIES, self.store.last_key(ENTRIES)?)?;
        if entries > last {
            return Err(LogError::Missing {
                family: EVENTS,
                key: entries,
            });
        }
        let person = self.store.number(PERSONS_GIVEN)?.unwrap_or_default();
        let person = u32::try_from(person).map_err(|_| LogError::damaged(KEYS, person, "there cannot be so many persons"))?;
        let keys = self.ring.last()?;
        if keys < person {
            return Err(LogError::NoKeys {
                path: self.ring.store.path().to_owned(),
                found: keys,
                given: person,
            });
        }
        let mut tail = Tail {
            person: PersonNo(person),
            ..start
        };
        if last > 0 {
            tail.event = EventNo(last);
            // What was to be destroyed first: a ring from before would not fit what was sealed since.
            *self.writer.lock() = tail;
            self.last.store(last, Ordering::Release);
            self.recover_destructions()?;
            // The last few events are walked whole; a torn end shows here.
            let from = last.saturating_sub(7).max(1);
            tail.hash = verify::tail(self, EventNo(from), EventNo(last))?;
        }
        Ok(tail)
    }

    fn edge(&self, family: &'static str, key: Option<Box<[u8]>>) -> Result<u64, LogError> {
        let Some(key) = key else { return Ok(0) };
        key.first_chunk::<8>()
            .map(|no| u64::from_be_bytes(*no))
            .ok_or_else(|| LogError::damaged(family, 0, "the key has a wrong length"))
    }

    /// The instance it belongs to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whether it takes events: not after a write of which it cannot be known what reached the disk, until it is opened again.
    pub fn takes_events(&self) -> bool {
        self.store.check_poisoned().is_ok()
    }

    /// The number of the last event; 0 when there is none.
    pub fn last(&self) -> EventNo {
        EventNo(self.last.load(Ordering::Acquire))
    }

    /// How many persons have a number: the highest one given.
    pub fn persons(&self) -> PersonNo {
        self.writer.lock().person
    }

    /// A channel that always holds the number of the last event.
    pub fn follow(&self) -> watch::Receiver<EventNo> {
        self.follow.subscribe()
    }

    /// Takes the writer's lock (waits for it) and collects events; see [`Appender`].
    pub fn appender(&self) -> Appender<'_> {
        Appender::new(self)
    }

    /// Destroys a person's key, without an event that tells of it. From then on every payload of the person, and every original and answer
    /// of an event that concerns the person, is unreadable for ever; the chain still verifies. The wrapped key is
    /// overwritten, and the tables and the journal that held it are rewritten before this returns.
    #[cfg(test)]
    pub(crate) fn destroy_person_key(&self, person: PersonNo) -> Result<(), LogError> {
        let tail = self.writer.lock();
        if !person.is_some() || person > tail.person {
            return Err(LogError::UnknownPerson { person });
        }
        self.ring.replace(&[(person, None)], self.ring.carried()?)?;
        self.ring.scour_persons()
    }

    /// Whether the person's data key is destroyed.
    pub fn destroyed(&self, person: PersonNo) -> Result<bool, LogError> {
        Ok(self.ring.get(person)?.is_none())
    }

    /// Waits until the store has put its files in order, as it does in the background after much was written.
    pub fn settle(&self) -> Result<(), LogError> {
        self.store.settle()
    }

    /// Makes a copy of the log's files in `to`, a new directory on the same file system, while others read and write: everything that is
    /// durable now is in it, whole events only. Tables are linked, so it costs little room, for as long as it is there. The copy opens as a
    /// log of its own, with a key ring beside it that is at least as new ([`EventLog::copy_key_ring`] after this).
    ///
    /// # Errors
    /// Those of the store; [`LogError::Poisoned`] after a failed write.
    pub fn copy_to(&self, to: &Path) -> Result<(), LogError> {
        self.store.copy_to(to)
    }

    /// Makes such a copy of the key ring in a directory `keys.copy` beside it, and says where. The one before goes, and so does this one when
    /// something is destroyed: whoever reads it then finds files missing, and asks again. It goes at the next opening, too.
    ///
    /// # Errors
    /// As [`EventLog::copy_to`].
    pub fn copy_key_ring(&self) -> Result<std::path::PathBuf, LogError> {
        self.ring.copy()
    }

    /// Removes what [`EventLog::copy_key_ring`] made.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn remove_key_ring_copy(&self) -> Result<(), LogError> {
        self.ring.remove_copy()
    }

    /// A key of the instance for one purpose of who works with the log.
    pub fn subkey(&self, purpose: &'static str) -> Subkey {
        self.keys.subkey(purpose)
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub(crate) fn keys(&self) -> &Arc<InstanceKeys> {
        &self.keys
    }

    pub(crate) fn ring(&self) -> &Arc<KeyRing> {
        &self.ring
    }
}

/// Brings a log of format 1 into this one: its persons' keys move into the ring, and events that come have keys. A crash on the way
/// leaves nothing half done.
fn upgrade(store: &mut Store, ring: &KeyRing) -> Result<(), LogError> {
    if store.format() < FORMAT {
        ring.take_over(store)?;
        let last = match store.last_key(EVENTS)? {
            None => 0,
            Some(key) => key.first_chunk::<8>().map_or(0, |no| u64::from_be_bytes(*no)),
        };
        let mut batch = WriteBatch::default();
        for item in store.scan(KEYS, &[], Direction::Forward, ReadOptions::default())? {
            batch.delete_cf(store.cf(KEYS)?, item?.0);
        }
        store.put_number(&mut batch, PERSONS_GIVEN, Some(u64::from(ring.last()?)))?;
        store.put_number(&mut batch, KEYED_FROM, Some(last + 1))?;
        store.put_number(&mut batch, KEYS_MOVED, Some(1))?;
        store.set_format(FORMAT, batch)?;
        tracing::info!("the keys of persons have moved into a directory of their own, beside the log");
    }
    if store.number(KEYS_MOVED)?.is_some() {
        store.rewrite(KEYS)?;
        let mut batch = WriteBatch::default();
        store.put_number(&mut batch, KEYS_MOVED, None)?;
        store.write(batch, None)?;
    }
    Ok(())
}
