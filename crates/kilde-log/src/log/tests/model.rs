//! Random appends, crashes and reopenings against a plain list.

use proptest::prelude::*;

use super::super::*;
use crate::testing::{Place, entry, event};
use crate::{EventNo, NewEvent};

#[derive(Clone, Debug)]
enum Step {
    /// Events as lists of (identity, payload), committed together.
    Commit(Vec<Vec<(u8, Vec<u8>)>>),
    /// The same, dropped.
    Drop(Vec<Vec<(u8, Vec<u8>)>>),
    /// A write that fails, then reopening.
    Fail(Vec<Vec<(u8, Vec<u8>)>>),
    Close,
    Crash,
    Flush,
    Destroy(u8),
    /// An entry of one of the events.
    Part(prop::sample::Index),
    /// Keeps a copy of the key ring.
    Keep,
    /// Puts it back.
    Ring,
}

fn step() -> impl Strategy<Value = Step> {
    let payload = proptest::collection::vec(any::<u8>(), 0..200);
    let events = || proptest::collection::vec(proptest::collection::vec((0u8..6, payload.clone()), 0..4), 0..5);
    prop_oneof![
        8 => events().prop_map(Step::Commit),
        1 => events().prop_map(Step::Drop),
        1 => events().prop_map(Step::Fail),
        1 => Just(Step::Close),
        2 => Just(Step::Crash),
        1 => Just(Step::Flush),
        1 => (0u8..6).prop_map(Step::Destroy),
        2 => any::<prop::sample::Index>().prop_map(Step::Part),
        1 => Just(Step::Keep),
        1 => Just(Step::Ring),
    ]
}

/// What the log should hold.
#[derive(Clone, Default)]
struct Model {
    events: Vec<Vec<(u32, Vec<u8>)>>,
    identities: Vec<(u8, u32)>,
    persons: u32,
    destroyed: Vec<u32>,
    parts: Vec<(usize, usize)>,
}

impl Model {
    fn person(&self, identity: u8) -> Option<u32> {
        self.identities
            .iter()
            .rev()
            .find(|(known, _)| *known == identity)
            .map(|(_, person)| *person)
    }

    fn person_or_new(&mut self, identity: u8) -> u32 {
        match self.person(identity).filter(|person| !self.destroyed.contains(person)) {
            Some(person) => person,
            None => {
                self.persons += 1;
                self.identities.push((identity, self.persons));
                self.persons
            }
        }
    }

    fn check(&self, log: &EventLog) {
        assert_eq!(log.last().0, self.events.len() as u64);
        assert_eq!(log.persons().0, self.persons);
        for identity in 0..6 {
            assert_eq!(
                log.person(&format!("Patient/{identity}")).unwrap().map(|person| person.0),
                self.person(identity)
            );
        }
        for (at, (stored, expected)) in log.events_from(EventNo(1)).unwrap().zip(&self.events).enumerate() {
            let stored = stored.unwrap();
            let payloads = log.payloads(&stored).unwrap();
            assert_eq!(payloads.len(), expected.len());
            for (n, ((head, payload), (person, bytes))) in stored.entries.iter().zip(payloads).zip(expected).enumerate() {
                assert_eq!(head.person.0, *person);
                let there = !self.destroyed.contains(person) && !self.parts.contains(&(at, n));
                assert_eq!(payload.as_ref(), there.then_some(bytes));
            }
            let readable =
                expected.iter().all(|(person, _)| !self.destroyed.contains(person)) && self.parts.iter().all(|(event, _)| *event != at);
            assert_eq!(log.original(stored.no).unwrap().is_some(), readable);
            assert_eq!(log.by_message(&stored.no.0.to_be_bytes()).unwrap(), Some(stored.no));
        }
    }
}

