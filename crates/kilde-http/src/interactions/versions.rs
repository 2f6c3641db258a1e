//! `$versions`: which versions of FHIR are spoken here. Open to everybody.

use crate::answer::Answer;
use crate::server::Server;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// `GET [base]/$versions`
pub fn answer(server: &Arc<Server>, instance: &str) -> Answer {
    if !server.municipalities.contains_key(instance) {
        return Answer::not_found();
    }
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "version", "valueCode": "4.0" },
        { "name": "default", "valueCode": "4.0" }
    ] });
    Answer::fhir(StatusCode::OK, parameters.to_string())
}
