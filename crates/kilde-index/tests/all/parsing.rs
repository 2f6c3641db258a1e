//! What is refused, and with which words.

use crate::kit::{parse, rtype};
use kilde_index::{Limits, Search};
use proptest::prelude::*;

fn rules(name: &str, query: &[(&str, &str)]) -> Vec<&'static str> {
    parse(name, query).map_or_else(|findings| findings.iter().map(|f| f.rule).collect(), |_| Vec::new())
}

#[test]
fn every_fault_at_once() {
    assert_eq!(
        rules(
            "Observation",
            &[
                ("nonsense", "1"),
                ("date", "yesterday"),
                ("code:in", "x"),
                ("_sort", "code"),
                ("_include", "x"),
                ("_count", "-1")
            ]
        ),
        [
            "search-parameter-unknown",
            "search-value-invalid",
            "search-modifier-unsupported",
            "search-sort-unsupported",
            "search-parameter-unsupported",
            "search-value-invalid"
        ]
    );
}

#[test]
fn unsupported_things_are_named() {
    for (name, value) in [
        ("_has:Observation:patient:code", "x"),
        ("_include", "x"),
        ("_revinclude:iterate", "x"),
        ("_text", "x"),
        ("_filter", "x"),
        ("combo-code-value-quantity", "x$1"),
    ] {
        assert_eq!(rules("Observation", &[(name, value)]), ["search-parameter-unsupported"], "{name}");
    }
    for (name, value) in [
        ("patient.name", "x"),
        ("performer.identifier.x", "x"),
        ("code:text", "x"),
        ("subject:Nonsense", "x"),
        ("subject:Organization", "x"),
        ("date:exact", "2020"),
        ("_id:exact", "x"),
        ("_id:missing", "true"),
        ("code:", "x"),
    ] {
        assert_eq!(rules("Observation", &[(name, value)]), ["search-modifier-unsupported"], "{name}");
    }
    for (name, value) in [
        ("code", ""),
        ("code", "a,"),
        ("code", "|"),
        ("subject", ""),
        ("value-quantity", "x"),
        ("date", ""),
        ("code:missing", "maybe"),
        ("_summary", "text"),
        ("_total", "x"),
        ("_id", ""),
        ("subject:Patient", "Group/1"),
    ] {
        assert_eq!(rules("Observation", &[(name, value)]), ["search-value-invalid"], "{name}={value}");
    }
}

#[test]
fn lenient_passes_over_what_is_unknown_only() {
    let query = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let (search, ignored) = Search::parse(
        rtype("Patient"),
        &query(&[("nonsense", "1"), ("family", "a"), ("_include", "x")]),
        true,
        Limits::default(),
    )
    .unwrap();
    assert_eq!(search.params(), query(&[("family", "a")]));
    assert_eq!(ignored.len(), 2);
    assert!(ignored.iter().all(|f| !f.is_error()));
    assert!(Search::parse(rtype("Patient"), &query(&[("family:nonsense", "1")]), true, Limits::default()).is_err());
}

#[test]
fn bounds() {
    let limits = Limits::default();
    let many: Vec<_> = (0..=limits.params).map(|_| ("family", "a")).collect();
    assert_eq!(rules("Patient", &many), ["search-too-much"]);
    let long = "x".repeat(limits.text);
    assert_eq!(rules("Patient", &[("family", &long)]), ["search-too-much"]);
    let values = vec!["a"; limits.values + 1].join(",");
    assert_eq!(rules("Patient", &[("family", &values)]), ["search-too-much"]);
    assert_eq!(rules("Patient", &[("_cursor", "x"), ("family", "a")]), ["search-cursor-alone"]);
    assert_eq!(rules("Patient", &[("_count", "1"), ("_count", "2")]), ["search-parameter-repeated"]);
}

#[test]
fn findings_do_not_repeat_values() {
    for query in [
        ("birthdate", "22750884907"),
        ("identifier", "a|b|22750884907"),
        ("_count", "22750884907x"),
        ("_summary", "22750884907"),
    ] {
        for finding in parse("Patient", &[query]).unwrap_err() {
            assert!(!format!("{finding:?}").contains("22750884907"), "{finding:?}");
        }
    }
}

#[test]
fn what_stands_in_the_access_log() {
    let query = [
        ("patient", "Patient/17"),
        ("subject:identifier", "urn:oid:2.16.578.1.12.4.1.4.1|22750884907"),
        ("code", "http://loinc.org|8867-4"),
        ("date", "ge2024"),
        ("status", "22750884907"),
        ("_count", "5"),
    ];
    let search = parse("Observation", &query).unwrap();
    assert_eq!(
        search.described(),
        "Observation?patient=*&subject:identifier=*&code=http://loinc.org|8867-4&date=ge2024&status=*&_count=5"
    );
    assert_eq!(
        parse("Patient", &[("family", "Hansen"), ("birthdate", "1950")])
            .unwrap()
            .described(),
        "Patient?family=*&birthdate=*"
    );
}

proptest! {
    #[test]
    fn never_panics(pairs in proptest::collection::vec((prop_oneof!["[a-z_.:-]{0,20}", Just("date".to_owned()), Just("code".to_owned()), Just("subject:identifier".to_owned()), Just("value-quantity".to_owned()), any::<String>()], any::<String>()), 0..5)) {
        let _ = Search::parse(rtype("Observation"), &pairs, true, Limits::default());
        let _ = Search::parse(rtype("Patient"), &pairs, false, Limits::default());
    }
}
