//! A nurse attested for one patient (Olav) tries every way to something about another (Solveig).

use crate::client::{Answer, Client, FNR, NOBODY, OLAV, SOLVEIG, encode, parameters, stranger};
use crate::server::shared;
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";

fn nurse() -> Client {
    shared().who("sykepleier-legevakt-nordvik").attested(OLAV)
}

/// Solveig's patient and some of her measurements, as those who may see them read them.
fn solveigs() -> Vec<Value> {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let mut all = physician.get(&format!("{BASE}/Patient")).expect(200).resources();
    assert_eq!(all.len(), 1);
    // Not what other tests register meanwhile through another system.
    let delivered = physician
        .get(&format!("{BASE}/Observation?_count=200"))
        .expect(200)
        .resources()
        .into_iter();
    all.extend(
        delivered
            .filter(|r| r["meta"]["source"].as_str().is_some_and(|s| s.ends_with("#epj-nordvik")))
            .take(4),
    );
    assert!(all.len() > 2);
    all
}

fn name(resource: &Value) -> (&str, &str) {
    (
        resource["resourceType"].as_str().expect("a type"),
        resource["id"].as_str().expect("an id"),
    )
}

/// The same answer, whatever was asked about: one address stands for another.
#[track_caller]
fn same(about_her: &Answer, about_nobody: &Answer, hers: &str, nobodys: &str) {
    assert_eq!(
        about_her.status,
        about_nobody.status,
        "{} {}",
        about_her.start(),
        about_nobody.start()
    );
    // A link repeats the address that was asked, percent-encoded.
    let plain = |answer: &Answer| answer.text().replace("%2D", "-");
    assert_eq!(plain(about_her).replace(hers, nobodys), plain(about_nobody));
}

#[track_caller]
fn nothing_of_her(answer: &Answer) {
    // The links repeat what was asked; nothing else may name her.
    let mut body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    body.as_object_mut().map(|bundle| bundle.remove("link"));
    let text = body.to_string();
    assert!(!text.contains(SOLVEIG) && !text.contains("Solveig"), "{}", answer.start());
    if answer.status == 200 {
        for resource in answer.resources() {
            let subject = resource["subject"].to_string() + &resource["patient"].to_string();
            assert!(
                !solveigs().iter().any(|r| resource["id"] == r["id"] || subject.contains(name(r).1)),
                "{resource}"
            );
        }
    }
}

#[test]
fn reads_of_the_forbidden_and_the_absent_get_the_same_bytes() {
    let nurse = nurse();
    for resource in solveigs() {
        let (rtype, id) = name(&resource);
        for (her, nobody) in [
            (format!("{rtype}/{id}"), format!("{rtype}/{NOBODY}")),
            (format!("{rtype}/{id}/_history"), format!("{rtype}/{NOBODY}/_history")),
            (format!("{rtype}/{id}/_history/1"), format!("{rtype}/{NOBODY}/_history/1")),
            (format!("{rtype}/{id}/_history/99"), format!("{rtype}/{NOBODY}/_history/99")),
        ] {
            let (a, b) = (nurse.get(&format!("{BASE}/{her}")), nurse.get(&format!("{BASE}/{nobody}")));
            assert!(matches!(a.status, 403 | 404), "{her}: {}", a.status);
            same(&a, &b, id, NOBODY);
            let (a, b) = (
                nurse.ask("HEAD", &format!("{BASE}/{her}")).send(),
                nurse.ask("HEAD", &format!("{BASE}/{nobody}")).send(),
            );
            assert_eq!((a.status, a.header("etag")), (b.status, b.header("etag")), "{her}");
        }
    }
}

