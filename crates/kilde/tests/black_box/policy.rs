//! Policy as the municipality changes and examines it while the server runs.

use crate::client::{Answer, Client, OLAV, eleven_digits, parameters};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};

const POLICY: &str = "/9901/admin/policy";
const PROPOSALS: &str = "/9901/admin/policy/proposals";
const EXPLAIN: &str = "/9901/admin/policy/explain";
const ELSEWHERE: &str = "/9902/admin/elsewhere";
const OVERVIEW: &str = "/9901/fhir/r4/$overview";

const FORBID: &str = r#"policies = '''
@id("nordvik-ingen-samordning")
@code("nordvik_ingen_samordning")
@status("403")
@order("31")
@reason_nb("Nordvik åpner ikke oversikten for legevakten i dag.")
@reason_nn("Nordvik opnar ikkje oversikta for legevakta i dag.")
@reason_en("Nordvik does not open the overview today.")
forbid (principal is Kilde::Personnel, action == Kilde::Action::"overview", resource)
when { context.aboutPerson };
'''
"#;
const AGREEMENT: &str = r#"
[[agreement]]
id = "dalfjord"
legal_entity = "399902002"
unit = "legevakt"
categories = ["tjenester", "person"]
purposes = ["TREAT"]
"#;

fn propose(who: &Client, base: u64, text: &str) -> Answer {
    who.post(PROPOSALS, &json!({ "base": base, "why": "Prøves ut", "text": text }))
}

fn step(who: &Client, id: &str, step: &str) -> Answer {
    who.ask("POST", &format!("{PROPOSALS}/{id}/{step}")).send()
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

fn explained(who: &Client, actor: Value, ask: Value, patient: Option<&str>) -> Answer {
    who.post(EXPLAIN, &json!({ "who": actor, "ask": ask, "patient": patient }))
}

fn nurse() -> Value {
    json!({ "kind": "personnel", "professions": ["SP"], "organisation": "399901006", "unit": "399901014", "client": "legevaktjournal-nordvik" })
}

/// The whole life of a policy: refused, narrowed by one, widened by two, after a kill what it was, and rebuilt the same.
#[test]
fn a_change_of_policy_is_an_event() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let kilde = Kilde::start(&data);
    let (officer, other) = (kilde.who("personvernombud-nordvik"), kilde.who("tilgangsforvalter-nordvik"));
    let overview = |persona: &str| kilde.who(persona).attested(OLAV).post(OVERVIEW, &parameters(OLAV, None));
    let first = officer.get(POLICY).expect(200).json();
    assert_eq!((&first["version"], &first["event"]), (&json!(0), &json!(null)));
    let text = first["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("399903009"), "the agreement of the sandbox: {text}");

    // What does not type-check is refused with its place, and what is in force stays.
    let wrong = format!("{}{text}", FORBID.replace("context.aboutPerson", "context.aboutPersson"));
    let refused = propose(&officer, 0, &wrong);
    refused.refused(422, "policy-type");
    assert!(refused.text().contains("\"10:8\""), "line and column: {}", refused.start());
    propose(&officer, 0, &format!("{}{text}", FORBID.replace("forbid (", "permit ("))).refused(422, "policy-permits");
    propose(&officer, 7, &format!("{FORBID}{text}")).refused(409, "policy-outdated");
    assert_eq!(officer.get(POLICY).expect(200).json()["version"], 0);
    overview("sykepleier-legevakt-nordvik").expect(200);

    // One person may narrow, and it holds at once.
    let narrowing = format!("{FORBID}{text}");
    let made = propose(&officer, 0, &narrowing).expect(201);
    assert_eq!(made.json()["widens"], json!([]));
    overview("sykepleier-legevakt-nordvik").expect(200);
    let approved = step(&officer, &id(&made), "approve").expect(200).json();
    assert_eq!(approved["version"], 1);
    overview("sykepleier-legevakt-nordvik").refused(403, "nordvik_ingen_samordning");
    let now = officer.get(POLICY).expect(200).json();
    assert_eq!(
        (&now["version"], &now["event"], &now["text"]),
        (&json!(1), &approved["approved"]["event"], &json!(narrowing))
    );
    let told = explained(&officer, nurse(), json!({ "action": "overview", "purpose": "TREAT" }), Some(OLAV))
        .expect(200)
        .json();
    assert_eq!(
        (&told["decision"], &told["because"]["policy"], &told["version"]),
        (&json!("refuse"), &json!("nordvik-ingen-samordning"), &json!(1))
    );
    assert_eq!(told["permittedBy"][0]["policy"], "need-attested");

    // To widen takes two.
    let widening = format!("{text}{AGREEMENT}");
    let made = propose(&officer, 1, &widening).expect(201);
    assert_eq!(made.json()["widens"].as_array().map(Vec::len), Some(2), "{}", made.text());
    step(&officer, &id(&made), "approve").refused(403, "policy-second-person");
    overview("sykepleier-dalfjord").refused(403, "other_organisation");
    let shown = other.get(PROPOSALS).expect(200).json();
    assert_eq!(shown["proposals"][0]["state"], "open");
    step(&other, &id(&made), "approve").expect(200);
    overview("sykepleier-legevakt-nordvik").expect(200);
    overview("sykepleier-dalfjord").expect(200);
    // Her own municipality sees that she was there, and not whom she saw.
    let home = kilde.who("personvernombud-dalfjord").get(ELSEWHERE).expect(200);
    let entries = home.json()["entries"].as_array().cloned().unwrap_or_default();
    let told: Vec<(&Value, &Value)> = entries.iter().map(|one| (&one["instance"], &one["refused"])).collect();
    assert_eq!(
        told,
        [(&json!("9901"), &Value::Null), (&json!("9901"), &json!("other_organisation"))],
        "{}",
        home.text()
    );
    assert!(
        eleven_digits(&home.text()).is_empty() && !home.text().contains("Nygård"),
        "{}",
        home.text()
    );
    assert_eq!(
        kilde.who("personvernombud-nordvik").get("/9901/admin/elsewhere").expect(200).json()["entries"],
        json!([])
    );
    assert_eq!(kilde.who("sykepleier-dalfjord").get(ELSEWHERE).status, 403);
    step(&other, &id(&made), "approve").refused(404, "policy-proposal-not-open");
    let pending = propose(&other, 2, "self_declared = false").expect(201);
    let before = officer.get(POLICY).expect(200).json();
    assert!(
        eleven_digits(&officer.get(PROPOSALS).expect(200).text()).is_empty(),
        "no national id of anybody"
    );
    kilde.kill();

    // After a kill it is what the log says, and an index that is built anew says the same.
    let rebuilt = std::process::Command::new(env!("CARGO_BIN_EXE_kilde"))
        .args(["rebuild", "--instance", "9901", "--compare", "--data"])
        .arg(&data)
        .output()
        .expect("it runs");
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let kilde = Kilde::start(&data);
    let officer = kilde.who("personvernombud-nordvik");
    assert_eq!(officer.get(POLICY).expect(200).json(), before);
    kilde
        .who("sykepleier-dalfjord")
        .attested(OLAV)
        .post(OVERVIEW, &parameters(OLAV, None))
        .expect(200);
    step(&officer, &id(&pending), "withdraw").expect(200);
    step(&officer, &id(&pending), "approve").refused(404, "policy-proposal-not-open");
}

/// Only those who administer or oversee access see, propose and approve; nobody is told what there is.
#[test]
fn policy_is_for_its_own_people() {
    let kilde = shared();
    for persona in [
        "sykepleier-legevakt-nordvik",
        "saksbehandler-nordvik",
        "drift",
        "epj-nordvik",
        &format!("innbygger-{OLAV}"),
        "personvernombud-dalfjord",
    ] {
        let who = kilde.who(persona);
        assert_eq!(who.get(POLICY).status, 403, "{persona}");
        assert_eq!(who.get(PROPOSALS).status, 403, "{persona}");
        assert_eq!(propose(&who, 0, "self_declared = true").status, 403, "{persona}");
        assert_eq!(step(&who, "proposal-1", "approve").status, 403, "{persona}");
        let ask = json!({ "action": "read", "purpose": "TREAT" });
        assert_eq!(explained(&who, nurse(), ask, Some(OLAV)).status, 403, "{persona}");
    }
    // The test system reaches everything but what takes a person.
    let system = kilde.who("system-test");
    propose(&system, 0, "self_declared = true").refused(403, "scope_missing");
    // Who administers access asks about no person, and sees no log.
    let administrator = kilde.who("tilgangsforvalter-nordvik");
    let ask = || json!({ "action": "read", "purpose": "TREAT" });
    explained(&administrator, nurse(), ask(), None).expect(200);
    assert_eq!(explained(&administrator, nurse(), ask(), Some(OLAV)).status, 403);
    assert_eq!(administrator.get("/9901/fhir/r4/Patient").status, 403);
}

/// Asking about a person is in her log, and gives no content.
#[test]
fn an_explanation_is_in_the_persons_own_log() {
    let kilde = shared();
    let officer = kilde.who("personvernombud-nordvik");
    let told = explained(&officer, nurse(), json!({ "action": "overview", "purpose": "TREAT" }), Some(OLAV)).expect(200);
    assert_eq!(told.json()["because"]["policy"], "need-attested");
    assert!(eleven_digits(&told.text()).is_empty(), "{}", told.text());
    let log = kilde
        .who(&format!("innbygger-{OLAV}"))
        .get("/9901/innbygger/tilgangslogg?limit=500")
        .expect(200)
        .text();
    assert!(log.contains("Undersøkte hvem som kan få tilgang"), "{log}");
}

/// Bad input: refused with a rule, and nothing of it echoed.
#[test]
fn what_is_no_question_is_refused() {
    let officer = shared().who("personvernombud-nordvik");
    let ask = json!({ "action": "look" });
    explained(&officer, nurse(), ask, None).refused(422, "policy-question");
    explained(&officer, nurse(), json!({ "action": "read" }), Some("12345678901")).refused(422, "national-id");
    let body = format!("{{\"who\": \"{OLAV}\"}}");
    let answer = officer.ask("POST", EXPLAIN).body("application/json", &body).send();
    answer.refused(400, "policy-body");
    assert!(eleven_digits(&answer.text()).is_empty());
    officer
        .post(PROPOSALS, &json!({ "base": 0, "why": "", "text": "" }))
        .refused(422, "policy-why");
    let long = "#".repeat(70 << 10);
    propose(&officer, 0, &long).refused(422, "policy-too-long");
    propose(&officer, 0, &"[".repeat(50_000)).refused(422, "policy-toml");
    step(&officer, "proposal-finnes-ikke", "approve").refused(404, "policy-proposal-not-open");
    let checked = officer
        .post(&format!("{POLICY}/check"), &json!({ "text": AGREEMENT }))
        .expect(200)
        .json();
    assert_eq!(checked["widens"].as_array().map(Vec::len), Some(1), "{checked}");
}
