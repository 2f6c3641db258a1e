//! What the access crate asks.

use crate::kit::{Kit, rtype};
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
fn an_appointment_an_accepted_task_and_a_list_relate_as_well() {
    let mut kit = Kit::new();
    let logical = |n: &str| format!(r#"{{"identifier":{{"system":"{ORGNR}","value":"{n}"}}}}"#);
    let appointment = |id: &str, patient: &str, status: &str, actor: &str| {
        format!(
            r#"{{"resourceType":"Appointment","id":"{id}","status":"{status}","start":"2024-02-10T10:00:00Z","end":"2024-02-10T10:30:00Z","participant":[
            {{"actor":{{"reference":"Patient/{patient}"}},"status":"accepted"}},{{"actor":{actor},"status":"accepted"}}]}}"#
        )
    };
    let task = |id: &str, patient: &str, status: &str, owner: &str| {
        format!(
            r#"{{"resourceType":"Task","id":"{id}","status":"{status}","intent":"order","for":{{"reference":"Patient/{patient}"}},"owner":{owner}}}"#
        )
    };
    let belonging = |rtype: &str, id: &str, member: &str, number: &str| {
        format!(r#"{{"resourceType":"{rtype}","id":"{id}","{member}":{}}}"#, logical(number))
    };
    kit.put(&[
        &belonging("HealthcareService", "hs", "providedBy", "111"),
        &belonging("Location", "loc", "managingOrganization", "222"),
        &belonging("PractitionerRole", "role", "organization", "333"),
        &appointment("1", "a", "booked", r#"{"reference":"HealthcareService/hs"}"#),
        &appointment("2", "b", "arrived", r#"{"reference":"Location/loc"}"#),
        &appointment("3", "c", "cancelled", r#"{"reference":"HealthcareService/hs"}"#),
        &appointment("4", "d", "booked", r#"{"reference":"Practitioner/somebody"}"#),
        &task("5", "e", "accepted", &logical("111")),
        &task("6", "f", "requested", &logical("111")),
        &task("7", "g", "completed", &logical("111")),
        r#"{"resourceType":"Patient","id":"h","generalPractitioner":[{"reference":"PractitionerRole/role"}]}"#,
        &format!(
            r#"{{"resourceType":"Patient","id":"i","generalPractitioner":[{}]}}"#,
            logical("111")
        ),
    ]);
    let recorded = |patient: &str, organisation: &str, at: &str| {
        kit.index
            .recorded(kit.person(&format!("Patient/{patient}")), organisation, None, ms(at))
    };
    for (at, yes) in [
        ("2024-02-02", false),
        ("2024-02-04", true),
        ("2024-02-10T10:15:00Z", true),
        ("2024-02-11T09:00:00Z", true),
        ("2024-02-12", false),
    ] {
        assert_eq!(recorded("a", "111", at), yes, "{at}");
        assert_eq!(recorded("b", "222", at), yes, "{at}");
    }
    for (patient, yes) in [
        ("c", false),
        ("d", false),
        ("e", true),
        ("f", false),
        ("g", false),
        ("h", false),
        ("i", true),
    ] {
        assert_eq!(recorded(patient, "111", "2024-02-10"), yes, "{patient}");
    }
    assert!(recorded("h", "333", "2024-02-10"));
    assert!(!recorded("a", "222", "2024-02-10") && !recorded("b", "111", "2024-02-10"));
    // What is gone relates nobody, nor does what belonged to somewhere that is gone.
    kit.delete(rtype("Task"), "5");
    kit.delete(rtype("HealthcareService"), "hs");
    let recorded = |patient: &str| {
        kit.index
            .recorded(kit.person(&format!("Patient/{patient}")), "111", None, ms("2024-02-10"))
    };
    assert!(!recorded("e") && !recorded("a") && recorded("i"));
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
