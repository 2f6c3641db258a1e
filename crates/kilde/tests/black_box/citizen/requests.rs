//! Requests of correction and deletion, objections, and who is told of a correction.

use super::someone::{BASE, LOG, Someone};
use crate::client::{NOBODY, SOLVEIG};
use crate::server::shared;
use serde_json::{Value, json};

const MINE: &str = "/9901/innbygger/krav";
const TO_ANSWER: &str = "/9901/krav";

fn ids(list: &Value) -> Vec<&str> {
    list["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .filter_map(|r| r["id"].as_str())
        .collect()
}

#[test]
fn a_request_goes_to_the_source_and_its_answer_to_the_citizen() {
    let her = Someone::new(shared(), 129);
    let source = her.kilde.who("epj-nordvik");
    let element = format!("Observation/{}", her.note);
    let asked = json!({ "kind": "correction", "element": element, "text": "Det var ikke 2019." });
    let made = her.citizen().post(MINE, &asked).expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!((&made["status"], &made["elementVersion"]), (&json!("sent"), &json!(1)));
    let waiting = source.get(TO_ANSWER).expect(200).json();
    assert!(ids(&waiting).contains(&id.as_str()), "{waiting}");
    assert!(waiting.to_string().contains("Det var ikke 2019."));
    // Another source, another citizen and personnel see and answer nothing of it.
    for other in ["tavle-nordvik", "vkp"] {
        let other = her.kilde.who(other);
        assert!(!ids(&other.get(TO_ANSWER).expect(200).json()).contains(&id.as_str()));
        other
            .put(&format!("{TO_ANSWER}/{id}"), &json!({ "status": "done" }))
            .refused(404, "not-found");
    }
    assert_eq!(her.nurse().get(TO_ANSWER).status, 403);
    assert_eq!(her.kilde.who("drift").get(TO_ANSWER).status, 403);
    her.kilde
        .who(&format!("innbygger-{SOLVEIG}"))
        .get(&format!("{MINE}/{id}"))
        .refused(404, "not-found");
    let answer = |body: Value| source.put(&format!("{TO_ANSWER}/{id}"), &body);
    answer(json!({ "status": "refused" })).refused(422, "request-answer");
    answer(json!({ "status": "sent" })).refused(422, "request-status");
    answer(json!({ "status": "received" })).expect(200);
    assert_eq!(her.citizen().get(&format!("{MINE}/{id}")).expect(200).json()["status"], "received");
    answer(json!({ "status": "refused", "answer": "Journalen sier 2019." })).expect(200);
    let seen = her.citizen().get(&format!("{MINE}/{id}")).expect(200).json();
    assert_eq!(
        (&seen["status"], &seen["answer"], &seen["version"]),
        (&json!("refused"), &json!("Journalen sier 2019."), &json!(3))
    );
    assert!(!ids(&source.get(TO_ANSWER).expect(200).json()).contains(&id.as_str()), "answered");
    assert!(ids(&source.get(&format!("{TO_ANSWER}?all=true")).expect(200).json()).contains(&id.as_str()));
    let log = her.citizen().get(LOG).expect(200).text();
    assert!(log.contains("Sendte et krav") && log.contains("Behandlet et krav fra deg"), "{log}");
    her.citizen().ask("DELETE", &format!("{MINE}/{id}")).send().expect(204);
    answer(json!({ "status": "done" })).refused(404, "not-found");
}

#[test]
fn an_objection_to_an_emergency_goes_to_the_controller() {
    let her = Someone::new(shared(), 130);
    her.readable(&her.nurse());
    her.readable(&her.emergency());
    let log = her.citizen().get(LOG).expect(200).json();
    let entries = log["entries"].as_array().expect("entries");
    let no = |emergency: bool| {
        entries
            .iter()
            .find(|e| e["reason"].is_string() == emergency && e["who"] == "Nina Havnes")
            .map(|e| e["no"].clone())
    };
    let ask = |entry: &Value| {
        her.citizen()
            .post(MINE, &json!({ "kind": "objection", "entry": entry, "text": "Jeg var våken." }))
    };
    ask(&no(false).expect("an entry")).refused(422, "request-entry-unknown");
    ask(&json!(1)).refused(422, "request-entry-unknown");
    let id = ask(&no(true).expect("an emergency")).expect(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let officer = her.kilde.who("personvernombud-nordvik");
    assert!(ids(&officer.get(TO_ANSWER).expect(200).json()).contains(&id.as_str()));
    assert!(!ids(&her.kilde.who("epj-nordvik").get(TO_ANSWER).expect(200).json()).contains(&id.as_str()));
    officer
        .put(
            &format!("{TO_ANSWER}/{id}"),
            &json!({ "status": "done", "answer": "Vi har snakket med legevakten." }),
        )
        .expect(200);
    assert_eq!(
        her.citizen().get(&format!("{MINE}/{id}")).expect(200).json()["statusText"],
        "Gjennomført"
    );
}

#[test]
fn what_is_wrong_with_a_request_is_told() {
    let her = Someone::new(shared(), 131);
    let pulse = format!("Observation/{}", her.pulse);
    for (body, rule) in [
        (json!({ "element": pulse, "text": "a" }), "request-kind"),
        (json!({ "kind": "deletion", "element": pulse }), "request-text"),
        (json!({ "kind": "deletion", "element": pulse, "text": " " }), "request-text"),
        (
            json!({ "kind": "deletion", "element": format!("Observation/{NOBODY}"), "text": "a" }),
            "request-element-unknown",
        ),
        (
            json!({ "kind": "deletion", "element": pulse, "text": "a", "to": "x" }),
            "citizen-field-unknown",
        ),
        (json!({ "kind": "objection", "text": "a" }), "request-entry-unknown"),
    ] {
        her.citizen().post(MINE, &body).refused(422, rule);
    }
    assert_eq!(her.citizen().get(MINE).expect(200).json()["requests"], json!([]));
}

#[test]
fn who_was_given_the_old_version_is_told_of_the_correction() {
    let her = Someone::new(shared(), 132);
    let ward = her.attested("sykepleier-kad-nordvik");
    let path = format!("{BASE}/Observation/{}", her.note);
    ward.get(&path).expect(200);
    her.citizen().get(&path).expect(200);
    let officer = her.kilde.who("personvernombud-nordvik");
    let list = || {
        officer
            .get(&format!("/9901/admin/rettelser/Observation/{}", her.note))
            .expect(200)
            .json()
    };
    assert_eq!(list()["recipients"], json!([]), "nothing is corrected yet");
    let source = her.kilde.who("epj-nordvik");
    let mut note = source.get(&path).expect(200).json();
    note["valueString"] = json!("rettet");
    let corrected = source.put(&path, &note).expect(200);
    let event: u64 = corrected.header("kilde-event").parse().expect("an event");
    let told = list();
    let recipients = told["recipients"].as_array().expect("recipients");
    assert_eq!(recipients.len(), 1, "neither the citizen nor the source: {told}");
    assert_eq!(
        (&recipients[0]["name"], &recipients[0]["version"]),
        (&json!("Ida Myrvang"), &json!(1))
    );
    let feed = |persona: &str| {
        her.kilde
            .who(persona)
            .get(&format!("/9901/rettelser?since={}", event - 1))
            .expect(200)
            .json()
    };
    let mine = |feed: &Value| -> Vec<Value> {
        let all = feed["corrections"].as_array().expect("corrections").iter();
        all.filter(|c| c["element"] == format!("Observation/{}", her.note))
            .cloned()
            .collect()
    };
    let ward_board = feed("tavle-nordvik");
    let notes = mine(&ward_board);
    assert_eq!(notes.len(), 1, "{ward_board}");
    assert_eq!(
        (&notes[0]["given"], &notes[0]["version"], &notes[0]["kind"]),
        (&json!(1), &json!(2), &json!("corrected"))
    );
    assert!(!ward_board.to_string().contains("rettet"), "no content");
    assert!(ward_board["next"].as_u64().is_some_and(|next| next >= event));
    assert!(mine(&feed("vkp")).is_empty());
    assert_eq!(her.nurse().get("/9901/rettelser").status, 403);
    assert_eq!(
        her.kilde
            .who("drift")
            .get(&format!("/9901/admin/rettelser/Observation/{}", her.note))
            .status,
        403
    );
    officer
        .get(&format!("/9901/admin/rettelser/Observation/{NOBODY}"))
        .refused(404, "not-found");
    // She reads that they were told.
    let log = her.citizen().get(LOG).expect(200).text();
    assert!(log.contains("Fikk beskjed om at noe om deg er rettet"), "{log}");
    // A deletion is told of as well.
    let gone = source.ask("DELETE", &path).send();
    assert!(matches!(gone.status, 200 | 204), "{}", gone.start());
    assert!(mine(&feed("tavle-nordvik")).iter().any(|c| c["kind"] == "deleted"));
}

/// An entry that showed more than it names may have shown a thing or not; who saw that list learns nothing of what came later.
#[test]
fn no_system_is_told_of_what_it_is_not_known_to_have_been_given() {
    let her = Someone::new(shared(), 134);
    let source = her.kilde.who("epj-nordvik");
    let note = json!({
        "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{}", her.patient) },
        "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] }, "effectiveDateTime": "2026-11-01", "valueString": "notat"
    });
    let entry = json!({ "resource": note, "request": { "method": "POST", "url": "Observation" } });
    let many = json!({ "resourceType": "Bundle", "type": "batch", "entry": vec![entry; 210] });
    source.post(BASE, &many).expect(200);
    let ward = her.attested("sykepleier-kad-nordvik");
    let shown = ward
        .get(&format!("{BASE}/Observation?patient={}&_count=300", her.patient))
        .expect(200);
    assert!(shown.resources().len() > 200, "more than an entry names");
    // What comes only now was not among it.
    let made = source.post(&format!("{BASE}/Observation"), &note).expect(201);
    let mut made = made.json();
    let path = format!("{BASE}/Observation/{}", made["id"].as_str().expect("an id"));
    made["valueString"] = json!("rettet");
    let corrected = source.put(&path, &made).expect(200);
    let event: u64 = corrected.header("kilde-event").parse().expect("an event");
    let feed = her
        .kilde
        .who("tavle-nordvik")
        .get(&format!("/9901/rettelser?since={}", event - 1))
        .expect(200)
        .json();
    let element = format!("Observation/{}", made["id"].as_str().expect("an id"));
    assert!(!feed.to_string().contains(&element), "{feed}");
}
