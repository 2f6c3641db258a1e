//! A citizen with a little of every kind of information, each with a mark that stands nowhere else; and a neighbour.

use crate::citizen::someone::{BASE, stranger};
use crate::client::{Client, FNR};
use crate::server::Kilde;
use serde_json::{Value, json};

/// The kinds of information that a role may reach, each with its mark.
pub const MARKS: [(char, &str); 7] = [
    ('P', "Merkeperson"),
    ('M', "Merkemaaling"),
    ('J', "Merkejournal"),
    ('T', "Merketjeneste"),
    ('C', "Merketvang"),
    // The free text of a service.
    ('D', "Merkebeskrivelse"),
    // Where she lives, and where she gets her services.
    ('A', "Merkested"),
];

/// A citizen, and the ids of what is known of her.
pub struct Marked<'a> {
    pub kilde: &'a Kilde,
    pub nin: String,
    pub patient: String,
    pub pulse: String,
    pub note: String,
    pub service: String,
    pub coercion: String,
    pub document: String,
    pub list: String,
}

fn vital() -> Value {
    json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }])
}

impl Marked<'_> {
    /// The stranger with that number, delivered by the municipality's journal; with marks, or with none.
    pub fn new(kilde: &Kilde, number: usize, marked: bool) -> Marked<'_> {
        Marked::at(kilde, number, marked, "399901006", false)
    }

    /// The same, with services from that unit; and with a secret address.
    pub fn at<'a>(kilde: &'a Kilde, number: usize, marked: bool, unit: &str, secret: bool) -> Marked<'a> {
        let nin = stranger(number);
        let mark = |text: &str| if marked { text.to_owned() } else { "Umerket".to_owned() };
        let url = |name: &str| format!("urn:uuid:00000000-0000-4000-9000-{number:06}{name}");
        let subject = json!({ "reference": url("000001") });
        let entry = |name: &str, resource: Value| {
            let rtype = resource["resourceType"].as_str().expect("a type").to_owned();
            json!({ "fullUrl": url(name), "resource": resource, "request": { "method": "POST", "url": rtype } })
        };
        let identifier = |name: &str| json!([{ "system": "https://example.org/matrix", "value": format!("{name}-{number}") }]);
        let observation = |name: &str, code: &str, more: Value| {
            let mut all = json!({
                "resourceType": "Observation", "status": "final", "subject": subject, "identifier": identifier(name),
                "code": { "coding": [{ "system": "http://loinc.org", "code": code }] }, "effectiveDateTime": "2026-11-20T10:00:00Z"
            });
            let (Some(all_of_it), Some(more)) = (all.as_object_mut(), more.as_object()) else {
                return all;
            };
            all_of_it.extend(more.clone());
            all
        };
        let episode = |name: &str, service: &str, text: &str| {
            json!({
                "resourceType": "EpisodeOfCare", "status": "active", "patient": subject, "period": { "start": "2024-01-10" },
                "identifier": identifier(name),
                "type": [{
                    "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": service, "display": text }],
                    "text": if service == "15" { mark("Merkebeskrivelse") } else { mark("Merketvang") }
                }],
                "managingOrganization": { "display": if marked && service == "15" { "Merkested" } else { "Umerket" }, "identifier": { "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": unit } }
            })
        };
        let mut patient = json!({
            "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "name": [{ "family": mark("Merkeperson"), "given": ["Siv"] }],
            "address": [{ "line": [mark("Merkested 1")], "city": "Nordvik" }]
        });
        if secret {
            patient["meta"]["security"] = json!([{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V" }]);
        }
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            entry("000001", patient),
            entry("000002", observation("pulse", "8867-4", json!({
                "category": vital(), "note": [{ "text": mark("Merkemaaling") }],
                "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
            }))),
            entry("000003", observation("note", "34109-9", json!({
                "valueString": mark("Merkejournal"), "derivedFrom": [{ "reference": url("000002") }]
            }))),
            entry("000004", episode("service", "15", &mark("Merketjeneste"))),
            entry("000005", episode("coercion", "24", &mark("Merketvang"))),
            entry("000006", json!({
                "resourceType": "Composition", "status": "final", "type": { "text": "Epikrise" }, "date": "2026-01-01", "title": mark("Merkejournal"),
                "subject": subject, "author": [{ "display": "Legevakten" }], "section": [{ "entry": [{ "reference": url("000003") }] }]
            })),
            entry("000007", json!({
                "resourceType": "List", "status": "current", "mode": "working", "title": mark("Merkejournal"), "subject": subject,
                "entry": [{ "item": { "reference": url("000003") } }, { "item": { "reference": url("000002") } }]
            })),
        ] });
        let answer = kilde.who("epj-nordvik").post(BASE, &bundle).expect(200).json();
        let id = |at: usize| {
            let location = answer["entry"][at]["response"]["location"].as_str().expect("a location");
            let mut parts = location.split('/').rev().skip_while(|part| *part != "_history").skip(1);
            parts.next().expect("an id").to_owned()
        };
        let marked = Marked {
            kilde,
            nin,
            patient: id(0),
            pulse: id(1),
            note: id(2),
            service: id(3),
            coercion: id(4),
            document: id(5),
            list: id(6),
        };
        // An earlier version says what the newest does not.
        let mut again = kilde
            .who("epj-nordvik")
            .get(&format!("{BASE}/Observation/{}", marked.note))
            .expect(200)
            .json();
        again["status"] = json!("amended");
        kilde
            .who("epj-nordvik")
            .put(&format!("{BASE}/Observation/{}", marked.note), &again)
            .expect(200);
        marked
    }

    /// Herself.
    pub fn citizen(&self) -> Client {
        self.kilde.who(&format!("innbygger-{}", self.nin))
    }

    /// A persona attested for her.
    pub fn attested(&self, persona: &str) -> Client {
        self.kilde.who(persona).attested(&self.nin)
    }

    /// Registers a block and gives its path.
    #[track_caller]
    pub fn block(&self, covers: Value, emergency_opens: bool) -> String {
        let block = json!({ "against": "everyone", "covers": covers, "emergencyOpens": emergency_opens });
        let answer = self.citizen().post("/9901/innbygger/sperringer", &block).expect(201).json();
        format!("/9901/innbygger/sperringer/{}", answer["id"].as_str().expect("an id"))
    }

    /// Lets the persona that represents her see something, and gives the path of the proxy.
    #[track_caller]
    pub fn proxy(&self, categories: &[&str]) -> String {
        let persona = kilde_sandbox::persona::persona(&format!("verge-{}", self.nin), &kilde_sandbox::People::fixed()).expect("a persona");
        let zone = jiff::tz::TimeZone::get("Europe/Oslo").expect("a zone");
        let today = jiff::Timestamp::now().to_zoned(zone).date().to_string();
        let proxy = json!({
            "holder": persona.person.expect("a person").pid, "name": "Kari Nordmann", "tasks": ["insight"], "categories": categories,
            "period": { "from": today, "to": today }
        });
        let answer = self.citizen().post("/9901/innbygger/fullmakter", &proxy).expect(201).json();
        format!("/9901/innbygger/fullmakter/{}", answer["id"].as_str().expect("an id"))
    }

    /// Takes away a block or a proxy.
    #[track_caller]
    pub fn lift(&self, path: &str) {
        self.citizen().ask("DELETE", path).send().expect(204);
    }
}
