use super::*;

fn ask(parameters: &str) -> Inputs {
    Inputs::from_parameters(json(&format!(r#"{{"resourceType":"Parameters","parameter":[{parameters}]}}"#)).root())
}

fn query<'a>(pairs: &[(&'a str, &'a str)]) -> Inputs {
    Inputs::from_query(pairs.iter().copied())
}

fn animals() -> Terminology {
    store(&[
        ANIMALS,
        r#"{"resourceType":"ValueSet","url":"urn:birds","version":"1","compose":{"include":[{"system":"urn:animals","filter":[{"property":"concept","op":"is-a","value":"bird"}]}]}}"#,
        r#"{"resourceType":"ConceptMap","url":"urn:map","sourceUri":"urn:birds","targetUri":"urn:latin","group":[{"source":"urn:animals","target":"urn:latin",
            "element":[{"code":"gull","target":[{"code":"larus","equivalence":"narrower","comment":"one of many","product":[{"property":"urn:p","system":"urn:s","value":"v"}]},
            {"code":"laridae","equivalence":"equivalent"}]},{"code":"dodo"}],"unmapped":{"mode":"fixed","code":"avis"}}]}"#,
    ])
}

#[test]
fn lookup() {
    let store = animals();
    let request = LookupRequest::read(&query(&[
        ("system", "urn:animals"),
        ("code", "gull"),
        ("displayLanguage", "nn-NO, en;q=0.5"),
    ]))
    .unwrap();
    let found = store.lookup(&request).unwrap();
    assert_eq!(found.display, "Måke");
    insta::assert_snapshot!(found.to_parameters(), @r#"{"resourceType":"Parameters","parameter":[{"name":"name","valueString":"Animals"},{"name":"version","valueString":"2"},{"name":"display","valueString":"Måke"},{"name":"definition","valueString":"Loud"},{"name":"designation","part":[{"name":"language","valueCode":"nb"},{"name":"value","valueString":"Måke"}]},{"name":"property","part":[{"name":"code","valueCode":"inactive"},{"name":"value","valueBoolean":false}]},{"name":"property","part":[{"name":"code","valueCode":"parent"},{"name":"value","valueCode":"bird"},{"name":"description","valueString":"Bird"}]}]}"#);
    let request = LookupRequest::read(&ask(
        r#"{"name":"coding","valueCoding":{"system":"urn:oid:1.2.3","code":"bird"}},{"name":"property","valueCode":"legs"}"#,
    ))
    .unwrap();
    let found = store.lookup(&request).unwrap();
    assert_eq!(found.properties.len(), 1);
    assert_eq!(found.properties[0].value, PropertyValue::Integer("2".to_owned()));
    let error = |pairs: &[(&str, &str)]| LookupRequest::read(&query(pairs)).and_then(|r| store.lookup(&r)).unwrap_err();
    assert_eq!(error(&[("code", "x")]).status(), 400);
    assert_eq!(error(&[("system", "urn:x"), ("code", "x")]).status(), 404);
    assert_eq!(
        error(&[("system", "urn:animals"), ("code", "x")]).finding().rule,
        "terminology-unknown-code"
    );
}

#[test]
fn subsumes() {
    let store = animals();
    let outcome = |a: &str, b: &str| {
        let request = SubsumesRequest::read(&query(&[("system", "urn:animals"), ("codeA", a), ("codeB", b)])).unwrap();
        store.subsumes(&request).map(Subsumes::code)
    };
    assert_eq!(outcome("gull", "gull"), Ok("equivalent"));
    assert_eq!(outcome("animal", "gull"), Ok("subsumes"));
    assert_eq!(outcome("gull", "animal"), Ok("subsumed-by"));
    assert_eq!(outcome("gull", "fish"), Ok("not-subsumed"));
    assert!(outcome("gull", "unicorn").is_err());
    let codings = r#"{"name":"codingA","valueCoding":{"system":"urn:animals","code":"gull"}},{"name":"codingB","valueCoding":{"system":"urn:x","code":"gull"}}"#;
    assert_eq!(SubsumesRequest::read(&ask(codings)), Err(OperationError::Invalid("codingB")));
    assert_eq!(
        Subsumes::Subsumes.to_parameters(),
        r#"{"resourceType":"Parameters","parameter":[{"name":"outcome","valueCode":"subsumes"}]}"#
    );
}

#[test]
fn validate_code() {
    let store = animals();
    let set = |pairs: &[(&str, &str)]| {
        let mut all = vec![("url", "urn:birds")];
        all.extend(pairs);
        store
            .validate_code(&ValidateCodeRequest::read_for_value_set(&query(&all)).unwrap())
            .unwrap()
    };
    let rules = |v: &Validation| v.findings.iter().map(|f| f.rule).collect::<Vec<_>>();
    let ok = set(&[("system", "urn:animals"), ("code", "gull"), ("display", " MÅKE ")]);
    assert_eq!((ok.result, rules(&ok)), (true, vec![]));
    assert_eq!(
        ok.to_parameters(false),
        r#"{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"display","valueString":"Gull"},{"name":"code","valueCode":"gull"},{"name":"system","valueUri":"urn:animals"},{"name":"version","valueString":"2"}]}"#
    );
    let wrong = set(&[
        ("system", "urn:animals"),
        ("code", "gull"),
        ("display", "Crow"),
        ("displayLanguage", "nb"),
    ]);
    assert_eq!(
        (wrong.result, wrong.member, rules(&wrong)),
        (false, Answer::Yes, vec!["terminology-display-wrong"])
    );
    assert!(wrong.findings[0].nb.contains("Måke"));
    let out = set(&[("system", "urn:animals"), ("code", "fish")]);
    assert_eq!((out.result, rules(&out)), (false, vec!["terminology-not-in-value-set"]));
    let none = set(&[("system", "urn:animals"), ("code", "unicorn")]);
    assert_eq!(
        (none.result, rules(&none)),
        (false, vec!["terminology-unknown-code", "terminology-not-in-value-set"])
    );
    let inferred = set(&[("code", "gull")]);
    assert_eq!(
        (inferred.result, inferred.coding.unwrap().system.as_deref()),
        (true, Some("urn:animals"))
    );
    let inactive = set(&[("system", "urn:animals"), ("code", "dodo")]);
    assert_eq!((inactive.result, rules(&inactive)), (true, vec!["terminology-inactive"]));

    let in_system = |pairs: &[(&str, &str)]| {
        store
            .validate_code(&ValidateCodeRequest::read_for_code_system(&query(pairs)).unwrap())
            .unwrap()
    };
    assert!(in_system(&[("url", "urn:animals"), ("code", "animal")]).result);
    assert_eq!(
        rules(&in_system(&[("url", "urn:animals"), ("code", "animal"), ("abstract", "false")])),
        ["terminology-abstract"]
    );
    let unknown = in_system(&[("url", "urn:x"), ("code", "1")]);
    assert_eq!(
        (unknown.result, unknown.member, rules(&unknown)),
        (false, Answer::Unknown, vec!["terminology-not-known"])
    );
    assert_eq!(
        in_system(&[("url", "http://unitsofmeasure.org"), ("code", "mg/dL")]).member,
        Answer::Yes
    );
    assert_eq!(
        in_system(&[("url", "http://snomed.info/sct"), ("code", "22298007")]).member,
        Answer::No
    );

    let concept = ask(
        r#"{"name":"url","valueUri":"urn:birds"},{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"urn:animals","code":"fish"},{"system":"urn:animals","code":"gull"}]}}"#,
    );
    let concept = store
        .validate_code(&ValidateCodeRequest::read_for_value_set(&concept).unwrap())
        .unwrap();
    assert_eq!((concept.result, concept.coding.unwrap().code.as_str()), (true, "gull"));
}

#[test]
fn expand() {
    let store = animals();
    let expand = |pairs: &[(&str, &str)]| {
        let mut all = vec![("url", "urn:all-animals")];
        all.extend(pairs);
        store.expand(&ExpandRequest::read(&query(&all))?)
    };
    let codes = |pairs: &[(&str, &str)]| {
        expand(pairs)
            .unwrap()
            .contains
            .into_iter()
            .map(|c| c.coding.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&[]), ["animal", "bird", "gull", "fish", "dodo"]);
    assert_eq!(
        codes(&[("activeOnly", "true"), ("excludeNotForUI", "true")]),
        ["bird", "gull", "fish"]
    );
    assert_eq!(codes(&[("filter", "MÅ")]), ["gull"]);
    assert_eq!(codes(&[("filter", "fi")]), ["fish"]);
    assert_eq!(codes(&[("offset", "1"), ("count", "2")]), ["bird", "gull"]);
    let none = expand(&[("count", "0")]).unwrap();
    assert_eq!((none.total, none.contains.len()), (5, 0));
    assert_eq!(expand(&[("count", "-1")]), Err(OperationError::Invalid("count")));
    let written = expand(&[("filter", "gull"), ("includeDesignations", "true"), ("displayLanguage", "nb")]).unwrap();
    assert_eq!(
        written.to_value_set("2026-01-01T00:00:00Z", None),
        r#"{"resourceType":"ValueSet","url":"urn:all-animals","status":"active","expansion":{"timestamp":"2026-01-01T00:00:00Z","total":1,"parameter":[{"name":"filter","valueString":"gull"},{"name":"displayLanguage","valueString":"nb"},{"name":"version","valueUri":"urn:animals|2"}],"contains":[{"system":"urn:animals","version":"2","code":"gull","display":"Måke","designation":[{"language":"nb","value":"Måke"}]}]}}"#
    );
}

#[test]
fn too_many_codes() {
    let mut builder = TerminologyBuilder::new();
    builder.resource(json(ANIMALS).root());
    builder.limits(Limits {
        expansion: 3,
        ..Limits::default()
    });
    let store = builder.build().0;
    let mut request = ExpandRequest {
        url: Some("urn:all-animals".to_owned()),
        ..ExpandRequest::default()
    };
    let error = store.expand(&request).unwrap_err();
    assert_eq!(
        (error.clone(), error.status()),
        (OperationError::TooCostly { total: 5, limit: 3 }, 422)
    );
    request.count = Some(100);
    assert_eq!(store.expand(&request).unwrap().contains.len(), 3);
}

#[test]
fn translate() {
    let store = animals();
    let translate = |pairs: &[(&str, &str)]| store.translate(&TranslateRequest::read(&query(pairs)).unwrap());
    let found = translate(&[("url", "urn:map"), ("system", "urn:animals"), ("code", "gull")]).unwrap();
    let codes: Vec<_> = found
        .matches
        .iter()
        .map(|m| (m.concept.as_ref().unwrap().code.as_str(), m.equivalence.code()))
        .collect();
    assert_eq!(codes, [("laridae", "equivalent"), ("larus", "narrower")]);
    assert!(found.to_parameters(true).starts_with(r#"{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"match","part":[{"name":"equivalence","valueCode":"equivalent"},{"name":"concept","valueCoding":{"system":"urn:latin","code":"laridae"}}"#));
    let back = translate(&[("url", "urn:map"), ("system", "urn:latin"), ("code", "larus"), ("reverse", "true")]).unwrap();
    assert_eq!(
        (back.matches[0].concept.as_ref().unwrap().code.as_str(), back.matches[0].equivalence),
        ("gull", Equivalence::Wider)
    );
    let none = translate(&[("target", "urn:latin"), ("system", "urn:animals"), ("code", "dodo")]).unwrap();
    assert!(!none.result());
    let other = translate(&[("system", "urn:animals"), ("code", "fish")]).unwrap();
    assert_eq!(other.matches[0].concept.as_ref().unwrap().code, "avis");
    assert_eq!(
        translate(&[("url", "urn:no"), ("system", "s"), ("code", "c")]),
        Err(OperationError::UnknownConceptMap)
    );
}
