//! Damaged files and replaced records: reported or refused, never silently wrong.

use std::path::PathBuf;

use rocksdb::WriteBatch;

use super::super::*;
use super::contents;
use crate::testing::{Place, copy, entry, event, instance};
use crate::{EventNo, NewEvent};

/// A log of several commits, some in table files and some in the journal only.
fn filled(place: &Place, flush_after: Option<u64>) -> EventLog {
    let log = place.log();
    for round in 0..12u64 {
        let mut appender = log.appender();
        for _ in 0..=round % 3 {
            let no = appender.next_no().0;
            let person = appender.person_or_new(&format!("Patient/{}", no % 5)).unwrap();
            let payload = format!("payload {no} ").repeat(20);
            let entries = vec![entry(person.0, "a", payload.as_bytes()), entry(0, "b", b"nobody's")];
            appender
                .push(NewEvent {
                    message_key: Some(no.to_be_bytes().to_vec()),
                    ..event(entries)
                })
                .unwrap();
        }
        appender.commit().unwrap();
        if flush_after == Some(round) {
            log.store.flush().unwrap();
        }
    }
    log
}

type All = (Verified, Vec<String>, Vec<Option<PersonNo>>);

fn try_all(place: &Place) -> Result<All, LogError> {
    let log = EventLog::open(&place.dir.path().join("log"), &instance(), place.keys.clone())?;
    let persons = (0..5).map(|n| log.person(&format!("Patient/{n}"))).collect::<Result<_, _>>()?;
    for no in 1..=log.last().0 {
        if log.by_message(&no.to_be_bytes())? != Some(EventNo(no)) {
            return Err(LogError::Missing { family: MESSAGES, key: no });
        }
    }
    Ok((log.verify(|_| {})?, contents(&log)?, persons))
}

/// Damages every file in many places, one at a time, and demands an error or the right content.
fn damage_everywhere(place: &Place) {
    let good = try_all(&place.crashed()).unwrap();
    let mut files: Vec<PathBuf> = Vec::new();
    for part in ["log", "keys"] {
        let items = std::fs::read_dir(place.dir.path().join(part)).unwrap();
        files.extend(items.map(|item| item.unwrap().path()));
    }
    files.sort();
    let (mut trials, mut noticed, mut ends) = (0, 0, 0);
    for file in files {
        let name = file.file_name().unwrap().to_owned();
        let bytes = std::fs::read(&file).unwrap();
        // Trailing zeros are preallocated room; the engine's own diary is not data.
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        if used == 0 || name.to_string_lossy().starts_with("LOG") || name.to_string_lossy().starts_with("OPTIONS") {
            continue;
        }
        let step = (used / 7).max(1);
        for (round, at) in (0..used).step_by(step).chain([used - 1]).enumerate() {
            for cut in if round % 2 == 0 { &[false, true][..] } else { &[false] } {
                let cut = *cut;
                let dir = tempfile::tempdir().unwrap();
                copy(place.dir.path(), dir.path());
                let mut bad = bytes.clone();
                if cut {
                    bad.truncate(at);
                } else {
                    bad[at] ^= 1 << (at % 8);
                }
                let part = file.parent().and_then(Path::file_name).unwrap();
                std::fs::write(dir.path().join(part).join(&name), bad).unwrap();
                let damaged = Place {
                    dir,
                    keys: place.keys.clone(),
                };
                trials += 1;
                match try_all(&damaged) {
                    Err(error) => {
                        noticed += 1;
                        ends += u32::from(matches!(error, LogError::Lost { .. }));
                    }
                    Ok(found) => assert!(found == good, "{name:?} at {at} of {used} (cut: {cut}): silently different"),
                }
            }
        }
    }
    eprintln!("{noticed} of {trials} damages noticed ({ends} by the head file alone), the others harmless");
    assert!(noticed * 2 > trials);
}

#[test]
fn damage_after_a_clean_stop_is_never_silent() {
    let place = Place::new();
    drop(filled(&place, Some(5)));
    damage_everywhere(&place);
}

