//! Bulk export: stretches of a type, as they were, within the scope.

use crate::kit::{Kit, all, instance, over, rtype, search};
use kilde_access::{AccessScope, testing};
use kilde_index::search::{Bulk, Place, Whose};
use kilde_log::EventNo;

fn bulk<'a>(name: &str, until: EventNo) -> Bulk<'a> {
    Bulk {
        rtype: rtype(name),
        filters: &[],
        whose: Whose::Any,
        until,
        since_ms: None,
        deleted: false,
    }
}

/// All stretches, `most` at a time.
fn places(kit: &Kit, scope: &AccessScope, bulk: &Bulk<'_>, most: usize) -> Vec<Place> {
    let (mut out, mut from) = (Vec::new(), Some(0));
    while let Some(at) = from {
        let stretch = kit.index.bulk(scope, bulk, at, most).unwrap();
        assert!(stretch.places.len() <= most && stretch.next.is_none_or(|next| next > at || stretch.places.is_empty()));
        out.extend(stretch.places);
        from = stretch.next;
    }
    out
}

fn ids(places: &[Place]) -> Vec<&str> {
    let mut ids: Vec<&str> = places.iter().map(|p| p.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

fn patient(id: &str, family: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}]}}"#)
}

fn condition(id: &str, patient: &str) -> String {
    format!(r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/{patient}"}}}}"#)
}

#[test]
fn stretches_hold_everything_once_however_they_are_cut() {
    let mut kit = Kit::new();
    let resources: Vec<String> = (0..50).map(|n| patient(&format!("p{n:02}"), "a")).collect();
    let last = kit.put(&resources.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = places(&kit, &all(), &bulk("Patient", last), 1000);
    assert_eq!(whole.len(), 50);
    assert!(whole.windows(2).all(|w| w[0].number < w[1].number));
    for most in [1, 7, 49, 50, 51] {
        assert_eq!(places(&kit, &all(), &bulk("Patient", last), most), whole, "{most}");
    }
    let read = kit.index.bulk_read(&all(), rtype("Patient"), &whole).unwrap();
    assert_eq!(read.len(), 50);
    // The numbers hold after a rebuild.
    let (_dir, again) = kit.rebuilt();
    assert_eq!(again.bulk(&all(), &bulk("Patient", last), 0, 1000).unwrap().places, whole);
}

#[test]
fn what_was_is_exported_and_what_is_gone_is_not() {
    let mut kit = Kit::new();
    kit.put(&[&patient("a", "før"), &patient("b", "x"), &patient("c", "x")]);
    let until = kit.put(&[&condition("k", "a")]);
    kit.put(&[&patient("a", "etter"), &patient("new", "x")]);
    kit.delete(rtype("Patient"), "b");
    let now = bulk("Patient", until);
    let found = places(&kit, &all(), &now, 10);
    assert_eq!(ids(&found), ["a", "c"]);
    let read = kit.index.bulk_read(&all(), rtype("Patient"), &found).unwrap();
    assert!(
        read.iter()
            .any(|v| v.id == "a" && v.version == 1 && String::from_utf8_lossy(&v.body).contains("før"))
    );
    // Deleted while it is fetched.
    let end = kit.delete(rtype("Patient"), "a");
    let read = kit.index.bulk_read(&all(), rtype("Patient"), &found).unwrap();
    assert_eq!(read.iter().map(|v| v.id.as_str()).collect::<Vec<_>>(), ["c"]);
    let gone = Bulk {
        deleted: true,
        ..bulk("Patient", end)
    };
    assert_eq!(ids(&places(&kit, &all(), &gone, 10)), ["a", "b"]);
    let before = Bulk { until, ..gone };
    assert!(places(&kit, &all(), &before, 10).is_empty(), "not deleted yet");
    let later = Bulk {
        since_ms: Some(i64::MAX),
        ..bulk("Patient", end)
    };
    assert!(places(&kit, &all(), &later, 10).is_empty());
}

#[test]
fn only_those_persons_and_only_what_the_scope_reaches() {
    let mut kit = Kit::new();
    kit.put(&[
        &patient("a", "x"),
        &patient("b", "x"),
        r#"{"resourceType":"Organization","id":"o"}"#,
    ]);
    kit.put_from("111111111/epj", "111111111", &[&condition("own", "a")]);
    let last = kit.put_from("222222222/epj", "222222222", &[&condition("other", "a"), &condition("others", "b")]);
    let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
    fn conditions(whose: Whose<'_>, last: EventNo) -> Bulk<'_> {
        Bulk {
            whose,
            ..bulk("Condition", last)
        }
    }
    assert_eq!(
        ids(&places(&kit, &all(), &conditions(Whose::Any, last), 1)),
        ["other", "others", "own"]
    );
    assert_eq!(ids(&places(&kit, &all(), &conditions(Whose::These(&[b]), last), 1)), ["others"]);
    assert!(places(&kit, &all(), &conditions(Whose::These(&[]), last), 1).is_empty());
    let nobodys = Bulk {
        whose: Whose::Persons,
        ..bulk("Organization", last)
    };
    assert!(places(&kit, &all(), &nobodys, 10).is_empty());
    // The organisation's own, by whatever client; another's begins like it and is not it.
    let of = |organisation: &str| testing::organisation(instance(), organisation, "other-client");
    assert_eq!(ids(&places(&kit, &of("111111111"), &conditions(Whose::Any, last), 10)), ["own"]);
    assert!(places(&kit, &of("11111111"), &conditions(Whose::Any, last), 10).is_empty());
    let mine = testing::system(instance(), "111111111", "other-client");
    assert!(
        places(&kit, &mine, &conditions(Whose::Any, last), 10).is_empty(),
        "another client's"
    );
    assert_eq!(ids(&places(&kit, &over(&[a]), &conditions(Whose::Any, last), 10)), ["other", "own"]);
    // Places that somebody else found open nothing.
    let found = places(&kit, &all(), &conditions(Whose::Any, last), 10);
    let read = kit.index.bulk_read(&over(&[b]), rtype("Condition"), &found).unwrap();
    assert_eq!(read.iter().map(|v| v.id.as_str()).collect::<Vec<_>>(), ["others"]);
}

#[test]
fn one_of_the_filters_must_be_met() {
    let mut kit = Kit::new();
    let last = kit.put(&[&patient("a", "Aas"), &patient("b", "Bø"), &patient("c", "Cook")]);
    let filters = [search("Patient", &[("family", "Aas")]), search("Patient", &[("family", "Bø")])];
    let filtered = Bulk {
        filters: &filters,
        ..bulk("Patient", last)
    };
    assert_eq!(ids(&places(&kit, &all(), &filtered, 1)), ["a", "b"]);
    // A filter for another type is no filter.
    let wrong = [search("Practitioner", &[("family", "Aas")])];
    let wrong = Bulk {
        filters: &wrong,
        ..bulk("Patient", last)
    };
    assert!(kit.index.bulk(&all(), &wrong, 0, 10).is_err());
}

#[test]
fn whose_key_is_destroyed_is_in_no_file() {
    let mut kit = Kit::new();
    let last = kit.put(&[&patient("a", "x"), &patient("b", "x"), &condition("k", "a")]);
    let found = places(&kit, &all(), &bulk("Patient", last), 10);
    assert_eq!(found.len(), 2);
    // After the export was cut, before it is fetched.
    kit.destroy_key(kit.person("Patient/a"));
    let read = kit.index.bulk_read(&all(), rtype("Patient"), &found).unwrap();
    assert_eq!(read.iter().map(|v| v.id.as_str()).collect::<Vec<_>>(), ["b"]);
    let conditions = places(&kit, &all(), &bulk("Condition", last), 10);
    assert!(kit.index.bulk_read(&all(), rtype("Condition"), &conditions).unwrap().is_empty());
}
