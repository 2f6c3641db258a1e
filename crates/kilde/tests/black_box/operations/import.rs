//! Import of NDJSON as a job.

use super::export::{done, path};
use super::{at, made, name, system, told};
use crate::client::{Answer, Client, FNR, NOBODY, OLAV, stranger};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const NDJSON: &str = "application/fhir+ndjson";

fn import(client: &Client, lines: &[Value]) -> Answer {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    client.ask("POST", &at("$import")).body(NDJSON, &text).send()
}

fn outcomes(client: &Client, manifest: &Value) -> Vec<Value> {
    let url = manifest["error"][0]["url"].as_str().expect("an address");
    let answer = client.get(&path(url)).expect(200);
    assert_eq!(answer.header("content-type"), NDJSON);
    answer
        .text()
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON on a line"))
        .collect()
}

fn observation(id: &str, patient: &str) -> Value {
    json!({ "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "puls" }, "subject": { "reference": patient } })
}

#[test]
fn lines_are_taken_in_with_their_ids_patients_first_and_what_is_refused_is_told_by_its_line() {
    let client = shared().who("epj-nordvik");
    let patient = json!({ "resourceType": "Patient", "id": "import-p1", "name": [{ "family": "Import" }] });
    let manifest = done(
        &client,
        &import(
            &client,
            &[
                observation("import-o1", "Patient/import-p1"),
                json!({ "resourceType": "Patient", "gender": "ukjent" }),
                patient.clone(),
                json!({ "resourceType": "Pasient" }),
                json!({ "resourceType": "Organization", "name": "Uten id" }),
                json!({ "resourceType": "Patient", "id": "import-p1", "name": [{ "family": "Siden" }] }),
            ],
        ),
    )
    .1;
    assert_eq!(
        manifest["counts"],
        json!({ "lines": 6, "accepted": 4, "repeated": 0, "refused": 2, "resources": 4 })
    );
    let found = client.get(&at("Patient/import-p1")).expect(200).json();
    assert_eq!(
        (&found["name"][0]["family"], &found["meta"]["versionId"]),
        (&json!("Siden"), &json!("2")),
        "in the order of the lines"
    );
    assert_eq!(
        client.get(&at("Observation/import-o1")).expect(200).json()["subject"]["reference"],
        "Patient/import-p1"
    );
    let told = outcomes(&client, &manifest);
    assert_eq!(told.len(), 2);
    let text = |n: usize| told[n]["issue"][0]["details"]["text"].as_str().expect("a text").to_owned();
    assert!(
        text(0).starts_with("Linje 2 (karantene ") && text(1).starts_with("Linje 4"),
        "{told:?}"
    );
    // Refused lines lie in quarantine as all that is refused does.
    let number: u64 = text(0)
        .split("karantene ")
        .nth(1)
        .and_then(|t| t.split(')').next())
        .and_then(|n| n.parse().ok())
        .expect("a number");
    let quarantine = shared()
        .who("personvernombud-nordvik")
        .get("/9901/admin/quarantine?limit=1000")
        .expect(200)
        .json();
    assert!(quarantine["items"].as_array().expect("items").iter().any(|i| i["no"] == number));
}

#[test]
fn an_import_is_for_the_system_that_asked_and_for_what_it_may_deliver() {
    let client = shared().who("tavle-nordvik");
    let (status, manifest) = done(&client, &import(&client, &[json!({ "resourceType": "Organization", "gender": 1 })]));
    let url = path(manifest["error"][0]["url"].as_str().expect("an address"));
    let nobody = at("$import/0123456789abcdef0123456789abcdef");
    for other in [system(), shared().who("epj-nordvik")] {
        for (method, his, none) in [
            ("GET", &status, &nobody),
            ("DELETE", &status, &nobody),
            ("GET", &url, &format!("{nobody}/outcomes")),
        ] {
            let (a, b) = (other.ask(method, his).send(), other.ask(method, none).send());
            assert_eq!((a.status, a.text()), (404, b.text()), "{his}");
        }
    }
    for person in [
        shared().who("sykepleier-kad-nordvik").attested(OLAV),
        shared().who("saksbehandler-nordvik"),
        shared().who(&format!("innbygger-{OLAV}")),
        shared().who("drift"),
        shared().who("sykepleier-dalfjord"),
    ] {
        let refused = import(&person, &[json!({ "resourceType": "Organization" })]);
        assert_eq!(refused.status, 403, "{}", refused.start());
        assert_eq!(person.get(&status).status, 403);
    }
    // Another source's resource is not taken over, whatever a line says; nor does the answer tell that it is there.
    let theirs = made(&json!({ "resourceType": "Organization", "name": "Testsystemets" }));
    let id = theirs.split_once('/').expect("a name").1;
    let manifest = done(
        &client,
        &import(&client, &[json!({ "resourceType": "Organization", "id": id, "name": "Vårt" })]),
    )
    .1;
    assert_eq!(manifest["counts"]["refused"], 1);
    assert_eq!(system().get(&at(&theirs)).expect(200).json()["name"], "Testsystemets");
    client
        .ask("POST", &at("$import"))
        .json(&json!({}))
        .send()
        .refused(415, "content-type");
    client.ask("GET", &at("$import")).send().refused(405, "method-not-allowed");
    client.get(&at(&format!("$import/{NOBODY}"))).refused(404, "not-found");
    client.ask("DELETE", &status).send().expect(202);
    client.get(&status).refused(404, "not-found");
}

#[test]
fn the_citizen_reads_of_what_was_delivered_about_her() {
    let client = shared().who("vkp");
    let mut line = observation("import-log-1", "Patient/x");
    line["subject"] = json!({ "type": "Patient", "identifier": { "system": FNR, "value": OLAV } });
    done(&client, &import(&client, &[line]));
    assert!(told(OLAV, |entry| entry["what"].as_str().is_some_and(|w| w.starts_with("Registrerte"))) > 0);
}

/// The one spool of Nordvik.
fn one_spool(data: &std::path::Path) -> std::path::PathBuf {
    let dir = std::fs::read_dir(data.join("instances/9901/jobs")).expect("jobs");
    let mut paths = dir.flatten().map(|file| file.path());
    paths.find(|path| path.extension().is_some_and(|e| e == "spool")).expect("a spool")
}

/// A spool that has lost its end is no import that is done: what is missing is told, and what is left is kept.
#[test]
fn a_damaged_spool_is_told_of_and_kept() {
    const LINES: usize = 30_000;
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let first = Kilde::start(&data);
    let client = first.who("epj-nordvik");
    let line = json!({ "resourceType": "Basic", "code": { "text": "x".repeat(80) } });
    let kicked = import(&client, &vec![line; LINES]);
    assert_eq!(kicked.status, 202, "{}", kicked.start());
    let status = path(kicked.header("content-location"));
    first.kill();
    let spool = one_spool(&data);
    let whole = std::fs::read(&spool).expect("read");
    // Up to the end of its first piece: the length stands before it.
    let length = u32::from_be_bytes(whole[..4].try_into().expect("four bytes")) as usize;
    assert!(whole.len() > 4 + length, "more than one piece");
    std::fs::write(&spool, &whole[..4 + length]).expect("cut");
    let second = Kilde::start(&data);
    let client = second.who("epj-nordvik");
    let begun = Instant::now();
    let answer = loop {
        let answer = client.get(&status);
        if answer.status != 202 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "not ended");
        std::thread::sleep(Duration::from_millis(50));
    };
    answer.refused(500, "import-failed");
    assert!(one_spool(&data).exists());
}

#[test]
fn an_import_goes_on_after_a_kill_and_takes_each_line_once() {
    const LINES: usize = 3000;
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let spools = || {
        let dir = std::fs::read_dir(data.join("instances/9901/jobs")).expect("jobs");
        dir.flatten().filter(|f| f.path().extension().is_some_and(|e| e == "spool")).count()
    };
    let first = Kilde::start(&data);
    let client = first.who("epj-nordvik");
    let nin = stranger(22);
    let mut lines: Vec<Value> = (0..LINES - 1)
        .map(|n| json!({ "resourceType": "Observation", "status": "final", "code": { "text": "puls" }, "subject": { "reference": "Patient/kill-p" }, "valueInteger": n }))
        .collect();
    lines.push(json!({ "resourceType": "Patient", "id": "kill-p", "identifier": [{ "system": FNR, "value": nin }] }));
    let kicked = import(&client, &lines);
    assert_eq!(kicked.status, 202, "{}", kicked.start());
    let status = path(kicked.header("content-location"));
    // Somewhere in the middle.
    let begun = Instant::now();
    while client.get(&status).status == 202 && client.get(&status).json()["counts"]["lines"].as_u64().unwrap_or(0) < 200 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    first.kill();
    // What was promised is not given up when the disk does not have it for a while.
    let (spool, aside) = (one_spool(&data), place.path().join("aside"));
    std::fs::rename(&spool, &aside).expect("moved");
    let second = Kilde::start(&data);
    let client = second.who("epj-nordvik");
    for _ in 0..3 {
        assert_eq!(client.get(&status).status, 202);
    }
    std::fs::rename(&aside, &spool).expect("moved back");
    let begun = Instant::now();
    let manifest = loop {
        let answer = client.get(&status);
        if answer.status == 200 {
            break answer.json();
        }
        assert_eq!(answer.status, 202, "{}", answer.start());
        assert!(begun.elapsed() < Duration::from_secs(120), "not done");
        std::thread::sleep(Duration::from_millis(50));
    };
    let counts = &manifest["counts"];
    assert_eq!((&counts["lines"], &counts["refused"]), (&json!(LINES), &json!(0)), "{counts}");
    assert_eq!(
        counts["accepted"].as_u64().unwrap_or(0) + counts["repeated"].as_u64().unwrap_or(0),
        LINES as u64,
        "{counts}"
    );
    let there = client
        .get(&at("Observation?patient=Patient/kill-p&_summary=count"))
        .expect(200)
        .json();
    assert_eq!(there["total"], LINES as u64 - 1, "each once");
    assert_eq!(spools(), 0, "what was sent is kept no longer than it is needed");
    second.kill();

    // The same on the command line, with the server stopped; and once more is nothing new.
    let file = place.path().join("mer.ndjson");
    let more = [
        observation("cli-o", "Patient/cli-p"),
        json!({ "resourceType": "Patient", "id": "cli-p" }),
    ];
    std::fs::write(&file, more.map(|l| format!("{l}\n")).concat()).expect("a file");
    for expected in ["2 messages with 2 resources", "0 messages with 0 resources"] {
        let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(["import", "--instance", "9901", "--client", "epj-nordvik", "--data"])
            .args([data.as_os_str(), file.as_os_str()])
            .output()
            .expect("the program runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && told.contains(expected),
            "{told} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let third = Kilde::start(&data);
    let found = third.who("epj-nordvik").get(&at("Observation/cli-o")).expect(200).json();
    assert_eq!(name(&found), "Observation/cli-o");
}
