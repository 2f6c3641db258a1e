//! An entry of the access log by HL7 Norway's trust-framework profile: who looked is a PractitionerRole with a unit, whom it was about a Patient.

use super::common::{HPR, PERSON, READER, authorisation, begin, entity};
use crate::server::Municipality;
use kilde_access::log::ControllerEntry;
use serde_json::{Value, json};

/// HL7 Norway's profile (`hl7.fhir.no.domain.auditevent`).
pub const PROFILE: &str = "http://hl7.no/fhir/StructureDefinition/no-domain-Trustframework-Auditevent";
const BASE: &str = "http://hl7.no/fhir/StructureDefinition/";
const ORGANISATION: &str = "urn:oid:2.16.578.1.12.4.1.4.101";
/// How ids begin.
pub const ID: &str = "tilgang-";

/// The entry by the national profile, which is claimed for what it is about: a person at work and a patient.
pub fn resource(place: &Municipality, line: &ControllerEntry) -> Value {
    let reader = &line.reader;
    let person = line.person.map(|person| person.to_string());
    let mut event = begin(place, line, &format!("{ID}{}", line.no));
    let policy = format!("urn:kilde:policy:{}", line.policy);
    let mut contained = Vec::new();
    if let Some(person) = &person {
        contained.push(
            json!({ "resourceType": "Patient", "id": "patient", "meta": profile("no-domain-Trustframework-Patient"),
            "identifier": [{ "system": PERSON, "value": person }] }),
        );
        event["extension"] =
            json!([{ "url": format!("{BASE}auditevent-patient-extension"), "valueReference": { "reference": "#patient" } }]);
        if let (Some(attested), Some(all)) = (attested(line), event["extension"].as_array_mut()) {
            all.push(attested);
        }
    }
    let who = if reader.kind == "personnel" {
        contained.extend(at_work(line));
        json!({ "reference": "#role" })
    } else if reader.kind == "citizen" {
        // The patient, or who acts for her: the log knows the one who logged in.
        json!({ "identifier": { "system": READER, "value": reader.handle } })
    } else {
        json!({ "type": "Device", "display": reader.client, "identifier": { "system": "urn:kilde:client", "value": reader.client } })
    };
    event["agent"] = json!([{ "who": who, "requestor": true, "policy": [policy] }]);
    if let Some(handle) = &reader.handle {
        event["agent"][0]["altId"] = json!(handle);
    }
    if let Some(name) = reader.name.as_ref().filter(|_| reader.kind == "personnel") {
        event["agent"][0]["name"] = json!(name);
    }
    if reader.kind == "personnel" && person.is_some() {
        event["meta"] = json!({ "profile": [PROFILE] });
    }
    if !contained.is_empty() {
        event["contained"] = Value::Array(contained);
    }
    event["entity"] = entities(line, person.as_deref());
    event
}

/// What the attestation said of itself, where it said all that the extension demands.
fn attested(line: &ControllerEntry) -> Option<Value> {
    let seconds = u32::try_from(line.attested_ms?.div_euclid(1000))
        .ok()
        .filter(|s| *s <= i32::MAX as u32)?;
    Some(
        json!({ "url": format!("{BASE}auditevent-carerelation-metadata-extension"), "extension": [
        { "url": "decision-ref-id", "valueString": line.decision_ref.as_ref()? },
        { "url": "decision-ref-description", "valueString": line.decision_description.as_ref()? },
        { "url": "decision-ref-user-selected", "valueBoolean": line.self_declared? },
        { "url": "toa", "valueUnsignedInt": seconds },
    ] }),
    )
}

fn profile(name: &str) -> Value {
    json!({ "profile": [format!("{BASE}{name}")] })
}

/// Practitioner, role, organisation and place of who looked.
fn at_work(line: &ControllerEntry) -> Vec<Value> {
    let reader = &line.reader;
    let mut practitioner = json!({
        "resourceType": "Practitioner", "id": "practitioner", "meta": profile("no-domain-Trustframework-Practitioner"),
        "identifier": [{ "system": READER, "value": reader.handle }],
    });
    if let Some(hpr) = &reader.hpr {
        practitioner["identifier"] = json!([{ "system": HPR, "value": hpr }, { "system": READER, "value": reader.handle }]);
    }
    if let Some(name) = &reader.name {
        practitioner["name"] = json!([{ "text": name }]);
    }
    if let Some(coding) = authorisation(line) {
        practitioner["qualification"] = json!([{ "code": { "coding": [coding] } }]);
    }
    let organisation = |id: &str, kind: &str, number: &Option<String>, name: &Option<String>| {
        let mut one = json!({ "resourceType": "Organization", "id": id, "meta": profile(kind) });
        match number {
            Some(number) => one["identifier"] = json!([{ "system": ORGANISATION, "value": number }]),
            None => one["name"] = json!("ukjent"),
        }
        if let Some(name) = name {
            one["name"] = json!(name);
        }
        one
    };
    let place = if reader.unit.is_some() {
        (&reader.unit, &reader.unit_name)
    } else {
        (&reader.organisation, &reader.organisation_name)
    };
    vec![
        practitioner,
        json!({ "resourceType": "PractitionerRole", "id": "role", "meta": profile("no-domain-Trustframework-PractitioneRole"),
            "practitioner": { "reference": "#practitioner" }, "organization": { "reference": "#organisation" }, "location": [{ "reference": "#place" }] }),
        organisation(
            "organisation",
            "no-doc-Trustframework-Organization-PractitionerLegalentity",
            &reader.organisation,
            &reader.organisation_name,
        ),
        json!({ "resourceType": "Location", "id": "place", "meta": profile("no-doc-Trustframework-Location-PractitionerPointofcare"),
            "managingOrganization": { "reference": "#unit" } }),
        organisation(
            "unit",
            "no-doc-Trustframework-Organization-PractitionerPointofcare",
            place.0,
            place.1,
        ),
    ]
}

/// The patient, the client, what was shown.
fn entities(line: &ControllerEntry, person: Option<&str>) -> Value {
    let mut all = Vec::new();
    if let Some(person) = person {
        let identifier = json!({ "system": PERSON, "value": person });
        all.push(entity("1", "1", json!({ "type": "Patient", "identifier": identifier })));
    }
    let client = &line.reader.client;
    let identifier = json!({ "system": "urn:kilde:client", "value": client });
    let mut client_entity = entity("2", "11", json!({ "type": "Device", "identifier": identifier }));
    client_entity["name"] = json!(client);
    all.push(client_entity);
    for shown in &line.resources {
        let mut parts = shown.split('/');
        if let (Some(rtype), Some(id), Some(version)) = (parts.next(), parts.next(), parts.next()) {
            all.push(entity("2", "4", json!({ "reference": format!("{rtype}/{id}/_history/{version}") })));
        }
    }
    Value::Array(all)
}
