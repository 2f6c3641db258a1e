//! `capabilities`: a CapabilityStatement made from what is really there
//! (<https://hl7.org/fhir/R4/http.html#capabilities>).

use crate::answer::Answer;
use crate::route::{OF_SYSTEM, OF_TYPE};
use crate::server::Server;
use axum::http::{Method, StatusCode};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{ParamType, params_of};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET [base]/metadata`. Open to everybody: it holds nothing about persons.
pub fn answer(server: &Arc<Server>, instance: &str) -> Answer {
    match server.municipalities.get(instance) {
        Some(place) => Answer::fhir(StatusCode::OK, statement(&place.name, &server.fhir_base(place)).to_string()),
        None => Answer::not_found(),
    }
}

fn statement(name: &str, base: &str) -> Value {
    let resources: Vec<Value> = ResourceType::all().map(resource).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": { "name": "Kilde", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": name, "url": base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "patchFormat": ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"],
        "rest": [{
            "mode": "server",
            "documentation": "Search on national ids with POST [type]/_search only: they must not stand in a URL.",
            "security": {
                "description": "HelseID access token with DPoP proof; the trust framework's attestation names the patient."
            },
            "resource": resources,
            "interaction": codes(&OF_SYSTEM),
            "operation": [
                { "name": "overview", "definition": "https://kilde.example/fhir/OperationDefinition/overview" },
                { "name": "meta", "definition": "http://hl7.org/fhir/OperationDefinition/Resource-meta" },
                { "name": "versions", "definition": "http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions" },
                { "name": "status", "definition": "https://kilde.example/fhir/OperationDefinition/status" },
                { "name": "process-message", "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message" }
            ]
        }]
    })
}

fn resource(rtype: ResourceType) -> Value {
    let mut search: Vec<Value> = params_of(rtype)
        .iter()
        .filter_map(|p| kind(p.kind).map(|kind| json!({ "name": p.code, "type": kind })))
        .filter(|p| p["name"] != "_id" && p["name"] != "_lastUpdated")
        .collect();
    search.push(json!({ "name": "_id", "type": "token" }));
    search.push(json!({ "name": "_lastUpdated", "type": "date" }));
    json!({
        "type": rtype.name(),
        "interaction": codes(&OF_TYPE),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "operation": super::terminology::definitions(rtype.name()),
        "conditionalCreate": true,
        "conditionalUpdate": true,
        "conditionalRead": "full-support",
        "conditionalDelete": "single",
        "operation": [operation("meta"), operation("meta-add"), operation("meta-delete")],
        "searchParam": search
    })
}

fn codes(table: &[(&str, Method, &str)]) -> Value {
    table.iter().map(|(code, ..)| json!({ "code": code })).collect()
}

fn operation(name: &str) -> Value {
    json!({ "name": name, "definition": format!("http://hl7.org/fhir/OperationDefinition/Resource-{name}") })
}

/// The kinds that searches understand; composite and special ones are not claimed.
fn kind(kind: ParamType) -> Option<&'static str> {
    match kind {
        ParamType::Number => Some("number"),
        ParamType::Date => Some("date"),
        ParamType::String => Some("string"),
        ParamType::Token => Some("token"),
        ParamType::Reference => Some("reference"),
        ParamType::Quantity => Some("quantity"),
        ParamType::Uri => Some("uri"),
        ParamType::Composite | ParamType::Special => None,
    }
}