#[test]
fn a_refusal_leaves_on_the_beat_whether_the_thing_is_there_or_not() {
    let nurse = nurse();
    let all = solveigs();
    let (rtype, id) = name(&all[1]);
    let batch = |id: &str| json!({ "resourceType": "Bundle", "type": "batch", "entry": [{ "request": { "method": "GET", "url": format!("{rtype}/{id}") } }] });
    for id in [id, NOBODY] {
        for ask in [
            nurse.ask("GET", &format!("{BASE}/{rtype}/{id}")),
            nurse.ask("GET", &format!("{BASE}/{rtype}/{id}/_history")),
            nurse.ask("POST", BASE).json(&batch(id)),
        ] {
            let asked = std::time::Instant::now();
            ask.send();
            assert!(asked.elapsed() >= std::time::Duration::from_millis(5), "earlier than the beat");
        }
    }
}

#[test]
fn searches_find_nothing_of_another_patient() {
    let nurse = nurse();
    for resource in solveigs() {
        let (rtype, id) = name(&resource);
        for query in [
            format!("_id={id}"),
            format!("_id={id}&_summary=count"),
            format!("_id={id},{NOBODY}"),
        ] {
            let (a, b) = (
                nurse.get(&format!("{BASE}/{rtype}?{query}")),
                nurse.get(&format!("{BASE}/{rtype}?{}", query.replace(id, NOBODY))),
            );
            nothing_of_her(&a);
            same(&a, &b, id, NOBODY);
        }
    }
    let all = nurse.get(&format!("{BASE}/Patient?_count=1000")).expect(200).resources();
    assert_eq!(all.len(), 1, "only the attested patient");
    let count = nurse.get(&format!("{BASE}/Patient?_summary=count")).expect(200).json();
    assert_eq!(count["total"], 1);
    for rtype in ["Observation", "EpisodeOfCare"] {
        nothing_of_her(&nurse.get(&format!("{BASE}/{rtype}?_count=1000")).expect(200));
    }
}

#[test]
fn naming_another_patient_says_nothing_about_whether_she_is_here() {
    let nurse = nurse();
    let all = solveigs();
    let id = name(&all[0]).1;
    for parameter in ["patient", "subject", "patient:Patient", "subject:Patient"] {
        for prefix in ["Patient/", ""] {
            let (her, nobody) = (format!("{parameter}={prefix}{id}"), format!("{parameter}={prefix}{NOBODY}"));
            let (a, b) = (
                nurse.get(&format!("{BASE}/Observation?{her}")),
                nurse.get(&format!("{BASE}/Observation?{nobody}")),
            );
            nothing_of_her(&a);
            same(&a, &b, id, NOBODY);
        }
    }
    let stranger = stranger(0);
    for (path, parameter) in [
        ("Patient", "identifier"),
        ("Observation", "patient:identifier"),
        ("Observation", "subject:identifier"),
    ] {
        let form = |nin: &str| format!("{parameter}={}", encode(&format!("{FNR}|{nin}")));
        let path = format!("{BASE}/{path}/_search");
        let (a, b) = (nurse.search(&path, &form(SOLVEIG)), nurse.search(&path, &form(&stranger)));
        nothing_of_her(&a);
        same(&a, &b, SOLVEIG, &stranger);
    }
}

#[test]
fn chained_and_reverse_searches_and_includes_find_nothing_of_another_patient() {
    let nurse = nurse();
    for query in [
        "Observation?patient.name=Solveig",
        "Observation?subject:Patient.family=Berg",
        "Patient?_has:Observation:patient:code=8867-4",
        "Patient?name=Solveig",
        "EpisodeOfCare?_include=EpisodeOfCare:patient",
        "Patient?_revinclude=Observation:subject",
    ] {
        let answer = nurse.get(&format!("{BASE}/{query}"));
        assert!(matches!(answer.status, 200 | 400), "{query}: {}", answer.status);
        nothing_of_her(&answer);
    }
}

#[test]
fn operations_and_okt_refuse_another_patient_and_a_stranger_alike() {
    let (nurse, stranger) = (nurse(), stranger(1));
    for operation in ["$overview", "$status"] {
        let ask = |nin: &str| nurse.post(&format!("{BASE}/{operation}"), &parameters(nin, None));
        let (a, b) = (ask(SOLVEIG), ask(&stranger));
        a.refused(403, "attestation_other_patient");
        same(&a, &b, SOLVEIG, &stranger);
    }
    for path in ["okt-events", "okt-status"] {
        let ask = |nin: &str| nurse.get(&format!("/9901/okt/v1/{path}/{nin}"));
        let (a, b) = (ask(SOLVEIG), ask(&stranger));
        assert_eq!(a.status, 403);
        same(&a, &b, SOLVEIG, &stranger);
    }
}

