//! Destroying for good, legal holds, and retention, as the controller uses them and as everybody else sees what is gone.

use super::someone::{BASE, LOG, Someone};
use crate::client::{Answer, Client, NOBODY};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const DESTROY: &str = "/9901/admin/destructions";
const HOLDS: &str = "/9901/admin/holds";

fn officer(kilde: &Kilde) -> Client {
    kilde.who("personvernombud-nordvik").reason("Vedtak om sletting")
}

/// The same answer, but for what names the request.
fn same(one: &Answer, other: &Answer) -> bool {
    one.status == other.status && one.rule() == other.rule()
}

#[test]
fn an_element_that_the_controller_destroys_is_gone_for_everybody() {
    let her = Someone::new(shared(), 140);
    let (note, pulse) = (format!("Observation/{}", her.note), format!("Observation/{}", her.pulse));
    let path = format!("{BASE}/{note}");
    her.attested("sykepleier-kad-nordvik").get(&path).expect(200);
    let asked = json!({ "kind": "deletion", "element": note, "text": "Det er ikke sant." });
    let request = her.citizen().post("/9901/innbygger/krav", &asked).expect(201).json()["id"].clone();

    // Only the controller's own role may, and says why.
    let body = json!({ "element": note });
    for other in [
        her.nurse(),
        her.citizen(),
        her.kilde.who("drift"),
        her.kilde.who("epj-nordvik"),
        her.kilde.who("system-test"),
    ] {
        assert_eq!(other.reason("fordi").post(DESTROY, &body).status, 403);
    }
    her.kilde
        .who("personvernombud-nordvik")
        .post(DESTROY, &body)
        .refused(422, "destruction-reason");
    let officer = officer(her.kilde);
    for wrong in [
        json!({}),
        json!({ "element": "x" }),
        json!({ "element": note, "person": her.nin }),
        json!({ "person": "12" }),
    ] {
        officer.post(DESTROY, &wrong).refused(422, "destruction-target");
    }
    officer
        .post(DESTROY, &json!({ "element": format!("Observation/{NOBODY}") }))
        .refused(404, "not-found");
    her.attested("sykepleier-kad-nordvik").get(&path).expect(200);

    let done = officer.post(DESTROY, &body).expect(200).json();
    assert_eq!((&done["elements"], &done["requests"]), (&json!(1), &json!([request])));
    officer.post(DESTROY, &body).refused(404, "not-found");

    // Who might see it sees that it is gone; for everybody else it is as if it had never been.
    for reader in [her.citizen(), her.nurse()] {
        assert_eq!(reader.get(&path).status, 410);
        assert_eq!(reader.get(&format!("{path}/_history/1")).status, 410);
        assert!(!reader.get(&format!("{path}/_history")).text().contains("hemmelighet"));
        let found = reader
            .get(&format!("{BASE}/Observation?patient={}", her.patient))
            .expect(200)
            .text();
        assert!(found.contains(&her.pulse) && !found.contains(&her.note), "{found}");
        reader.get(&format!("{BASE}/{pulse}")).expect(200);
    }
    let stranger = Someone::new(shared(), 141);
    assert!(same(
        &stranger.nurse().get(&path),
        &stranger.nurse().get(&format!("{BASE}/Observation/{NOBODY}"))
    ));

    // Those who had been given it are told, her request is answered, and her log tells who did it.
    let event = done["event"].as_u64().expect("an event");
    let feed = her
        .kilde
        .who("tavle-nordvik")
        .get(&format!("/9901/rettelser?since={}", event - 1))
        .expect(200)
        .json();
    let told = feed["corrections"]
        .as_array()
        .expect("corrections")
        .iter()
        .find(|one| one["element"] == json!(note))
        .cloned();
    assert_eq!(told.map(|one| one["kind"].clone()), Some(json!("deleted")), "{feed}");
    let id = request.as_str().expect("an id");
    assert_eq!(
        her.citizen().get(&format!("/9901/innbygger/krav/{id}")).expect(200).json()["status"],
        "done"
    );
    let log = her.citizen().get(LOG).expect(200).text();
    assert!(log.contains("Slettet opplysninger for godt"), "{log}");
}

