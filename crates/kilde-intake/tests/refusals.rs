//! Who may write what, bounds, quarantine, and inputs of any kind.

mod common;
use common::*;
use kilde_access::{AccessScope, Category, testing};
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::Value;
use kilde_fhir::national_id::World;
use kilde_intake::{IntakeConfig, IntakeLimits, Kind, ReplayError, Submission};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const BASIC: &str = r#"{"resourceType":"Basic","id":"b","code":{"text":"x"}}"#;

#[test]
fn only_the_source_corrects() {
    let w = world();
    w.update("Basic", "b", None, BASIC).unwrap();
    let as_other = |kind| w.intake.submit_blocking(Submission::new(w.other(), kind, BASIC, NOW)).unwrap_err();
    let update = Kind::Update {
        rtype: rtype("Basic"),
        id: "b".into(),
        if_match: None,
        if_none_match: false,
    };
    assert_eq!(rules(&as_other(update.clone())), ["not-the-source"]);
    assert_eq!(as_other(update.clone()).status, 403);
    let delete = Kind::Delete {
        rtype: rtype("Basic"),
        id: "b".into(),
        if_match: None,
    };
    assert_eq!(rules(&as_other(delete.clone())), ["not-the-source"]);
    // A writer that reads nothing of it learns nothing either: as if it were not to be found.
    let blind = Arc::new(AccessScope::import(instance(), OTHER, "blind"));
    let rejected = w
        .intake
        .submit_blocking(Submission::new(blind.clone(), update, BASIC, NOW))
        .unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (404, vec!["not-found"]));
    assert_eq!(
        w.intake.submit_blocking(Submission::new(blind, delete, "", NOW)).unwrap().status,
        204
    );
    assert_eq!(w.last().0, 1);
}

