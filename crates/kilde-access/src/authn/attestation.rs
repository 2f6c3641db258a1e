//! The trust framework's attestation inside an access token: `authorization_details` with the type
//! `nhn:tillitsrammeverk:parameters`. Reading never fails; what breaks the rules of form becomes a
//! defect that the policy refuses.

use crate::identity::{Attestation, Coded, Purpose};
use serde_json::{Map, Value};

/// The type of the claim.
pub const TYPE: &str = "nhn:tillitsrammeverk:parameters";
const PURPOSE_SYSTEM: &str = "2.16.840.1.113883.1.11.20448";
/// Service types (Volven 9151).
const DETAILS_SYSTEM: &str = "2.16.578.1.12.4.1.1.9151";
const ORGANISATION_SYSTEM: &str = "2.16.578.1.12.4.1.4.101";
/// fødselsnummer, D-nummer, felles hjelpenummer.
const PERSON_SYSTEMS: [&str; 3] = ["2.16.578.1.12.4.1.4.1", "2.16.578.1.12.4.1.4.2", "2.16.578.1.12.4.1.4.3"];

/// Reads the attestation in a token's claims.
pub fn read(claims: &Map<String, Value>) -> Option<Attestation> {
    let mut found: Vec<&Map<String, Value>> = Vec::new();
    let details = claims.get("authorization_details");
    for candidate in each(details).chain(claims.get(TYPE)) {
        if let Some(object) = candidate.as_object().filter(|o| text(o.get("type")).is_none_or(|t| t == TYPE)) {
            let typed = object.contains_key("type") || claims.get(TYPE).is_some_and(|own| std::ptr::eq(own, candidate));
            if typed {
                found.push(object);
            }
        }
    }
    let first = found.first()?;
    let mut attestation = one(first, claims);
    if found.len() > 1 {
        attestation.defects.push("repeated");
    }
    Some(attestation)
}

fn one(object: &Map<String, Value>, claims: &Map<String, Value>) -> Attestation {
    let mut defects = Vec::new();
    let empty = Map::new();
    let practitioner = object.get("practitioner").and_then(Value::as_object).unwrap_or(&empty);
    let relation = relation(object, &mut defects).unwrap_or(&empty);
    let (patient, patient_place) = patient(object.get("patients"), &mut defects);
    let of = |name: &str| practitioner.get(name).or_else(|| object.get(name));
    let purpose = coded(relation.get("purpose_of_use"));
    let purpose_code = purpose
        .as_ref()
        .filter(|p| p.system.as_deref().is_none_or(|s| oid(s) == PURPOSE_SYSTEM));
    let toa = [object.get("toa"), practitioner.get("toa"), relation.get("toa"), claims.get("toa")]
        .into_iter()
        .flatten()
        .next();
    let decision = relation.get("decision_ref").and_then(Value::as_object);
    let attestation = Attestation {
        practitioner: id(of("identifier")),
        hpr: id(of("hpr_nr")).or_else(|| id(of("hpr_number"))),
        authorization: coded(practitioner.get("authorization")).map(|c| c.code),
        legal_entity: practitioner
            .get("legal_entity")
            .filter(|v| in_system(v, &[ORGANISATION_SYSTEM]))
            .and_then(|v| id(Some(v))),
        point_of_care: id(practitioner.get("point_of_care")).or(patient_place),
        department: id(practitioner.get("department")),
        healthcare_service: coded(relation.get("healthcare_service")),
        purpose: purpose_code.and_then(|p| Purpose::from_code(&p.code)),
        purpose_details: coded(relation.get("purpose_of_use_details"))
            .filter(|details| details.system.as_deref().is_none_or(|system| oid(system) == DETAILS_SYSTEM)),
        decision_ref: decision.and_then(|d| id(d.get("id"))),
        decision_description: decision.and_then(|d| text(d.get("description"))).map(str::to_owned),
        user_selected: decision.and_then(|d| d.get("user_selected")).is_some_and(is_true),
        patient,
        time_ms: toa.and_then(seconds).and_then(|s| s.checked_mul(1000)),
        defects: Vec::new(),
    };
    let demands = [
        (attestation.practitioner.is_some(), "practitioner"),
        (attestation.legal_entity.is_some(), "legal_entity"),
        (attestation.purpose.is_some(), "purpose_of_use"),
        (
            attestation.healthcare_service.is_some() || attestation.purpose_details.is_some(),
            "healthcare_service",
        ),
        (attestation.time_ms.is_some(), "toa"),
    ];
    defects.extend(demands.into_iter().filter(|(met, _)| !met).map(|(_, name)| name));
    Attestation { defects, ..attestation }
}

