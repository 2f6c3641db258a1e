//! Destroying keys: of whole persons, or of single entries.
//!
//! What is to be destroyed is written with the event that says so, in one write. So whatever happens then, it is carried through: the keys
//! at the latest when the log is opened again. Everybody who keeps something else of it (the index, the quarantine) says when it is gone there
//! too. The record stays: when a copy of the key ring from before is put there, everything is destroyed again, in the same order and with
//! the same outcome, before anybody reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rocksdb::{Direction, ReadOptions, WriteBatch};
use rustc_hash::FxHashMap;

use super::EventLog;
use super::block::{ANSWERS, At, ENTRIES, ORIGINALS};
use crate::codec::{Reader, put_u64};
use crate::keys::DataKey;
use crate::ring::{PersonKey, Rest, combined};
use crate::{EventNo, LogError, PersonNo, StoredEvent, seal};

pub(super) const DESTROYING: &str = "destroying";

/// What is to be destroyed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Destruction {
    /// Whole persons, by the numbers that the log gave them.
    pub persons: Vec<PersonNo>,
    /// Single entries: whose, event, and which entry of it, from 0. They take original and answer of the event with them.
    pub entries: Vec<(PersonNo, EventNo, u32)>,
}

impl Destruction {
    fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, self.persons.len() as u64);
        for person in &self.persons {
            put_u64(out, u64::from(person.0));
        }
        put_u64(out, self.entries.len() as u64);
        for (person, event, entry) in &self.entries {
            put_u64(out, u64::from(person.0));
            put_u64(out, event.0);
            put_u64(out, u64::from(*entry));
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let persons = (0..from.count()?).map(|_| from.u32().map(PersonNo)).collect::<Option<_>>()?;
        let entries = (0..from.count()?)
            .map(|_| Some((PersonNo(from.u32()?), EventNo(from.u64()?), from.u32()?)))
            .collect::<Option<_>>()?;
        Some(Self { persons, entries })
    }
}

/// A destruction as the log remembers it.
pub(super) struct Remembered {
    what: Destruction,
    /// The last event when the keys went; those after it stand under new ones. `None` until they go.
    after: Option<EventNo>,
    /// Whether nothing is left of it anywhere.
    done: bool,
}

const FORMAT: u8 = 1;

impl Remembered {
    pub(super) fn new(what: Destruction) -> Self {
        Self {
            what,
            after: None,
            done: false,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT, u8::from(self.done)];
        put_u64(&mut out, self.after.map_or(0, |after| after.0));
        self.what.put(&mut out);
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.u8()? != FORMAT {
            return None;
        }
        let done = from.u8()? != 0;
        let after = Some(EventNo(from.u64()?)).filter(|after| after.0 > 0);
        let what = Destruction::read(&mut from)?;
        from.is_empty().then_some(Self { what, after, done })
    }
}

/// What is to be destroyed of each person: entries by event.
type ByPerson = FxHashMap<PersonNo, BTreeMap<EventNo, BTreeSet<u32>>>;

/// An event that concerns a person.
struct Concern {
    no: EventNo,
    /// Her entries.
    entries: Vec<u32>,
    /// Whether it concerns nobody else.
    alone: bool,
}

impl Concern {
    fn of(event: &StoredEvent, person: PersonNo, alone: bool) -> Self {
        let own = event.entries.iter().zip(0..).filter(|(entry, _)| entry.person == person);
        Concern {
            no: event.no,
            entries: own.map(|(_, number)| number).collect(),
            alone,
        }
    }
}

/// The events that concern each person.
type Concerning = FxHashMap<PersonNo, Vec<Concern>>;

impl EventLog {
    /// What was to be destroyed and is not wholly gone yet, with the event that says so.
    ///
    /// # Errors
    /// Those of the store.
    pub fn destructions(&self) -> Result<Vec<(EventNo, Destruction)>, LogError> {
        let all = self.remembered(EventNo(1))?.into_iter();
        Ok(all.filter(|(_, one)| !one.done).map(|(no, one)| (no, one.what)).collect())
    }

