use super::*;

fn filtered(property: &str, op: &str, value: &str) -> Result<Vec<String>, OperationError> {
    codes(
        &store(&[ANIMALS]),
        &format!(
            r#"{{"resourceType":"ValueSet","compose":{{"include":[{{"system":"urn:animals",
            "filter":[{{"property":"{property}","op":"{op}","value":"{value}"}}]}}]}}}}"#
        ),
    )
}

#[test]
fn filters() {
    for (property, op, value, expected) in [
        ("concept", "is-a", "bird", vec!["bird", "gull", "dodo"]),
        ("concept", "descendent-of", "bird", vec!["gull", "dodo"]),
        ("concept", "is-not-a", "bird", vec!["animal", "fish"]),
        ("concept", "generalizes", "gull", vec!["animal", "bird", "gull"]),
        ("concept", "in", "gull, fish", vec!["gull", "fish"]),
        ("code", "not-in", "gull,fish", vec!["animal", "bird", "dodo"]),
        ("code", "=", "gull", vec!["gull"]),
        ("code", "regex", "[a-d].*", vec!["animal", "bird", "dodo"]),
        ("display", "regex", "F.*|G.*", vec!["gull", "fish"]),
        ("legs", "=", "2", vec!["bird"]),
        ("legs", "exists", "true", vec!["bird", "fish"]),
        ("legs", "exists", "false", vec!["animal", "gull", "dodo"]),
        ("parent", "=", "bird", vec!["gull", "dodo"]),
        ("child", "exists", "true", vec!["animal", "bird"]),
        ("inactive", "=", "true", vec!["dodo"]),
        ("notSelectable", "=", "true", vec!["animal"]),
    ] {
        assert_eq!(filtered(property, op, value).unwrap(), expected, "{property} {op} {value}");
    }
}

#[test]
fn filters_that_cannot_be_evaluated() {
    for (property, op, value) in [
        ("wings", "=", "2"),
        ("concept", "near", "gull"),
        ("code", "regex", "(("),
        ("concept", "is-a", "unicorn"),
    ] {
        assert!(
            matches!(filtered(property, op, value), Err(OperationError::Incomplete(_))),
            "{property} {op}"
        );
    }
}

