//! A person is found by every identity she has.

use crate::kit::{Kit, all, over};
use kilde_fhir::national_id::{DNR, FNR};

const NIN: &str = "22750884907";

fn observation(id: &str, subject: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"x"}},"subject":{subject}}}"#)
}

fn literal(id: &str) -> String {
    format!(r#"{{"reference":"Patient/{id}"}}"#)
}

fn logical(system: &str) -> String {
    format!(r#"{{"identifier":{{"system":"{system}","value":"{NIN}"}}}}"#)
}

fn patient(id: &str, nin: bool) -> String {
    let identifier = if nin {
        format!(r#","identifier":[{{"system":"{FNR}","value":"{NIN}"}}]"#)
    } else {
        String::new()
    };
    format!(r#"{{"resourceType":"Patient","id":"{id}","birthDate":"1975-12-22"{identifier}}}"#)
}

fn all_ways(kit: &Kit, expected: &[&str]) {
    let fnr = format!("{FNR}|{NIN}");
    let person = kit.person(&format!("nin|{NIN}"));
    for scope in [all(), over(&[person])] {
        for (name, value) in [
            ("subject", "Patient/p"),
            ("patient", "p"),
            ("patient:Patient", "p"),
            ("subject:identifier", &fnr),
            ("patient:identifier", &fnr),
            ("patient.identifier", &fnr),
            ("subject.identifier", &fnr),
        ] {
            assert_eq!(kit.found(&scope, "Observation", &[(name, value)]), expected, "{name}");
        }
    }
}

#[test]
fn literal_and_logical_references_lead_to_the_same() {
    let mut kit = Kit::new();
    kit.put(&[
        &patient("p", true),
        &observation("1", &literal("p")),
        &observation("2", &logical(FNR)),
        &observation("3", &logical(DNR)),
    ]);
    kit.put(&[&patient("other", false), &observation("4", &literal("other"))]);
    all_ways(&kit, &["1", "2", "3"]);
}

#[test]
fn in_any_order_of_arrival() {
    let mut kit = Kit::new();
    kit.put(&[&observation("2", &logical(FNR))]);
    kit.put(&[&observation("1", &literal("p"))]);
    kit.put(&[&patient("p", true)]);
    kit.put(&[&observation("3", &logical(FNR)), &observation("4", &literal("p"))]);
    all_ways(&kit, &["1", "2", "3", "4"]);
    let person = kit.person("Patient/p");
    assert_eq!(kit.presence(&over(&[person]), person, "Observation"), (4, 0));
    assert_eq!(kit.rebuilt().1.digest().unwrap(), kit.index.digest().unwrap());
}

#[test]
fn two_patient_resources_with_the_same_number_are_one_person() {
    let mut kit = Kit::new();
    kit.put(&[
        &patient("p", true),
        &patient("q", true),
        &observation("1", &literal("p")),
        &observation("2", &literal("q")),
    ]);
    all_ways(&kit, &["1", "2"]);
    let page = kit.of_person(&all(), kit.person("Patient/q")).0;
    assert_eq!(page.len(), 4);
    assert!(page.windows(2).all(|w| w[0].last_updated_ms >= w[1].last_updated_ms));
}

#[test]
fn other_identifiers_of_patients() {
    let mut kit = Kit::new();
    let local = r#"{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:local","value":"7"}]}"#;
    kit.put(&[
        local,
        &observation("1", &literal("p")),
        &observation("2", r#"{"identifier":{"system":"urn:local","value":"7"}}"#),
    ]);
    assert_eq!(
        kit.found(&all(), "Observation", &[("patient.identifier", "urn:local|7")]),
        ["1", "2"]
    );
    assert_eq!(kit.found(&all(), "Observation", &[("patient:identifier", "urn:local|7")]), ["2"]);
    // Whose Patient resource may not be read is not found by its identifier.
    let person = kit.person("Patient/p");
    let scope = kilde_access::testing::reader(crate::kit::instance(), &[person], &[kilde_access::Category::Journal]);
    assert!(
        kit.found(&scope, "Observation", &[("patient.identifier", "urn:local|7")])
            .is_empty()
    );
    assert_eq!(kit.found(&scope, "Observation", &[("patient", "p")]), ["1"]);
}
