//! The access log as AuditEvent, held against HL7 Norway's trust-framework profile.

use crate::client::{Client, FNR, OLAV, SOLVEIG, eleven_digits, encode, parameters};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const EVENTS: &str = "/9901/fhir/r4/AuditEvent";

pub fn look(kilde: &Kilde) {
    kilde
        .who("lege-legevakt-nordvik")
        .attested(OLAV)
        .purpose("ETREAT")
        .reason("Funnet bevisstløs ute på gaten")
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .expect(200);
    kilde
        .who("sykepleier-legevakt-nordvik")
        .attested(SOLVEIG)
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .expect(403);
    kilde.who("epj-nordvik").get("/9901/fhir/r4/Observation?_count=1");
}

pub fn officer(kilde: &Kilde) -> Client {
    kilde.who("personvernombud-nordvik")
}

#[test]
fn the_log_is_searched_and_read_as_audit_events_with_refusals() {
    // More than a page.
    (0..3).for_each(|_| look(shared()));
    let form = format!("patient:identifier={}&_count=5", encode(&format!("{FNR}|{OLAV}")));
    let page = officer(shared()).search(&format!("{EVENTS}/_search"), &form).expect(200);
    let events = page.resources();
    assert!(!events.is_empty() && events.iter().all(|e| e["resourceType"] == "AuditEvent"));
    assert_eq!(eleven_digits(&page.text()), Vec::<&str>::new());
    let next = page.next().expect("a next page");
    assert!(!next.contains(OLAV));
    let more = officer(shared()).get(&next).expect(200).resources();
    assert!(more.iter().all(|e| events.iter().all(|f| f["id"] != e["id"])));
    let refused = format!("patient:identifier={}&outcome=4", encode(&format!("{FNR}|{OLAV}")));
    let refused = officer(shared())
        .search(&format!("{EVENTS}/_search"), &refused)
        .expect(200)
        .resources();
    assert!(!refused.is_empty() && refused.iter().all(|e| e["outcome"] == "4" && e["outcomeDesc"].is_string()));
    let id = refused[0]["id"].as_str().expect("an id");
    let one = officer(shared()).get(&format!("{EVENTS}/{id}")).expect(200);
    assert_eq!(one.json(), refused[0]);
    officer(shared()).get(&format!("{EVENTS}/tilgang-999999999")).expect(404);
    officer(shared())
        .get(&format!("{EVENTS}?patient:identifier={}", encode(&format!("{FNR}|{OLAV}"))))
        .expect(400);
    officer(shared()).get(&format!("{EVENTS}?agent=x")).expect(400);
}

#[test]
fn nobody_else_reads_the_log_as_audit_events() {
    look(shared());
    let form = format!("patient:identifier={}", encode(&format!("{FNR}|{OLAV}")));
    for persona in ["drift", "leder-legevakt-nordvik"] {
        assert_eq!(
            shared().who(persona).search(&format!("{EVENTS}/_search"), &form).status,
            403,
            "{persona}"
        );
        assert_eq!(shared().who(persona).get(&format!("{EVENTS}/tilgang-1")).status, 403, "{persona}");
    }
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    assert!(nurse.get(&format!("{EVENTS}/tilgang-1")).status >= 400);
    let found = nurse.get(EVENTS);
    assert!(found.status != 200 || found.resources().is_empty());
    shared().who("system-test").get(&format!("{EVENTS}/tilgang-1")).expect(404);
}

pub fn packages() -> Option<PathBuf> {
    let shared =
        std::env::var_os("KILDE_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/packages");
    folder.join("hl7.fhir.no.domain.auditevent-0.9.8.tgz").is_file().then_some(folder)
}

