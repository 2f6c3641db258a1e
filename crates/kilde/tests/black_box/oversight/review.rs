//! `/{instance}/admin/review` and `kilde review`: findings, who sees them, what came of them.

use crate::client::{Answer, Client, NOBODY, OLAV, SOLVEIG, eleven_digits, parameters};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::process::Command;

const REVIEW: &str = "/9901/admin/review";
const REASON: &str = "Fikk krampe på bussen, uten pårørende";

fn emergency(kilde: &Kilde, nin: &str) {
    kilde
        .who("lege-legevakt-nordvik")
        .attested(nin)
        .purpose("ETREAT")
        .reason(REASON)
        .post("/9901/fhir/r4/$overview", &parameters(nin, None))
        .expect(200);
}

fn findings(answer: &Answer) -> Vec<Value> {
    answer.json()["findings"].as_array().expect("findings").clone()
}

fn officer(kilde: &Kilde) -> Client {
    kilde.who("personvernombud-nordvik")
}

fn open_emergency(kilde: &Kilde, who: &str) -> Value {
    let all = findings(
        &kilde
            .who(who)
            .get(&format!("{REVIEW}?rule=emergency&status=open&limit=500"))
            .expect(200),
    );
    all.into_iter().next().unwrap_or(Value::Null)
}

#[test]
fn an_emergency_is_found_explained_and_closed_with_words_and_all_of_it_is_logged() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::start(&place.path().join("data"));
    emergency(&kilde, OLAV);
    let finding = open_emergency(&kilde, "personvernombud-nordvik");
    assert_eq!(finding["title"], "Tilgang i øyeblikkelig hjelp");
    assert!(finding["explanation"].as_str().is_some_and(|t| !t.is_empty()));
    assert_eq!(finding["reader"]["unitName"], "Legevakten i Nordvik", "{finding}");
    let id = finding["id"].as_str().expect("an id").to_owned();
    let one = format!("{REVIEW}/{id}");
    let shown = officer(&kilde).get(&one).expect(200);
    assert_eq!(shown.json()["access"]["reason"], REASON);
    // Wrong outcomes close nothing.
    for wrong in [
        json!({}),
        json!({ "outcome": "fine", "words": "Snakket med legen om det" }),
        json!({ "outcome": "justified", "words": "ok" }),
    ] {
        assert_eq!(officer(&kilde).put(&one, &wrong).status, 422, "{wrong}");
    }
    officer(&kilde)
        .put(&one, &json!({ "outcome": "reopened", "words": "Snakket med legen om det" }))
        .refused(409, "review-status-conflict");
    let words = "Snakket med legen; ambulansejournalen bekrefter det";
    officer(&kilde)
        .put(&one, &json!({ "outcome": "justified", "words": words }))
        .expect(200);
    assert_eq!(open_emergency(&kilde, "personvernombud-nordvik"), Value::Null);
    officer(&kilde)
        .put(&one, &json!({ "outcome": "unjustified", "words": words }))
        .refused(409, "review-status-conflict");
    // Finding and outcome stand in the access log.
    let log = officer(&kilde)
        .post("/9901/admin/tilgangslogg", &json!({ "action": "review", "limit": 500 }))
        .expect(200);
    let entries = log.json()["entries"].as_array().expect("entries").clone();
    assert!(entries.iter().any(|e| e["interaction"] == "review-finding"));
    assert!(entries.iter().any(|e| e["interaction"] == "review-outcome" && e["reason"] == words));
    // The citizen was told at once of the emergency, and that it was reviewed.
    let his = kilde
        .who(&format!("innbygger-{OLAV}"))
        .get("/9901/innbygger/tilgangslogg")
        .expect(200);
    let lines = his.json()["entries"].as_array().expect("entries").clone();
    assert!(lines.iter().any(|line| line["reason"] == REASON && line["review"].is_string()));
    assert!(
        lines
            .iter()
            .any(|line| line["what"] == "Kontrollerte en tilgang til opplysninger om deg")
    );
    // All of it is there after a kill.
    kilde.kill();
    let kilde = Kilde::start(&place.path().join("data"));
    let again = officer(&kilde).get(&one).expect(200);
    assert_eq!(again.json()["status"], "closed");
    assert_eq!(again.json()["outcomes"][0]["words"], words);
    officer(&kilde)
        .put(
            &one,
            &json!({ "outcome": "reopened", "words": "Ny opplysning fra ambulansetjenesten" }),
        )
        .expect(200);
    assert_eq!(open_emergency(&kilde, "personvernombud-nordvik")["id"], id.as_str());
}

