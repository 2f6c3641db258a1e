//! Tests of the log as a whole.

mod copies;
mod damage;
mod keys;
mod model;
mod process;

use super::*;
use crate::testing::{Place, entry, event};
use crate::{Change, Entry, NewEvent};

#[test]
fn what_is_appended_comes_back_after_closing() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    assert_eq!(appender.next_no(), EventNo(1));
    let kari = appender.person_or_new("Patient/kari").unwrap();
    assert_eq!(appender.also_known_as(kari, "nin|kari").unwrap(), kari);
    let mut first = event(vec![entry(kari.0, "a", b"{\"a\":1}"), entry(0, "b", b"")]);
    first.envelope.persons = vec![kari];
    first.envelope.message_id = Some("m-1".into());
    first.message_key = Some(b"epj|m-1".to_vec());
    assert_eq!(appender.push(first.clone()).unwrap(), EventNo(1));
    assert_eq!(appender.by_message(b"epj|m-1").unwrap(), Some(EventNo(1)));
    let deleted = Entry {
        change: Change::Deleted,
        payload: Vec::new(),
        version: 2,
        ..entry(kari.0, "a", b"")
    };
    assert_eq!(
        appender
            .push(NewEvent {
                links: vec![(kari, kari)],
                ..event(vec![deleted])
            })
            .unwrap(),
        EventNo(2)
    );
    assert_eq!(log.last(), EventNo(0));
    appender.commit().unwrap();
    let check = |log: &EventLog| {
        assert_eq!(log.last(), EventNo(2));
        let stored = log.event(EventNo(1)).unwrap().unwrap();
        assert_eq!(stored.envelope, first.envelope);
        assert_eq!(stored.concerned(), [kari]);
        assert_eq!(log.payloads(&stored).unwrap(), [Some(b"{\"a\":1}".to_vec()), Some(Vec::new())]);
        assert_eq!(log.payload(EventNo(1), 0).unwrap().as_deref(), Some(&b"{\"a\":1}"[..]));
        assert_eq!(log.original(EventNo(1)).unwrap().as_deref(), Some(&b"the message as it came"[..]));
        assert_eq!(log.answer(EventNo(1)).unwrap().as_deref(), Some(&b"the first answer"[..]));
        assert_eq!(log.event(EventNo(2)).unwrap().unwrap().links, [(kari, kari)]);
        assert_eq!(
            log.events_from(EventNo(1))
                .unwrap()
                .map(|event| event.unwrap().no.0)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(log.events_from(EventNo(3)).unwrap().count(), 0);
        assert_eq!(log.person("nin|kari").unwrap(), Some(kari));
        assert_eq!(log.person("nin|ola").unwrap(), None);
        assert_eq!(log.by_message(b"epj|m-1").unwrap(), Some(EventNo(1)));
        assert_eq!(log.by_message(b"epj|m-2").unwrap(), None);
        assert!(log.event(EventNo(0)).unwrap().is_none() && log.event(EventNo(3)).unwrap().is_none());
        assert!(matches!(log.payload(EventNo(1), 2), Err(LogError::NoSuchEntry { .. })));
        assert!(matches!(log.payload(EventNo(3), 0), Err(LogError::NoSuchEntry { .. })));
        log.verify(|_| {}).unwrap()
    };
    let before = check(&log);
    assert_eq!(
        (before.events, before.entries, before.opened, before.identities, before.persons),
        (2, 3, 7, 2, 1)
    );
    let crashed = place.crashed();
    drop(log);
    assert_eq!(check(&place.log()), before);
    assert_eq!(check(&crashed.log()), before);
}

#[test]
fn dropping_an_appender_undoes_everything() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    let person = appender.person_or_new("Patient/1").unwrap();
    appender
        .push(NewEvent {
            message_key: Some(b"k".to_vec()),
            ..event(vec![entry(person.0, "a", b"x")])
        })
        .unwrap();
    drop(appender);
    assert_eq!((log.last(), log.persons()), (EventNo(0), PersonNo(0)));
    assert_eq!(log.person("Patient/1").unwrap(), None);
    let mut appender = log.appender();
    assert_eq!(appender.person("Patient/1").unwrap(), None);
    assert_eq!(appender.by_message(b"k").unwrap(), None);
    assert_eq!(appender.person_or_new("Patient/2").unwrap(), person);
    assert_eq!(appender.push(event(vec![entry(person.0, "b", b"y")])).unwrap(), EventNo(1));
    appender.commit().unwrap();
    assert_eq!(log.verify(|_| {}).unwrap().events, 1);
}

#[test]
fn identities_after_the_last_event_belong_to_it() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    appender.push(event(vec![])).unwrap();
    let person = appender.person_or_new("Patient/late").unwrap();
    appender.commit().unwrap();
    assert_eq!(log.person("Patient/late").unwrap(), Some(person));
    // A group without an event leaves nothing.
    let mut appender = log.appender();
    appender.person_or_new("Patient/never").unwrap();
    appender.commit().unwrap();
    assert_eq!(
        (log.person("Patient/never").unwrap(), log.last(), log.persons()),
        (None, EventNo(1), person)
    );
    assert_eq!(log.verify(|_| {}).unwrap().identities, 1);
}

