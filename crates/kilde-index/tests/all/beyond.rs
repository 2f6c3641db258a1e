//! What lies beyond one parameter of one type: composites across elements, content, codes, lists, filters, several types,
//! compartments.

use crate::kit::{Kit, all, instance, over, rtype, walking};
use kilde_access::{Category, testing};
use kilde_index::search::{Code, Codes, CodesError};
use kilde_index::{Limits, Over, Page, Search};
use std::sync::Arc;

fn observation(id: &str, rest: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/p"}},{rest}}}"#)
}

fn search_over(kit: &Kit, scope: &kilde_access::AccessScope, over: Over, query: &[(&str, &str)]) -> Page {
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let (search, _) = Search::parse_over(over, &query, false, Limits::default()).unwrap();
    kit.index.search(scope, &search).unwrap()
}

fn rule(kit: &Kit, name: &str, query: (&str, &str)) -> &'static str {
    let error = kit.index.search(&all(), &walking(name, &[query])).unwrap_err();
    error.finding().unwrap().rule
}

#[test]
fn components_are_met_by_one_element_together() {
    let mut kit = Kit::new();
    let pressure = |systolic: &str, diastolic: &str| {
        format!(
            r#""code":{{"coding":[{{"system":"l","code":"bp"}}]}},"component":[{{"code":{{"coding":[{{"system":"l","code":"sys"}}]}},"valueQuantity":{{"value":{systolic},"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}},{{"code":{{"coding":[{{"system":"l","code":"dia"}}]}},"valueQuantity":{{"value":{diastolic},"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}}]"#
        )
    };
    kit.put(&[
        &observation("high", &pressure("160", "80")),
        &observation("normal", &pressure("120", "80")),
        &observation("odd", &pressure("80", "160")),
        &observation(
            "pulse",
            r#""code":{"coding":[{"system":"l","code":"sys"}]},"valueQuantity":{"value":150}"#,
        ),
    ]);
    let scope = all();
    for walk in [false, true] {
        kit.walk = walk;
        let found = |name: &str, value: &str| kit.found(&scope, "Observation", &[(name, value)]);
        assert_eq!(found("component-code-value-quantity", "l|sys$gt140"), ["high"]);
        assert_eq!(found("component-code-value-quantity", "sys$160"), ["high"]);
        assert_eq!(found("component-code-value-quantity", "l|dia$gt140,l|sys$lt100"), ["odd"]);
        assert_eq!(found("combo-code-value-quantity", "l|sys$gt140"), ["high", "pulse"]);
        assert_eq!(found("code-value-quantity", "l|sys$gt140"), ["pulse"]);
        assert_eq!(found("code-value-quantity", "l|bp$gt1"), [""; 0]);
        // In another unit of pressure.
        assert_eq!(
            found("component-code-value-quantity", "l|sys$gt14|http://unitsofmeasure.org|cm[Hg]"),
            ["high"]
        );
    }
}

#[test]
fn quantities_compare_in_base_units() {
    let mut kit = Kit::new();
    let dose = |id: &str, value: &str, code: &str| {
        observation(
            id,
            &format!(
                r#""code":{{"text":"x"}},"valueQuantity":{{"value":{value},"unit":"u","system":"http://unitsofmeasure.org","code":"{code}"}}"#
            ),
        )
    };
    kit.put(&[
        &dose("milli", "500", "mg"),
        &dose("whole", "0.5", "g"),
        &dose("more", "0.6", "g"),
        &dose("length", "500", "mm"),
        &dose("none", "500", "nonsense"),
    ]);
    let scope = all();
    let found = |value: &str| kit.found(&scope, "Observation", &[("value-quantity", value)]);
    assert_eq!(found("500|http://unitsofmeasure.org|mg"), ["milli", "whole"]);
    assert_eq!(found("0.50|http://unitsofmeasure.org|g"), ["milli", "whole"]);
    assert_eq!(found("gt0.5|http://unitsofmeasure.org|g"), ["more"]);
    assert_eq!(found("ge500|http://unitsofmeasure.org|mg"), ["milli", "more", "whole"]);
    assert_eq!(found("0.5|http://unitsofmeasure.org|m"), ["length"]);
    assert_eq!(
        found("500|http://unitsofmeasure.org|nonsense"),
        ["none"],
        "what is no unit is compared as written"
    );
    assert_eq!(found("500||mg"), ["milli"], "a unit without its system is compared as written");
    assert_eq!(found("500"), ["length", "milli", "none"]);
}

