//! Walking the log: gaps, the hash chain, every sealed block, and the tables that follow from it.

use rocksdb::{Direction, ReadOptions};
use rustc_hash::FxHashMap;

use super::block::{self, ANSWERS, ContentHashes, ENTRIES, ORIGINALS, Value};
use super::head::NameHash;
use super::{EVENTS, EventLog, KEYS, MESSAGES, PERSONS};
use crate::store::Scan;
use crate::{EventNo, LogError, PersonNo, StoredEvent};

/// What a verification that found no fault has seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// Events walked.
    pub events: u64,
    /// Entries walked.
    pub entries: u64,
    /// Payloads, originals and answers that opened.
    pub opened: u64,
    /// Payloads, originals and answers whose key is destroyed.
    pub destroyed: u64,
    /// Identities and persons found as the events introduced them.
    pub identities: u64,
    /// Persons with a data key, destroyed ones included.
    pub persons: u64,
    /// The chain hash of the last event; it stands for the whole log.
    pub head: [u8; 32],
}

impl EventLog {
    /// Walks the whole log: numbers without gap, the hash chain from the first event, every sealed block opens
    /// (unless its key is destroyed), and the persons, keys and messages tables are what the events say.
    /// The first fault is returned as an error that names the place. Readers and writers go on meanwhile;
    /// what is appended during the walk is left out. `progress` hears every event's number.
    pub fn verify(&self, progress: impl FnMut(EventNo)) -> Result<Verified, LogError> {
        let snapshot = self.store.snapshot();
        let options = || {
            let mut options = ReadOptions::default();
            options.set_snapshot(&snapshot);
            options.fill_cache(false);
            options.set_readahead_size(1 << 20);
            options
        };
        let mut walk = Walk::new(self, EventNo(1), block::genesis(&self.instance), &options)?;
        walk.names = Some(FxHashMap::default());
        walk.run(None, progress)?;
        walk.no_more()?;
        walk.tables(&options)?;
        Ok(walk.found)
    }
}

/// Checks the events `from..=last` whole and gives the chain hash of the last.
pub(super) fn tail(log: &EventLog, from: EventNo, last: EventNo) -> Result<[u8; 32], LogError> {
    let before = match from.0 {
        0 | 1 => block::genesis(&log.instance),
        no => {
            let value = log.store.get(EVENTS, &(no - 1).to_be_bytes())?.ok_or(LogError::Missing {
                family: EVENTS,
                key: no - 1,
            })?;
            log.open_record(EventNo(no - 1), &value)?.1.hash
        }
    };
    let mut walk = Walk::new(log, from, before, &ReadOptions::default)?;
    walk.run(Some(last), |_| {})?;
    walk.no_more()?;
    if walk.next != last.next() {
        return Err(LogError::Missing {
            family: EVENTS,
            key: walk.next.0,
        });
    }
    Ok(walk.found.head)
}

/// The four sealed families, walked side by side.
struct Walk<'a> {
    log: &'a EventLog,
    next: EventNo,
    events: Scan<'a>,
    originals: Scan<'a>,
    answers: Scan<'a>,
    entries: Scan<'a>,
    /// The persons table as the events so far make it; absent when only a part is walked.
    names: Option<FxHashMap<NameHash, PersonNo>>,
    messages: u64,
    found: Verified,
}

impl<'a> Walk<'a> {
    fn new(log: &'a EventLog, from: EventNo, before: [u8; 32], options: &dyn Fn() -> ReadOptions) -> Result<Self, LogError> {
        // From the first event on, every key counts, also one that should not be there.
        let key = if from.0 <= 1 { Vec::new() } else { from.0.to_be_bytes().to_vec() };
        let scan = |family| log.store.scan(family, &key, Direction::Forward, options());
        Ok(Self {
            log,
            next: from,
            events: scan(EVENTS)?,
            originals: scan(ORIGINALS)?,
            answers: scan(ANSWERS)?,
            entries: scan(ENTRIES)?,
            names: None,
            messages: 0,
            found: Verified {
                head: before,
                ..Verified::default()
            },
        })
    }

    fn run(&mut self, last: Option<EventNo>, mut progress: impl FnMut(EventNo)) -> Result<(), LogError> {
        while last.is_none_or(|last| self.next <= last) {
            let Some((key, value)) = self.events.next().transpose()? else {
                break;
            };
            if key[..] != self.next.0.to_be_bytes() {
                return Err(LogError::Missing {
                    family: EVENTS,
                    key: self.next.0,
                });
            }
            self.event(&value)?;
            progress(self.next);
            self.next = self.next.next();
        }
        Ok(())
    }