#[test]
fn versions() {
    let w = world();
    assert_eq!(w.update("Basic", "b", Some(1), BASIC).unwrap_err().status, 412);
    assert_eq!(w.update("Basic", "b", None, BASIC).unwrap().status, 201);
    let second = w.update("Basic", "b", Some(1), BASIC).unwrap();
    assert_eq!(
        (second.status, second.etag.as_deref(), second.location.as_deref()),
        (200, Some("W/\"2\""), Some("Basic/b/_history/2"))
    );
    assert_eq!(rules(&w.update("Basic", "b", Some(1), BASIC).unwrap_err()), ["version-conflict"]);
    let body = String::from_utf8(second.body).unwrap();
    assert!(
        body.starts_with(r#"{"resourceType":"Basic","id":"b","meta":{"versionId":"2","lastUpdated":"2026-11-22T19:36:05.123Z""#),
        "{body}"
    );
    assert_eq!(rules(&w.update("Basic", "c", None, BASIC).unwrap_err()), ["id-mismatch"]);
    assert_eq!(rules(&w.create("Patient", BASIC).unwrap_err()), ["resource-type"]);
    let gone = w
        .submit(
            Kind::Delete {
                rtype: rtype("Basic"),
                id: "b".into(),
                if_match: None,
            },
            "",
        )
        .unwrap();
    assert_eq!((gone.status, gone.entries[0].version, gone.body.len()), (204, 3, 0));
}

#[test]
fn nobody_writes_in_anothers_name() {
    let w = world();
    let provenance = |number: &str| {
        format!(
            r#"{{"resourceType":"Provenance","target":[{{"reference":"Basic/b"}}],"recorded":"2026-01-01T00:00:00Z","agent":[{{"who":{{"identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"{number}"}}}}}}]}}"#
        )
    };
    let rejected = w.create("Provenance", &provenance(OTHER)).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (403, vec!["author-organisation"]));
    assert_eq!(rejected.findings[0].expression, "Provenance.agent[0].who.identifier.value");
    assert!(rejected.quarantine.is_some());
    assert_eq!(w.create("Provenance", &provenance(ORGANISATION)).unwrap().status, 201);
    // A laboratory may be the performer; it is told.
    let observation = format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"performer":[{{"identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"{OTHER}"}}}}]}}"#
    );
    let accepted = w.create("Observation", &observation).unwrap();
    assert_eq!(accepted.findings[0].severity, Severity::Warning);
}

#[test]
fn a_person_is_one_under_id_and_number_and_never_two() {
    let w = world();
    let nin = |value: &str| format!(r#"{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{value}"}}"#);
    let observation =
        |subject: String| format!(r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{{subject}}}}}"#);
    let logical = w
        .create("Observation", &observation(format!("\"identifier\":{}", nin(PERSON))))
        .unwrap();
    let patient = w
        .create(
            "Patient",
            &format!(r#"{{"resourceType":"Patient","identifier":[{}]}}"#, nin(PERSON)),
        )
        .unwrap();
    assert_eq!(logical.persons, patient.persons);
    let reference = format!("\"reference\":\"Patient/{}\"", patient.entries[0].id);
    assert_eq!(
        w.create("Observation", &observation(reference.clone())).unwrap().persons,
        patient.persons
    );
    // Another person's number beside the reference.
    let other = "16758532406";
    w.create("Patient", &format!(r#"{{"resourceType":"Patient","identifier":[{}]}}"#, nin(other)))
        .unwrap();
    let both = |number: &str| observation(format!("{reference},\"identifier\":{}", nin(number)));
    let rejected = w.create("Observation", &both(other)).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (422, vec!["person-mismatch"]));
    assert!(w.create("Observation", &both(PERSON)).is_ok());
    // A patient who has not been delivered yet is told; delivered later, she is the same person.
    let early = w
        .create("Observation", &observation("\"reference\":\"Patient/later\"".into()))
        .unwrap();
    assert_eq!(early.findings[0].rule, "patient-unknown");
    let late = w
        .update("Patient", "later", None, r#"{"resourceType":"Patient","id":"later"}"#)
        .unwrap();
    assert_eq!(early.persons, late.persons);
    // No number leaves in a finding.
    assert!(rejected.findings.iter().all(|f| !format!("{f:?}").contains(other)));
}

#[test]
fn every_limit_has_its_name() {
    let limits = IntakeLimits {
        bytes: 3000,
        depth: 8,
        entries: 2,
        references: 3,
        conditions: 1,
        ..IntakeLimits::default()
    };
    let w = world_with(IntakeConfig {
        limits,
        ..IntakeConfig::new(World::Sandbox)
    });
    let told = |kind: Kind, body: &str| {
        let r = w.submit(kind, body).unwrap_err();
        (r.status, r.findings[0].rule)
    };
    assert_eq!(told(Kind::Bundle, &" ".repeat(3001)), (413, "limit-bytes"));
    assert_eq!(told(Kind::Bundle, &"[".repeat(20)), (400, "json-syntax"));
    assert_eq!(told(Kind::Bundle, ""), (400, "json-syntax"));
    let entry = |r: &str| format!(r#"{{"resource":{r},"request":{{"method":"POST","url":"List"}}}}"#);
    let bundle = |entries: &[String]| {
        format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
            entries.join(",")
        )
    };
    let list = |items: &str| {
        entry(&format!(
            r#"{{"resourceType":"List","status":"current","mode":"working","entry":[{items}]}}"#
        ))
    };
    let item = |r: &str| format!(r#"{{"item":{{"reference":"{r}"}}}}"#);
    let one = list(&item("Basic/1"));
    assert_eq!(
        told(Kind::Bundle, &bundle(&[one.clone(), one.clone(), one])),
        (413, "limit-entries")
    );
    assert_eq!(
        told(Kind::Bundle, &bundle(&[list(&vec![item("Basic/1"); 4].join(","))])),
        (413, "limit-references")
    );
    let conditions = format!("{},{}", item("Basic?identifier=1"), item("Basic?identifier=2"));
    assert_eq!(told(Kind::Bundle, &bundle(&[list(&conditions)])), (413, "limit-conditions"));
}

#[test]
fn quarantine_keeps_lists_and_replays() {
    let limits = IntakeLimits {
        quarantine_bytes: 400,
        quarantine_open: 3,
        ..IntakeLimits::default()
    };
    let w = world_with(IntakeConfig {
        limits,
        ..IntakeConfig::new(World::Sandbox)
    });
    let bad = r#"{"resourceType":"Observation","status":"hemmelig-innhold","code":{"text":"x"}}"#;
    let no = w.create("Observation", bad).unwrap_err().quarantine.unwrap();
    let listed = w.intake.quarantine_list(None, 10).unwrap();
    assert_eq!(
        (
            listed.len(),
            listed[0].no,
            listed[0].status,
            listed[0].state,
            listed[0].kind.as_str()
        ),
        (1, no, 400, "open", "create")
    );
    assert!(
        !serde_json::to_string(&listed).unwrap().contains("hemmelig"),
        "no content in the list"
    );
    assert!(serde_json::to_string(&listed).unwrap().contains("fhir-code-required"));

    let replay = |scope, body: Option<&str>| w.intake.quarantine_replay(no, scope, body.map(|b| b.as_bytes().to_vec()), NOW);
    assert!(matches!(replay(w.other(), None), Err(ReplayError::OtherSource)));
    assert!(matches!(replay(w.scope(), None), Err(ReplayError::Rejected(_))));
    assert_eq!(
        w.intake.quarantine_list(None, 10).unwrap().len(),
        1,
        "a replay that fails adds nothing"
    );
    let accepted = replay(w.scope(), Some(&bad.replace("hemmelig-innhold", "final"))).unwrap();
    assert_eq!((accepted.status, w.last().0), (201, 1));
    let listed = w.intake.quarantine_list(None, 10).unwrap();
    assert_eq!((listed[0].state, listed[0].event), ("replayed", Some(1)));
    assert!(matches!(replay(w.scope(), None), Err(ReplayError::NotOpen)));

    // Bounds: a large body is kept as findings only; a full quarantine takes no more.
    let large = bad.replace("\"x\"", &format!("\"{}\"", "x".repeat(500)));
    let no = w.create("Observation", &large).unwrap_err().quarantine.unwrap();
    assert!(matches!(
        w.intake.quarantine_replay(no, w.scope(), None, NOW),
        Err(ReplayError::NotKept)
    ));
    assert!(w.create("Observation", bad).unwrap_err().quarantine.is_some());
    assert!(w.create("Observation", bad).unwrap_err().quarantine.is_some());
    assert!(w.create("Observation", bad).unwrap_err().quarantine.is_none());
    w.intake.quarantine_discard(no, "test").unwrap();
    assert!(w.create("Observation", bad).unwrap_err().quarantine.is_some());
}

#[test]
fn a_part_of_a_batch_is_replayed_alone() {
    let w = world();
    let batch = r#"{"resourceType":"Bundle","type":"batch","entry":[
      {"resource":{"resourceType":"Basic","code":{"text":"x"}},"request":{"method":"POST","url":"Basic"}},
      {"resource":{"resourceType":"Observation","status":"x","code":{"text":"x"}},"request":{"method":"POST","url":"Observation"}}]}"#;
    w.bundle(batch).unwrap();
    let no = w.intake.quarantine_list(None, 1).unwrap()[0].no;
    assert!(matches!(
        w.intake.quarantine_replay(no, w.scope(), None, NOW),
        Err(ReplayError::Rejected(_))
    ));
    let part = r#"{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"}},"request":{"method":"POST","url":"Observation"}}"#;
    let accepted = w.intake.quarantine_replay(no, w.scope(), Some(part.into()), NOW).unwrap();
    assert_eq!((accepted.entries.len(), w.last().0), (1, 2));
}

#[test]
fn services_examine_what_comes_in() {
    let mut config = IntakeConfig::new(World::Sandbox);
    config.checks.push(Arc::new(|r: Value<'_>| {
        let severity = match r.str("status").as_deref() {
            Some("preliminary") => Severity::Warning,
            Some("entered-in-error") => Severity::Error,
            _ => return Vec::new(),
        };
        vec![Finding::error("invariant", "test-rule", "Observation.status", "nb", "en").severity(severity)]
    }));
    let w = world_with(config);
    let body = |status: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{{"resourceType":"Observation","status":"{status}","code":{{"text":"x"}}}},"request":{{"method":"POST","url":"Observation"}}}}]}}"#
        )
    };
    let accepted = w.bundle(&body("preliminary")).unwrap();
    assert_eq!(
        (accepted.findings[0].rule, accepted.findings[0].expression.as_str()),
        ("test-rule", "Bundle.entry[0].resource.status")
    );
    let answer = json(&accepted.body);
    assert!(answer.root().path(&["entry", "response", "outcome", "issue"]).is_some());
    let rejected = w.bundle(&body("entered-in-error")).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (422, vec!["test-rule"]));
}

