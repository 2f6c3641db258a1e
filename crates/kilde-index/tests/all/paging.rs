//! Pages: together the whole answer, nothing twice, nothing left out while others write; cursors
//! good for nobody and nothing else.

use crate::kit::{Kit, all, over, rtype, search};
use kilde_access::{AccessScope, testing};
use kilde_index::{CursorError, SearchError};
use proptest::prelude::*;
use std::time::{SystemTime, UNIX_EPOCH};

fn observation(id: usize, patient: usize, day: usize) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"o{id}","status":"final","code":{{"coding":[{{"system":"s","code":"c{}"}}]}},"subject":{{"reference":"Patient/p{patient}"}},"effectiveDateTime":"2024-01-{:02}"}}"#,
        id % 2,
        1 + day % 28
    )
}

fn filled(n: usize) -> Kit {
    let mut kit = Kit::new();
    for chunk in (0..n).collect::<Vec<_>>().chunks(7) {
        let texts: Vec<String> = chunk.iter().map(|i| observation(*i, i % 3, i * 11)).collect();
        kit.put(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    }
    kit
}

/// All pages, with something done between them.
fn pages(kit: &mut Kit, scope: &AccessScope, query: &[(&str, &str)], mut between: impl FnMut(&mut Kit, usize)) -> Vec<String> {
    let mut page = kit.search(scope, "Observation", query);
    let mut ids: Vec<String> = page.matches.into_iter().map(|v| v.id).collect();
    let mut n = 0;
    while let Some(cursor) = page.next {
        between(kit, n);
        n += 1;
        page = kit.search(scope, "Observation", &[("_cursor", &cursor)]);
        assert!(!page.matches.is_empty() || page.next.is_none());
        ids.extend(page.matches.into_iter().map(|v| v.id));
    }
    ids
}

#[test]
fn pages_together_are_the_whole() {
    let mut kit = filled(60);
    for (scope, walk) in [
        (all(), false),
        (over(&[kit.person("Patient/p1")]), false),
        (all(), true),
        (over(&[kit.person("Patient/p1")]), true),
    ] {
        kit.walk = walk;
        for sort in [
            None,
            Some("_lastUpdated"),
            Some("-_lastUpdated"),
            Some("date"),
            Some("-date,_id"),
            Some("-_id"),
        ] {
            for filter in [None, Some(("code", "c1")), Some(("date", "ge2024-01-10"))] {
                let mut query: Vec<(&str, &str)> = filter.into_iter().collect();
                query.extend(sort.map(|s| ("_sort", s)));
                let whole = kit.ids(&scope, "Observation", &[query.as_slice(), &[("_count", "1000")]].concat());
                query.push(("_count", "7"));
                assert_eq!(pages(&mut kit, &scope, &query, |_, _| ()), whole, "{query:?}");
            }
        }
    }
}

#[test]
fn writes_between_pages_neither_repeat_nor_skip() {
    for n in 0..10 {
        let sort = [None, Some("_lastUpdated"), Some("-_lastUpdated"), Some("-_id"), Some("date")][n % 5];
        let mut kit = filled(40);
        kit.walk = n < 5;
        let mut query: Vec<(&str, &str)> = sort.map(|s| ("_sort", s)).into_iter().collect();
        let whole = kit.ids(&all(), "Observation", &query);
        assert_eq!(whole.len(), 40);
        query.push(("_count", "6"));
        let last = whole.last().unwrap().clone();
        let seen = pages(&mut kit, &all(), &query, |kit, n| {
            // New ones come, shown ones and ones still to come are updated.
            let update: usize = last[1..].parse().unwrap();
            kit.put(&[
                &observation(1000 + n, n, n),
                &observation(n * 3, (n * 3) % 3, n * 33),
                &observation(update, update % 3, update * 11),
            ]);
        });
        assert_eq!(seen, whole, "{sort:?}");
    }
}

#[test]
fn what_is_deleted_between_pages_is_gone() {
    let mut kit = filled(20);
    let whole = kit.ids(&all(), "Observation", &[]);
    let gone = whole[15].clone();
    let seen = pages(&mut kit, &all(), &[("_count", "10")], |kit, _| {
        kit.delete(rtype("Observation"), &gone);
    });
    assert_eq!(seen, whole.into_iter().filter(|id| *id != gone).collect::<Vec<_>>());
}

fn refused(kit: &Kit, scope: &AccessScope, name: &str, cursor: &str) -> CursorError {
    match kit.index.search(scope, &search(name, &[("_cursor", cursor)])) {
        Err(SearchError::Cursor(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cursor_is_good_for_one_scope_and_one_type() {
    let kit = filled(20);
    let (p0, p1) = (kit.person("Patient/p0"), kit.person("Patient/p1"));
    let cursor = kit.search(&over(&[p0]), "Observation", &[("_count", "3")]).next.unwrap();
    assert_eq!(kit.search(&over(&[p0]), "Observation", &[("_cursor", &cursor)]).matches.len(), 3);
    for other in [
        over(&[p1]),
        over(&[p0, p1]),
        all(),
        testing::reader(crate::kit::instance(), &[p0], &[kilde_access::Category::Journal]),
    ] {
        assert_eq!(refused(&kit, &other, "Observation", &cursor), CursorError::Invalid);
    }
    assert_eq!(refused(&kit, &over(&[p0]), "Patient", &cursor), CursorError::Invalid);
    // Another instance's key.
    let other = filled(20);
    assert_eq!(refused(&other, &over(&[p0]), "Observation", &cursor), CursorError::Invalid);
}

#[test]
fn a_cursor_expires() {
    let kit = filled(20);
    let cursor = kit.search(&all(), "Observation", &[("_count", "3")]).next.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let search = search("Observation", &[("_cursor", &cursor)]);
    assert!(kit.index.search_at(&all(), &search, now + 3_500_000).is_ok());
    let late = kit.index.search_at(&all(), &search, now + 3_700_000);
    assert!(matches!(late, Err(SearchError::Cursor(CursorError::Expired))), "{late:?}");
    assert!(late.unwrap_err().finding().is_some());
}

#[test]
fn a_cursor_tells_nothing() {
    let kit = filled(20);
    let query = [("_count", "3"), ("subject", "Patient/p0")];
    let (a, b) = (
        kit.search(&all(), "Observation", &query).next.unwrap(),
        kit.search(&all(), "Observation", &query).next.unwrap(),
    );
    assert_ne!(a, b);
    assert!(a.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn no_changed_cursor_is_taken(places in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..64), 40), any_text in proptest::collection::vec(".{0,200}", 10)) {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let kit = filled(8);
        let cursor = kit.search(&all(), "Observation", &[("_count", "3")]).next.unwrap();
        for (place, letter) in places {
            let at = place.index(cursor.len());
            let mut changed = cursor.clone().into_bytes();
            changed[at] = LETTERS[letter as usize];
            let changed = String::from_utf8(changed).unwrap();
            if changed != cursor {
                prop_assert_eq!(refused(&kit, &all(), "Observation", &changed), CursorError::Invalid);
            }
            prop_assert_eq!(refused(&kit, &all(), "Observation", &cursor[..at]), CursorError::Invalid);
        }
        for text in any_text {
            prop_assert_eq!(refused(&kit, &all(), "Observation", &text), CursorError::Invalid);
        }
    }
}
