//! Internal working notes are shared with nobody but the patient.

use super::someone::{BASE, Someone};
use crate::client::parameters;
use crate::server::shared;
use serde_json::json;

#[test]
fn an_internal_note_is_there_for_the_patient_and_who_wrote_it_only() {
    let her = Someone::new(shared(), 180);
    let source = shared().who("epj-nordvik");
    let counted = |client: &crate::client::Client| {
        let answer = client.get(&format!("{BASE}/Observation?patient=Patient/{}&_summary=count", her.patient));
        answer.expect(200).json()["total"].clone()
    };
    let (before, overview) = (
        counted(&her.nurse()),
        her.nurse()
            .post(&format!("{BASE}/$overview"), &parameters(&her.nin, None))
            .expect(200),
    );
    let note = json!({
        "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{}", her.patient) },
        "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] }, "effectiveDateTime": "2026-11-20T10:00:00Z",
        "valueString": "arbeidsnotat", "meta": { "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NODSCLCDS" }] }
    });
    let made = source.post(&format!("{BASE}/Observation"), &note).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    let path = format!("{BASE}/Observation/{id}");
    let proxy = json!({ "holder": super::proxies::holder(&her.nin), "name": "Kari", "tasks": ["insight"] });
    her.citizen().post("/9901/innbygger/fullmakter", &proxy).expect(201);
    for reader in [
        her.nurse(),
        her.emergency(),
        her.attested("lege-legevakt-nordvik"),
        shared().who(&format!("verge-{}", her.nin)),
    ] {
        reader.get(&path).refused(404, "not-found");
        reader.get(&format!("{path}/_history")).refused(404, "not-found");
        for query in [
            "Observation?code=34109-9",
            "Observation?_content=arbeidsnotat",
            "Patient?_revinclude=Observation:subject",
        ] {
            let found = reader.get(&format!("{BASE}/{query}")).expect(200);
            assert!(!found.text().contains(id), "{query}: {}", found.start());
        }
    }
    assert_eq!(counted(&her.nurse()), before);
    let again = her
        .nurse()
        .post(&format!("{BASE}/$overview"), &parameters(&her.nin, None))
        .expect(200);
    let withheld = |answer: &crate::client::Answer| answer.text().matches("withheld").count();
    assert_eq!(withheld(&again), withheld(&overview));
    her.citizen().get(&path).expect(200);
    source.get(&path).expect(200);
}