#[test]
fn damage_after_a_crash_is_never_silent() {
    let place = Place::new();
    let log = filled(&place, Some(3));
    let crashed = place.crashed();
    drop(log);
    damage_everywhere(&crashed);
}

#[test]
fn a_missing_file_is_never_silent() {
    let place = Place::new();
    let log = filled(&place, Some(5));
    let crashed = place.crashed();
    drop(log);
    for place in [place, crashed] {
        let good = try_all(&place.crashed()).unwrap();
        for item in std::fs::read_dir(place.dir.path().join("log")).unwrap() {
            let name = item.unwrap().file_name();
            let damaged = place.crashed();
            std::fs::remove_file(damaged.dir.path().join("log").join(&name)).unwrap();
            if let Ok(found) = try_all(&damaged) {
                assert!(found == good, "{name:?} missing: silently different");
            }
        }
    }
}

/// Writes around the log, and says what verification finds.
fn after(change: impl FnOnce(&EventLog, &mut WriteBatch)) -> LogError {
    let place = Place::new();
    let log = filled(&place, None);
    log.verify(|_| {}).unwrap();
    let mut batch = WriteBatch::default();
    change(&log, &mut batch);
    log.store.write(batch, None).unwrap();
    log.verify(|_| {}).unwrap_err()
}

fn raw(log: &EventLog, family: &'static str, key: &[u8]) -> Vec<u8> {
    log.store.get(family, key).unwrap().unwrap().to_vec()
}

fn damaged_at(error: LogError, at: u64) -> bool {
    matches!(error, LogError::Damaged { key, .. } | LogError::Missing { key, .. } if key == at)
}

#[test]
fn a_replaced_record_is_found_at_its_place() {
    let key = |no: u64| no.to_be_bytes();
    for family in [EVENTS, ORIGINALS, ANSWERS] {
        assert!(damaged_at(
            after(|log, batch| batch.put_cf(log.store.cf(family).unwrap(), key(7), raw(log, family, &key(8)))),
            7
        ));
        assert!(damaged_at(
            after(|log, batch| batch.delete_cf(log.store.cf(family).unwrap(), key(7))),
            7
        ));
    }
    let entry = |no, entry| block::entry_key(EventNo(no), entry);
    let moved = after(|log, batch| batch.put_cf(log.store.cf(ENTRIES).unwrap(), entry(7, 1), raw(log, ENTRIES, &entry(8, 1))));
    assert!(damaged_at(moved, 7));
    assert!(damaged_at(
        after(|log, batch| batch.delete_cf(log.store.cf(ENTRIES).unwrap(), entry(7, 0))),
        7
    ));
    let extra = after(|log, batch| batch.put_cf(log.store.cf(ENTRIES).unwrap(), entry(7, 2), raw(log, ENTRIES, &entry(7, 1))));
    assert!(damaged_at(extra, 8));
}

#[test]
fn a_block_sealed_anew_with_the_right_key_still_breaks_the_chain() {
    let error = after(|log, batch| {
        let at = block::At {
            instance: &log.instance,
            family: ENTRIES,
            event: EventNo(7),
            entry: 1,
            person: PersonNo(0),
        };
        let forged = at.seal(&log.keys.own, crate::seal::fresh_nonce().unwrap(), b"forged").unwrap();
        batch.put_cf(log.store.cf(ENTRIES).unwrap(), block::entry_key(EventNo(7), 1), forged);
        assert_eq!(log.payload(EventNo(7), 1).unwrap().as_deref(), Some(&b"nobody's"[..]));
    });
    assert!(
        matches!(error, LogError::Damaged { family: EVENTS, key: 7, what } if what.contains("chain")),
        "{error}"
    );
}

