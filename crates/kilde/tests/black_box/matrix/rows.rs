//! The table of side doors in the model of access, a test for each row. Each leak was seen in some server.

use super::world::{MARKS, Marked};
use crate::citizen::someone::BASE;
use crate::client::{Answer, Client, FNR, NOBODY, encode, parameters};
use crate::server::shared;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// She whom everybody tries to see, and he whom the nurse may.
static HER: LazyLock<Marked<'static>> = LazyLock::new(|| Marked::new(shared(), 160, true));
static HIM: LazyLock<Marked<'static>> = LazyLock::new(|| Marked::new(shared(), 161, false));

fn nurse() -> Client {
    HIM.attested("sykepleier-kad-nordvik")
}

fn get(client: &Client, path: &str) -> Answer {
    client.get(&format!("{BASE}/{path}"))
}

#[track_caller]
fn nothing_of_her(answer: &Answer) {
    let text = answer.everything();
    assert!(MARKS.iter().all(|(_, mark)| !text.contains(mark)), "{}", answer.start());
}

fn total(answer: &Answer) -> Value {
    answer.json()["total"].clone()
}

/// About him, by a source of the municipality, with a reference to something of hers.
fn mentioning(name: &str, reference: &str) -> Value {
    let mut all = json!({
        "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{}", HIM.patient) },
        "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] }
    });
    all[name] = json!([{ "reference": reference }]);
    let made = shared().who("epj-nordvik").post(&format!("{BASE}/Observation"), &all).expect(201);
    made.json()
}

#[test]
fn has_and_chained_search_probe_no_forbidden_values() {
    mentioning("hasMember", &format!("Observation/{}", HER.note));
    mentioning("focus", &format!("Patient/{}", HER.patient));
    for query in [
        "Observation?has-member.value-string=merke",
        "Observation?has-member.code=34109-9",
        "Observation?focus:Patient.family=merke",
        "Observation?has-member.subject:Patient.family=merke",
        "Observation?_filter=has-member.code%20eq%2034109-9",
        "Patient?_has:Observation:focus:_id=nothing",
        "Patient?_has:Observation:subject:has-member.value-string=merke",
        "Observation?_has:List:item:title=merke",
    ] {
        let answer = get(&nurse(), &format!("{query}&_total=accurate"));
        assert!(answer.status == 400 || total(&answer) == 0, "{query}: {}", answer.start());
        nothing_of_her(&answer);
        assert!(
            answer.status == 400 || total(&get(&nurse(), &format!("{query}&_summary=count"))) == 0,
            "{query}"
        );
    }
}

#[test]
fn includes_return_no_other_patients_resources() {
    mentioning("hasMember", &format!("Observation/{}", HER.note));
    mentioning("focus", &format!("Patient/{}", HER.patient));
    for query in [
        "Observation?_include=Observation:has-member&_include=Observation:focus",
        "Observation?_include=*&_include:iterate=*",
        "Patient?_revinclude=*&_revinclude:iterate=*&_include:iterate=*",
    ] {
        let answer = get(&nurse(), &format!("{query}&_count=200")).expect(200);
        nothing_of_her(&answer);
        let own = |r: &Value| r["resourceType"] == "Organization" || !r.to_string().contains(&format!("\"id\":\"{}\"", HER.note));
        assert!(answer.resources().iter().all(own));
    }
}

#[test]
fn page_links_skip_no_rule() {
    let first = get(&nurse(), "Observation?_count=1").expect(200);
    let link = first.next().expect("a next page");
    let thief = HER.attested("sykepleier-kad-nordvik");
    thief.get(&link).refused(400, "search-cursor-invalid");
    nurse().get(&link).expect(200);
}

#[test]
fn totals_and_counts_tell_of_no_others() {
    let all = total(&get(&nurse(), "Observation?_summary=count").expect(200));
    let of_him = total(&get(&nurse(), &format!("Observation?patient={}&_summary=count", HIM.patient)).expect(200));
    assert_eq!(all, of_him, "what is counted is his");
    for query in [
        "Patient?_summary=count",
        "Patient?_count=0",
        "Patient?_total=accurate",
        "Patient?_total=estimate",
    ] {
        assert_eq!(total(&get(&nurse(), query).expect(200)), 1, "{query}");
    }
}

#[test]
fn a_mention_in_focus_makes_nobody_the_patient() {
    let about_him = mentioning("focus", &format!("Patient/{}", HER.patient));
    let id = about_him["id"].as_str().expect("an id");
    for client in [HER.citizen(), HER.attested("lege-legevakt-nordvik")] {
        assert_eq!(get(&client, &format!("Observation/{id}")).status, 404);
        assert!(!get(&client, "Observation?_count=200").expect(200).text().contains(id));
        assert!(
            !get(&client, &format!("Patient/{}/$everything?_count=200", HER.patient))
                .expect(200)
                .text()
                .contains(id)
        );
        let found = get(&client, &format!("Observation?focus=Patient/{}&_summary=count", HER.patient)).expect(200);
        assert_eq!(total(&found), 0);
    }
}

