//! Search parameters of packages: searched by as R4's are while the package is there, and not when it is gone.

use crate::client::{Client, FNR, stranger};
use crate::packages::{fixtures, loaded};
use crate::server::Kilde;
use serde_json::{Value, json};
use std::path::Path;

const BASE: &str = "/9901/fhir/r4";
const FAVOURITE: &str = "https://kilde.example/fhir/StructureDefinition/favourite";

fn start(place: &Path, with_packages: bool) -> Kilde {
    let more = match with_packages {
        true => format!("[packages]\ndirectory = {:?}\n", fixtures("search-parameters")),
        false => String::new(),
    };
    let kilde = Kilde::serve(place, &more);
    loaded(&kilde);
    kilde
}

fn ids(client: &Client, query: &str) -> Vec<String> {
    let found = client.get(&format!("{BASE}/{query}")).expect(200).resources();
    let mut ids: Vec<String> = found.iter().filter_map(|r| Some(r["id"].as_str()?.to_owned())).collect();
    ids.sort();
    ids
}

/// What the CapabilityStatement says of a parameter of a type.
fn offered(kilde: &Kilde, rtype: &str, name: &str) -> Value {
    let statement = kilde.who("system-test").get(&format!("{BASE}/metadata")).expect(200).json();
    let resources = statement["rest"][0]["resource"].as_array().expect("resources").clone();
    let of_type = resources.into_iter().find(|r| r["type"] == rtype).expect("the type");
    let params = of_type["searchParam"].as_array().expect("parameters").clone();
    params.into_iter().find(|p| p["name"] == name).unwrap_or(Value::Null)
}

#[test]
fn a_package_brings_its_search_parameters_and_takes_them_with_it() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = start(place.path(), true);
    let system = kilde.who("system-test");
    let make = |n: usize, code: &str| {
        let patient = json!({
            "resourceType": "Patient", "identifier": [{ "system": FNR, "value": stranger(n) }],
            "name": [{ "given": [format!("Først{code}")] }, { "given": [format!("Sist{code}")] }],
            "extension": [
                { "url": FAVOURITE, "valueCoding": { "system": "urn:x", "code": code } },
                { "url": "https://kilde.example/other", "valueCoding": { "system": "urn:x", "code": "b" } }
            ]
        });
        let made = system.post(&format!("{BASE}/Patient"), &patient).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let (a, b) = (make(150, "a"), make(151, "b"));
    let pressure = |systolic: i32, diastolic: i32| {
        let part = |code: &str, value: i32| json!({ "code": { "coding": [{ "system": "urn:x", "code": code }] }, "valueQuantity": { "value": value, "unit": "mmHg" } });
        let observation = json!({
            "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{a}") },
            "code": { "coding": [{ "system": "urn:x", "code": "pressure" }] },
            "component": [part("systolic", systolic), part("diastolic", diastolic)]
        });
        let made = system.post(&format!("{BASE}/Observation"), &observation).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let (high, low) = (pressure(180, 80), pressure(120, 100));
    let found = |client: &Client| {
        // What FHIRPath makes of it.
        assert_eq!(ids(client, "Patient?first-name=F%C3%B8rsta"), [a.as_str()]);
        assert_eq!(ids(client, "Patient?first-name=Sista"), [""; 0]);
        assert_eq!(ids(client, "Patient?first-name:missing=false").len(), 2);
        assert_eq!(ids(client, "Observation?part=urn:x%7Cdiastolic$ge90"), [low.as_str()]);
        assert_eq!(ids(client, "Observation?part=urn:x%7Csystolic$ge150"), [high.as_str()]);
        assert_eq!(ids(client, "Observation?part-quantity=ge90").len(), 2);
        assert_eq!(ids(client, "Patient?favourite=urn:x%7Ca"), [a.as_str()]);
        assert_eq!(ids(client, "Patient?favourite=b"), [b.as_str()]);
        assert_eq!(ids(client, "Patient?favourite:missing=false").len(), 2);
        let sorted = client.get(&format!("{BASE}/Patient?_sort=-favourite")).expect(200).resources();
        assert_eq!(sorted[0]["id"], b.as_str());
        assert_eq!(ids(client, "Observation?note=x"), [""; 0]);
    };
    found(&system);
    let told = offered(&kilde, "Patient", "favourite");
    assert_eq!(told["definition"], "https://kilde.example/fhir/SearchParameter/patient-favourite");
    assert_eq!(told["type"], "token");

    // Those that cannot be used are named, with file and reason; the others are there.
    let list = loaded(&kilde);
    let findings = list["packages"][0]["findings"].as_array().expect("findings").clone();
    let texts: Vec<&str> = findings.iter().filter_map(|f| f["en"].as_str()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts
            .iter()
            .any(|t| t.contains("SearchParameter-patient-due.json") && t.contains("tomorrow"))
    );
    assert!(
        texts
            .iter()
            .any(|t| t.contains("SearchParameter-patient-gender.json") && t.contains("already"))
    );
    system
        .get(&format!("{BASE}/Patient?due=2026"))
        .refused(400, "search-parameter-unknown");
    kilde.kill();

    // Without the package the parameter is unknown; the resources are the same.
    let kilde = start(place.path(), false);
    let system = kilde.who("system-test");
    system
        .get(&format!("{BASE}/Patient?favourite=a"))
        .refused(400, "search-parameter-unknown");
    assert_eq!(offered(&kilde, "Patient", "favourite"), Value::Null);
    assert_eq!(ids(&system, "Patient").len(), 2);
    kilde.kill();

    // And with it again, what was there before is found.
    let kilde = start(place.path(), true);
    found(&kilde.who("system-test"));
}
