//! An entry of the access log by IHE's Basic Audit Log Patterns (BALP 1.1.3, profiles for R4).
//!
//! BALP knows what went well of what REST does with one resource or one query. Its agents are the client, the server and the user, where the
//! national profile allows nobody but people at work: so an entry has two forms, which are two resources with ids of their own.

use super::common::{HPR, PERSON, READER, action, authorisation, begin, coded, entity};
use crate::route::restful_code;
use crate::server::Municipality;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kilde_access::log::ControllerEntry;
use serde_json::{Value, json};

/// What the canonical URLs of the profiles begin with; `Read` or `PatientRead` follows.
pub const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
/// How ids of this form begin.
pub const ID: &str = "balp-";

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const SOURCE: (&str, &str) = (DICOM, "110153");
const DESTINATION: (&str, &str) = (DICOM, "110152");
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/// The names of the patterns, without and with a patient.
const PATTERNS: [[&str; 2]; 5] = [
    ["Create", "PatientCreate"],
    ["Read", "PatientRead"],
    ["Update", "PatientUpdate"],
    ["Delete", "PatientDelete"],
    ["Query", "PatientQuery"],
];

/// Whether a canonical URL is that of one of the patterns.
pub fn is_profile(url: &str) -> bool {
    let name = url.strip_prefix(PROFILES);
    name.is_some_and(|name| PATTERNS.iter().flatten().any(|pattern| *pattern == name))
}

/// The pattern that an entry follows: its row of [`PATTERNS`], and what one resource it is about. `None` for refusals, and for what BALP has no pattern
/// for: deliveries by message or bundle, operations that write, and what should have shown one resource and showed none.
fn pattern(line: &ControllerEntry) -> Option<(usize, Option<String>)> {
    let of_one = |row: usize| one(line).map(|what| (row, Some(what)));
    match line.interaction.as_str() {
        _ if !line.permitted => None,
        "create" => of_one(0),
        "read" | "vread" | "history-instance" => of_one(1),
        "update" | "patch" => of_one(2),
        "delete" => of_one(3),
        name if action(line) == "E" || name.starts_with("history") => restful_code(name).map(|_| (4, None)),
        _ => None,
    }
}

/// The one resource that an entry is about: with its version, or without when it is about several versions of it.
fn one(line: &ControllerEntry) -> Option<String> {
    let parts = |shown: &str| {
        let (thing, version) = shown.rsplit_once('/')?;
        Some((thing.to_owned(), version.to_owned()))
    };
    let (first, version) = parts(line.resources.first()?)?;
    match line.resources.len() {
        1 => Some(format!("{first}/_history/{version}")),
        _ => {
            let same = |shown: &String| parts(shown).is_some_and(|(thing, _)| thing == first);
            line.resources.iter().all(same).then_some(first)
        }
    }
}

/// The entry as AuditEvent by BALP; `None` when it has no pattern for it.
pub fn resource(place: &Municipality, base: &str, line: &ControllerEntry) -> Option<Value> {
    let (row, what) = pattern(line)?;
    let mut event = begin(place, line, &format!("{ID}{}", line.no));
    event["meta"] = json!({ "profile": [format!("{PROFILES}{}", PATTERNS[row][usize::from(line.person.is_some())])] });
    // A history is read, but asked for as a query is: then by that pattern.
    event["action"] = json!(["C", "R", "U", "D", "E"][row]);
    // BALP: what flows to the client comes from the server in a read, and the question goes to it in all others.
    let (client, server) = match row {
        1 => (DESTINATION, SOURCE),
        3 => (
            (DICOM, "110150"),
            ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"),
        ),
        _ => (SOURCE, DESTINATION),
    };
    let reader = &line.reader;
    let mut agents = vec![
        json!({
            "type": coded(client.0, client.1),
            "who": { "type": "Device", "identifier": { "system": "urn:kilde:client", "value": reader.client } },
            "requestor": reader.kind == "system",
            // Which address the client had is not kept: before the server stands a gateway.
            "network": { "_address": { "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "not-asked" }] } },
        }),
        json!({
            "type": coded(server.0, server.1),
            "who": { "type": "Device", "identifier": { "system": "urn:kilde:instance", "value": place.instance.as_str() }, "display": place.name },
            "requestor": false,
            "network": { "address": base, "type": "5" },
        }),
    ];
    if reader.kind != "system" {
        agents.push(user(line, if matches!(row, 0 | 2 | 3) { "AUT" } else { "IRCP" }));
    }
    event["agent"] = Value::Array(agents);
    let mut entities = Vec::new();
    if let Some(person) = line.person {
        let identifier = json!({ "system": PERSON, "value": person.to_string() });
        entities.push(entity("1", "1", json!({ "type": "Patient", "identifier": identifier })));
    }
    match what {
        Some(what) => entities.push(entity("2", "4", json!({ "reference": what }))),
        None => {
            let mut query = entity("2", "24", Value::Null);
            if let Some(query) = query.as_object_mut() {
                query.remove("what");
            }
            let asked = format!("{}?{}", line.interaction, line.parameters.join("&"));
            query["query"] = json!(STANDARD.encode(asked));
            entities.push(query);
        }
    }
    event["entity"] = Value::Array(entities);
    Some(event)
}

/// The human being who asked.
fn user(line: &ControllerEntry, kind: &str) -> Value {
    let reader = &line.reader;
    let identifier = match &reader.hpr {
        Some(hpr) => json!({ "system": HPR, "value": hpr }),
        None => json!({ "system": READER, "value": reader.handle }),
    };
    let mut user = json!({
        "type": coded(PARTICIPATION, kind),
        "who": { "identifier": identifier },
        "requestor": true,
        "policy": [format!("urn:kilde:policy:{}", line.policy)],
    });
    if let Some(handle) = &reader.handle {
        user["altId"] = json!(handle);
    }
    if reader.kind == "personnel" {
        if let Some(name) = &reader.name {
            user["name"] = json!(name);
        }
        if let Some(role) = authorisation(line) {
            user["role"] = json!([{ "coding": [role] }]);
        }
    }
    if let Some(purpose) = &line.purpose {
        user["purposeOfUse"] = json!([coded("http://terminology.hl7.org/CodeSystem/v3-ActReason", purpose)]);
    }
    user
}
