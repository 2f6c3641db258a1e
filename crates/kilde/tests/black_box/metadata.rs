//! What Kilde says of itself, and that what it makes is FHIR.

use crate::client::{Ask, OLAV, SOLVEIG, parameters};
use crate::server::shared;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, parse};
use std::collections::BTreeSet;

#[track_caller]
fn is_fhir(body: &[u8]) {
    let document = parse(body.to_vec(), Limits::default()).expect("JSON");
    let errors: Vec<String> = kilde_fhir::validate::structure(document.root())
        .iter()
        .filter(|f| f.is_error())
        .map(|f| format!("{} {} {}", f.rule, f.expression, f.en))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_capability_statement_is_valid_and_names_every_resource_type() {
    for instance in ["9901", "9902"] {
        let answer = Ask::new("GET", &format!("{}/{instance}/fhir/r4/metadata", shared().url))
            .send()
            .expect(200);
        is_fhir(&answer.body);
        let statement = answer.json();
        let listed: BTreeSet<String> = statement["rest"][0]["resource"]
            .as_array()
            .expect("resources")
            .iter()
            .map(|r| r["type"].as_str().expect("a type").to_owned())
            .collect();
        let all: BTreeSet<String> = ResourceType::all().map(|t| t.name().to_owned()).collect();
        assert_eq!(listed, all);
    }
    let unknown = Ask::new("GET", &format!("{}/9999/fhir/r4/metadata", shared().url)).send();
    assert_eq!((unknown.status, unknown.rule().is_empty()), (404, false));
}

#[test]
fn every_overview_and_status_is_valid_fhir() {
    let mut patients: Vec<String> = kilde_sandbox::people::generate("9901", 12, 1)
        .map(|c| c.nin().to_string())
        .collect();
    patients.extend([OLAV.to_owned(), SOLVEIG.to_owned(), crate::client::stranger(9)]);
    for nin in patients {
        let physician = shared().who("lege-legevakt-nordvik").attested(&nin);
        for language in ["nb", "nn", "en"] {
            let ask = physician.ask("POST", "/9901/fhir/r4/$overview").header("accept-language", language);
            is_fhir(&ask.json(&parameters(&nin, None)).send().expect(200).body);
        }
        is_fhir(&physician.post("/9901/fhir/r4/$status", &parameters(&nin, None)).expect(200).body);
    }
}

#[test]
fn outcomes_and_bundles_are_valid_fhir() {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    is_fhir(&nurse.get("/9901/fhir/r4/EpisodeOfCare").expect(200).body);
    is_fhir(&nurse.get("/9901/fhir/r4/EpisodeOfCare?_summary=count").expect(200).body);
    is_fhir(&nurse.get("/9901/fhir/r4/EpisodeOfCare?noe=1").expect(400).body);
    is_fhir(&nurse.get("/9901/fhir/r4/Pasient").expect(404).body);
    is_fhir(
        &Ask::new("GET", &format!("{}/9901/fhir/r4/Patient", shared().url))
            .send()
            .expect(401)
            .body,
    );
}