#[test]
fn a_leader_sees_her_own_unit_and_nobody_sees_what_is_about_herself() {
    emergency(shared(), SOLVEIG);
    let seen = findings(
        &shared()
            .who("leder-legevakt-nordvik")
            .get(&format!("{REVIEW}?status=all&limit=500"))
            .expect(200),
    );
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|f| f["reader"]["unitName"] == "Legevakten i Nordvik"));
    let id = open_emergency(shared(), "leder-legevakt-nordvik")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    // Whoever has no office sees and closes nothing, the one it is about least of all.
    for persona in ["lege-legevakt-nordvik", "drift", "saksbehandler-nordvik", "epj-nordvik"] {
        assert_eq!(shared().who(persona).get(REVIEW).status, 403, "{persona}");
        assert_eq!(shared().who(persona).get(&format!("{REVIEW}/{id}")).status, 403, "{persona}");
        let close = shared().who(persona).put(
            &format!("{REVIEW}/{id}"),
            &json!({ "outcome": "justified", "words": "Det var helt i orden" }),
        );
        assert_eq!(close.status, 403, "{persona}");
        assert_eq!(shared().who(persona).get("/9901/admin/review-report").status, 403, "{persona}");
    }
    shared()
        .who("leder-legevakt-nordvik")
        .post("/9901/admin/tilgangslogg", &json!({}))
        .expect(403);
    shared().who("leder-legevakt-nordvik").get("/9901/fhir/r4/Patient/x").expect(403);
    officer(shared()).get(&format!("{REVIEW}/{NOBODY}")).expect(404);
    officer(shared()).get(&format!("{REVIEW}?status=half")).expect(422);
    officer(shared()).get("/9902/admin/review").expect(403);
}

#[test]
fn findings_leak_no_content_and_no_national_id() {
    emergency(shared(), OLAV);
    for path in [format!("{REVIEW}?status=all&limit=500"), "/9901/admin/review-report".to_owned()] {
        let answer = officer(shared()).get(&path).expect(200);
        assert_eq!(eleven_digits(&answer.text()), Vec::<&str>::new(), "{path}");
        for word in ["krampe", "Olav Nygård", "EpisodeOfCare", "Observation"] {
            assert!(!answer.text().contains(word), "{word} in {path}");
        }
    }
}

#[test]
fn the_report_says_who_has_access_and_who_used_it() {
    emergency(shared(), OLAV);
    let report = shared()
        .who("leder-legevakt-nordvik")
        .get("/9901/admin/review-report")
        .expect(200)
        .json();
    let units = report["access"].as_array().expect("units");
    assert_eq!(units.len(), 1, "her own unit only");
    let roles = units[0]["roles"].as_array().expect("roles");
    assert!(roles.iter().any(|r| r["profession"] == "lege" && r["purpose"] == "ETREAT"));
    let used = report["used"].as_array().expect("readers");
    let doctor = used.iter().find(|u| u["reader"]["role"] == "LE").expect("the doctor");
    assert!(doctor["emergency"].as_u64() > Some(0) && doctor["persons"].as_u64() > Some(0));
    assert_eq!(report["complete"], true);
    let all = officer(shared()).get("/9901/admin/review-report").expect(200).json();
    assert!(all["access"].as_array().is_some_and(|units| units.len() > 3));
}

#[test]
fn the_commands_list_show_close_and_report() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::start(&place.path().join("data"));
    emergency(&kilde, OLAV);
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
            .arg("review")
            .args(arguments)
            .args(["--url", &kilde.url, "--persona", "leder-legevakt-nordvik"])
            .output()
            .expect("the program runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    };
    let id = open_emergency(&kilde, "leder-legevakt-nordvik")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(run(&["list"]).contains(&id));
    assert!(run(&["show", &id]).contains(REASON));
    assert!(
        run(&[
            "close",
            &id,
            "--outcome",
            "justified",
            "--words",
            "Bekreftet av vaktleder samme dag"
        ])
        .contains("closed")
    );
    assert!(!run(&["list", "--rule", "emergency"]).contains(&id));
    assert!(run(&["report"]).contains("lege"));
}