#[test]
fn what_is_emitted_validates_against_the_national_profile() {
    let Some(from) = packages() else {
        println!("SKIPPED: hl7.fhir.no.domain.auditevent is missing; set KILDE_SHARED to the folder that holds data/");
        return;
    };
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("packages");
    std::fs::create_dir(&folder).expect("a folder");
    for name in [
        "hl7.fhir.r4.core-4.0.1.tgz",
        "hl7.fhir.no.basis-2.2.0.tgz",
        "hl7.fhir.no.domain.auditevent-0.9.8.tgz",
    ] {
        std::fs::copy(from.join(name), folder.join(name)).expect("copied");
    }
    look(shared());
    let form = format!("patient:identifier={}&_count=200", encode(&format!("{FNR}|{OLAV}")));
    let mut events = officer(shared())
        .search(&format!("{EVENTS}/_search"), &form)
        .expect(200)
        .resources();
    events.extend(officer(shared()).get(&format!("{EVENTS}?_count=50")).expect(200).resources());
    let claims = |event: &Value| {
        event["meta"]["profile"][0]
            .as_str()
            .is_some_and(|p| p.ends_with("no-domain-Trustframework-Auditevent"))
    };
    // One of each kind: by what is claimed, by outcome, by how many kinds of things are contained, with what the attestation said or without.
    let mut kinds = std::collections::BTreeMap::new();
    for event in events {
        let key = (
            claims(&event),
            event["outcome"].to_string(),
            event["contained"].as_array().map_or(0, Vec::len),
            attested(&event).is_some(),
        );
        kinds.entry(key).or_insert(event);
    }
    assert!(
        kinds.keys().any(|k| k.0 && k.1.contains('0')) && kinds.keys().any(|k| k.0 && k.1.contains('4')),
        "{:?}",
        kinds.keys()
    );
    assert!(kinds.keys().any(|k| k.0 && k.3), "{:?}", kinds.keys());
    let all: Vec<Value> = kinds.into_values().collect();
    assert_eq!(errors(&folder, &all), Vec::<Value>::new());
    // The profile is asked: without the patient it is not held.
    let mut without = all.into_iter().find(claims).expect("one that claims the profile");
    if let Some(event) = without.as_object_mut() {
        event.remove("extension");
    }
    assert!(!errors(&folder, &[without]).is_empty());
}

/// What the attestation said of itself: the parts of the extension.
fn attested(event: &Value) -> Option<&Vec<Value>> {
    let all = event["extension"].as_array()?;
    let found = all
        .iter()
        .find(|e| e["url"] == "http://hl7.no/fhir/StructureDefinition/auditevent-carerelation-metadata-extension")?;
    found["extension"].as_array()
}

/// When it was attested, by which decision, and that the reader herself chose: of a permit and of a refusal.
#[test]
fn what_the_attestation_said_of_itself_is_told() {
    let her = crate::citizen::someone::stranger(181);
    shared()
        .who("epj-nordvik")
        .post(
            "/9901/fhir/r4/Patient",
            &json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": her }] }),
        )
        .expect(201);
    let begun = jiff::Timestamp::now().as_second();
    let nurse = || shared().who("sykepleier-legevakt-nordvik").attested(&her);
    nurse().get("/9901/fhir/r4/Patient").expect(200);
    nurse().self_declared().get("/9901/fhir/r4/Patient").expect(200);
    nurse().purpose("ETREAT").get("/9901/fhir/r4/Patient").expect(403);
    let form = format!("patient:identifier={}", encode(&format!("{FNR}|{her}")));
    let events = officer(shared())
        .search(&format!("{EVENTS}/_search"), &form)
        .expect(200)
        .resources();
    let told: Vec<(&Value, &Value, bool)> = events
        .iter()
        .filter_map(|event| {
            let parts = attested(event)?;
            let part = |url: &str| parts.iter().find(|p| p["url"] == url).unwrap_or(&Value::Null);
            assert!(!part("decision-ref-id")["valueString"].as_str().unwrap_or("").is_empty());
            let at = part("toa")["valueUnsignedInt"].as_i64().unwrap_or(0);
            let recent = (begun - 60..=begun + 600).contains(&at);
            Some((&event["outcome"], &part("decision-ref-user-selected")["valueBoolean"], recent))
        })
        .collect();
    let mut told: Vec<String> = told.into_iter().map(|one| format!("{one:?}")).collect();
    told.sort();
    assert_eq!(
        told,
        [
            r#"(String("0"), Bool(false), true)"#,
            r#"(String("0"), Bool(true), true)"#,
            r#"(String("4"), Bool(false), true)"#
        ]
    );
}

/// The errors that `kilde verify` finds in resources with these packages.
pub fn errors(packages: &Path, resources: &[Value]) -> Vec<Value> {
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let id = resource["id"].as_str().unwrap_or_default();
            json!({ "fullUrl": format!("https://kilde.example/9901/fhir/r4/AuditEvent/{id}"), "resource": resource })
        })
        .collect();
    let file = packages.with_extension("json");
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    std::fs::write(&file, bundle.to_string()).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["verify", "--json", "--packages"])
        .arg(packages)
        .arg(&file)
        .output()
        .expect("the program runs");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("an OperationOutcome");
    let issues = outcome["issue"].as_array().cloned().unwrap_or_default();
    let is_error = |issue: &Value| ["error", "fatal"].contains(&issue["severity"].as_str().unwrap_or(""));
    issues.into_iter().filter(is_error).collect()
}
