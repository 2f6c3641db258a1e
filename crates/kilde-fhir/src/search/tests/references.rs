//! References, and who a resource is about.

use super::{doc, of, show};
use crate::search::{patient_references, references};

#[test]
fn references_point_somewhere() {
    let to = |reference: &str| of("subject", &format!(r#"{{"resourceType":"Observation","subject":{reference}}}"#));
    assert_eq!(to(r#"{"reference":"Patient/17"}"#), ["Patient/17"]);
    assert_eq!(to(r#"{"reference":"Patient\/17"}"#), ["Patient/17"]);
    assert_eq!(to(r#"{"reference":"Patient/\u0031"}"#), ["<Patient/1>"]);
    assert_eq!(to(r#"{"reference":"Patient/17/_history/2"}"#), ["Patient/17/2"]);
    assert_eq!(to(r##"{"reference":"#p"}"##), ["#p"]);
    assert_eq!(to(r#"{"reference":"urn:uuid:1-2"}"#), ["<urn:uuid:1-2>"]);
    assert_eq!(
        to(r#"{"reference":"https://a.no/fhir/Patient/17"}"#),
        ["<https://a.no/fhir/Patient/17>"]
    );
    assert_eq!(
        to(r#"{"reference":"Patient/17","type":"Patient","identifier":{"system":"s","value":"v"}}"#),
        ["Patient/17", "Patient?s|v"]
    );
    assert_eq!(to(r#"{"identifier":{"value":"v"}}"#), ["?|v"]);
    for nothing in [
        "",
        "Patient",
        "Patient/",
        "patient/17",
        "Unknown/17",
        "Patient/a b",
        "Patient?name=x",
        "Patient/17/x",
        "Patient/1/_history/2/3",
        "#",
    ] {
        assert_eq!(to(&format!(r#"{{"reference":"{nothing}"}}"#)), [""; 0], "{nothing}");
    }
    let plan = r#"{"resourceType":"CarePlan","instantiatesCanonical":["http://a/b|2","http://c"]}"#;
    assert_eq!(of("instantiates-canonical", plan), ["<http://a/b>", "<http://a/b|2>", "<http://c>"]);
    let bundle = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Composition","id":"c"}},{"resource":{"resourceType":"Composition","id":"d"}}]}"#;
    assert_eq!(of("composition", bundle), ["Composition/c"]);
    assert_eq!(of("message", bundle), [""; 0]);
}

#[test]
fn patient_is_a_subject_that_may_be_one() {
    let patient = |reference: &str| {
        of(
            "patient",
            &format!(
                r#"{{"resourceType":"Observation","contained":[{{"resourceType":"Patient","id":"p"}},{{"resourceType":"Group","id":"g"}}],"subject":{reference}}}"#
            ),
        )
    };
    for yes in [
        r#"{"reference":"Patient/17"}"#,
        r##"{"reference":"#p"}"##,
        r#"{"reference":"urn:uuid:1"}"#,
        r#"{"reference":"http://a/Patient/1"}"#,
        r#"{"identifier":{"value":"v"}}"#,
        r#"{"type":"Patient","identifier":{"value":"v"}}"#,
    ] {
        assert_eq!(patient(yes).len(), 1, "{yes}");
    }
    for no in [
        r#"{"reference":"Group/17"}"#,
        r##"{"reference":"#g"}"##,
        r##"{"reference":"#x"}"##,
        r#"{"reference":"http://a/Group/1/_history/2"}"#,
        r#"{"type":"Group","identifier":{"value":"v"}}"#,
        r#"{"display":"somebody"}"#,
    ] {
        assert_eq!(patient(no).len(), 0, "{no}");
    }
}

#[test]
fn who_a_resource_is_about() {
    let about = |text: &str| patient_references(doc(text).root()).iter().map(show).collect::<Vec<_>>();
    assert_eq!(
        about(
            r#"{"resourceType":"Observation","performer":[{"reference":"Patient/2"},{"identifier":{"system":"hpr","value":"9"}},{"reference":"Practitioner/3"}],"subject":{"reference":"Patient/1"}}"#
        ),
        ["Patient/1", "Patient/2"]
    );
    assert_eq!(
        about(r#"{"resourceType":"Observation","subject":{"identifier":{"system":"s","value":"v"}}}"#),
        ["?s|v"]
    );
    assert_eq!(
        about(r#"{"resourceType":"Observation","subject":{"type":"Device","identifier":{"value":"v"}}}"#),
        [""; 0]
    );
    assert_eq!(
        about(r#"{"resourceType":"Observation","subject":{"reference":"https://a/fhir/Group/1"}}"#),
        [""; 0]
    );
    assert_eq!(
        about(
            r##"{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"s","value":"v"}]}],"subject":{"reference":"#p"}}"##
        ),
        ["#p", "Patient?s|v"]
    );
    assert_eq!(
        about(r#"{"resourceType":"Task","for":{"reference":"Patient/1"},"owner":{"reference":"Patient/2"}}"#),
        ["Patient/1"]
    );
    assert_eq!(
        about(r#"{"resourceType":"EpisodeOfCare","patient":{"reference":"Patient/1"}}"#),
        ["Patient/1"]
    );
    assert_eq!(
        about(r#"{"resourceType":"Patient","link":[{"other":{"reference":"Patient/1"}}]}"#),
        [""; 0]
    );
    assert_eq!(about(r#"{"resourceType":"Organization"}"#), [""; 0]);
    assert_eq!(about(r#"["no resource"]"#), [""; 0]);
}

#[test]
fn every_reference_is_found() {
    let document = doc(
        r##"{"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"},"performer":[{"reference":"a"},{"_reference":{},"reference":"b"}],
        "contained":[{"resourceType":"Immunization","patient":{"reference":"c"},"education":[{"reference":"http://no"}]},{"resourceType":"DetectedIssue","reference":"http://no"}],
        "extension":[{"url":"u","valueReference":{"reference":"d","identifier":{"assigner":{"reference":"e"}}}},{"url":"v","valueExpression":{"language":"x","reference":"http://no"}}]}"##,
    );
    let mut found = Vec::new();
    references(document.root(), &mut |v| found.push(v.as_str().unwrap().into_owned()));
    found.sort();
    assert_eq!(found, ["Patient/1", "a", "b", "c", "d", "e"]);
}
