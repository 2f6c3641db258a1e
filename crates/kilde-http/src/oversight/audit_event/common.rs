//! What both forms of an entry have.

use crate::route::restful_code;
use crate::server::Municipality;
use kilde_access::log::ControllerEntry;
use serde_json::{Value, json};

/// Persons as this instance numbers them.
pub(super) const PERSON: &str = "urn:kilde:person";
/// Readers by their handles.
pub(super) const READER: &str = "urn:kilde:reader";
pub(super) const HPR: &str = "urn:oid:2.16.578.1.12.4.1.4.4";

/// What both forms begin with: when, what, how it went, who recorded it.
pub(super) fn begin(place: &Municipality, line: &ControllerEntry, id: &str) -> Value {
    let instant = jiff::Timestamp::from_millisecond(line.time_ms)
        .map(|t| t.to_string())
        .unwrap_or_default();
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": id,
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation" },
        "action": action(line),
        "recorded": instant,
        "outcome": if line.permitted { "0" } else { "4" },
        "outcomeDesc": line.why,
        "source": {
            "site": place.instance.as_str(),
            "observer": { "display": format!("Kilde {}", place.name) },
            "type": [{ "system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4", "display": "Application Server" }],
        },
    });
    if let Some(code) = restful_code(&line.interaction) {
        event["subtype"] = json!([{ "system": "http://hl7.org/fhir/restful-interaction", "code": code }]);
    }
    if let Some(purpose) = &line.purpose {
        event["purposeOfEvent"] = json!([coded("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose)]);
    }
    event
}

/// A CodeableConcept of one code.
pub(super) fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// The authorisation of who looked (Volven 9060), as Coding.
pub(super) fn authorisation(line: &ControllerEntry) -> Option<Value> {
    let mut coding = json!({ "system": "urn:oid:2.16.578.1.12.4.1.1.9060", "code": line.reader.role.as_ref()? });
    if let Some(profession) = line.reader.profession {
        coding["display"] = json!(capital(profession));
    }
    Some(coding)
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An entity, by codes of `audit-entity-type` and `object-role`.
pub(super) fn entity(kind: &str, role: &str, what: Value) -> Value {
    json!({
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": kind },
        "role": { "system": "http://terminology.hl7.org/CodeSystem/object-role", "code": role },
        "what": what,
    })
}

pub(super) fn action(line: &ControllerEntry) -> &'static str {
    match line.interaction.as_str() {
        "create" => "C",
        "update" | "patch" | "meta-add" | "meta-delete" => "U",
        "delete" => "D",
        _ if line.action == "write" => "C",
        // A history of many is asked for as a search is.
        name if line.action == "read" || name.starts_with("history") => "R",
        _ => "E",
    }
}
