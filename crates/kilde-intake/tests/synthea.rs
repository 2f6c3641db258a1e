//! All published Synthea bundles: every entry readable, searchable and stable.

mod common;
use common::*;
use kilde_fhir::json::{Value, write_compact};
use kilde_intake::{IntakeConfig, Kind};
use std::io::Read;

fn bundles() -> Option<Vec<(String, String)>> {
    let dir = shared("synthea-r4")?;
    let gz = files(dir).into_iter().filter(|f| f.extension().is_some_and(|e| e == "gz"));
    Some(
        gz.map(|f| {
            let mut text = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(&f).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            (f.file_name().unwrap().to_string_lossy().into_owned(), text)
        })
        .collect(),
    )
}

/// A resource without id and meta, and with references to other entries blanked.
fn essence(resource: Value<'_>) -> String {
    fn walk(value: Value<'_>, top: bool, out: &mut String) {
        for c in value.children() {
            let key = c.key().unwrap_or_default();
            if top && matches!(key.as_ref(), "id" | "meta") {
                continue;
            }
            out.push_str(&key);
            if c.is_object() || c.is_array() {
                out.push('{');
                walk(c, false, out);
                out.push('}');
            } else if key == "reference" && !c.as_str().unwrap().starts_with('#') {
                out.push('R');
            } else {
                write_compact(c, out);
            }
        }
    }
    let mut out = String::new();
    walk(resource, true, &mut out);
    out
}

#[test]
fn all_are_imported_without_loss() {
    let Some(bundles) = bundles() else { return };
    let w = world();
    let mut total = 0;
    for (name, text) in &bundles {
        let mut s = w.submission(Kind::Bundle, text);
        s.message_id = Some(format!("import:{name}"));
        let accepted = w
            .intake
            .submit_blocking(s)
            .unwrap_or_else(|r| panic!("{name}: {:#?}", &r.findings[..r.findings.len().min(5)]));
        let doc = json(text.as_bytes());
        let entries: Vec<Value<'_>> = doc.root().items("entry").collect();
        assert_eq!(accepted.entries.len(), entries.len(), "{name}");
        assert_eq!(accepted.persons.len(), 1, "{name}");
        for (entry, made) in entries.iter().zip(&accepted.entries) {
            let resource = entry.get("resource").unwrap();
            assert_eq!(resource.str("resourceType").unwrap(), made.rtype.name());
            let stored = w.read(made.rtype.name(), &made.id).unwrap();
            let kept = json(&stored.body);
            assert_eq!(essence(resource), essence(kept.root()));
            assert_eq!(kept.root().str("id").unwrap(), made.id);
            assert!(!kept.text().contains("\"urn:uuid:"), "{}", kept.text());
            let administrative = matches!(made.rtype.name(), "Organization" | "Practitioner");
            assert_eq!(stored.person.0 == 0, administrative, "{name} {}", made.rtype.name());
            total += 1;
        }
    }
    assert_eq!(w.log.last().0, bundles.len() as u64);
    assert_eq!(w.count("Patient", &[]), bundles.len());
    eprintln!("{total} resources");
    // The second time it is the same events.
    for (name, text) in bundles.iter().take(3) {
        let mut s = w.submission(Kind::Bundle, text);
        s.message_id = Some(format!("import:{name}"));
        assert!(w.intake.submit_blocking(s).unwrap().repeated);
    }
    // What was read once is read so after everything behind the log is built anew.
    let digest = w.index.digest().unwrap();
    let World9901 {
        intake,
        index,
        log,
        quarantine,
        keys,
        dir,
    } = w;
    drop((intake, index));
    let index = kilde_index::Index::open(&dir.path().join("index2"), &instance(), keys, log.clone()).unwrap();
    assert_eq!(index.digest().unwrap(), digest);
    assert!(log.verify(|_| ()).is_ok());
    drop(quarantine);
}

#[test]
fn real_ids_would_be_refused_in_production_and_the_other_way() {
    let w = world_with(IntakeConfig::new(kilde_fhir::national_id::World::Production));
    let body = format!(r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"{PERSON}"}}]}}"#);
    let rejected = w.create("Patient", &body).unwrap_err();
    assert_eq!((rejected.status, rules(&rejected)), (422, vec!["no-nin-synthetic-in-production"]));
    assert_eq!(rejected.findings[0].expression, "Patient.identifier[0].value");
}
