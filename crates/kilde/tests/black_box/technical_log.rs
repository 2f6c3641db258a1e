//! Technical logs and metrics hold no personal data.

use crate::client::{Ask, FNR, FORM, OLAV, SOLVEIG, eleven_digits, encode, parameters, stranger};
use crate::server::shared;
use serde_json::json;
use std::collections::BTreeSet;

const BASE: &str = "/9901/fhir/r4";

/// Requests of every kind, many of them wrong, all with personal data in them.
fn noise() {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let source = shared().who("epj-nordvik");
    let stranger = stranger(30);
    let patient =
        json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": stranger }], "name": [{ "family": "Lauvstad" }] });
    source.post(&format!("{BASE}/Patient"), &patient);
    source.post(
        &format!("{BASE}/Patient"),
        &json!({ "resourceType": "Patient", "gender": "Lauvstad", "identifier": [{ "system": FNR, "value": "11833810556" }] }),
    );
    source
        .ask("POST", &format!("{BASE}/Patient"))
        .body("application/fhir+json", &format!("{{\"Lauvstad\": {OLAV},,"))
        .send();
    source
        .ask("POST", BASE)
        .header("kilde-message-id", OLAV)
        .json(&json!({ "resourceType": "Bundle", "type": "transaction" }))
        .send();
    source.post(
        "/9901/okt/v1/okt-events",
        &json!({ "personIdentifier": OLAV, "oktMessages": [{ "serviceDescription": "Lauvstad" }] }),
    );
    for path in [
        format!("{BASE}/Patient?identifier={OLAV}"),
        format!("{BASE}/Patient/{OLAV}"),
        format!("{BASE}/{OLAV}"),
        format!("/{OLAV}/fhir/r4"),
    ] {
        nurse.get(&path);
    }
    nurse.search(
        &format!("{BASE}/Patient/_search"),
        &format!("identifier={}&name=Lauvstad", encode(&format!("{FNR}|{SOLVEIG}"))),
    );
    nurse.ask("POST", &format!("{BASE}/Patient/_search")).body(FORM, "name=%FF").send();
    nurse.post(&format!("{BASE}/$overview"), &parameters(SOLVEIG, Some("okt")));
    nurse.get(&format!("/9901/okt/v1/okt-events/{SOLVEIG}"));
    nurse.get("/9901/okt/v1/okt-events/11833810556");
    nurse.ask("GET", &format!("{BASE}/Patient")).header("kilde-reason", "%FF").send();
    let purpose = shared()
        .who("lege-legevakt-nordvik")
        .attested(OLAV)
        .purpose("ETREAT")
        .reason("Lauvstad er bevisstløs");
    purpose.post(&format!("{BASE}/$overview"), &parameters(OLAV, None));
    Ask::new("GET", &format!("{}{BASE}/Patient", shared().url))
        .header("authorization", &format!("DPoP {OLAV}"))
        .header("dpop", SOLVEIG)
        .send();
    shared().who("personvernombud-nordvik").get("/9901/admin/quarantine");
    shared().who(&format!("innbygger-{OLAV}")).get("/9901/innbygger/tilgangslogg");
}

/// Names of the sandbox's people, longer ones only: short ones may be part of other words.
fn names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["Lauvstad", "Nina Havnes", "Eirik Storhaug"].map(str::to_owned).into();
    names.extend(kilde_sandbox::people::FIXED.iter().map(|c| format!("{} {}", c.given, c.family)));
    names
}

#[test]
fn z_metrics_and_stderr_hold_no_national_id_and_no_name() {
    noise();
    let metrics = Ask::new("GET", &format!("{}/metrics", shared().admin)).send().expect(200).text();
    assert!(
        metrics.contains("kilde_requests_total") && metrics.contains("kilde_refusals_total"),
        "{metrics}"
    );
    let stderr = std::fs::read_to_string(&shared().stderr).expect("what the program wrote");
    for (what, text) in [("metrics", &metrics), ("stderr", &stderr)] {
        assert_eq!(eleven_digits(text), Vec::<&str>::new(), "{what}");
        for name in names() {
            assert!(!text.contains(&name), "{name} in {what}");
        }
        for nin in [OLAV, SOLVEIG] {
            assert!(!text.contains(nin), "a national id in {what}");
        }
    }
    let public = Ask::new("GET", &format!("{}/metrics", shared().url)).send();
    assert!(
        !public.text().contains("kilde_requests_total"),
        "only the admin listener has metrics"
    );
}

#[test]
fn what_is_made_at_the_start_has_metrics_and_readiness_tells_of_logs_and_disk() {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    nurse.get(&format!("{BASE}/Patient")).expect(200);
    let metrics = Ask::new("GET", &format!("{}/metrics", shared().admin)).send().expect(200).text();
    for line in [
        "kilde_group_size_bucket{worker=\"access-log-9901\",le=\"1\"}",
        "kilde_group_seconds_bucket{worker=\"intake-9901\"",
        "kilde_group_waiting{worker=\"access-log-9901\"}",
        "kilde_request_seconds_bucket{interaction=\"search-type\"",
        "kilde_answers_total{status=\"2xx\"}",
        "kilde_disk_free_mebibytes ",
        "kilde_memory_mebibytes ",
        "kilde_ready{instance=\"9901\"} 1",
        "kilde_policies_asked_total ",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }
    let ready = Ask::new("GET", &format!("{}/health/ready", shared().url)).send().expect(200).json();
    assert!(ready["diskFreeMiB"].as_u64().is_some_and(|free| free > 0), "{ready}");
    for instance in ready["instances"].as_array().expect("instances") {
        assert_eq!((&instance["intake"], &instance["accessLog"]), (&json!(true), &json!(true)));
    }
}
