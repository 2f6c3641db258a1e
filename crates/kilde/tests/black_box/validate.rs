//! `$validate`: <https://hl7.org/fhir/R4/resource-operation-validate.html>.

use crate::client::{Answer, FNR, NOBODY, OLAV, SOLVEIG, stranger};
use crate::packages::own;
use crate::server::shared;
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";
const PROFILE: &str = "https://kilde.example/fhir/StructureDefinition/example-pressure";

/// An Observation as the profile wants it.
pub fn pressure() -> Value {
    json!({
        "resourceType": "Observation",
        "meta": { "profile": [PROFILE] },
        "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8480-6" }] },
        "valueQuantity": { "value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]" },
        "bodySite": { "coding": [{ "system": "https://kilde.example/fhir/CodeSystem/example-sites", "code": "left-arm" }] }
    })
}

/// Severity and rule of each issue.
pub fn issues(answer: &Answer) -> Vec<(String, String)> {
    answer.rule();
    let outcome = answer.json();
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let all = outcome["issue"].as_array().expect("issues").iter();
    all.map(|i| (text(&i["severity"]), text(&i["details"]["coding"][0]["code"])))
        .collect()
}

/// The rules of the errors.
#[track_caller]
pub fn errors(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.start());
    issues(answer)
        .into_iter()
        .filter(|(severity, _)| severity == "error" || severity == "fatal")
        .map(|(_, rule)| rule)
        .collect()
}

fn validate(resource: &Value) -> Answer {
    let rtype = resource["resourceType"].as_str().expect("a type");
    own().who("epj-nordvik").post(&format!("{BASE}/{rtype}/$validate"), resource)
}

#[test]
fn a_resource_that_is_as_it_should_be_has_no_errors_and_the_answer_is_200() {
    assert_eq!(errors(&validate(&pressure())), Vec::<String>::new());
}

#[test]
fn what_is_wrong_is_told_at_once_with_rule_place_and_what_was_expected() {
    let mut wrong = pressure();
    wrong["bodySite"]["coding"][0]["code"] = json!("head");
    wrong["note"] = json!([{ "text": "x" }]);
    wrong["valueQuantity"]["value"] = json!(-1);
    wrong["birthDate"] = json!("1970-01-01");
    let text = serde_json::to_string_pretty(&wrong).expect("JSON");
    let answer = own()
        .who("epj-nordvik")
        .ask("POST", &format!("{BASE}/Observation/$validate"))
        .body(crate::client::FHIR, &text)
        .send();
    let mut found = errors(&answer);
    found.sort();
    assert_eq!(
        found,
        ["fhir-element-unknown", "profile-binding", "profile-invariant", "profile-max"],
        "{}",
        answer.text()
    );
    let outcome = answer.json();
    let note = outcome["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .find(|i| i["details"]["coding"][0]["code"] == "profile-max")
        .expect("the finding")
        .clone();
    assert_eq!(note["expression"][0], "Observation.note[0]");
    // The array begins on the line of its name, its first item on the next.
    let line = 2 + text.lines().position(|l| l.contains("\"note\"")).expect("the line");
    let diagnostics = note["diagnostics"].as_str().expect("diagnostics");
    assert!(diagnostics.starts_with(&format!("{line}:")), "{diagnostics}");
    for part in ["found=1", "expected=0", "element=Observation.note", PROFILE] {
        assert!(diagnostics.contains(part), "{part}: {diagnostics}");
    }
}

#[test]
fn a_resource_may_come_in_parameters_with_mode_and_profile() {
    let mut plain = pressure();
    plain.as_object_mut().expect("an object").remove("meta");
    plain.as_object_mut().expect("an object").remove("bodySite");
    assert_eq!(errors(&validate(&plain)), Vec::<String>::new(), "it claims nothing");
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "mode", "valueCode": "profile" },
        { "name": "profile", "valueUri": PROFILE },
        { "name": "resource", "resource": plain }
    ]});
    let client = own().who("epj-nordvik");
    let answer = client.post(&format!("{BASE}/Observation/$validate"), &parameters);
    assert_eq!(errors(&answer), ["profile-min"]);
    let by_url = format!("{BASE}/Observation/$validate?profile={}", crate::client::encode(PROFILE));
    assert_eq!(errors(&client.post(&by_url, &plain)), ["profile-min"]);
    let unknown = format!("{BASE}/Observation/$validate?profile=http%3A%2F%2Fexample.org%2Fnone");
    assert_eq!(errors(&client.post(&unknown, &plain)), ["profile-unknown"]);
}