    fn event(&mut self, value: &[u8]) -> Result<(), LogError> {
        let no = self.next;
        let (head, record) = self.log.open_record(no, value)?;
        let original = expect(&mut self.originals, ORIGINALS, &no.0.to_be_bytes(), no)?;
        let answer = expect(&mut self.answers, ANSWERS, &no.0.to_be_bytes(), no)?;
        let mut contents = ContentHashes {
            original: block::value_hash(&original),
            answer: block::value_hash(&answer),
            entries: Vec::with_capacity(head.entries.len()),
        };
        for (entry, number) in head.entries.iter().zip(0..) {
            let value = expect(&mut self.entries, ENTRIES, &block::entry_key(no, number), no)?;
            contents.entries.push(block::value_hash(&value));
            if !matches!(block::parse(&value), Some(Value::Removed { .. })) && !belongs_to(&value, entry.person) {
                return Err(LogError::damaged(
                    ENTRIES,
                    no.0,
                    "the entry is sealed for another person than its head says",
                ));
            }
            let opened = self.log.open_entry(no, number, &value)?;
            self.count(opened.is_some());
        }
        self.found.entries += head.entries.len() as u64;
        let hash = block::event_hash(&self.found.head, no, record.head, &contents);
        if hash != record.hash {
            return Err(LogError::damaged(EVENTS, no.0, "the hash chain breaks here"));
        }
        self.found.head = hash;
        self.found.events += 1;
        self.follow(no, &head)?;
        let event = StoredEvent {
            no,
            envelope: head.envelope,
            links: head.links,
            entries: head.entries,
            hash,
        };
        for (family, value) in [(ORIGINALS, original), (ANSWERS, answer)] {
            let opened = self.log.open_shared(family, &event, &value)?;
            self.count(opened.is_some());
        }
        Ok(())
    }

    fn count(&mut self, opened: bool) {
        if opened {
            self.found.opened += 1;
        } else {
            self.found.destroyed += 1;
        }
    }

    /// Notes what the event adds to the tables.
    fn follow(&mut self, no: EventNo, head: &super::head::Head) -> Result<(), LogError> {
        let Some(names) = &mut self.names else { return Ok(()) };
        names.extend(head.identities.iter().copied());
        if let Some(message) = &head.message {
            self.messages += 1;
            if self.log.by_message_hash(message)? != Some(no) {
                return Err(LogError::damaged(MESSAGES, no.0, "the message key does not lead to its event"));
            }
        }
        Ok(())
    }

    /// After the last event there must be nothing more.
    fn no_more(&mut self) -> Result<(), LogError> {
        for scan in [&mut self.originals, &mut self.answers, &mut self.entries] {
            if scan.next().transpose()?.is_some() {
                return Err(LogError::Missing {
                    family: EVENTS,
                    key: self.next.0,
                });
            }
        }
        Ok(())
    }

    /// The tables hold what the events say, and nothing else.
    fn tables(&mut self, options: &dyn Fn() -> ReadOptions) -> Result<(), LogError> {
        let store = &self.log.store;
        let names = self.names.take().unwrap_or_default();
        // Every person came with a name.
        let given = names.values().map(|person| u64::from(person.0)).max().unwrap_or_default();
        for item in store.scan(PERSONS, &[], Direction::Forward, options())? {
            let (key, value) = item?;
            let name = <NameHash>::try_from(&key[..]).ok();
            let person = <[u8; 4]>::try_from(&value[..])
                .ok()
                .map(|person| PersonNo(u32::from_be_bytes(person)));
            if person.is_none() || name.and_then(|name| names.get(&name).copied()) != person {
                let person = person.map_or(0, |person| u64::from(person.0));
                return Err(LogError::damaged(
                    PERSONS,
                    person,
                    "an identity names another person than the events say",
                ));
            }
            self.found.identities += 1;
        }
        if self.found.identities != names.len() as u64 {
            return Err(LogError::damaged(PERSONS, 0, "identities that the events introduced are missing"));
        }
        for item in self.log.ring.store.scan(KEYS, &[], Direction::Forward, ReadOptions::default())? {
            let (key, wrapped) = item?;
            if self.found.persons == given {
                // Keys above were made for events that never came, or that came meanwhile.
                break;
            }
            self.found.persons += 1;
            let person = self.found.persons;
            let expected = u32::try_from(person).unwrap_or(u32::MAX);
            if key[..] != expected.to_be_bytes() {
                return Err(LogError::Missing { family: KEYS, key: person });
            }
            if !self.log.ring.check(PersonNo(expected), &wrapped) {
                return Err(LogError::damaged(KEYS, person, "the wrapped key does not open in this place"));
            }
        }
        if self.found.persons < given {
            return Err(LogError::Missing {
                family: KEYS,
                key: self.found.persons + 1,
            });
        }
        let mut messages = 0;
        for item in store.scan(MESSAGES, &[], Direction::Forward, options())? {
            item?;
            messages += 1;
        }
        if messages != self.messages {
            return Err(LogError::damaged(MESSAGES, 0, "there are message keys that no event has"));
        }
        Ok(())
    }
}

fn belongs_to(value: &[u8], person: PersonNo) -> bool {
    matches!(block::parse(value), Some(Value::Sealed { person: found, .. }) if found == person)
}

fn expect(scan: &mut Scan<'_>, family: &'static str, key: &[u8], no: EventNo) -> Result<Box<[u8]>, LogError> {
    match scan.next().transpose()? {
        Some((found, value)) if found[..] == *key => Ok(value),
        // A smaller key is a record too many, a greater one shows that ours is missing.
        Some((found, _)) if found[..] < *key => Err(LogError::damaged(family, no.0, "there is a record too many before this one")),
        _ => Err(LogError::Missing { family, key: no.0 }),
    }
}