const SETS: [&str; 6] = [
    r#"{"resourceType":"ValueSet","url":"urn:birds","compose":{"include":[{"system":"urn:animals","filter":[{"property":"concept","op":"is-a","value":"bird"}]}],
        "exclude":[{"system":"urn:animals","concept":[{"code":"dodo"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:listed","compose":{"include":[{"system":"urn:animals","concept":[{"code":"fish","display":"Fishy"},{"code":"gull"},{"code":"gone"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:both","compose":{"include":[{"valueSet":["urn:birds","urn:listed"]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:a","compose":{"include":[{"valueSet":["urn:b"]},{"system":"urn:animals","concept":[{"code":"fish"}]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:b","compose":{"include":[{"valueSet":["urn:a"]}]}}"#,
    r#"{"resourceType":"ValueSet","url":"urn:elsewhere","compose":{"include":[{"system":"urn:not-loaded"},{"system":"urn:animals","concept":[{"code":"fish"}]},
        {"system":"urn:listed-only","concept":[{"code":"x","display":"X"}]}],"exclude":[{"system":"urn:not-loaded","concept":[{"code":"never"}]}]}}"#,
];

fn with_sets() -> Terminology {
    let mut all = vec![ANIMALS];
    all.extend(SETS);
    store(&all)
}

#[test]
fn membership() {
    let store = with_sets();
    let ask = |set: &str, system: &str, code: &str| store.in_value_set(set, Some(system).filter(|s| !s.is_empty()), code);
    for (set, system, code, answer) in [
        ("urn:birds", "urn:animals", "gull", Answer::Yes),
        ("urn:birds", "urn:oid:1.2.3", "gull", Answer::Yes),
        ("urn:birds", "", "gull", Answer::Yes),
        ("urn:birds", "urn:animals", "dodo", Answer::No),
        ("urn:birds", "urn:animals", "fish", Answer::No),
        ("urn:birds", "urn:animals", "GULL", Answer::No),
        ("urn:birds", "urn:other", "gull", Answer::No),
        ("urn:listed", "urn:animals", "gone", Answer::No),
        ("urn:both", "urn:animals", "gull", Answer::Yes),
        ("urn:both", "urn:animals", "bird", Answer::No),
        ("urn:a", "urn:animals", "fish", Answer::Yes),
        ("urn:a", "urn:animals", "gull", Answer::Unknown),
        ("urn:elsewhere", "urn:not-loaded", "1", Answer::Unknown),
        ("urn:elsewhere", "urn:not-loaded", "never", Answer::No),
        ("urn:elsewhere", "urn:animals", "fish", Answer::Yes),
        ("urn:elsewhere", "urn:animals", "gull", Answer::No),
        ("urn:elsewhere", "urn:listed-only", "x", Answer::Yes),
        ("urn:elsewhere", "urn:listed-only", "y", Answer::No),
        ("urn:none", "urn:animals", "fish", Answer::Unknown),
        ("urn:all-animals", "urn:animals", "fish", Answer::Yes),
    ] {
        assert_eq!(ask(set, system, code), answer, "{set} {system} {code}");
    }
    assert_eq!(store.is_a("urn:animals", "gull", "animal"), Answer::Yes);
    assert_eq!(store.is_a("urn:animals", "animal", "gull"), Answer::No);
    assert_eq!(store.is_a("urn:x", "animal", "gull"), Answer::Unknown);
    assert_eq!(
        store.below("urn:animals", "bird").unwrap().collect::<Vec<_>>(),
        ["bird", "gull", "dodo"]
    );
    assert_eq!(
        store.above("urn:animals", "gull").unwrap().collect::<Vec<_>>(),
        ["animal", "bird", "gull"]
    );
}

#[test]
fn codes_by_rules() {
    let store = store(&[
        r#"{"resourceType":"ValueSet","url":"urn:lengths","compose":{"include":[{"system":"http://unitsofmeasure.org","filter":[{"property":"canonical","op":"=","value":"m"}]}]}}"#,
        r#"{"resourceType":"ValueSet","url":"urn:languages","compose":{"include":[{"system":"urn:ietf:bcp:47"}]}}"#,
        r#"{"resourceType":"ValueSet","url":"urn:media","compose":{"include":[{"system":"urn:ietf:bcp:13"}]}}"#,
    ]);
    for (set, code, answer) in [
        ("urn:lengths", "cm", Answer::Yes),
        ("urn:lengths", "kg", Answer::No),
        ("urn:lengths", "xyz", Answer::No),
        ("urn:languages", "nb-NO", Answer::Yes),
        ("urn:languages", "se", Answer::Yes),
        ("urn:languages", "norsk bokmål", Answer::No),
        ("urn:media", "application/pdf", Answer::Yes),
        ("urn:media", "text/plain; charset=utf-8", Answer::Yes),
        ("urn:media", "pdf", Answer::No),
    ] {
        assert_eq!(store.in_value_set(set, None, code), answer, "{set} {code}");
    }
    let request = ExpandRequest {
        url: Some("urn:languages".to_owned()),
        ..ExpandRequest::default()
    };
    assert!(matches!(store.expand(&request), Err(OperationError::Endless(_))));
}

#[test]
fn the_best_version_is_taken() {
    let system = |version: &str, content: &str, code: &str| {
        format!(
            r#"{{"resourceType":"CodeSystem","url":"urn:s","version":"{version}","content":"{content}","concept":[{{"code":"{code}"}}]}}"#
        )
    };
    let store = store(&[
        &system("2", "complete", "two"),
        &system("10", "complete", "ten"),
        &system("11", "not-present", "eleven"),
    ]);
    assert!(store.code_system("urn:s").unwrap().contains("ten"));
    assert!(store.code_system("urn:s|2").unwrap().contains("two"));
    assert!(store.code_system("urn:s|3").is_none());
}

#[test]
fn supplements_and_circles() {
    let mut builder = TerminologyBuilder::new();
    for text in [
        r#"{"resourceType":"CodeSystem","url":"urn:nb","content":"supplement","supplements":"urn:animals","language":"nb",
            "concept":[{"code":"fish","display":"Fisk"},{"code":"unicorn","display":"Enhjørning"}]}"#,
        ANIMALS,
        r#"{"resourceType":"CodeSystem","url":"urn:ring","content":"complete","concept":[
            {"code":"a","property":[{"code":"parent","valueCode":"b"}]},{"code":"b","property":[{"code":"parent","valueCode":"c"}]},
            {"code":"c","property":[{"code":"parent","valueCode":"a"}]},{"code":"d","property":[{"code":"parent","valueCode":"d"}]}]}"#,
        r#"{"resourceType":"CodeSystem","content":"complete"}"#,
        r#"{"resourceType":"CodeSystem","url":"urn:double","content":"complete","concept":[{"code":"a"},{"code":"a"}]}"#,
    ] {
        builder.resource(json(text).root());
    }
    assert!(!builder.resource(json(r#"{"resourceType":"Patient"}"#).root()));
    let (store, findings) = builder.build();
    let rules: Vec<&str> = findings.iter().map(|f| f.rule).collect();
    assert_eq!(
        rules,
        [
            "terminology-url-missing",
            "terminology-duplicate-code",
            "terminology-supplement",
            "terminology-hierarchy-circle"
        ]
    );
    let lookup = |language: &str| {
        let request = LookupRequest {
            coding: Coding::new("urn:animals", "fish"),
            display_language: Some(language.to_owned()),
            properties: Vec::new(),
        };
        store.lookup(&request).unwrap().display
    };
    assert_eq!(
        (lookup("nb"), lookup("en"), lookup("fr")),
        ("Fisk".to_owned(), "Fish".to_owned(), "Fish".to_owned())
    );
    // Two of the three links are kept, and they go one way.
    let above = |a, b| store.is_a("urn:ring", a, b) == Answer::Yes;
    for (a, b) in [("a", "b"), ("b", "c"), ("a", "c")] {
        assert!(above(a, b) != above(b, a), "{a} {b}");
    }
}

#[test]
fn implicit_value_sets() {
    let snomed = Snomed {
        concepts: 6,
        links: vec![(1, 0), (2, 1), (3, 1), (4, 0)],
        attributes: vec![(3, 4, 2, 1)],
        members: vec![(4, 2), (4, 3)],
    };
    let store = snomed.load();
    let total = |query: &str| {
        let request = ExpandRequest {
            url: Some(format!("http://snomed.info/sct{query}")),
            ..ExpandRequest::default()
        };
        store.expand(&request).map(|e| e.total)
    };
    assert_eq!(total("?fhir_vs"), Ok(6));
    assert_eq!(total(&format!("?fhir_vs=isa/{}", sctid(1))), Ok(3));
    assert_eq!(total(&format!("?fhir_vs=refset/{}", sctid(4))), Ok(2));
    assert_eq!(total(&format!("?fhir_vs=ecl/%3C%20{}", sctid(1))), Ok(2));
    assert_eq!(total(&format!("?fhir_vs=ecl/<<{} MINUS ^ {}", sctid(1), sctid(4))), Ok(1));
    assert_eq!(total(&format!("?fhir_vs=ecl/*:{}={}", sctid(4), sctid(2))), Ok(1));
    assert_eq!(total(&format!("/51000202101?fhir_vs=isa/{}", sctid(1))), Ok(3));
    assert_eq!(total("/51000202101/version/20990101?fhir_vs"), Ok(6));
    assert!(matches!(
        total("/51000202101/version/20010101?fhir_vs"),
        Err(OperationError::Incomplete(_))
    ));
    assert!(matches!(total("?fhir_vs=isa/123"), Err(OperationError::UnknownValueSet(_))));
    assert!(matches!(total("?fhir_vs=ecl/<<"), Err(OperationError::Incomplete(_))));
    assert_eq!(
        store.in_value_set("http://snomed.info/sct?fhir_vs", Some(SNOMED), "123"),
        Answer::No
    );
    assert_eq!(
        store.in_value_set(
            "http://snomed.info/sct?fhir_vs",
            Some(SNOMED),
            &format!("{}:{}={}", sctid(1), sctid(4), sctid(2))
        ),
        Answer::Unknown
    );
}
