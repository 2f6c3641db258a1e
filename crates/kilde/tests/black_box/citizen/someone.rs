//! A citizen of a test's own, with a little of each kind of information.

use crate::client::{Client, FNR};
use crate::server::Kilde;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The FHIR base.
pub const BASE: &str = "/9901/fhir/r4";
/// Her blocks.
pub const BLOCKS: &str = "/9901/innbygger/sperringer";
/// Her access log.
pub const LOG: &str = "/9901/innbygger/tilgangslogg";

/// Numbers that no other test uses.
static STRANGERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let spare = kilde_sandbox::people::generate("9901", 300, 4711).skip(20);
    spare.map(|c| c.nin().to_string()).filter(|nin| nin.as_bytes()[0] < b'4').collect()
});

/// A synthetic citizen whom no sandbox has loaded.
pub fn stranger(number: usize) -> String {
    STRANGERS[number].clone()
}

/// A citizen with a patient, a pulse, a note from 2019 that is derived from it, and a service.
pub struct Someone<'a> {
    pub kilde: &'a Kilde,
    pub nin: String,
    pub patient: String,
    pub pulse: String,
    pub note: String,
    pub service: String,
}

impl Someone<'_> {
    /// The citizen with that number, delivered by the municipality's journal.
    pub fn new(kilde: &Kilde, number: usize) -> Someone<'_> {
        let nin = stranger(number);
        let url = |name: &str| format!("urn:uuid:00000000-0000-4000-8000-{number:06}{name}");
        let subject = json!({ "reference": url("000001") });
        let entry = |name: &str, resource: Value| {
            let rtype = resource["resourceType"].as_str().expect("a type").to_owned();
            json!({ "fullUrl": url(name), "resource": resource, "request": { "method": "POST", "url": rtype } })
        };
        let identifier = |name: &str| json!([{ "system": "https://example.org/citizen-tests", "value": format!("{name}-{number}") }]);
        let vital =
            json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }]);
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            entry("000001", json!({
                "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "name": [{ "family": "Sperresen", "given": ["Siv"] }]
            })),
            entry("000002", json!({
                "resourceType": "Observation", "status": "final", "category": vital, "subject": subject, "identifier": identifier("pulse"),
                "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] }, "effectiveDateTime": "2026-11-20T10:00:00Z",
                "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
            })),
            entry("000003", json!({
                "resourceType": "Observation", "status": "final", "subject": subject, "identifier": identifier("note"),
                "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] }, "effectiveDateTime": "2019-05-05",
                "valueString": "hemmelighet", "derivedFrom": [{ "reference": url("000002") }]
            })),
            entry("000004", json!({
                "resourceType": "EpisodeOfCare", "status": "active", "patient": subject, "period": { "start": "2024-01-10" },
                "type": [{ "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": "15" }] }],
                "managingOrganization": { "identifier": { "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "399901006" } }
            })),
        ] });
        let answer = kilde.who("epj-nordvik").post(BASE, &bundle).expect(200).json();
        let id = |at: usize| {
            let location = answer["entry"][at]["response"]["location"].as_str().expect("a location");
            let mut parts = location.split('/').rev().skip_while(|part| *part != "_history").skip(1);
            parts.next().expect("an id").to_owned()
        };
        Someone {
            kilde,
            nin,
            patient: id(0),
            pulse: id(1),
            note: id(2),
            service: id(3),
        }
    }

    /// Herself.
    pub fn citizen(&self) -> Client {
        self.kilde.who(&format!("innbygger-{}", self.nin))
    }

    /// A persona attested for her.
    pub fn attested(&self, persona: &str) -> Client {
        self.kilde.who(persona).attested(&self.nin)
    }

    /// The nurse at the emergency clinic.
    pub fn nurse(&self) -> Client {
        self.attested("sykepleier-legevakt-nordvik")
    }

    /// The nurse, in an emergency.
    pub fn emergency(&self) -> Client {
        self.nurse().purpose("ETREAT").reason("Funnet bevisstløs hjemme")
    }

    /// The addresses of what she has.
    pub fn everything(&self) -> [String; 4] {
        [
            format!("Patient/{}", self.patient),
            format!("Observation/{}", self.pulse),
            format!("Observation/{}", self.note),
            format!("EpisodeOfCare/{}", self.service),
        ]
    }

    /// Which of it somebody can read.
    pub fn readable(&self, client: &Client) -> Vec<bool> {
        let read = |path: &String| match client.get(&format!("{BASE}/{path}")).status {
            200 => true,
            404 => false,
            other => panic!("{path}: {other}"),
        };
        self.everything().iter().map(read).collect()
    }

    /// Registers a block and gives its id.
    #[track_caller]
    pub fn block(&self, against: Value, covers: Value, emergency_opens: bool) -> String {
        let block = json!({ "against": against, "covers": covers, "emergencyOpens": emergency_opens });
        let answer = self.citizen().post(BLOCKS, &block).expect(201);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Lifts it.
    pub fn lift(&self, id: &str) {
        self.citizen().ask("DELETE", &format!("{BLOCKS}/{id}")).send().expect(204);
    }

    /// What her log calls a reader by, who has looked.
    pub fn reader(&self, name: &str) -> String {
        let log = self.citizen().get(LOG).expect(200).json();
        let mut entries = log["entries"].as_array().expect("entries").iter();
        let entry = entries
            .find(|entry| entry["who"] == name)
            .unwrap_or_else(|| panic!("{name} in {log}"));
        entry["reader"].as_str().expect("a reference").to_owned()
    }
}
