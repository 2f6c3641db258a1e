use super::*;
use crate::json::{Limits, parse};
use proptest::prelude::*;

/// Place, severity, rule and expression of each finding.
fn lines(text: &str) -> String {
    let document = parse(text, Limits::default()).unwrap();
    let line = |f: &Finding| {
        let at = f.position.map(|p| p.to_string()).unwrap_or_default();
        format!("{at} {} {} {}", f.severity.code(), f.rule, f.expression)
    };
    structure(document.root()).iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same with the texts.
fn full(text: &str) -> String {
    let document = parse(text, Limits::default()).unwrap();
    structure(document.root())
        .iter()
        .map(|f| format!("{} {}\n  {}\n  {}\n", f.rule, f.expression, f.nb, f.en))
        .collect()
}

const OBSERVATION: &str = r#"{
  "resourceType": "Observation",
  "id": "o1",
  "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Hei</div>"},
  "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1950-02-28"}],
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "9279-1"}]},
  "subject": {"reference": "\#p"},
  "effectiveDateTime": "2026-11-22T19:36:05+01:00",
  "performer": [{"reference": "Practitioner/1"}],
  "valueQuantity": {"value": 18.50, "unit": "/min"},
  "component": [{"code": {"text": "x"}, "valueString": "y"}]
}"#;

fn observation() -> String {
    OBSERVATION.replace("\\#", "#")
}

#[test]
fn a_valid_resource_has_no_findings() {
    assert_eq!(lines(&observation()), "");
}

#[test]
fn shapes() {
    insta::assert_snapshot!(lines(
        r#"{
  "resourceType": "Observation",
  "id": "a_b",
  "meta": {},
  "statuss": "final",
  "category": {"text": "x"},
  "code": [{"text": "x"}],
  "value": 1,
  "subject": null,
  "valueString": "",
  "valueInteger": 1.5,
  "_valueQuantity": {"id": "x"},
  "effectiveDateTime": "2023-02-29",
  "performer": [],
  "note": [{"text": 7}, null, "x"],
  "component": [{"referenceRange": [{"low": {"value": "1"}}]}],
  "extension": [{"url": "http://x"}, {"url": "http://y", "valueString": "a", "extension": [{"url": "b", "valueBoolean": true}]}, {"valueCode": "a  b"}]
}"#
    ));
}

#[test]
fn companions() {
    insta::assert_snapshot!(lines(
        r#"{
  "resourceType": "Patient",
  "_birthDate": {"extension": [{"url": "http://x", "valueCode": "unknown"}]},
  "_active": {"x": 1},
  "_name": [{"id": "a"}],
  "_gender": [],
  "name": [
    {"given": ["a", null], "_given": [null, {"id": "x"}]},
    {"given": ["a", null]},
    {"given": ["a", "b"], "_given": [{"id": "x"}]},
    {"given": [null], "_given": [null]},
    {"_given": [{"id": "x"}, null]}
  ]
}"#
    ));
}

#[test]
fn references_and_contained() {
    insta::assert_snapshot!(lines(
        r##"{
  "resourceType": "Observation",
  "contained": [
    {"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patient", "id": "q"}], "generalPractitioner": [{"reference": "#l"}, {"reference": "#"}]},
    {"resourceType": "Location", "id": "l"},
    {"resourceType": "Location", "id": "l"},
    {"resourceType": "Device"},
    {"resourceType": "Thing", "id": "t"}
  ],
  "status": "final",
  "code": {"text": "x"},
  "subject": {"reference": "Practitioner/1"},
  "encounter": {"reference": "#none"},
  "performer": [
    {"reference": "patient/1"}, {"reference": "Patient"}, {"reference": "Patient?identifier=1"}, {"reference": "urn:uuid:1"},
    {"reference": "https://x.no/fhir/Encounter/1"}, {"reference": "#p"}, {"reference": "#l"}, {"reference": "#"},
    {"type": "Medication"}, {"type": "Patient", "reference": "Practitioner/1"}, {"type": "nothing"}
  ]
}"##
    ));
}

#[test]
fn bundles() {
    insta::assert_snapshot!(lines(
        r#"{
  "resourceType": "Bundle",
  "type": "transaction",
  "total": 1,
  "entry": [
    {"resource": {"resourceType": "Patient", "id": "1"}},
    {"fullUrl": "Patient/1", "request": {"method": "GETT", "url": "Patient"}, "resource": {"resourceType": "Patient", "gender": "woman"}},
    {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "search": {"mode": "match"}, "request": {"method": "POST"}},
    {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "response": {"status": "200"}, "request": {"method": "PUT", "url": "Patient?x=1"},
     "resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient?identifier=1"}}}
  ]
}"#
    ));
    assert_eq!(
        lines(
            r#"{"resourceType":"Bundle","type":"message","timestamp":"2026-01-01T00:00:00Z","entry":[{"fullUrl":"urn:x:1","resource":{"resourceType":"Patient"}}]}"#
        ),
        "1:87 error fhir-bundle-first Bundle.entry[0]"
    );
}

#[test]
fn codes_are_checked_where_they_are_required() {
    insta::assert_snapshot!(lines(
        r#"{
  "resourceType": "AllergyIntolerance",
  "clinicalStatus": {"coding": [{"system": "http://x", "code": "active"}]},
  "verificationStatus": {"text": "confirmed"},
  "category": ["food", "Medication"],
  "patient": {"reference": "Patient/1"}
}"#
    ));
}

