//! What a scope must not give. The table of doors (`matrix/`) tries scopes as well, through each door.

use super::app::App;
use crate::client::{Client, OLAV, SOLVEIG, encode, parameters};
use crate::server::shared;
use serde_json::json;

const FHIR: &str = "/9901/fhir/r4";

/// A persona with SMART scopes in her token, right or wrong.
fn with(persona: &str, patient: &str, scope: &str) -> Client {
    shared().who(persona).attested(patient).scope(scope)
}

/// Whatever is about her, without a chain through a Patient.
fn of(nin: &str) -> String {
    format!("patient:identifier={}", encode(&format!("{}|{nin}", crate::client::FNR)))
}

fn types(client: &Client, patient: &str) -> Vec<String> {
    let form = format!("{}&_count=200", of(patient));
    let mut all: Vec<String> = Vec::new();
    for rtype in ["EpisodeOfCare", "Observation", "Condition"] {
        let found = client.search(&format!("{FHIR}/{rtype}/_search"), &form);
        all.push(format!("{rtype} {}", found.status));
        all.extend(found.resources().iter().map(|r| format!("{}/{}", r["resourceType"], r["id"])));
    }
    all.sort();
    all
}

#[test]
fn a_scope_wider_than_the_policy_gives_nothing_more() {
    for persona in ["sykepleier-legevakt-nordvik", "fysioterapeut-nordvik"] {
        let plain = types(&shared().who(persona).attested(SOLVEIG), SOLVEIG);
        for scope in ["user/*.cruds patient/*.cruds system/*.cruds", "user/*.rs"] {
            assert_eq!(types(&with(persona, SOLVEIG, scope), SOLVEIG), plain, "{persona}: {scope}");
        }
    }
    let drift = shared().who("drift").scope("system/*.cruds user/*.cruds patient/*.cruds");
    assert_eq!(drift.get(&format!("{FHIR}/Patient?_count=1")).status, 403);
    let citizen = shared().who(&format!("innbygger-{OLAV}")).scope("user/*.cruds");
    assert_eq!(citizen.post(&format!("{FHIR}/$overview"), &parameters(SOLVEIG, None)).status, 403);
}

#[test]
fn a_narrow_scope_takes_away_the_other_types_at_every_door() {
    let whole = shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG);
    let narrow = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/Patient.rs");
    let episodes = whole
        .search(&format!("{FHIR}/EpisodeOfCare/_search"), &of(SOLVEIG))
        .expect(200)
        .resources();
    let episode = episodes.first().and_then(|r| r["id"].as_str()).expect("an episode").to_owned();
    let absent = narrow.get(&format!("{FHIR}/EpisodeOfCare/01a20531-0000-7000-8000-000000000000"));
    for path in [
        format!("EpisodeOfCare/{episode}"),
        format!("EpisodeOfCare/{episode}/_history"),
        format!("EpisodeOfCare/{episode}/_history/1"),
    ] {
        let answer = narrow.get(&format!("{FHIR}/{path}"));
        assert_eq!((answer.status, answer.rule()), (absent.status, absent.rule()), "{path}");
    }
    let patient = narrow
        .search(&format!("{FHIR}/Patient/_search"), &format!("identifier={SOLVEIG}"))
        .expect(200)
        .resources();
    let id = patient.first().and_then(|r| r["id"].as_str()).expect("the patient").to_owned();
    for query in [
        format!("EpisodeOfCare?patient={id}"),
        format!("EpisodeOfCare?patient={id}&_summary=count"),
        format!("Patient?_id={id}&_has:EpisodeOfCare:patient:_id={episode}"),
        format!("EpisodeOfCare?patient.name=Solveig&patient={id}"),
        format!("?_type=EpisodeOfCare&patient={id}"),
    ] {
        let answer = narrow.get(&format!("{FHIR}/{query}"));
        let bundle = answer.json();
        let total = bundle["total"].as_u64().unwrap_or(0);
        assert!(answer.resources().is_empty() && total == 0, "{query}: {}", answer.start());
    }
    let included = narrow
        .get(&format!("{FHIR}/Patient?_id={id}&_revinclude=EpisodeOfCare:patient"))
        .expect(200);
    assert!(!included.text().contains("EpisodeOfCare\""), "{}", included.start());
    let everything = narrow.get(&format!("{FHIR}/Patient/{id}/$everything"));
    assert!(!everything.text().contains(&episode), "{}", everything.start());
    let overview = narrow.post(&format!("{FHIR}/$overview"), &parameters(SOLVEIG, None));
    assert!(!overview.text().contains(&episode));
}

