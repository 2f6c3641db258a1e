//! The table of side doors in the model of access, a test for each row, for everybody who may see him and not her. Each leak was seen in some server.
//! What a municipality decides itself (`rules.rs`) is held to the same rows.

use super::world::{MARKS, Marked};
use crate::citizen::someone::BASE;
use crate::client::{Answer, Client, FNR, NOBODY, encode, parameters};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// She whom everybody tries to see, and he whom those who look may see; something of his names something of hers.
pub struct Scene<'a> {
    her: Marked<'a>,
    him: Marked<'a>,
    /// The number that she was made with.
    number: usize,
}

static SCENE: LazyLock<Scene<'static>> = LazyLock::new(|| Scene::new(shared(), 160));

/// Everybody whom a row is tried for, all attested for him.
const LOOKERS: [&str; 8] = [
    "sykepleier-kad-nordvik",
    "sykepleier-legevakt-nordvik",
    "lege-legevakt-nordvik",
    "hjemmesykepleier-nordvik",
    "fysioterapeut-nordvik",
    "saksbehandler-nordvik",
    "fastlege-nordvik",
    "sykepleier-dalfjord",
];

/// A row, tried for one who looks.
type TryIt = fn(&Scene<'_>, &Client);

/// The rows that hold whatever a municipality decides, each for one who looks.
pub const ROWS: [(&str, TryIt); 8] = [
    ("has and chained search", has_and_chained_search),
    ("includes", includes),
    ("page links", page_links),
    ("totals and counts", totals_and_counts),
    ("operations", operations),
    ("errors", errors),
    ("conditional writes", conditional_writes),
    ("export", export),
];

impl<'a> Scene<'a> {
    /// Two citizens of these numbers, and what names her in what is his.
    pub fn new(kilde: &'a Kilde, number: usize) -> Scene<'a> {
        let scene = Scene {
            her: Marked::new(kilde, number, true),
            him: Marked::new(kilde, number + 1, false),
            number,
        };
        scene.mentioning("hasMember", &format!("Observation/{}", scene.her.note));
        scene.mentioning("focus", &format!("Patient/{}", scene.her.patient));
        scene
    }

    /// Everybody, with an attestation for him, and he himself.
    pub fn lookers(&self) -> Vec<Client> {
        let attested = LOOKERS.iter().map(|who| self.him.attested(who));
        attested.chain([self.him.citizen()]).collect()
    }

    /// About him, by a source of the municipality, with a reference to something of hers.
    fn mentioning(&self, name: &str, reference: &str) -> Value {
        let mut all = json!({
            "resourceType": "Observation", "status": "final", "subject": { "reference": format!("Patient/{}", self.him.patient) },
            "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] }
        });
        all[name] = json!([{ "reference": reference }]);
        let made = self.him.kilde.who("epj-nordvik").post(&format!("{BASE}/Observation"), &all);
        made.expect(201).json()
    }
}

/// A row for everybody.
fn everybody(row: TryIt) {
    for looker in SCENE.lookers() {
        row(&SCENE, &looker);
    }
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

#[test]
fn has_and_chained_search_probe_no_forbidden_values() {
    everybody(has_and_chained_search);
}

fn has_and_chained_search(_: &Scene<'_>, looker: &Client) {
    for query in [
        "Observation?has-member.value-string=merke",
        "Observation?has-member.code=34109-9",
        "Observation?focus:Patient.family=merke",
        "Observation?has-member.subject:Patient.family=merke",
        "Observation?_filter=has-member.code%20eq%2034109-9",
        "Patient?_has:Observation:focus:_id=nothing",
        "Patient?_has:Observation:subject:has-member.value-string=merke",
        "Observation?_has:List:item:title=merke",
        "Observation?_sort=subject:Patient.family&has-member.value-string=merke",
    ] {
        for how in ["_total=accurate", "_summary=count"] {
            let answer = get(looker, &format!("{query}&{how}"));
            assert!(answer.status >= 400 || total(&answer) == 0, "{query}: {}", answer.start());
            nothing_of_her(&answer);
        }
    }
}

#[test]
fn includes_return_no_other_patients_resources() {
    everybody(includes);
}

fn includes(scene: &Scene<'_>, looker: &Client) {
    for query in [
        "Observation?_include=Observation:has-member&_include=Observation:focus",
        "Observation?_include=*&_include:iterate=*",
        "Patient?_revinclude=*&_revinclude:iterate=*&_include:iterate=*",
        "Observation?_sort=-date&_include=*",
    ] {
        let answer = get(looker, &format!("{query}&_count=200"));
        nothing_of_her(&answer);
        let hers = |r: &Value| r.to_string().contains(&format!("\"id\":\"{}\"", scene.her.note));
        assert!(answer.status >= 400 || !answer.resources().iter().any(hers), "{query}");
    }
}

#[test]
fn page_links_skip_no_rule() {
    everybody(page_links);
    let nurse = SCENE.him.attested("sykepleier-kad-nordvik");
    let link = get(&nurse, "Observation?_count=1").expect(200).next().expect("a next page");
    SCENE
        .her
        .attested("sykepleier-kad-nordvik")
        .get(&link)
        .refused(400, "search-cursor-invalid");
}

fn page_links(scene: &Scene<'_>, looker: &Client) {
    for query in ["Observation?_count=1", "Observation?_count=1&_sort=-date", "_history?_count=1"] {
        let first = get(looker, query);
        let Some(link) = (first.status == 200).then(|| first.next()).flatten() else {
            continue;
        };
        for thief in LOOKERS.iter().map(|who| scene.her.attested(who)).chain([scene.her.citizen()]) {
            let stolen = thief.get(&link);
            assert!(matches!(stolen.status, 400 | 403 | 404), "{link}: {}", stolen.start());
            nothing_of_her(&stolen);
        }
        nothing_of_her(&looker.get(&link).expect(200));
    }
}

#[test]
fn totals_and_counts_tell_of_no_others() {
    everybody(totals_and_counts);
    for who in ["sykepleier-kad-nordvik", "fysioterapeut-nordvik"] {
        let count = get(&SCENE.him.attested(who), "Patient?_summary=count").expect(200);
        assert_eq!(total(&count), 1, "it counts what there is");
    }
}

fn totals_and_counts(scene: &Scene<'_>, looker: &Client) {
    let count = |query: &str| {
        let answer = get(looker, query);
        (answer.status == 200).then(|| total(&answer))
    };
    let of_him = count(&format!("Observation?patient={}&_summary=count", scene.him.patient));
    assert_eq!(count("Observation?_summary=count"), of_him, "what is counted is his");
    for query in [
        "Patient?_summary=count",
        "Patient?_count=0",
        "Patient?_total=accurate",
        "Patient?_total=estimate",
        "Patient?_sort=family&_total=accurate&_count=1",
    ] {
        let total = count(query);
        assert!(total.as_ref().is_none_or(|total| *total == 0 || *total == 1), "{query}: {total:?}");
    }
}

#[test]
fn a_mention_in_focus_makes_nobody_the_patient() {
    let her = &SCENE.her;
    let about_him = SCENE.mentioning("focus", &format!("Patient/{}", her.patient));
    let id = about_him["id"].as_str().expect("an id");
    for client in LOOKERS.iter().map(|who| her.attested(who)).chain([her.citizen()]) {
        assert!(get(&client, &format!("Observation/{id}")).status >= 400);
        for path in [
            "Observation?_count=200",
            "Observation?_count=200&_sort=-date",
            &format!("Patient/{}/$everything?_count=200", her.patient),
        ] {
            assert!(!get(&client, path).text().contains(id), "{path}");
        }
        let found = get(&client, &format!("Observation?focus=Patient/{}&_summary=count", her.patient));
        assert!(found.status >= 400 || total(&found) == 0, "{}", found.start());
    }
    get(&her.attested("lege-legevakt-nordvik"), "Observation?_count=200").expect(200);
}

#[test]
fn no_decision_is_remembered_past_a_change_nor_for_another_municipality() {
    let her = Marked::new(shared(), 162, true);
    let path = format!("Observation/{}", her.note);
    for who in [
        "lege-legevakt-nordvik",
        "sykepleier-kad-nordvik",
        "hjemmesykepleier-nordvik",
        "fastlege-nordvik",
    ] {
        let reader = her.attested(who);
        for _ in 0..2 {
            get(&reader, &path).expect(200);
            let block = her.block(json!({ "element": path }), false);
            assert_eq!(get(&reader, &path).status, 404, "{who}");
            her.lift(&block);
        }
        get(&reader, &path).expect(200);
        let elsewhere = reader.get(&format!("/9902/fhir/r4/{path}"));
        assert!(elsewhere.status >= 400, "{}", elsewhere.start());
        nothing_of_her(&elsewhere);
    }
    let neighbours = shared().who("sykepleier-dalfjord").attested(&her.nin);
    for instance in ["9901", "9902"] {
        let answer = neighbours.get(&format!("/{instance}/fhir/r4/{path}"));
        assert!(answer.status >= 400, "{}", answer.start());
        nothing_of_her(&answer);
    }
}

#[test]
fn operations_go_through_the_same_entrance() {
    everybody(operations);
    for operation in ["$overview", "$status"] {
        let asked = parameters(&SCENE.her.nin, None);
        let answer = SCENE
            .him
            .attested("sykepleier-kad-nordvik")
            .post(&format!("{BASE}/{operation}"), &asked);
        answer.refused(403, "attestation_other_patient");
    }
}

fn operations(scene: &Scene<'_>, looker: &Client) {
    let her = &scene.her;
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
        let answer = get(looker, &path);
        assert!(answer.status >= 400, "{path}: {}", answer.start());
        nothing_of_her(&answer);
    }
    for operation in ["$overview", "$status"] {
        let answer = looker.post(&format!("{BASE}/{operation}"), &parameters(&her.nin, None));
        assert_eq!(answer.status, 403, "{operation}: {}", answer.start());
    }
}

#[test]
fn errors_tell_no_existence() {
    everybody(errors);
}

fn errors(scene: &Scene<'_>, looker: &Client) {
    let her = &scene.her;
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
        let ask = |id: &str| get(looker, &path.replace("ID", id));
        let (hers, nobodys) = (ask(id), ask(NOBODY));
        assert_eq!(hers.status, nobodys.status, "{path}");
        let plain = |answer: &Answer| answer.text().replace("%2D", "-").replace(id.as_str(), NOBODY);
        assert_eq!(plain(&hers), plain(&nobodys), "{path}");
    }
}

#[test]
fn conditional_writes_find_nothing_of_others() {
    everybody(conditional_writes);
    let nurse = SCENE.him.attested("sykepleier-kad-nordvik");
    let condition = format!("identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnote-{}", SCENE.number);
    let create = nurse
        .ask("POST", &format!("{BASE}/Observation"))
        .header("if-none-exist", &condition);
    create.json(&pulse_of(&SCENE.him)).send().expect(201);
    beside(&SCENE, &nurse, &SCENE.her.nin).refused(403, "write-forbidden");
    beside(&SCENE, &nurse, &SCENE.him.nin).expect(201);
}

fn pulse_of(him: &Marked<'_>) -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "type": "Patient", "identifier": { "system": FNR, "value": him.nin } }, "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    })
}

/// A measurement of his beside a national id.
fn beside(scene: &Scene<'_>, looker: &Client, nin: &str) -> Answer {
    let mut both = pulse_of(&scene.him);
    both["subject"] = json!({ "reference": format!("Patient/{}", scene.him.patient), "identifier": { "system": FNR, "value": nin } });
    looker.post(&format!("{BASE}/Observation"), &both)
}

fn conditional_writes(scene: &Scene<'_>, looker: &Client) {
    let condition = format!("identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnote-{}", scene.number);
    let nowhere = "identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnowhere";
    let body = pulse_of(&scene.him);
    let create = |condition: &str| {
        let ask = looker
            .ask("POST", &format!("{BASE}/Observation"))
            .header("if-none-exist", condition);
        ask.json(&body).send().status
    };
    assert_eq!(create(&condition), create(nowhere));
    let put = |condition: &str| looker.put(&format!("{BASE}/Observation?{condition}"), &body).status;
    assert_eq!(put(&condition), put(nowhere));
    let delete = |condition: &str| looker.ask("DELETE", &format!("{BASE}/Observation?{condition}")).send().status;
    assert_eq!(delete(&condition), delete(nowhere));
    // An id, a number, a message of hers: no refusal tells of them.
    let choose = |id: &str| {
        let mut chosen = body.clone();
        chosen["id"] = json!(id);
        looker.put(&format!("{BASE}/Observation/{id}"), &chosen)
    };
    let (taken, free) = (choose(&scene.her.note), choose("01a20531-0000-7000-8000-00000000000f"));
    assert_eq!(taken.status, free.status, "{} {}", taken.start(), free.start());
    assert!(taken.status >= 400);
    let stranger = crate::citizen::someone::stranger(198);
    let (known, unknown) = (beside(scene, looker, &scene.her.nin), beside(scene, looker, &stranger));
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    get(&scene.her.citizen(), &format!("Observation/{}", scene.her.note)).expect(200);
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
    let mark = "Loggmerke8127";
    let asked = [
        format!("CodeSystem/$lookup?system=https://example.org/{mark}&code={mark}"),
        format!("ValueSet/$expand?url=https://example.org/{mark}&filter={mark}"),
        format!("ValueSet/$validate-code?url=https://example.org/{mark}&code={mark}&display={mark}"),
        format!("Observation?code:in=https://example.org/{mark}"),
        format!("Patient?family={mark}&_content={mark}"),
    ];
    let wrong = json!({ "resourceType": "Patient", "name": [{ "family": mark, "unknown": mark }], "gender": mark });
    for client in SCENE.lookers() {
        for path in &asked {
            get(&client, path);
        }
        client.post(&format!("{BASE}/Patient/$validate"), &wrong);
    }
    let log = std::fs::read_to_string(&shared().stderr).expect("the technical log");
    assert!(log.len() > 100 && !log.contains(mark));
    assert!(MARKS.iter().all(|(_, mark)| !log.contains(mark)), "nor what is stored");
}

#[test]
fn export_is_for_systems_only() {
    everybody(export);
    for client in [
        "drift",
        "personvernombud-nordvik",
        "tilgangsforvalter-nordvik",
        "leder-legevakt-nordvik",
        "personvernombud-dalfjord",
    ] {
        export(&SCENE, &shared().who(client));
    }
}

fn export(_: &Scene<'_>, looker: &Client) {
    for path in ["$export", "Patient/$export", "$export?_type=Patient"] {
        let ask = looker.ask("GET", &format!("{BASE}/{path}")).header("prefer", "respond-async");
        let answer = ask.send();
        assert_eq!(answer.status, 403, "{}", answer.start());
        answer.rule();
    }
}

#[test]
fn a_write_names_no_other_organisation_as_its_author() {
    let organisation = |number: &str| json!({ "system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": number });
    let composition = |author: Value, contained: Value| {
        json!({
            "resourceType": "Composition", "status": "final", "type": { "text": "Epikrise" }, "date": "2026-01-01", "title": "Epikrise",
            "subject": { "type": "Patient", "identifier": { "system": FNR, "value": SCENE.him.nin } }, "author": [author], "contained": contained
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
        for looker in SCENE.lookers() {
            let answer = looker.post(&format!("{BASE}/Composition"), &body);
            assert_eq!(answer.status, 403, "{}", answer.start());
        }
    }
    let found = get(&SCENE.him.citizen(), &format!("Composition?author:identifier={}", encode(other))).expect(200);
    assert_eq!(total(&found), 0);
}
