//! Numbers for names: resources, code systems, sources. Given in the order of events, so that
//! a rebuild gives the same ones.

use crate::canonical::Units;
use crate::error::IndexError;
use crate::keys::{self, HASH, Rid};
use crate::record::Header;
use kilde_log::Subkey;
use rocksdb::{DB, WriteBatch};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Longest id of a resource (R4, data type id).
pub(crate) const ID: usize = 64;

/// The counters that are stored with the watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    pub applied: u64,
    /// Time of the last event applied: tells a log from another with the same numbers.
    pub received_ms: i64,
    /// The latest time of any event so far.
    pub latest_ms: i64,
    /// The first and last event whose clock had gone back; zeros if none had.
    pub astray: (u64, u64),
    pub next_rid: Rid,
    pub next_system: u32,
    pub next_source: u32,
}

/// How much earlier than one before it an event may have been received without its clock having gone back: messages are examined beside
/// each other.
pub(crate) const SLACK_MS: i64 = 3_600_000;

impl Counters {
    pub const START: Counters = Counters {
        applied: 0,
        received_ms: 0,
        latest_ms: i64::MIN,
        astray: (0, 0),
        next_rid: Rid::MAX,
        next_system: 1,
        next_source: 1,
    };

    /// An event is taken in.
    pub fn take(&mut self, event: u64, received_ms: i64) {
        self.applied = event;
        self.received_ms = received_ms;
        if received_ms.saturating_add(SLACK_MS) < self.latest_ms {
            let first = if self.astray.0 == 0 { event } else { self.astray.0 };
            self.astray = (first, event);
        }
        self.latest_ms = self.latest_ms.max(received_ms);
    }

    /// Whether everything up to an event of that time was received before a moment.
    pub fn is_before(&self, event: u64, received_ms: i64, moment_ms: i64) -> bool {
        received_ms.saturating_add(SLACK_MS) < moment_ms && !(self.astray.0..=self.astray.1).contains(&event)
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(52);
        out.extend_from_slice(&self.applied.to_be_bytes());
        out.extend_from_slice(&self.received_ms.to_be_bytes());
        for n in [self.next_rid, self.next_system, self.next_source] {
            out.extend_from_slice(&n.to_be_bytes());
        }
        out.extend_from_slice(&self.latest_ms.to_be_bytes());
        for event in [self.astray.0, self.astray.1] {
            out.extend_from_slice(&event.to_be_bytes());
        }
        out
    }

    pub fn decode(bytes: &[u8]) -> Option<Counters> {
        let (applied, rest) = bytes.split_first_chunk::<8>()?;
        let (received, rest) = rest.split_first_chunk::<8>()?;
        let (rest, last) = rest.split_at_checked(12)?;
        // An index of an earlier format has no more; it is built anew.
        let mut clock = last.as_chunks::<8>().0.iter().map(|c| u64::from_be_bytes(*c));
        let mut numbers = rest.as_chunks::<4>().0.iter().map(|c| u32::from_be_bytes(*c));
        Some(Counters {
            applied: u64::from_be_bytes(*applied),
            received_ms: i64::from_be_bytes(*received),
            latest_ms: clock.next().map_or(i64::MIN, u64::cast_signed),
            astray: (clock.next().unwrap_or(0), clock.next().unwrap_or(0)),
            next_rid: numbers.next()?,
            next_system: numbers.next()?,
            next_source: numbers.next()?,
        })
    }
}

/// The writer's knowledge of names. What is in it may not be in the store yet: after a failed
/// write it is made anew.
pub(crate) struct Names {
    pub counters: Counters,
    resources: FxHashMap<u8, FxHashMap<Box<str>, Rid>>,
    resource_count: usize,
    systems: FxHashMap<Box<str>, u32>,
    sources: FxHashMap<Arc<str>, u32>,
    /// Sources by number minus one.
    pub source_names: Vec<Arc<str>>,
    /// Pairs of [`keys::SYSTEM_CODE`] written lately.
    pub system_codes: FxHashSet<(u16, u32, [u8; HASH])>,
    /// Units that were looked up lately.
    pub units: Units,
}

const REMEMBERED: usize = 300_000;

