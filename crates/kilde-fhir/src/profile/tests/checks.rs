use super::*;

fn patient(rest: Value) -> Value {
    let mut patient = json!({"resourceType": "Patient"});
    patient.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    patient
}

#[test]
fn cardinality() {
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.name", "min": 1, "max": "2"}, {"path": "Patient.name.family", "min": 1}, {"path": "Patient.active", "max": "0"}]),
    )];
    assert_eq!(found(&p, &patient(json!({"name": [{"family": "A"}]}))), [""; 0]);
    assert_eq!(found(&p, &patient(json!({"gender": "male"}))), ["e profile-min Patient.name"]);
    assert_eq!(
        found(
            &p,
            &patient(json!({"active": true, "name": [{"family": "A"}, {"given": ["B"]}, {"family": "C"}]}))
        ),
        [
            "e profile-max Patient.active",
            "e profile-min Patient.name[1].family",
            "e profile-max Patient.name[2]"
        ]
    );
    let told = validate(&validator(&p), &patient(json!({"gender": "male"})), &["http://x/p"]);
    let details = told[0].details.as_deref().unwrap();
    assert_eq!(
        (
            details.profile.as_str(),
            details.element.as_str(),
            details.found.as_str(),
            details.expected.as_str()
        ),
        ("http://x/p", "Patient.name", "0", "1")
    );
    assert_eq!(told[0].position.unwrap().to_string(), "1:1");
}

#[test]
fn fixed_and_pattern() {
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.gender", "fixedCode": "female"},
            {"path": "Patient.maritalStatus", "patternCodeableConcept": {"coding": [{"system": "http://x/cs", "code": "a"}]}},
            {"path": "Patient.name", "fixedHumanName": {"family": "A", "given": ["B"]}}]),
    )];
    let good = json!({"gender": "female", "maritalStatus": {"text": "t", "coding": [{"code": "z"}, {"code": "a", "system": "http://x/cs", "display": "d"}]},
        "name": [{"given": ["B"], "family": "A"}]});
    assert_eq!(found(&p, &patient(good)), [""; 0]);
    let bad = json!({"gender": "male", "maritalStatus": {"coding": [{"code": "a", "system": "http://x/other"}]}, "name": [{"given": ["B", "C"], "family": "A"}]});
    assert_eq!(
        found(&p, &patient(bad)),
        [
            "e profile-fixed Patient.gender",
            "e profile-pattern Patient.maritalStatus.coding",
            "e profile-fixed Patient.name[0].given"
        ]
    );
}

#[test]
fn a_value_that_may_be_personal_is_not_told() {
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.name.family", "fixedString": "Secret"}]),
    )];
    let told = validate(&validator(&p), &patient(json!({"name": [{"family": "Nordmann"}]})), &["http://x/p"]);
    assert!(told.iter().all(|f| !f.en.contains("Nordmann") && !f.nb.contains("Nordmann")) && !told.is_empty());
}

#[test]
fn choices() {
    let p = [profile(
        "p",
        "Observation",
        json!([{"path": "Observation.value[x]", "min": 1, "type": [{"code": "Quantity"}]}]),
    )];
    let observation =
        |name: &str, value: Value| json!({"resourceType": "Observation", "status": "final", "code": {"text": "t"}, name: value});
    assert_eq!(found(&p, &observation("valueQuantity", json!({"value": 1}))), [""; 0]);
    assert_eq!(
        found(&p, &observation("valueString", json!("s"))),
        ["e profile-types Observation.value.ofType(string)"]
    );
    assert_eq!(
        found(&p, &observation("issued", json!("2026-01-01T00:00:00Z"))),
        ["e profile-min Observation.value"]
    );
    let renamed = [profile(
        "p",
        "Observation",
        json!([{"path": "Observation.valueQuantity", "min": 1}, {"path": "Observation.valueQuantity.code", "min": 1}]),
    )];
    assert_eq!(
        found(&renamed, &observation("valueQuantity", json!({"value": 1, "code": "m"}))),
        [""; 0]
    );
    assert_eq!(
        found(&renamed, &observation("valueQuantity", json!({"value": 1}))),
        ["e profile-min Observation.value.ofType(Quantity).code"]
    );
    assert_eq!(
        found(&renamed, &observation("valueString", json!("s"))),
        [
            "e profile-slice-min Observation.value",
            "e profile-slice-closed Observation.value.ofType(string)"
        ]
    );
}

