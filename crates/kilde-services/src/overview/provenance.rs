//! Where each element comes from: a Provenance per event, and one for what Kilde computed.

use crate::record::Record;
use crate::service::{Context, Entry, derived_url};
use kilde_access::mask::MASKED;
use kilde_fhir::date::format_instant;
use serde_json::{Value, json};

const ORGANISATION: &str = "urn:oid:2.16.578.1.12.4.1.4.101";
const EVENT: &str = "https://kilde.example/fhir/sid/event";
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/// Full URLs and resources.
pub(super) fn of(context: &Context<'_>, entries: &[Entry]) -> Vec<(String, Value)> {
    let mut events: Vec<(&str, u64, Vec<&Record>)> = Vec::new();
    let mut derived: Vec<&str> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Stored(record) => {
                let of = (record.source.as_str(), record.event);
                match events.iter_mut().find(|(source, event, _)| (*source, *event) == of) {
                    Some((_, _, records)) => records.push(record),
                    None => events.push((of.0, of.1, vec![record])),
                }
            }
            Entry::Derived { full_url, .. } => derived.push(full_url),
        }
    }
    let mut out: Vec<(String, Value)> = events
        .into_iter()
        .map(|(source, event, records)| delivered(context, source, event, &records))
        .collect();
    if !derived.is_empty() {
        let url = derived_url(&[&["provenance"], derived.as_slice()].concat());
        let resource = json!({
            "resourceType": "Provenance",
            "target": derived.iter().map(|url| json!({ "reference": url })).collect::<Vec<_>>(),
            "recorded": format_instant(context.now_ms),
            "agent": [{ "type": { "coding": [{ "system": PARTICIPANT, "code": "assembler" }] }, "who": { "display": "Kilde" } }],
        });
        out.push((url, resource));
    }
    out
}

fn delivered(context: &Context<'_>, source: &str, event: u64, records: &[&Record]) -> (String, Value) {
    let targets: Vec<Value> = records
        .iter()
        .map(|r| json!({ "reference": format!("{}/_history/{}", context.url(r), r.version) }))
        .collect();
    let (organisation, client) = source.split_once('/').unwrap_or((source, ""));
    let mut who = json!({});
    if source.is_empty() {
        who = serde_json::from_str(MASKED).unwrap_or(who);
    } else if organisation.len() == 9 && organisation.bytes().all(|b| b.is_ascii_digit()) {
        who["type"] = "Organization".into();
        who["identifier"] = json!({ "system": ORGANISATION, "value": organisation });
    } else {
        who["display"] = organisation.into();
    }
    let mut entity = json!({ "role": "source", "what": { "identifier": { "system": EVENT, "value": event.to_string() } } });
    let stated = records.iter().find_map(|r| r.resource().get("meta")?.str("source"));
    if let Some(stated) = stated
        .filter(|s| !s.is_empty())
        .map(|s| s.into_owned())
        .or_else(|| (!client.is_empty()).then(|| client.to_owned()))
    {
        entity["what"]["display"] = stated.into();
    }
    let recorded = records.iter().map(|r| r.last_updated_ms).max().unwrap_or(context.now_ms);
    let resource = json!({
        "resourceType": "Provenance",
        "target": targets,
        "recorded": format_instant(recorded),
        "agent": [{ "type": { "coding": [{ "system": PARTICIPANT, "code": "author" }] }, "who": who }],
        "entity": [entity],
    });
    let first = records.first().map_or(String::new(), |r| r.reference());
    (
        derived_url(&["provenance", context.base, source, &event.to_string(), &first]),
        resource,
    )
}
