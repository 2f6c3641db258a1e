use proptest::prelude::*;
use rocksdb::WriteBatch;

use super::*;
use crate::testing::{Place as Dir, instance};

fn open(dir: &Dir) -> RecordLog {
    try_open(dir).unwrap()
}

fn try_open(dir: &Dir) -> Result<RecordLog, LogError> {
    RecordLog::open(&dir.dir.path().join("access"), &instance(), dir.keys.clone())
}

fn record(person: u32, body: &str) -> Record {
    Record {
        person: PersonNo(person),
        body: body.as_bytes().to_vec(),
        kept: b"kept back".to_vec(),
    }
}

#[test]
fn records_come_back_by_number_and_by_person() {
    let dir = Dir::new();
    let log = open(&dir);
    assert_eq!(log.append(&[record(1, "a"), record(2, "b")]).unwrap(), 1);
    assert_eq!(log.append(&[]).unwrap(), 3);
    assert_eq!(
        log.append(&[record(1, "c"), record(0, "d"), record(1, &"e".repeat(5000))]).unwrap(),
        3
    );
    let check = |log: &RecordLog| {
        assert_eq!(log.last(), 5);
        assert_eq!(log.read(4).unwrap().unwrap().body, b"d");
        assert!(log.read(0).unwrap().is_none() && log.read(6).unwrap().is_none());
        let numbers = |person, before, limit| -> Vec<u64> {
            log.by_person(PersonNo(person), before, limit)
                .unwrap()
                .into_iter()
                .map(|record| record.no)
                .collect()
        };
        assert_eq!(numbers(1, None, 10), [5, 3, 1]);
        assert_eq!(numbers(1, None, 2), [5, 3]);
        assert_eq!(numbers(1, Some(3), 2), [1]);
        assert_eq!(numbers(1, Some(1), 2), [0u64; 0]);
        assert_eq!(numbers(2, None, 10), [2]);
        assert_eq!(numbers(3, None, 10), [0u64; 0]);
        assert_eq!(numbers(1, None, 0), [0u64; 0]);
        assert_eq!(
            log.newest(Some(5), 2)
                .unwrap()
                .into_iter()
                .map(|record| record.no)
                .collect::<Vec<_>>(),
            [4, 3]
        );
        let found = log.verify(|_| {}).unwrap();
        assert_eq!((found.records, found.head), (5, log.head()));
        found
    };
    let found = check(&log);
    let crashed = dir.crashed();
    drop(log);
    assert_eq!(check(&open(&dir)), found);
    assert_eq!(check(&open(&crashed)), found);
}

#[test]
fn a_failed_write_is_the_last() {
    let dir = Dir::new();
    let log = open(&dir);
    log.append(&[record(1, "a")]).unwrap();
    log.store.fail_next_write.store(true, Ordering::SeqCst);
    assert!(log.append(&[record(1, "b")]).is_err());
    assert!(matches!(log.append(&[record(1, "c")]), Err(LogError::Poisoned { .. })));
    assert!(matches!(log.append(&[]), Err(LogError::Poisoned { .. })));
    assert_eq!((log.last(), log.by_person(PersonNo(1), None, 9).unwrap().len()), (1, 1));
    assert_eq!(log.tree().size(), 1, "no leaf without its record");
    drop(log);
    let log = open(&dir);
    assert_eq!(log.append(&[record(1, "d")]).unwrap(), 2);
    assert_eq!(log.verify(|_| {}).unwrap().root, log.tree().root().unwrap());
}

