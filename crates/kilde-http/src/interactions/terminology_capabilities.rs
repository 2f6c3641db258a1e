//! `GET [base]/metadata?mode=terminology`: a TerminologyCapabilities made from what is loaded
//! (<https://hl7.org/fhir/R4/terminologycapabilities.html>).

use crate::answer::Answer;
use crate::server::Server;
use axum::http::StatusCode;
use kilde_fhir::library::Library;
use kilde_fhir::terminology::Content;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Open to everybody, as the CapabilityStatement is. While the library is loading it names no code systems.
pub fn answer(server: &Arc<Server>, instance: &str) -> Answer {
    let Some(place) = server.municipalities.get(instance) else {
        return Answer::not_found();
    };
    let systems = place.library.shelf.get().map_or_else(Vec::new, |library| code_systems(&library));
    let mut statement = json!({
        "resourceType": "TerminologyCapabilities",
        "status": "active",
        "date": *super::capabilities::SINCE,
        "kind": "instance",
        "software": { "name": "Kilde", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": place.name, "url": server.fhir_base(place) },
        "lockedDate": false,
        "expansion": {
            "hierarchical": false,
            "paging": true,
            "incomplete": false,
            "parameter": [
                { "name": "url" }, { "name": "valueSet" }, { "name": "valueSetVersion" }, { "name": "filter" }, { "name": "offset" },
                { "name": "count" }, { "name": "includeDesignations" }, { "name": "designation" }, { "name": "activeOnly" },
                { "name": "excludeNotForUI" }, { "name": "displayLanguage" }
            ],
            "textFilter": "Each word must begin a word of the code or of one of its terms; case and accents do not count."
        },
        "codeSearch": "all",
        "validateCode": { "translations": true },
        "translation": { "needsMap": true },
        "closure": { "translation": false }
    });
    if !systems.is_empty() {
        statement["codeSystem"] = json!(systems);
    }
    Answer::fhir(StatusCode::OK, statement.to_string())
}

fn code_systems(library: &Library) -> Vec<Value> {
    let mut by_url: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for system in library.terminology().code_systems().map(|s| s.info()) {
        if system.content > Content::NotPresent && !system.url.is_empty() {
            let versions = by_url.entry(&system.url).or_default();
            let known = versions.iter().any(|v| v["code"].as_str() == system.version.as_deref());
            if let (Some(version), false) = (&system.version, known) {
                versions.push(json!({ "code": version }));
            }
        }
    }
    let one = |(url, versions): (&str, Vec<Value>)| {
        let mut told = json!({ "uri": url, "subsumption": true });
        if !versions.is_empty() {
            told["version"] = json!(versions);
        }
        told
    };
    by_url.into_iter().map(one).collect()
}