#[test]
fn texts_beside_codes_and_types_of_identifiers() {
    let mut kit = Kit::new();
    kit.put(&[
        &observation("a", r#""code":{"coding":[{"system":"s","code":"1","display":"Hjertefrekvens"}]},"identifier":[{"type":{"coding":[{"system":"t","code":"MR"}],"text":"Journalnummer"},"system":"x","value":"17"}]"#),
        &observation("b", r#""code":{"text":"Frekvens av hjerteslag"},"identifier":[{"type":{"coding":[{"system":"t","code":"SS"}]},"system":"x","value":"17"}]"#),
        &observation("c", r#""code":{"coding":[{"system":"s","code":"hjerte"}]}"#),
    ]);
    let scope = all();
    for walk in [false, true] {
        kit.walk = walk;
        let found = |name: &str, value: &str| kit.found(&scope, "Observation", &[(name, value)]);
        assert_eq!(found("code:text", "HJERTE"), ["a"]);
        assert_eq!(found("code:text", "hjerte,frekvens"), ["a", "b"]);
        assert_eq!(found("identifier:text", "journal"), ["a"]);
        assert_eq!(found("identifier:of-type", "t|MR|17"), ["a"]);
        assert_eq!(found("identifier:of-type", "t|MR|18,t|SS|17"), ["b"]);
        assert_eq!(found("identifier:of-type", "t|SS|1"), [""; 0]);
        assert_eq!(found("identifier", "17"), ["a", "b"]);
    }
}

#[test]
fn words_of_the_narrative_and_of_the_whole() {
    let mut kit = Kit::new();
    kit.put(&[
        &observation(
            "a",
            r#""code":{"text":"puls"},"text":{"status":"generated","div":"<div>Rask puls, <b>svimmel</b></div>"}"#,
        ),
        &observation("b", r#""code":{"text":"puls"},"note":[{"text":"Var svimmel i går"}]"#),
    ]);
    let found = |name: &str, value: &str| kit.found(&all(), "Observation", &[(name, value)]);
    assert_eq!(found("_text", "svimmel"), ["a"]);
    assert_eq!(found("_text", "Svimmel rask"), ["a"]);
    assert_eq!(found("_text", "svim"), [""; 0]);
    assert_eq!(found("_content", "svimmel"), ["a", "b"]);
    assert_eq!(found("_content", "svimmel rask,går"), ["a", "b"]);
    assert_eq!(found("_content", "svimmel går"), ["b"]);
    assert_eq!(found("_content", "div"), [""; 0]);
}

#[test]
fn how_much_content_is_read_is_bounded() {
    let mut kit = Kit::new();
    let texts: Vec<String> = (0..40)
        .map(|n| observation(&format!("o{n}"), r#""code":{"text":"puls"}"#))
        .collect();
    kit.put(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let limits = Limits {
        contents: 20,
        ..Limits::default()
    };
    let ask = |pairs: &[(&str, &str)]| {
        let query: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let (search, _) = Search::parse(rtype("Observation"), &query, false, limits).unwrap();
        kit.index.search(&all(), &search)
    };
    let finding = ask(&[("code:text", "x")]).unwrap_err().finding().unwrap();
    assert_eq!((finding.rule, finding.expression.as_str()), ("search-too-costly", "http.code"));
    assert!(
        ask(&[("code:text", "x"), ("_id", "o1,o2")]).is_ok(),
        "what the other conditions leave is read"
    );
}

/// `a` is above `b`, and `vs` holds `b` and `c`.
struct Small;

impl Codes for Small {
    fn of_value_set(&self, url: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        match url {
            "http://vs" => Ok(codes(&["b", "c"])),
            "http://large" => Err(CodesError::TooMany),
            _ => Err(CodesError::Unknown),
        }
    }

    fn below(&self, system: &str, code: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        match (system, code) {
            ("s", "a") => Ok(codes(&["a", "b"])),
            _ => Err(CodesError::Unknown),
        }
    }

    fn above(&self, system: &str, code: &str, _: usize) -> Result<Vec<Code>, CodesError> {
        match (system, code) {
            ("s", "b") => Ok(codes(&["b", "a"])),
            _ => Err(CodesError::Unknown),
        }
    }
}

fn codes(of: &[&str]) -> Vec<Code> {
    let code = |code: &&str| Code {
        system: "s".into(),
        code: (*code).into(),
    };
    of.iter().map(code).collect()
}

#[test]
fn codes_by_value_set_and_hierarchy() {
    let mut kit = Kit::new();
    let coded = |id: &str, system: &str| {
        observation(
            id,
            &format!(r#""code":{{"coding":[{{"system":"{system}","code":"{}"}}]}}"#, &id[..1]),
        )
    };
    kit.put(&[
        &coded("a", "s"),
        &coded("b", "s"),
        &coded("c", "s"),
        &coded("d", "s"),
        &coded("b2", "other"),
    ]);
    for query in [
        ("code:in", "http://vs"),
        ("code:not-in", "http://vs"),
        ("code:below", "s|a"),
        ("code:above", "s|b"),
    ] {
        assert_eq!(rule(&kit, "Observation", query), "search-terminology-missing", "{query:?}");
    }
    kit.index.set_codes(Arc::new(Small));
    for walk in [false, true] {
        kit.walk = walk;
        let found = |name: &str, value: &str| kit.found(&all(), "Observation", &[(name, value)]);
        assert_eq!(found("code:in", "http://vs"), ["b", "c"]);
        assert_eq!(found("code:not-in", "http://vs"), ["a", "b2", "d"]);
        assert_eq!(found("code:below", "s|a"), ["a", "b"]);
        assert_eq!(found("code:above", "s|b"), ["a", "b"]);
        assert_eq!(found("_filter", "code in http://vs and not(code eq c)"), ["b"]);
        assert_eq!(found("_filter", "code ni http://vs"), ["a", "b2", "d"]);
        assert_eq!(found("_filter", "code ss s|a"), ["a", "b"], "the value subsumes");
        assert_eq!(found("_filter", "code sb s|b"), ["a", "b"], "the value is subsumed");
    }
    assert_eq!(rule(&kit, "Observation", ("code:in", "http://nothing")), "search-codes-unknown");
    assert_eq!(rule(&kit, "Observation", ("code:below", "s|x")), "search-codes-unknown");
    assert_eq!(rule(&kit, "Observation", ("code:in", "http://large")), "search-too-many-codes");
}

#[test]
fn what_a_list_names() {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Patient","id":"p"}"#,
        r#"{"resourceType":"Patient","id":"q"}"#,
        r#"{"resourceType":"Patient","id":"r"}"#,
        r#"{"resourceType":"List","id":"l","status":"current","mode":"working","subject":{"reference":"Patient/p"},"entry":[{"item":{"reference":"Patient/p"}},{"item":{"reference":"Patient/q"}},{"item":{"reference":"Observation/x"}}]}"#,
    ]);
    assert_eq!(kit.found(&all(), "Patient", &[("_list", "l")]), ["p", "q"]);
    assert_eq!(kit.found(&all(), "Patient", &[("_list", "List/l,other")]), ["p", "q"]);
    assert_eq!(kit.found(&all(), "Observation", &[("_list", "l")]), [""; 0]);
    let (p, q) = (kit.person("Patient/p"), kit.person("Patient/q"));
    assert_eq!(kit.found(&over(&[p]), "Patient", &[("_list", "l")]), ["p"]);
    assert_eq!(
        kit.found(&over(&[q]), "Patient", &[("_list", "l")]),
        [""; 0],
        "a list that is not seen names nobody"
    );
}

#[test]
fn filters() {
    let mut kit = Kit::new();
    for (id, family, born, gender) in [
        ("a", "Hansen", "1950-01-01", "male"),
        ("b", "Hansén-Lie", "1960-01-01", "female"),
        ("c", "Lie", "1970-01-01", "female"),
    ] {
        kit.put(&[
            &format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}],"birthDate":"{born}","gender":"{gender}"}}"#),
            &format!(r#"{{"resourceType":"Observation","id":"o{id}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{id}"}}}}"#),
        ]);
    }
    let found = |filter: &str| kit.found(&all(), "Patient", &[("_filter", filter)]);
    assert_eq!(found(r#"family eq "hansen""#), ["a"]);
    assert_eq!(found(r#"family ne "Hansen""#), ["b", "c"]);
    assert_eq!(found(r#"family sw "hansen""#), ["a", "b"]);
    assert_eq!(found(r#"family ew "lie""#), ["b", "c"]);
    assert_eq!(found(r#"family co "sen-""#), ["b"]);
    assert_eq!(found("birthdate gt 1955-01-01 and gender eq female"), ["b", "c"]);
    assert_eq!(found("birthdate lt 1955-01-01 or birthdate ge 1970-01-01"), ["a", "c"]);
    // From left to right.
    assert_eq!(found("gender eq male or gender eq female and birthdate gt 1965-01-01"), ["c"]);
    assert_eq!(
        found("gender eq male or (gender eq female and birthdate gt 1965-01-01)"),
        ["a", "c"]
    );
    assert_eq!(found("not(gender eq male) and not(_id eq c)"), ["b"]);
    // Of the set of values: some value is another one; nothing is no value.
    assert_eq!(found("address ne x"), [""; 0]);
    assert_eq!(found(r#"family gt "hansen" and family lt "lie""#), ["b"]);
    assert_eq!(found("birthdate po 1950 or birthdate co 1970-01-01"), ["a", "c"]);
    assert_eq!(found(r#"_has:Observation:subject:status eq final and id eq a"#), ["a"]);
    assert_eq!(found("deceased pr true"), ["a", "b", "c"]);
    assert_eq!(found("address pr true"), [""; 0]);
    assert_eq!(
        kit.found(
            &all(),
            "Observation",
            &[("_filter", r#"subject:Patient.family eq "Lie" or subject eq Patient/a"#)]
        ),
        ["oa", "oc"]
    );
    let of_observation = |filter: &str| kit.found(&all(), "Observation", &[("_filter", filter)]);
    assert_eq!(
        of_observation(r#"subject:Patient[gender eq female and not(family eq "lie")].birthdate ge 1950"#),
        ["ob"]
    );
    assert_eq!(of_observation("subject[gender eq female].birthdate lt 1965-01-01"), ["ob"]);
    assert_eq!(
        of_observation("subject[gender eq female].deceased pr false"),
        ["oa"],
        "nothing at the path"
    );
    assert_eq!(of_observation("subject ne Patient/a"), ["ob", "oc"]);
    assert_eq!(of_observation("subject re Patient/a"), ["oa"]);
    for (filter, rule) in [
        ("", "search-filter-invalid"),
        ("family", "search-filter-invalid"),
        ("family eq", "search-filter-invalid"),
        (r#"family eq "x"#, "search-filter-invalid"),
        ("(family eq x", "search-filter-invalid"),
        ("family eq x)", "search-filter-invalid"),
        ("family eq x gender eq y", "search-filter-invalid"),
        ("gender ap x", "search-filter-operator"),
        ("birthdate re x", "search-filter-operator"),
        ("gender pr maybe", "search-filter-invalid"),
        ("gender po 2020", "search-filter-operator"),
        ("birthdate po yesterday", "search-value-invalid"),
        ("family[gender eq x].given eq y", "search-filter-brackets"),
        ("general-practitioner[nonsense eq x].name eq y", "search-parameter-unknown"),
        ("_has:Observation:performer:nonsense eq x", "search-parameter-unknown"),
        ("_has:Observation:code:status eq x", "search-has-invalid"),
        ("birthdate gt yesterday", "search-value-invalid"),
        ("nonsense eq x", "search-parameter-unknown"),
        ("family:exact eq x", "search-parameter-unknown"),
    ] {
        let findings = crate::kit::parse("Patient", &[("_filter", filter)]).unwrap_err();
        assert_eq!(findings[0].rule, rule, "{filter}");
    }
    let deep = format!("{}gender eq male{}", "(".repeat(100), ")".repeat(100));
    assert!(crate::kit::parse("Patient", &[("_filter", &deep)]).is_err());
}

#[test]
fn several_types_at_once_and_compartments() {
    let mut kit = Kit::new();
    for id in ["p", "q"] {
        kit.put(&[
            &format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#),
            &format!(r#"{{"resourceType":"Observation","id":"o-{id}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{id}"}}}}"#),
            &format!(r#"{{"resourceType":"EpisodeOfCare","id":"e-{id}","status":"active","patient":{{"reference":"Patient/{id}"}}}}"#),
        ]);
    }
    kit.put(&[r#"{"resourceType":"Organization","id":"org"}"#]);
    let ids = |page: &Page| page.matches.iter().map(|v| v.id.clone()).collect::<Vec<_>>();
    let whole = search_over(&kit, &all(), Over::System, &[]);
    assert_eq!(ids(&whole), ["org", "e-q", "o-q", "q", "e-p", "o-p", "p"]);
    assert_eq!(whole.total, Some(7));
    assert_eq!(
        ids(&search_over(
            &kit,
            &all(),
            Over::System,
            &[("_type", "EpisodeOfCare,Observation"), ("_sort", "_id")]
        )),
        ["e-p", "e-q", "o-p", "o-q"]
    );
    assert_eq!(
        ids(&search_over(
            &kit,
            &all(),
            Over::System,
            &[("_type", "EpisodeOfCare,Observation"), ("patient", "q")]
        )),
        ["e-q", "o-q"]
    );
    // Page by page, nothing twice and nothing left out, also within the scope of one person.
    let p = kit.person("Patient/p");
    for (scope, expected) in [(all(), 7), (over(&[p]), 4)] {
        let (mut seen, mut page) = (Vec::new(), search_over(&kit, &scope, Over::System, &[("_count", "2")]));
        loop {
            seen.extend(ids(&page));
            let Some(cursor) = page.next else { break };
            page = search_over(&kit, &scope, Over::System, &[("_cursor", &cursor)]);
        }
        assert_eq!(seen.len(), expected, "{seen:?}");
    }
    let counted = search_over(&kit, &over(&[p]), Over::System, &[("_summary", "count")]);
    assert_eq!(counted.total, Some(4));
    let compartment = |of| Over::Compartment {
        focus: rtype("Patient"),
        id: "p".into(),
        rtype: of,
    };
    assert_eq!(ids(&search_over(&kit, &all(), compartment(None), &[])), ["e-p", "o-p", "p"]);
    assert_eq!(
        ids(&search_over(
            &kit,
            &all(),
            compartment(Some(rtype("Observation"))),
            &[("status", "final")]
        )),
        ["o-p"]
    );
    let q = kit.person("Patient/q");
    assert_eq!(ids(&search_over(&kit, &over(&[q]), compartment(None), &[])), [""; 0]);
    let measured = testing::reader(instance(), &[p], &[Category::Person]);
    assert_eq!(ids(&search_over(&kit, &measured, compartment(None), &[])), ["p"]);
    // A page link is good only where it was given.
    let cursor = search_over(&kit, &all(), compartment(None), &[("_count", "1")]).next.unwrap();
    let elsewhere = [("_cursor".to_owned(), cursor)];
    let (search, _) = Search::parse_over(Over::System, &elsewhere, false, Limits::default()).unwrap();
    assert!(kit.index.search(&all(), &search).is_err());
    // A parameter must be one of every type.
    let query = [
        ("family".to_owned(), "x".to_owned()),
        ("_type".to_owned(), "Patient,Observation".to_owned()),
    ];
    assert!(Search::parse_over(Over::System, &query, false, Limits::default()).is_err());
}

#[test]
fn near_a_place() {
    let mut kit = Kit::new();
    for (id, latitude, longitude) in [
        ("oslo", "59.9139", "10.7522"),
        ("drammen", "59.7440", "10.2045"),
        ("tromso", "69.6492", "18.9553"),
    ] {
        kit.put(&[&format!(
            r#"{{"resourceType":"Location","id":"{id}","position":{{"latitude":{latitude},"longitude":{longitude}}}}}"#
        )]);
    }
    kit.put(&[r#"{"resourceType":"Location","id":"nowhere","name":"x"}"#]);
    let found = |near: &str| kit.found(&all(), "Location", &[("near", near)]);
    assert_eq!(found("59.9139|10.7522"), ["oslo"]);
    assert_eq!(found("59.9139|10.7522|50|km"), ["drammen", "oslo"]);
    assert_eq!(found("59.9139|10.7522|50"), ["drammen", "oslo"]);
    assert_eq!(found("59.9139|10.7522|50|m,69.65|18.96|5"), ["oslo", "tromso"]);
    assert_eq!(found("0|0|30000|km"), ["drammen", "oslo", "tromso"]);
    for wrong in ["59.9", "x|y", "59.9|10.7|5|kg", "99|0"] {
        let findings = crate::kit::parse("Location", &[("near", wrong)]).unwrap_err();
        assert_eq!(findings[0].rule, "search-value-invalid", "{wrong}");
    }
    assert!(crate::kit::parse("Location", &[("near:missing", "true")]).is_err());
}

#[test]
fn orders_by_codes_and_references_read_what_they_need_and_no_more() {
    let mut kit = Kit::new();
    for n in 0..30 {
        kit.put(&[&observation(
            &format!("o{n:02}"),
            &format!(
                r#""code":{{"coding":[{{"code":"{}"}}]}},"identifier":[{{"value":"{:02}"}}]"#,
                ["b", "a", "c"][n % 3],
                30 - n
            ),
        )]);
    }
    let limits = Limits {
        contents: 3,
        ..Limits::default()
    };
    let search = |sort: &str| {
        let query = [("_sort".to_owned(), sort.to_owned()), ("_count".to_owned(), "1".to_owned())];
        let (search, _) = Search::parse(rtype("Observation"), &query, false, limits).unwrap();
        kit.index.search(&all(), &search)
    };
    // Three codes: three contents are read. Thirty identifiers are too many.
    assert_eq!(search("code,-_id").unwrap().matches[0].id, "o28");
    assert_eq!(search("identifier").unwrap_err().finding().unwrap().rule, "search-too-costly");
    assert_eq!(
        search("subject").unwrap_err().finding().unwrap().rule,
        "search-too-costly",
        "the patient is not here"
    );
    kit.put(&[r#"{"resourceType":"Patient","id":"p"}"#]);
    assert_eq!(search_one(&kit, "subject,_id"), "o00");
    // What is composite has no order.
    let findings = crate::kit::parse("Observation", &[("_sort", "code-value-quantity")]).unwrap_err();
    assert_eq!(findings[0].rule, "search-sort-unsupported");
}

fn search_one(kit: &Kit, sort: &str) -> String {
    kit.ids(&all(), "Observation", &[("_sort", sort)]).swap_remove(0)
}