#[test]
fn a_changed_record_or_index_is_found() {
    let dir = Dir::new();
    let log = open(&dir);
    let all: Vec<_> = (0..300).map(|n| record(n % 7, &format!("body {n}"))).collect();
    for some in all.chunks(64) {
        log.append(some).unwrap();
    }
    let key = |no: u64| no.to_be_bytes();
    let good = log.verify(|_| {}).unwrap();
    let raw = |no| log.store.get(RECORDS, &key(no)).unwrap().unwrap().to_vec();
    let with = |change: &dyn Fn(&mut WriteBatch), undo: &dyn Fn(&mut WriteBatch)| {
        for (step, change) in [change, undo].into_iter().enumerate() {
            let mut batch = WriteBatch::default();
            change(&mut batch);
            log.store.write(batch, None).unwrap();
            if step == 0 {
                let error = log.verify(|_| {}).unwrap_err();
                assert!(
                    matches!(error, LogError::Damaged { key: 100, .. } | LogError::Missing { key: 100, .. }),
                    "{error}"
                );
            }
        }
        assert_eq!(log.verify(|_| {}).unwrap(), good);
    };
    let records = log.store.cf(RECORDS).unwrap();
    let index = log.store.cf(BY_PERSON).unwrap();
    let person = PersonNo(99 % 7);
    let mut forged = raw(100);
    let forged_body = forged.split_off(PREFIX);
    seal::seal(
        &log.key,
        log.place(100, person),
        seal::fresh_nonce().unwrap(),
        b"body 99",
        1024,
        &mut forged,
    )
    .unwrap();
    assert_ne!(forged[PREFIX..], forged_body[..]);
    with(&|b| b.put_cf(records, key(100), &forged), &|b| {
        let mut whole = forged[..PREFIX].to_vec();
        whole.extend_from_slice(&forged_body);
        b.put_cf(records, key(100), whole);
    });
    let original = raw(100);
    with(&|b| b.put_cf(records, key(100), raw(101)), &|b| {
        b.put_cf(records, key(100), &original)
    });
    with(&|b| b.delete_cf(records, key(100)), &|b| b.put_cf(records, key(100), &original));
    with(&|b| b.put_cf(index, person_key(PersonNo(6), 100), []), &|b| {
        b.delete_cf(index, person_key(PersonNo(6), 100))
    });
    let mut batch = WriteBatch::default();
    batch.delete_cf(index, person_key(person, 100));
    log.store.write(batch, None).unwrap();
    assert!(log.verify(|_| {}).is_err());
}

#[test]
fn a_cut_end_is_refused() {
    let dir = Dir::new();
    let log = open(&dir);
    log.append(&[record(1, "a"), record(2, "b")]).unwrap();
    let mut batch = WriteBatch::default();
    batch.delete_cf(log.store.cf(RECORDS).unwrap(), 2u64.to_be_bytes());
    log.store.write(batch, None).unwrap();
    drop(log);
    assert!(matches!(
        try_open(&dir),
        Err(LogError::Lost {
            found: 1,
            acknowledged: 2,
            ..
        })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_record_log_is_a_list(groups in proptest::collection::vec((proptest::collection::vec((0u32..4, ".{0,40}"), 0..6), 0u8..4), 1..10)) {
        let mut dir = Dir::new();
        let mut log = open(&dir);
        let mut model: Vec<(u32, String)> = Vec::new();
        for (group, then) in groups {
            let records: Vec<_> = group.iter().map(|(person, body)| record(*person, body)).collect();
            prop_assert_eq!(log.append(&records).unwrap(), model.len() as u64 + 1);
            model.extend(group);
            if then == 0 {
                let crashed = dir.crashed();
                drop(log);
                dir = crashed;
                log = open(&dir);
            } else if then == 1 {
                drop(log);
                log = open(&dir);
            }
            prop_assert_eq!(log.last(), model.len() as u64);
            for person in 0..4 {
                let expected: Vec<_> = model.iter().rev().filter(|(whose, _)| *whose == person).map(|(_, body)| body.as_bytes().to_vec()).collect();
                let found: Vec<_> = log.by_person(PersonNo(person), None, 100).unwrap().into_iter().map(|record| record.body).collect();
                prop_assert_eq!(found, expected);
            }
        }
        let found = log.verify(|_| {}).unwrap();
        prop_assert_eq!(found.records, model.len() as u64);
        let mut edge = crate::merkle::Edge::default();
        for no in 1..=log.last() {
            edge.push(log.read(no).unwrap().unwrap().leaf(), |_, _, _| {});
        }
        prop_assert_eq!(log.edge.lock().tile(0).to_vec(), edge.tile(0).to_vec());
        prop_assert_eq!(found.root, log.tree().root().unwrap());
    }
}
