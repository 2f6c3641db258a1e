//! One municipality sees nothing of another's.

use crate::client::{Client, FNR, OLAV, encode, parameters};
use crate::server::shared;
use serde_json::json;

/// Somebody's ids in Nordvik, as those who may see them.
fn ids_of_olav() -> Vec<String> {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    ["Patient", "EpisodeOfCare"]
        .iter()
        .flat_map(|rtype| nurse.get(&format!("/9901/fhir/r4/{rtype}?_count=3")).expect(200).resources())
        .map(|r| format!("{}/{}", r["resourceType"].as_str().unwrap_or(""), r["id"].as_str().unwrap_or("")))
        .collect()
}

fn sees_nothing(client: &Client, instance: &str) {
    for id in ids_of_olav() {
        for path in [id.clone(), format!("{id}/_history"), format!("{id}/_history/1")] {
            let answer = client.get(&format!("/{instance}/fhir/r4/{path}"));
            assert!(matches!(answer.status, 403 | 404), "{path}: {} {}", answer.status, answer.start());
            answer.rule();
        }
    }
    for path in ["Patient", "EpisodeOfCare", "Observation", "EpisodeOfCare?_summary=count"] {
        let answer = client.get(&format!("/{instance}/fhir/r4/{path}"));
        let empty = answer.status == 200 && answer.resources().is_empty() && !answer.text().contains("\"total\":1");
        assert!(answer.status == 403 || empty, "{path}: {} {}", answer.status, answer.start());
    }
    let form = format!("identifier={}", encode(&format!("{FNR}|{OLAV}")));
    let searched = client.search(&format!("/{instance}/fhir/r4/Patient/_search"), &form);
    assert!(searched.status == 403 || searched.resources().is_empty(), "{}", searched.start());
}

#[test]
fn another_municipalitys_nurse_is_refused_everywhere() {
    let nurse = || shared().who("sykepleier-dalfjord").attested(OLAV);
    sees_nothing(&nurse(), "9901");
    nurse()
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .refused(403, "other_organisation");
    nurse().post("/9901/fhir/r4/$status", &parameters(OLAV, None)).expect(403);
    nurse().get(&format!("/9901/okt/v1/okt-events/{OLAV}")).expect(403);
    nurse().get(&format!("/9901/okt/v1/okt-status/{OLAV}")).expect(403);
    let write = json!({ "personIdentifier": OLAV, "oktMessages": [] });
    let answer = nurse().post("/9901/okt/v1/okt-events", &write);
    assert!(matches!(answer.status, 403 | 422), "{} {}", answer.status, answer.start());
}

#[test]
fn what_is_in_one_municipality_is_not_in_the_other() {
    // In her own municipality the nurse may ask, and there is nothing of Nordvik's.
    let own = shared().who("sykepleier-dalfjord").attested(OLAV);
    sees_nothing(&own, "9902");
    let overview = own.post("/9902/fhir/r4/$overview", &parameters(OLAV, None)).expect(200).text();
    assert!(
        overview.contains("notstarted") && !overview.contains("EpisodeOfCare/"),
        "not registered here"
    );
    own.get(&format!("/9902/okt/v1/okt-status/{OLAV}")).expect(200);
}

#[test]
fn nordviks_personnel_and_systems_are_refused_in_dalfjord() {
    for persona in [
        "sykepleier-legevakt-nordvik",
        "lege-legevakt-nordvik",
        "saksbehandler-nordvik",
        "epj-nordvik",
        "system-test",
        "personvernombud-nordvik",
    ] {
        let client = shared().who(persona).attested(OLAV);
        sees_nothing(&client, "9902");
        let overview = client.post("/9902/fhir/r4/$overview", &parameters(OLAV, None));
        assert_eq!(overview.status, 403, "{persona}: {}", overview.start());
        let okt = client.get(&format!("/9902/okt/v1/okt-events/{OLAV}"));
        assert_eq!(okt.status, 403, "{persona}: {}", okt.start());
        let patient = json!({ "resourceType": "Patient", "active": true });
        let written = client.post("/9902/fhir/r4/Patient", &patient);
        assert_eq!(written.status, 403, "{persona}: {}", written.start());
    }
    shared().who("personvernombud-nordvik").get("/9902/admin/quarantine").expect(403);
}