    /// Every destruction from an event on.
    fn remembered(&self, from: EventNo) -> Result<Vec<(EventNo, Remembered)>, LogError> {
        let from = from.0.to_be_bytes();
        let scan = self.store.scan(DESTROYING, &from, Direction::Forward, ReadOptions::default())?;
        scan.map(|item| {
            let (key, value) = item?;
            let no = key.first_chunk::<8>().map_or(0, |no| u64::from_be_bytes(*no));
            let one = Remembered::decode(&value).ok_or_else(|| LogError::damaged(DESTROYING, no, "the record makes no sense"))?;
            Ok((EventNo(no), one))
        })
        .collect()
    }

    /// Carries through what is open, and what the key ring has not heard of: a copy from before was put there.
    pub(super) fn recover_destructions(&self) -> Result<(), LogError> {
        let missed = !self.remembered(self.ring.carried()?.next())?.is_empty();
        if missed || !self.destructions()?.is_empty() {
            self.destroy_keys()?;
        }
        Ok(())
    }

    /// Destroys the keys of all that is to be destroyed. When it returns, the keys are in no file of the key ring, and what was sealed with
    /// them opens for nobody; the chain still verifies. May be called again. Waits for the disk; looks through the log once for each
    /// destruction of entries.
    ///
    /// # Errors
    /// Those of the store; each destruction is carried out or not at all.
    pub fn destroy_keys(&self) -> Result<(), LogError> {
        for (no, one) in self.remembered(self.ring.carried()?.next())? {
            self.carry_out(no, one)?;
        }
        self.ring.scour_persons()
    }

    /// Destroys the keys of one destruction.
    fn carry_out(&self, no: EventNo, mut one: Remembered) -> Result<(), LogError> {
        let whole: BTreeSet<PersonNo> = one.what.persons.iter().copied().collect();
        let parts = self.parts(&one.what, &whole)?;
        // Most of the log while others write, the rest while nobody does.
        let before = one.after.unwrap_or_else(|| self.last());
        let mut concerning = self.concerning(&parts, EventNo(1), before)?;
        let tail = self.writer.lock();
        let after = one.after.unwrap_or(tail.event);
        for (person, events) in self.concerning(&parts, before.next(), after)? {
            concerning.entry(person).or_default().extend(events);
        }
        let mut new: Vec<(PersonNo, Option<PersonKey>)> = whole.into_iter().map(|person| (person, None)).collect();
        for (person, destroyed) in &parts {
            let events = concerning.get(person).map_or(&[][..], Vec::as_slice);
            if let Some(rest) = self.without(*person, destroyed, events, after)? {
                new.push((*person, Some(PersonKey::Rest(Arc::new(rest)))));
            }
        }
        if one.after.is_none() {
            // First the log: with what it remembers, a ring from before comes to the same.
            one.after = Some(after);
            self.remember(no, &one)?;
        }
        self.ring.replace(&new, no).inspect_err(|error| {
            // What is sealed from now on would stand under keys that are to go.
            self.store.poison();
            tracing::error!(%error, "keys could not be destroyed; no more writes are taken until the log is opened again");
        })
    }

    /// The entries that are to go of persons who stay, and are not gone already.
    fn parts(&self, what: &Destruction, whole: &BTreeSet<PersonNo>) -> Result<ByPerson, LogError> {
        let mut parts = ByPerson::default();
        for (person, event, entry) in &what.entries {
            if person.is_some() && !whole.contains(person) {
                parts.entry(*person).or_default().entry(*event).or_default().insert(*entry);
            }
        }
        let mut wanted = ByPerson::default();
        for (person, events) in parts {
            let mut there = false;
            for (event, entry) in events
                .iter()
                .flat_map(|(event, entries)| entries.iter().map(move |entry| (*event, *entry)))
            {
                there = there || self.key_of_entry(self.entry_at(event, entry, person))?.is_some();
            }
            if there {
                wanted.insert(person, events);
            }
        }
        Ok(wanted)
    }

