//! `history`: <https://hl7.org/fhir/R4/http.html#history>.

use super::{address, at, basic, created, hers, system, version};
use crate::client::{Client, NOBODY, OLAV, SOLVEIG, encode};
use crate::server::shared;
use serde_json::{Value, json};

/// Makes versions 1 to `n` of a resource; its address.
fn versions(value: &str, n: usize) -> String {
    let first = created(&basic(value));
    let path = address(&first);
    for number in 2..=n {
        let mut next = first.json();
        next["code"]["text"] = json!(format!("nr {number}"));
        system().put(&path, &next).expect(200);
    }
    path
}

/// All pages of a history, each version as `[id, versionId]`.
fn pages(client: &Client, start: &str) -> Vec<(Value, Value)> {
    let (mut out, mut next, mut turns) = (Vec::new(), Some(start.to_owned()), 0);
    while let Some(path) = next {
        let page = client.get(&path).expect(200);
        assert_eq!(page.json()["type"], "history");
        let entries = page.json()["entry"].clone();
        for entry in entries.as_array().into_iter().flatten() {
            let resource = &entry["resource"];
            out.push((resource["id"].clone(), resource["meta"]["versionId"].clone()));
        }
        next = page.next();
        turns += 1;
        assert!(turns < 500);
    }
    out
}

/// SHALL: A history is sorted with the newest versions first and holds the deletion as an entry without resource (http.html#history)
#[test]
fn http_history_shall_have_the_newest_first_and_tell_deletions() {
    let path = versions("history-order", 2);
    system().ask("DELETE", &path).send().expect(204);
    let history = system().get(&format!("{path}/_history")).expect(200).json();
    let methods: Vec<&str> = (0..3)
        .map(|n| history["entry"][n]["request"]["method"].as_str().expect("a method"))
        .collect();
    assert_eq!(methods, ["DELETE", "PUT", "POST"]);
    assert!(history["entry"][0].get("resource").is_none());
    assert_eq!(history["entry"][1]["response"]["etag"], "W/\"2\"");
}

/// SHALL: An instance's history comes in pages of _count, each version once (http.html#history)
#[test]
fn http_history_instance_shall_come_in_pages() {
    let path = versions("history-pages", 5);
    let found: Vec<Value> = pages(&system(), &format!("{path}/_history?_count=2"))
        .into_iter()
        .map(|(_, v)| v)
        .collect();
    assert_eq!(found, ["5", "4", "3", "2", "1"].map(|v| json!(v)));
    system()
        .get(&format!("{path}/_history?_count=nei"))
        .refused(400, "history-parameter");
    system()
        .get(&format!("{path}/_history?finnes=ikke"))
        .refused(400, "history-parameter");
    system()
        .ask("GET", &format!("{path}/_history?finnes=ikke"))
        .header("prefer", "handling=lenient")
        .send()
        .expect(200);
    system()
        .get(&format!("{}/_history", at("Basic/finnes-ikke")))
        .refused(404, "not-found");
}

/// SHALL: The history of a type and of everything hold all versions of what the reader reaches, each once (http.html#history)
#[test]
fn http_history_of_type_and_system_shall_hold_every_version_once() {
    let since = jiff_now();
    let paths = [versions("history-type-a", 2), versions("history-type-b", 3)];
    for start in [
        format!("Basic/_history?_count=3&_since={since}"),
        format!("_history?_count=3&_since={since}"),
    ] {
        let found = pages(&system(), &at(&start));
        for (path, n) in paths.iter().zip([2, 3]) {
            let id = path.rsplit('/').next().expect("an id");
            let mine: Vec<&Value> = found.iter().filter(|(i, _)| i == id).map(|(_, v)| v).collect();
            let expected: Vec<Value> = (1..=n).rev().map(|v: i32| json!(v.to_string())).collect();
            assert_eq!(mine, expected.iter().collect::<Vec<_>>(), "{start}");
        }
    }
    let patients = pages(&system(), &at("Patient/_history?_count=500"));
    assert!(patients.len() >= crate::server::PEOPLE / 4, "{}", patients.len());
}

fn jiff_now() -> String {
    encode(&kilde_fhir::date::format_instant(crate::client::now_ms()))
}