#[test]
fn texts_tell_how_to_mend_and_echo_no_values() {
    let text = r#"{"resourceType":"Patient","brithDate":"1950-01-01","gender":"famale","birthDate":"19500101","name":[{"family":""}],"deceased":true,"12345678901":1,"contact":{"gender":"male"},"active":"true","multipleBirthInteger":"to"}"#;
    let told = full(text);
    for value in ["1950", "famale", "12345678901", "\"to\""] {
        assert!(!told.contains(value), "{value}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_no_resource() {
    assert_eq!(lines("[]"), "1:1 fatal fhir-not-an-object $this");
    assert_eq!(lines("{}"), "1:1 error fhir-resource-type-missing $this");
    assert_eq!(lines(r#"{"resourceType":1}"#), "1:17 error fhir-json-kind $this.resourceType");
    assert_eq!(
        lines(r#"{"resourceType":"http://x/Okt"}"#),
        "1:17 error fhir-resource-type-unknown $this.resourceType"
    );
    assert_eq!(
        lines(r#"{"resourceType":"DomainResource"}"#),
        "1:17 error fhir-resource-type-unknown $this.resourceType"
    );
}

#[test]
fn many_findings_are_cut_and_counted() {
    let text = format!(r#"{{"resourceType":"Patient","name":[{}{{}}]}}"#, "{},".repeat(999));
    let document = parse(text, Limits::default()).unwrap();
    let findings = structure(document.root());
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    let last = findings.last().unwrap();
    assert!(last.rule == "fhir-too-many-findings" && last.is_error() && last.en.contains("800"));
}

#[test]
fn depth_is_bounded() {
    let deep = r#"{"url":"x","extension":["#.repeat(500);
    let text = format!(r#"{{"resourceType":"Patient","extension":[{deep}{}]}}"#, "]}".repeat(500));
    let document = parse(
        text,
        Limits {
            depth: 5000,
            ..Limits::default()
        },
    )
    .unwrap();
    assert!(structure(document.root()).iter().any(|f| f.rule == "fhir-depth"));
}

#[test]
fn every_rule_is_documented() {
    let docs = include_str!("../../docs/rules.md");
    for rule in rules::STRUCTURE.iter().chain(rules::NATIONAL_IDS) {
        assert!(docs.contains(&format!("| `{}` | {} |", rule.id, rule.en)), "{}", rule.id);
    }
}

/// Any JSON, often with FHIR's names in it.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names = prop_oneof![
        prop::sample::select(vec![
            "resourceType",
            "id",
            "meta",
            "extension",
            "url",
            "valueString",
            "_valueString",
            "name",
            "_given",
            "given",
            "contained",
            "entry",
            "resource",
            "status",
            "reference",
            "subject",
            "text",
            "div",
            "coding",
            "value",
            "valueQuantity",
            "component",
            "identifier",
            "type",
            "fullUrl",
        ])
        .prop_map(str::to_owned),
        "[a-z_]{1,6}",
    ];
    let texts = prop_oneof![
        prop::sample::select(vec![
            "Patient",
            "Observation",
            "Bundle",
            "transaction",
            "#a",
            "#",
            "Patient/1",
            "urn:uuid:",
            "<div></div>",
            "2024-02-30",
            ""
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        texts.prop_map(Into::into)
    ];
    leaf.prop_recursive(6, 80, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::hash_map(names.clone(), inner, 0..8).prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_survived_and_every_rule_is_listed(mut value in any_json(), rtype in prop::sample::select(vec!["Patient", "Observation", "Bundle", "Parameters", "Composition"])) {
        if let Some(object) = value.as_object_mut() {
            object.insert("resourceType".into(), rtype.into());
        }
        let document = parse(value.to_string(), Limits::default()).unwrap();
        for f in structure(document.root()) {
            prop_assert!(rules::STRUCTURE.iter().any(|r| r.id == f.rule), "{}", f.rule);
            prop_assert!(f.position.is_some() || f.rule == "fhir-too-many-findings");
        }
        for f in crate::national_id::identifiers(document.root(), crate::national_id::World::Sandbox) {
            prop_assert!(rules::NATIONAL_IDS.iter().any(|r| r.id == f.rule), "{}", f.rule);
        }
    }

    #[test]
    fn damaged_text_is_survived(at in 0usize..900, with in "[\\[\\]{}\",:#_a-z0-9é]{0,6}", cut in 0usize..20) {
        let mut text = observation();
        let floor = |i: usize| (0..=i.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let (from, to) = (floor(at), floor(at + cut));
        text.replace_range(from..to, &with);
        if let Ok(document) = parse(text, Limits::default()) {
            structure(document.root());
        }
    }

    #[test]
    fn positions_are_those_of_the_document(spaces in prop::collection::vec("[ \\n]{0,3}", 12)) {
        let text = format!("{{{}\"resourceType\":\"Patient\",{}\"å\":1,{}\"name\":[{}{{}},{}{{\"x\":{}1}}]}}", spaces[0], spaces[1], spaces[2], spaces[3], spaces[4], spaces[5]);
        let document = parse(text, Limits::default()).unwrap();
        let root = document.root();
        let positions: Vec<_> = structure(root).into_iter().filter_map(|f| f.position).collect();
        let names = root.get("name").unwrap();
        let expected = vec![
            root.get("å").unwrap().key_position(),
            names.children().next().unwrap().position(),
            names.children().nth(1).unwrap().get("x").unwrap().key_position(),
        ];
        prop_assert_eq!(positions, expected);
    }
}
