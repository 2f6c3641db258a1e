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
                ("code:nonsense", "x"),
                ("_sort", "code-value-quantity"),
                ("_include", "x"),
                ("_query", "x"),
                ("_count", "-1")
            ]
        ),
        [
            "search-parameter-unknown",
            "search-value-invalid",
            "search-modifier-unsupported",
            "search-sort-unsupported",
            "search-include-invalid",
            "search-parameter-unsupported",
            "search-value-invalid"
        ]
    );
}

#[test]
fn unsupported_things_are_named() {
    for (name, value) in [("_query", "x"), ("_score", "x")] {
        assert_eq!(rules("Observation", &[(name, value)]), ["search-parameter-unsupported"], "{name}");
    }
    for (name, value) in [
        ("code", ""),
        ("code", "a,"),
        ("code", "|"),
        ("subject", ""),
        ("value-quantity", "x"),
        ("date", ""),
        ("code:missing", "maybe"),
        ("code:text", " "),
        ("code:below", "x"),
        ("identifier:of-type", "a|b"),
        ("identifier:of-type", "a||c"),
        ("_list", "$current-problems"),
        ("_text", ".,;"),
        ("_content", ""),
        ("code-value-quantity", "x"),
        ("code-value-quantity", "x$y"),
        ("code-value-quantity", "x$1$2"),
        ("code-value-quantity", "$1"),
        ("combo-code-value-quantity", "a$1,b"),
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
        &query(&[("nonsense", "1"), ("family", "a"), ("_include", "Patient:nonsense")]),
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
fn chains_and_has_are_refused_with_what_is_wrong() {
    for (name, value, rule) in [
        ("subject.nonsense", "x", "search-parameter-unknown"),
        ("subject:Patient.birthdate", "yesterday", "search-value-invalid"),
        ("subject.birthdate", "yesterday", "search-value-invalid"),
        ("subject:Patient.name:nonsense", "x", "search-modifier-unsupported"),
        ("focus._id", "x", "search-chain-type"),
        ("_has:Observation:has-member", "x", "search-has-invalid"),
        ("_has:Observation:subject:code", "x", "search-has-invalid"),
        ("_has:Nonsense:subject:code", "x", "search-has-invalid"),
        ("_has:Observation:has-member:nonsense", "x", "search-parameter-unknown"),
        ("_include", "Observation:code", "search-include-unknown"),
        ("_include:all", "*", "search-modifier-unsupported"),
        ("_revinclude", "x:y", "search-include-invalid"),
        ("_contained", "maybe", "search-value-invalid"),
        ("_type", "Patient", "search-parameter-unsupported"),
    ] {
        assert_eq!(rules("Observation", &[(name, value)]), [rule], "{name}");
    }
    let chain = |steps: usize| format!("{}code", "has-member.".repeat(steps));
    assert!(rules("Observation", &[(&chain(8), "x")]).is_empty());
    assert_eq!(rules("Observation", &[(&chain(9), "x")]), ["search-too-much"]);
    assert_eq!(rules("Observation", &[(&chain(700), "x")]), ["search-too-much"]);
    // Each step may go to several types, and each of them on to several.
    let wide = format!("{}code", "part-of.".repeat(8));
    assert_eq!(rules("Procedure", &[(&wide, "x")]), ["search-too-much"]);
    let wide = format!("{}_filter", "part-of.".repeat(8));
    for filter in ["status eq x", "status pr true", "(not(status pr false) or status eq x)"] {
        assert_eq!(rules("Procedure", &[(&wide, filter)]), ["search-too-much"], "{filter}");
    }
    assert!(rules("Observation", &[("_contained", "false"), ("focus:Patient.name", "x")]).is_empty());
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
        ("code:text", "ola"),
        ("_count", "5"),
    ];
    let search = parse("Observation", &query).unwrap();
    assert_eq!(
        search.described(),
        "Observation?patient=*&subject:identifier=*&code=http://loinc.org|8867-4&date=ge2024&status=*&code:text=*&_count=5"
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
    fn never_panics(pairs in proptest::collection::vec((prop_oneof!["[a-z_.:-]{0,20}", "(_has:Observation:[a-z]{0,3}:|subject[.]|subject:Patient[.]|_include|:iterate){1,4}[a-z.]{0,4}", Just("date".to_owned()), Just("code".to_owned()), Just("subject:identifier".to_owned()), Just("value-quantity".to_owned()), any::<String>()], any::<String>()), 0..5)) {
        let _ = Search::parse(rtype("Observation"), &pairs, true, Limits::default());
        let _ = Search::parse(rtype("Patient"), &pairs, false, Limits::default());
    }
}

/// Words that query strings are made of, valid and not.
const WORDS: [&str; 52] = [
    "subject",
    "patient",
    "code",
    "date",
    "_id",
    "status",
    "value-quantity",
    "code-value-quantity",
    "has-member",
    "near",
    "performer",
    ":Patient",
    ":missing",
    ":not",
    ":in",
    ":identifier",
    ":of-type",
    ":iterate",
    ".",
    "_has:Observation:subject:",
    "_has:",
    "_filter",
    "_sort",
    "_include",
    "_revinclude",
    "_list",
    "_text",
    "_content",
    "_contained",
    "_containedType",
    "_lastUpdated",
    "_count",
    "_type",
    "=",
    "=",
    "&",
    "true",
    "false",
    "both",
    "ge2020-01-01",
    "5.4|http://unitsofmeasure.org|mg",
    "http://loinc.org|1234-5",
    ",",
    "$",
    "|",
    "\\",
    "-",
    " eq ",
    " and ",
    "not(",
    ")",
    "[status eq final].",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn what_is_understood_is_understood_again(words in proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..24)) {
        let text = words.concat();
        let pairs: Vec<(String, String)> = text
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for name in ["Observation", "Patient", "Location"] {
            if let Ok((search, _)) = Search::parse(rtype(name), &pairs, true, Limits::default()) {
                let again = Search::parse(rtype(name), search.params(), false, Limits::default());
                prop_assert!(again.is_ok_and(|(again, _)| again.params() == search.params()), "{name} {text}");
            }
        }
    }
}