#[test]
fn removed_content_with_its_hash_left_behind_still_verifies() {
    let place = Place::new();
    let log = filled(&place, None);
    let before = log.verify(|_| {}).unwrap();
    let key = block::entry_key(EventNo(7), 1);
    let mut removed = vec![0, 0];
    removed.extend_from_slice(&block::value_hash(&raw(&log, ENTRIES, &key)));
    let mut batch = WriteBatch::default();
    batch.put_cf(log.store.cf(ENTRIES).unwrap(), key, removed);
    log.store.write(batch, None).unwrap();
    assert_eq!(log.payload(EventNo(7), 1).unwrap(), None);
    let after = log.verify(|_| {}).unwrap();
    assert_eq!((after.head, after.destroyed), (before.head, 1));
}

#[test]
fn the_tables_must_be_what_the_events_say() {
    let name = |log: &EventLog, n: u32| log.keys.identity_hash(&format!("Patient/{n}"));
    let swapped = after(|log, batch| batch.put_cf(log.store.cf(PERSONS).unwrap(), name(log, 1), raw(log, PERSONS, &name(log, 2))));
    assert!(matches!(swapped, LogError::Damaged { family: PERSONS, .. }));
    let lost = after(|log, batch| batch.delete_cf(log.store.cf(PERSONS).unwrap(), name(log, 1)));
    assert!(matches!(lost, LogError::Damaged { family: PERSONS, .. }));
    let of_keys = |change: &dyn Fn(&EventLog, &mut WriteBatch)| {
        after(|log, _| {
            let mut batch = WriteBatch::default();
            change(log, &mut batch);
            log.ring.store.write(batch, None).unwrap();
        })
    };
    let key = of_keys(&|log, batch| batch.delete_cf(log.ring.store.cf(KEYS).unwrap(), 2u32.to_be_bytes()));
    assert!(matches!(key, LogError::Missing { family: KEYS, key: 2 }));
    let key = of_keys(&|log, batch| {
        let third = log.ring.store.get(KEYS, &3u32.to_be_bytes()).unwrap().unwrap().to_vec();
        batch.put_cf(log.ring.store.cf(KEYS).unwrap(), 2u32.to_be_bytes(), third);
    });
    assert!(matches!(key, LogError::Damaged { family: KEYS, key: 2, .. }));
    let message = |log: &EventLog, no: u64| log.keys.message_hash(&no.to_be_bytes());
    let lost = after(|log, batch| batch.delete_cf(log.store.cf(MESSAGES).unwrap(), message(log, 4)));
    assert!(damaged_at(lost, 4));
    let extra = after(|log, batch| batch.put_cf(log.store.cf(MESSAGES).unwrap(), message(log, 999), 4u64.to_be_bytes()));
    assert!(matches!(extra, LogError::Damaged { family: MESSAGES, .. }));
}

#[test]
fn a_cut_end_is_refused_at_opening() {
    let place = Place::new();
    let log = filled(&place, None);
    let last = log.last();
    let mut batch = WriteBatch::default();
    for family in [EVENTS, ORIGINALS, ANSWERS] {
        batch.delete_cf(log.store.cf(family).unwrap(), last.0.to_be_bytes());
    }
    for number in 0..2 {
        batch.delete_cf(log.store.cf(ENTRIES).unwrap(), block::entry_key(last, number));
    }
    log.store.write(batch, None).unwrap();
    drop(log);
    let opened = EventLog::open(&place.dir.path().join("log"), &instance(), place.keys.clone());
    assert!(matches!(opened, Err(LogError::Lost { acknowledged, found, .. }) if acknowledged == last.0 && found == last.0 - 1));
}

#[test]
fn a_gap_ends_iteration_with_an_error() {
    let place = Place::new();
    let log = filled(&place, None);
    let mut batch = WriteBatch::default();
    batch.delete_cf(log.store.cf(EVENTS).unwrap(), 5u64.to_be_bytes());
    log.store.write(batch, None).unwrap();
    let seen: Vec<_> = log
        .events_from(EventNo(3))
        .unwrap()
        .map(|event| event.map(|event| event.no.0))
        .collect();
    assert_eq!(seen.len(), 3);
    assert!(matches!(seen[2], Err(LogError::Missing { family: EVENTS, key: 5 })));
    assert!(matches!(log.event(EventNo(5)), Err(LogError::Missing { .. })));
}
