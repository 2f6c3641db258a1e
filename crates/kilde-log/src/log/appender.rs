//! Writing: a group of events becomes one batch, one sync.

use parking_lot::MutexGuard;
use rocksdb::WriteBatch;
use rustc_hash::FxHashMap;

use super::block::{self, ANSWERS, At, ContentHashes, ENTRIES, ORIGINALS, Record};
use super::destroy::{DESTROYING, Destruction, Remembered};
use super::head::{Head, NameHash};
use super::{EVENTS, EventLog, MESSAGES, PERSONS, PERSONS_GIVEN, Tail};
use crate::ring::{PersonKey, combined};
use crate::{EntryHead, EventNo, LogError, NewEvent, PersonNo, seal};

/// Collects events and writes them together.
///
/// It holds the writer's lock. What it resolves (persons, message keys) includes what was pushed before in the
/// same group. Nothing is visible to anyone before [`Appender::commit`] has returned; dropping it undoes
/// everything, and the numbers it gave are given again.
pub struct Appender<'a> {
    log: &'a EventLog,
    tail: MutexGuard<'a, Tail>,
    next: EventNo,
    persons: PersonNo,
    names: FxHashMap<NameHash, PersonNo>,
    unwritten_names: Vec<(NameHash, PersonNo)>,
    new_keys: FxHashMap<PersonNo, PersonKey>,
    messages: FxHashMap<NameHash, EventNo>,
    pushed: Vec<Pushed>,
}

/// An event whose contents are sealed; its head and hash follow at commit.
struct Pushed {
    no: EventNo,
    nonce: [u8; 12],
    head: Head,
    original: Vec<u8>,
    answer: Vec<u8>,
    entries: Vec<Vec<u8>>,
    destroys: Option<Destruction>,
}

impl<'a> Appender<'a> {
    pub(super) fn new(log: &'a EventLog) -> Self {
        let tail = log.writer.lock();
        Self {
            log,
            next: tail.event.next(),
            persons: tail.person,
            tail,
            names: FxHashMap::default(),
            unwritten_names: Vec::new(),
            new_keys: FxHashMap::default(),
            messages: FxHashMap::default(),
            pushed: Vec::new(),
        }
    }

    /// The number the next pushed event will have.
    pub fn next_no(&self) -> EventNo {
        self.next
    }

    /// The person an identity names.
    pub fn person(&mut self, identity: &str) -> Result<Option<PersonNo>, LogError> {
        self.person_by_hash(self.log.keys.identity_hash(identity))
    }

    fn person_by_hash(&self, name: NameHash) -> Result<Option<PersonNo>, LogError> {
        match self.names.get(&name) {
            Some(person) => Ok(Some(*person)),
            None => self.log.person_by_hash(&name),
        }
    }

    /// The person an identity names; a new one, with a new data key, when it names nobody yet or one whose
    /// data key is destroyed. The person comes to be with the next event of the group (or the last one,
    /// when none follows); a group without an event creates nobody.
    pub fn person_or_new(&mut self, identity: &str) -> Result<PersonNo, LogError> {
        let name = self.log.keys.identity_hash(identity);
        if let Some(person) = self.person_by_hash(name)?
            && self.key(person)?.is_some()
        {
            return Ok(person);
        }
        let person = PersonNo(self.persons.0.checked_add(1).ok_or(LogError::TooLarge {
            what: "the number of persons",
        })?);
        let key = PersonKey::random()?;
        self.persons = person;
        self.new_keys.insert(person, key);
        self.name(name, person);
        Ok(person)
    }

    /// Lets a further identity name the person, unless it names somebody already. Gives whom it names now:
    /// when that is another, the two are one human being under two numbers, which belongs in
    /// [`NewEvent::links`].
    pub fn also_known_as(&mut self, person: PersonNo, identity: &str) -> Result<PersonNo, LogError> {
        if !person.is_some() || person > self.persons {
            return Err(LogError::UnknownPerson { person });
        }
        let name = self.log.keys.identity_hash(identity);
        if let Some(named) = self.person_by_hash(name)?
            && (named == person || self.key(named)?.is_some())
        {
            return Ok(named);
        }
        self.name(name, person);
        Ok(person)
    }

