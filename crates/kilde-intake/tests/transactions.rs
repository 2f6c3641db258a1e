//! Transactions and batches: all or nothing, references, conditions.

mod common;
use common::*;
use kilde_intake::Kind;
use std::sync::Arc;

const PATIENT: &str = r#"{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"p1"}],"birthDate":"1950-01-02"}"#;

fn transaction(entries: &str) -> String {
    format!("{{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{entries}]}}")
}

fn observation(subject: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{"reference":"{subject}"}},"valueQuantity":{{"value":1.10}}}}"#
    )
}

#[test]
fn urn_references_point_to_what_was_made() {
    let w = world();
    let body = transaction(&format!(
        r#"{{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{},"request":{{"method":"POST","url":"Observation"}}}},
           {{"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}}"#,
        observation("urn:uuid:22222222-2222-4222-8222-222222222222")
    ));
    let accepted = w.bundle(&body).unwrap();
    assert_eq!(
        (accepted.status, accepted.entries.len(), accepted.persons.len(), w.last().0),
        (200, 2, 1, 1)
    );
    let (o, p) = (&accepted.entries[0], &accepted.entries[1]);
    let stored = w.read("Observation", &o.id).unwrap();
    let text = String::from_utf8(stored.body.clone()).unwrap();
    assert!(text.contains(&format!("\"reference\":\"Patient/{}\"", p.id)), "{text}");
    assert!(text.contains("\"value\":1.10"), "digits stay: {text}");
    assert_eq!(stored.person, accepted.persons[0]);
    assert_eq!(w.count("Observation", &[("patient", &format!("Patient/{}", p.id))]), 1);
    // The answer is a bundle that validates.
    let answer = json(&accepted.body);
    assert!(kilde_fhir::validate::structure(answer.root()).iter().all(|f| !f.is_error()));
    assert_eq!(
        answer.root().path(&["entry", "response", "status"]).unwrap().as_str().unwrap(),
        "201 Created"
    );
}

#[test]
fn a_failing_entry_leaves_nothing() {
    let w = world();
    let body = transaction(&format!(
        r#"{{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}},
           {{"resource":{{"resourceType":"Observation","status":"nonsense"}},"request":{{"method":"POST","url":"Observation"}}}},
           {{"resource":{},"request":{{"method":"PUT","url":"Observation/x"}}}}"#,
        observation("urn:uuid:22222222-2222-4222-8222-222222222222")
    ));
    let rejected = w.bundle(&body).unwrap_err();
    assert_eq!(rejected.status, 400);
    let rules = rules(&rejected);
    assert!(
        rules.contains(&"fhir-code-required") && rules.contains(&"id-mismatch") && rules.contains(&"fhir-cardinality-min"),
        "{rules:?}"
    );
    assert!(
        rejected
            .findings
            .iter()
            .any(|f| f.expression.starts_with("Bundle.entry[1].resource") && f.position.is_some())
    );
    assert!(rejected.quarantine.is_some());
    assert_eq!(w.last().0, 0);
    assert_eq!(w.count("Patient", &[("identifier", "p1")]), 0);
    // A conflict that shows only at commit leaves nothing either.
    w.update("Basic", "b", None, r#"{"resourceType":"Basic","id":"b","code":{"text":"x"}}"#)
        .unwrap();
    let body = transaction(&format!(
        r#"{{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}},
           {{"resource":{{"resourceType":"Basic","id":"b","code":{{"text":"y"}}}},"request":{{"method":"PUT","url":"Basic/b","ifMatch":"W/\"7\""}}}}"#
    ));
    let rejected = w.bundle(&body).unwrap_err();
    assert_eq!((rejected.status, w.last().0), (412, 1));
    assert_eq!(rejected.findings[0].expression, "Bundle.entry[1].resource");
    assert_eq!(w.count("Patient", &[("identifier", "p1")]), 0);
}

#[test]
fn conditional_references_and_creates() {
    let w = world();
    let organization = r#"{"resourceType":"Organization","identifier":[{"system":"urn:o","value":"1"}],"name":"A"}"#;
    let create = |condition: &str| {
        w.submit(
            Kind::Create {
                rtype: rtype("Organization"),
                if_none_exist: Some(condition.into()),
            },
            organization,
        )
    };
    let first = create("identifier=urn:o|1").unwrap();
    assert_eq!((first.status, first.event.0), (201, 1));
    let second = create("identifier=urn%3Ao%7C1").unwrap();
    assert_eq!(
        (second.status, second.event.0, second.location == first.location, w.last().0),
        (200, 0, true, 1)
    );

    // By a reference; and by the twin entry of the same bundle that matched.
    let body = transaction(&format!(
        r#"{{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{organization},"request":{{"method":"POST","url":"Organization","ifNoneExist":"identifier=urn:o|1"}}}},
           {{"resource":{{"resourceType":"Location","managingOrganization":{{"reference":"urn:uuid:11111111-1111-4111-8111-111111111111"}}}},"request":{{"method":"POST","url":"Location"}}}},
           {{"resource":{{"resourceType":"Location","managingOrganization":{{"reference":"Organization?identifier=urn:o|1"}}}},"request":{{"method":"POST","url":"Location"}}}}"#
    ));
    let accepted = w.bundle(&body).unwrap();
    assert_eq!(accepted.entries.len(), 2);
    for e in &accepted.entries {
        let text = String::from_utf8(w.read("Location", &e.id).unwrap().body).unwrap();
        assert!(text.contains(&format!("\"Organization/{}\"", first.entries[0].id)), "{text}");
    }

    let none = transaction(
        r#"{"resource":{"resourceType":"Location","managingOrganization":{"reference":"Organization?identifier=urn:o|2"}},"request":{"method":"POST","url":"Location"}}"#,
    );
    let rejected = w.bundle(&none).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (422, vec!["condition-no-match"]));
    assert!(rejected.findings[0].position.is_some());
    assert_eq!(
        rejected.findings[0].expression,
        "Bundle.entry[0].resource.managingOrganization.reference"
    );

    w.create("Organization", organization).unwrap();
    let rejected = create("identifier=urn:o|1").unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (412, vec!["condition-many"]));
    let rejected = create("tull=1").unwrap_err();
    assert_eq!(rejected.status, 400);
}

#[test]
fn a_conditional_reference_may_find_an_entry_of_the_same_bundle() {
    let w = world();
    let body = transaction(&format!(
        r#"{{"resource":{},"request":{{"method":"POST","url":"Observation"}}}},
           {{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}}"#,
        observation("Patient?identifier=urn:x|p1")
    ));
    let accepted = w.bundle(&body).unwrap();
    let o = w.read("Observation", &accepted.entries[0].id).unwrap();
    assert!(
        String::from_utf8(o.body)
            .unwrap()
            .contains(&format!("Patient/{}", accepted.entries[1].id))
    );
    assert_eq!((o.person, accepted.persons.len()), (accepted.persons[0], 1));
}

#[test]
fn the_same_condition_twice_in_one_bundle_makes_one() {
    let w = world();
    let entry = format!(r#"{{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:x|p1"}}}}"#);
    let accepted = w.bundle(&transaction(&format!("{entry},{entry}"))).unwrap();
    assert_eq!(accepted.entries.len(), 1);
    assert_eq!(w.count("Patient", &[("identifier", "p1")]), 1);
}

#[test]
fn deletes_and_double_targets() {
    let w = world();
    let basic = r#"{"resourceType":"Basic","id":"b","code":{"text":"x"}}"#;
    w.update("Basic", "b", None, basic).unwrap();
    let both = transaction(&format!(
        r#"{{"request":{{"method":"DELETE","url":"Basic/b"}}}},{{"resource":{basic},"request":{{"method":"PUT","url":"Basic/b"}}}}"#
    ));
    assert_eq!(rules(&w.bundle(&both).unwrap_err()), ["bundle-duplicate"]);
    let accepted = w
        .bundle(&transaction(
            r#"{"request":{"method":"DELETE","url":"Basic/b"}},{"request":{"method":"DELETE","url":"Basic/none"}}"#,
        ))
        .unwrap();
    assert_eq!(accepted.entries.len(), 1);
    assert!(w.read("Basic", "b").is_none());
    let back = w.update("Basic", "b", None, basic).unwrap();
    assert_eq!((back.status, back.entries[0].version), (201, 3));
}

#[test]
fn entries_of_a_batch_stand_alone() {
    let w = world();
    let body = format!(
        r#"{{"resourceType":"Bundle","type":"batch","entry":[
          {{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}},
          {{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{{"resourceType":"Observation","status":"x"}},"request":{{"method":"POST","url":"Observation"}}}},
          {{"resource":{PATIENT},"request":{{"method":"GET","url":"Patient"}}}},
          {{"resource":{PATIENT},"request":{{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:x|p1"}}}}]}}"#
    );
    let accepted = w.bundle(&body).unwrap();
    let answer = json(&accepted.body);
    let statuses: Vec<String> = answer
        .root()
        .items("entry")
        .map(|e| e.path(&["response", "status"]).unwrap().as_str().unwrap()[..3].to_owned())
        .collect();
    assert_eq!(statuses, ["201", "400", "501", "200"]);
    assert!(
        kilde_fhir::validate::structure(answer.root()).iter().all(|f| !f.is_error()),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("Bundle.entry[1].resource"));
    assert_eq!(w.last().0, 1);
    let kept = w.intake.quarantine_list(None, 10).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].kind, "batch-entry");
}

#[test]
fn an_entry_may_be_named_by_a_restful_full_url() {
    let w = world();
    let body = transaction(&format!(
        r#"{{"fullUrl":"http://epj.example/fhir/Patient/17","resource":{PATIENT},"request":{{"method":"POST","url":"Patient"}}}},
           {{"fullUrl":"http://epj.example/fhir/Observation/1","resource":{},"request":{{"method":"POST","url":"Observation"}}}},
           {{"fullUrl":"http://epj.example/fhir/Observation/2","resource":{},"request":{{"method":"POST","url":"Observation"}}}}"#,
        observation("Patient/17"),
        observation("http://epj.example/fhir/Patient/17"),
    ));
    let accepted = w.bundle(&body).unwrap();
    assert_eq!(w.count("Observation", &[("patient", &accepted.entries[0].id)]), 2);
}

#[test]
fn urns_outside_a_transaction() {
    let w = world();
    let urn = "urn:uuid:22222222-2222-4222-8222-222222222222";
    // Alone it may point to something elsewhere; it is told.
    let accepted = w.create("Observation", &observation(urn)).unwrap();
    assert_eq!(accepted.findings[0].rule, "reference-unresolved");
    assert!(String::from_utf8(accepted.body).unwrap().contains(urn));
    let rejected = w
        .bundle(&transaction(&format!(
            r#"{{"resource":{},"request":{{"method":"POST","url":"Observation"}}}}"#,
            observation(urn)
        )))
        .unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (422, vec!["reference-unresolved"]));
    assert_eq!(rejected.findings[0].expression, "Bundle.entry[0].resource.subject.reference");
    // A stored bundle keeps what stands in it.
    let document = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{}}}]}}"#,
        observation(urn)
    );
    let accepted = w.create("Bundle", &document).unwrap();
    assert!(accepted.findings.is_empty() && String::from_utf8(accepted.body).unwrap().contains(urn));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_of_one_group_see_each_other() {
    let w = Arc::new(world());
    let mut tasks = Vec::new();
    for i in 0..48 {
        let w = w.clone();
        tasks.push(tokio::spawn(async move {
            let put = w.submission(
                Kind::Update {
                    rtype: rtype("Basic"),
                    id: "b".into(),
                    if_match: None,
                    if_none_match: false,
                },
                &format!(r#"{{"resourceType":"Basic","id":"b","code":{{"text":"{i}"}}}}"#),
            );
            let conditional = w.submission(
                Kind::Create {
                    rtype: rtype("Patient"),
                    if_none_exist: Some("identifier=urn:x|p1".into()),
                },
                PATIENT,
            );
            let (put, conditional) = tokio::join!(w.intake.submit(put), w.intake.submit(conditional));
            (put.unwrap().entries[0].version, conditional.unwrap().status)
        }));
    }
    let mut versions = Vec::new();
    let mut created = 0;
    for t in tasks {
        let (version, status) = t.await.unwrap();
        versions.push(version);
        created += usize::from(status == 201);
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=48).collect::<Vec<_>>());
    assert_eq!((created, w.count("Patient", &[("identifier", "p1")])), (1, 1));
    assert_eq!(w.last().0, 49);
    assert!(w.log.verify(|_| ()).is_ok());
}
