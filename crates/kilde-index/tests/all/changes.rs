//! Histories of types and of everything, held against the obvious way: all versions in reverse, judged one by one.

use crate::kit::{Kit, all, over, rtype};
use kilde_access::AccessScope;
use kilde_index::changes::{Changes, Of};
use kilde_index::{CursorError, SearchError};
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000_000;

/// A version as the test knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    rtype: &'static str,
    id: String,
    version: u32,
    patient: &'static str,
    at_ms: i64,
}

fn names(versions: &[Made]) -> Vec<(String, String, u32)> {
    versions.iter().map(|m| (m.rtype.to_owned(), m.id.clone(), m.version)).collect()
}

/// All pages of a history.
fn pages(kit: &Kit, scope: &AccessScope, of: &Of, wanted: &Changes) -> Vec<(String, String, u32)> {
    let mut out = Vec::new();
    let mut changes = wanted.clone();
    loop {
        let page = kit.index.changes(scope, of, &changes, NOW).unwrap().unwrap();
        assert!(page.versions.len() <= wanted.count);
        out.extend(page.versions.into_iter().map(|v| (v.rtype.name().to_owned(), v.id, v.version)));
        match page.next {
            Some(cursor) => {
                changes = Changes {
                    count: wanted.count,
                    cursor: Some(cursor),
                    ..Changes::default()
                }
            }
            None => return out,
        }
        assert!(out.len() < 10_000);
    }
}

