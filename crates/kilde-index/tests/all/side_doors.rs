//! Each way in which a scope could leak, tried.

use crate::kit::{Kit, ORGANISATION, all, instance, over, rtype, search};
use kilde_access::{AccessScope, Category, testing};
use kilde_fhir::national_id::FNR;
use kilde_index::{IndexError, Read};
use kilde_log::{Instance, PersonNo};

const NIN: &str = "22750884907";

/// Two patients; each has a journal note and a measurement.
fn two() -> (Kit, PersonNo, PersonNo) {
    let mut kit = Kit::new();
    for (id, nin) in [("a", NIN), ("b", "19779998080")] {
        let measure =
            r#","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]"#;
        let note = |n: &str, category: &str| {
            format!(
                r#"{{"resourceType":"Observation","id":"{n}-{id}","status":"final","code":{{"coding":[{{"system":"s","code":"{n}"}}]}},"subject":{{"reference":"Patient/{id}"}}{category}}}"#
            )
        };
        kit.put(&[
            &format!(r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"{FNR}","value":"{nin}"}}],"name":[{{"family":"Hemmelig"}}]}}"#),
            &note("note", ""),
            &note("pulse", measure),
        ]);
    }
    let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
    (kit, a, b)
}

#[test]
fn others_do_not_exist() {
    let (kit, a, b) = two();
    let scope = over(&[a]);
    let (observation, patient) = (rtype("Observation"), rtype("Patient"));
    // Forbidden and unknown give the same, whatever is asked.
    for id in ["note-b", "unknown"] {
        assert_eq!(kit.index.read(&scope, observation, id).unwrap(), Read::Absent);
        assert_eq!(kit.index.vread(&scope, observation, id, 1).unwrap(), Read::Absent);
        assert!(kit.index.history(&scope, observation, id, 10, None).unwrap().is_empty());
        assert_eq!(kit.index.version_count(&scope, observation, id).unwrap(), 0);
        assert_eq!(kit.index.head(&scope, observation, id).unwrap(), None);
        assert!(!kit.index.taken(&scope, observation, id).unwrap());
        assert_eq!(kit.search(&scope, "Observation", &[("_id", id)]).total, Some(0));
    }
    assert_eq!(kit.index.read(&scope, patient, "b").unwrap(), Read::Absent);
    assert_eq!(kit.of_person(&scope, b), (Vec::new(), 0));
    assert_eq!(kit.presence(&scope, b, "Observation"), (0, 0));
    assert_eq!(kit.found(&scope, "Observation", &[]), ["note-a", "pulse-a"]);
    assert_eq!(kit.found(&scope, "Patient", &[("family", "hemmelig")]), ["a"]);
    assert!(kit.found(&scope, "Observation", &[("patient", "b")]).is_empty());
    assert!(
        kit.found(&scope, "Observation", &[("patient.identifier", &format!("{FNR}|19779998080"))])
            .is_empty()
    );
}

#[test]
fn counts_are_made_inside_the_scope() {
    let (kit, a, _) = two();
    let count = |scope: &AccessScope, query: &[(&str, &str)]| kit.search(scope, "Observation", query).total;
    let journal = testing::reader(instance(), &[a], &[Category::Journal]);
    let none = testing::reader(instance(), &[], &Category::EVERY);
    for query in [
        vec![("_summary", "count")],
        vec![("_count", "0")],
        vec![("_total", "accurate")],
        vec![("_total", "estimate"), ("_sort", "-date")],
    ] {
        assert_eq!(count(&all(), &query), Some(4), "{query:?}");
        assert_eq!(count(&over(&[a]), &query), Some(2), "{query:?}");
        assert_eq!(count(&journal, &query), Some(1), "{query:?}");
        assert_eq!(count(&none, &query), Some(0), "{query:?}");
    }
    assert_eq!(count(&over(&[a]), &[("code", "s|note"), ("_summary", "count")]), Some(1));
    assert_eq!(count(&over(&[a]), &[("code:not", "s|note"), ("_summary", "count")]), Some(1));
    assert_eq!(count(&over(&[a]), &[("date:missing", "true"), ("_summary", "count")]), Some(2));
}

#[test]
fn existence_checks_count_and_show_nothing() {
    let (kit, a, _) = two();
    let scope = testing::exists_only(&over(&[a]));
    assert_eq!(kit.search(&scope, "Observation", &[("_summary", "count")]).total, Some(2));
    let page = kit.search(&scope, "Observation", &[("_total", "accurate")]);
    assert_eq!((page.matches.len(), page.total), (0, Some(0)));
    assert_eq!(kit.index.read(&scope, rtype("Observation"), "note-a").unwrap(), Read::Absent);
    assert!(kit.of_person(&scope, a).0.is_empty());
    assert_eq!(kit.presence(&scope, a, "Observation"), (2, 0));
}