#[test]
fn a_scope_that_may_not_write_writes_nothing() {
    let w = world();
    let reader = Arc::new(kilde_access::testing::reader(instance(), &[], &[]));
    let rejected = w
        .intake
        .submit_blocking(Submission::new(reader, Kind::Bundle, "{", NOW))
        .unwrap_err();
    assert_eq!((rejected.status, rejected.quarantine), (403, None));
    let elsewhere = Arc::new(kilde_access::testing::everything(
        kilde_log::Instance::parse("9902").unwrap(),
        ORGANISATION,
        "epj",
    ));
    assert_eq!(
        w.intake
            .submit_blocking(Submission::new(elsewhere, Kind::Bundle, "{", NOW))
            .unwrap_err()
            .status,
        403
    );
}

static SHARED: LazyLock<World9901> = LazyLock::new(|| {
    let limits = IntakeLimits {
        quarantine_open: 50,
        ..IntakeLimits::default()
    };
    world_with(IntakeConfig {
        limits,
        ..IntakeConfig::new(World::Sandbox)
    })
});

const SEEDS: [&str; 3] = [
    r#"{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"19779998080"}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}},{"resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:22222222-2222-4222-8222-222222222222"}},"request":{"method":"PUT","url":"Observation/o","ifMatch":"W/\"1\""}}]}"#,
    r#"{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader","eventUri":"urn:e","source":{"endpoint":"urn:t"}}},{"resource":{"resourceType":"Basic","identifier":[{"system":"s","value":"v"}],"code":{"text":"å"}}}]}"#,
    r#"{"personIdentifier":"19779998080","oktMessages":[{"startDate":"2020-06-22","endDate":"","iplosCode":{"iplosCodeValue":"02"},"weeklyExtent":"15 timer","temporaryCessation":true}]}"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn whatever_comes_is_taken_or_told(
        seed in 0usize..3, kind in 0usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec!["", "\"", "{", "}", "[", "]", ",", "0", "null", "x", "PUT", "Patient/", "?a=b", "\\u0000", "æ", "batch"]), 0usize..6), 0..4),
    ) {
        let mut body = SEEDS[seed].to_owned();
        for (at, text, cut) in changes {
            let mut from = at.index(body.len() + 1);
            while !body.is_char_boundary(from) { from -= 1; }
            let mut to = (from + cut).min(body.len());
            while !body.is_char_boundary(to) { to += 1; }
            body.replace_range(from..to, text);
        }
        let kind = match kind {
            0 => Kind::Bundle,
            1 => Kind::ProcessMessage,
            2 => Kind::Okt,
            _ => Kind::Create { rtype: rtype("Patient"), if_none_exist: Some(body.chars().take(20).collect()) },
        };
        let before = SHARED.last();
        match SHARED.submit(kind, &body) {
            Ok(accepted) => prop_assert!(accepted.status < 300),
            Err(rejected) => {
                prop_assert!(rejected.findings.iter().any(Finding::is_error), "{:?}", rejected);
                prop_assert!(rejected.status >= 400 && rejected.status < 500, "{:?}", rejected);
                prop_assert_eq!(SHARED.last(), before);
                for f in &rejected.findings {
                    prop_assert!(!f.nb.is_empty() && !f.en.is_empty());
                    prop_assert!(!f.nb.contains("19779998080") && !f.en.contains("19779998080"));
                }
            }
        }
    }

    #[test]
    fn bytes_of_any_kind(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in [Kind::Bundle, Kind::ProcessMessage, Kind::Okt] {
            let rejected = SHARED.intake.submit_blocking(Submission::new(SHARED.scope(), kind, body.clone(), NOW)).unwrap_err();
            prop_assert!(rejected.findings.iter().any(Finding::is_error));
        }
    }
}