#[test]
pub fn read_is_not_search_and_search_is_not_read() {
    let whole = shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG);
    let episodes = whole
        .search(&format!("{FHIR}/EpisodeOfCare/_search"), &of(SOLVEIG))
        .expect(200)
        .resources();
    let episode = episodes.first().and_then(|r| r["id"].as_str()).expect("an episode").to_owned();
    let form = of(SOLVEIG);
    let reads = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/EpisodeOfCare.r");
    reads.get(&format!("{FHIR}/EpisodeOfCare/{episode}")).expect(200);
    assert!(
        reads
            .search(&format!("{FHIR}/EpisodeOfCare/_search"), &form)
            .expect(200)
            .resources()
            .is_empty()
    );
    let searches = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/EpisodeOfCare.s");
    assert_eq!(searches.get(&format!("{FHIR}/EpisodeOfCare/{episode}")).status, 404);
    assert!(
        !searches
            .search(&format!("{FHIR}/EpisodeOfCare/_search"), &form)
            .expect(200)
            .resources()
            .is_empty()
    );
}

#[test]
pub fn a_scope_that_is_not_understood_gives_nothing() {
    for scope in [
        "patient/EpisodeOfCare.rs?status=active",
        "patient/EpisodeOfCare.read",
        "patient/*.*",
        "system/*.cruds",
        "patient/episodeofcare.rs",
    ] {
        let client = with("sykepleier-legevakt-nordvik", SOLVEIG, scope);
        let answer = client.search(&format!("{FHIR}/EpisodeOfCare/_search"), &of(SOLVEIG));
        assert_eq!(answer.status, 403, "{scope}: {}", answer.start());
        assert!(answer.header("www-authenticate").contains("insufficient_scope"), "{scope}");
    }
}

#[test]
pub fn a_launch_for_one_patient_opens_no_other() {
    let app = App::new(false);
    let token = app.in_journal("sykepleier-legevakt-nordvik", SOLVEIG, "launch patient/*.rs");
    let other = app.in_journal("lege-legevakt-nordvik", OLAV, "launch patient/*.rs");
    let answer = token.get(&format!("{FHIR}/Patient/{}", other.patient()));
    assert!(answer.status == 404 || answer.status == 403, "{}", answer.start());
    let search = token.get(&format!("{FHIR}/EpisodeOfCare?patient={}", other.patient()));
    assert!(search.status == 403 || search.resources().is_empty(), "{}", search.start());
    let operation = |nin: &str| token.ask("POST", &format!("{FHIR}/$overview")).json(&parameters(nin, None)).send();
    operation(OLAV).refused(403, "scope_missing");
    operation(&crate::client::stranger(3)).refused(403, "scope_missing");
    operation(SOLVEIG).expect(200);
}

#[test]
fn a_scope_of_reading_is_not_used_for_writing() {
    let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"identifier": {"system": crate::client::FNR, "value": OLAV}}});
    let read = shared()
        .who("epj-nordvik")
        .scope("system/*.rs")
        .post(&format!("{FHIR}/Observation"), &body);
    assert_eq!((read.status, read.rule().as_str()), (403, "scope_missing"));
    assert!(read.header("www-authenticate").contains("insufficient_scope"));
    let other_type = shared()
        .who("epj-nordvik")
        .scope("system/Observation.rs system/Condition.cruds")
        .post(&format!("{FHIR}/Observation"), &body);
    assert_eq!(other_type.status, 403, "{}", other_type.start());
    let creates = shared().who("epj-nordvik").scope("system/Observation.crs");
    let made = creates.post(&format!("{FHIR}/Observation"), &body).expect(201).json();
    let condition = |client: &Client| {
        let ask = client
            .ask("POST", &format!("{FHIR}/Observation"))
            .header("if-none-exist", "status=final");
        ask.json(&body).send()
    };
    condition(&creates).refused(412, "condition-many");
    condition(&shared().who("epj-nordvik").scope("system/Observation.c")).refused(403, "write-forbidden");
    let id = made["id"].as_str().expect("an id");
    let mut changed = made.clone();
    changed["code"]["text"] = json!("y");
    let path = format!("{FHIR}/Observation/{id}");
    assert_eq!(creates.put(&path, &changed).status, 403, "create is not update");
    assert_eq!(creates.ask("DELETE", &path).send().status, 403, "create is not delete");
    let patch = |client: &Client, path: &str| {
        let change = r#"[{"op":"replace","path":"/code/text","value":"y"}]"#;
        client.ask("PATCH", path).body("application/json-patch+json", change).send()
    };
    assert_eq!(patch(&creates, &path).status, 403, "create is not patch");
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": changed, "request": {"method": "PUT", "url": format!("Observation/{id}")}}]});
    assert_eq!(creates.post(FHIR, &bundle).status, 403, "nor in a transaction");
    let updates = shared().who("epj-nordvik").scope("system/Observation.u");
    updates.put(&path, &changed).expect(200);
    let patched = patch(&updates, &path).expect(200);
    assert!(
        patched.body.is_empty(),
        "what was not sent is read by nobody who may not: {}",
        patched.start()
    );
    patch(&updates, &format!("{FHIR}/Observation?_id={id}")).refused(403, "write-forbidden");
    updates
        .put(&format!("{FHIR}/Observation?_id={id}"), &changed)
        .refused(403, "write-forbidden");
    // The scope of updates allows one that makes a new resource (scopes and launch context).
    let chosen = super::app::uuid();
    changed["id"] = json!(chosen);
    updates.put(&format!("{FHIR}/Observation/{chosen}"), &changed).expect(201);
    let deletes = shared()
        .who("epj-nordvik")
        .scope("system/Observation.d")
        .ask("DELETE", &path)
        .send();
    assert!(deletes.status < 300, "{}", deletes.start());
}