#[test]
fn bounds_and_length() {
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.birthDate", "minValueDate": "1900-01-01", "maxValueDate": "2030-01-01"}, {"path": "Patient.multipleBirth[x]", "maxValueInteger": 4},
            {"path": "Patient.name.family", "maxLength": 3}]),
    )];
    assert_eq!(
        found(
            &p,
            &patient(json!({"birthDate": "1900", "multipleBirthInteger": 4, "name": [{"family": "Ås"}]}))
        ),
        [""; 0]
    );
    assert_eq!(
        found(
            &p,
            &patient(json!({"birthDate": "1899-12-31", "multipleBirthInteger": 5, "name": [{"family": "Åsen"}]}))
        ),
        [
            "e profile-min-value Patient.birthDate",
            "e profile-max-value Patient.multipleBirth.ofType(integer)",
            "e profile-max-length Patient.name[0].family"
        ]
    );
}

#[test]
fn bindings_by_strength() {
    for (strength, wrong) in [
        ("required", Some("e")),
        ("extensible", Some("w")),
        ("preferred", Some("i")),
        ("example", None),
    ] {
        let p = [profile(
            "p",
            "Patient",
            json!([{"path": "Patient.maritalStatus", "binding": {"strength": strength, "valueSet": "http://x/vs"}}]),
        )];
        let concept = |code: &str| patient(json!({"maritalStatus": {"coding": [{"system": "http://x/cs", "code": code}]}}));
        assert_eq!(found(&p, &concept("a")), [""; 0], "{strength}");
        let expected: Vec<String> = wrong.iter().map(|s| format!("{s} profile-binding Patient.maritalStatus")).collect();
        assert_eq!(found(&p, &concept("c")), expected, "{strength}");
    }
    let unknown = |strength: &str| {
        let p = [profile(
            "p",
            "Patient",
            json!([{"path": "Patient.maritalStatus", "binding": {"strength": strength, "valueSet": "http://x/other"}}]),
        )];
        found(
            &p,
            &patient(json!({"maritalStatus": {"coding": [{"system": "http://x/cs", "code": "a"}]}})),
        )
    };
    assert_eq!(unknown("required"), ["w profile-binding-unknown Patient.maritalStatus"]);
    assert_eq!(unknown("extensible"), ["i profile-binding-unknown Patient.maritalStatus"]);
    assert_eq!(unknown("preferred"), [""; 0]);
}

#[test]
fn invariants() {
    let constraint =
        |key: &str, severity: &str, expression: &str| json!({"key": key, "severity": severity, "human": "h", "expression": expression});
    let p = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.name", "constraint": [constraint("a", "error", "yes"), constraint("b", "error", "no"), constraint("c", "warning", "no"), constraint("d", "error", "odd")]}]),
    )];
    let validator = validator(&p);
    assert_eq!(
        found_with(&validator, &patient(json!({"name": [{"family": "A"}]}))),
        [
            "e profile-invariant Patient.name[0]",
            "w profile-invariant Patient.name[0]",
            "i profile-invariant-undecided Patient.name[0]"
        ]
    );
    let broken = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.name", "constraint": [constraint("e", "error", "???")]}]),
    )];
    let findings = super::validator(&broken).check_profiles();
    assert_eq!(
        findings.iter().map(|f| f.rule).collect::<Vec<_>>(),
        ["profile-invariant-unreadable"]
    );
}

#[test]
fn an_element_with_only_an_id() {
    assert_eq!(
        found(
            &[profile("p", "Patient", json!([]))],
            &patient(json!({"_gender": {"id": "a"}, "name": [{"id": "b"}]}))
        ),
        ["e element-only-id Patient.gender", "e element-only-id Patient.name[0]"]
    );
}

#[test]
fn references() {
    let p = [
        profile(
            "p",
            "Patient",
            json!([{"path": "Patient.generalPractitioner", "type": [{"code": "Reference", "targetProfile": [format!("{BASE}Organization"), "http://x/q"], "aggregation": ["contained", "referenced"]}]}]),
        ),
        profile("q", "Practitioner", json!([{"path": "Practitioner.active", "min": 1}])),
        type_of("Practitioner", None, &[("Practitioner.active", "0..1", &["boolean"])]),
    ];
    let to = |reference: &str, contained: Value| {
        patient(
            json!({"contained": [contained], "generalPractitioner": [{"reference": reference}], "link": [{"other": {"reference": "#c"}, "type": "refer"}]}),
        )
    };
    let good = json!({"resourceType": "Practitioner", "id": "c", "active": true});
    let bad = json!({"resourceType": "Practitioner", "id": "c", "name": [{"text": "t"}]});
    assert_eq!(found(&p, &to("Practitioner/1", good.clone()))[..0], [""; 0]);
    let only = |lines: Vec<String>| lines.into_iter().filter(|l| l.contains("profile")).collect::<Vec<_>>();
    assert_eq!(only(found(&p, &to("Organization/1", good.clone()))), [""; 0]);
    assert_eq!(
        only(found(&p, &to("PractitionerRole/1", good.clone()))),
        ["e profile-reference-type Patient.generalPractitioner[0]"]
    );
    assert_eq!(only(found(&p, &to("#c", good))), [""; 0]);
    assert_eq!(
        only(found(&p, &to("#c", bad))),
        ["e profile-reference-profile Patient.generalPractitioner[0]"]
    );
    let contained_only = [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.generalPractitioner", "type": [{"code": "Reference", "aggregation": ["contained"]}]}]),
    )];
    assert_eq!(
        found(
            &contained_only,
            &patient(json!({"generalPractitioner": [{"reference": "Organization/1"}]}))
        ),
        ["e profile-reference-aggregation Patient.generalPractitioner[0].reference"]
    );
}