#[test]
fn no_decision_is_remembered_past_a_change_nor_for_another_municipality() {
    let her = Marked::new(shared(), 162, true);
    let physician = her.attested("lege-legevakt-nordvik");
    let path = format!("Observation/{}", her.note);
    for _ in 0..2 {
        get(&physician, &path).expect(200);
        let block = her.block(json!({ "element": path }), false);
        assert_eq!(get(&physician, &path).status, 404);
        her.lift(&block);
    }
    get(&physician, &path).expect(200);
    let elsewhere = physician.get(&format!("/9902/fhir/r4/{path}"));
    assert!(elsewhere.status >= 400, "{}", elsewhere.start());
    nothing_of_her(&elsewhere);
    let neighbours = shared().who("sykepleier-dalfjord").attested(&her.nin);
    for instance in ["9901", "9902"] {
        let answer = neighbours.get(&format!("/{instance}/fhir/r4/{path}"));
        assert!(answer.status >= 400, "{}", answer.start());
        nothing_of_her(&answer);
    }
}

#[test]
fn operations_go_through_the_same_entrance() {
    let her = &HER;
    for path in [
        format!("Patient/{}/$everything", her.patient),
        format!("Composition/{}/$document", her.document),
        format!("Observation/{}/$validate", her.note),
        format!("Observation/{}/$meta", her.note),
        "$export".to_owned(),
        "Patient/$export".to_owned(),
        "$graphql?query=%7BPatient%7Bid%7D%7D".to_owned(),
        format!("Patient/{}/$summary", her.patient),
    ] {
        let answer = get(&nurse(), &path);
        assert!(answer.status >= 400, "{path}: {}", answer.start());
        nothing_of_her(&answer);
    }
    for operation in ["$overview", "$status"] {
        let answer = nurse().post(&format!("{BASE}/{operation}"), &parameters(&her.nin, None));
        answer.refused(403, "attestation_other_patient");
    }
}

#[test]
fn errors_tell_no_existence() {
    let her = &HER;
    for (path, id) in [
        ("Observation/ID", &her.note),
        ("Observation/ID", &her.pulse),
        ("Observation/ID/_history/1", &her.note),
        ("Observation/ID/_history/7", &her.note),
        ("Patient/ID", &her.patient),
        ("Patient/ID/$everything", &her.patient),
        ("Patient/ID/Observation", &her.patient),
        ("Composition/ID/$document", &her.document),
        ("Group/ID/$export", &her.list),
    ] {
        let ask = |id: &str| get(&nurse(), &path.replace("ID", id));
        let (hers, nobodys) = (ask(id), ask(NOBODY));
        assert_eq!(hers.status, nobodys.status, "{path}");
        let plain = |answer: &Answer| answer.text().replace("%2D", "-").replace(id.as_str(), NOBODY);
        assert_eq!(plain(&hers), plain(&nobodys), "{path}");
    }
}

#[test]
fn conditional_writes_find_nothing_of_others() {
    let condition = "identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnote-160";
    let nowhere = "identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnowhere";
    let body = json!({
        "resourceType": "Observation", "status": "final", "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "type": "Patient", "identifier": { "system": FNR, "value": HIM.nin } }, "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    });
    let create = |condition: &str| {
        let ask = nurse()
            .ask("POST", &format!("{BASE}/Observation"))
            .header("if-none-exist", condition);
        ask.json(&body).send()
    };
    let (met, unmet) = (create(condition), create(nowhere));
    assert_eq!((met.status, unmet.status), (201, 201), "{} {}", met.start(), unmet.start());
    let put = |condition: &str| nurse().put(&format!("{BASE}/Observation?{condition}"), &body).status;
    assert_eq!(put(condition), put(nowhere));
    let delete = |condition: &str| nurse().ask("DELETE", &format!("{BASE}/Observation?{condition}")).send().status;
    assert_eq!(delete(condition), delete(nowhere));
    // An id, a number, a message of hers: no refusal tells of them.
    let mut chosen = body.clone();
    let mut choose = |id: &str| {
        chosen["id"] = json!(id);
        nurse().put(&format!("{BASE}/Observation/{id}"), &chosen)
    };
    let (taken, free) = (choose(&HER.note), choose("01a20531-0000-7000-8000-00000000000f"));
    assert_eq!((taken.status, free.status), (404, 404), "{} {}", taken.start(), free.start());
    let beside = |nin: &str| {
        let mut both = body.clone();
        both["subject"] = json!({ "reference": format!("Patient/{}", HIM.patient), "identifier": { "system": FNR, "value": nin } });
        nurse().post(&format!("{BASE}/Observation"), &both)
    };
    let stranger = crate::citizen::someone::stranger(198);
    let (known, unknown) = (beside(&HER.nin), beside(&stranger));
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    known.refused(403, "write-forbidden");
    beside(&HIM.nin).expect(201);
    get(&HER.citizen(), &format!("Observation/{}", HER.note)).expect(200);
}

