//! Reading the log.

use rocksdb::{Direction, ReadOptions};

use super::block::{self, ANSWERS, At, ENTRIES, ORIGINALS, Record, Value};
use super::head::{Head, NameHash};
use super::{EVENTS, EventLog, MESSAGES, PERSONS};
use crate::store::Scan;
use crate::{EventNo, LogError, PersonNo, StoredEvent};

impl EventLog {
    /// An event without its contents; `None` when the log does not reach that far.
    pub fn event(&self, no: EventNo) -> Result<Option<StoredEvent>, LogError> {
        if no.0 == 0 || no > self.last() {
            return Ok(None);
        }
        let Some(value) = self.store.get(EVENTS, &no.0.to_be_bytes())? else {
            return Err(LogError::Missing { family: EVENTS, key: no.0 });
        };
        self.stored(no, &value).map(Some)
    }

    /// The chain hash of an event; `None` when there is none with this number.
    ///
    /// # Errors
    /// Those of the store, and [`LogError::Missing`] or [`LogError::Damaged`].
    pub fn hash_of(&self, no: EventNo) -> Result<Option<[u8; 32]>, LogError> {
        if no.0 == 0 || no > self.last() {
            return Ok(None);
        }
        let value = self.store.get(EVENTS, &no.0.to_be_bytes())?;
        let value = value.ok_or(LogError::Missing { family: EVENTS, key: no.0 })?;
        let wrong = || LogError::damaged(EVENTS, no.0, "the record cannot be read");
        Record::parse(&value).ok_or_else(wrong).map(|record| Some(record.hash))
    }

