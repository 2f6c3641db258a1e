//! The operations on FHIR: `$everything`, `$document`, bulk data. The rules that we claim are named after them.

mod document;
mod everything;
mod export;
mod import;

use crate::client::{Answer, Client};
use crate::server::shared;
use serde_json::Value;

/// The FHIR base of Nordvik.
pub const BASE: &str = "/9901/fhir/r4";

/// The sandbox's test system, which may all.
pub fn system() -> Client {
    shared().who("system-test")
}

/// What a citizen's log tells her: how often there is an entry that is so.
pub fn told(nin: &str, is_so: impl Fn(&Value) -> bool) -> u64 {
    let log = shared()
        .who(&format!("innbygger-{nin}"))
        .get("/9901/innbygger/tilgangslogg?limit=500")
        .expect(200)
        .json();
    let entries = log["entries"].as_array().expect("entries");
    let times = |entry: &Value| entry["times"].as_u64().expect("times");
    entries.iter().filter(|entry| is_so(entry)).map(times).sum()
}

/// Whether an entry says that a computer system did something that begins so.
pub fn by_a_system(entry: &Value, what: &str) -> bool {
    entry["who"] == "Et datasystem" && entry["what"].as_str().is_some_and(|w| w.starts_with(what))
}

/// A path below the base.
pub fn at(rest: &str) -> String {
    format!("{BASE}/{rest}")
}

/// Creates a resource; its type and id, as a reference has them.
#[track_caller]
pub fn made(resource: &Value) -> String {
    let path = at(resource["resourceType"].as_str().expect("a type"));
    name(&system().post(&path, resource).expect(201).json())
}

/// Type and id.
pub fn name(resource: &Value) -> String {
    let part = |name: &str| resource[name].as_str().unwrap_or_else(|| panic!("{name}: {resource}"));
    format!("{}/{}", part("resourceType"), part("id"))
}

/// The patient whom a client is attested for.
pub fn patient_of(client: &Client) -> String {
    let found = client.get(&at("Patient")).expect(200).resources();
    assert_eq!(found.len(), 1);
    name(&found[0])
}

/// The same answer, whatever was asked about: one address stands for another.
#[track_caller]
pub fn same(one: &Answer, other: &Answer, hers: &str, nobodys: &str) {
    assert_eq!(one.status, other.status, "{} {}", one.start(), other.start());
    let plain = |answer: &Answer| answer.text().replace("%2D", "-");
    assert_eq!(plain(one).replace(hers, nobodys), plain(other));
}

/// Pages of a bundle, as `(mode, resource)`.
pub fn pages(client: &Client, start: &str) -> Vec<(String, Value)> {
    let (mut out, mut next, mut turns) = (Vec::new(), Some(start.to_owned()), 0);
    while let Some(path) = next {
        let page = client.get(&path).expect(200);
        for entry in page.json()["entry"].as_array().into_iter().flatten() {
            let mode = entry["search"]["mode"].as_str().expect("a mode").to_owned();
            out.push((mode, entry["resource"].clone()));
        }
        next = page.next();
        turns += 1;
        assert!(turns < 200);
    }
    out
}
