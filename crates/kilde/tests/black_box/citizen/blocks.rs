//! Blocks: who is kept out of what, from when, and until when.

use super::someone::{BASE, BLOCKS, LOG, Someone};
use crate::client::{Answer, NOBODY, SOLVEIG, eleven_digits, parameters};
use crate::server::shared;
use serde_json::{Value, json};

const ALL: [bool; 4] = [true; 4];
const NOTHING: [bool; 4] = [false; 4];

/// The number of elements that an answer says are blocked; 0 if it says nothing.
fn told(answer: &Answer) -> u32 {
    answer.header("kilde-withheld").parse().unwrap_or(0)
}

#[test]
fn a_block_against_one_reader_holds_from_the_next_question_on_and_is_lifted_as_fast() {
    let her = Someone::new(shared(), 80);
    let (nurse, physician) = (her.nurse(), her.attested("lege-legevakt-nordvik"));
    assert_eq!(her.readable(&nurse), ALL);
    let id = her.block(json!({ "reader": her.reader("Nina Havnes") }), json!("everything"), false);
    assert_eq!(her.readable(&nurse), NOTHING);
    assert_eq!(her.readable(&physician), ALL);
    // Wherever she works and whatever she is there for: she is the same.
    assert_eq!(her.readable(&her.emergency()), NOTHING);
    assert_eq!(her.readable(&her.citizen()), ALL);
    let shown = her.citizen().get(&format!("{BLOCKS}/{id}")).expect(200);
    assert_eq!(shown.header("etag"), "W/\"1\"");
    let text = shown.json()["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("Nina Havnes") && text.contains("Legevakten"), "{text}");
    assert!(eleven_digits(&shown.text()).is_empty(), "{}", shown.start());
    her.lift(&id);
    assert_eq!(her.readable(&nurse), ALL);
    let log = her.citizen().get(LOG).expect(200).text();
    assert!(
        log.contains("Registrerte en sperring") && log.contains("Opphevet en sperring"),
        "{log}"
    );
    assert!(eleven_digits(&log).is_empty());
}

#[test]
fn whom_and_what_a_block_is_about() {
    let her = Someone::new(shared(), 81);
    let (nurse, home) = (her.nurse(), her.attested("hjemmesykepleier-nordvik"));
    let doctor = her.attested("fastlege-nordvik");
    let period = |from: &str, to: &str| json!({ "period": { "from": from, "to": to } });
    // Patient, pulse, note, service: for the nurse at the clinic, the nurse in home care, the general practitioner.
    let [pulse_closed, note_closed, service_closed] = [[true, false, true, true], [true, true, false, true], [true, true, true, false]];
    for (against, covers, clinic, zone, practice) in [
        (json!("everyone"), json!("everything"), NOTHING, NOTHING, NOTHING),
        (json!("others-than-source"), json!("everything"), ALL, ALL, NOTHING),
        (json!({ "organisation": "399901014" }), json!("everything"), NOTHING, ALL, ALL),
        (json!({ "organisation": "399901006" }), json!("everything"), NOTHING, NOTHING, ALL),
        (
            json!("everyone"),
            json!({ "category": "journal" }),
            note_closed,
            note_closed,
            note_closed,
        ),
        (
            json!("everyone"),
            json!({ "category": "tjenester" }),
            service_closed,
            service_closed,
            service_closed,
        ),
        (
            json!("everyone"),
            json!({ "element": format!("Observation/{}", her.pulse) }),
            pulse_closed,
            pulse_closed,
            pulse_closed,
        ),
        (
            json!("everyone"),
            period("2019-01-01", "2019-12-31"),
            note_closed,
            note_closed,
            note_closed,
        ),
        (
            json!("everyone"),
            period("2019-05-05", "2019-05-05"),
            note_closed,
            note_closed,
            note_closed,
        ),
        (json!("everyone"), period("2019-05-06", "2019-12-31"), ALL, ALL, ALL),
        (json!("everyone"), period("2018-01-01", "2019-05-04"), ALL, ALL, ALL),
        // A service that goes on is in every period since it began.
        (
            json!("everyone"),
            period("2025-01-01", "2025-01-02"),
            service_closed,
            service_closed,
            service_closed,
        ),
    ] {
        let id = her.block(against.clone(), covers.clone(), false);
        for (client, expected) in [(&nurse, clinic), (&home, zone), (&doctor, practice)] {
            let got = her.readable(client);
            // What her role never reaches stays so.
            let wanted: Vec<bool> = expected.to_vec();
            assert_eq!(got, wanted, "{against} {covers}");
        }
        her.lift(&id);
    }
    assert_eq!(her.readable(&nurse), ALL);
}

#[test]
fn an_emergency_opens_only_the_block_that_says_so() {
    let her = Someone::new(shared(), 82);
    let closed = her.block(json!("everyone"), json!("everything"), false);
    assert_eq!(her.readable(&her.emergency()), NOTHING);
    her.lift(&closed);
    her.block(json!("everyone"), json!("everything"), true);
    assert_eq!(her.readable(&her.nurse()), NOTHING);
    assert_eq!(her.readable(&her.emergency()), ALL);
    assert_eq!(her.readable(&her.nurse().purpose("BTG").reason("Pasienten er i livsfare")), ALL);
    // Without a reason it is no emergency.
    assert_eq!(her.nurse().purpose("ETREAT").get(&format!("{BASE}/Patient")).status, 403);
}

#[test]
fn a_count_is_told_and_it_is_the_same_whatever_is_asked() {
    let her = Someone::new(shared(), 83);
    let nurse = her.nurse();
    assert_eq!(told(&nurse.get(&format!("{BASE}/Observation")).expect(200)), 0);
    her.block(json!("everyone"), json!({ "category": "journal" }), false);
    for query in [
        "Observation",
        "Observation?code=8867-4",
        "Observation?code=34109-9",
        "Observation?_summary=count",
        "EpisodeOfCare",
        "Condition",
        "Patient",
        "Patient?_revinclude=Observation:subject",
        "?_type=Observation,Patient",
    ] {
        let answer = nurse.get(&format!("{BASE}/{query}")).expect(200);
        assert_eq!(told(&answer), 1, "{query}");
        assert!(
            !answer.text().contains(&her.note) && !answer.text().contains("hemmelighet"),
            "{query}"
        );
        let outcomes: Vec<Value> = answer
            .resources()
            .into_iter()
            .filter(|r| r["resourceType"] == "OperationOutcome")
            .collect();
        if query.ends_with("=count") {
            assert!(outcomes.is_empty());
        } else {
            assert_eq!(outcomes[0]["issue"][0]["code"], "suppressed", "{query}");
        }
    }
    // She is not told what: neither the section nor the emptiness differs from where nothing of the kind was.
    let overview = nurse.post(&format!("{BASE}/$overview"), &parameters(&her.nin, None)).expect(200);
    let composition = &overview.resources()[0];
    assert_eq!(composition["extension"][0]["valueUnsignedInt"], 1, "{composition}");
    assert!(!overview.text().contains(&her.note));
    let entries = her.citizen().get(LOG).expect(200).json();
    let withheld: Vec<u64> = entries["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|e| e["withheld"].as_u64())
        .collect();
    assert!(withheld.contains(&1), "the log tells how many were withheld: {entries}");
}

#[test]
fn an_overview_does_not_tell_which_section_is_blocked() {
    let her = Someone::new(shared(), 84);
    let nurse = her.nurse();
    let overview = || {
        nurse
            .post(&format!("{BASE}/$overview"), &parameters(&her.nin, None))
            .expect(200)
            .resources()[0]
            .clone()
    };
    let emptiness = |composition: &Value| -> Vec<String> {
        let sections = composition["section"].as_array().expect("sections");
        sections.iter().map(|s| s["emptyReason"].to_string()).collect()
    };
    her.block(json!("everyone"), json!({ "category": "tjenester" }), false);
    let services = overview();
    // With the services blocked, their section says the same as one would where something else is.
    let empty = emptiness(&services);
    assert!(empty[0].contains("withheld"), "{services}");
    assert!(services["section"][0]["extension"].is_null(), "no count in the section: {services}");
    let status = nurse
        .post(&format!("{BASE}/$status"), &parameters(&her.nin, Some("okt")))
        .expect(200)
        .text();
    assert!(
        status.contains("\"valueBoolean\":false") && status.contains("\"valueUnsignedInt\":0"),
        "{status}"
    );
}

#[test]
fn a_block_is_changed_and_its_history_kept() {
    let her = Someone::new(shared(), 85);
    let id = her.block(json!("everyone"), json!({ "category": "journal" }), false);
    let path = format!("{BLOCKS}/{id}");
    let changed = json!({ "against": "everyone", "covers": { "category": "maaledata" }, "emergencyOpens": true });
    let put = |etag: &str| her.citizen().ask("PUT", &path).header("if-match", etag).json(&changed).send();
    put("W/\"7\"").refused(412, "version-conflict");
    assert_eq!(put("W/\"1\"").expect(200).header("etag"), "W/\"2\"");
    assert_eq!(her.readable(&her.nurse()), [true, false, true, true]);
    her.lift(&id);
    her.citizen().ask("DELETE", &path).send().refused(404, "not-found");
    put("W/\"3\"").refused(404, "not-found");
    let versions = her.citizen().get(&format!("{path}/historikk")).expect(200).json();
    let in_force: Vec<bool> = versions["versions"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|v| v["inForce"] == true)
        .collect();
    assert_eq!(in_force, [false, true, true]);
    let list = |query: &str| {
        her.citizen().get(&format!("{BLOCKS}{query}")).expect(200).json()["blocks"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!((list(""), list("?lifted=true")), (Some(0), Some(1)));
}

#[test]
fn a_reservation_is_one_switch() {
    let her = Someone::new(shared(), 86);
    let (path, doctor) = ("/9901/innbygger/reservasjon", her.attested("fastlege-nordvik"));
    her.citizen().get(path).refused(404, "not-found");
    her.citizen().put(path, &json!({ "emergencyOpens": false })).expect(200);
    assert_eq!(her.readable(&doctor), NOTHING);
    assert_eq!(her.readable(&her.nurse()), ALL);
    her.citizen().put(path, &json!({ "emergencyOpens": true })).expect(200);
    assert_eq!(her.citizen().get(path).expect(200).json()["version"], 2);
    her.citizen().ask("DELETE", path).send().expect(204);
    assert_eq!(her.readable(&doctor), ALL);
    her.citizen().put(path, &json!({})).expect(200);
    assert_eq!(her.readable(&doctor), NOTHING);
    assert_eq!(her.citizen().get(BLOCKS).expect(200).json()["blocks"], json!([]));
}

#[test]
fn somebody_whom_nobody_knows_yet_blocks_in_advance() {
    let nin = super::someone::stranger(87);
    let citizen = shared().who(&format!("innbygger-{nin}"));
    citizen
        .post(BLOCKS, &json!({ "against": "everyone", "covers": "everything" }))
        .expect(201);
    let her = Someone::new(shared(), 87);
    assert_eq!(her.readable(&her.nurse()), NOTHING);
    assert_eq!(her.readable(&her.citizen()), ALL);
}

#[test]
fn what_is_wrong_is_told_all_at_once() {
    let her = Someone::new(shared(), 88);
    let citizen = her.citizen();
    let solveigs = shared()
        .who("lege-legevakt-nordvik")
        .attested(SOLVEIG)
        .get(&format!("{BASE}/Observation"))
        .expect(200)
        .resources();
    let hers = solveigs[0]["id"].as_str().expect("an id");
    let element = |id: &str| json!({ "against": "everyone", "covers": { "element": format!("Observation/{id}") } });
    for (block, rule) in [
        (json!({}), "block-against"),
        (json!({ "against": "everyone" }), "block-covers"),
        (json!({ "against": "all", "covers": "everything" }), "block-against"),
        (
            json!({ "against": { "organisation": "1" }, "covers": "everything" }),
            "block-organisation-unknown",
        ),
        (
            json!({ "against": { "organisation": "399901006", "reader": "a" }, "covers": "everything" }),
            "block-against",
        ),
        (
            json!({ "against": { "reader": "a" }, "covers": "everything" }),
            "block-reader-unknown",
        ),
        (
            json!({ "against": { "reader": "03878620827" }, "covers": "everything" }),
            "block-reader-unknown",
        ),
        (json!({ "against": "everyone", "covers": { "category": "alt" } }), "block-covers"),
        (
            json!({ "against": "everyone", "covers": { "category": "administrativt" } }),
            "block-covers",
        ),
        (json!({ "against": "everyone", "covers": { "period": {} } }), "block-covers"),
        (
            json!({ "against": "everyone", "covers": { "period": { "from": "2024-02-30" } } }),
            "block-covers",
        ),
        (
            json!({ "against": "everyone", "covers": { "element": "Observation" } }),
            "block-element-unknown",
        ),
        (
            json!({ "against": "everyone", "covers": "everything", "emergencyOpens": "no" }),
            "block-emergency",
        ),
        (
            json!({ "against": "everyone", "covers": "everything", "emergency": true }),
            "citizen-field-unknown",
        ),
        (element(NOBODY), "block-element-unknown"),
        (element(hers), "block-element-unknown"),
    ] {
        citizen.post(BLOCKS, &block).refused(422, rule);
    }
    citizen
        .ask("POST", BLOCKS)
        .body("application/json", "[1]")
        .send()
        .refused(400, "json-object");
    citizen
        .ask("POST", BLOCKS)
        .body("application/json", "{")
        .send()
        .refused(400, "json-object");
    let long = format!("{{\"against\":\"{}\"}}", "a".repeat(20_000));
    citizen
        .ask("POST", BLOCKS)
        .body("application/json", &long)
        .send()
        .refused(413, "limit-bytes");
    let two = citizen.post(BLOCKS, &json!({ "against": 1, "covers": 2 }));
    assert_eq!(two.json()["issue"].as_array().map(Vec::len), Some(2));
    assert_eq!(citizen.get(BLOCKS).expect(200).json()["blocks"], json!([]));
    let choices = citizen.get(&format!("{BLOCKS}/valg")).expect(200).json();
    assert!(choices["organisations"].to_string().contains("399901014") && choices["categories"].to_string().contains("journal"));
}

#[test]
fn nobody_else_sees_or_makes_her_blocks() {
    let her = Someone::new(shared(), 89);
    let id = her.block(json!("everyone"), json!({ "category": "journal" }), true);
    let block = json!({ "against": "everyone", "covers": "everything" });
    for client in [
        her.nurse(),
        her.kilde.who("epj-nordvik"),
        her.kilde.who("drift"),
        her.kilde.who("personvernombud-nordvik"),
    ] {
        assert_eq!(client.get(BLOCKS).status, 403);
        assert_eq!(client.post(BLOCKS, &block).status, 403);
        assert_eq!(client.get(&format!("{BLOCKS}/{id}")).status, 403);
    }
    let another = her.kilde.who(&format!("innbygger-{SOLVEIG}"));
    another.get(&format!("{BLOCKS}/{id}")).refused(404, "not-found");
    another.get(&format!("{BLOCKS}/{id}/historikk")).refused(404, "not-found");
    another.ask("DELETE", &format!("{BLOCKS}/{id}")).send().refused(404, "not-found");
    // What the log of another calls the same reader by is of no use to her.
    her.readable(&her.nurse());
    let reference = her.reader("Nina Havnes");
    let stolen = json!({ "against": { "reader": reference }, "covers": "everything" });
    another.post(BLOCKS, &stolen).refused(422, "block-reader-unknown");
    // The declarations are in no FHIR interaction, not even for who sees all of it.
    let system = her.kilde.who("system-test");
    let history = system.get(&format!("{BASE}/_history?_count=50")).expect(200).text();
    assert!(!history.contains(&id));
}