#[test]
fn history_is_judged_by_the_newest_version() {
    let (mut kit, a, b) = two();
    let observation = rtype("Observation");
    // The note moves from one patient to another: an error of the source, corrected.
    let moved = r#"{"resourceType":"Observation","id":"note-a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}}"#;
    kit.put(&[moved]);
    let scope = over(&[a]);
    assert_eq!(kit.index.read(&scope, observation, "note-a").unwrap(), Read::Absent);
    assert_eq!(kit.index.vread(&scope, observation, "note-a", 1).unwrap(), Read::Absent);
    assert!(kit.index.history(&scope, observation, "note-a", 10, None).unwrap().is_empty());
    assert_eq!(kit.found(&scope, "Observation", &[]), ["pulse-a"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[]), ["note-a", "note-b", "pulse-b"]);
    // And when it is deleted, the deletion is seen by those who saw the last content.
    kit.delete(observation, "note-b");
    assert_eq!(kit.index.read(&scope, observation, "note-b").unwrap(), Read::Absent);
    assert!(matches!(
        kit.index.read(&over(&[b]), observation, "note-b").unwrap(),
        Read::Gone { .. }
    ));
}

#[test]
fn a_category_that_may_not_be_read_is_nowhere() {
    let (kit, a, _) = two();
    let scope = testing::reader(instance(), &[a], &[Category::Maaledata]);
    assert_eq!(kit.found(&scope, "Observation", &[]), ["pulse-a"]);
    assert_eq!(kit.index.read(&scope, rtype("Observation"), "note-a").unwrap(), Read::Absent);
    assert_eq!(kit.of_person(&scope, a).0.len(), 1);
    assert_eq!(kit.presence(&scope, a, "Observation"), (1, 1));
    assert!(kit.found(&scope, "Patient", &[]).is_empty());
}

#[test]
fn a_system_sees_what_it_delivered() {
    let (mut kit, ..) = two();
    let note = r#"{"resourceType":"Observation","id":"mine","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}"#;
    kit.put_from("888888888/epj", "888888888", &[note]);
    let scope = testing::system(instance(), "888888888", "epj");
    assert_eq!(kit.found(&scope, "Observation", &[]), ["mine"]);
    assert_eq!(kit.search(&scope, "Observation", &[("_summary", "count")]).total, Some(1));
    assert_eq!(kit.index.head(&scope, rtype("Observation"), "note-a").unwrap(), None);
    assert!(kit.index.taken(&scope, rtype("Observation"), "note-a").unwrap());
}

#[test]
fn conditions_of_a_writer_are_met_inside_its_scope() {
    let (kit, ..) = two();
    let ids = |scope: &AccessScope| {
        let found = kit
            .index
            .matching(scope, &search("Observation", &[("code", "s|note")]), 10)
            .unwrap();
        found.into_iter().map(|m| m.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&all()).len(), 2);
    assert_eq!(ids(&AccessScope::import(instance(), ORGANISATION, "test")).len(), 2);
    assert!(ids(&AccessScope::import(instance(), ORGANISATION, "another")).is_empty());
    assert!(ids(&testing::system(instance(), "888888888", "epj")).is_empty());
}

#[test]
fn another_instance_has_no_way_in() {
    let (kit, ..) = two();
    let scope = testing::everything(Instance::parse("9902").unwrap(), ORGANISATION, "test");
    assert!(matches!(
        kit.index.read(&scope, rtype("Patient"), "a"),
        Err(IndexError::OtherInstance)
    ));
    assert!(matches!(
        kit.index.one_person(&scope, PersonNo(1), &[]).map(|_| ()),
        Err(IndexError::OtherInstance)
    ));
    assert!(kit.index.search(&scope, &search("Patient", &[])).is_err());
    assert!(kit.index.matching(&scope, &search("Patient", &[]), 1).is_err());
    assert!(kit.index.head(&scope, rtype("Patient"), "a").is_err());
}

#[test]
fn mention_of_another_patient_gives_nobody_access() {
    let (mut kit, a, b) = two();
    let focus = r#"{"resourceType":"Observation","id":"focus","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"focus":[{"reference":"Patient/b"}]}"#;
    kit.put(&[focus]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[]), ["note-b", "pulse-b"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[("focus", "Patient/b")]), [""; 0]);
    assert_eq!(kit.found(&over(&[a]), "Observation", &[("focus", "Patient/b")]), ["focus"]);
}

#[test]
fn which_identities_belong_together_is_told_to_nobody_else() {
    let (mut kit, a, b) = two();
    // Of patient b, and about nobody else; measured by the owner of patient a's national number.
    kit.put(&[&format!(
        r#"{{"resourceType":"Observation","id":"by-a","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/b"}},"performer":[{{"identifier":{{"system":"{FNR}","value":"{NIN}"}}}}]}}"#
    )]);
    let query = [("performer", "Patient/a")];
    assert_eq!(kit.found(&all(), "Observation", &query), ["by-a"]);
    assert_eq!(kit.found(&over(&[a, b]), "Observation", &query), ["by-a"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &query), [""; 0]);
    assert_eq!(
        kit.found(&over(&[b]), "Observation", &[("performer:identifier", &format!("{FNR}|{NIN}"))]),
        ["by-a"]
    );
}

#[test]
fn values_kept_as_hashes_are_in_no_file() {
    let (mut kit, ..) = two();
    kit.put(&[&format!(
        r#"{{"resourceType":"Observation","id":"x","status":"final","code":{{"text":"x"}},"subject":{{"identifier":{{"system":"{FNR}","value":"{NIN}"}}}}}}"#
    )]);
    kit.index.flush().unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(kit.index_dir()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        seen += bytes.len();
        for secret in [NIN, "19779998080", FNR] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
        }
    }
    assert!(seen > 1000);
}
