use proptest::prelude::*;

use super::*;
use crate::PersonNo;
use crate::testing::{Place as Dir, event};

fn envelope(source: &str) -> Envelope {
    Envelope {
        source: source.into(),
        received_ms: 5,
        persons: vec![PersonNo(3)],
        message_id: Some("m".into()),
        ..Envelope::default()
    }
}

#[test]
fn items_are_kept_listed_and_settled() {
    let dir = Dir::new();
    let log = dir.log();
    let quarantine = Quarantine::open(&log).unwrap();
    assert_eq!(quarantine.list(None, 10).unwrap(), []);
    for n in 1..=4u64 {
        assert_eq!(quarantine.put(&envelope(&n.to_string()), b"not understood", b"[]").unwrap(), n);
    }
    // It shares the directory with the log, not its numbers.
    let mut appender = log.appender();
    appender.push(event(vec![])).unwrap();
    appender.commit().unwrap();
    quarantine.resolve(2, Resolution::Replayed(EventNo(1))).unwrap();
    quarantine.resolve(3, Resolution::Discarded("sent twice".into())).unwrap();
    assert!(matches!(
        quarantine.resolve(2, Resolution::Discarded("x".into())),
        Err(LogError::NotInQuarantine(2))
    ));
    assert!(matches!(
        quarantine.resolve(9, Resolution::Discarded("x".into())),
        Err(LogError::NotInQuarantine(9))
    ));
    let check = |quarantine: &Quarantine| {
        let numbers = |before, limit| -> Vec<u64> { quarantine.list(before, limit).unwrap().into_iter().map(|item| item.no).collect() };
        assert_eq!(numbers(None, 10), [4, 3, 2, 1]);
        assert_eq!(numbers(Some(4), 2), [3, 2]);
        assert_eq!(numbers(Some(1), 2), [0u64; 0]);
        let (item, original) = quarantine.get(1).unwrap().unwrap();
        assert_eq!(
            (item.envelope, item.findings_json, item.size, item.resolution),
            (envelope("1"), b"[]".to_vec(), 14, None)
        );
        assert_eq!(original.as_deref(), Some(&b"not understood"[..]));
        let (item, original) = quarantine.get(2).unwrap().unwrap();
        assert_eq!((item.resolution, original), (Some(Resolution::Replayed(EventNo(1))), None));
        assert!(quarantine.get(5).unwrap().is_none());
    };
    check(&quarantine);
    let crashed = dir.crashed();
    drop(quarantine);
    drop(log);
    check(&Quarantine::open(&dir.log()).unwrap());
    let log = crashed.log();
    check(&Quarantine::open(&log).unwrap());
    assert_eq!(Quarantine::open(&log).unwrap().put(&envelope("5"), b"", b"").unwrap(), 5);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 1..120)) {
        bytes[0] = FORMAT;
        if let Some(item) = read(1, &bytes) {
            prop_assert_eq!(encode(&item), bytes);
        }
    }
}

#[test]
fn a_copy_of_a_settled_item_from_before_opens_for_nobody() {
    let dir = Dir::new();
    let log = dir.log();
    let quarantine = Quarantine::open(&log).unwrap();
    quarantine.put(&envelope("a"), b"not understood", b"[\"finding\"]").unwrap();
    quarantine.put(&envelope("b"), b"not understood", b"[]").unwrap();
    quarantine.put(&envelope("c"), b"not understood", b"[\"finding\"]").unwrap();
    // A settled one keeps its findings until it is erased.
    quarantine.resolve(3, Resolution::Discarded("sent twice".into())).unwrap();
    assert_eq!(quarantine.get(3).unwrap().unwrap().0.findings_json, b"[\"finding\"]");
    let before = dir.crashed();
    quarantine.erase(&[1, 3], "destroyed").unwrap();
    let settled = quarantine.get(3).unwrap().unwrap().0;
    assert_eq!(settled.resolution, Some(Resolution::Discarded("sent twice".into())));
    let (item, original) = quarantine.get(1).unwrap().unwrap();
    assert_eq!(
        (original, item.findings_json.as_slice(), item.envelope.message_id),
        (None, &b"{}"[..], None)
    );
    assert!(matches!(item.resolution, Some(Resolution::Discarded(_))));
    assert!(quarantine.get(2).unwrap().unwrap().1.is_some());
    drop((quarantine, log));
    std::fs::remove_dir_all(before.dir.path().join("keys")).unwrap();
    crate::testing::copy(&dir.dir.path().join("keys"), &before.dir.path().join("keys"));
    let log = before.log();
    let quarantine = Quarantine::open(&log).unwrap();
    let (item, original) = quarantine.get(1).unwrap().unwrap();
    assert_eq!((item.envelope.source.as_str(), original), ("", None));
    assert!(item.resolution.is_some());
    assert_eq!(quarantine.list(None, 9).unwrap().len(), 3);
    let settled = quarantine.get(3).unwrap().unwrap().0;
    assert_eq!(
        (settled.envelope.source.as_str(), settled.findings_json.as_slice()),
        ("", &b"{}"[..])
    );
    assert!(quarantine.get(2).unwrap().unwrap().1.is_some());
}
