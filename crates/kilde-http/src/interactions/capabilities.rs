//! `capabilities`: a CapabilityStatement made from what is really there
//! (<https://hl7.org/fhir/R4/http.html#capabilities>).

use crate::answer::Answer;
use crate::route::{OF_SYSTEM, OF_TYPE};
use crate::server::Server;
use axum::http::{Method, StatusCode};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::has_compartment;
use kilde_index::search;
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
    let compartments: Vec<String> = ResourceType::all()
        .filter(|t| has_compartment(*t))
        .map(|t| format!("http://hl7.org/fhir/CompartmentDefinition/{}", lower_first(t.name())))
        .collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "instantiates": ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
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
            "compartment": compartments,
            "operation": [
                { "name": "overview", "definition": "https://kilde.example/fhir/OperationDefinition/overview" },
                { "name": "meta", "definition": "http://hl7.org/fhir/OperationDefinition/Resource-meta" },
                { "name": "versions", "definition": "http://hl7.org/fhir/OperationDefinition/CapabilityStatement-versions" },
                { "name": "export", "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export" },
                { "name": "import", "definition": "https://kilde.example/fhir/OperationDefinition/import" },
                { "name": "status", "definition": "https://kilde.example/fhir/OperationDefinition/status" },
                { "name": "process-message", "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message" }
            ]
        }]
    })
}

/// `relatedPerson`: as the definitions of compartments are called.
fn lower_first(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_lowercase() + rest
}

fn resource(rtype: ResourceType) -> Value {
    let search: Vec<Value> = search::parameters(rtype)
        .map(|p| match p.is_added() {
            true => json!({ "name": p.code, "definition": p.url(), "type": p.kind.code() }),
            false => json!({ "name": p.code, "type": p.kind.code() }),
        })
        .collect();
    let mut told = json!({
        "type": rtype.name(),
        "interaction": codes(&OF_TYPE),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "operation": operations(rtype.name()),
        "conditionalCreate": true,
        "conditionalUpdate": true,
        "conditionalRead": "full-support",
        "conditionalDelete": "single",
        "searchInclude": search::includes(rtype).collect::<Vec<_>>(),
        "searchParam": search
    });
    // Some types are referred to by nothing, and FHIR has no empty lists.
    let reverse: Vec<String> = search::reverse_includes(rtype).collect();
    if !reverse.is_empty() {
        told["searchRevInclude"] = reverse.into();
    }
    told
}

fn codes(table: &[(&str, Method, &str)]) -> Value {
    table.iter().map(|(code, ..)| json!({ "code": code })).collect()
}

/// What can be asked of a type beside the interactions.
fn operations(rtype: &str) -> Vec<Value> {
    let meta = ["meta", "meta-add", "meta-delete"]
        .map(|name| json!({ "name": name, "definition": format!("http://hl7.org/fhir/OperationDefinition/Resource-{name}") }));
    let mut all = super::terminology::definitions(rtype);
    all.extend(meta);
    // R4's own operations of certain types; in R4 their canonical addresses begin with the type.
    let own: &[&str] = match rtype {
        "Patient" | "Encounter" => &["everything"],
        "Composition" => &["document"],
        _ => &[],
    };
    all.extend(
        own.iter()
            .map(|name| json!({ "name": name, "definition": format!("http://hl7.org/fhir/OperationDefinition/{rtype}-{name}") })),
    );
    let bulk = match rtype {
        "Patient" => Some("patient-export"),
        "Group" => Some("group-export"),
        _ => None,
    };
    all.extend(
        bulk.map(|id| json!({ "name": "export", "definition": format!("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/{id}") })),
    );
    all
}