#[test]
fn what_is_held_is_destroyed_by_nothing_until_the_hold_is_lifted() {
    let her = Someone::new(shared(), 142);
    let note = format!("Observation/{}", her.note);
    let officer = officer(her.kilde);
    let set = |body: &Value| {
        officer.post(HOLDS, body).expect(201).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    assert_eq!(her.nurse().reason("fordi").post(HOLDS, &json!({ "element": note })).status, 403);
    assert_eq!(her.kilde.who("drift").get(HOLDS).status, 403);
    officer
        .post(HOLDS, &json!({ "element": format!("Observation/{NOBODY}") }))
        .refused(404, "not-found");
    let one = set(&json!({ "element": note }));
    let all = officer.get(HOLDS).expect(200).json();
    let told = all["holds"]
        .as_array()
        .expect("holds")
        .iter()
        .find(|hold| hold["id"] == json!(one))
        .cloned();
    assert_eq!(told, Some(json!({ "id": one, "element": note, "reason": "Vedtak om sletting" })));
    assert!(!all.to_string().contains(&her.nin));

    officer.post(DESTROY, &json!({ "element": note })).refused(409, "legal-hold");
    officer.post(DESTROY, &json!({ "person": her.nin })).refused(409, "legal-hold");
    officer
        .post(DESTROY, &json!({ "element": format!("Observation/{}", her.pulse) }))
        .expect(200);
    her.citizen().get(&format!("{BASE}/{note}")).expect(200);

    // She sees nothing of it among her own choices, and cannot lift it.
    assert!(!her.citizen().get("/9901/innbygger/sperringer").text().contains(&one));
    for list in ["sperringer", "krav", "fullmakter"] {
        assert_ne!(
            her.citizen().ask("DELETE", &format!("/9901/innbygger/{list}/{one}")).send().status,
            204
        );
    }
    officer.ask("DELETE", &format!("{HOLDS}/{one}")).send().expect(204);
    officer.ask("DELETE", &format!("{HOLDS}/{one}")).send().refused(404, "not-found");
    officer.post(DESTROY, &json!({ "person": her.nin })).expect(200);
    for path in her.everything() {
        assert_eq!(her.citizen().get(&format!("{BASE}/{path}")).status, 410, "{path}");
    }
    officer.post(DESTROY, &json!({ "person": her.nin })).refused(404, "not-found");
    // She can come back, as a new person.
    let again = Someone::new(shared(), 142);
    assert_ne!(again.patient, her.patient);
    again.citizen().get(&format!("{BASE}/Patient/{}", again.patient)).expect(200);
}

fn run(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kilde"));
    let (first, rest) = arguments.split_at(if arguments[0] == "delete" { 1 } else { 2 });
    command.args(first).args(["--instance", "9901"]);
    command
        .arg("--data")
        .arg(place.join("data"))
        .arg("--key")
        .arg(place.join("master.key"));
    command.args(rest).output().expect("the program")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn what_has_lasted_its_time_is_planned_archived_verified_and_gone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let kilde = Kilde::serve(place.path(), "");
    let (one, two) = (Someone::new(&kilde, 143), Someone::new(&kilde, 144));
    let (nins, patient) = ([one.nin.clone(), two.nin.clone()], one.patient.clone());
    officer(&kilde)
        .post(HOLDS, &json!({ "element": format!("Observation/{}", two.note) }))
        .expect(201);
    let notes = [one.note.clone(), two.note.clone()];
    let pulse = one.pulse.clone();
    kilde.kill();

    let rules = place.path().join("rules.toml");
    std::fs::write(
        &rules,
        "[[rule]]\ncategory = \"journal\"\nperiod = \"P5Y\"\nfrom = \"documented\"\naction = \"archive\"\nbasis = \"arkivloven\"\n\
         [[rule]]\ncategory = \"tjenester\"\nperiod = \"P10Y\"\nfrom = \"received\"\naction = \"delete\"\n",
    )
    .expect("rules");
    let rules = rules.to_str().expect("a path");
    let plan = || -> Value {
        let output = run(place.path(), &["retention", "plan", "--rules", rules, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
    };
    let whole = || {
        let said = text(&run(place.path(), &["log", "verify"]));
        let events = said.lines().find(|line| line.starts_with("event log:"));
        events.expect("what is said of the events").to_owned()
    };
    let untouched = whole();
    let before = plan();
    assert_eq!(
        (&before["rules"][0]["due"], &before["rules"][0]["held"]),
        (&json!(1), &json!(1)),
        "{before}"
    );
    assert_eq!(before["rules"][1]["due"], json!(0));
    let table = text(&run(place.path(), &["retention", "plan", "--rules", rules]));
    assert!(
        table.contains("journal") && !table.contains(&nins[0]) && !table.contains(&notes[0]),
        "{table}"
    );

    assert_eq!(whole(), untouched, "a plan changes no event");

    let missing = run(place.path(), &["retention", "run", "--rules", rules, "--by", "Arkivar"]);
    assert!(!missing.status.success() && text(&missing).contains("--archive"));
    let archive = place.path().join("archive");
    let archived = [
        "retention",
        "run",
        "--rules",
        rules,
        "--by",
        "Arkivar",
        "--archive",
        archive.to_str().expect("a path"),
    ];
    let output = run(place.path(), &archived);
    assert!(
        output.status.success() && text(&output).contains("1 elements are gone for good, 1 are held"),
        "{}",
        text(&output)
    );
    let packages: Vec<_> = std::fs::read_dir(&archive)
        .expect("an archive")
        .map(|item| item.expect("an entry").path())
        .collect();
    assert_eq!(packages.len(), 1);
    let verify = || {
        Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(["retention", "verify"])
            .arg(&packages[0])
            .output()
            .expect("the program")
    };
    assert!(text(&verify()).contains("1 elements in 1 versions, whole"), "{}", text(&verify()));
    // What anybody has checks it too.
    if let Ok(checked) = Command::new("sha256sum")
        .args(["--check", "sha256sums"])
        .current_dir(&packages[0])
        .output()
    {
        assert!(checked.status.success(), "{}", text(&checked));
    }
    let elements = packages[0].join("elements.ndjson");
    let lines = std::fs::read_to_string(&elements).expect("lines");
    assert!(lines.contains("hemmelighet") && lines.contains(&notes[0]) && !lines.contains(&notes[1]));
    std::fs::write(&elements, lines.replace("hemmelighet", "hemmeligheT")).expect("written");
    assert!(!verify().status.success(), "a changed package is found out");
    let after = plan();
    assert_eq!(
        (&after["rules"][0]["due"], &after["rules"][0]["held"]),
        (&json!(0), &json!(1)),
        "{after}"
    );

    // One element by command; first it is only said.
    let element = format!("Observation/{pulse}");
    let command = ["delete", "--element", &element, "--reason", "Feil pasient", "--by", "Ombudet"];
    assert!(text(&run(place.path(), &command)).contains("say --yes"));
    let output = run(place.path(), &[&command[..], &["--yes"]].concat());
    assert!(text(&output).contains("1 elements are gone for good"), "{}", text(&output));
    let verified = run(place.path(), &["log", "verify"]);
    assert!(verified.status.success(), "{}", text(&verified));

    let kilde = Kilde::serve(place.path(), "");
    let her = kilde.who(&format!("innbygger-{}", nins[0]));
    assert_eq!(her.get(&format!("{BASE}/Observation/{}", notes[0])).status, 410);
    assert_eq!(her.get(&format!("{BASE}/{element}")).status, 410);
    her.get(&format!("{BASE}/Patient/{patient}")).expect(200);
    let log = her.get(LOG).expect(200).text();
    assert!(log.contains("Ombudet") && log.contains("Arkivar"), "{log}");
    kilde
        .who(&format!("innbygger-{}", nins[1]))
        .get(&format!("{BASE}/Observation/{}", notes[1]))
        .expect(200);
}
