//! `capabilities`: a CapabilityStatement made from what is really there
//! (<https://hl7.org/fhir/R4/http.html#capabilities>).

use crate::answer::{Answer, FHIR_JSON};
use crate::formats::{FHIR_XML, PATCHES};
use crate::operations;
use crate::route::{Interaction, OF_SYSTEM, OF_TYPE, route};
use crate::server::{Server, now_ms};
use axum::http::{Method, StatusCode};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::has_compartment;
use kilde_index::search;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// What is told holds since this process began to tell it: packages and configuration are read at start.
pub(super) static SINCE: LazyLock<String> = LazyLock::new(|| kilde_fhir::date::format_instant(now_ms()));

/// What every type can be searched by beside the parameters of its resources.
const OF_ALL_TYPES: [(&str, &str); 4] = [
    ("_content", "string"),
    ("_filter", "special"),
    ("_list", "string"),
    ("_text", "string"),
];

/// `GET [base]/metadata`. Open to everybody: it holds nothing about persons.
pub fn answer(server: &Arc<Server>, instance: &str) -> Answer {
    match server.municipalities.get(instance) {
        Some(place) => {
            let mut told = statement(&place.name, &server.fhir_base(place), place.intake.update_create());
            if let Some(endpoints) = &server.smart {
                crate::smart::tell(endpoints, instance, &mut told["rest"][0]["security"]);
            }
            Answer::fhir(StatusCode::OK, told.to_string())
        }
        None => Answer::not_found(),
    }
}

fn statement(name: &str, base: &str, update_create: bool) -> Value {
    let resources: Vec<Value> = ResourceType::all().map(|rtype| resource(rtype, update_create)).collect();
    let compartments: Vec<String> = ResourceType::all()
        .filter(|t| has_compartment(*t))
        .map(|t| format!("http://hl7.org/fhir/CompartmentDefinition/{}", lower_first(t.name())))
        .collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": *SINCE,
        "kind": "instance",
        "instantiates": ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
        "software": { "name": "Kilde", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": name, "url": base },
        "fhirVersion": "4.0.1",
        "format": [media(FHIR_JSON), media(FHIR_XML)],
        "patchFormat": PATCHES.split(", ").collect::<Vec<_>>(),
        "rest": [{
            "mode": "server",
            "documentation": "Search on national ids with POST [type]/_search only: they must not stand in a URL.",
            "security": {
                "description": "HelseID access token with DPoP proof; the trust framework's attestation names the patient."
            },
            "resource": resources,
            "interaction": codes(&OF_SYSTEM),
            "searchParam": OF_ALL_TYPES.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect::<Vec<_>>(),
            "compartment": compartments,
            "operation": operations(|of| of.is_empty())
        }]
    })
}

/// A media type without its parameters.
fn media(with_parameters: &str) -> &str {
    with_parameters.split(';').next().unwrap_or_default()
}

/// `relatedPerson`: as the definitions of compartments are called.
fn lower_first(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_lowercase() + rest
}

fn resource(rtype: ResourceType, update_create: bool) -> Value {
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
        "updateCreate": update_create,
        "operation": operations_of(rtype.name()),
        "conditionalCreate": true,
        "conditionalUpdate": routed(Method::PUT, |i| matches!(i, Interaction::ConditionalUpdate(_))),
        "conditionalRead": "full-support",
        "conditionalDelete": if routed(Method::DELETE, |i| matches!(i, Interaction::ConditionalDelete(_))) { "single" } else { "not-supported" },
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
fn operations_of(rtype: &str) -> Vec<Value> {
    let mut all = super::terminology::definitions(rtype);
    all.extend(operations(|of| of == rtype || of == operations::EVERY_TYPE));
    all
}

fn operations(of: impl Fn(&str) -> bool) -> Vec<Value> {
    operations::OFFERED
        .iter()
        .filter(|offered| of(offered.of))
        .map(|offered| json!({ "name": offered.name, "definition": offered.definition }))
        .collect()
}

/// Whether a request on a type is routed to something.
fn routed(method: Method, wanted: impl Fn(&Interaction) -> bool) -> bool {
    route(&method, "Patient").is_ok_and(|interaction| wanted(&interaction))
}
