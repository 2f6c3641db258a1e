//! Small profiles of our own over small types of our own making.

use super::*;
use crate::finding::{Finding, Severity};
use crate::json::{Limits, parse};
use crate::package::Packages;
use serde_json::{Value, json};
use std::sync::Arc;

mod any_input;
mod checks;
mod extensions;
mod slicing;
mod snapshots;
mod switches;
mod whole;

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Codes of a value set `http://x/vs`: `a` and `b` of `http://x/cs`; another set is not known.
struct TwoCodes;

impl Codes for TwoCodes {
    fn member(&self, value_set: &str, coded: &Coded<'_>) -> Membership {
        match (value_set, coded.code) {
            ("http://x/vs", "a" | "b") if coded.system.is_none_or(|s| s == "http://x/cs") => Membership::Yes,
            ("http://x/vs", _) => Membership::No,
            _ => Membership::Unknown,
        }
    }
}

/// `yes`, `no` and `odd`.
struct ThreeExpressions;

impl Invariants for ThreeExpressions {
    fn compile(&self, expression: &str) -> Result<u32, String> {
        ["no", "yes", "odd"]
            .iter()
            .zip(0..)
            .find(|(e, _)| **e == expression)
            .map(|(_, i)| i)
            .ok_or_else(|| "not understood".to_owned())
    }

    fn holds(&self, expression: u32, _: &Focus<'_>) -> Result<bool, String> {
        if expression < 2 {
            Ok(expression == 1)
        } else {
            Err("odd".to_owned())
        }
    }
}

/// A profile with that differential on a type, by the url `http://x/{name}`.
fn profile(name: &str, on: &str, elements: Value) -> Value {
    json!({"resourceType": "StructureDefinition", "url": format!("http://x/{name}"), "name": name, "kind": "resource", "abstract": false,
        "type": on, "baseDefinition": format!("{BASE}{on}"), "derivation": "constraint", "differential": {"element": elements}})
}

/// A type: elements as (path, cardinality, types).
fn type_of(name: &str, base: Option<&str>, elements: &[(&str, &str, &[&str])]) -> Value {
    let mut list = vec![json!({"id": name, "path": name, "min": 0, "max": "*"})];
    for (path, cardinality, types) in elements {
        let (min, max) = cardinality.split_once("..").unwrap();
        let types: Vec<Value> = types.iter().map(|t| json!({"code": t})).collect();
        list.push(json!({"id": path, "path": path, "min": min.parse::<u32>().unwrap(), "max": max, "type": types}));
    }
    let mut sd = json!({"resourceType": "StructureDefinition", "url": format!("{BASE}{name}"), "name": name, "kind": "resource", "abstract": false,
        "type": name, "derivation": "specialization", "differential": {"element": list}});
    if let Some(base) = base {
        sd["baseDefinition"] = json!(format!("{BASE}{base}"));
    }
    sd
}

/// A few types of R4 in small.
fn types() -> Vec<Value> {
    let element: &[(&str, &str, &[&str])] = &[("Element.id", "0..1", &["string"]), ("Element.extension", "0..*", &["Extension"])];
    vec![
        type_of("Element", None, element),
        type_of(
            "BackboneElement",
            Some("Element"),
            &[("BackboneElement.modifierExtension", "0..*", &["Extension"])],
        ),
        type_of(
            "Extension",
            Some("Element"),
            &[
                ("Extension.url", "1..1", &["uri"]),
                ("Extension.value[x]", "0..1", &["string", "boolean", "Coding", "Reference"]),
            ],
        ),
        type_of(
            "Coding",
            Some("Element"),
            &[
                ("Coding.system", "0..1", &["uri"]),
                ("Coding.code", "0..1", &["code"]),
                ("Coding.display", "0..1", &["string"]),
            ],
        ),
        type_of(
            "CodeableConcept",
            Some("Element"),
            &[
                ("CodeableConcept.coding", "0..*", &["Coding"]),
                ("CodeableConcept.text", "0..1", &["string"]),
            ],
        ),
        type_of(
            "Identifier",
            Some("Element"),
            &[("Identifier.system", "0..1", &["uri"]), ("Identifier.value", "0..1", &["string"])],
        ),
        type_of(
            "Quantity",
            Some("Element"),
            &[("Quantity.value", "0..1", &["decimal"]), ("Quantity.code", "0..1", &["code"])],
        ),
        type_of(
            "HumanName",
            Some("Element"),
            &[("HumanName.family", "0..1", &["string"]), ("HumanName.given", "0..*", &["string"])],
        ),
        type_of("Reference", Some("Element"), &[("Reference.reference", "0..1", &["string"])]),
        type_of(
            "Patient",
            None,
            &[
                ("Patient.extension", "0..*", &["Extension"]),
                ("Patient.identifier", "0..*", &["Identifier"]),
                ("Patient.active", "0..1", &["boolean"]),
                ("Patient.name", "0..*", &["HumanName"]),
                ("Patient.gender", "0..1", &["code"]),
                ("Patient.birthDate", "0..1", &["date"]),
                ("Patient.maritalStatus", "0..1", &["CodeableConcept"]),
                ("Patient.multipleBirth[x]", "0..1", &["boolean", "integer"]),
                ("Patient.generalPractitioner", "0..*", &["Reference"]),
                ("Patient.link", "0..*", &["BackboneElement"]),
                ("Patient.link.other", "1..1", &["Reference"]),
            ],
        ),
        type_of(
            "Observation",
            None,
            &[
                ("Observation.code", "1..1", &["CodeableConcept"]),
                ("Observation.subject", "0..1", &["Reference"]),
                ("Observation.value[x]", "0..1", &["Quantity", "string", "CodeableConcept"]),
                ("Observation.component", "0..*", &["BackboneElement"]),
                ("Observation.component.code", "1..1", &["CodeableConcept"]),
                ("Observation.component.value[x]", "0..1", &["Quantity", "string"]),
            ],
        ),
        type_of(
            "Bundle",
            None,
            &[
                ("Bundle.entry", "0..*", &["BackboneElement"]),
                ("Bundle.entry.resource", "0..1", &["Resource"]),
            ],
        ),
    ]
}

fn validator(profiles: &[Value]) -> Validator {
    let mut packages = Packages::default();
    for sd in types().iter().chain(profiles) {
        assert_eq!(packages.add_resource("test.json", sd.to_string()), []);
    }
    Validator::new(Arc::new(packages))
        .with_codes(Arc::new(TwoCodes))
        .with_invariants(Arc::new(ThreeExpressions))
}

fn validate(validator: &Validator, resource: &Value, profiles: &[&str]) -> Vec<Finding> {
    let document = parse(resource.to_string(), Limits::default()).unwrap();
    validator.validate(document.root(), profiles)
}

/// Severity's first letter, rule and expression of each finding; profile `http://x/p` is given.
fn found(profiles: &[Value], resource: &Value) -> Vec<String> {
    found_with(&validator(profiles), resource)
}

fn found_with(validator: &Validator, resource: &Value) -> Vec<String> {
    let line = |f: Finding| format!("{} {} {}", &f.severity.code()[..1], f.rule, f.expression);
    validate(validator, resource, &["http://x/p"]).into_iter().map(line).collect()
}
