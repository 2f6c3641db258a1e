//! `:below` and `:above` on references: what is part of a resource, and what it is part of.

use crate::kit::{Kit, all, over, parse, walking};
use proptest::prelude::*;

/// A location that is part of another, or of none.
fn location(id: &str, part_of: Option<&str>) -> String {
    let part_of = part_of
        .map(|of| format!(r#","partOf":{{"reference":"Location/{of}"}}"#))
        .unwrap_or_default();
    format!(r#"{{"resourceType":"Location","id":"{id}"{part_of}}}"#)
}

/// A visit of a patient, with whatever else it says.
fn visit(id: &str, patient: &str, rest: &str) -> String {
    format!(
        r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"code":"HH"}},"subject":{{"reference":"Patient/{patient}"}}{rest}}}"#
    )
}

fn at(place: &str) -> String {
    format!(r#","location":[{{"location":{{"reference":"Location/{place}"}}}}]"#)
}

fn part_of(visit: &str) -> String {
    format!(r#","partOf":{{"reference":"Encounter/{visit}"}}"#)
}

#[test]
fn a_place_also_means_its_parts_or_what_it_is_part_of() {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Patient","id":"p"}"#,
        &location("house", None),
        &location("ward", Some("house")),
        &location("room", Some("ward")),
        &location("elsewhere", None),
        &visit("in-house", "p", &at("house")),
        &visit("in-ward", "p", &at("ward")),
        &visit("in-room", "p", &at("room")),
        &visit("far", "p", &at("elsewhere")),
        &visit("nowhere", "p", ""),
    ]);
    for walk in [false, true] {
        kit.walk = walk;
        let found = |name: &str, value: &str| kit.found(&all(), "Encounter", &[(name, value)]);
        assert_eq!(found("location:below", "Location/ward"), ["in-room", "in-ward"]);
        assert_eq!(found("location:below", "house"), ["in-house", "in-room", "in-ward"]);
        assert_eq!(found("location:above", "room"), ["in-house", "in-room", "in-ward"]);
        assert_eq!(found("location:above", "house"), ["in-house"]);
        assert_eq!(found("location:below", "room,elsewhere"), ["far", "in-room"]);
        assert!(found("location:below", "unknown").is_empty());
        let places = |name: &str, value: &str| kit.found(&all(), "Location", &[(name, value)]);
        assert_eq!(places("partof:below", "house"), ["room", "ward"]);
        assert_eq!(places("partof:above", "ward"), ["room", "ward"]);
        // Through others: whose visits were in some part of the house.
        assert_eq!(
            kit.found(&all(), "Patient", &[("_has:Encounter:subject:location:below", "house")]),
            ["p"]
        );
    }
}

#[test]
fn only_types_that_can_be_part_of_their_own_have_it() {
    for (name, query) in [
        ("Observation", ("subject:below", "Patient/p")),
        ("Encounter", ("location:below", "Patient/p")),
        ("Encounter", ("location:above", "http://other.no/Location/1")),
        ("Encounter", ("location:below", "")),
    ] {
        let findings = parse(name, &[query]).unwrap_err();
        assert!(!findings.is_empty(), "{query:?}");
    }
}

#[test]
fn too_many_parts_are_refused_with_the_bound() {
    let mut kit = Kit::new();
    let parts: Vec<String> = (0..1000).map(|i| location(&format!("l{i}"), Some("house"))).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    kit.put(&[&location("house", None)]);
    kit.put(&parts[1..]);
    let ask = |kit: &Kit| kit.index.search(&all(), &walking("Encounter", &[("location:below", "house")]));
    kit.put(&[
        r#"{"resourceType":"Patient","id":"p"}"#,
        &visit("v", "p", &at("l999")),
        &visit("far", "p", &at("l0")),
    ]);
    let page = ask(&kit).expect("999 parts and the house are the most");
    assert_eq!(page.total, Some(1), "the visit in a part");
    kit.put(&parts[..1]);
    assert_eq!(ask(&kit).unwrap_err().finding().unwrap().rule, "search-too-costly");
}

/// A visit that nobody may see does not tell what it is part of, nor what is part of it.
#[test]
fn the_way_goes_only_through_what_may_be_seen() {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Patient","id":"a"}"#,
        r#"{"resourceType":"Patient","id":"b"}"#,
        &visit("first", "a", ""),
        &visit("hidden", "b", &part_of("first")),
        &visit("last", "a", &part_of("hidden")),
        r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/last"}}"#,
        r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/first"}}"#,
    ]);
    let a = over(&[kit.person("Patient/a")]);
    for walk in [false, true] {
        kit.walk = walk;
        let found = |scope: &kilde_access::AccessScope, name: &str, value: &str| kit.found(scope, "Observation", &[(name, value)]);
        assert_eq!(found(&all(), "encounter:below", "first"), ["o", "o1"]);
        assert_eq!(found(&all(), "encounter:above", "last"), ["o", "o1"]);
        assert_eq!(found(&a, "encounter:below", "first"), ["o1"]);
        assert_eq!(found(&a, "encounter:above", "last"), ["o"]);
        assert_eq!(
            found(&a, "encounter:above", "hidden"),
            [""; 0],
            "nor does the hidden one tell what it is part of"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is part of what, circles among it: the same as walking the table of parents.
    #[test]
    fn it_finds_what_the_table_of_parents_tells(parents in proptest::collection::vec(proptest::option::of(0usize..8), 8)) {
        let mut kit = Kit::new();
        let name = |i: usize| format!("l{i}");
        let mut all_resources = vec![r#"{"resourceType":"Patient","id":"p"}"#.to_owned()];
        for (i, parent) in parents.iter().enumerate() {
            all_resources.push(location(&name(i), parent.map(name).as_deref()));
            all_resources.push(visit(&format!("v{i}"), "p", &at(&name(i))));
        }
        kit.put(&all_resources.iter().map(String::as_str).collect::<Vec<_>>());
        let above = |of: usize| {
            let mut seen = vec![of];
            let mut last = of;
            while let Some(parent) = parents[last].filter(|p| !seen.contains(p)) {
                seen.push(parent);
                last = parent;
            }
            seen
        };
        let visits = |places: &mut dyn Iterator<Item = usize>| {
            let mut ids: Vec<String> = places.map(|i| format!("v{i}")).collect();
            ids.sort();
            ids
        };
        for i in 0..parents.len() {
            let up = kit.found(&all(), "Encounter", &[("location:above", &name(i))]);
            prop_assert_eq!(up, visits(&mut above(i).into_iter()));
            let down = kit.found(&all(), "Encounter", &[("location:below", &name(i))]);
            prop_assert_eq!(down, visits(&mut (0..parents.len()).filter(|j| above(*j).contains(&i))));
        }
    }
}
