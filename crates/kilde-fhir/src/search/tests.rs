use super::*;
use crate::definitions::ResourceType;
use crate::json::{Document, Limits, parse};
use std::fmt::Write;

mod any_json;
mod references;
mod values;

fn doc(text: &str) -> Document {
    parse(text, Limits::default()).unwrap()
}

fn rtype(name: &str) -> ResourceType {
    ResourceType::from_name(name).unwrap()
}

/// Everything that is extracted, a line each, in the order of the parameters.
fn all(text: &str) -> String {
    let document = doc(text);
    let mut lines = Vec::new();
    extract(document.root(), &mut |id, value| {
        lines.push(format!("{}: {value:?}", by_id(id).code))
    });
    lines.sort();
    lines.iter().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{line}");
        out
    })
}

/// What is extracted for one parameter, without the wrapping.
fn of(code: &str, text: &str) -> Vec<String> {
    let document = doc(text);
    let mut out = Vec::new();
    extract(document.root(), &mut |id, value| {
        if by_id(id).code == code {
            out.push(match value {
                Indexed::Token { system, code } => format!("{}|{}", system.unwrap_or_default(), code.unwrap_or_default()),
                Indexed::String(text) | Indexed::Uri(text) => text.into_owned(),
                Indexed::Date(range) => match (range.from_ms, range.to_ms) {
                    (from, i64::MAX) => format!("{}..", crate::date::format_instant(from)),
                    (i64::MIN, to) => format!("..{}", crate::date::format_instant(to)),
                    (from, to) => format!("{}..{}", crate::date::format_instant(from), crate::date::format_instant(to)),
                },
                Indexed::Number { low, high } => format!("{low}..{high}"),
                Indexed::Quantity {
                    value,
                    low,
                    high,
                    system,
                    code,
                    unit,
                } => {
                    format!(
                        "{value} {low}..{high} {}|{}|{}",
                        system.unwrap_or_default(),
                        code.unwrap_or_default(),
                        unit.unwrap_or_default()
                    )
                }
                Indexed::Reference(reference) => show(&reference),
            });
        }
    });
    out
}

fn show(reference: &Reference<'_>) -> String {
    match reference {
        Reference::Local { rtype, id, version: None } => format!("{rtype}/{id}"),
        Reference::Local {
            rtype,
            id,
            version: Some(version),
        } => format!("{rtype}/{id}/{version}"),
        Reference::Absolute(url) => format!("<{url}>"),
        Reference::Logical { rtype, system, value } => {
            format!(
                "{}?{}|{value}",
                rtype.map_or("", ResourceType::name),
                system.as_deref().unwrap_or_default()
            )
        }
        Reference::Contained(id) => format!("#{id}"),
    }
}

#[test]
fn ids_follow_base_and_code() {
    let mut before: Option<&Param> = None;
    for base in ResourceType::all() {
        for p in params_of(base) {
            assert_eq!(p.base, base);
            assert_eq!(by_id(p.id).code, p.code);
            assert_eq!(param(base, p.code).map(|p| p.id), Some(p.id), "two parameters {} {}", base, p.code);
            if let Some(before) = before {
                assert_eq!(p.id.0, before.id.0 + 1);
                assert!((before.base, before.code) < (p.base, p.code));
            }
            before = Some(p);
        }
    }
    let count = before.map_or(0, |p| p.id.0 + 1);
    assert!(count > 2500, "{count}");
    assert!(get(ParamId(count)).is_none());
    assert!(params_of(ResourceType(255)).is_empty());
}

#[test]
fn definitions_keep_what_a_search_needs() {
    let patient = param(rtype("Observation"), "patient").unwrap();
    assert_eq!((patient.kind, patient.targets), (ParamType::Reference, &[rtype("Patient")][..]));
    assert_eq!(patient.url(), "http://hl7.org/fhir/SearchParameter/clinical-patient");
    let composite = param(rtype("Observation"), "code-value-quantity").unwrap();
    let parts: Vec<_> = composite
        .components
        .iter()
        .map(|c| (by_id(c.param.unwrap()).code, c.expression))
        .collect();
    assert_eq!(parts, [("code", "code"), ("value-quantity", "value.ofType(Quantity)")]);
    assert!(!composite.extracted());
    for (base, code) in [
        ("Observation", "_id"),
        ("Binary", "_lastUpdated"),
        ("Patient", "_text"),
        ("Location", "near"),
    ] {
        assert!(!param(rtype(base), code).unwrap().extracted(), "{code}");
    }
    assert!(param(rtype("Binary"), "_text").is_none(), "Binary has no text");
    for base in ResourceType::all() {
        for p in params_of(base) {
            assert_eq!(p.components.is_empty(), p.kind != ParamType::Composite, "{} {}", base, p.code);
            assert!(p.components.iter().all(|c| c.param.is_some()), "{} {}", base, p.code);
        }
    }
}

#[test]
fn nothing_is_given_for_what_is_no_resource() {
    for text in [
        "null",
        "[]",
        "{}",
        r#"{"resourceType":17}"#,
        r#"{"resourceType":"Unknown"}"#,
        r#"{"resourceType":"Resource"}"#,
    ] {
        assert_eq!(all(text), "", "{text}");
    }
}

const OBSERVATION: &str = r#"{
  "resourceType": "Observation", "id": "bp", "meta": {"versionId": "1", "lastUpdated": "2026-11-22T19:36:05.123Z", "source": "urn:oid:1", "profile": ["http://a/p"]},
  "identifier": [{"system": "urn:x", "value": "17"}], "status": "final",
  "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
  "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "Blodtrykk"},
  "subject": {"reference": "Patient/1", "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "0"}},
  "encounter": {"reference": "Encounter/2"}, "effectiveDateTime": "2026-11-22T20:36:05+01:00",
  "performer": [{"reference": "PractitionerRole/3"}],
  "component": [
    {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
    {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueQuantity": {"value": 80.0, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}
  ]
}"#;

const EPISODE: &str = r##"{
  "resourceType": "EpisodeOfCare", "id": "e", "meta": {"tag": [{"system": "urn:t", "code": "okt"}], "security": [{"code": "R"}]},
  "contained": [{"resourceType": "Practitioner", "id": "m"}],
  "identifier": [{"system": "urn:okt", "value": "pid-1"}], "status": "active",
  "type": [{"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": "2"}]}],
  "patient": {"type": "Patient", "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "0"}},
  "managingOrganization": {"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "0"}},
  "period": {"start": "2026-11-01"}, "careManager": {"reference": "#m"}
}"##;

#[test]
fn whole_resources() {
    insta::assert_snapshot!("observation", all(OBSERVATION));
    insta::assert_snapshot!("episode_of_care", all(EPISODE));
}
