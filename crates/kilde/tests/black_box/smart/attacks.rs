//! What a scope must not give, and what a launch must not be used for.

use super::app::{App, BACK, ehr, sent, step};
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
fn read_is_not_search_and_search_is_not_read() {
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
fn a_scope_that_is_not_understood_gives_nothing() {
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
fn a_launch_for_one_patient_opens_no_other() {
    let app = App::new(false);
    let token = app.in_journal("sykepleier-legevakt-nordvik", SOLVEIG, "launch patient/*.rs");
    let other = app.in_journal("lege-legevakt-nordvik", OLAV, "launch patient/*.rs");
    let answer = token.get(&format!("{FHIR}/Patient/{}", other.patient()));
    assert!(answer.status == 404 || answer.status == 403, "{}", answer.start());
    let search = token.get(&format!("{FHIR}/EpisodeOfCare?patient={}", other.patient()));
    assert!(search.status == 403 || search.resources().is_empty(), "{}", search.start());
    // A recorded relation gives home nursing more than one patient; `patient/` still means the one of the launch.
    let home = shared().who("hjemmesykepleier-nordvik").scope("patient/*.rs");
    assert!(
        home.get(&format!("{FHIR}/Patient/{}", other.patient())).status >= 403,
        "without a launch there is no patient"
    );
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
    let id = made["id"].as_str().expect("an id");
    let mut changed = made.clone();
    changed["code"]["text"] = json!("y");
    let path = format!("{FHIR}/Observation/{id}");
    assert_eq!(creates.put(&path, &changed).status, 403, "create is not update");
    assert_eq!(creates.ask("DELETE", &path).send().status, 403, "create is not delete");
    let patch = creates
        .ask("PATCH", &path)
        .body(
            "application/json-patch+json",
            r#"[{"op":"replace","path":"/code/text","value":"y"}]"#,
        )
        .send();
    assert_eq!(patch.status, 403, "create is not patch: {}", patch.start());
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": changed, "request": {"method": "PUT", "url": format!("Observation/{id}")}}]});
    assert_eq!(creates.post(FHIR, &bundle).status, 403, "nor in a transaction");
    shared()
        .who("epj-nordvik")
        .scope("system/Observation.u")
        .put(&path, &changed)
        .expect(200);
    let deletes = shared()
        .who("epj-nordvik")
        .scope("system/Observation.d")
        .ask("DELETE", &path)
        .send();
    assert!(deletes.status < 300, "{}", deletes.start());
}

#[test]
fn codes_and_launches_are_good_once_for_their_own_app() {
    let (app, thief) = (App::new(false), App::new(false));
    let handle = app.launched("sykepleier-legevakt-nordvik", SOLVEIG);
    let (_, location, _) = step("GET", &app.authorize("launch patient/*.rs", Some(&handle)), None);
    let code = sent(&location, "code");
    assert_eq!(thief.exchange(&code, "").json()["error"], "invalid_grant", "another app");
    assert_eq!(app.exchange(&code, "").json()["error"], "invalid_grant", "it has been shown");
    let (_, location, _) = step("GET", &app.authorize("launch patient/*.rs", Some(&handle)), None);
    assert!(location.contains("error=invalid_request"), "a launch counts once: {location}");
    let fresh = || {
        let handle = app.launched("sykepleier-legevakt-nordvik", SOLVEIG);
        sent(&step("GET", &app.authorize("launch patient/*.rs", Some(&handle)), None).1, "code")
    };
    let wrong = format!("&code_verifier={}", "x".repeat(43));
    assert_eq!(app.exchange(&fresh(), &wrong).json()["error"], "invalid_grant", "another verifier");
    assert_eq!(app.exchange(&fresh(), "").status, 200);
    let confidential = App::new(true);
    let borrowed = App {
        id: confidential.id.clone(),
        dpop: kilde_sandbox::DpopKey::generate().expect("a key"),
        key: None,
    };
    let handle = confidential.launched("sykepleier-legevakt-nordvik", SOLVEIG);
    let (_, location, _) = step("GET", &confidential.authorize("launch patient/*.rs", Some(&handle)), None);
    assert_eq!(
        borrowed.exchange(&sent(&location, "code"), "").json()["error"],
        "invalid_client",
        "without its key"
    );
}

#[test]
fn the_browser_is_sent_to_registered_addresses_only() {
    let app = App::new(false);
    let good = app.authorize("launch/patient patient/*.rs", None);
    let other = good.replace(&encode(BACK), &encode("https://evil.example/"));
    assert_eq!(step("GET", &other, None).0, 400);
    assert_eq!(step("GET", &good.replace(&app.id, "nobody"), None).0, 400);
    for (from, to) in [
        ("S256", "plain"),
        ("response_type=code", "response_type=token"),
        ("9901%2Ffhir", "9902%2Ffhir"),
        ("%2Ers", "%2Eread"),
    ] {
        let (status, location, _) = step("GET", &good.replace(from, to), None);
        assert!(
            status == 303 && location.starts_with(&format!("{BACK}?error=")),
            "{from}: {status} {location}"
        );
    }
}
