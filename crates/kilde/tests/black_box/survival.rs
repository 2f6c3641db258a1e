//! `kill -9`, and all that was acknowledged is still there.

use crate::client::{FNR, OLAV, parameters, stranger};
use crate::server::Kilde;
use serde_json::json;

const BASE: &str = "/9901/fhir/r4";

#[test]
fn after_a_kill_everything_acknowledged_is_there() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let nin = stranger(20);
    let patient = |family: &str| json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "name": [{ "family": family }] });

    let before = Kilde::start(&data);
    let system = before.who("system-test");
    let created = system.post(&format!("{BASE}/Patient"), &patient("Først")).expect(201);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let mut second = patient("Siden");
    second["id"] = json!(id);
    let updated = system.put(&format!("{BASE}/Patient/{id}"), &second).expect(200);
    let repeatable = json!({ "resourceType": "Basic", "code": { "text": "én gang" } });
    let send = |client: &crate::client::Client| {
        client
            .ask("POST", &format!("{BASE}/Basic"))
            .header("kilde-message-id", "survival-1")
            .json(&repeatable)
            .send()
            .expect(201)
    };
    let first_answer = send(&system);
    let refused = system
        .post(
            &format!("{BASE}/Patient"),
            &json!({ "resourceType": "Patient", "gender": "ukjent" }),
        )
        .expect(400);
    let number = refused.header("kilde-quarantine").to_owned();
    assert!(!number.is_empty());
    before
        .who("sykepleier-legevakt-nordvik")
        .attested(OLAV)
        .post(&format!("{BASE}/$overview"), &parameters(OLAV, None))
        .expect(200);
    let old_token = before.who("sykepleier-legevakt-nordvik").attested(OLAV);
    old_token.token();
    before.kill();

    let after = Kilde::start(&data);
    let system = after.who("system-test");
    let read = system.get(&format!("{BASE}/Patient/{id}")).expect(200);
    assert_eq!(read.body, updated.body, "the bytes that were acknowledged");
    assert_eq!(read.header("etag"), "W/\"2\"");
    assert_eq!(
        system.get(&format!("{BASE}/Patient/{id}/_history/1")).expect(200).body,
        created.body
    );
    assert_eq!(
        system.get(&format!("{BASE}/Patient/{id}/_history")).expect(200).resources().len(),
        2
    );
    let again = send(&system);
    assert_eq!((again.header("kilde-repeated"), &again.body), ("true", &first_answer.body));
    let quarantine = after
        .who("personvernombud-nordvik")
        .get("/9901/admin/quarantine")
        .expect(200)
        .json();
    assert!(
        quarantine["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|i| i["no"].as_u64() == number.parse().ok()),
        "{quarantine}"
    );
    let log = after
        .who(&format!("innbygger-{OLAV}"))
        .get("/9901/innbygger/tilgangslogg")
        .expect(200);
    assert!(log.text().contains("Nina Havnes"), "{}", log.start());
    let nurse = after.who("sykepleier-legevakt-nordvik").attested(OLAV);
    nurse.post(&format!("{BASE}/$overview"), &parameters(OLAV, None)).expect(200);
    // The numbering goes on without a step back.
    let next = system
        .post(
            &format!("{BASE}/Basic"),
            &json!({ "resourceType": "Basic", "code": { "text": "etter" } }),
        )
        .expect(201);
    let event = |answer: &crate::client::Answer| answer.header("kilde-event").parse::<u64>().expect("an event number");
    assert_eq!(event(&next), event(&first_answer) + 1);
}