#[test]
fn the_history_of_a_type_and_of_all_is_a_search() {
    let path = |end: &str| format!("{FHIR}/{end}");
    let reads = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/*.r");
    let searches = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/*.s");
    for history in ["EpisodeOfCare/_history", "_history"] {
        assert!(reads.get(&path(history)).expect(200).resources().is_empty(), "{history}");
        assert!(!searches.get(&path(history)).expect(200).resources().is_empty(), "{history}");
    }
}

#[test]
fn a_page_link_is_good_for_the_scopes_it_was_given_for() {
    let wide = with("sykepleier-legevakt-nordvik", SOLVEIG, "patient/*.rs");
    let first = wide.get(&format!("{FHIR}/Observation?_count=1")).expect(200);
    let link = first.next().expect("a next page");
    for other in ["patient/Patient.rs", "patient/Observation.rs", "user/*.rs"] {
        with("sykepleier-legevakt-nordvik", SOLVEIG, other)
            .get(&link)
            .refused(400, "search-cursor-invalid");
    }
    wide.get(&link).expect(200);
}

#[test]
fn smart_scopes_open_nothing_but_resources() {
    let citizen = shared().who(&format!("innbygger-{OLAV}")).scope("patient/*.cruds user/*.cruds");
    for path in ["tilgangslogg", "sperringer", "fullmakter"] {
        citizen.get(&format!("/9901/innbygger/{path}")).refused(403, "scope_missing");
    }
    let officer = shared().who("personvernombud-nordvik").scope("user/*.cruds");
    assert_eq!(officer.get(&format!("{FHIR}/AuditEvent?_count=1")).status, 403);
    let export = shared().who("epj-nordvik").scope("system/*.cruds");
    let import = export.ask("POST", &format!("{FHIR}/$import")).header("prefer", "respond-async");
    assert_eq!(import.body("application/fhir+ndjson", "{}").send().status, 403);
}

#[test]
fn an_export_has_the_types_of_the_scopes() {
    let system = |scope: &str| shared().who("epj-nordvik").scope(scope);
    let begin = |client: &Client| {
        let ask = client.ask("GET", &format!("{FHIR}/Patient/$export?_type=Patient,EpisodeOfCare"));
        ask.header("accept", "application/fhir+json")
            .header("prefer", "respond-async")
            .send()
    };
    let narrow = system("system/Patient.rs");
    let begun = begin(&narrow).expect(202);
    let local = |url: &str| url[url.find("/9901/").expect("a path")..].to_owned();
    let status = local(begun.header("content-location"));
    let manifest = loop {
        let answer = narrow.get(&status);
        if answer.status == 200 {
            break answer.json();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let output = manifest["output"].as_array().expect("files");
    assert!(
        !output.is_empty() && output.iter().all(|file| file["type"] == "Patient"),
        "{manifest}"
    );
    let file = local(output[0]["url"].as_str().expect("a url"));
    let fetch = |client: &Client| client.ask("GET", &file).header("accept", "application/fhir+ndjson").send();
    assert!(!fetch(&narrow).expect(200).body.is_empty());
    assert!(
        fetch(&system("system/EpisodeOfCare.rs")).body.is_empty(),
        "judged again when it is fetched"
    );
    narrow.ask("DELETE", &status).send().expect(202);
}
