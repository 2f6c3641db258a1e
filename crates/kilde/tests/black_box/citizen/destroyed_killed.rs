//! `kill -9` while something is destroyed: the next start carries it through, or it was never begun.

use super::someone::{BASE, LOG, Someone};
use crate::server::Kilde;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const DESTROY: &str = "/9901/admin/destructions";
/// Words that string search folds to the same.
const MARK: &str = "qvxjkzen zwqpfl";

/// The files below a directory that hold the words, or the beginning of one.
fn holding(dir: &Path) -> Vec<String> {
    let (mut out, mut ahead) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(at) = ahead.pop() {
        for item in std::fs::read_dir(at).expect("a directory") {
            let path = item.expect("an entry").path();
            if path.is_dir() {
                ahead.push(path);
                continue;
            }
            // A server that was killed leaves its socket behind.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            if MARK
                .split(' ')
                .any(|word| bytes.windows(word.len()).any(|piece| piece == word.as_bytes()))
            {
                out.push(path.display().to_string());
            }
        }
    }
    out
}

#[test]
fn a_destruction_that_is_killed_is_carried_through_or_was_never_begun() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut kilde = Kilde::serve(place.path(), "");
    let (mut done, mut last) = (0, None);
    for (round, delay) in [4, 40, 160, 2_000].into_iter().enumerate() {
        let her = Someone::new(&kilde, 150 + round);
        let (nin, patient) = (her.nin.clone(), format!("{BASE}/Patient/{}", her.patient));
        let named = json!({ "resourceType": "Observation", "status": "final", "code": { "text": MARK }, "valueString": MARK,
            "subject": { "reference": format!("Patient/{}", her.patient) } });
        let made = kilde
            .who("epj-nordvik")
            .post(&format!("{BASE}/Observation"), &named)
            .expect(201)
            .json();
        let note = format!("{BASE}/Observation/{}", made["id"].as_str().expect("an id"));
        her.citizen().get(&note).expect(200);
        assert!(!holding(place.path()).is_empty(), "the search finds what is there");
        let officer = kilde.who("personvernombud-nordvik").reason("Vedtak om sletting");
        officer.token();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| officer.ask("POST", DESTROY).json(&json!({ "person": nin })).try_send());
            std::thread::sleep(Duration::from_millis(delay));
            kilde.kill();
            last = asked.join().expect("a thread");
        });
        kilde = Kilde::serve(place.path(), "");
        let citizen = kilde.who(&format!("innbygger-{nin}"));
        let statuses = [citizen.get(&patient).status, citizen.get(&note).status];
        assert!(
            statuses == [200, 200] || statuses == [410, 410] || statuses == [404, 404],
            "{round}: {statuses:?}"
        );
        let acknowledged = last.as_ref().is_some_and(|answer| answer.status == 200);
        assert!(!acknowledged || statuses != [200, 200], "what was acknowledged is done");
        if statuses == [200, 200] {
            kilde
                .who("personvernombud-nordvik")
                .reason("Vedtak om sletting")
                .post(DESTROY, &json!({ "person": nin }))
                .expect(200);
            assert_ne!(citizen.get(&note).status, 200);
        }
        done += usize::from(statuses != [200, 200]);
        assert_eq!(holding(place.path()), Vec::<String>::new(), "{round}");
        // What others have seen of her is in her log still.
        citizen.get(LOG).expect(200);
    }
    assert!(done > 0, "the last one had time enough");
    kilde.kill();
    let verified = Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["log", "verify", "--instance", "9901", "--data"])
        .arg(place.path().join("data"))
        .arg("--key")
        .arg(place.path().join("master.key"))
        .output()
        .expect("the program");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
