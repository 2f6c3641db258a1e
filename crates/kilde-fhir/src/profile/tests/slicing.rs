use super::*;

fn discriminator(kind: &str, path: &str, rules: &str) -> Value {
    json!({"discriminator": [{"type": kind, "path": path}], "rules": rules})
}

fn identifiers(systems: &[&str]) -> Value {
    let list: Vec<Value> = systems.iter().map(|s| json!({"system": s, "value": "1"})).collect();
    json!({"resourceType": "Patient", "identifier": list})
}

/// Two slices of identifier, by system.
fn two(rules: &str, ordered: bool) -> [Value; 1] {
    let mut slicing = discriminator("value", "system", rules);
    slicing["ordered"] = json!(ordered);
    [profile(
        "p",
        "Patient",
        json!([{"path": "Patient.identifier", "slicing": slicing},
            {"path": "Patient.identifier", "sliceName": "A", "min": 1, "max": "1"}, {"path": "Patient.identifier.system", "fixedUri": "http://x/a"},
            {"path": "Patient.identifier", "sliceName": "B", "max": "1"}, {"path": "Patient.identifier.system", "fixedUri": "http://x/b"}, {"path": "Patient.identifier.value", "maxLength": 0}]),
    )]
}

#[test]
fn by_value() {
    let open = two("open", false);
    assert_eq!(found(&open, &identifiers(&["http://x/a", "http://x/c"])), [""; 0]);
    assert_eq!(
        found(&open, &identifiers(&["http://x/c"])),
        ["e profile-slice-min Patient.identifier"]
    );
    assert_eq!(
        found(&open, &identifiers(&["http://x/a", "http://x/a"])),
        ["e profile-slice-max Patient.identifier"]
    );
    assert_eq!(
        found(&open, &identifiers(&["http://x/a", "http://x/b"])),
        ["e profile-max-length Patient.identifier[1].value"]
    );
    let told = validate(&validator(&open), &identifiers(&["http://x/c"]), &["http://x/p"]);
    let details = told[0].details.as_deref().unwrap();
    assert_eq!((details.slice.as_str(), details.condition.as_str()), ("A", "value:system"));
}

#[test]
fn rules_and_order() {
    assert_eq!(
        found(&two("closed", false), &identifiers(&["http://x/a", "http://x/c"])),
        ["e profile-slice-closed Patient.identifier[1]"]
    );
    assert_eq!(
        found(&two("openAtEnd", false), &identifiers(&["http://x/a", "http://x/c"])),
        [""; 0]
    );
    assert_eq!(
        found(&two("openAtEnd", false), &identifiers(&["http://x/c", "http://x/a"])),
        ["e profile-slice-end Patient.identifier[1]"]
    );
    let lines = found(&two("open", true), &identifiers(&["http://x/b", "http://x/a"]));
    assert!(
        lines.contains(&"e profile-slice-order Patient.identifier[1]".to_owned()),
        "{lines:?}"
    );
}

fn observation(value: Value) -> Value {
    json!({"resourceType": "Observation", "status": "final", "code": {"text": "t"}, "component": value})
}

fn component(code: &str, value: &str) -> Value {
    let value = if value == "s" {
        ("valueString", json!("s"))
    } else {
        ("valueQuantity", json!({"value": 1}))
    };
    json!({"code": {"coding": [{"system": "http://x/cs", "code": code}]}, value.0: value.1})
}

/// One slice of component, at least one and with value string.
fn sliced(slicing: Value, known_by: &[Value]) -> [Value; 1] {
    let mut elements = vec![
        json!({"path": "Observation.component", "slicing": slicing}),
        json!({"path": "Observation.component", "sliceName": "S", "min": 1}),
    ];
    elements.extend(known_by.iter().cloned());
    [profile("p", "Observation", json!(elements))]
}

