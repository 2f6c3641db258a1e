//! Whatever a definition or a resource is, nothing panics and everything ends.

use super::*;
use proptest::prelude::*;
use proptest::sample::select;

fn element() -> impl Strategy<Value = Value> {
    let path = select(vec![
        "Observation",
        "Observation.component",
        "Observation.component.code",
        "Observation.component.code.coding",
        "Observation.value[x]",
        "Observation.valueQuantity",
        "Observation.component.valueString",
        "Observation.component.component.component",
        "Observation.code.coding.extension.value[x].coding",
        "Observation.subject",
        "Patient",
        "",
        ".",
        "Observation..",
        "Observation.extension.extension.extension",
    ]);
    let kind = select(vec!["value", "pattern", "type", "profile", "exists", "odd"]);
    let discriminator = select(vec![
        "$this",
        "code",
        "code.coding.code",
        "resolve()",
        "value.ofType(Quantity)",
        "extension('http://x/e').value",
        "((",
        "a..b",
        "resolve().code",
    ]);
    let slice = proptest::option::of(select(vec!["A", "B", "A/C", "@default", "valueQuantity"]));
    (path, kind, discriminator, slice, 0u32..4, select(vec!["0", "1", "*", "x"]), 0u8..8).prop_map(|(path, kind, discriminator, slice, min, max, more)| {
        let mut e = json!({"path": path, "min": min, "max": max});
        if let Some(slice) = slice {
            e["sliceName"] = json!(slice);
        } else {
            e["slicing"] = json!({"discriminator": [{"type": kind, "path": discriminator}], "rules": (["open", "closed", "openAtEnd"][usize::from(more % 3)]), "ordered": (more % 2 == 0)});
        }
        match more {
            0 => e["type"] = json!([{"code": "Reference", "targetProfile": ["http://x/p", "http://x/q"]}]),
            1 => e["type"] = json!([{"code": "Quantity", "profile": ["http://x/p"]}, {"code": "string"}]),
            2 => e["patternCodeableConcept"] = json!({"coding": [{"code": "a"}, {"code": "b"}]}),
            3 => e["fixedString"] = json!("s"),
            4 => e["binding"] = json!({"strength": "required", "valueSet": "http://x/vs"}),
            5 => e["contentReference"] = json!("#Observation.component"),
            6 => e["minValueQuantity"] = json!({"value": 1, "code": "m"}),
            _ => e["maxLength"] = json!(0),
        }
        e
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        select(vec!["", "a", "Patient/1", "#", "#c", "http://x/e", "s"]).prop_map(Value::from)
    ];
    let name = select(vec![
        "resourceType",
        "code",
        "coding",
        "system",
        "value",
        "component",
        "valueQuantity",
        "valueString",
        "_valueString",
        "subject",
        "reference",
        "extension",
        "url",
        "contained",
        "meta",
        "profile",
        "entry",
        "resource",
        "fullUrl",
        "id",
    ]);
    leaf.prop_recursive(5, 60, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_definition_and_any_resource(elements in proptest::collection::vec(element(), 0..8), q in proptest::collection::vec(element(), 0..4), rest in any_json(), kind in select(vec!["Observation", "Bundle", "Patient"])) {
        let validator = validator(&[profile("p", "Observation", json!(elements)), profile("q", "Patient", json!(q))]);
        validator.check_profiles();
        let mut resource = json!({"resourceType": kind, "type": "document", "entry": [{"resource": {"resourceType": "Observation", "component": [{"code": {"coding": [{"code": "a"}]}}]}}],
            "component": [{"code": {"coding": [{"code": "a"}]}, "valueQuantity": {"value": 1}}], "valueQuantity": {"value": 1}, "subject": {"reference": "#c"}});
        if let (Some(resource), Value::Object(rest)) = (resource.as_object_mut(), rest) {
            resource.extend(rest.into_iter().filter(|(k, _)| k != "resourceType"));
        }
        validate(&validator, &resource, &["http://x/p", "http://x/q"]);
    }

    #[test]
    fn a_value_is_itself_and_its_own_pattern(value in any_json()) {
        let p = [profile("p", "Patient", json!([{"path": "Patient.maritalStatus", "fixedCodeableConcept": value.clone(), "patternCodeableConcept": value.clone()}]))];
        if value.is_object() {
            let resource = json!({"resourceType": "Patient", "maritalStatus": value});
            let lines = found(&p, &resource);
            prop_assert!(lines.iter().all(|l| !l.contains("profile-fixed") && !l.contains("profile-pattern")), "{lines:?}");
        }
    }
}
