//! Copies of a log in use: everything from before is in them, and nothing half.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::testing::{Place, entry, event, instance};
use crate::{Record, RecordLog};

/// A place that holds copies of the log and the key ring of another.
fn copied(place: &Place, log: &EventLog) -> Place {
    let copy = place.dir.path().join("backup");
    std::fs::create_dir(&copy).unwrap();
    log.copy_to(&copy.join("log")).unwrap();
    let ring = log.copy_key_ring().unwrap();
    let dir = tempfile::tempdir().unwrap();
    crate::testing::copy(&copy, dir.path());
    crate::testing::copy(&ring, &dir.path().join("keys"));
    std::fs::remove_dir_all(&copy).unwrap();
    log.remove_key_ring_copy().unwrap();
    Place {
        dir,
        keys: place.keys.clone(),
    }
}

fn append(log: &EventLog, person: &str) -> EventNo {
    let mut appender = log.appender();
    let no = appender.next_no();
    let person = appender.person_or_new(person).unwrap();
    let payload = format!("payload {}", no.0);
    appender.push(event(vec![entry(person.0, "a", payload.as_bytes())])).unwrap();
    appender.commit().unwrap();
    no
}

#[test]
fn a_copy_made_while_others_write_opens_whole_with_everything_from_before() {
    let place = Place::new();
    let log = place.log();
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let (log, stop, acknowledged) = (&log, &stop, &acknowledged);
            scope.spawn(move || {
                for n in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let no = append(log, &format!("Patient/{writer}-{}", n / 3));
                    acknowledged.fetch_max(no.0, Ordering::SeqCst);
                }
            });
        }
        let mut earlier = 0;
        for _ in 0..4 {
            while acknowledged.load(Ordering::SeqCst) < earlier + 20 {
                std::thread::yield_now();
            }
            let before = acknowledged.load(Ordering::SeqCst);
            let copy = copied(&place, &log);
            let opened = copy.log();
            let found = opened.verify(|_| {}).unwrap();
            assert!(found.events >= before, "{} of {before}", found.events);
            assert_eq!(opened.last().0, found.events);
            for no in 1..=found.events {
                let expected = format!("payload {no}");
                assert_eq!(opened.payload(EventNo(no), 0).unwrap().as_deref(), Some(expected.as_bytes()));
            }
            // It goes on by itself.
            assert_eq!(append(&opened, "Patient/new"), EventNo(found.events + 1));
            earlier = before;
        }
        stop.store(true, Ordering::SeqCst);
    });
    log.verify(|_| {}).unwrap();
}

#[test]
fn a_copy_of_records_made_while_others_write_opens_whole() {
    let place = Place::new();
    let records = RecordLog::open(&place.dir.path().join("access"), &instance(), place.keys.clone()).unwrap();
    let record = |n: u64| Record {
        person: PersonNo(1),
        body: n.to_be_bytes().to_vec(),
        kept: Vec::new(),
    };
    records.append(&[record(1), record(2)]).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 3.. {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                records.append(&[record(n)]).unwrap();
            }
        });
        for turn in 0..3 {
            let before = records.last();
            let copy = place.dir.path().join(format!("copy-{turn}"));
            records.copy_to(&copy).unwrap();
            let opened = RecordLog::open(&copy, &instance(), place.keys.clone()).unwrap();
            assert!(opened.verify(|_| {}).unwrap().records >= before);
        }
        stop.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_copy_of_the_key_ring_goes_with_the_next_destruction_and_at_opening() {
    let place = Place::new();
    let log = place.log();
    append(&log, "Patient/doomed");
    let person = log.person("Patient/doomed").unwrap().unwrap();
    let wrapped = log.ring.store.get(KEYS, &person.0.to_be_bytes()).unwrap().unwrap().to_vec();
    let holds = |dir: &Path| {
        let files = std::fs::read_dir(dir).unwrap().map(|item| item.unwrap().path());
        files.filter(|path| path.is_file()).any(|path| {
            let bytes = std::fs::read(path).unwrap();
            // Compression may cut a value, hardly its end from its middle: random bytes do not compress.
            bytes
                .windows(32)
                .any(|window| window == &wrapped[wrapped.len() - 40..wrapped.len() - 8])
        })
    };
    let copy = log.copy_key_ring().unwrap();
    assert!(holds(&copy), "the search finds what is there");
    log.destroy_person_key(person).unwrap();
    assert!(!copy.exists());
    assert!(!holds(&log.copy_key_ring().unwrap()), "a copy from after has nothing of it");
    drop(log);
    assert!(copy.exists(), "as a kill leaves it");
    let log = place.log();
    assert!(!copy.exists());
    log.verify(|_| {}).unwrap();
}

#[test]
fn a_ring_from_before_beside_a_copy_with_persons_that_it_lacks_is_refused() {
    let place = Place::new();
    let log = place.log();
    append(&log, "Patient/first");
    let before = copied(&place, &log);
    append(&log, "Patient/second");
    let after = copied(&place, &log);
    std::fs::remove_dir_all(after.dir.path().join("keys")).unwrap();
    crate::testing::copy(&before.dir.path().join("keys"), &after.dir.path().join("keys"));
    let opened = EventLog::open(&after.dir.path().join("log"), &instance(), after.keys.clone());
    assert!(matches!(opened, Err(LogError::NoKeys { found: 1, given: 2, .. })));
}

#[test]
fn nothing_is_copied_after_a_failed_write() {
    let place = Place::new();
    let log = place.log();
    append(&log, "Patient/a");
    log.store.poison();
    let refused = log.copy_to(&place.dir.path().join("copy"));
    assert!(matches!(refused, Err(LogError::Poisoned { .. })));
}