/// Does what the script says; what it made, oldest first.
fn run(script: &[(bool, u8, bool, bool)]) -> (Kit, Vec<Made>) {
    let mut kit = Kit::new();
    let mut made: Vec<Made> = Vec::new();
    for patient in ["a", "b"] {
        kit.put(&[&format!(r#"{{"resourceType":"Patient","id":"{patient}"}}"#)]);
        made.push(Made {
            rtype: "Patient",
            id: patient.into(),
            version: 1,
            patient,
            at_ms: kit.now_ms,
        });
    }
    for (observation, number, of_a, delete) in script {
        let kind = if *observation { "Observation" } else { "Condition" };
        let id = format!("r{number}");
        let patient = if *of_a { "a" } else { "b" };
        let newest = made.iter().rev().find(|m| m.rtype == kind && m.id == id).cloned();
        let version = newest.as_ref().map_or(0, |m| m.version) + 1;
        let patient = if *delete && newest.is_some() {
            kit.delete(rtype(kind), &id);
            newest.map_or(patient, |m| m.patient)
        } else {
            kit.put(&[&format!(
                r#"{{"resourceType":"{kind}","id":"{id}","subject":{{"reference":"Patient/{patient}"}}}}"#
            )]);
            patient
        };
        made.push(Made {
            rtype: kind,
            id,
            version,
            patient,
            at_ms: kit.now_ms,
        });
    }
    (kit, made)
}

fn newest_of<'m>(made: &'m [Made], one: &Made) -> &'m Made {
    made.iter().rev().find(|m| m.rtype == one.rtype && m.id == one.id).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_version_in_reach_comes_once_and_nothing_else(
        script in proptest::collection::vec((any::<bool>(), 0u8..3, any::<bool>(), proptest::bool::weighted(0.2)), 0..14),
        count in 1usize..5,
        since in proptest::option::of(0usize..16),
    ) {
        let (kit, made) = run(&script);
        let since_ms = since.and_then(|n| made.get(n)).map(|m| m.at_ms);
        let changes = Changes { count, since_ms, ..Changes::default() };
        let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
        for (scope, reached) in [(all(), "ab"), (over(&[a]), "a"), (over(&[b]), "b"), (over(&[]), "")] {
            for kind in [None, Some("Observation"), Some("Patient")] {
                let expected: Vec<Made> = made
                    .iter()
                    .rev()
                    .filter(|m| kind.is_none_or(|k| k == m.rtype))
                    .filter(|m| since_ms.is_none_or(|s| m.at_ms >= s))
                    .filter(|m| reached.contains(newest_of(&made, m).patient) && reached.contains(m.patient))
                    .cloned()
                    .collect();
                let of = kind.map_or(Of::System, |k| Of::Type(rtype(k)));
                prop_assert_eq!(pages(&kit, &scope, &of, &changes), names(&expected), "{:?} {}", kind, reached);
            }
        }
    }

    #[test]
    fn what_was_current_at_a_time_is_found(script in proptest::collection::vec((any::<bool>(), 0u8..2, Just(true), proptest::bool::weighted(0.2)), 1..10), at in 0usize..12) {
        let (kit, made) = run(&script);
        let Some(moment) = made.get(at).map(|m| m.at_ms) else { return Ok(()) };
        let changes = Changes { count: 3, at_ms: Some((moment, moment + 1)), ..Changes::default() };
        let expected: Vec<Made> = made
            .iter()
            .rev()
            .filter(|m| {
                let next = made.iter().find(|n| n.rtype == m.rtype && n.id == m.id && n.version == m.version + 1);
                m.at_ms <= moment && next.is_none_or(|n| n.at_ms > moment)
            })
            .cloned()
            .collect();
        prop_assert_eq!(pages(&kit, &all(), &Of::System, &changes), names(&expected));
        let one = &made[made.len() - 1];
        let of = Of::Instance(rtype(one.rtype), one.id.clone());
        let of_one: Vec<Made> = expected.into_iter().filter(|m| m.rtype == one.rtype && m.id == one.id).collect();
        prop_assert_eq!(pages(&kit, &all(), &of, &changes), names(&of_one));
    }
}

#[test]
fn a_cursor_is_good_for_its_scope_and_history_only() {
    let (kit, _) = run(&[(true, 0, true, false), (true, 1, true, false), (true, 2, true, false)]);
    let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
    let of = Of::Type(rtype("Observation"));
    let one = Changes {
        count: 1,
        ..Changes::default()
    };
    let first = kit.index.changes(&over(&[a]), &of, &one, NOW).unwrap().unwrap();
    let next = Changes { cursor: first.next, ..one };
    assert!(next.cursor.is_some());
    assert!(kit.index.changes(&over(&[a]), &of, &next, NOW).is_ok());
    let refused = |scope: &AccessScope, of: &Of, now: i64| match kit.index.changes(scope, of, &next, now) {
        Err(SearchError::Cursor(error)) => Some(error),
        _ => None,
    };
    assert_eq!(refused(&over(&[b]), &of, NOW), Some(CursorError::Invalid));
    assert_eq!(refused(&all(), &of, NOW), Some(CursorError::Invalid));
    assert_eq!(refused(&over(&[a]), &Of::System, NOW), Some(CursorError::Invalid));
    assert_eq!(refused(&over(&[a]), &of, NOW + 3_600_001), Some(CursorError::Expired));
}

#[test]
fn another_patients_history_looks_like_none() {
    let (kit, _) = run(&[(true, 0, false, false)]);
    let scope = over(&[kit.person("Patient/a")]);
    let one = Changes {
        count: 1,
        ..Changes::default()
    };
    for id in ["r0", "unknown"] {
        let of = Of::Instance(rtype("Observation"), id.into());
        assert_eq!(kit.index.changes(&scope, &of, &one, NOW).unwrap(), None);
    }
    let page = kit
        .index
        .changes(&scope, &Of::Type(rtype("Observation")), &one, NOW)
        .unwrap()
        .unwrap();
    assert_eq!((page.versions, page.next), (Vec::new(), None));
}

/// A clock that was set back for a while, and one that ran ahead for a while.
#[test]
fn a_clock_that_jumps_hides_nothing_of_a_history() {
    const HOUR: i64 = 3_600_000;
    for jump in [-3 * HOUR, -400 * 24 * HOUR, 4 * 365 * 24 * HOUR] {
        let mut kit = Kit::new();
        let observation = |id: &str, n: u32| {
            format!(
                r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"{n}"}},"subject":{{"reference":"Patient/a"}}}}"#
            )
        };
        kit.put(&[r#"{"resourceType":"Patient","id":"a"}"#]);
        kit.now_ms += 10 * HOUR;
        let since = kit.now_ms;
        kit.put(&[&observation("x", 1)]);
        kit.now_ms += jump;
        kit.put(&[&observation("x", 2)]);
        kit.put(&[&observation("y", 1)]);
        kit.now_ms -= jump;
        kit.put(&[&observation("x", 3)]);
        let scopes = [all(), over(&[kit.person("Patient/a")])];
        let rows = |of: &[(&str, u32)]| -> Vec<(String, String, u32)> {
            of.iter()
                .map(|(id, version)| ("Observation".to_owned(), (*id).to_owned(), *version))
                .collect()
        };
        let ahead = jump > 0;
        let of_all = if ahead {
            rows(&[("x", 3), ("y", 1), ("x", 2), ("x", 1)])
        } else {
            rows(&[("x", 3), ("x", 1)])
        };
        let of_one = if ahead {
            rows(&[("x", 3), ("x", 2), ("x", 1)])
        } else {
            rows(&[("x", 3), ("x", 1)])
        };
        for count in [1, 10] {
            let wanted = Changes {
                count,
                since_ms: Some(since),
                ..Changes::default()
            };
            for scope in &scopes {
                for of in [Of::System, Of::Type(rtype("Observation"))] {
                    assert_eq!(pages(&kit, scope, &of, &wanted), of_all, "{jump} {of:?}");
                }
                let of = Of::Instance(rtype("Observation"), "x".into());
                assert_eq!(pages(&kit, scope, &of, &wanted), of_one, "{jump}");
            }
            // Whatever the clock said: in the order of events, the newest is the last.
            let whole = Changes {
                count,
                ..Changes::default()
            };
            let of = Of::Instance(rtype("Observation"), "x".into());
            assert_eq!(pages(&kit, &all(), &of, &whole), rows(&[("x", 3), ("x", 2), ("x", 1)]));
        }
        assert_eq!(kit.rebuilt().1.digest().unwrap(), kit.index.digest().unwrap());
    }
}