    /// The events from `no` on, in order, up to the last one at the time of the call.
    /// A gap or a damaged record is an error at its place, and the end.
    pub fn events_from(&self, no: EventNo) -> Result<Events<'_>, LogError> {
        self.events_between(no, self.last())
    }

    /// The events from one to another.
    pub(super) fn events_between(&self, no: EventNo, last: EventNo) -> Result<Events<'_>, LogError> {
        let next = EventNo(no.0.max(1));
        let mut options = ReadOptions::default();
        options.set_readahead_size(1 << 20);
        options.fill_cache(false);
        let scan = self.store.scan(EVENTS, &next.0.to_be_bytes(), Direction::Forward, options)?;
        Ok(Events {
            log: self,
            next,
            last,
            scan,
        })
    }

    /// The payload of an entry: the exact bytes that were appended. `None` when the person's key is destroyed.
    pub fn payload(&self, event: EventNo, entry: u32) -> Result<Option<Vec<u8>>, LogError> {
        if event.0 == 0 || event > self.last() {
            return Err(LogError::NoSuchEntry { event, entry });
        }
        let Some(value) = self.store.get(ENTRIES, &block::entry_key(event, entry))? else {
            let entries = self
                .store
                .get(EVENTS, &event.0.to_be_bytes())?
                .and_then(|value| Record::parse(&value).map(|r| r.entries));
            return Err(match entries {
                Some(entries) if entry >= entries => LogError::NoSuchEntry { event, entry },
                _ => LogError::Missing {
                    family: ENTRIES,
                    key: event.0,
                },
            });
        };
        self.open_entry(event, entry, &value)
    }

    /// The payloads of all entries of an event, in order, in one scan.
    pub fn payloads(&self, event: &StoredEvent) -> Result<Vec<Option<Vec<u8>>>, LogError> {
        let mut out = Vec::with_capacity(event.entries.len());
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(event.no.next().0.to_be_bytes());
        let mut scan = self
            .store
            .scan(ENTRIES, &block::entry_key(event.no, 0), Direction::Forward, options)?;
        for (_, entry) in event.entries.iter().zip(0..) {
            match scan.next().transpose()? {
                Some((key, value)) if key[..] == block::entry_key(event.no, entry) => out.push(self.open_entry(event.no, entry, &value)?),
                _ => {
                    return Err(LogError::Missing {
                        family: ENTRIES,
                        key: event.no.0,
                    });
                }
            }
        }
        Ok(out)
    }

    /// The message as it was received. `None` when the key of any concerned person is destroyed.
    pub fn original(&self, no: EventNo) -> Result<Option<Vec<u8>>, LogError> {
        self.shared(ORIGINALS, no)
    }

    /// The first answer. `None` when the key of any concerned person is destroyed.
    pub fn answer(&self, no: EventNo) -> Result<Option<Vec<u8>>, LogError> {
        self.shared(ANSWERS, no)
    }

    fn shared(&self, family: &'static str, no: EventNo) -> Result<Option<Vec<u8>>, LogError> {
        let event = self.event(no)?.ok_or(LogError::Missing { family, key: no.0 })?;
        let Some(value) = self.store.get(family, &no.0.to_be_bytes())? else {
            return Err(LogError::Missing { family, key: no.0 });
        };
        self.open_shared(family, &event, &value)
    }

    /// The person an identity names (also one whose data key is destroyed).
    pub fn person(&self, identity: &str) -> Result<Option<PersonNo>, LogError> {
        self.person_by_hash(&self.keys.identity_hash(identity))
    }

    /// The event that a message key belongs to.
    pub fn by_message(&self, key: &[u8]) -> Result<Option<EventNo>, LogError> {
        self.by_message_hash(&self.keys.message_hash(key))
    }

    pub(super) fn person_by_hash(&self, name: &NameHash) -> Result<Option<PersonNo>, LogError> {
        self.person_names.get(name, || {
            let Some(value) = self.store.get(PERSONS, name)? else {
                return Ok(None);
            };
            let number = value[..].try_into().map(u32::from_be_bytes);
            number
                .map(|number| Some(PersonNo(number)))
                .map_err(|_| LogError::damaged(PERSONS, 0, "the number has a wrong length"))
        })
    }

    pub(super) fn by_message_hash(&self, message: &NameHash) -> Result<Option<EventNo>, LogError> {
        let Some(value) = self.store.get(MESSAGES, message)? else {
            return Ok(None);
        };
        let event = value[..].try_into().map(u64::from_be_bytes);
        event
            .map(|event| Some(EventNo(event)))
            .map_err(|_| LogError::damaged(MESSAGES, 0, "the number has a wrong length"))
    }

    pub(super) fn stored(&self, no: EventNo, value: &[u8]) -> Result<StoredEvent, LogError> {
        let (head, record) = self.open_record(no, value)?;
        Ok(StoredEvent {
            no,
            envelope: head.envelope,
            links: head.links,
            entries: head.entries,
            hash: record.hash,
        })
    }

    pub(super) fn open_record<'v>(&self, no: EventNo, value: &'v [u8]) -> Result<(Head, Record<'v>), LogError> {
        let record = Record::parse(value).ok_or_else(|| LogError::damaged(EVENTS, no.0, "the record cannot be read"))?;
        let Some(Value::Sealed {
            person: PersonNo::NONE,
            block,
        }) = block::parse(record.head)
        else {
            return Err(LogError::damaged(EVENTS, no.0, "the sealed head cannot be read"));
        };
        let at = At {
            instance: &self.instance,
            family: EVENTS,
            event: no,
            entry: 0,
            person: PersonNo::NONE,
        };
        let head = Head::decode(&at.open(&self.keys.envelope, block)?)
            .filter(|head| head.entries.len() == record.entries as usize)
            .ok_or_else(|| LogError::damaged(EVENTS, no.0, "the head makes no sense"))?;
        Ok((head, record))
    }

    pub(super) fn open_entry(&self, event: EventNo, entry: u32, value: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        match block::parse(value) {
            None => Err(LogError::damaged(ENTRIES, event.0, "the entry cannot be read")),
            Some(Value::Removed { .. }) => Ok(None),
            Some(Value::Sealed { person, block }) => {
                let at = At {
                    instance: &self.instance,
                    family: ENTRIES,
                    event,
                    entry,
                    person,
                };
                match self.key_of_entry(at)? {
                    Some(key) => at.open_with(&key, block).map(Some),
                    None => Ok(None),
                }
            }
        }
    }

    pub(super) fn open_shared(&self, family: &'static str, event: &StoredEvent, value: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        let block = match block::parse(value) {
            Some(Value::Removed { .. }) => return Ok(None),
            Some(Value::Sealed {
                person: PersonNo::NONE,
                block,
            }) => block,
            _ => return Err(LogError::damaged(family, event.no.0, "the content cannot be read")),
        };
        let at = At {
            instance: &self.instance,
            family,
            event: event.no,
            entry: 0,
            person: PersonNo::NONE,
        };
        match self.key_of_shared(at, &event.concerned())? {
            Some(key) => at.open_with(&key, block).map(Some),
            None => Ok(None),
        }
    }
}

/// Events in order; see [`EventLog::events_from`].
pub struct Events<'a> {
    log: &'a EventLog,
    next: EventNo,
    last: EventNo,
    scan: Scan<'a>,
}

impl Events<'_> {
    fn step(&mut self) -> Result<StoredEvent, LogError> {
        let no = self.next;
        match self.scan.next().transpose()? {
            Some((key, value)) if key[..] == no.0.to_be_bytes() => self.log.stored(no, &value),
            _ => Err(LogError::Missing { family: EVENTS, key: no.0 }),
        }
    }
}

impl Iterator for Events<'_> {
    type Item = Result<StoredEvent, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next > self.last {
            return None;
        }
        let event = self.step();
        self.next = if event.is_ok() { self.next.next() } else { EventNo(u64::MAX) };
        Some(event)
    }
}