#[test]
fn the_url_names_type_and_id() {
    let client = own().who("epj-nordvik");
    let patient = json!({ "resourceType": "Patient", "active": true });
    assert_eq!(
        errors(&client.post(&format!("{BASE}/Observation/$validate"), &patient)),
        ["resource-type"]
    );
    let path = format!("{BASE}/Patient/some/$validate?mode=update");
    assert_eq!(errors(&client.post(&path, &patient)), ["id-mismatch"]);
    let named = json!({ "resourceType": "Patient", "id": "some", "active": true });
    assert_eq!(errors(&client.post(&path, &named)), Vec::<String>::new());
}

#[test]
fn national_ids_and_rules_of_services_are_examined_as_at_intake() {
    let patient = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": "12345678901" }] });
    let found = errors(&validate(&patient));
    assert!(found.iter().any(|r| r.starts_with("no-nin")), "{found:?}");
}

#[test]
fn a_question_that_cannot_be_is_400() {
    let client = own().who("epj-nordvik");
    let observation = format!("{BASE}/Observation/$validate");
    let post = |path: &str, body: &str| client.ask("POST", path).body(crate::client::FHIR, body).send();
    post(&observation, "{\"resourceType\": ").refused(400, "json-syntax");
    post(&observation, "").refused(400, "validate-nothing");
    post(&observation, "{\"resourceType\":\"Parameters\"}").refused(400, "validate-nothing");
    post(&format!("{observation}?mode=all"), "{}").refused(400, "validate-mode");
    post(&format!("{observation}?mode=profile"), "{}").refused(400, "validate-profile-missing");
    post(&format!("{observation}?mode=delete"), "{}").refused(400, "validate-mode-instance");
    post(&format!("{observation}?strict=1"), "{}").refused(400, "validate-parameter");
    post(&format!("{observation}?profile=urn%3Ax%3A{SOLVEIG}"), "{}").refused(400, "no-nin-in-url");
    client.get(&observation).refused(405, "method-not-allowed");
    client
        .get(&format!("{BASE}/Pasient/x/$validate"))
        .refused(404, "unknown-resource-type");
    let long = format!("{{\"resourceType\":\"Observation\",\"x\":\"{}\"}}", "a".repeat(9 << 20));
    post(&observation, &long).refused(413, "limit-bytes");
}

#[test]
fn nothing_is_stored() {
    let system = shared().who("system-test");
    let nin = stranger(73);
    let patient = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }] });
    system.post(&format!("{BASE}/Patient/$validate"), &patient).expect(200);
    let found = system
        .search(&format!("{BASE}/Patient/_search"), &format!("identifier={nin}"))
        .expect(200);
    assert_eq!(found.resources().len(), 0);
}

#[test]
fn anybody_with_a_valid_token_may_validate_a_body_and_nobody_without() {
    let patient = json!({ "resourceType": "Patient", "active": true });
    let path = format!("{BASE}/Patient/$validate");
    for persona in ["lege-legevakt-nordvik", "saksbehandler-nordvik", "tavle-nordvik", "drift"] {
        shared().who(persona).post(&path, &patient).expect(200);
    }
    let nobody = crate::client::Ask::new("POST", &format!("{}{path}", shared().url))
        .json(&patient)
        .send();
    assert_eq!(nobody.status, 401);
}

