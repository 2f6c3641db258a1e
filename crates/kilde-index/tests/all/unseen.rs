//! What is not seen leaves no trace: in the work done, in bounds, in links, in what came before.

use crate::kit::{instance, over, rtype};
use crate::side_doors::{no_history, two};
use kilde_access::{AccessScope, Category, testing};
use kilde_index::changes::{Changes, Of};
use kilde_index::{Limits, Read, Search};

/// How many keys were looked up.
fn looked_up(work: impl FnOnce()) -> u64 {
    use rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};
    set_perf_stats(PerfStatsLevel::EnableCount);
    let mut counted = PerfContext::default();
    counted.reset();
    work();
    counted.metric(PerfMetric::GetFromMemtableCount)
}

#[test]
fn the_forbidden_costs_the_same_reads_as_the_absent() {
    let (kit, a, _) = two();
    let (scope, observation) = (over(&[a]), rtype("Observation"));
    let cost = |id: &str| {
        [
            looked_up(|| drop(kit.index.read(&scope, observation, id).unwrap())),
            looked_up(|| drop(kit.index.vread(&scope, observation, id, 1).unwrap())),
            looked_up(|| drop(kit.index.head(&scope, observation, id).unwrap())),
            looked_up(|| {
                no_history(&kit, &scope, observation, id);
            }),
        ]
    };
    assert!(cost("note-b").iter().all(|keys| *keys > 0));
    assert_eq!(cost("note-b"), cost("nobody-has-it"));
}

#[test]
fn no_bound_is_reached_by_what_is_not_seen() {
    let (mut kit, a, b) = two();
    let notes: Vec<String> = (0..40)
        .map(|n| {
            format!(
                r#"{{"resourceType":"Observation","id":"n{n}","status":"final","code":{{"coding":[{{"code":"c{n}"}}],"text":"ord"}},"subject":{{"reference":"Patient/b"}},"hasMember":[{{"reference":"Observation/note-a"}}]}}"#
            )
        })
        .collect();
    kit.put(&notes.iter().map(String::as_str).collect::<Vec<_>>());
    let limits = Limits {
        contents: 2,
        included: 1,
        ..Limits::default()
    };
    let answer = |scope: &AccessScope, query: &[(&str, &str)]| {
        let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let (search, _) = Search::parse(rtype("Observation"), &query, false, limits).unwrap();
        kit.index.search(scope, &search).map(|page| page.matches.len())
    };
    for query in [
        vec![("_content", "ord")],
        vec![("code:text", "ord")],
        vec![("_sort", "code")],
        vec![("_id", "note-a"), ("_revinclude", "Observation:has-member")],
        vec![("_id", "note-a"), ("_has:Observation:has-member:_content", "intet")],
    ] {
        assert!(answer(&over(&[a]), &query).is_ok(), "{query:?}");
        assert!(answer(&over(&[a, b]), &query).is_err(), "{query:?}");
    }
}

#[test]
fn an_earlier_version_is_judged_by_itself_too() {
    let (mut kit, a, b) = two();
    let observation = rtype("Observation");
    let moved = r#"{"resourceType":"Observation","id":"note-a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}}"#;
    kit.put(&[moved]);
    // What was about patient a before a source corrected it, is not shown with what is about patient b.
    let versions = |scope: &AccessScope, of: &Of| {
        let wanted = Changes {
            count: 10,
            ..Changes::default()
        };
        let page = kit.index.changes(scope, of, &wanted, kit.now_ms).unwrap().unwrap();
        let of_it = page.versions.into_iter().filter(|v| v.id == "note-a");
        of_it.map(|v| v.version).collect::<Vec<_>>()
    };
    let instance = Of::Instance(observation, "note-a".into());
    for of in [&instance, &Of::Type(observation), &Of::System] {
        assert_eq!(versions(&over(&[b]), of), [2], "{of:?}");
        assert_eq!(versions(&over(&[a, b]), of), [2, 1], "{of:?}");
    }
    assert_eq!(kit.index.vread(&over(&[b]), observation, "note-a", 1).unwrap(), Read::Absent);
    assert!(matches!(
        kit.index.vread(&over(&[a, b]), observation, "note-a", 1).unwrap(),
        Read::Found(_)
    ));
}

#[test]
fn a_page_of_a_history_is_followed_by_one_only_if_something_is_seen_on_it() {
    let (kit, a, _) = two();
    // The oldest of patient a is her Patient, then comes a note; the measurement is the newest.
    let scope = testing::reader(instance(), &[a], &[Category::Maaledata]);
    let wanted = Changes {
        count: 1,
        ..Changes::default()
    };
    for of in [Of::System, Of::Type(rtype("Observation"))] {
        let page = kit.index.changes(&scope, &of, &wanted, kit.now_ms).unwrap().unwrap();
        assert_eq!((page.versions.len(), page.next), (1, None), "{of:?}");
    }
    let page = kit.index.changes(&over(&[a]), &Of::System, &wanted, kit.now_ms).unwrap().unwrap();
    assert!(page.next.is_some());
}
