//! A clock that jumps: the order is that of events, and what is received twice is received once.

mod common;
use common::*;
use kilde_intake::{Kind, Submission};

const DAY: i64 = 24 * 3_600_000;

fn note(id: &str, text: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"{text}"}},
        "subject":{{"identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{PERSON}"}}}}}}"#
    )
}

#[test]
fn the_newest_is_what_came_last_whatever_the_clock_said() {
    let w = world();
    let put = |n: usize, now: i64| {
        let kind = Kind::Update {
            rtype: rtype("Observation"),
            id: "jumping".into(),
            if_match: None,
            if_none_match: false,
        };
        let mut submission = Submission::new(w.scope(), kind, note("jumping", &format!("nr {n}")), now);
        submission.message_id = Some(format!("m-{n}"));
        w.intake.submit_blocking(submission)
    };
    // Ahead, back, before 1970, to the leap day and the turn of the year.
    let clock = [
        NOW,
        NOW + 400 * DAY,
        NOW - 3 * DAY,
        -5_000,
        1_835_394_000_000,
        1_798_757_999_999,
        NOW + 1,
    ];
    for (n, now) in clock.into_iter().enumerate() {
        assert_eq!(put(n, now).unwrap().event.0, n as u64 + 1);
    }
    let newest = w.read("Observation", "jumping").unwrap();
    assert_eq!((newest.version, newest.event, newest.last_updated_ms), (7, w.last(), NOW + 1));
    assert!(String::from_utf8(newest.body).unwrap().contains("nr 6"));
    for (n, now) in clock.into_iter().enumerate() {
        let version = match w.index.vread(&w.scope(), rtype("Observation"), "jumping", n as u32 + 1).unwrap() {
            kilde_index::Read::Found(version) => version,
            other => panic!("{other:?}"),
        };
        assert_eq!(version.last_updated_ms, now);
        // Sent again at another time, it is the same message.
        let again = put(n, now - 77 * DAY).unwrap();
        assert!(again.repeated && again.event.0 == n as u64 + 1);
    }
    assert_eq!(w.last().0, 7);
    assert_eq!(w.count("Observation", &[("_lastUpdated", "gt2020-01-01")]), 1);
    w.log.verify(|_| {}).unwrap();
}