#[test]
fn a_refused_event_leaves_the_group_as_it_was() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    let keyed = NewEvent {
        message_key: Some(b"k".to_vec()),
        ..event(vec![])
    };
    appender.push(keyed.clone()).unwrap();
    assert!(matches!(
        appender.push(keyed.clone()),
        Err(LogError::Repeated { event: EventNo(1) })
    ));
    assert!(matches!(
        appender.push(event(vec![entry(3, "a", b"")])),
        Err(LogError::UnknownPerson { person: PersonNo(3) })
    ));
    let linked = NewEvent {
        links: vec![(PersonNo(0), PersonNo(9))],
        ..event(vec![])
    };
    assert!(matches!(
        appender.push(linked),
        Err(LogError::UnknownPerson { person: PersonNo(9) })
    ));
    assert!(matches!(
        appender.also_known_as(PersonNo(0), "nin|x"),
        Err(LogError::UnknownPerson { .. })
    ));
    appender.commit().unwrap();
    assert!(matches!(log.appender().push(keyed), Err(LogError::Repeated { event: EventNo(1) })));
    assert_eq!(log.verify(|_| {}).unwrap().events, 1);
}

#[test]
fn a_second_identity_of_another_person_is_told_not_taken() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    let one = appender.person_or_new("Patient/1").unwrap();
    let two = appender.person_or_new("nin|2").unwrap();
    assert_eq!(appender.also_known_as(one, "nin|2").unwrap(), two);
    assert_eq!(appender.person("nin|2").unwrap(), Some(two));
}

#[test]
fn after_a_failed_write_nothing_is_taken_and_nothing_is_visible() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    appender.push(event(vec![])).unwrap();
    appender.commit().unwrap();
    log.store.fail_next_write.store(true, Ordering::SeqCst);
    let mut appender = log.appender();
    appender.person_or_new("Patient/1").unwrap();
    appender.push(event(vec![])).unwrap();
    assert!(matches!(appender.commit(), Err(LogError::Io { .. })));
    assert_eq!(log.last(), EventNo(1));
    assert!(log.event(EventNo(2)).unwrap().is_none());
    assert_eq!(log.person("Patient/1").unwrap(), None);
    assert!(matches!(log.appender().push(event(vec![])), Err(LogError::Poisoned { .. })));
    assert!(matches!(log.appender().commit(), Err(LogError::Poisoned { .. })));
    assert!(log.original(EventNo(1)).unwrap().is_some());
    drop(log);
    let log = place.log();
    let mut appender = log.appender();
    assert_eq!(appender.push(event(vec![])).unwrap(), EventNo(2));
    appender.commit().unwrap();
    assert_eq!(log.verify(|_| {}).unwrap().events, 2);
}

#[test]
fn only_one_can_have_it_open() {
    let place = Place::new();
    let _log = place.log();
    let second = EventLog::open(&place.dir.path().join("log"), &crate::testing::instance(), place.keys.clone());
    assert!(matches!(second, Err(LogError::InUse { .. })), "{:?}", second.err());
}

#[test]
fn followers_hear_of_every_commit_and_readers_go_on_meanwhile() {
    let place = Place::new();
    let log = Arc::new(place.log());
    let follower = log.follow();
    std::thread::scope(|scope| {
        let reader = &log;
        scope.spawn(move || {
            while reader.last() < EventNo(200) {
                let last = reader.last();
                if last.0 > 0 {
                    assert_eq!(reader.payload(last, 0).unwrap().unwrap(), last.0.to_be_bytes());
                }
            }
        });
        for _ in 0..50 {
            let mut appender = log.appender();
            for _ in 0..4 {
                let no = appender.next_no();
                let person = appender.person_or_new(&format!("Patient/{}", no.0 % 17)).unwrap();
                appender.push(event(vec![entry(person.0, "a", &no.0.to_be_bytes())])).unwrap();
            }
            appender.commit().unwrap();
            assert_eq!(*follower.borrow(), log.last());
        }
    });
    let mut seen = 0;
    assert_eq!(log.verify(|no| seen = no.0).unwrap().persons, 17);
    assert_eq!(seen, 200);
}

/// Everything in a log that can be compared: what the index would be built from.
fn contents(log: &EventLog) -> Result<Vec<String>, LogError> {
    log.events_from(EventNo(1))?
        .map(|event| {
            let event = event?;
            let payloads = log.payloads(&event)?;
            Ok(format!(
                "{event:?} {payloads:?} {:?} {:?}",
                log.original(event.no)?,
                log.answer(event.no)?
            ))
        })
        .collect()
}
