//! The rules of <https://hl7.org/fhir/R4/http.html> that we claim, one test each, named after its rule.

mod bundle;
mod capabilities;
mod conditional;
mod delete;
mod formats;
mod history;
mod meta;
mod patch;
mod read;

use crate::client::{Answer, Client, SOLVEIG};
use crate::server::shared;
use serde_json::{Value, json};

/// The FHIR base of Nordvik.
pub const BASE: &str = "/9901/fhir/r4";

/// The sandbox's test system, which may all.
pub fn system() -> Client {
    shared().who("system-test")
}

/// A path below the base.
pub fn at(rest: &str) -> String {
    format!("{BASE}/{rest}")
}

/// A resource of no person, with an identifier of its own.
pub fn basic(value: &str) -> Value {
    json!({
        "resourceType": "Basic",
        "identifier": [{ "system": "urn:x:fhir-http", "value": value }],
        "code": { "coding": [{ "system": "urn:x:test", "code": value }] }
    })
}

/// Creates it.
#[track_caller]
pub fn created(resource: &Value) -> Answer {
    let path = at(resource["resourceType"].as_str().expect("a type"));
    system().post(&path, resource).expect(201)
}

/// One of Solveig's measurements, delivered by her municipality's journal and by nobody else.
pub fn hers() -> Value {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let all = physician.get(&at("Observation?_count=200")).expect(200).resources();
    let delivered = |r: &Value| r["meta"]["source"].as_str().is_some_and(|s| s.ends_with("#epj-nordvik"));
    all.into_iter().find(delivered).expect("a measurement")
}

/// The address of a resource that an answer holds.
pub fn address(answer: &Answer) -> String {
    let resource = answer.json();
    let part = |name: &str| resource[name].as_str().expect(name).to_owned();
    at(&format!("{}/{}", part("resourceType"), part("id")))
}

/// The version that an answer holds.
pub fn version(answer: &Answer) -> Value {
    answer.json()["meta"]["versionId"].clone()
}