    fn remember(&self, no: EventNo, one: &Remembered) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        batch.put_cf(self.store.cf(DESTROYING)?, no.0.to_be_bytes(), one.encode());
        self.store.write(batch, None)
    }

    /// Says that nothing is left anywhere of what the event destroyed.
    ///
    /// # Errors
    /// Those of the store.
    pub fn destruction_done(&self, no: EventNo) -> Result<(), LogError> {
        let Some((found, mut one)) = self.remembered(no)?.into_iter().next() else {
            return Ok(());
        };
        if found != no || one.done {
            return Ok(());
        }
        one.done = true;
        self.remember(no, &one)
    }

    /// The events from one to another that concern these persons, and that their keys do not list already.
    fn concerning(&self, parts: &ByPerson, from: EventNo, to: EventNo) -> Result<Concerning, LogError> {
        let mut out = Concerning::default();
        let mut listed = FxHashMap::default();
        for person in parts.keys() {
            let after = match self.ring.get(*person)? {
                Some(PersonKey::Whole(_)) => EventNo(0),
                Some(PersonKey::Rest(rest)) => rest.after,
                None => continue,
            };
            listed.insert(*person, after);
        }
        let Some(first) = listed.values().min().map(|after| from.max(after.next())) else {
            return Ok(out);
        };
        for event in self.events_between(first, to)? {
            let event = event?;
            let concerned = event.concerned();
            for person in &concerned {
                if listed.get(person).is_some_and(|after| event.no > *after) {
                    let concern = Concern::of(&event, *person, concerned.len() == 1);
                    out.entry(*person).or_default().push(concern);
                }
            }
        }
        Ok(out)
    }

    /// What is left of a person's key; `None` when it is destroyed already.
    fn without(
        &self,
        person: PersonNo,
        destroyed: &BTreeMap<EventNo, BTreeSet<u32>>,
        events: &[Concern],
        last: EventNo,
    ) -> Result<Option<Rest>, LogError> {
        let Some(key) = self.ring.get(person)? else { return Ok(None) };
        let mut rest = Rest::of(&key, last);
        if let PersonKey::Rest(old) = &key {
            rest.events.clone_from(&old.events);
            rest.blocks.clone_from(&old.blocks);
            // What the list has of an event of which something goes now, one by one.
            for no in destroyed.keys() {
                rest.blocks.retain(|(family, event, _), _| *family == 0 || event != no);
                let Some(event_key) = rest.events.remove(no) else { continue };
                if let Some(event) = self.event(*no)? {
                    self.keep_each(&mut rest, &event_key, person, &Concern::of(&event, person, false));
                }
            }
        }
        for event in events {
            let (keyed, touched) = (self.is_keyed(event.no), destroyed.contains_key(&event.no));
            let over = if keyed { key.event(event.no) } else { key.whole().cloned() };
            let Some(over) = over else { continue };
            if keyed && !touched {
                rest.events.insert(event.no, over);
                continue;
            }
            self.keep_each(&mut rest, &over, person, event);
            if !touched && event.alone {
                let shared = combined(std::slice::from_ref(&over), &self.keys.own);
                for family in [ORIGINALS, ANSWERS] {
                    let at = At {
                        family,
                        ..self.entry_at(event.no, 0, PersonNo::NONE)
                    };
                    rest.blocks.insert(at.among_keys(), seal::block_key(&shared, at.place()));
                }
            }
        }
        for (no, entries) in destroyed {
            for entry in entries {
                rest.blocks.remove(&(0, *no, *entry));
            }
        }
        Ok(Some(rest))
    }

    /// Keeps the key of each of her entries of an event.
    fn keep_each(&self, rest: &mut Rest, over: &DataKey, person: PersonNo, event: &Concern) {
        for entry in &event.entries {
            let at = self.entry_at(event.no, *entry, person);
            rest.blocks.insert(at.among_keys(), seal::block_key(over, at.place()));
        }
    }

    fn entry_at(&self, event: EventNo, entry: u32, person: PersonNo) -> At<'_> {
        At {
            instance: &self.instance,
            family: ENTRIES,
            event,
            entry,
            person,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_remembered_comes_back_and_no_part_of_it_does(
            persons: Vec<u32>,
            entries: Vec<(u32, u64, u32)>,
            after in proptest::option::of(1..u64::MAX),
            done: bool,
            cut in any::<prop::sample::Index>(),
        ) {
            let what = Destruction {
                persons: persons.into_iter().map(PersonNo).collect(),
                entries: entries.into_iter().map(|(person, event, entry)| (PersonNo(person), EventNo(event), entry)).collect(),
            };
            let stored = Remembered { what: what.clone(), after: after.map(EventNo), done }.encode();
            let back = Remembered::decode(&stored).unwrap();
            prop_assert_eq!((back.what, back.after, back.done), (what, after.map(EventNo), done));
            prop_assert!(Remembered::decode(&stored[..cut.index(stored.len())]).is_none());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Remembered::decode(&bytes);
        }
    }
}