#[test]
fn a_conditional_create_is_no_oracle() {
    let ward = shared().who("sykepleier-kad-nordvik").attested(OLAV);
    let hers = solveigs();
    let part = |name: &str| hers[1]["identifier"][0][name].as_str().expect("her measurement has an identifier");
    let identifier = format!("{}|{}", part("system"), part("value"));
    let observation = heart_rate(json!({ "type": "Patient", "identifier": { "system": FNR, "value": OLAV } }));
    let her_id = name(&hers[1]).1;
    for (her, nobody) in [
        (
            format!("identifier={}", encode(&identifier)),
            format!("identifier={}", encode("https://example.org/none|none")),
        ),
        (format!("_id={her_id}"), format!("_id={NOBODY}")),
        (format!("patient=Patient/{}", name(&hers[0]).1), format!("patient=Patient/{NOBODY}")),
    ] {
        let ask = |condition: &str| {
            ward.ask("POST", &format!("{BASE}/Observation"))
                .header("if-none-exist", condition)
                .json(&observation)
                .send()
        };
        let (a, b) = (ask(&her), ask(&nobody));
        assert_eq!(a.status, b.status, "{her}: {} {}", a.start(), b.start());
        nothing_of_her(&a);
        assert!(!a.header("location").contains(her_id));
        if a.status >= 400 {
            same(&a, &b, her_id, NOBODY);
        }
    }
}

fn heart_rate(subject: Value) -> Value {
    json!({
        "resourceType": "Observation", "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": subject,
        "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    })
}

#[test]
fn writing_about_another_patient_is_refused_whether_or_not_she_is_here() {
    let ward = || shared().who("sykepleier-kad-nordvik").attested(OLAV);
    let (hers, stranger) = (solveigs(), stranger(2));
    let (patient, measurement) = (name(&hers[0]).1, name(&hers[1]).1);
    let logical = |nin: &str| json!({ "type": "Patient", "identifier": { "system": FNR, "value": nin } });
    let literal = |id: &str| json!({ "reference": format!("Patient/{id}") });
    let create = |subject: Value| ward().post(&format!("{BASE}/Observation"), &heart_rate(subject));
    let transaction = |subject: Value| {
        let entry = json!({ "resource": heart_rate(subject), "request": { "method": "POST", "url": "Observation" } });
        ward().post(BASE, &json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] }))
    };
    let conditional = |nin: &str| json!({ "reference": format!("Patient?identifier={FNR}|{nin}") });
    let update = |id: &str| {
        let mut resource = heart_rate(logical(OLAV));
        resource["id"] = json!(id);
        ward().put(&format!("{BASE}/Observation/{id}"), &resource)
    };
    for (her, nobody, hers, nobodys) in [
        (create(logical(SOLVEIG)), create(logical(&stranger)), SOLVEIG, stranger.as_str()),
        (create(literal(patient)), create(literal(NOBODY)), patient, NOBODY),
        (
            transaction(logical(SOLVEIG)),
            transaction(logical(&stranger)),
            SOLVEIG,
            stranger.as_str(),
        ),
        (transaction(literal(patient)), transaction(literal(NOBODY)), patient, NOBODY),
        (
            transaction(conditional(SOLVEIG)),
            transaction(conditional(&stranger)),
            SOLVEIG,
            stranger.as_str(),
        ),
    ] {
        assert!((400..500).contains(&her.status), "{}", her.start());
        her.rule();
        same(&her, &nobody, hers, nobodys);
    }
    // Her measurement cannot be taken over, and stays as it was.
    let taken = update(measurement);
    assert!((400..500).contains(&taken.status), "{}", taken.start());
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    assert_eq!(
        physician.get(&format!("{BASE}/Observation/{measurement}")).expect(200).json(),
        hers[1]
    );
    // Nor can another patient be made or found through a condition on the national id.
    let found = |nin: &str| {
        let body = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }] });
        let condition = format!("identifier={}", encode(&format!("{FNR}|{nin}")));
        ward()
            .ask("POST", &format!("{BASE}/Patient"))
            .header("if-none-exist", &condition)
            .json(&body)
            .send()
    };
    let (her, nobody) = (found(SOLVEIG), found(&stranger));
    assert!((400..500).contains(&her.status), "{}", her.start());
    same(&her, &nobody, SOLVEIG, &stranger);
}

