//! The access log by IHE's Basic Audit Log Patterns. Their package is not among our data; what the ten profiles for R4 demand (BALP 1.1.3,
//! `input/fsh` of the guide) is restated here as profiles, and what the server emits is held against them by `kilde verify`.

use super::audit_event::{EVENTS, errors, look, officer, packages};
use crate::client::{FNR, OLAV, encode};
use crate::server::Kilde;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const BALP: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";

/// Name, action, codes of client and server, whether the one thing is a query.
type Pattern = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    (&'static str, &'static str),
    bool,
);
const PATTERNS: [Pattern; 5] = [
    ("Create", "C", (DICOM, "110153"), (DICOM, "110152"), false),
    ("Read", "R", (DICOM, "110152"), (DICOM, "110153"), false),
    ("Update", "U", (DICOM, "110153"), (DICOM, "110152"), false),
    (
        "Delete",
        "D",
        (DICOM, "110150"),
        ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"),
        false,
    ),
    ("Query", "E", (DICOM, "110153"), (DICOM, "110152"), true),
];

fn element(id: &str, rest: Value) -> Value {
    let path: Vec<&str> = id.split('.').map(|part| part.split(':').next().unwrap_or(part)).collect();
    let mut element = json!({ "id": id, "path": path.join(".") });
    if let (Some(element), Some(rest)) = (element.as_object_mut(), rest.as_object()) {
        element.extend(rest.clone());
    }
    element
}