/// SHALL: _since leaves out what was made before it, and _at what was not current then (http.html#history)
#[test]
fn http_history_shall_obey_since_and_at() {
    let path = versions("history-time", 1);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let between = jiff_now();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let mut next = system().get(&path).expect(200).json();
    next["code"]["text"] = json!("to");
    system().put(&path, &next).expect(200);
    let of = |query: &str| {
        pages(&system(), &format!("{path}/_history?{query}"))
            .into_iter()
            .map(|(_, v)| v)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&format!("_since={between}")), [json!("2")]);
    assert_eq!(of(&format!("_at={between}")), [json!("1")]);
    assert_eq!(of("_at=2026"), [json!("2"), json!("1")]);
    assert_eq!(of("_since=2000-01-01"), [json!("2"), json!("1")]);
    assert!(of("_since=2999-01-01T00:00:00Z").is_empty());
    system()
        .get(&format!("{path}/_history?_since=nei"))
        .refused(400, "history-parameter");
    let id = path.rsplit('/').next().expect("an id");
    let typed: Vec<Value> = pages(&system(), &at(&format!("Basic/_history?_at={between}&_count=1000")))
        .into_iter()
        .filter(|(i, _)| i == id)
        .map(|(_, v)| v)
        .collect();
    assert_eq!(typed, [json!("1")]);
}

/// SHALL: No history holds a version of a resource that the reader may not read (deny by default)
#[test]
fn http_history_of_type_and_system_shall_hold_nothing_of_another_patient() {
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = pages(&physician, &at("Observation/_history?_count=500"));
    assert!(!hers.is_empty());
    for start in [
        "_history?_count=50",
        "Patient/_history",
        "Observation/_history?_count=500",
        "EpisodeOfCare/_history",
    ] {
        let mut next = Some(at(start));
        while let Some(path) = next {
            let page = nurse.get(&path).expect(200);
            let text = page.text();
            assert!(!text.contains(SOLVEIG) && !text.contains("Solveig"), "{start}");
            for resource in page.resources() {
                assert!(!hers.iter().any(|(id, _)| *id == resource["id"]), "{start}");
            }
            next = page.next();
        }
    }
    let own = pages(&nurse, &at("Patient/_history"));
    assert!(!own.is_empty() && own.iter().all(|(id, _)| *id == own[0].0), "{own:?}");
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    let seen = pages(&citizen, &at("Patient/_history"));
    assert!(seen.iter().all(|(id, _)| *id == own[0].0));
    for persona in ["drift", "personvernombud-nordvik"] {
        let answer = shared().who(persona).get(&at("_history"));
        assert!(
            answer.status == 403 || answer.resources().is_empty(),
            "{persona}: {}",
            answer.start()
        );
    }
    // A system sees what it delivered, and nothing else.
    let board = shared().who("tavle-nordvik").get(&at("_history?_count=1000"));
    if board.status == 200 {
        for resource in board.resources() {
            assert!(
                resource["meta"]["source"].as_str().is_some_and(|s| s.ends_with("#tavle-nordvik")),
                "{resource}"
            );
        }
    }
}

/// SHALL: A page's cursor is good for the one it was given to, for that history, and for nobody else
#[test]
fn http_history_cursors_shall_be_good_for_their_reader_only() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let next = physician
        .get(&at("Observation/_history?_count=1"))
        .expect(200)
        .next()
        .expect("a next page");
    physician.get(&next).expect(200);
    for thief in [
        shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG),
        shared().who("lege-legevakt-nordvik").attested(OLAV),
        system(),
    ] {
        thief.get(&next).refused(400, "search-cursor-invalid");
    }
    physician
        .get(&next.replace("/Observation/", "/Condition/"))
        .refused(400, "search-cursor-invalid");
    let (path, cursor) = next.split_once("_cursor=").expect("a cursor");
    physician.get(&format!("{path}_cursor=A{}", &cursor[1..])).rule();
    physician.get(&format!("{path}_cursor=")).rule();
    // An instance's history of another looks as if it were not there, with a cursor too.
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let hers = hers();
    let id = hers["id"].as_str().expect("an id");
    let of = |id: &str| nurse.get(&at(&format!("Observation/{id}/_history?_count=1&_since=2020")));
    assert_eq!((of(id).status, of(id).text()), (of(NOBODY).status, of(NOBODY).text()));
    assert_eq!(
        version(&system().get(&at(&format!("Observation/{id}"))).expect(200))
            .as_str()
            .map(str::len),
        Some(1)
    );
}