fn append(log: &EventLog, model: &mut Model, events: &[Vec<(u8, Vec<u8>)>]) -> Option<impl FnOnce() -> Result<(), LogError>> {
    let mut appender = log.appender();
    for items in events {
        let mut expected = Vec::new();
        for (identity, payload) in items {
            let person = appender.person_or_new(&format!("Patient/{identity}")).unwrap();
            assert_eq!(person.0, model.person_or_new(*identity));
            expected.push((person.0, payload.clone()));
        }
        let entries = expected.iter().map(|(person, payload)| entry(*person, "id", payload)).collect();
        let key = appender.next_no().0.to_be_bytes().to_vec();
        appender
            .push(NewEvent {
                message_key: Some(key),
                ..event(entries)
            })
            .unwrap();
        model.events.push(expected);
    }
    // Keeps the appender, and with it the lock, until the caller decides.
    Some(move || appender.commit())
}

/// Destroys with an event that says so; the keys go now, or when the log is opened again.
fn destroy(place: &Place, log: EventLog, model: &mut Model, what: Destruction, now: bool) -> EventLog {
    let mut appender = log.appender();
    let key = appender.next_no().0.to_be_bytes().to_vec();
    let told = NewEvent {
        message_key: Some(key),
        ..event(vec![])
    };
    let no = appender.push_destroying(told, what).unwrap();
    appender.commit().unwrap();
    model.events.push(Vec::new());
    let log = if now {
        log.destroy_keys().unwrap();
        log
    } else {
        drop(log);
        place.log()
    };
    log.destruction_done(no).unwrap();
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_log_is_a_list(steps in proptest::collection::vec(step(), 1..14)) {
        let mut place = Place::new();
        let mut log = place.log();
        let mut model = Model::default();
        let mut kept: Option<(tempfile::TempDir, u32)> = None;
        for step in steps {
            match step {
                Step::Commit(events) => {
                    if let Some(commit) = append(&log, &mut model, &events) {
                        commit().unwrap();
                    }
                }
                Step::Drop(events) => drop(append(&log, &mut model.clone(), &events)),
                Step::Fail(events) => {
                    log.store.fail_next_write.store(true, Ordering::SeqCst);
                    if let Some(commit) = append(&log, &mut model.clone(), &events) {
                        prop_assert_eq!(commit().is_err(), !events.is_empty());
                    }
                    log.store.fail_next_write.store(false, Ordering::SeqCst);
                    drop(log);
                    log = place.log();
                }
                Step::Close => {
                    drop(log);
                    log = place.log();
                }
                Step::Crash => {
                    let crashed = place.crashed();
                    drop(log);
                    place = crashed;
                    log = place.log();
                }
                Step::Flush => log.store.flush().unwrap(),
                Step::Destroy(identity) => {
                    if let Some(person) = model.person(identity) {
                        let what = Destruction { persons: vec![PersonNo(person)], ..Destruction::default() };
                        model.destroyed.push(person);
                        log = destroy(&place, log, &mut model, what, identity % 2 == 0);
                    }
                }
                Step::Part(which) => {
                    let all: Vec<(usize, usize)> = model
                        .events
                        .iter()
                        .enumerate()
                        .flat_map(|(event, entries)| (0..entries.len()).map(move |n| (event, n)))
                        .collect();
                    if !all.is_empty() {
                        let (at, n) = *which.get(&all);
                        let person = PersonNo(model.events[at][n].0);
                        let what = Destruction {
                            entries: vec![(person, EventNo(at as u64 + 1), n as u32)],
                            ..Destruction::default()
                        };
                        model.parts.push((at, n));
                        log = destroy(&place, log, &mut model, what, which.index(2) == 0);
                    }
                }
                Step::Keep => {
                    let dir = tempfile::tempdir().unwrap();
                    crate::testing::copy(&place.dir.path().join("keys"), &dir.path().join("keys"));
                    kept = Some((dir, model.persons));
                }
                Step::Ring => {
                    // One that lacks persons is refused.
                    if let Some((dir, persons)) = &kept && *persons == model.persons {
                        drop(log);
                        let ring = place.dir.path().join("keys");
                        std::fs::remove_dir_all(&ring).unwrap();
                        crate::testing::copy(&dir.path().join("keys"), &ring);
                        log = place.log();
                    }
                }
            }
            model.check(&log);
        }
        let found = log.verify(|_| {}).unwrap();
        prop_assert_eq!(found.events, model.events.len() as u64);
        prop_assert_eq!(found.persons, u64::from(model.persons));
    }
}
