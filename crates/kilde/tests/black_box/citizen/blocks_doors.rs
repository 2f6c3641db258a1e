//! A blocked nurse tries every door to what is blocked. What she gets is what she would get if it had never been.

use super::someone::{BASE, Someone};
use crate::client::{Answer, Client, FNR, NOBODY, encode, parameters};
use crate::server::shared;
use serde_json::{Value, json};

/// The same answer for one id as for one that nobody has.
#[track_caller]
fn same(blocked: &Answer, nobodys: &Answer, id: &str) {
    assert_eq!(blocked.status, nobodys.status, "{} {}", blocked.start(), nobodys.start());
    let plain = |answer: &Answer| answer.text().replace("%2D", "-").replace(id, NOBODY);
    assert_eq!(plain(blocked), plain(nobodys));
    for header in ["etag", "last-modified", "kilde-withheld"] {
        assert_eq!(blocked.header(header), nobodys.header(header), "{header}");
    }
}

#[track_caller]
fn nothing_of(answer: &Answer, id: &str) {
    let mut body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    body.as_object_mut().map(|bundle| bundle.remove("link"));
    let text = body.to_string();
    assert!(!text.contains(id) && !text.contains("hemmelighet"), "{}", answer.start());
}

#[test]
fn the_blocked_and_the_absent_get_the_same_bytes() {
    let her = Someone::new(shared(), 92);
    her.block(json!("everyone"), json!({ "element": format!("Observation/{}", her.note) }), false);
    let (nurse, id) = (her.nurse(), her.note.as_str());
    for path in [
        "Observation/ID",
        "Observation/ID/_history",
        "Observation/ID/_history/1",
        "Observation/ID/$validate",
        "Observation/ID/$meta",
        "Observation?_id=ID",
        "Observation?_id=ID&_summary=count",
        "Observation?_id=ID&_sort=date",
        "Observation?_id=ID&_elements=code",
        "Observation?_filter=_id%20eq%20ID",
        "Patient?_has:Observation:subject:_id=ID",
        "Observation?derived-from=Observation/ID",
        "Provenance?target=Observation/ID",
        "?_type=Observation,Patient&_id=ID",
    ] {
        let ask = |id: &str| nurse.get(&format!("{BASE}/{}", path.replace("ID", id)));
        let (blocked, absent) = (ask(id), ask(NOBODY));
        same(&blocked, &absent, id);
    }
    let head = |id: &str| nurse.ask("HEAD", &format!("{BASE}/Observation/{id}")).send();
    assert_eq!(head(id).status, head(NOBODY).status);
}

