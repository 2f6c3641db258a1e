//! Published Norwegian examples through intake: what is right is taken, known defects are named.

mod common;
use common::*;
use kilde_fhir::json::{Edits, Value, write_compact, write_edited};
use kilde_fhir::national_id::{FNR, HPR, ORGNR};
use kilde_intake::okt::{event_json, from_episode};
use kilde_intake::{Kind, Submission};

fn okt(w: &World9901, body: &str) -> Result<kilde_intake::Accepted, kilde_intake::Rejected> {
    w.intake.submit_blocking(Submission::new(w.scope(), Kind::Okt, body, NOW))
}

#[test]
fn okt_events() {
    let Some(dir) = shared("norway/okt/messages") else { return };
    let w = world();
    let raw = std::fs::read_to_string(dir.join("okt-eksempel.json")).unwrap();
    let first = okt(&w, &raw).unwrap();
    assert_eq!((first.status, first.entries.len(), first.persons.len(), w.last().0), (201, 3, 1, 1));

    // The same decisions again, one of them changed: the same episodes, no doubles.
    assert!(okt(&w, &raw).unwrap().repeated);
    let changed = okt(&w, &raw.replace("6 timer", "8,5 timer")).unwrap();
    assert_eq!(
        changed.entries.iter().map(|e| &e.id).collect::<Vec<_>>(),
        first.entries.iter().map(|e| &e.id).collect::<Vec<_>>()
    );
    assert_eq!((changed.status, changed.entries[1].version, w.last().0), (200, 2, 2));
    assert_eq!(w.count("EpisodeOfCare", &[]), 3);
    // The first content once more is news again, since something came between.
    let back = okt(&w, &raw).unwrap();
    assert_eq!((back.repeated, back.entries[1].version), (false, 3));

    // And out again.
    let messages: Vec<_> = first
        .entries
        .iter()
        .map(|e| from_episode(json(&w.read("EpisodeOfCare", &e.id).unwrap().body).root()).unwrap())
        .collect();
    let out = event_json(PERSON, &messages);
    for part in [
        "\"iplosCodeValue\":\"02\"",
        "\"weeklyExtent\":\"15\"",
        "\"temporaryCessation\":true",
        "Sone Vest, Kjeller",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
    let again = kilde_intake::okt::read(json(out.as_bytes()).root(), kilde_fhir::national_id::World::Sandbox, 10);
    assert_eq!(again.1, []);
    assert_eq!(again.0.unwrap().messages, messages);
    assert_eq!(
        w.count(
            "EpisodeOfCare",
            &[("patient:identifier", &format!("urn:oid:2.16.578.1.12.4.1.4.1|{PERSON}"))]
        ),
        3
    );

    let event = std::fs::read_to_string(dir.join("OktEvent1.json")).unwrap();
    assert_eq!(okt(&w, &event).unwrap().entries.len(), 1);
    // A single message is no event: it says whose nobody is.
    for name in ["OktMessage1.json", "OktMessage2.json"] {
        let rejected = okt(&w, &std::fs::read_to_string(dir.join(name)).unwrap()).unwrap_err();
        assert!(rules(&rejected).contains(&"okt-person-missing"), "{:?}", rules(&rejected));
        assert!(rejected.quarantine.is_some());
    }
}

#[test]
fn okt_episodes_as_fhir() {
    let Some(dir) = shared("norway/okt") else { return };
    let w = world();
    for folder in ["other", "episodes"] {
        for file in files(dir.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let doc = json(text.as_bytes());
            let (name, id) = (doc.root().str("resourceType").unwrap(), doc.root().str("id").unwrap());
            let accepted = w
                .update(&name, &id, None, &text)
                .unwrap_or_else(|r| panic!("{}: {r:?}", file.display()));
            assert_eq!(accepted.status, 201);
            if folder == "episodes" {
                let message = from_episode(json(&accepted.body).root()).unwrap();
                assert!(message.json().contains(if id.ends_with('1') && id.contains("Proto") {
                    "\"weeklyExtent\":\"15\""
                } else {
                    "\"weeklyExtent\":\"10\""
                }));
            }
        }
    }
    assert_eq!(w.count("EpisodeOfCare", &[("patient", "Patient/Example")]), 2);
}

/// Rules that refuse each example of measurements; none means that it is taken.
const DEFECTS: [(&str, &[&str]); 14] = [
    ("Observation-blood-pressure-create.json", &[]),
    ("Observation-body-height-create.json", &[]),
    ("Observation-body-mass-index-create.json", &["fhir-reference-type"]),
    ("Observation-heart-rate-create.json", &["fhir-reference-type"]),
    ("Observation-level-of-consciousness-create.json", &[]),
    ("Observation-respiratory-rate-create.json", &["fhir-reference-type"]),
    ("Observation-vkp-blood-pressure-profile-create.json", &["no-nin-format"]),
    ("Observation-vkp-body-temperature-create.json", &["no-nin-format"]),
    ("Observation-vkp-body-weight-create.json", &["no-nin-format"]),
    ("Observation-vkp-cfs-create.json", &["no-nin-format", "no-orgnr-format"]),
    ("Observation-vkp-glucose-create.json", &["no-nin-format"]),
    ("Observation-vkp-heartrate-create.json", &["no-nin-format"]),
    ("Observation-vkp-news2-create.json", &["no-nin-format", "no-orgnr-format"]),
    ("Observation-vkp-oxygen-saturation-create.json", &["no-nin-format"]),
];

#[test]
fn measurements_with_known_defects() {
    let Some(dir) = shared("norway/vkp-pmd") else { return };
    let w = world();
    for (name, wanted) in DEFECTS {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        match w.create("Observation", &text) {
            Ok(accepted) => assert!(wanted.is_empty(), "{name} was taken: {:?}", accepted.findings),
            Err(rejected) => {
                let mut rules: Vec<&str> = rejected.findings.iter().filter(|f| f.is_error()).map(|f| f.rule).collect();
                rules.sort_unstable();
                rules.dedup();
                assert_eq!(rules, wanted, "{name}: {:?}", rejected.findings);
                assert!(rejected.findings.iter().all(|f| f.position.is_some()));
                assert!(rejected.quarantine.is_some());
            }
        }
    }
}

#[test]
fn mended_measurements_are_taken_and_keep_what_they_were() {
    let Some(dir) = shared("norway/vkp-pmd") else { return };
    let w = world();
    for (name, _) in DEFECTS {
        let text = mended(&std::fs::read_to_string(dir.join(name)).unwrap());
        let accepted = w.create("Observation", &text).unwrap_or_else(|r| panic!("{name}: {r:?}"));
        let stored = w.read("Observation", &accepted.entries[0].id).unwrap();
        assert_eq!(stored.body, accepted.body);
        let doc = json(&stored.body);
        let meta = doc.root().get("meta").unwrap();
        assert!(meta.str("source").unwrap().ends_with(&format!(".{ORGANISATION}#epj")));
        let producer = json(text.as_bytes())
            .root()
            .path(&["meta", "source"])
            .unwrap()
            .as_str()
            .unwrap()
            .into_owned();
        assert_eq!(meta.path(&["extension", "valueUri"]).unwrap().as_str().unwrap(), producer);
        // Apart from id and meta the resource is what it was.
        let without = |text: &str| {
            let doc = json(text.as_bytes());
            let mut out = String::new();
            for c in doc.root().children().filter(|c| !matches!(c.key().as_deref(), Some("id" | "meta"))) {
                write_compact(c, &mut out);
            }
            out
        };
        assert_eq!(without(&text), without(std::str::from_utf8(&stored.body).unwrap()));
    }
}

#[test]
fn a_measurement_bundle_with_an_address_that_is_none() {
    let Some(dir) = shared("norway/vkp-pmd") else { return };
    let w = world();
    let raw = std::fs::read_to_string(dir.join("Bundle-pmd-Bundle-Request-example.json")).unwrap();
    let answer = w.bundle(&raw).unwrap();
    let doc = json(&answer.body);
    let entry = doc.root().path(&["entry"]).unwrap();
    assert_eq!(
        entry.path(&["response", "status"]).unwrap().as_str().unwrap(),
        "422 Unprocessable Content"
    );
    assert!(doc.text().contains("no-nin-format"));

    let body = mended(&raw);
    let first = w.bundle(&body).unwrap();
    let doc = json(&first.body);
    let entry = doc.root().path(&["entry"]).unwrap();
    assert_eq!(entry.str("fullUrl").unwrap(), "urn:uuid:4d4d9d8b-dc0d-4eb8-b830-ea45eeb54d36");
    assert_eq!(entry.path(&["response", "status"]).unwrap().as_str().unwrap(), "201 Created");
    assert_eq!(first.entries.len(), 1);
    assert!(doc.text().contains("bundle-url-foreign"), "told in the entry's outcome");
    assert!(w.bundle(&body).unwrap().repeated);
    let corrected = w.bundle(&body.replace("\"value\":37,", "\"value\":37.5,")).unwrap();
    assert_eq!((&corrected.entries[0].id, corrected.entries[0].version), (&first.entries[0].id, 2));
    assert!(json(&corrected.body).text().contains("200 OK"));
    // Another source's identifier is another measurement.
    let other = w
        .intake
        .submit_blocking(Submission::new(w.other(), Kind::Bundle, body, NOW))
        .unwrap();
    assert_ne!(other.entries[0].id, first.entries[0].id);
}

/// The example with its known defects mended: real numbers for the subject and the organisation, another
/// system for what is a local code, and types as they are spelt.
fn mended(text: &str) -> String {
    fn walk(value: Value<'_>, subject: bool, edits: &mut Edits) {
        if let (Some(system), Some(number)) = (value.get("system"), value.get("value")) {
            match system.as_str().as_deref() {
                Some(FNR) if subject => edits.replace(number, format!("\"{PERSON}\"")),
                Some(FNR) => edits.replace(system, format!("\"{HPR}\"")),
                Some(ORGNR) => edits.replace(number, format!("\"{ORGANISATION}\"")),
                _ => {}
            }
        }
        for c in value.children() {
            if c.key().as_deref() == Some("reference") && c.raw().starts_with("\"patient/") {
                edits.replace(c, c.raw().replace("patient/", "Patient/"));
            }
            walk(c, subject || c.key().as_deref() == Some("subject"), edits);
        }
    }
    let doc = json(text.as_bytes());
    let mut edits = Edits::default();
    walk(doc.root(), false, &mut edits);
    let mut out = String::new();
    write_edited(doc.root(), &edits, &mut out);
    out
}

#[test]
fn an_author_inside_the_resource_is_held_to_the_token_too() {
    let w = world();
    let organisation = |number: &str| {
        format!(
            r#"{{"resourceType":"Organization","id":"o","identifier":[{{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"{number}"}}]}}"#
        )
    };
    let role = r##"{"resourceType":"PractitionerRole","id":"r","organization":{"reference":"#o"}}"##;
    let composition = |author: &str, number: &str| {
        format!(
            r#"{{"resourceType":"Composition","status":"final","type":{{"text":"x"}},"date":"2026-01-01","title":"x","author":[{{"reference":"{author}"}}],"contained":[{},{role}]}}"#,
            organisation(number)
        )
    };
    for author in ["#o", "#r"] {
        let rejected = w.create("Composition", &composition(author, OTHER)).unwrap_err();
        assert_eq!((rejected.status, rules(&rejected)), (403, vec!["author-organisation"]), "{author}");
        assert!(w.create("Composition", &composition(author, ORGANISATION)).is_ok(), "{author}");
    }
}