#[test]
fn claims_and_circles() {
    let p = [
        profile(
            "p",
            "Patient",
            json!([{"path": "Patient.link.other", "type": [{"code": "Reference", "targetProfile": ["http://x/p"]}]}, {"path": "Patient.gender", "min": 1}]),
        ),
        profile("claimed", "Patient", json!([{"path": "Patient.active", "min": 1}])),
    ];
    let claims = |url: &str| json!({"resourceType": "Patient", "meta": {"profile": [url]}, "gender": "male"});
    assert_eq!(found(&p, &claims("http://x/claimed")), ["e profile-min Patient.active"]);
    assert_eq!(
        found(&p, &claims("http://x/unknown")),
        ["w profile-unknown Patient.meta.profile[0]"]
    );
    let person = |id: &str, other: &str| {
        json!({"fullUrl": format!("http://s/Patient/{id}"), "resource": {"resourceType": "Patient", "id": id, "gender": "male", "meta": {"profile": ["http://x/p"]},
        "link": [{"type": "refer", "other": {"reference": format!("Patient/{other}")}}]}})
    };
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [person("a", "b"), person("b", "a")]});
    let findings = validate(&validator(&p), &bundle, &[]);
    assert_eq!(findings, [], "two that refer to each other");
    let wrong_type = validate(
        &validator(&p),
        &json!({"resourceType": "Observation", "status": "final", "code": {"text": "t"}}),
        &["http://x/p"],
    );
    assert_eq!(wrong_type.iter().map(|f| f.rule).collect::<Vec<_>>(), ["profile-type"]);
}

#[test]
fn must_support_is_information_and_only_on_request() {
    let p = [profile("p", "Patient", json!([{"path": "Patient.name", "mustSupport": true}]))];
    assert_eq!(found(&p, &patient(json!({"active": true}))), [""; 0]);
    let options = Options {
        must_support: true,
        ..Options::default()
    };
    let asked = validator(&p).with_options(options);
    assert_eq!(
        found_with(&asked, &patient(json!({"active": true}))),
        ["i profile-must-support Patient.name"]
    );
}

#[test]
fn a_bundle_hangs_together() {
    let entry = |url: &str, resource: Value| json!({"fullUrl": url, "resource": resource});
    let composition = json!({"resourceType": "Composition", "id": "c", "status": "final", "type": {"text": "t"}, "date": "2026-01-01", "title": "t",
        "author": [{"reference": "Practitioner/p"}], "subject": {"reference": "Patient/none"}});
    let bundle = json!({"resourceType": "Bundle", "type": "document", "timestamp": "2026-01-01T00:00:00Z", "identifier": {"value": "1"}, "entry": [
        entry("http://s/Composition/c", composition), entry("http://s/Practitioner/p", json!({"resourceType": "Practitioner", "id": "p", "active": true})),
        entry("http://s/Patient/1", json!({"resourceType": "Patient", "id": "2", "active": true})), {"resource": {"resourceType": "Patient", "active": true}}]});
    let lines: Vec<String> = validate(&validator(&[]), &bundle, &[])
        .into_iter()
        .map(|f| format!("{} {}", f.rule, f.expression))
        .collect();
    assert_eq!(
        lines,
        [
            "bundle-reference Bundle.entry[0].resource.subject.reference",
            "bundle-unreachable Bundle.entry[2]",
            "bundle-full-url-id Bundle.entry[2].fullUrl",
            "bundle-full-url-missing Bundle.entry[3]",
            "bundle-unreachable Bundle.entry[3]"
        ]
    );
}

#[test]
fn the_budget_ends_it() {
    let options = Options {
        budget: 20,
        ..Options::default()
    };
    let p = [profile("p", "Patient", json!([{"path": "Patient.name.family", "min": 1}]))];
    let names: Vec<Value> = (0..100).map(|_| json!({"family": "A"})).collect();
    let findings = validate(
        &validator(&p).with_options(options),
        &patient(json!({"name": names})),
        &["http://x/p"],
    );
    assert_eq!(
        findings.iter().map(|f| (f.rule, f.severity)).collect::<Vec<_>>(),
        [("profile-too-costly", Severity::Error)]
    );
}