#[test]
fn no_search_count_chain_include_or_operation_knows_it() {
    let her = Someone::new(shared(), 93);
    let nurse = her.nurse();
    let total = |query: &str| nurse.get(&format!("{BASE}/{query}")).expect(200).json()["total"].clone();
    assert_eq!(total("Observation?_summary=count"), 2);
    assert_eq!(total("Patient?_has:Observation:subject:code=34109-9&_summary=count"), 1);
    her.block(json!("everyone"), json!({ "category": "journal" }), false);
    assert_eq!(total("Observation?_summary=count"), 1);
    for (query, count) in [
        ("Observation?code=34109-9&_summary=count", 0),
        ("Observation?code:not=8867-4&_summary=count", 0),
        ("Observation?date=lt2020&_summary=count", 0),
        ("Observation?value-string=hemmelighet&_summary=count", 0),
        ("Observation?derived-from.code=8867-4&_summary=count", 0),
        ("Observation?_has:Observation:derived-from:code=34109-9&_summary=count", 0),
        ("Patient?_has:Observation:subject:code=34109-9&_summary=count", 0),
        (
            "Patient?_has:Observation:subject:_has:Observation:derived-from:status=final&_summary=count",
            0,
        ),
        ("Observation?_sort=-date&_count=0&_total=accurate", 1),
    ] {
        assert_eq!(total(query), count, "{query}");
    }
    for query in [
        "Observation?_sort=date",
        "Observation?code=8867-4&_revinclude=Observation:derived-from",
        "Observation?_include=Observation:derived-from&_revinclude:iterate=Observation:derived-from",
        "Patient?_revinclude=Observation:subject",
        "Observation/_history",
        "_history",
        &format!("Patient/{}/$everything", her.patient),
        &format!("Patient/{}/*", her.patient),
        &format!("Patient/{}/Observation", her.patient),
    ] {
        let answer = nurse.get(&format!("{BASE}/{query}")).expect(200);
        nothing_of(&answer, &her.note);
        assert!(
            answer.text().contains(&her.pulse) || query.contains("code=8867"),
            "{query}: {}",
            answer.start()
        );
    }
    let form = format!("subject:identifier={}", encode(&format!("{FNR}|{}", her.nin)));
    nothing_of(&nurse.search(&format!("{BASE}/Observation/_search"), &form).expect(200), &her.note);
    nothing_of(
        &nurse.post(&format!("{BASE}/$overview"), &parameters(&her.nin, None)).expect(200),
        &her.note,
    );
    let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": [
        { "request": { "method": "GET", "url": format!("Observation/{}", her.note) } },
        { "request": { "method": "GET", "url": "Observation?_sort=date" } },
    ] });
    let answer = nurse.post(BASE, &batch);
    assert!(!answer.text().contains("hemmelighet"), "{}", answer.start());
}

#[test]
fn a_page_link_made_before_the_block_shows_nothing_after_it() {
    let her = Someone::new(shared(), 94);
    let nurse = her.nurse();
    for path in ["Observation?_count=1&_sort=-date", "Observation?_count=1", "_history?_count=1"] {
        let mut next = nurse.get(&format!("{BASE}/{path}")).expect(200).next();
        assert!(next.is_some(), "{path} has another page");
        let id = her.block(json!("everyone"), json!({ "category": "journal" }), false);
        while let Some(link) = next {
            let page = nurse.get(&link).expect(200);
            nothing_of(&page, &her.note);
            next = page.next();
        }
        her.lift(&id);
    }
}

#[test]
fn writing_is_no_oracle() {
    let her = Someone::new(shared(), 95);
    // The ward board delivers something itself, and its nurse is then kept from it.
    let ward = her.attested("sykepleier-kad-nordvik");
    let note = |text: &str| {
        json!({
            "resourceType": "Observation", "status": "final", "code": { "coding": [{ "system": "http://loinc.org", "code": "34109-9" }] },
            "identifier": [{ "system": "https://example.org/ward", "value": "95" }], "valueString": text,
            "subject": { "type": "Patient", "identifier": { "system": FNR, "value": her.nin } }
        })
    };
    let created = ward.post(&format!("{BASE}/Observation"), &note("hemmelighet")).expect(201);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    her.block(json!("everyone"), json!({ "element": format!("Observation/{id}") }), false);
    let mut changed = note("endret");
    changed["id"] = json!(id);
    ward.put(&format!("{BASE}/Observation/{id}"), &changed).refused(404, "not-found");
    let patch = json!([{ "op": "replace", "path": "/valueString", "value": "endret" }]);
    let patched = |id: &str| {
        let ask = ward.ask("PATCH", &format!("{BASE}/Observation/{id}"));
        ask.body("application/json-patch+json", &patch.to_string()).send()
    };
    same(&patched(&id), &patched(NOBODY), &id);
    let delete = |id: &str| ward.ask("DELETE", &format!("{BASE}/Observation/{id}")).send();
    same(&delete(&id), &delete(NOBODY), &id);
    // A condition does not meet it: something new is made, as if it had not been there.
    let conditional = |client: &Client, value: &str| {
        let condition = format!("identifier={}", encode(&format!("https://example.org/ward|{value}")));
        let mut body = note("ny");
        body["identifier"][0]["value"] = json!(value);
        client
            .ask("POST", &format!("{BASE}/Observation"))
            .header("if-none-exist", &condition)
            .json(&body)
            .send()
    };
    let (met, unmet) = (conditional(&ward, "95"), conditional(&ward, "95-other"));
    assert_eq!((met.status, unmet.status), (201, 201));
    assert!(!met.text().contains(&id));
    // It is as it was, for those who may.
    let read = her.citizen().get(&format!("{BASE}/Observation/{id}")).expect(200).json();
    assert_eq!(
        (&read["valueString"], &read["meta"]["versionId"]),
        (&json!("hemmelighet"), &json!("1"))
    );
    // The source itself, without a user, corrects what it has delivered.
    let system = her.kilde.who("tavle-nordvik");
    let mut corrected = note("rettet");
    corrected["id"] = json!(id);
    system.put(&format!("{BASE}/Observation/{id}"), &corrected).expect(200);
    assert_eq!(
        ward.get(&format!("{BASE}/Observation/{id}")).status,
        404,
        "a correction opens nothing"
    );
}

