//! Damage to a valid resource is found.

mod support;

use kilde_fhir::definitions::{Element, ElementType, Primitive, ResourceType, TypeDef, type_of_resource};
use kilde_fhir::finding::any_error;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::validate::structure;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Valid resources: some of our own, and some of Synthea's where the data is there.
static VALID: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let mut resources = ours();
    if let Some(folder) = support::data("synthea-r4")
        && let Some(path) = support::files(&folder, ".json.gz").first()
    {
        let bundle: Value = serde_json::from_slice(&support::read(path)).unwrap();
        resources.extend(
            bundle["entry"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["resource"].clone())
                .step_by(3)
                .take(60),
        );
    }
    resources
});

fn ours() -> Vec<Value> {
    vec![
        json!({"resourceType": "Patient", "id": "p", "active": true, "birthDate": "1950-02-28", "gender": "female",
            "meta": {"lastUpdated": "2026-11-22T19:36:05.123Z", "profile": ["http://example.org/p"]},
            "identifier": [{"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "22750884907", "period": {"start": "2020"}}],
            "name": [{"family": "Ås", "given": ["Kari", "Æsa"]}], "multipleBirthInteger": 2,
            "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "nb"}]}, "preferred": true}],
            "contact": [{"relationship": [{"text": "datter"}], "telecom": [{"system": "phone", "value": "1", "rank": 1}]}]}),
        json!({"resourceType": "EpisodeOfCare", "id": "e", "status": "active", "patient": {"reference": "Patient/p"},
            "statusHistory": [{"status": "planned", "period": {"start": "2026-01-01", "end": "2026-02-01"}}],
            "period": {"start": "2026-02-01"}, "managingOrganization": {"display": "Hjemmesykepleien"},
            "extension": [{"url": "http://example.org/x", "valueRatio": {"numerator": {"value": 7.5, "code": "h"}, "denominator": {"value": 1}}}]}),
        json!({"resourceType": "Observation", "id": "o", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "userSelected": false}]},
            "contained": [{"resourceType": "Device", "id": "d", "status": "active"}], "device": {"reference": "#d"},
            "subject": {"type": "Patient", "identifier": {"value": "1"}}, "effectivePeriod": {"start": "2026-01-01T00:00:00Z"}, "issued": "2026-01-01T00:00:00Z",
            "component": [{"code": {"text": "systolisk"}, "valueQuantity": {"value": 120, "unit": "mmHg", "comparator": "<"}}]}),
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
            "resource": {"resourceType": "Practitioner", "active": true, "qualification": [{"code": {"text": "LE"}}]}, "request": {"method": "POST", "url": "Practitioner"}}]}),
    ]
}

/// An object in a resource: where it is, and its type.
type Place = (String, &'static TypeDef);

fn places(value: &Value, def: &'static TypeDef, at: &str, found: &mut Vec<Place>) {
    found.push((at.to_owned(), def));
    for (name, child) in value.as_object().into_iter().flatten() {
        let Some(element) = def.element(name) else { continue };
        let items: Vec<(String, &Value)> = match child {
            Value::Array(items) => items.iter().enumerate().map(|(i, v)| (format!("{at}/{name}/{i}"), v)).collect(),
            one => vec![(format!("{at}/{name}"), one)],
        };
        for (at, item) in items {
            match element.ty() {
                ElementType::Complex(id) => places(item, kilde_fhir::definitions::type_by_id(id), &at, found),
                ElementType::Resource => places(item, resource_type(item), &at, found),
                ElementType::Primitive(_) => {}
            }
        }
    }
}

fn resource_type(resource: &Value) -> &'static TypeDef {
    type_of_resource(ResourceType::from_name(resource["resourceType"].as_str().unwrap()).unwrap()).unwrap()
}

