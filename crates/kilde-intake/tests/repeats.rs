//! The same message twice is one event.

mod common;
use common::*;
use kilde_intake::{Kind, Submission};

const OBSERVATION: &str = r#"{"resourceType":"Observation","meta":{"versionId":"1","source":"WARD"},"identifier":[{"system":"urn:x","value":"o1"}],
  "status":"final","code":{"text":"x"}}"#;

fn bundle(extra: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"transaction","identifier":{{"system":"urn:m","value":"m1"}},"entry":[
          {{"resource":{{"resourceType":"Basic","code":{{"text":"x{extra}"}}}},"request":{{"method":"POST","url":"Basic"}}}}]}}"#
    )
}

#[test]
fn by_the_id_of_the_message() {
    let w = world();
    let first = w.bundle(&bundle("")).unwrap();
    let again = w.bundle(&bundle("").replace('\n', "   ")).unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(
        (&first.body, first.event, &first.entries),
        (&again.body, again.event, &again.entries)
    );
    assert_eq!(w.last().0, 1);
    let rejected = w.bundle(&bundle("y")).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (409, vec!["message-id-reused"]));
    assert!(rejected.quarantine.is_some());
    // Another source may use the same id.
    let mut other = Submission::new(w.other(), Kind::Bundle, bundle("y"), NOW);
    assert!(!w.intake.submit_blocking(other.clone()).unwrap().repeated);
    other.message_id = Some("header".into());
    assert!(
        !w.intake.submit_blocking(other.clone()).unwrap().repeated,
        "the header comes before the bundle's own"
    );
    assert!(w.intake.submit_blocking(other).unwrap().repeated);
}

#[test]
fn by_identifier_and_version_of_a_create() {
    let w = world();
    let first = w.create("Observation", OBSERVATION).unwrap();
    let again = w.create("Observation", OBSERVATION).unwrap();
    assert_eq!(
        (again.repeated, again.status, &again.body, &again.location),
        (true, 201, &first.body, &first.location)
    );
    assert_eq!(
        rules(&w.create("Observation", &OBSERVATION.replace("final", "amended")).unwrap_err()),
        ["message-id-reused"]
    );
    let next = w
        .create("Observation", &OBSERVATION.replace("\"versionId\":\"1\"", "\"versionId\":\"2\""))
        .unwrap();
    assert!(!next.repeated);
    let without = OBSERVATION.replace("\"versionId\":\"1\",", "");
    assert_ne!(
        w.create("Observation", &without).unwrap().event,
        w.create("Observation", &without).unwrap().event
    );
}

#[test]
fn a_batch_is_remembered_entry_by_entry() {
    let w = world();
    let batch = |status: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"batch","entry":[
              {{"resource":{{"resourceType":"Basic","code":{{"text":"x"}}}},"request":{{"method":"POST","url":"Basic"}}}},
              {{"resource":{{"resourceType":"Observation","status":"{status}","code":{{"text":"x"}}}},"request":{{"method":"POST","url":"Observation"}}}}]}}"#
        )
    };
    let submit = |body: String| {
        let mut s = w.submission(Kind::Bundle, &body);
        s.message_id = Some("b1".into());
        w.intake.submit_blocking(s).unwrap()
    };
    let first = submit(batch("wrong"));
    assert_eq!((first.entries.len(), w.last().0), (1, 1));
    let mended = submit(batch("final"));
    assert_eq!((mended.entries.len(), mended.repeated, w.last().0), (2, false, 2));
    assert!(submit(batch("final")).repeated);
    assert_eq!(w.last().0, 2);
}

#[test]
fn the_first_answer_comes_after_a_restart_too() {
    let w = world();
    let first = w.bundle(&bundle("")).unwrap();
    let World9901 {
        intake,
        index,
        log,
        quarantine,
        keys,
        dir,
    } = w;
    drop((intake, index, quarantine, log, keys));
    let w = world_in(dir, kilde_intake::IntakeConfig::new(kilde_fhir::national_id::World::Sandbox));
    let again = w.bundle(&bundle("")).unwrap();
    assert!(again.repeated);
    assert_eq!(again.body, first.body);
}

#[test]
fn content_that_comes_back_is_recognised_too() {
    let w = world();
    let okt = |hours: &str| {
        let body = format!(
            r#"{{"personIdentifier":"{PERSON}","oktMessages":[{{"startDate":"2020-01-01","iplosCode":{{"iplosCodeValue":"02"}},"weeklyExtent":"{hours}"}}]}}"#
        );
        let accepted = w.submit(Kind::Okt, &body).unwrap();
        (accepted.repeated, accepted.entries[0].version)
    };
    assert_eq!(
        ["5", "5", "6", "6", "5", "5", "6", "5"].map(okt),
        [
            (false, 1),
            (true, 1),
            (false, 2),
            (true, 2),
            (false, 3),
            (true, 3),
            (false, 4),
            (false, 5)
        ]
    );
}

#[test]
fn a_message_is_answered_by_a_message() {
    let w = world();
    let message = format!(
        r#"{{"resourceType":"Bundle","type":"message","timestamp":"2026-11-22T10:00:00Z","entry":[
          {{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{{"resourceType":"MessageHeader","id":"h1","eventUri":"urn:e:vitals","source":{{"endpoint":"urn:tavle"}},
             "focus":[{{"reference":"urn:uuid:22222222-2222-4222-8222-222222222222"}}]}}}},
          {{"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{{"resourceType":"Observation","identifier":[{{"system":"urn:x","value":"o1"}}],"status":"final","code":{{"text":"x"}},
             "subject":{{"identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{PERSON}"}}}}}}}}]}}"#
    );
    let first = w.submit(Kind::ProcessMessage, &message).unwrap();
    let answer = json(&first.body);
    assert!(
        kilde_fhir::validate::structure(answer.root()).iter().all(|f| !f.is_error()),
        "{}",
        answer.text()
    );
    let header = answer.root().path(&["entry", "resource"]).unwrap();
    assert_eq!(header.path(&["response", "identifier"]).unwrap().as_str().unwrap(), "h1");
    assert_eq!(first.persons.len(), 1);
    let stored = w.read("MessageHeader", &first.entries[0].id).unwrap();
    assert!(
        String::from_utf8(stored.body)
            .unwrap()
            .contains(&format!("Observation/{}", first.entries[1].id))
    );
    assert_eq!(w.submit(Kind::ProcessMessage, &message).unwrap().body, first.body);
    // The next message about the same measurement is its next version.
    let second = w
        .submit(
            Kind::ProcessMessage,
            &message.replace("\"h1\"", "\"h2\"").replace("final", "amended"),
        )
        .unwrap();
    assert_eq!((second.entries[1].id == first.entries[1].id, second.entries[1].version), (true, 2));
    let rejected = w
        .submit(Kind::ProcessMessage, &message.replace("MessageHeader", "Basic"))
        .unwrap_err();
    assert_eq!(rejected.status, 400);
}
