//! Contained resources: part of what contains them, found by chains and by `_contained`.

use crate::kit::{Kit, all, over, parse, rtype, search, walking};
use kilde_access::{AccessScope, Category, testing};
use kilde_index::{Limits, Over, Page, Search};

fn request(id: &str, patient: &str, code: &str, maker: &str) -> String {
    format!(
        r##"{{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","subject":{{"reference":"Patient/{patient}"}},"medicationReference":{{"reference":"#m"}},"contained":[
            {{"resourceType":"Medication","id":"m","code":{{"coding":[{{"system":"s","code":"{code}"}}]}},"manufacturer":{{"reference":"Organization/{maker}"}}}},
            {{"resourceType":"Medication","id":"other","code":{{"coding":[{{"system":"s","code":"unused"}}]}}}},
            {{"resourceType":"Practitioner","id":"n","name":[{{"family":"Innebygd"}}]}}]}}"##
    )
}

fn kit() -> Kit {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Organization","id":"maker","name":"Fabrikken"}"#,
        r#"{"resourceType":"Medication","id":"alone","code":{"coding":[{"system":"s","code":"a"}]}}"#,
        r#"{"resourceType":"Patient","id":"p"}"#,
        r#"{"resourceType":"Patient","id":"q"}"#,
        &request("ra", "p", "a", "maker"),
        &request("rb", "p", "b", "nowhere"),
        &request("rq", "q", "a", "maker"),
        r#"{"resourceType":"MedicationRequest","id":"plain","status":"active","intent":"order","subject":{"reference":"Patient/p"},"medicationReference":{"reference":"Medication/alone"}}"#,
    ]);
    kit
}

fn page(kit: &Kit, scope: &AccessScope, query: &[(&str, &str)]) -> Page {
    kit.index.search(scope, &search("Medication", query)).unwrap()
}

fn ids(kit: &Kit, scope: &AccessScope, query: &[(&str, &str)]) -> Vec<String> {
    let mut ids: Vec<String> = page(kit, scope, query)
        .matches
        .iter()
        .map(|v| format!("{}/{}", v.rtype, v.id))
        .collect();
    ids.sort();
    ids
}

/// SHALL: Contained resources are not returned unless _contained asks for them (search.html#contained)
#[test]
fn search_shall_not_return_contained_resources_by_default() {
    let kit = kit();
    for query in [vec![], vec![("_contained", "false")]] {
        assert_eq!(ids(&kit, &all(), &query), ["Medication/alone"]);
    }
    assert_eq!(ids(&kit, &all(), &[("code", "s|b")]), [""; 0]);
}

/// SHALL: _contained=true returns only contained resources and both returns both, as _containedType says the container or the resource itself (search.html#contained)
#[test]
fn search_shall_return_containers_or_contained_resources_as_asked() {
    let kit = kit();
    let with = |query: &[(&str, &str)]| ids(&kit, &all(), query);
    assert_eq!(
        with(&[("_contained", "true"), ("code", "s|a")]),
        ["MedicationRequest/ra", "MedicationRequest/rq"]
    );
    assert_eq!(
        with(&[("_contained", "both"), ("code", "s|a")]),
        ["Medication/alone", "MedicationRequest/ra", "MedicationRequest/rq"]
    );
    assert_eq!(
        with(&[
            ("_contained", "true"),
            ("_containedType", "contained"),
            ("code", "s|a,s|unused"),
            ("_count", "2")
        ])
        .len(),
        2
    );
    let own = page(
        &kit,
        &all(),
        &[("_contained", "true"), ("_containedType", "contained"), ("code", "s|b")],
    );
    assert_eq!((own.matches.len(), own.total), (1, Some(1)));
    assert_eq!(
        (own.matches[0].rtype.name(), own.matches[0].id.as_str()),
        ("MedicationRequest", "rb#m")
    );
    let body = String::from_utf8(own.matches[0].body.clone()).unwrap();
    assert!(
        body.starts_with(r#"{"resourceType":"Medication","id":"m""#) && !body.contains("Innebygd"),
        "{body}"
    );
    // Each container once, however many of what it contains match; its references and orders work inside.
    assert_eq!(
        with(&[("_contained", "true")]),
        ["MedicationRequest/ra", "MedicationRequest/rb", "MedicationRequest/rq"]
    );
    assert_eq!(with(&[("_contained", "true"), ("manufacturer.name", "fabrikken")]).len(), 2);
    assert_eq!(
        with(&[("_contained", "true"), ("manufacturer:missing", "true"), ("code", "s|b")]),
        [""; 0]
    );
    assert_eq!(
        with(&[("_contained", "true"), ("code:not", "s|a")]).len(),
        3,
        "the one that is unused"
    );
    assert_eq!(with(&[("_contained", "true"), ("_content", "fabrikken")]), [""; 0]);
    assert_eq!(with(&[("_contained", "true"), ("_id", "m")]), [""; 0], "an id inside is no id");
    let sorted: Vec<String> = page(&kit, &all(), &[("_contained", "both"), ("_sort", "-code")])
        .matches
        .into_iter()
        .map(|v| v.id)
        .collect();
    assert_eq!(sorted.last().map(String::as_str), Some("alone"), "{sorted:?}");
    for (rule, query) in [
        ("search-value-invalid", [("_contained", "maybe")]),
        ("search-value-invalid", [("_containedType", "x")]),
    ] {
        assert_eq!(parse("Medication", &query).unwrap_err()[0].rule, rule);
    }
    let query = [("_contained".to_owned(), "true".to_owned())];
    let everywhere = Search::parse_over(Over::System, &query, false, Limits::default());
    assert_eq!(everywhere.unwrap_err()[0].rule, "search-contained-unsupported");
}

/// SHALL: A chained condition is evaluated inside contained resources (search.html#contained)
#[test]
fn search_chains_shall_be_evaluated_inside_contained_resources() {
    let kit = kit();
    for make in [search, walking] {
        let ids = |query: &[(&str, &str)]| {
            let page = kit.index.search(&all(), &make("MedicationRequest", query)).unwrap();
            let mut ids: Vec<String> = page.matches.into_iter().map(|v| v.id).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&[("medication.code", "s|a")]), ["plain", "ra", "rq"]);
        assert_eq!(ids(&[("medication:Medication.code", "s|b")]), ["rb"]);
        assert_eq!(ids(&[("medication.code", "s|unused")]), [""; 0], "contained, but not referred to");
        assert_eq!(ids(&[("medication.manufacturer.name", "fabrikken")]), ["ra", "rq"]);
        assert_eq!(ids(&[("medication:missing", "true")]), [""; 0]);
        assert_eq!(ids(&[("medication.code:text", "x")]), [""; 0]);
    }
}