#[test]
fn a_stored_resource_is_validated_for_those_who_may_read_it() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let observation = physician
        .get(&format!("{BASE}/Observation?_count=1"))
        .expect(200)
        .resources()
        .remove(0);
    let path = format!("{BASE}/Observation/{}/$validate", observation["id"].as_str().expect("an id"));
    assert_eq!(errors(&physician.get(&path)), Vec::<String>::new());
    assert_eq!(errors(&physician.ask("POST", &path).send()), Vec::<String>::new());
    let asked = json!({ "resourceType": "Parameters", "parameter": [{ "name": "mode", "valueCode": "delete" }] });
    assert_eq!(errors(&physician.post(&path, &asked)), ["not-the-source"]);
    let source = shared().who("system-test");
    assert_eq!(source.get(&path).status, 200);
}

/// A nurse attested for Olav tries to learn something of Solveig's resources through the operation.
#[test]
fn validating_tells_nothing_of_what_may_not_be_read() {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let observation = physician
        .get(&format!("{BASE}/Observation?_count=1"))
        .expect(200)
        .resources()
        .remove(0);
    let patient = physician.get(&format!("{BASE}/Patient")).expect(200).resources().remove(0);
    for resource in [observation, patient] {
        let (rtype, id) = (
            resource["resourceType"].as_str().expect("a type"),
            resource["id"].as_str().expect("an id"),
        );
        let parameters = |mode: &str| json!({ "resourceType": "Parameters", "parameter": [{ "name": "mode", "valueCode": mode }] });
        for query in ["", "?mode=delete", "?mode=update", "?mode=create"] {
            let path = |id: &str| format!("{BASE}/{rtype}/{id}/$validate{query}");
            // The last one brings a resource of its own: that is validated, whatever the URL names.
            let brought = query != "?mode=delete";
            let pairs = [
                (nurse.get(&path(id)), nurse.get(&path(NOBODY))),
                (nurse.ask("POST", &path(id)).send(), nurse.ask("POST", &path(NOBODY)).send()),
                (
                    nurse.post(&path(id), &parameters("delete")),
                    nurse.post(&path(NOBODY), &parameters("delete")),
                ),
                (nurse.post(&path(id), &resource), nurse.post(&path(NOBODY), &resource)),
            ];
            for (at, (hers, nobodys)) in pairs.iter().enumerate() {
                if at < 3 || !brought {
                    assert!(matches!(hers.status, 403 | 404), "{query}: {}", hers.start());
                }
                // For an update, the id in the URL must be the one in the body.
                if at < 3 || query != "?mode=update" {
                    assert_eq!((hers.status, hers.text()), (nobodys.status, nobodys.text()), "{query}");
                }
                assert!(!hers.text().contains(SOLVEIG));
            }
        }
    }
}

#[test]
fn what_is_validated_is_not_repeated_in_the_technical_log() {
    let secret = "Hemmeligheten-om-Kari";
    let patient = json!({ "resourceType": "Patient", "name": [{ "family": secret, "given": 7 }], "birthDate": secret });
    let answer = validate(&patient);
    assert!(!answer.text().contains(secret), "{}", answer.text());
    let log = std::fs::read_to_string(&own().stderr).expect("the technical log");
    assert!(!log.contains(secret));
}

#[test]
fn hostile_bodies_are_answered_soon() {
    let client = own().who("epj-nordvik");
    let begun = std::time::Instant::now();
    let deep = format!(
        "{{\"resourceType\":\"Observation\",\"extension\":{}{}",
        "[{\"extension\":".repeat(5000),
        "1"
    );
    let many = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "extension": vec![json!({ "url": "http://example.org/x", "valueString": "y" }); 50_000] });
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": vec![json!({ "resource": pressure() }); 5_000] });
    let post = |path: &str, body: &str| client.ask("POST", path).body(crate::client::FHIR, body).send();
    post(&format!("{BASE}/Observation/$validate"), &deep).refused(400, "json-syntax");
    for (rtype, body) in [("Observation", many), ("Bundle", bundle)] {
        let answer = post(&format!("{BASE}/{rtype}/$validate"), &body.to_string()).expect(200);
        assert!(issues(&answer).len() <= 1000);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
}
