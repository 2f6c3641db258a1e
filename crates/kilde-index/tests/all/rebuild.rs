//! The index follows the log: what is missing is taken in, what does not fit is built anew, and a rebuild
//! gives the same bytes.

use crate::kit::{Kit, all, instance};
use kilde_fhir::national_id::FNR;
use kilde_index::Index;
use kilde_log::EventNo;

fn filled(events: usize) -> Kit {
    let mut kit = Kit::new();
    for n in 0..events {
        let (a, b) = (n % 7, n % 3);
        kit.put(&[
            &format!(
                r#"{{"resourceType":"Patient","id":"p{b}","name":[{{"family":"Hansen{n}"}}],"birthDate":"19{a}0-01-01","identifier":[{{"system":"{FNR}","value":"22750884907"}},{{"system":"local","value":"{n}"}}]}}"#
            ),
            &format!(
                r#"{{"resourceType":"Observation","id":"o{a}","status":"final","code":{{"coding":[{{"system":"c{b}","code":"{a}"}}]}},"subject":{{"reference":"Patient/p{b}"}},"valueQuantity":{{"value":{n}.5,"unit":"kg"}}}}"#
            ),
        ]);
        if n % 5 == 4 {
            kit.delete(crate::kit::rtype("Observation"), &format!("o{a}"));
        }
    }
    kit
}

#[test]
fn a_rebuild_is_identical() {
    let kit = filled(20);
    let (_dir, rebuilt) = kit.rebuilt();
    assert_eq!(rebuilt.applied(), kit.index.applied());
    assert_eq!(rebuilt.digest().unwrap(), kit.index.digest().unwrap());
}

#[test]
fn what_is_missing_is_taken_in() {
    let mut kit = filled(6);
    let last = kit.index.applied();
    for n in 0..3 {
        kit.put_in_log(
            "other/source",
            "888888888",
            &[&format!(r#"{{"resourceType":"Organization","id":"o{n}","name":"N{n}"}}"#)],
            &[],
        );
    }
    assert_eq!(kit.index.applied(), last);
    kit.reopen();
    assert_eq!(kit.index.applied(), EventNo(last.0 + 3));
    assert_eq!(kit.found(&all(), "Organization", &[("name", "n")]), ["o0", "o1", "o2"]);
    assert_eq!(kit.rebuilt().1.digest().unwrap(), kit.index.digest().unwrap());
}

#[test]
fn a_store_that_is_behind_or_damaged_is_mended() {
    let mut kit = filled(8);
    let digest = kit.index.digest().unwrap();
    kit.index.flush().unwrap();
    // An index that is an older copy of itself.
    let copy = tempfile::tempdir().unwrap();
    let older = Index::open(&copy.path().join("index"), &instance(), kit.keys.clone(), kit.log.clone()).unwrap();
    drop(older);
    kit.put(&[r#"{"resourceType":"Organization","id":"late","name":"Late"}"#]);
    let again = Index::open(&copy.path().join("index"), &instance(), kit.keys.clone(), kit.log.clone()).unwrap();
    assert_eq!(again.digest().unwrap(), kit.index.digest().unwrap());
    assert_ne!(again.digest().unwrap(), digest);
    drop(again);
    // An index whose catalogue of files is destroyed.
    for file in std::fs::read_dir(copy.path().join("index")).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("MANIFEST") {
            std::fs::write(path, b"nonsense").unwrap();
        }
    }
    let mended = Index::open(&copy.path().join("index"), &instance(), kit.keys.clone(), kit.log.clone()).unwrap();
    assert_eq!(mended.digest().unwrap(), kit.index.digest().unwrap());
}

#[test]
fn an_index_of_another_log_is_built_anew() {
    let (one, other) = (filled(5), filled(3));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    drop(Index::open(&path, &instance(), one.keys.clone(), one.log.clone()).unwrap());
    let opened = Index::open(&path, &instance(), other.keys.clone(), other.log.clone()).unwrap();
    assert_eq!(opened.applied(), other.log.last());
    assert_eq!(opened.digest().unwrap(), other.index.digest().unwrap());
}