#[test]
fn pages_of_contained_resources_are_whole() {
    let mut kit = kit();
    for n in 0..20 {
        kit.put(&[&request(&format!("more{n}"), "p", ["a", "b", "c"][n % 3], "maker")]);
    }
    for query in [
        vec![("_contained", "both")],
        vec![("_contained", "both"), ("_containedType", "contained")],
        vec![("_contained", "true"), ("_sort", "code"), ("_containedType", "contained")],
        vec![("_contained", "both"), ("_sort", "-_lastUpdated")],
    ] {
        let names = |page: &Page| page.matches.iter().map(|v| v.id.clone()).collect::<Vec<_>>();
        let whole = page(
            &kit,
            &all(),
            &[query.as_slice(), &[("_count", "1000"), ("_total", "accurate")]].concat(),
        );
        assert_eq!(whole.total, Some(whole.matches.len() as u64), "{query:?}");
        let count = page(&kit, &all(), &[query.as_slice(), &[("_summary", "count")]].concat());
        assert_eq!((count.total, count.matches.len()), (whole.total, 0), "{query:?}");
        let mut at = page(&kit, &all(), &[query.as_slice(), &[("_count", "3")]].concat());
        let mut seen = names(&at);
        while let Some(cursor) = at.next {
            kit.put(&[&request(&format!("late{}", seen.len()), "p", "a", "maker")]);
            at = page(&kit, &all(), &[("_cursor", &cursor)]);
            seen.extend(names(&at));
        }
        assert_eq!(seen, names(&whole), "{query:?}");
    }
}

#[test]
fn what_contains_it_decides_who_sees_it() {
    let kit = kit();
    let (p, q) = (kit.person("Patient/p"), kit.person("Patient/q"));
    let query = [("_contained", "true"), ("code", "s|a")];
    assert_eq!(ids(&kit, &over(&[p]), &query), ["MedicationRequest/ra"]);
    assert_eq!(ids(&kit, &over(&[q]), &query), ["MedicationRequest/rq"]);
    let counted = [("_contained", "true"), ("_summary", "count")];
    assert_eq!(page(&kit, &over(&[q]), &counted).total, Some(1));
    let themselves = [("_contained", "true"), ("_containedType", "contained")];
    assert_eq!(
        ids(&kit, &over(&[q]), &themselves),
        ["MedicationRequest/rq#m", "MedicationRequest/rq#other"]
    );
    // A category that may not be read, and who may only know that something exists.
    let measured = testing::reader(kilde_log::Instance::parse("9901").unwrap(), &[p], &[Category::Maaledata]);
    assert_eq!(ids(&kit, &measured, &query), [""; 0]);
    let exists = testing::exists_only(&over(&[p]));
    assert_eq!(page(&kit, &exists, &counted).total, Some(0), "the content is not read for her");
    let chain = [("medication.code", "s|a")];
    let found = |scope: &AccessScope| kit.found(scope, "MedicationRequest", &chain);
    assert_eq!(found(&over(&[q])), ["rq"]);
    assert_eq!(found(&measured), [""; 0]);
}

#[test]
fn reading_inside_is_bounded() {
    let kit = kit();
    let limits = Limits {
        contents: 2,
        ..Limits::default()
    };
    for (name, query) in [
        ("Medication", ("_contained", "true")),
        ("MedicationRequest", ("medication.code", "s|b")),
    ] {
        let query = [(query.0.to_owned(), query.1.to_owned())];
        let (search, _) = Search::parse(rtype(name), &query, false, limits).unwrap();
        let error = kit.index.search(&all(), &search).unwrap_err();
        assert_eq!(error.finding().unwrap().rule, "search-too-costly");
    }
}
