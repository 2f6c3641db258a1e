//! What the access crate asks.

use crate::kit::Kit;
use kilde_access::Relations;
use kilde_fhir::date;
use kilde_fhir::national_id::ORGNR;

fn ms(text: &str) -> i64 {
    date::parse(text).unwrap().from_ms
}

#[test]
fn recorded_relations() {
    let mut kit = Kit::new();
    let episode = |id: &str, patient: &str, status: &str, period: &str, organization: &str| {
        format!(
            r#"{{"resourceType":"EpisodeOfCare","id":"{id}","status":"{status}","patient":{{"reference":"Patient/{patient}"}},"period":{period},"managingOrganization":{organization}}}"#
        )
    };
    let logical = |n: &str| format!(r#"{{"identifier":{{"system":"{ORGNR}","value":"{n}"}}}}"#);
    kit.put(&[
        &format!(r#"{{"resourceType":"Organization","id":"o","identifier":[{{"system":"{ORGNR}","value":"222"}}]}}"#),
        &episode("1", "a", "active", r#"{"start":"2024-01-01"}"#, &logical("111")),
        &episode("2", "b", "active", r#"{"start":"2024-01-01","end":"2024-03-01"}"#, r#"{"reference":"Organization/o"}"#),
        &episode("3", "c", "finished", r#"{"start":"2024-01-01"}"#, &logical("111")),
        &format!(
            r#"{{"resourceType":"Encounter","id":"4","status":"in-progress","class":{{"code":"EMER"}},"subject":{{"reference":"Patient/d"}},"serviceProvider":{}}}"#,
            logical("333")
        ),
        &format!(
            r#"{{"resourceType":"CareTeam","id":"5","status":"active","subject":{{"reference":"Patient/e"}},"participant":[{{"member":{}}}]}}"#,
            logical("111")
        ),
        &episode("6", "f", "active", r#"{"start":"2024-01-01"}"#, r#"{"identifier":{"system":"other","value":"111"}}"#),
    ]);
    let recorded = |patient: &str, organisation: &str, unit: Option<&str>, at: &str| {
        kit.index
            .recorded(kit.person(&format!("Patient/{patient}")), organisation, unit, ms(at))
    };
    assert!(recorded("a", "111", None, "2024-02-01"));
    assert!(recorded("a", "999", Some("111"), "2024-02-01"));
    assert!(
        !recorded("a", "111", Some("999"), "2024-02-01"),
        "a relation to the whole is none to each of its units"
    );
    assert!(!recorded("a", "222", None, "2024-02-01"));
    assert!(!recorded("a", "111", None, "2023-12-31"));
    assert!(recorded("b", "222", None, "2024-02-01"));
    assert!(!recorded("b", "222", None, "2024-03-02"));
    assert!(!recorded("c", "111", None, "2024-02-01"));
    assert!(recorded("d", "333", None, "2024-02-01"));
    assert!(recorded("e", "111", None, "2024-02-01"));
    assert!(!recorded("f", "111", None, "2024-02-01"));
    assert!(!kit.index.recorded(kilde_log::PersonNo(0), "111", None, ms("2024-02-01")));
}

#[test]
fn birth_dates() {
    let mut kit = Kit::new();
    kit.put(&[
        r#"{"resourceType":"Patient","id":"a","birthDate":"1975-12-22"}"#,
        r#"{"resourceType":"Patient","id":"b"}"#,
    ]);
    assert_eq!(kit.index.birth_date(kit.person("Patient/a")).unwrap().to_string(), "1975-12-22");
    assert_eq!(kit.index.birth_date(kit.person("Patient/b")), None);
}
