//! Validation by R4's own package and the Norwegian ones: by `$validate`, at intake, and by `kilde verify`.
//! The packages are not in the repository.

use crate::packages::{loaded, shared_data};
use crate::server::Kilde;
use crate::validate::{errors, issues};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::LazyLock;

const BASE: &str = "/9901/fhir/r4";
const VITAL: &str = "http://hl7.org/fhir/StructureDefinition/heartrate";

struct Strict {
    kilde: Kilde,
    packages: PathBuf,
}

static STRICT: LazyLock<Option<Strict>> = LazyLock::new(|| {
    let packages = shared_data("packages")?;
    let place = tempfile::Builder::new().prefix("kilde-strict-").tempdir().expect("a folder").keep();
    let instance = format!("[instance.validation]\nlevel = \"profiles\"\nrequired_profiles = {{ Observation = [\"{VITAL}\"] }}\n");
    let kilde = Kilde::serve_instance(&place, &format!("[packages]\ndirectory = {packages:?}\n"), &instance);
    loaded(&kilde);
    Some(Strict { kilde, packages })
});

fn strict() -> Option<&'static Strict> {
    STRICT.as_ref()
}

/// A heart rate of nobody, as R4's vital signs profile wants it.
fn heart_rate() -> Value {
    json!({
        "resourceType": "Observation",
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" },
        "status": "final",
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "display": "x" },
        "effectiveDateTime": "2026-11-20T08:00:00+01:00",
        "valueQuantity": { "value": 66, "unit": "beats/minute", "system": "http://unitsofmeasure.org", "code": "/min" }
    })
}

#[test]
fn what_the_instance_demands_is_demanded_at_intake_and_the_refused_is_in_quarantine() {
    let Some(strict) = strict() else { return };
    let system = strict.kilde.who("system-test");
    let path = format!("{BASE}/Observation");
    system.post(&path, &heart_rate()).expect(201);
    let mut wrong = heart_rate();
    wrong["valueQuantity"]["code"] = json!("mm");
    wrong.as_object_mut().expect("an object").remove("effectiveDateTime");
    let refused = system.post(&path, &wrong);
    assert_eq!(refused.status, 422, "{}", refused.start());
    let rules: Vec<String> = issues(&refused).into_iter().filter(|(s, _)| s == "error").map(|(_, r)| r).collect();
    assert!(
        rules.contains(&"profile-min".to_owned()) && rules.contains(&"profile-fixed".to_owned()),
        "{rules:?}"
    );
    let number = refused.header("kilde-quarantine").to_owned();
    assert!(!number.is_empty());
    let kept = strict.kilde.who("drift").get("/9901/admin/quarantine").expect(200).text();
    assert!(kept.contains("profile-fixed") && kept.contains(VITAL));
    assert!(
        !errors(&system.post(&format!("{path}/$validate"), &wrong)).is_empty(),
        "$validate says it beforehand"
    );
}

#[test]
fn warnings_are_in_the_answer_when_they_are_preferred() {
    let Some(strict) = strict() else { return };
    let mut observation = heart_rate();
    observation["extension"] = json!([{ "url": "http://example.org/unheard-of", "valueBoolean": true }]);
    let answer = strict
        .kilde
        .who("system-test")
        .ask("POST", &format!("{BASE}/Observation"))
        .header("prefer", "return=OperationOutcome")
        .json(&observation)
        .send()
        .expect(201);
    assert!(
        issues(&answer).contains(&("warning".to_owned(), "extension-unknown".to_owned())),
        "{}",
        answer.start()
    );
}

#[test]
fn invariants_of_r4_are_asked_and_entries_are_examined_where_they_stand() {
    let Some(strict) = strict() else { return };
    let mut contact = json!({ "resourceType": "Organization", "contact": [{ "name": { "family": "x" } }] });
    contact["telecom"] = json!([{ "system": "phone", "value": "1", "use": "home" }]);
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": { "resourceType": "Organization", "name": "a" }, "request": { "method": "POST", "url": "Organization" } },
        { "resource": contact, "request": { "method": "POST", "url": "Organization" } }
    ]});
    let refused = strict.kilde.who("system-test").post(BASE, &bundle);
    assert_eq!(refused.status, 422, "{}", refused.start());
    let outcome = refused.json();
    let all: Vec<&Value> = outcome["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .filter(|i| i["severity"] == "error")
        .collect();
    assert!(!all.is_empty());
    for issue in all {
        let expression = issue["expression"][0].as_str().expect("an expression");
        assert!(expression.starts_with("Bundle.entry[1].resource"), "{issue}");
        assert!(
            issue["diagnostics"].as_str().is_some_and(|d| d.contains("condition=org-")),
            "{issue}"
        );
    }
}

#[test]
fn norwegian_examples_pass_or_have_the_defects_that_are_listed() {
    let (Some(strict), Some(examples)) = (strict(), shared_data("norway/vitalsigns")) else {
        return;
    };
    let system = strict.kilde.who("system-test");
    let mut seen = 0;
    for file in std::fs::read_dir(examples).expect("the folder").flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        let Ok(resource) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let Some(rtype) = resource["resourceType"].as_str().filter(|t| *t == "Observation") else {
            continue;
        };
        let claim = resource["meta"]["profile"][0].as_str().expect("a profile").to_owned();
        let parameters = |resource: &Value| {
            json!({ "resourceType": "Parameters", "parameter": [
                { "name": "mode", "valueCode": "profile" }, { "name": "profile", "valueUri": claim }, { "name": "resource", "resource": resource }
            ]})
        };
        let path = format!("{BASE}/{rtype}/$validate");
        assert_eq!(
            errors(&system.post(&path, &parameters(&resource))),
            Vec::<String>::new(),
            "{:?}",
            file.path()
        );
        let mut damaged = resource.clone();
        damaged.as_object_mut().expect("an object").remove("code");
        damaged["status"] = json!("none-such");
        let found = errors(&system.post(&path, &parameters(&damaged)));
        assert!(found.len() >= 2, "{:?}: {found:?}", file.path());
        seen += 1;
    }
    assert!(seen >= 6, "{seen} examples");
}

#[test]
fn norwegian_codes_are_answered() {
    let Some(strict) = strict() else { return };
    let list = loaded(&strict.kilde);
    let packages = list["packages"].as_array().expect("packages");
    let of_r5 = packages.iter().find(|p| p["loaded"] == false).expect("one is for R5");
    assert_eq!(of_r5["findings"][0]["rule"], "package-fhir-version");
    let answer = strict
        .kilde
        .who("epj-nordvik")
        .get(&format!(
            "{BASE}/ValueSet/$expand?url=http%3A%2F%2Fhl7.org%2Ffhir%2FValueSet%2Fadministrative-gender"
        ))
        .expect(200);
    assert_eq!(answer.json()["expansion"]["total"], 4);
}

#[test]
fn verify_uses_the_same_packages() {
    let Some(strict) = strict() else { return };
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("heart-rate.json");
    let run = |resource: &Value| {
        std::fs::write(&file, resource.to_string()).expect("written");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(["verify", "--profile", VITAL, "--packages"])
            .arg(&strict.packages)
            .arg(&file)
            .output()
            .expect("the program runs");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (well, said) = run(&heart_rate());
    assert!(well, "{said}");
    let mut wrong = heart_rate();
    wrong["valueQuantity"]["code"] = json!("mm");
    let (well, said) = run(&wrong);
    assert!(!well && said.contains("profile-fixed") && said.contains("expected="), "{said}");
}
