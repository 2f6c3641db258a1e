//! `POST /{instance}/admin/tilgangslogg` and `kilde log search`.

use crate::client::{Answer, Client, OLAV, SOLVEIG, eleven_digits, parameters, stranger};
use crate::server::shared;
use serde_json::{Value, json};
use std::process::Command;

const SEARCH: &str = "/9901/admin/tilgangslogg";
const READER: &str = "personvernombud-nordvik";

fn officer() -> Client {
    shared().who(READER)
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["entries"].as_array().expect("entries").clone()
}

/// The doctor's emergency access and the nurse's attempt on somebody she is not attested for.
fn look() {
    shared()
        .who("lege-legevakt-nordvik")
        .attested(OLAV)
        .purpose("ETREAT")
        .reason("Funnet bevisstløs ute på gaten")
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .expect(200);
    shared()
        .who("sykepleier-legevakt-nordvik")
        .attested(SOLVEIG)
        .post("/9901/fhir/r4/$overview", &parameters(OLAV, None))
        .expect(403);
}

#[test]
fn who_saw_a_person_and_why_is_told_with_refusals_and_without_national_ids() {
    look();
    let answer = officer().post(SEARCH, &json!({ "patient": OLAV, "limit": 500 })).expect(200);
    let all = entries(&answer);
    let emergency = all.iter().find(|e| e["ground"] == "emergency").expect("the emergency");
    assert_eq!(emergency["why"], "Øyeblikkelig hjelp, begrunnet av helsepersonellet.");
    assert_eq!(emergency["reason"], "Funnet bevisstløs ute på gaten");
    assert_eq!(emergency["reader"]["profession"], "lege");
    assert!(emergency["reader"]["handle"].as_str().is_some_and(|h| h.len() == 32));
    let refused = all.iter().find(|e| e["permitted"] == false).expect("the refusal");
    assert!(refused["code"].is_string() && refused["policy"].is_string());
    assert_eq!(eleven_digits(&answer.text()), Vec::<&str>::new());
    assert!(all.iter().all(|e| e["person"] == emergency["person"]), "all of them are about him");
    let only = officer()
        .post(SEARCH, &json!({ "patient": OLAV, "outcome": "refused", "from": "2020-01-01" }))
        .expect(200);
    assert!(entries(&only).iter().all(|e| e["permitted"] == false));
    let english = officer()
        .ask("POST", SEARCH)
        .header("accept-language", "en")
        .json(&json!({ "patient": OLAV, "ground": "emergency", "limit": 1 }))
        .send()
        .expect(200);
    assert_eq!(
        entries(&english)[0]["why"],
        "Emergency, with a reason given by the health personnel."
    );
    // The search stands in the log, and in his own.
    let his = shared()
        .who(&format!("innbygger-{OLAV}"))
        .get("/9901/innbygger/tilgangslogg")
        .expect(200);
    assert!(
        entries(&his)
            .iter()
            .any(|e| e["what"].as_str().is_some_and(|w| w.starts_with("Leste tilgangsloggen")))
    );
    let told = entries(&his)
        .iter()
        .any(|e| e["review"] == "Kommunen kontrollerer slike tilganger.");
    assert!(told, "an emergency access says that it is reviewed");
}

#[test]
fn searching_for_an_employee_needs_a_reason_in_words_and_is_itself_logged() {
    look();
    let found = officer()
        .post(SEARCH, &json!({ "patient": OLAV, "ground": "emergency", "limit": 1 }))
        .expect(200);
    let handle = entries(&found)[0]["reader"]["handle"].as_str().expect("a handle").to_owned();
    let asked = json!({ "reader": { "handle": handle } });
    officer().post(SEARCH, &asked).refused(403, "employee_search_without_reason");
    shared()
        .who(READER)
        .reason("sjekk")
        .post(SEARCH, &asked)
        .refused(403, "employee_search_without_reason");
    let answer = shared()
        .who(READER)
        .reason("Klage fra pasientens datter, sak 17")
        .post(SEARCH, &asked)
        .expect(200);
    assert!(!entries(&answer).is_empty());
    assert!(entries(&answer).iter().all(|e| e["reader"]["handle"] == handle.as_str()));
    assert_eq!(eleven_digits(&answer.text()), Vec::<&str>::new());
    let searches = officer()
        .post(SEARCH, &json!({ "action": "tilgangslogg-reader", "limit": 500 }))
        .expect(200);
    let of_her: Vec<Value> = entries(&searches).into_iter().filter(|e| e["sought"] == handle.as_str()).collect();
    assert!(
        of_her
            .iter()
            .any(|e| e["permitted"] == true && e["reason"] == "Klage fra pasientens datter, sak 17")
    );
    assert!(of_her.iter().any(|e| e["code"] == "employee_search_without_reason"));
}