/// A property of an object and its element, chosen among those that fit.
fn pick(
    object: &Value,
    def: &'static TypeDef,
    index: Index,
    fits: impl Fn(&Element, &Value) -> bool,
) -> Option<(String, &'static Element)> {
    let fitting: Vec<_> = object
        .as_object()?
        .iter()
        .filter_map(|(n, v)| Some((n.clone(), def.element(n)?, v)))
        .filter(|(_, e, v)| fits(e, v))
        .collect();
    if fitting.is_empty() {
        return None;
    }
    let (name, element, _) = &fitting[index.index(fitting.len())];
    Some((name.clone(), element))
}

fn a_bad_value(primitive: Primitive) -> Value {
    match primitive {
        Primitive::Boolean => json!("true"),
        Primitive::Decimal => json!("1.5"),
        Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => json!(-1.5),
        Primitive::String | Primitive::Markdown => json!(1),
        _ => json!("\u{2} \u{2}"),
    }
}

/// Damages one object; `None` if this damage does not fit there.
fn damage(kind: usize, object: &mut Value, def: &'static TypeDef, index: Index) -> Option<String> {
    Some(match kind {
        0 => {
            let (name, _) = pick(object, def, index, |e, _| e.is_required())?;
            object.as_object_mut()?.remove(&name);
            format!("without {name}")
        }
        1 => {
            object["unheardOf"] = json!(true);
            "with an unknown element".to_owned()
        }
        2 => {
            let (name, element) = pick(object, def, index, |e, _| matches!(e.ty(), ElementType::Primitive(_)))?;
            let ElementType::Primitive(primitive) = element.ty() else {
                return None;
            };
            let bad = a_bad_value(primitive);
            object[&name] = if element.is_list() { json!([bad]) } else { bad };
            format!("with a bad {name}")
        }
        3 => {
            let (name, _) = pick(object, def, index, |e, v| !e.is_list() && !v.is_array())?;
            object[&name] = json!([object[&name]]);
            format!("with an array of {name}")
        }
        4 => {
            let (name, _) = pick(object, def, index, |e, v| e.is_list() && v.is_array())?;
            object[&name] = object[&name][0].clone();
            format!("with a bare {name}")
        }
        5 => {
            let (name, element) = pick(object, def, index, |e, _| e.is_choice())?;
            let other = def.elements().iter().find(|e| e.slot() == element.slot() && e.name() != name)?;
            object[other.name()] = object[&name].clone();
            format!("with {name} and {}", other.name())
        }
        6 => {
            let (name, element) = pick(object, def, index, |e, _| e.complex().is_some())?;
            object[&name] = if element.is_list() { json!([{}]) } else { json!({}) };
            format!("with an empty {name}")
        }
        7 => {
            let (name, element) = pick(object, def, index, |e, _| {
                e.value_set().is_some() && !e.is_list() && e.type_name() == "code"
            })?;
            object[&name] = json!("none-such");
            format!("with another code in {} {}", def.name(), element.name())
        }
        _ => {
            let (name, _) = pick(object, def, index, |_, _| true)?;
            object[&name] = Value::Null;
            format!("with null as {name}")
        }
    })
}

#[test]
fn they_are_valid_before() {
    for resource in VALID.iter().filter(|r| r["resourceType"] != "Claim") {
        let findings = structure(parse(resource.to_string(), Limits::default()).unwrap().root());
        assert!(!any_error(&findings), "{findings:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn damage_is_found(which in any::<Index>(), place in any::<Index>(), index in any::<Index>(), kind in 0usize..9) {
        let mut resource = VALID[which.index(VALID.len())].clone();
        let mut found = Vec::new();
        places(&resource, resource_type(&resource), "", &mut found);
        let (pointer, def) = &found[place.index(found.len())];
        let before = structure(parse(resource.to_string(), Limits::default()).unwrap().root()).len();
        if let Some(what) = damage(kind, resource.pointer_mut(pointer).unwrap(), def, index) {
            let findings = structure(parse(resource.to_string(), Limits::default()).unwrap().root());
            prop_assert!(findings.len() > before && any_error(&findings), "{} {pointer} {what}: not found", def.name());
            let near = findings.iter().any(|f| f.is_error() && f.expression.starts_with(def.name().split('.').next().unwrap_or("")) || f.position.is_some());
            prop_assert!(near);
        }
    }
}