#[test]
fn a_correction_of_the_date_does_not_take_it_out_of_a_closed_period() {
    let her = Someone::new(shared(), 96);
    her.block(
        json!("everyone"),
        json!({ "period": { "from": "2019-01-01", "to": "2019-12-31" } }),
        false,
    );
    let source = her.kilde.who("epj-nordvik");
    let mut note = source.get(&format!("{BASE}/Observation/{}", her.note)).expect(200).json();
    note["effectiveDateTime"] = json!("2026-01-05");
    source.put(&format!("{BASE}/Observation/{}", her.note), &note).expect(200);
    assert_eq!(her.readable(&her.nurse()), [true, true, false, true]);
    assert_eq!(her.nurse().get(&format!("{BASE}/Observation/{}/_history/2", her.note)).status, 404);
}

#[test]
fn an_export_leaves_out_what_is_blocked_for_everyone() {
    let her = Someone::new(shared(), 97);
    let system = her.kilde.who("epj-nordvik");
    let exported = || {
        let path = format!(
            "{BASE}/Patient/$export?_type=Observation&_typeFilter={}",
            encode(&format!("Observation?subject=Patient/{}", her.patient))
        );
        let begun = system
            .ask("GET", &path)
            .header("accept", "application/fhir+json")
            .header("prefer", "respond-async")
            .send()
            .expect(202);
        let status = begun.header("content-location").to_owned();
        let status = &status[status.find("/99").expect("a path")..];
        let manifest = loop {
            let answer = system.get(status);
            if answer.status == 200 {
                break answer.json();
            }
            assert_eq!(answer.status, 202, "{}", answer.start());
            std::thread::sleep(std::time::Duration::from_millis(100));
        };
        let files = manifest["output"].as_array().expect("files").clone();
        let text = |file: &Value| {
            let url = file["url"].as_str().expect("a url");
            system
                .ask("GET", &url[url.find("/99").expect("a path")..])
                .header("accept", "application/fhir+ndjson")
                .send()
                .expect(200)
                .text()
        };
        files.iter().map(text).collect::<String>()
    };
    let all = exported();
    assert!(all.contains(&her.note) && all.contains(&her.pulse), "{all}");
    let id = her.block(json!("everyone"), json!({ "category": "journal" }), true);
    let some = exported();
    assert!(!some.contains(&her.note) && some.contains(&her.pulse), "{some}");
    her.lift(&id);
    // Against a person is against nobody here, and what one's own organisation has delivered is no sharing.
    her.readable(&her.nurse());
    her.block(json!({ "reader": her.reader("Nina Havnes") }), json!("everything"), false);
    her.block(json!("others-than-source"), json!("everything"), false);
    assert!(exported().contains(&her.note));
}