    fn name(&mut self, name: NameHash, person: PersonNo) {
        self.names.insert(name, person);
        self.unwritten_names.push((name, person));
    }

    /// The event that a message key belongs to.
    pub fn by_message(&self, key: &[u8]) -> Result<Option<EventNo>, LogError> {
        let message = self.log.keys.message_hash(key);
        match self.messages.get(&message) {
            Some(event) => Ok(Some(*event)),
            None => self.log.by_message_hash(&message),
        }
    }

    fn key(&self, person: PersonNo) -> Result<Option<PersonKey>, LogError> {
        match self.new_keys.get(&person) {
            Some(new) => Ok(Some(new.clone())),
            None if person > self.persons => Err(LogError::UnknownPerson { person }),
            None => self.log.ring.get(person),
        }
    }

    fn live_key(&self, person: PersonNo) -> Result<PersonKey, LogError> {
        self.key(person)?.ok_or(LogError::Destroyed { person })
    }

    /// Adds an event that destroys. Everything that it names must be in the log already. When the group is committed,
    /// [`EventLog::destroy_keys`] is called, here or at the next opening of the log.
    pub fn push_destroying(&mut self, event: NewEvent, what: Destruction) -> Result<EventNo, LogError> {
        let mut all = what.persons.iter().chain(what.entries.iter().map(|(person, ..)| person));
        if let Some(person) = all.find(|person| !person.is_some() || **person > self.persons) {
            return Err(LogError::UnknownPerson { person: *person });
        }
        let no = self.push(event)?;
        if let Some(pushed) = self.pushed.last_mut() {
            pushed.destroys = Some(what);
        }
        Ok(no)
    }

    /// Adds an event to the group: packs and seals its contents. An error leaves the group as it was.
    pub fn push(&mut self, event: NewEvent) -> Result<EventNo, LogError> {
        self.log.store.check_poisoned()?;
        let no = self.next;
        let message = event.message_key.as_deref().map(|key| self.log.keys.message_hash(key));
        if let Some(key) = event.message_key.as_deref()
            && let Some(event) = self.by_message(key)?
        {
            return Err(LogError::Repeated { event });
        }
        if u32::try_from(event.entries.len()).is_err() {
            return Err(LogError::TooLarge {
                what: "the number of entries",
            });
        }
        if let Some(person) = event
            .links
            .iter()
            .flat_map(|(one, other)| [*one, *other])
            .find(|person| *person > self.persons)
        {
            return Err(LogError::UnknownPerson { person });
        }
        let nonce = seal::fresh_nonce()?;
        let keys = event
            .concerned()
            .into_iter()
            .map(|person| self.log.new_share(&self.live_key(person)?, person, no))
            .collect::<Result<Vec<_>, LogError>>()?;
        let shared = combined(&keys, &self.log.keys.own);
        let at = At {
            instance: &self.log.instance,
            family: ORIGINALS,
            event: no,
            entry: 0,
            person: PersonNo::NONE,
        };
        let original = at.seal(&shared, nonce, &event.original)?;
        let answer = At { family: ANSWERS, ..at }.seal(&shared, nonce, &event.answer)?;
        let mut entries = Vec::with_capacity(event.entries.len());
        for (entry, number) in event.entries.iter().zip(0..) {
            let at = At {
                family: ENTRIES,
                entry: number,
                person: entry.person,
                ..at
            };
            let key = self.log.new_entry_key(&self.live_key(entry.person)?, entry.person, no)?;
            entries.push(at.seal(&key, nonce, &entry.payload)?);
        }
        let head = Head {
            entries: event.entries.iter().map(EntryHead::from).collect(),
            envelope: event.envelope,
            links: event.links,
            identities: std::mem::take(&mut self.unwritten_names),
            message,
        };
        if let Some(message) = message {
            self.messages.insert(message, no);
        }
        self.pushed.push(Pushed {
            no,
            nonce,
            head,
            original,
            answer,
            entries,
            destroys: None,
        });
        self.next = no.next();
        Ok(no)
    }