impl Names {
    pub fn load(db: &DB) -> Result<Names, IndexError> {
        let counters = match db.get_pinned(keys::meta("applied"))? {
            Some(bytes) => Counters::decode(&bytes).ok_or(IndexError::Damaged("watermark"))?,
            None => Counters::START,
        };
        let mut names = Names {
            counters,
            resources: FxHashMap::default(),
            resource_count: 0,
            systems: FxHashMap::default(),
            sources: FxHashMap::default(),
            source_names: Vec::new(),
            system_codes: FxHashSet::default(),
            units: Units::default(),
        };
        for number in 1..counters.next_source {
            let name = db
                .get_pinned(keys::key(keys::SOURCE, &[&number.to_be_bytes()]))?
                .ok_or(IndexError::Damaged("source"))?;
            let name: Arc<str> = std::str::from_utf8(&name).map_err(|_| IndexError::Damaged("source"))?.into();
            names.sources.insert(name.clone(), number);
            names.source_names.push(name);
        }
        Ok(names)
    }

    /// Forgets what can be read again. Only between batches: what a batch holds is not in the store.
    pub fn trim(&mut self) {
        if self.resource_count > REMEMBERED {
            self.resources.clear();
            self.resource_count = 0;
        }
        if self.systems.len() > REMEMBERED {
            self.systems.clear();
        }
        if self.system_codes.len() > REMEMBERED {
            self.system_codes.clear();
        }
    }

    /// The number of a resource, given now if it has none.
    pub fn rid(&mut self, db: &DB, batch: &mut WriteBatch, rtype: u8, id: &str) -> Result<Rid, IndexError> {
        if let Some(rid) = self.resources.get(&rtype).and_then(|ids| ids.get(id)) {
            return Ok(*rid);
        }
        let key = keys::resource(rtype, id);
        let rid = match db.get_pinned(&key)? {
            Some(bytes) => decode_named(&bytes)?.0,
            None => {
                let rid = self.counters.next_rid;
                self.counters.next_rid = rid.checked_sub(1).ok_or(IndexError::Full("resource"))?;
                batch.put(&key, named(rid, None));
                rid
            }
        };
        self.resources.entry(rtype).or_default().insert(id.into(), rid);
        self.resource_count += 1;
        Ok(rid)
    }

    /// The number of a code system or identifier system, given now if it has none.
    pub fn system(&mut self, db: &DB, batch: &mut WriteBatch, hashing: &Subkey, system: &str) -> Result<u32, IndexError> {
        if let Some(number) = self.systems.get(system) {
            return Ok(*number);
        }
        let key = system_key(hashing, system);
        let number = match db.get_pinned(&key)? {
            Some(bytes) => keys::rid_of(&bytes).ok_or(IndexError::Damaged("system"))?,
            None => {
                let number = self.counters.next_system;
                self.counters.next_system = number.checked_add(1).ok_or(IndexError::Full("system"))?;
                batch.put(&key, number.to_be_bytes());
                number
            }
        };
        self.systems.insert(system.into(), number);
        Ok(number)
    }

    /// The number of a source or organisation, given now if it has none.
    pub fn source(&mut self, batch: &mut WriteBatch, source: &str) -> Result<u32, IndexError> {
        if let Some(number) = self.sources.get(source) {
            return Ok(*number);
        }
        let number = self.counters.next_source;
        self.counters.next_source = number.checked_add(1).ok_or(IndexError::Full("source"))?;
        batch.put(keys::key(keys::SOURCE, &[&number.to_be_bytes()]), source.as_bytes());
        let name: Arc<str> = source.into();
        self.sources.insert(name.clone(), number);
        self.source_names.push(name);
        Ok(number)
    }
}

/// What stands under the id of a resource: its number, and the header of its newest version if it has any (an id that is
/// only referred to has none). So a read by id is one look-up.
pub(crate) fn named(rid: Rid, newest: Option<&Header>) -> Vec<u8> {
    let mut out = rid.to_be_bytes().to_vec();
    out.extend(newest.map(Header::encode).iter().flatten());
    out
}

/// Back from [`named`].
pub(crate) fn decode_named(bytes: &[u8]) -> Result<(Rid, Option<Header>), IndexError> {
    let (rid, header) = bytes.split_first_chunk().ok_or(IndexError::Damaged("resource number"))?;
    let newest = if header.is_empty() { None } else { Some(Header::decode(header)?) };
    Ok((Rid::from_be_bytes(*rid), newest))
}

/// Where the number of a system stands.
pub(crate) fn system_key(hashing: &Subkey, system: &str) -> keys::Key {
    let hash = hashing.hash(system.as_bytes());
    keys::key(keys::SYSTEM, &[&hash[..16]])
}
