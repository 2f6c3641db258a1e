//! Keys of persons: destroying one, and keys that do not fit.

use super::super::*;
use crate::testing::{Place, entry, event, instance};
use crate::{EventNo, MasterKey};

fn wrapped(log: &EventLog, person: PersonNo) -> Vec<u8> {
    log.store.get(KEYS, &person.0.to_be_bytes()).unwrap().unwrap().to_vec()
}

fn files_hold(dir: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        let content = std::fs::read(&path).unwrap();
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
    let dir = place.dir.path().join("log");
    let (gone, kept) = (wrapped(&log, one), wrapped(&log, two));
    assert!(!files_hold(&dir, &gone).is_empty());
    // Once with the key in a table file, as it will mostly be; two's also in the journal.
    log.store.flush().unwrap();
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