    /// Writes the group with one sync. After an error nothing of it is there, and if the disk was at fault the
    /// log takes nothing more until it is opened again: whether a failed sync wrote or not cannot be known.
    pub fn commit(mut self) -> Result<(), LogError> {
        let leftover = std::mem::take(&mut self.unwritten_names);
        let Some(last) = self.pushed.last_mut() else {
            return self.log.store.check_poisoned();
        };
        last.head.identities.extend(leftover);
        let log = self.log;
        let mut batch = WriteBatch::default();
        let mut hash = self.tail.hash;
        let mut event = self.tail.event;
        for pushed in &self.pushed {
            hash = put_event(log, &mut batch, pushed, &hash)?;
            event = pushed.no;
        }
        log.store.check_poisoned()?;
        // First the keys: an event whose keys nobody has would be lost; keys of an event that never came are written over.
        let new: Vec<_> = std::mem::take(&mut self.new_keys).into_iter().collect();
        if !new.is_empty() {
            log.ring.put(&new)?;
            log.store.put_number(&mut batch, PERSONS_GIVEN, Some(u64::from(self.persons.0)))?;
        }
        log.store.write(batch, Some(event.0))?;
        // Still while nobody else writes: nothing may be sealed from now on for a person whose key is to go.
        let whole = self.pushed.iter().filter_map(|pushed| pushed.destroys.as_ref());
        let whole: Vec<PersonNo> = whole.flat_map(|what| what.persons.iter().copied()).collect();
        if let Err(error) = log.ring.mark(&whole) {
            // The event stands. What follows from it is done when the log is opened again; until then nothing is taken.
            log.store.poison();
            tracing::error!(%error, "keys could not be destroyed; no more writes are taken until the log is opened again");
        }

        *self.tail = Tail {
            event,
            hash,
            person: self.persons,
        };
        for (name, person) in &self.names {
            log.person_names.put(*name, *person);
        }
        log.last.store(event.0, std::sync::atomic::Ordering::Release);
        log.follow.send_replace(event);
        Ok(())
    }
}

/// Adds an event's records to the batch and gives its chain hash.
fn put_event(log: &EventLog, batch: &mut WriteBatch, pushed: &Pushed, previous: &[u8; 32]) -> Result<[u8; 32], LogError> {
    let Pushed {
        no,
        nonce,
        head,
        original,
        answer,
        entries,
        destroys,
    } = pushed;
    let at = At {
        instance: &log.instance,
        family: EVENTS,
        event: *no,
        entry: 0,
        person: PersonNo::NONE,
    };
    let head_block = at.seal(&log.keys.envelope, *nonce, &head.encode())?;
    let contents = ContentHashes {
        original: block::value_hash(original),
        answer: block::value_hash(answer),
        entries: entries.iter().map(|value| block::value_hash(value)).collect(),
    };
    let hash = block::event_hash(previous, *no, &head_block, &contents);
    let key = no.0.to_be_bytes();
    let count = u32::try_from(entries.len()).map_err(|_| LogError::TooLarge {
        what: "the number of entries",
    })?;
    batch.put_cf(
        log.store.cf(EVENTS)?,
        key,
        Record {
            hash,
            entries: count,
            head: &head_block,
        }
        .encode(),
    );
    batch.put_cf(log.store.cf(ORIGINALS)?, key, original);
    batch.put_cf(log.store.cf(ANSWERS)?, key, answer);
    let family = log.store.cf(ENTRIES)?;
    for (value, number) in entries.iter().zip(0..) {
        batch.put_cf(family, block::entry_key(*no, number), value);
    }
    let family = log.store.cf(PERSONS)?;
    for (name, person) in &head.identities {
        batch.put_cf(family, name, person.0.to_be_bytes());
    }
    if let Some(message) = head.message {
        batch.put_cf(log.store.cf(MESSAGES)?, message, key);
    }
    if let Some(destroys) = destroys {
        batch.put_cf(log.store.cf(DESTROYING)?, key, Remembered::new(destroys.clone()).encode());
    }
    Ok(hash)
}