#[test]
fn a_system_without_a_user_reads_only_what_it_delivered() {
    let hers = solveigs();
    for persona in ["tavle-nordvik", "vkp", "drift", "personvernombud-nordvik"] {
        let client = shared().who(persona);
        for resource in &hers {
            let (rtype, id) = name(resource);
            let answer = client.get(&format!("{BASE}/{rtype}/{id}"));
            assert!(matches!(answer.status, 403 | 404), "{persona} {rtype}: {}", answer.status);
        }
        let search = client.get(&format!("{BASE}/Observation"));
        let own = |resource: &Value| {
            resource["meta"]["source"]
                .as_str()
                .is_some_and(|source| source.ends_with(&format!("#{persona}")))
        };
        assert!(
            search.status == 403 || search.resources().iter().all(own),
            "{persona}: {}",
            search.start()
        );
        let overview = client.post(&format!("{BASE}/$overview"), &parameters(SOLVEIG, None));
        assert_eq!(overview.status, 403, "{persona}: {}", overview.start());
    }
}

#[test]
fn a_citizen_reaches_only_herself() {
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    for resource in solveigs() {
        let (rtype, id) = name(&resource);
        let (a, b) = (
            citizen.get(&format!("{BASE}/{rtype}/{id}")),
            citizen.get(&format!("{BASE}/{rtype}/{NOBODY}")),
        );
        assert!(matches!(a.status, 403 | 404), "{rtype}: {}", a.status);
        same(&a, &b, id, NOBODY);
    }
    nothing_of_her(&citizen.get(&format!("{BASE}/Patient")));
    nothing_of_her(&citizen.get(&format!("{BASE}/Observation?_count=1000")));
    for operation in ["$overview", "$status"] {
        citizen
            .post(&format!("{BASE}/{operation}"), &parameters(SOLVEIG, None))
            .refused(403, "other_citizen");
    }
    citizen.post(&format!("{BASE}/$overview"), &parameters(OLAV, None)).expect(200);
}

#[test]
fn a_page_cursor_is_good_for_the_one_it_was_given_to() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let first = physician.get(&format!("{BASE}/Observation?_count=2")).expect(200);
    let next = first.next().expect("a next page");
    let second = physician.get(&next).expect(200);
    assert_eq!(second.resources().len(), 2);
    assert_ne!(first.resources(), second.resources());
    for thief in [
        nurse(),
        shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG),
        shared().who("lege-legevakt-nordvik").attested(OLAV),
        shared().who("system-test"),
        shared().who(&format!("innbygger-{OLAV}")),
    ] {
        let answer = thief.get(&next);
        assert!(matches!(answer.status, 400 | 403), "{}: {}", answer.status, answer.start());
        answer.rule();
        nothing_of_her(&answer);
    }
    let (path, cursor) = next.split_once("_cursor=").expect("a cursor");
    for at in [0, cursor.len() / 2, cursor.len() - 1] {
        let mut bytes = cursor.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let tampered = format!("{path}_cursor={}", String::from_utf8_lossy(&bytes));
        let answer = physician.get(&tampered);
        assert_eq!(answer.status, 400, "place {at}: {}", answer.start());
        answer.rule();
    }
    physician.get(&next.replace("/Observation", "/Condition")).expect(400);
}
