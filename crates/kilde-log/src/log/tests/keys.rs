//! Keys of persons: destroying one, and keys that do not fit.

use super::super::*;
use crate::testing::{Place, entry, event, instance};
use crate::{EventNo, MasterKey};

fn wrapped(log: &EventLog, person: PersonNo) -> Vec<u8> {
    log.ring.store.get(KEYS, &person.0.to_be_bytes()).unwrap().unwrap().to_vec()
}

fn files_hold(dir: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        // The engine takes files away while it is looked.
        let Ok(content) = std::fs::read(&path) else { continue };
        if content.windows(bytes.len()).any(|window| window == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Two persons: event 1 is the first's, event 2 the second's, event 3 both's.
fn two_persons(place: &Place) -> (EventLog, PersonNo, PersonNo) {
    let log = place.log();
    let mut appender = log.appender();
    let one = appender.person_or_new("Patient/1").unwrap();
    let two = appender.person_or_new("Patient/2").unwrap();
    appender.push(event(vec![entry(one.0, "a", b"one's")])).unwrap();
    appender.push(event(vec![entry(two.0, "b", b"two's")])).unwrap();
    appender
        .push(event(vec![
            entry(one.0, "c", b"one's"),
            entry(two.0, "d", b"two's"),
            entry(0, "e", b"nobody's"),
        ]))
        .unwrap();
    appender.commit().unwrap();
    (log, one, two)
}

#[test]
fn a_destroyed_key_closes_everything_that_concerns_the_person_and_the_chain_holds() {
    let place = Place::new();
    let (log, one, two) = two_persons(&place);
    let before = log.verify(|_| {}).unwrap();
    log.destroy_person_key(one).unwrap();
    let check = |log: &EventLog| {
        assert!(log.destroyed(one).unwrap() && !log.destroyed(two).unwrap());
        assert_eq!(log.payload(EventNo(1), 0).unwrap(), None);
        assert_eq!(log.original(EventNo(1)).unwrap(), None);
        assert_eq!(log.answer(EventNo(1)).unwrap(), None);
        assert_eq!(log.payload(EventNo(2), 0).unwrap().as_deref(), Some(&b"two's"[..]));
        assert!(log.original(EventNo(2)).unwrap().is_some());
        let both = log.event(EventNo(3)).unwrap().unwrap();
        assert_eq!(
            log.payloads(&both).unwrap(),
            [None, Some(b"two's".to_vec()), Some(b"nobody's".to_vec())]
        );
        assert_eq!(log.original(EventNo(3)).unwrap(), None);
        let after = log.verify(|_| {}).unwrap();
        assert_eq!((after.head, after.opened, after.destroyed), (before.head, 5, 6));
    };
    check(&log);
    drop(log);
    check(&place.log());
}

#[test]
fn a_destroyed_key_is_in_no_file_any_more() {
    let place = Place::new();
    let (log, one, two) = two_persons(&place);
    let dir = place.dir.path().join("keys");
    let (gone, kept) = (wrapped(&log, one), wrapped(&log, two));
    assert!(!files_hold(&dir, &gone).is_empty());
    // Once with the key in a table file, as it will mostly be; two's also in the journal.
    log.ring.store.flush().unwrap();
    log.destroy_person_key(one).unwrap();
    assert_eq!(files_hold(&dir, &gone), Vec::<String>::new());
    assert!(!files_hold(&dir, &kept).is_empty());
    log.destroy_person_key(two).unwrap();
    assert_eq!(files_hold(&dir, &kept), Vec::<String>::new());
    drop(log);
    assert!(files_hold(&dir, &gone).is_empty() && files_hold(&dir, &kept).is_empty());
}

#[test]
fn who_comes_back_after_destruction_is_a_new_person() {
    let place = Place::new();
    let (log, one, _) = two_persons(&place);
    log.destroy_person_key(one).unwrap();
    let mut appender = log.appender();
    assert!(matches!(
        appender.push(event(vec![entry(one.0, "x", b"")])),
        Err(LogError::Destroyed { .. })
    ));
    let again = appender.person_or_new("Patient/1").unwrap();
    assert_eq!(again, PersonNo(3));
    appender.push(event(vec![entry(again.0, "a", b"new")])).unwrap();
    appender.commit().unwrap();
    assert_eq!(log.person("Patient/1").unwrap(), Some(again));
    assert_eq!(log.payload(EventNo(4), 0).unwrap().as_deref(), Some(&b"new"[..]));
    let found = log.verify(|_| {}).unwrap();
    assert_eq!((found.identities, found.persons), (2, 3));
}

#[test]
fn only_persons_can_be_destroyed() {
    let place = Place::new();
    let (log, ..) = two_persons(&place);
    assert!(matches!(log.destroy_person_key(PersonNo(0)), Err(LogError::UnknownPerson { .. })));
    assert!(matches!(log.destroy_person_key(PersonNo(3)), Err(LogError::UnknownPerson { .. })));
}

#[test]
fn another_key_or_instance_is_refused_by_name() {
    let place = Place::new();
    drop(two_persons(&place));
    let dir = place.dir.path().join("log");
    let master = MasterKey::from_bytes([1; 32]);
    let other = Arc::new(InstanceKeys::create(&place.dir.path().join("other.key"), &instance(), &master).unwrap());
    let opened = EventLog::open(&dir, &instance(), other);
    assert!(matches!(opened, Err(LogError::WrongInstanceKey { .. })), "{:?}", opened.err());
    let dalfjord = Instance::parse("9902").unwrap();
    assert!(matches!(
        EventLog::open(&dir, &dalfjord, place.keys.clone()),
        Err(LogError::OtherInstance { .. })
    ));
    let theirs = Arc::new(InstanceKeys::create(&place.dir.path().join("9902.key"), &dalfjord, &master).unwrap());
    assert!(matches!(
        EventLog::open(&dir, &dalfjord, theirs),
        Err(LogError::OtherInstance { .. })
    ));
    let records = crate::RecordLog::open(&dir, &instance(), place.keys.clone());
    assert!(records.is_err());
    assert_eq!(place.log().last(), EventNo(3));
}

#[test]
fn no_content_stands_in_clear_on_disk() {
    let place = Place::new();
    let log = place.log();
    let mut appender = log.appender();
    let person = appender.person_or_new("nin|SECRET-IDENTITY").unwrap();
    let mut new = event(vec![entry(person.0, "SECRET-ID", b"SECRET-PAYLOAD")]);
    new.envelope.message_id = Some("SECRET-MESSAGE".into());
    new.envelope.organisation = "SECRET-ORGANISATION".into();
    new.original = b"SECRET-ORIGINAL".to_vec();
    new.answer = b"SECRET-ANSWER".to_vec();
    new.message_key = Some(b"SECRET-KEY".to_vec());
    appender.push(new).unwrap();
    appender.commit().unwrap();
    let quarantine = crate::Quarantine::open(&log).unwrap();
    quarantine
        .put(
            &crate::Envelope {
                source: "SECRET-SOURCE".into(),
                ..Default::default()
            },
            b"SECRET-Q",
            b"SECRET-F",
        )
        .unwrap();
    log.store.flush().unwrap();
    assert_eq!(files_hold(&place.dir.path().join("log"), b"SECRET"), Vec::<String>::new());
    drop(quarantine);
    drop(log);
    assert_eq!(files_hold(&place.dir.path().join("log"), b"SECRET"), Vec::<String>::new());
}

/// Destroys entries with an event that says so, as far as a kill right after the commit lets it come.
fn announce(log: &EventLog, entries: &[(PersonNo, u64, u32)]) -> EventNo {
    let entries = entries
        .iter()
        .map(|(person, event, entry)| (*person, EventNo(*event), *entry))
        .collect();
    let what = Destruction {
        entries,
        ..Destruction::default()
    };
    let mut appender = log.appender();
    let no = appender.push_destroying(event(vec![]), what).unwrap();
    appender.commit().unwrap();
    no
}

#[test]
fn one_entry_is_destroyed_and_everything_else_stays() {
    let place = Place::new();
    let (log, one, two) = two_persons(&place);
    let whole = log.ring.get(one).unwrap().unwrap();
    let root = whole.whole().unwrap().clone();
    let no = announce(&log, &[(one, 3, 0)]);
    let before = log.verify(|_| {}).unwrap();
    log.destroy_keys().unwrap();
    log.destruction_done(no).unwrap();
    let check = |log: &EventLog| {
        assert_eq!(log.payload(EventNo(1), 0).unwrap().as_deref(), Some(&b"one's"[..]));
        assert!(log.original(EventNo(1)).unwrap().is_some() && log.answer(EventNo(1)).unwrap().is_some());
        let both = log.event(EventNo(3)).unwrap().unwrap();
        assert_eq!(
            log.payloads(&both).unwrap(),
            [None, Some(b"two's".to_vec()), Some(b"nobody's".to_vec())]
        );
        assert!(log.original(EventNo(3)).unwrap().is_none() && log.answer(EventNo(3)).unwrap().is_none());
        assert!(!log.destroyed(one).unwrap() && log.original(EventNo(2)).unwrap().is_some());
        assert_eq!(log.verify(|_| {}).unwrap().head, before.head);
        assert_eq!(log.verify(|_| {}).unwrap().destroyed, 3);
        assert!(log.destructions().unwrap().is_empty());
    };
    check(&log);
    drop(log);
    let log = place.log();
    check(&log);
    // What she gets later can be destroyed in its turn, and what is left then stays too.
    let mut appender = log.appender();
    for payload in [b"later", b"after"] {
        appender
            .push(event(vec![entry(one.0, "x", payload), entry(two.0, "y", b"y")]))
            .unwrap();
    }
    appender.commit().unwrap();
    announce(&log, &[(one, 5, 0), (one, 1, 0)]);
    log.destroy_keys().unwrap();
    assert_eq!(log.payload(EventNo(5), 0).unwrap(), None);
    assert_eq!(log.payload(EventNo(1), 0).unwrap(), None);
    assert_eq!(log.payload(EventNo(6), 0).unwrap().as_deref(), Some(&b"after"[..]));
    assert_eq!(log.payload(EventNo(5), 1).unwrap().as_deref(), Some(&b"y"[..]));
    assert!(log.original(EventNo(6)).unwrap().is_some() && log.original(EventNo(1)).unwrap().is_none());
    for dir in ["keys", "log"] {
        assert_eq!(files_hold(&place.dir.path().join(dir), root.bytes()), Vec::<String>::new());
    }
}

#[test]
fn a_kill_before_the_key_is_gone_is_made_good_when_the_log_is_opened() {
    let place = Place::new();
    let (log, one, _) = two_persons(&place);
    let wrapped = wrapped(&log, one);
    let no = announce(&log, &[(one, 1, 0)]);
    assert!(log.payload(EventNo(1), 0).unwrap().is_some());
    let crashed = place.crashed();
    drop(log);
    let log = crashed.log();
    assert_eq!(log.payload(EventNo(1), 0).unwrap(), None);
    assert!(log.payload(EventNo(3), 0).unwrap().is_some());
    assert_eq!(log.destructions().unwrap().len(), 1, "others have not said yet that it is gone");
    log.destruction_done(no).unwrap();
    drop(log);
    assert_eq!(files_hold(&crashed.dir.path().join("keys"), &wrapped), Vec::<String>::new());
    assert!(crashed.log().destructions().unwrap().is_empty());
}

#[test]
fn a_copy_of_the_log_from_before_opens_nothing_with_the_keys_from_after() {
    let place = Place::new();
    let (log, one, two) = two_persons(&place);
    let before = place.crashed();
    announce(&log, &[(one, 1, 0)]);
    let what = Destruction {
        persons: vec![two],
        ..Destruction::default()
    };
    let mut appender = log.appender();
    appender.push_destroying(event(vec![]), what).unwrap();
    appender.commit().unwrap();
    log.destroy_keys().unwrap();
    drop(log);
    std::fs::remove_dir_all(before.dir.path().join("keys")).unwrap();
    crate::testing::copy(&place.dir.path().join("keys"), &before.dir.path().join("keys"));
    let log = before.log();
    assert_eq!(log.last(), EventNo(3), "it knows nothing of the destruction");
    assert_eq!(log.payload(EventNo(1), 0).unwrap(), None);
    assert_eq!(log.payload(EventNo(2), 0).unwrap(), None);
    let both = log.event(EventNo(3)).unwrap().unwrap();
    assert_eq!(
        log.payloads(&both).unwrap(),
        [Some(b"one's".to_vec()), None, Some(b"nobody's".to_vec())]
    );
    assert_eq!(log.verify(|_| {}).unwrap().events, 3);
    // It goes on from where the copy ends: other events have the numbers of those that are lost.
    for _ in 0..3 {
        let mut appender = log.appender();
        appender.push(event(vec![entry(one.0, "x", b"later")])).unwrap();
        appender.commit().unwrap();
    }
    drop(log);
    let log = before.log();
    assert!((4..=6).all(|no| log.payload(EventNo(no), 0).unwrap().as_deref() == Some(&b"later"[..])));
    assert_eq!(log.payload(EventNo(1), 0).unwrap(), None);
    assert_eq!(log.verify(|_| {}).unwrap().events, 6);
}

/// Who puts an earlier copy of the ring beside the log brings nothing back, and loses nothing.
#[test]
fn with_a_ring_from_before_everything_is_destroyed_again_and_nothing_else() {
    let place = Place::new();
    let (log, one, two) = two_persons(&place);
    let before = place.crashed();
    let add = |payload: &[u8]| {
        let mut appender = log.appender();
        appender
            .push(event(vec![entry(one.0, "x", payload), entry(two.0, "y", payload)]))
            .unwrap();
        appender.commit().unwrap();
    };
    add(b"four");
    announce(&log, &[(one, 1, 0)]);
    add(b"between");
    log.destroy_keys().unwrap();
    log.destruction_done(EventNo(5)).unwrap();
    add(b"seven");
    announce(&log, &[(one, 7, 0), (one, 3, 0)]);
    log.destroy_keys().unwrap();
    add(b"nine");
    let what = Destruction {
        persons: vec![two],
        ..Destruction::default()
    };
    let mut appender = log.appender();
    appender.push_destroying(event(vec![]), what).unwrap();
    appender.commit().unwrap();
    log.destroy_keys().unwrap();
    let contents = |log: &EventLog| -> Vec<Option<Vec<u8>>> {
        let events = (1..=10).map(|no| log.event(EventNo(no)).unwrap().unwrap());
        events
            .flat_map(|event| {
                let shared = [log.original(event.no).unwrap(), log.answer(event.no).unwrap()];
                log.payloads(&event).unwrap().into_iter().chain(shared).collect::<Vec<_>>()
            })
            .collect()
    };
    let seen = contents(&log);
    assert_eq!(log.payload(EventNo(6), 0).unwrap().as_deref(), Some(&b"between"[..]));
    assert_eq!(log.payload(EventNo(9), 0).unwrap().as_deref(), Some(&b"nine"[..]));
    assert_eq!(log.payload(EventNo(7), 0).unwrap(), None);
    let verified = log.verify(|_| {}).unwrap();
    drop(log);
    std::fs::remove_dir_all(place.dir.path().join("keys")).unwrap();
    crate::testing::copy(&before.dir.path().join("keys"), &place.dir.path().join("keys"));
    let log = place.log();
    assert_eq!(contents(&log), seen);
    assert!(log.destroyed(two).unwrap());
    assert_eq!(log.verify(|_| {}).unwrap(), verified);
    drop(log);
    assert_eq!(contents(&place.log()), seen);
}

#[test]
fn without_the_ring_or_with_an_older_one_nothing_opens_and_nothing_is_given_twice() {
    let place = Place::new();
    drop(two_persons(&place));
    let newer = Place::new();
    let moved = newer.dir.path().join("keys");
    std::fs::rename(place.dir.path().join("keys"), &moved).unwrap();
    let opened = EventLog::open(&place.dir.path().join("log"), &instance(), place.keys.clone());
    assert!(
        matches!(opened, Err(LogError::NoKeys { found: 0, given: 2, .. })),
        "{:?}",
        opened.err()
    );
    std::fs::remove_dir_all(place.dir.path().join("keys")).unwrap();
    std::fs::rename(&moved, place.dir.path().join("keys")).unwrap();
    assert_eq!(place.log().verify(|_| {}).unwrap().persons, 2);
}

/// Makes of a directory what a program of format 1 left: keys in the log, no keys of events.
fn as_format_1(place: &Place) {
    let mut log = place.log();
    log.keyed_from = u64::MAX;
    let mut appender = log.appender();
    let (one, two) = (
        appender.person_or_new("Patient/1").unwrap(),
        appender.person_or_new("Patient/2").unwrap(),
    );
    appender
        .push(event(vec![entry(one.0, "a", b"old 1"), entry(one.0, "b", b"old 2")]))
        .unwrap();
    appender.push(event(vec![entry(one.0, "c", b"old 3")])).unwrap();
    appender
        .push(event(vec![entry(one.0, "d", b"old 4"), entry(two.0, "e", b"old 5")]))
        .unwrap();
    appender.commit().unwrap();
    let mut batch = WriteBatch::default();
    for person in [one, two] {
        batch.put_cf(log.store.cf(KEYS).unwrap(), person.0.to_be_bytes(), wrapped(&log, person));
    }
    for name in [PERSONS_GIVEN, KEYED_FROM] {
        log.store.put_number(&mut batch, name, None).unwrap();
    }
    let store = Arc::get_mut(&mut log.store).unwrap();
    store.set_format(1, batch).unwrap();
    drop(log);
    std::fs::remove_dir_all(place.dir.path().join("keys")).unwrap();
}

#[test]
fn a_log_of_format_1_is_taken_over_whole() {
    let place = Place::new();
    as_format_1(&place);
    let log = place.log();
    assert_eq!(log.keyed_from, 4);
    let found = log.verify(|_| {}).unwrap();
    assert_eq!((found.events, found.persons, found.destroyed), (3, 2, 0));
    let (one, two) = (PersonNo(1), PersonNo(2));
    let key = wrapped(&log, one);
    assert_eq!(files_hold(&place.dir.path().join("log"), &key), Vec::<String>::new());
    assert_eq!(log.appender().person("Patient/1").unwrap(), Some(one));
    let mut appender = log.appender();
    appender
        .push(event(vec![entry(one.0, "f", b"new"), entry(two.0, "g", b"new")]))
        .unwrap();
    appender.commit().unwrap();
    // An entry of before, and with it original and answer; the others of hers stay, and their originals where they are hers alone.
    announce(&log, &[(one, 1, 1)]);
    log.destroy_keys().unwrap();
    let texts: Vec<Option<Vec<u8>>> = (1..=4)
        .flat_map(|no| log.payloads(&log.event(EventNo(no)).unwrap().unwrap()).unwrap())
        .collect();
    let expected = [
        Some("old 1"),
        None,
        Some("old 3"),
        Some("old 4"),
        Some("old 5"),
        Some("new"),
        Some("new"),
    ];
    assert_eq!(texts, expected.map(|text| text.map(|text| text.as_bytes().to_vec())));
    let originals: Vec<bool> = (1..=4).map(|no| log.original(EventNo(no)).unwrap().is_some()).collect();
    assert_eq!(originals, [false, true, false, true]);
    drop(log);
    assert_eq!(place.log().verify(|_| {}).unwrap().events, 5);
}