#[test]
fn history_shows_nothing_that_the_newest_version_hides_nor_that_it_hides_itself() {
    let her = Marked::new(shared(), 163, true);
    let source = shared().who("epj-nordvik");
    // A decision on coercion becomes one on home care, and a decision on home care becomes a note.
    let change = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut resource = get(&source, &format!("EpisodeOfCare/{id}")).expect(200).json();
        change(&mut resource);
        source.put(&format!("{BASE}/EpisodeOfCare/{id}"), &resource).expect(200);
    };
    change(&her.coercion, &|r| {
        r["type"][0] = json!({ "coding": [{ "system": "urn:oid:2.16.578.1.12.4.1.1.9151", "code": "15" }] })
    });
    change(&her.coercion, &|r| r["managingOrganization"]["display"] = json!("Umerket"));
    change(&her.service, &|r| r["type"] = json!([{ "text": "Notat" }]));
    let nurse = her.attested("sykepleier-legevakt-nordvik");
    let status = |client: &Client, path: String| get(client, &path).status;
    assert_eq!(status(&nurse, format!("EpisodeOfCare/{}/_history/1", her.coercion)), 404);
    assert_eq!(status(&nurse, format!("EpisodeOfCare/{}/_history/3", her.coercion)), 200);
    let history = get(&nurse, &format!("EpisodeOfCare/{}/_history", her.coercion)).expect(200);
    assert_eq!(history.resources().len(), 2, "{}", history.start());
    let clerk = her.attested("saksbehandler-nordvik");
    for path in ["", "/_history", "/_history/1", "/_history/2"] {
        assert_eq!(status(&clerk, format!("EpisodeOfCare/{}{path}", her.service)), 404, "{path}");
    }
    for path in ["_history?_count=200", "EpisodeOfCare/_history"] {
        assert!(!get(&clerk, path).expect(200).text().contains(&her.service), "{path}");
    }
}

#[test]
fn what_is_asked_of_terminology_and_validation_stands_in_no_technical_log() {
    let client = HIM.citizen();
    let mark = "Loggmerke8127";
    for path in [
        format!("CodeSystem/$lookup?system=https://example.org/{mark}&code={mark}"),
        format!("ValueSet/$expand?url=https://example.org/{mark}&filter={mark}"),
        format!("ValueSet/$validate-code?url=https://example.org/{mark}&code={mark}&display={mark}"),
        format!("Observation?code:in=https://example.org/{mark}"),
        format!("Patient?family={mark}&_content={mark}"),
    ] {
        get(&client, &path);
    }
    client.post(
        &format!("{BASE}/Patient/$validate"),
        &json!({ "resourceType": "Patient", "name": [{ "family": mark, "unknown": mark }], "gender": mark }),
    );
    let log = std::fs::read_to_string(&shared().stderr).expect("the technical log");
    assert!(log.len() > 100 && !log.contains(mark));
    assert!(MARKS.iter().all(|(_, mark)| !log.contains(mark)), "nor what is stored");
}

#[test]
fn export_is_for_systems_only() {
    for client in [
        HER.attested("lege-legevakt-nordvik"),
        HER.citizen(),
        shared().who("drift"),
        shared().who("personvernombud-nordvik"),
        HER.attested("saksbehandler-nordvik"),
    ] {
        for path in ["$export", "Patient/$export"] {
            let ask = client.ask("GET", &format!("{BASE}/{path}")).header("prefer", "respond-async");
            let answer = ask.send();
            assert_eq!(answer.status, 403, "{}", answer.start());
            answer.rule();
        }
    }
}

#[test]
fn a_write_names_no_other_organisation_as_its_author() {
    let organisation = |number: &str| json!({ "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": number });
    let composition = |author: Value, contained: Value| {
        json!({
            "resourceType": "Composition", "status": "final", "type": { "text": "Epikrise" }, "date": "2026-01-01", "title": "Epikrise",
            "subject": { "type": "Patient", "identifier": { "system": FNR, "value": HIM.nin } }, "author": [author], "contained": contained
        })
    };
    let system = shared().who("epj-nordvik");
    let send = |body: &Value| system.post(&format!("{BASE}/Composition"), body);
    let other = "399901014";
    let inside = |number: &str| {
        json!([{ "resourceType": "Organization", "id": "o", "identifier": [organisation(number)] },
        { "resourceType": "PractitionerRole", "id": "r", "organization": { "reference": "#o" } }])
    };
    for (author, contained) in [
        (json!({ "identifier": organisation(other) }), json!([])),
        (json!({ "reference": "#o" }), inside(other)),
        (json!({ "reference": "#r" }), inside(other)),
    ] {
        let mut body = composition(author, contained);
        if body["contained"].as_array().is_some_and(Vec::is_empty) {
            body.as_object_mut().map(|all| all.remove("contained"));
        }
        send(&body).refused(403, "author-organisation");
    }
    let found = get(&HIM.citizen(), &format!("Composition?author:identifier={}", encode(other))).expect(200);
    assert_eq!(total(&found), 0);
}