#[test]
fn pages_go_through_everything_once() {
    look();
    let mut seen = Vec::new();
    let mut before = Value::Null;
    for _ in 0..200 {
        let mut asked = json!({ "patient": OLAV, "limit": 3 });
        asked["before"] = before.clone();
        let page = officer().post(SEARCH, &asked).expect(200);
        seen.extend(entries(&page).iter().filter_map(|e| e["no"].as_u64()));
        before = page.json()["before"].clone();
        if before.is_null() {
            break;
        }
    }
    assert!(before.is_null());
    assert!(seen.windows(2).all(|two| two[0] > two[1]), "newest first, none twice");
}

#[test]
fn nobody_else_searches_the_log() {
    for persona in ["drift", "lege-legevakt-nordvik", "saksbehandler-nordvik", "epj-nordvik"] {
        let answer = shared().who(persona).post(SEARCH, &json!({ "patient": OLAV }));
        assert_eq!(answer.status, 403, "{persona}: {}", answer.start());
        let wrong = shared().who(persona).post(SEARCH, &json!({ "pasient": OLAV }));
        assert_eq!(wrong.status, 403, "{persona} learns nothing of the form");
    }
    let her = shared().who(&format!("innbygger-{OLAV}")).post(SEARCH, &json!({ "patient": OLAV }));
    assert_eq!(her.status, 403);
    officer().post("/9902/admin/tilgangslogg", &json!({})).expect(403);
}

#[test]
fn whom_nobody_knows_and_what_means_nothing() {
    let none = officer().post(SEARCH, &json!({ "patient": stranger(99) })).expect(200);
    assert!(entries(&none).is_empty());
    assert!(entries(&officer().post(SEARCH, &json!({ "person": 4_000_000_000u32 })).expect(200)).is_empty());
    for wrong in [
        json!({ "patient": "11833810556" }),
        json!({ "patient": OLAV, "person": 1 }),
        json!({ "reader": { "nin": OLAV, "hpr": "1" } }),
        json!({ "ground": "curiosity" }),
        json!({ "from": "yesterday" }),
        json!({ "outcome": true }),
        json!({ "pasient": OLAV }),
        json!([]),
    ] {
        assert_eq!(officer().post(SEARCH, &wrong).status, 422, "{wrong}");
    }
    officer().ask("POST", SEARCH).body("application/json", "{").send().expect(422);
}

#[test]
fn the_command_shows_a_readable_table() {
    look();
    let run = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kilde"))
            .args(["log", "search", "--url", &shared().url, "--persona", READER])
            .args(more)
            .output()
            .expect("the program runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let (fine, text) = run(&["--patient", OLAV, "--ground", "emergency", "--people"]);
    assert!(
        fine && text.contains("Øyeblikkelig hjelp, begrunnet av helsepersonellet. «Funnet bevisstløs ute på gaten»"),
        "{text}"
    );
    let (fine, text) = run(&["--hpr", "999000003"]);
    assert!(!fine && text.contains("begrunnelse"), "{text}");
    let (fine, text) = run(&["--hpr", "999000003", "--reason", "Klage fra datteren til pasienten", "--json"]);
    assert!(
        fine && serde_json::from_str::<Value>(&text).is_ok_and(|v| v["entries"].is_array()),
        "{text}"
    );
}

#[test]
fn the_controller_proves_an_entry_that_she_was_shown_and_the_citizen_finds_that_she_did() {
    look();
    let found = entries(&officer().post(SEARCH, &json!({ "patient": OLAV, "limit": 1 })).expect(200));
    let no = found[0]["no"].as_u64().expect("a number");
    let path = format!("{SEARCH}/{no}/kvittering");
    let answer = officer().get(&path).expect(200);
    assert!(answer.header("content-disposition").contains(&format!("kvittering-{no}.json")));
    let receipt = kilde_access::log::receipt_of_json(answer.text().as_bytes()).expect("a receipt");
    assert_eq!(receipt.no, no);
    assert_eq!(eleven_digits(&answer.text()), Vec::<&str>::new());
    // What proves is the same as in the citizen's own.
    let own = shared()
        .who(&format!("innbygger-{OLAV}"))
        .get(&format!("/9901/innbygger/tilgangslogg/{no}/kvittering"))
        .expect(200);
    assert_eq!(
        (&own.json()["entry"], &own.json()["kept"]),
        (&answer.json()["entry"], &answer.json()["kept"])
    );
    let entries = entries(&officer().post(SEARCH, &json!({ "patient": OLAV, "limit": 500 })).expect(200));
    assert!(
        entries
            .iter()
            .any(|e| e["interaction"] == "kvittering" && e["action"] == "tilgangslogg-search")
    );
    officer().get(&format!("{SEARCH}/999999999/kvittering")).expect(404);
    for persona in ["drift", "leder-legevakt-nordvik", "epj-nordvik"] {
        assert_eq!(shared().who(persona).get(&path).status, 403, "{persona}");
    }
    assert_eq!(shared().who("sykepleier-legevakt-nordvik").attested(OLAV).get(&path).status, 403);
}
