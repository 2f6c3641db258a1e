//! Who may act for another: proxies that a citizen gives, guardians, parents.

use super::someone::{BASE, BLOCKS, LOG, Someone, stranger};
use crate::client::{Client, FNR, encode, parameters};
use crate::server::{Kilde, shared};
use jiff::civil::Date;
use jiff::{Span, Timestamp, tz::TimeZone};
use kilde_sandbox::People;
use serde_json::{Value, json};

const PROXIES: &str = "/9901/innbygger/fullmakter";

/// The number of the persona that acts for a citizen.
pub fn holder(nin: &str) -> String {
    let persona = kilde_sandbox::persona::persona(&format!("verge-{nin}"), &People::fixed()).expect("a persona");
    persona.person.expect("a person").pid.into_owned()
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::get("Europe/Oslo").expect("a zone")).date()
}

#[test]
fn a_proxy_is_for_tasks_categories_and_days() {
    let her = Someone::new(shared(), 99);
    let acting = || shared().who(&format!("verge-{}", her.nin));
    let refused = |client: &Client, path: &str| client.get(path).refused(403, "proxy_not_registered");
    let pulse = format!("{BASE}/Observation/{}", her.pulse);
    refused(&acting(), &pulse);
    let mut proxy = json!({
        "holder": holder(&her.nin), "name": "Kari Nordmann", "tasks": ["insight"], "categories": ["maaledata", "person"],
        "period": { "from": today().to_string(), "to": today().to_string() }
    });
    let given = her.citizen().post(PROXIES, &proxy).expect(201);
    assert!(!given.text().contains(&holder(&her.nin)), "{}", given.start());
    assert!(
        given.json()["text"]
            .as_str()
            .is_some_and(|text| text.contains("Kari Nordmann kan se")),
        "{}",
        given.start()
    );
    let path = format!("{PROXIES}/{}", given.json()["id"].as_str().expect("an id"));
    assert_eq!(her.readable(&acting()), [true, true, false, false]);
    let found = acting().get(&format!("{BASE}/Observation")).expect(200);
    assert!(found.text().contains(&her.pulse) && !found.text().contains(&her.note));
    // Insight is no more than insight.
    refused(&acting(), LOG);
    refused(&acting(), BLOCKS);
    acting().get(PROXIES).refused(403, "no_ground");
    proxy["tasks"] = json!(["log", "blocks"]);
    her.citizen().put(&path, &proxy).expect(200);
    refused(&acting(), &pulse);
    let log = acting().get(LOG).expect(200).text();
    assert!(log.contains("Ga en fullmakt") && log.contains("Endret en fullmakt"), "{log}");
    let block = json!({ "against": "everyone", "covers": "everything" });
    acting().post(BLOCKS, &block).expect(201);
    assert_eq!(her.readable(&her.nurse()), [false; 4]);
    // Somebody else with no proxy gets nothing, also where she names no proxy.
    let another = shared().who(&format!("innbygger-{}", stranger(3)));
    another
        .post(&format!("{BASE}/$overview"), &parameters(&her.nin, None))
        .refused(403, "other_citizen");
    // Out of its days it is none.
    for (from, to) in [(1, 10), (-10, -1)] {
        let day = |days: i64| today().checked_add(Span::new().days(days)).expect("a date").to_string();
        proxy["period"] = json!({ "from": day(from), "to": day(to) });
        her.citizen().put(&path, &proxy).expect(200);
        refused(&acting(), LOG);
    }
    proxy["period"] = json!(null);
    her.citizen().put(&path, &proxy).expect(200);
    acting().get(LOG).expect(200);
    her.citizen().ask("DELETE", &path).send().expect(204);
    refused(&acting(), LOG);
    her.citizen().get(&path).refused(404, "not-found");
    assert_eq!(her.citizen().get(PROXIES).expect(200).json()["proxies"], json!([]));
}

#[test]
fn a_proxy_holder_needs_no_token_of_her_own_kind() {
    // A citizen asks by number about one who has given her a proxy.
    let her = Someone::new(shared(), 100);
    let friend = stranger(101);
    let asks = || {
        shared()
            .who(&format!("innbygger-{friend}"))
            .post(&format!("{BASE}/$overview"), &parameters(&her.nin, None))
    };
    asks().refused(403, "other_citizen");
    let proxy = json!({ "holder": friend, "name": "Ola", "tasks": ["insight"] });
    her.citizen().post(PROXIES, &proxy).expect(201);
    asks().expect(200);
}

#[test]
fn what_is_wrong_with_a_proxy_is_told() {
    let her = Someone::new(shared(), 102);
    let good = json!({ "holder": stranger(103), "name": "Ola", "tasks": ["insight"] });
    for (field, value, rule) in [
        ("holder", json!(her.nin), "proxy-holder"),
        ("holder", json!("12345678901"), "proxy-holder"),
        ("holder", json!(null), "proxy-holder"),
        ("name", json!(""), "proxy-name"),
        ("name", json!("12345678901"), "proxy-name"),
        ("tasks", json!([]), "proxy-tasks"),
        ("tasks", json!(["everything"]), "proxy-tasks"),
        ("categories", json!(["alt"]), "proxy-categories"),
        ("period", json!({ "from": "i morgen" }), "proxy-period"),
        ("until", json!("2030"), "citizen-field-unknown"),
    ] {
        let mut proxy = good.clone();
        proxy[field] = value;
        her.citizen().post(PROXIES, &proxy).refused(422, rule);
    }
    assert_eq!(her.nurse().get(PROXIES).status, 403);
}