/// What a pattern demands, as a differential.
fn differential((name, action, client, server, query): Pattern, patient: bool) -> Vec<Value> {
    let sliced = |path: &str, min: u32| {
        let by = json!([{ "type": "pattern", "path": "type" }]);
        json!({ "min": min, "slicing": { "discriminator": by, "rules": "open" }, "short": path })
    };
    let kind = |system: &str, code: &str| json!({ "min": 1, "patternCodeableConcept": { "coding": [{ "system": system, "code": code }] } });
    let coding = |system: &str, code: &str| json!({ "min": 1, "patternCoding": { "system": system, "code": code } });
    let user = if matches!(name, "Read" | "Query") { "IRCP" } else { "AUT" };
    let mut all = vec![
        element("AuditEvent", json!({})),
        element(
            "AuditEvent.type",
            json!({ "patternCoding": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest" } }),
        ),
        element("AuditEvent.subtype", json!({ "min": 1 })),
        element("AuditEvent.action", json!({ "min": 1, "patternCode": action })),
        element("AuditEvent.outcome", json!({ "min": 1, "patternCode": "0" })),
        element("AuditEvent.agent", sliced("agent", 2)),
    ];
    for (slice, (system, code)) in [("client", client), ("server", server)] {
        let at = |rest: &str| format!("AuditEvent.agent:{slice}{rest}");
        all.push(element(&at(""), json!({ "sliceName": slice, "min": 1, "max": "1" })));
        all.push(element(&at(".type"), kind(system, code)));
        all.push(element(&at(".who"), json!({ "min": 1 })));
        all.push(element(&at(".media"), json!({ "max": "0" })));
        all.push(element(&at(".network"), json!({ "min": 1 })));
    }
    all.push(element(
        "AuditEvent.agent:user",
        json!({ "sliceName": "user", "min": 0, "max": "1" }),
    ));
    all.push(element("AuditEvent.agent:user.type", kind(PARTICIPATION, user)));
    all.push(element("AuditEvent.agent:user.who", json!({ "min": 1 })));
    all.push(element("AuditEvent.agent:user.requestor", json!({ "patternBoolean": true })));
    all.push(element("AuditEvent.agent:user.media", json!({ "max": "0" })));
    all.push(element("AuditEvent.agent:user.network", json!({ "max": "0" })));
    all.push(element("AuditEvent.entity", sliced("entity", 1 + u32::from(patient))));
    let slice = if query { "query" } else { "data" };
    let at = |rest: &str| format!("AuditEvent.entity:{slice}{rest}");
    all.push(element(&at(""), json!({ "sliceName": slice, "min": 1, "max": "1" })));
    let what = if query { json!({ "max": "0" }) } else { json!({ "min": 1 }) };
    all.push(element(&at(".what"), what));
    all.push(element(&at(".type"), coding(ENTITY, "2")));
    all.push(element(&at(".role"), coding(ROLE, if query { "24" } else { "4" })));
    if query {
        all.push(element(&at(".lifecycle"), json!({ "max": "0" })));
        all.push(element(&at(".query"), json!({ "min": 1 })));
        all.push(element(&at(".detail"), json!({ "max": "0" })));
    }
    if patient {
        all.push(element(
            "AuditEvent.entity:patient",
            json!({ "sliceName": "patient", "min": 1, "max": "1" }),
        ));
        let target = json!([{ "code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Patient"] }]);
        all.push(element("AuditEvent.entity:patient.what", json!({ "min": 1, "type": target })));
        all.push(element("AuditEvent.entity:patient.type", coding(ENTITY, "1")));
        all.push(element("AuditEvent.entity:patient.role", coding(ROLE, "1")));
    }
    all
}

/// The profiles as an unpacked package.
fn restate(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let manifest =
        json!({ "name": "balp.restated", "version": "1.1.3", "fhirVersions": ["4.0.1"], "dependencies": { "hl7.fhir.r4.core": "4.0.1" } });
    std::fs::write(folder.join("package.json"), manifest.to_string()).expect("written");
    for pattern in PATTERNS {
        for patient in [false, true] {
            let name = format!("{}{}", if patient { "Patient" } else { "" }, pattern.0);
            let profile = json!({
                "resourceType": "StructureDefinition", "id": format!("balp-{name}"), "url": format!("{BALP}{name}"), "name": name, "status": "active",
                "fhirVersion": "4.0.1", "kind": "resource", "abstract": false, "type": "AuditEvent", "derivation": "constraint",
                "baseDefinition": "http://hl7.org/fhir/StructureDefinition/AuditEvent",
                "differential": { "element": differential(pattern, patient) },
            });
            std::fs::write(folder.join(format!("{name}.json")), profile.to_string()).expect("written");
        }
    }
}

fn claim(event: &Value) -> String {
    let url = event["meta"]["profile"][0].as_str().unwrap_or_default();
    url.strip_prefix(BALP).unwrap_or_default().to_owned()
}

/// All pages of a search.
fn pages(kilde: &Kilde, query: &str) -> Vec<Value> {
    let mut page = officer(kilde).get(&format!("{EVENTS}?{query}")).expect(200);
    let mut all = page.resources();
    while let Some(next) = page.next() {
        page = officer(kilde).get(&next).expect(200);
        all.extend(page.resources());
    }
    all
}

#[test]
fn what_is_emitted_validates_against_the_patterns() {
    let Some(from) = packages() else {
        println!("SKIPPED: hl7.fhir.r4.core is missing; set KILDE_SHARED to the folder that holds data/");
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::start(data.path());
    (0..3).for_each(|_| look(&kilde));
    let source = kilde.who("epj-nordvik");
    let device = json!({
        "resourceType": "Device", "status": "active", "deviceName": [{ "name": "Vekt", "type": "user-friendly-name" }],
    });
    let made = source.post("/9901/fhir/r4/Device", &device).expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/9901/fhir/r4/Device/{id}");
    let mut changed = made.json();
    changed["status"] = json!("inactive");
    source.put(&path, &changed).expect(200);
    source.get(&path).expect(200);
    source.ask("DELETE", &path).send();
    let all: Vec<&str> = ["Create", "Read", "Update", "Delete", "Query"].to_vec();
    let urls: Vec<String> = all
        .iter()
        .flat_map(|name| [format!("{BALP}{name}"), format!("{BALP}Patient{name}")])
        .collect();
    let events = pages(&kilde, &format!("_count=200&_profile={}", encode(&urls.join(","))));
    let claimed: BTreeSet<String> = events.iter().map(claim).collect();
    for name in all {
        assert!(
            claimed.contains(name) || claimed.contains(&format!("Patient{name}")),
            "{name}: {claimed:?}"
        );
    }
    assert!(claimed.contains("PatientQuery"), "{claimed:?}");
    assert!(
        events
            .iter()
            .all(|event| event["outcome"] == "0" && event["id"].as_str().is_some_and(|id| id.starts_with("balp-")))
    );

    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("packages");
    restate(&folder.join("balp"));
    std::fs::copy(from.join("hl7.fhir.r4.core-4.0.1.tgz"), folder.join("hl7.fhir.r4.core-4.0.1.tgz")).expect("copied");
    assert_eq!(errors(&folder, &events), Vec::<Value>::new());
    // The profiles are asked: each event without its server, and without its thing, is not held.
    for event in &events {
        let mut without = event.clone();
        if let Some(agents) = without["agent"].as_array_mut() {
            agents.remove(1);
        }
        assert!(!errors(&folder, &[without]).is_empty(), "{}", claim(event));
    }

    // One of them is what the same id reads, and one profile asked for gives no other.
    let query = events.iter().find(|event| claim(event) == "PatientQuery").expect("a query");
    let id = query["id"].as_str().expect("an id");
    assert_eq!(officer(&kilde).get(&format!("{EVENTS}/{id}")).expect(200).json(), *query);
    let only = pages(&kilde, &format!("_profile={}", encode(&format!("{BALP}PatientQuery"))));
    let only_until = encode(only[0]["recorded"].as_str().expect("a time"));
    assert!(!only.is_empty() && only.iter().all(|event| claim(event) == "PatientQuery"));
    // A page is filled, though the newest entries have no pattern, and pages miss and repeat none.
    let by_one = officer(&kilde)
        .get(&format!(
            "{EVENTS}?_count=1&outcome=0&_profile={}",
            encode(&format!("{BALP}PatientQuery"))
        ))
        .expect(200);
    assert_eq!(by_one.resources().len(), 1);
    let one_by_one = pages(
        &kilde,
        &format!("_count=1&date=lt{}&_profile={}", only_until, encode(&format!("{BALP}PatientQuery"))),
    );
    let known = |events: &[Value]| events.iter().map(|event| event["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(known(&one_by_one), known(&only[only.len() - one_by_one.len()..]));
    assert!(!one_by_one.is_empty());
}

#[test]
fn refusals_have_no_pattern_and_the_national_form_has_them() {
    let data = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::start(data.path());
    look(&kilde);
    let form = format!("patient:identifier={}&outcome=4", encode(&format!("{FNR}|{OLAV}")));
    kilde
        .who("sykepleier-legevakt-nordvik")
        .attested(OLAV)
        .get("/9901/fhir/r4/Patient/finnes-ikke");
    let refused = officer(&kilde).search(&format!("{EVENTS}/_search"), &form).expect(200).resources();
    let all = pages(&kilde, "outcome=4&_count=200");
    assert!(all.iter().all(|event| event["outcome"] == "4") && !all.is_empty());
    for event in refused.iter().chain(&all) {
        let id = event["id"].as_str().expect("an id").replace("tilgang-", "balp-");
        officer(&kilde).get(&format!("{EVENTS}/{id}")).expect(404);
    }
    let profile = encode(&format!("{BALP}PatientQuery"));
    assert_eq!(pages(&kilde, &format!("outcome=4&_profile={profile}")), Vec::<Value>::new());
    officer(&kilde)
        .get(&format!("{EVENTS}?_profile={}", encode(&format!("{BALP}Anything"))))
        .expect(400);
    let national = encode("http://hl7.no/fhir/StructureDefinition/no-domain-Trustframework-Auditevent");
    let claiming = pages(&kilde, &format!("_profile={national}"));
    assert!(claiming.iter().all(|event| event["extension"].is_array()) && !claiming.is_empty());
    for persona in ["drift", "leder-legevakt-nordvik"] {
        assert_eq!(kilde.who(persona).get(&format!("{EVENTS}/balp-1")).status, 403, "{persona}");
    }
}