/// `care_relationship` as the specification's text says, or `care_relation` as examples do.
fn relation<'a>(object: &'a Map<String, Value>, defects: &mut Vec<&'static str>) -> Option<&'a Map<String, Value>> {
    match (object.get("care_relationship"), object.get("care_relation")) {
        (Some(a), Some(b)) if a != b => {
            defects.push("care_relationship");
            a.as_object()
        }
        (Some(a), _) | (None, Some(a)) => a.as_object(),
        (None, None) => None,
    }
}

/// The one patient, and the point of care told with her.
fn patient(value: Option<&Value>, defects: &mut Vec<&'static str>) -> (Option<String>, Option<String>) {
    let patients: Vec<&Value> = each(value).collect();
    match patients[..] {
        [] => (None, None),
        [patient] => {
            let place = id(patient.get("point_of_care"));
            match patient.get("identifier") {
                None => (None, place),
                Some(identifier) => {
                    let number = id(Some(identifier)).filter(|n| is_national_id(n) && in_system(identifier, &PERSON_SYSTEMS));
                    if number.is_none() {
                        defects.push("patients.identifier");
                    }
                    (number, place)
                }
            }
        }
        _ => {
            defects.push("patients");
            (None, None)
        }
    }
}

/// Items of an array, or the value itself.
fn each(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        None | Some(Value::Null) => Box::new(std::iter::empty()),
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(other) => Box::new(std::iter::once(other)),
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty())
}

/// An identifier: `{id, system}`, a string or a number.
fn id(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Object(object) => match object.get("id")? {
            Value::Object(_) => None,
            inner => id(Some(inner)),
        },
        Value::Number(number) => Some(number.to_string()),
        other => text(Some(other)).map(str::to_owned),
    }
}

fn coded(value: Option<&Value>) -> Option<Coded> {
    let object = value?.as_object()?;
    Some(Coded {
        code: text(object.get("code"))?.to_owned(),
        system: text(object.get("system")).map(str::to_owned),
    })
}

/// Whether an identifier is told to be of one of these systems, or of none.
fn in_system(value: &Value, systems: &[&str]) -> bool {
    text(value.get("system")).is_none_or(|system| systems.contains(&oid(system)))
}

fn oid(system: &str) -> &str {
    system.strip_prefix("urn:oid:").unwrap_or(system)
}

fn is_true(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| value.as_str().is_some_and(|t| t.eq_ignore_ascii_case("true")))
}

fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Eleven digits; the control digits are the issuer's matter.
pub fn is_national_id(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn complete() -> Value {
        json!({
            "type": TYPE,
            "practitioner": {
                "identifier": {"id": "11111111111", "system": "urn:oid:2.16.578.1.12.4.1.4.1"},
                "hpr_nr": {"id": "222222222"},
                "authorization": {"code": "SP", "system": "2.16.578.1.12.4.1.1.9060"},
                "legal_entity": {"id": "999999990", "system": "2.16.578.1.12.4.1.4.101"},
                "point_of_care": {"id": "888888880"}
            },
            "care_relationship": {
                "healthcare_service": {"code": "S03", "system": "2.16.578.1.12.4.1.1.8655"},
                "purpose_of_use": {"code": "TREAT", "system": "2.16.840.1.113883.1.11.20448"},
                "decision_ref": {"id": "d-1", "description": "Innleggelse", "user_selected": true}
            },
            "patients": [{"identifier": {"id": "33333333333", "system": "2.16.578.1.12.4.1.4.1"}}],
            "toa": 1_790_000_000
        })
    }

    fn read_one(attestation: Value) -> Option<Attestation> {
        read(json!({ "authorization_details": [{"type": "other"}, attestation] }).as_object()?)
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Attestation {
        let mut value = complete();
        change(&mut value);
        read_one(value).unwrap_or_default()
    }

    #[test]
    fn a_complete_one() {
        let read = changed(|_| ());
        assert_eq!(read.defects, Vec::<&str>::new());
        assert_eq!(read.patient.as_deref(), Some("33333333333"));
        assert_eq!(read.purpose, Some(Purpose::Treat));
        assert_eq!(read.time_ms, Some(1_790_000_000_000));
        assert!(read.user_selected);
        assert_eq!(
            (read.decision_ref.as_deref(), read.decision_description.as_deref()),
            (Some("d-1"), Some("Innleggelse"))
        );
    }

    #[test]
    fn the_other_spelling_and_no_patient() {
        let read = changed(|v| {
            v["care_relation"] = v["care_relationship"].take();
            v.as_object_mut().map(|o| o.remove("care_relationship"));
            v["patients"] = json!([{"point_of_care": {"id": "777777770"}}]);
        });
        assert_eq!(read.defects, Vec::<&str>::new());
        assert_eq!(read.patient, None);
    }

    #[test]
    fn defects_are_named() {
        type Change = Box<dyn FnOnce(&mut Value)>;
        let cases: Vec<(&str, Change)> = vec![
            (
                "purpose_of_use",
                Box::new(|v| v["care_relationship"]["purpose_of_use"]["code"] = json!("FUN")),
            ),
            (
                "purpose_of_use",
                Box::new(|v| v["care_relationship"]["purpose_of_use"]["system"] = json!("1.2.3")),
            ),
            (
                "healthcare_service",
                Box::new(|v| {
                    v["care_relationship"]["healthcare_service"] = json!(null);
                    v["care_relationship"]["purpose_of_use_details"] = json!({"code": "15", "system": "1.2.3"});
                }),
            ),
            ("toa", Box::new(|v| v["toa"] = json!("soon"))),
            ("practitioner", Box::new(|v| v["practitioner"]["identifier"] = json!(null))),
            (
                "legal_entity",
                Box::new(|v| v["practitioner"]["legal_entity"]["system"] = json!("2.16.578.1.12.4.1.4.102")),
            ),
            (
                "healthcare_service",
                Box::new(|v| v["care_relationship"]["healthcare_service"] = json!({"code": ""})),
            ),
            (
                "patients",
                Box::new(|v| v["patients"] = json!([v["patients"][0], v["patients"][0]])),
            ),
            (
                "patients.identifier",
                Box::new(|v| v["patients"][0]["identifier"]["id"] = json!("3333")),
            ),
            (
                "patients.identifier",
                Box::new(|v| v["patients"][0]["identifier"]["system"] = json!("2.16.578.1.12.4.1.4.4")),
            ),
            (
                "care_relationship",
                Box::new(|v| v["care_relation"] = json!({"purpose_of_use": {"code": "TREAT"}})),
            ),
        ];
        for (defect, change) in cases {
            assert_eq!(changed(change).defects, vec![defect]);
        }
        let twice = json!({ "authorization_details": [complete(), complete()] });
        assert_eq!(twice.as_object().and_then(read).map(|a| a.defects), Some(vec!["repeated"]));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let name = prop_oneof![
                Just("type"),
                Just("practitioner"),
                Just("patients"),
                Just("identifier"),
                Just("id"),
                Just("system"),
                Just("code"),
                Just("care_relation"),
                Just("purpose_of_use"),
                Just("toa"),
                Just("decision_ref"),
            ];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name, inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn anything_is_read_without_panic(value in any_json()) {
            let mut claims = Map::new();
            claims.insert(TYPE.to_owned(), value.clone());
            claims.insert("authorization_details".to_owned(), value);
            let _ = read(&claims);
        }
    }
}