/// A child of an age in days after or before a birthday, with a note for each mark and a parent.
struct Child<'a> {
    kilde: &'a Kilde,
    nin: String,
    parent: String,
    notes: Vec<String>,
}

impl Child<'_> {
    fn new(kilde: &Kilde, number: usize, birth: Date, related: Value, by: &str) -> Child<'static> {
        let (nin, parent) = (stranger(number), stranger(number + 1));
        let subject = json!({ "type": "Patient", "identifier": { "system": FNR, "value": nin } });
        let source = kilde.who("epj-nordvik");
        let patient = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "birthDate": birth.to_string() });
        source.post(&format!("{BASE}/Patient"), &patient).expect(201);
        let mut notes = Vec::new();
        for mark in ["N", "NORN_FORANS", "NORN_UNGDOM"] {
            let note = json!({
                "resourceType": "Observation", "status": "final", "code": { "text": "notat" }, "subject": subject, "valueString": mark,
                "meta": { "security": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9603", "code": mark }] }
            });
            let made = source.post(&format!("{BASE}/Observation"), &note).expect(201).json();
            notes.push(made["id"].as_str().expect("an id").to_owned());
        }
        let mut person = json!({
            "resourceType": "RelatedPerson", "patient": subject, "identifier": [{ "system": FNR, "value": parent }],
            "relationship": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH" }] }]
        });
        for (name, value) in related.as_object().expect("an object") {
            person[name] = value.clone();
        }
        kilde.who(by).post(&format!("{BASE}/RelatedPerson"), &person).expect(201);
        Child {
            kilde: shared(),
            nin,
            parent,
            notes,
        }
    }

    /// Which of the notes somebody finds who names the child: unmarked, kept from parents, kept from the young; `None` if refused.
    fn found(&self, by: &str) -> Option<Vec<bool>> {
        let client = self.kilde.who(&format!("innbygger-{by}"));
        let form = format!("subject:identifier={}", encode(&format!("{FNR}|{}", self.nin)));
        let answer = client.search(&format!("{BASE}/Observation/_search"), &form);
        assert_eq!(answer.header("kilde-withheld"), "", "nothing tells that something is kept back");
        (answer.status == 200).then(|| self.notes.iter().map(|id| answer.text().contains(id.as_str())).collect())
    }
}

/// The birth date of somebody who turns so many years today, or so many days later.
fn turning(years: i16, days: i64) -> Date {
    today()
        .checked_sub(Span::new().years(years))
        .and_then(|d| d.checked_add(Span::new().days(days)))
        .expect("a date")
}

#[test]
fn parents_see_until_twelve_share_until_sixteen_and_then_nothing() {
    let kilde = shared();
    let all_but_kept = Some(vec![true, false, true]);
    let own = Some(vec![true, true, false]);
    for (number, birth, parent, child) in [
        (104, turning(12, 1), all_but_kept.clone(), own.clone()),
        (106, turning(12, 0), all_but_kept.clone(), own.clone()),
        (108, turning(16, 1), all_but_kept.clone(), own.clone()),
        (111, turning(16, 0), None, Some(vec![true, true, true])),
    ] {
        let one = Child::new(kilde, number, birth, json!({}), "epj-nordvik");
        assert_eq!(one.found(&one.parent), parent, "{birth}");
        assert_eq!(one.found(&one.nin), child, "{birth}");
        let kept = kilde
            .who(&format!("innbygger-{}", one.nin))
            .get(&format!("{BASE}/Observation/{}", one.notes[2]))
            .status;
        assert_eq!(kept == 200, child == Some(vec![true; 3]), "{birth}");
        assert_eq!(kilde.who(&format!("innbygger-{}", one.parent)).get(LOG).status, 200, "her own log");
    }
}

#[test]
fn only_what_a_trusted_source_says_now_makes_a_parent() {
    let kilde = shared();
    let child = turning(5, 0);
    for (number, related, by, may) in [
        (113, json!({}), "tavle-nordvik", false),
        (115, json!({ "active": false }), "epj-nordvik", false),
        (117, json!({ "period": { "end": "2020-01-01" } }), "epj-nordvik", false),
        (119, json!({ "period": { "start": "2020-01-01" } }), "epj-nordvik", true),
    ] {
        let one = Child::new(kilde, number, child, related.clone(), by);
        assert_eq!(one.found(&one.parent).is_some(), may, "{related} {by}");
    }
    let role =
        json!({ "relationship": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "AUNT" }] }] });
    let one = Child::new(kilde, 121, child, role, "epj-nordvik");
    assert_eq!(one.found(&one.parent), None);
    let guardian =
        json!({ "relationship": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "GUARD" }] }] });
    let one = Child::new(kilde, 123, turning(40, 0), guardian, "epj-nordvik");
    assert_eq!(one.found(&one.parent), Some(vec![true; 3]), "a guardian of somebody of age");
}