/// A ward's nurse who writes about one person.
fn ward(w: &World9901, nin: &str) -> Arc<AccessScope> {
    let person = w.log.person(&format!("nin|{nin}")).unwrap().unwrap();
    let reads = testing::reader(instance(), &[person], &Category::EVERY);
    Arc::new(testing::writing(&reads, &Category::EVERY, ORGANISATION, "ward"))
}

const SOMEBODY: &str = "16758532406";
const STRANGER: &str = "22750884907";

fn patient(w: &World9901, nin: &str) -> String {
    let body = format!(r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{nin}"}}]}}"#);
    w.create("Patient", &body).unwrap().entries[0].id.clone()
}

fn about(id: Option<&str>, nin: Option<&str>) -> String {
    let reference = id.map(|id| format!(r#""reference":"Patient/{id}""#));
    let identifier = nin.map(|nin| format!(r#""identifier":{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{nin}"}}"#));
    let subject: Vec<String> = reference.into_iter().chain(identifier).collect();
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{{}}}}}"#,
        subject.join(",")
    )
}

fn creation() -> Kind {
    Kind::Create {
        rtype: rtype("Observation"),
        if_none_exist: None,
    }
}

#[test]
fn no_refusal_tells_whether_another_person_is_known_here() {
    let w = world();
    let (own, hers) = (patient(&w, PERSON), patient(&w, SOMEBODY));
    let outcome = |id: Option<&str>, nin: Option<&str>| {
        let submission = Submission::new(ward(&w, PERSON), creation(), about(id, nin), NOW);
        let answer = w.intake.submit_blocking(submission);
        answer.map(|a| a.status).map_err(|r| (r.status, rules(&r).join(" ")))
    };
    let forbidden = Err((403, "write-forbidden".to_owned()));
    for (known, unknown) in [
        ((Some(&*own), Some(SOMEBODY)), (Some(&*own), Some(STRANGER))),
        ((Some(&*hers), Some(PERSON)), (Some("nobody"), Some(PERSON))),
        ((Some(&*hers), Some(STRANGER)), (Some("nobody"), Some(STRANGER))),
        ((Some(&*hers), None), (Some("nobody"), None)),
        ((None, Some(SOMEBODY)), (None, Some(STRANGER))),
    ] {
        assert_eq!(outcome(known.0, known.1), forbidden, "{known:?}");
        assert_eq!(outcome(unknown.0, unknown.1), forbidden, "{unknown:?}");
    }
    for right in [(Some(&*own), Some(PERSON)), (Some(&*own), None), (None, Some(PERSON))] {
        assert_eq!(outcome(right.0, right.1), Ok(201), "{right:?}");
    }
}

#[test]
fn no_update_tells_whether_an_id_is_in_use() {
    let w = world();
    patient(&w, PERSON);
    patient(&w, SOMEBODY);
    let hers = w.create("Observation", &about(None, Some(SOMEBODY))).unwrap().entries[0].id.clone();
    let outcome = |scope: Arc<AccessScope>, id: &str, if_match: Option<u32>, if_none_match: bool| {
        let body = about(None, Some(PERSON)).replacen('{', &format!(r#"{{"id":"{id}","#), 1);
        let kind = Kind::Update {
            rtype: rtype("Observation"),
            id: id.into(),
            if_match,
            if_none_match,
        };
        let rejected = w.intake.submit_blocking(Submission::new(scope, kind, body, NOW)).unwrap_err();
        (rejected.status, rules(&rejected))
    };
    for (if_match, if_none_match) in [(None, false), (Some(1), false), (None, true)] {
        let (known, unknown) = (
            outcome(ward(&w, PERSON), &hers, if_match, if_none_match),
            outcome(ward(&w, PERSON), "free", if_match, if_none_match),
        );
        assert_eq!((known.0, &known), (404, &unknown));
    }
    // A source chooses ids, so it learns which are free; but not without making something.
    let blind = || Arc::new(AccessScope::import(instance(), OTHER, "blind"));
    assert_eq!(outcome(blind(), &hers, Some(1), false), outcome(blind(), "free", Some(1), false));
}

#[test]
fn no_repeated_message_tells_of_another_patient() {
    let w = world();
    patient(&w, PERSON);
    patient(&w, SOMEBODY);
    let send = |nin: &str, body: &str, message: &str| {
        let mut submission = Submission::new(ward(&w, nin), creation(), body, NOW);
        submission.message_id = Some(message.to_owned());
        let answer = w.intake.submit_blocking(submission);
        answer.map(|a| (a.status, a.repeated)).map_err(|r| (r.status, rules(&r).join(" ")))
    };
    let hers = about(None, Some(SOMEBODY));
    assert_eq!(send(SOMEBODY, &hers, "m1"), Ok((201, false)));
    // The colleague who may, is told that it is there.
    assert!(send(SOMEBODY, &hers, "m1").is_ok_and(|(_, repeated)| repeated));
    assert!(send(SOMEBODY, &hers.replace("final", "amended"), "m1").is_err_and(|(status, _)| status == 409));
    // For who writes about somebody else it never came: neither its id nor its content.
    let own = about(None, Some(PERSON));
    assert_eq!(send(PERSON, &own, "m1"), Ok((201, false)));
    assert_eq!(send(PERSON, &hers, "m1"), send(PERSON, &hers, "m2"));
    assert_eq!(send(PERSON, &hers, "m1"), Err((403, "write-forbidden".to_owned())));
    let named = |nin: &str| {
        let identified = r#"{"meta":{"versionId":"1"},"identifier":[{"system":"https://example.org/p","value":"7"}],"#;
        about(None, Some(nin)).replacen('{', identified, 1)
    };
    assert_eq!(send(SOMEBODY, &named(SOMEBODY), "m3"), Ok((201, false)));
    assert_eq!(send(PERSON, &named(PERSON), "m4"), Ok((201, false)));
}