#[test]
fn by_pattern_binding_type_and_presence() {
    let pattern = json!({"path": "Observation.component.code", "patternCodeableConcept": {"coding": [{"code": "a"}]}});
    let bound = json!({"path": "Observation.component.code", "binding": {"strength": "required", "valueSet": "http://x/vs"}});
    let typed = json!({"path": "Observation.component.value[x]", "type": [{"code": "string"}]});
    let there = json!({"path": "Observation.component.valueQuantity", "min": 1});
    let deep = json!({"path": "Observation.component.code.coding.code", "fixedCode": "a"});
    for (kind, path, by, good, bad) in [
        ("pattern", "code", &pattern, component("a", "q"), component("c", "q")),
        ("value", "code.coding.code", &pattern, component("a", "q"), component("c", "q")),
        ("value", "code.coding", &deep, component("a", "q"), component("c", "q")),
        ("value", "code", &deep, component("a", "q"), component("c", "q")),
        ("value", "code", &bound, component("b", "q"), component("c", "q")),
        ("type", "value", &typed, component("a", "s"), component("a", "q")),
        ("type", "value.ofType(string)", &typed, component("a", "s"), component("a", "q")),
        ("exists", "value.ofType(Quantity)", &there, component("a", "q"), component("a", "s")),
    ] {
        let p = sliced(discriminator(kind, path, "open"), std::slice::from_ref(by));
        assert_eq!(found(&p, &observation(json!([good]))), [""; 0], "{kind} {path}");
        let lines = found(&p, &observation(json!([bad])));
        assert_eq!(lines, ["e profile-slice-min Observation.component"], "{kind} {path}");
    }
}

#[test]
fn by_profile_and_by_what_a_reference_leads_to() {
    let p = [
        profile(
            "p",
            "Bundle",
            json!([{"path": "Bundle.entry", "slicing": discriminator("profile", "resource", "closed")},
            {"path": "Bundle.entry", "sliceName": "P", "min": 1}, {"path": "Bundle.entry.resource", "type": [{"code": "Patient", "profile": ["http://x/q"]}]}]),
        ),
        profile("q", "Patient", json!([{"path": "Patient.gender", "min": 1}])),
    ];
    let bundle = |resource: Value| json!({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": resource}]});
    assert_eq!(found(&p, &bundle(json!({"resourceType": "Patient", "gender": "male"}))), [""; 0]);
    assert_eq!(
        found(&p, &bundle(json!({"resourceType": "Patient", "active": true}))),
        ["e profile-slice-min Bundle.entry", "e profile-slice-closed Bundle.entry[0]"]
    );
    let by_type = |target: &str| {
        let p = [profile(
            "p",
            "Patient",
            json!([{"path": "Patient.generalPractitioner", "slicing": discriminator("type", "resolve()", "closed")},
                {"path": "Patient.generalPractitioner", "sliceName": "O", "type": [{"code": "Reference", "targetProfile": [format!("{BASE}Observation")]}]}]),
        )];
        let resource = json!({"resourceType": "Patient", "generalPractitioner": [{"reference": target}]});
        found(&p, &resource).into_iter().filter(|l| l.contains("slice")).collect::<Vec<_>>()
    };
    assert_eq!(by_type("Observation/1"), [""; 0]);
    assert_eq!(by_type("Organization/1"), ["e profile-slice-closed Patient.generalPractitioner[0]"]);
}

#[test]
fn what_cannot_be_decided_is_said_once_and_is_no_error() {
    let bound = json!({"path": "Observation.component.code", "binding": {"strength": "required", "valueSet": "http://x/other"}});
    let p = sliced(discriminator("value", "code", "closed"), &[bound]);
    assert_eq!(
        found(&p, &observation(json!([component("a", "q")]))),
        ["i profile-slicing-undecided Observation"]
    );
    let nothing = sliced(discriminator("value", "code.text", "closed"), &[]);
    assert_eq!(
        found(&nothing, &observation(json!([component("a", "q")]))),
        ["i profile-slicing-undecided Observation"]
    );
}

#[test]
fn by_absence() {
    let nothing = json!({"path": "Observation.component.code.text", "max": "0"});
    let p = sliced(discriminator("value", "code.text", "open"), &[nothing]);
    assert_eq!(found(&p, &observation(json!([component("a", "q")]))), [""; 0]);
    let with_text = json!({"code": {"text": "t"}, "valueString": "s"});
    assert_eq!(
        found(&p, &observation(json!([with_text]))),
        ["e profile-slice-min Observation.component"]
    );
}
