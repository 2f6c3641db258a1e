//! The interactions of FHIR's RESTful API, for the sandbox's test system.

use crate::client::{Answer, Client, FNR, encode, stranger};
use crate::server::shared;
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";

fn system() -> Client {
    shared().who("system-test")
}

fn patient(nin: &str, family: &str) -> Value {
    json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }], "name": [{ "family": family }] })
}

/// Creates a resource of no person, with a text of its own.
fn basic(text: &str) -> Answer {
    system()
        .post(
            &format!("{BASE}/Basic"),
            &json!({ "resourceType": "Basic", "code": { "coding": [{ "system": "urn:x:test", "code": text }] } }),
        )
        .expect(201)
}

fn path(answer: &Answer) -> String {
    let created = answer.json();
    format!(
        "{BASE}/{}/{}",
        created["resourceType"].as_str().expect("a type"),
        created["id"].as_str().expect("an id")
    )
}

/// SHALL: A create is answered 201 with Location, ETag and Last-Modified; an update makes the next version, and every version can be read (http.html#create)
#[test]
fn create_read_update_and_every_version() {
    let (system, nin) = (system(), stranger(50));
    let created = system.post(&format!("{BASE}/Patient"), &patient(&nin, "Foss")).expect(201);
    let path = path(&created);
    assert_eq!(created.header("location"), format!("{}/_history/1", system.url(&path)));
    assert_eq!(created.header("etag"), "W/\"1\"");
    assert!(created.header("content-type").starts_with("application/fhir+json"));
    assert!(!created.header("last-modified").is_empty() && !created.header("kilde-event").is_empty());
    let read = system.get(&path).expect(200);
    assert_eq!(
        (read.body == created.body, read.header("etag"), read.header("cache-control")),
        (true, "W/\"1\"", "no-store")
    );

    let mut second = patient(&nin, "Bekk");
    second["id"] = created.json()["id"].clone();
    let updated = system
        .ask("PUT", &path)
        .header("if-match", "W/\"1\"")
        .json(&second)
        .send()
        .expect(200);
    assert_eq!(
        (updated.header("etag"), &updated.json()["meta"]["versionId"]),
        ("W/\"2\"", &json!("2"))
    );
    assert_eq!(system.get(&path).expect(200).body, updated.body);
    assert_eq!(system.get(&format!("{path}/_history/1")).expect(200).body, created.body);
    assert_eq!(system.get(&format!("{path}/_history/2")).expect(200).body, updated.body);
    system.get(&format!("{path}/_history/3")).refused(404, "not-found");
    system.get(&format!("{path}/_history/nei")).refused(404, "not-found");
    let history = system.get(&format!("{path}/_history")).expect(200);
    let versions: Vec<Value> = history.resources().iter().map(|r| r["meta"]["versionId"].clone()).collect();
    assert_eq!(
        (versions, &history.json()["type"]),
        (vec![json!("2"), json!("1")], &json!("history"))
    );
}

#[test]
fn what_the_producer_wrote_is_kept_digit_for_digit() {
    let text = r#"{"resourceType":"Basic","code":{"text":"åæø \"\\ \u00e5 1.10"},"extension":[{"url":"urn:x:n","valueDecimal":1.10}]}"#;
    let created = system()
        .ask("POST", &format!("{BASE}/Basic"))
        .body(crate::client::FHIR, text)
        .send()
        .expect(201);
    let read = system().get(&path(&created)).expect(200);
    assert!(read.text().contains("\"valueDecimal\":1.10"), "{}", read.text());
    assert_eq!(read.json()["code"]["text"], "åæø \"\\ å 1.10");
}

#[test]
fn a_reader_who_has_the_version_gets_304() {
    let created = basic("unchanged");
    let ask = |tag: &str| system().ask("GET", &path(&created)).header("if-none-match", tag).send();
    let same = ask("W/\"1\"");
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, "W/\"1\""));
    ask("W/\"7\"").expect(200);
}

#[test]
fn head_is_get_without_body() {
    let created = basic("head");
    let (get, head) = (
        system().get(&path(&created)).expect(200),
        system().ask("HEAD", &path(&created)).send(),
    );
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["etag", "last-modified", "content-type"] {
        assert_eq!(get.header(name), head.header(name), "{name}");
    }
}

/// SHALL: Prefer: return= decides whether a write is answered with nothing, the resource or an outcome (http.html#return)
#[test]
fn prefer_decides_what_a_write_answers() {
    let ask = |wish: &str| {
        let body = json!({ "resourceType": "Basic", "code": { "text": "x" } });
        system()
            .ask("POST", &format!("{BASE}/Basic"))
            .header("prefer", wish)
            .json(&body)
            .send()
            .expect(201)
    };
    let minimal = ask("return=minimal");
    assert!(minimal.body.is_empty() && !minimal.header("location").is_empty() && minimal.header("etag") == "W/\"1\"");
    assert_eq!(ask("return=OperationOutcome").json()["resourceType"], "OperationOutcome");
    assert_eq!(ask("return=representation").json()["resourceType"], "Basic");
}

#[test]
fn search_by_get_and_by_post_find_the_same() {
    let created = basic("search-both");
    let found = system()
        .get(&format!("{BASE}/Basic?code={}", encode("urn:x:test|search-both")))
        .expect(200);
    assert_eq!(found.resources(), vec![created.json()]);
    let posted = system()
        .search(
            &format!("{BASE}/Basic/_search"),
            &format!("code={}", encode("urn:x:test|search-both")),
        )
        .expect(200);
    assert_eq!(posted.json()["entry"], found.json()["entry"]);
    assert_eq!(posted.json()["type"], "searchset");
    let count = system()
        .get(&format!("{BASE}/Basic?code={}&_summary=count", encode("urn:x:test|search-both")))
        .expect(200)
        .json();
    assert_eq!((count["total"].as_u64(), count.get("entry")), (Some(1), None));
    let none = system().get(&format!("{BASE}/Basic?code=urn:x:test|ingen")).expect(200);
    assert!(none.resources().is_empty());
}

#[test]
fn a_patient_is_found_by_national_id_in_the_body() {
    let nin = stranger(51);
    let created = system().post(&format!("{BASE}/Patient"), &patient(&nin, "Li")).expect(201);
    let found = system()
        .search(
            &format!("{BASE}/Patient/_search"),
            &format!("identifier={}", encode(&format!("{FNR}|{nin}"))),
        )
        .expect(200);
    assert_eq!(found.resources(), vec![created.json()]);
    let link = found.json()["link"].to_string();
    assert!(!link.contains(&nin), "no national id in a link: {link}");
}

#[test]
fn pages_give_everything_once() {
    let made: Vec<Value> = (0..5).map(|_| basic("pages").json()["id"].clone()).collect();
    let mut found = Vec::new();
    let mut next = Some(format!("{BASE}/Basic?code={}&_count=2", encode("urn:x:test|pages")));
    while let Some(path) = next {
        let page = system().get(&path).expect(200);
        assert!(page.resources().len() <= 2);
        found.extend(page.resources().into_iter().map(|r| r["id"].clone()));
        next = page.next();
        assert!(found.len() <= 5);
    }
    let sorted = |mut ids: Vec<Value>| {
        ids.sort_by_key(Value::to_string);
        ids
    };
    assert_eq!(sorted(found), sorted(made));
}

/// SHALL: References between entries of a transaction become references to what was made (bundle.html#references)
#[test]
fn a_transaction_resolves_its_own_references() {
    let nin = stranger(52);
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111", "resource": patient(&nin, "Vik"), "request": { "method": "POST", "url": "Patient" } },
        { "fullUrl": "urn:uuid:22222222-2222-4222-8222-222222222222",
          "resource": { "resourceType": "Condition", "subject": { "reference": "urn:uuid:11111111-1111-4111-8111-111111111111" } },
          "request": { "method": "POST", "url": "Condition" } }
    ] });
    let answer = system().post(BASE, &bundle).expect(200).json();
    assert_eq!(answer["type"], "transaction-response");
    let location = |n: usize| {
        let text = answer["entry"][n]["response"]["location"].as_str().expect("a location");
        let text = text.split("/_history").next().expect("an address");
        text[text.find("Patient/").or(text.find("Condition/")).expect("a type")..].to_owned()
    };
    assert!(
        answer["entry"][0]["response"]["status"]
            .as_str()
            .is_some_and(|s| s.starts_with("201"))
    );
    let condition = system().get(&format!("{BASE}/{}", location(1))).expect(200).json();
    assert_eq!(condition["subject"]["reference"], location(0));
    let found = system()
        .get(&format!("{BASE}/Condition?patient={}", location(0)))
        .expect(200)
        .resources();
    assert_eq!(found.len(), 1);
}

/// SHALL: A transaction that fails leaves nothing behind (http.html#transaction)
#[test]
fn one_error_in_a_transaction_and_nothing_is_stored() {
    let code = encode("urn:x:test|atomic");
    let entry = |resource: Value| json!({ "resource": resource, "request": { "method": "POST", "url": "Basic" } });
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        entry(json!({ "resourceType": "Basic", "code": { "coding": [{ "system": "urn:x:test", "code": "atomic" }] } })),
        entry(json!({ "resourceType": "Basic", "code": { "text": 7 } })),
    ] });
    let answer = system().post(BASE, &bundle).expect(400);
    answer.rule();
    assert!(answer.text().contains("Bundle.entry[1]"), "{}", answer.start());
    assert!(
        system()
            .get(&format!("{BASE}/Basic?code={code}"))
            .expect(200)
            .resources()
            .is_empty()
    );
}

#[test]
fn the_same_message_twice_is_one_event_with_the_first_answer() {
    let send = |text: &str| {
        let body = json!({ "resourceType": "Basic", "code": { "coding": [{ "system": "urn:x:test", "code": text }] } });
        system()
            .ask("POST", &format!("{BASE}/Basic"))
            .header("kilde-message-id", "once-1")
            .json(&body)
            .send()
    };
    let first = send("once").expect(201);
    assert_eq!(first.header("kilde-repeated"), "");
    let second = send("once");
    assert_eq!((second.status, second.header("kilde-repeated")), (201, "true"));
    assert_eq!(second.body, first.body);
    assert_eq!(
        (second.header("kilde-event"), second.header("location")),
        (first.header("kilde-event"), first.header("location"))
    );
    assert_eq!(
        system()
            .get(&format!("{BASE}/Basic?code={}", encode("urn:x:test|once")))
            .expect(200)
            .resources()
            .len(),
        1
    );
    send("twice").refused(409, "message-id-reused");
    // The id is the source's own: another source may use it for its own message.
    let other = shared()
        .who("tavle-nordvik")
        .ask("POST", &format!("{BASE}/Basic"))
        .header("kilde-message-id", "once-1");
    other
        .json(&json!({ "resourceType": "Basic", "code": { "text": "annen" } }))
        .send()
        .expect(201);
}

/// SHALL: A conditional create makes one if nothing meets If-None-Exist, and names the one that does (http.html#ccreate)
#[test]
fn a_conditional_create_makes_one() {
    let ask_with = |wish: &str| {
        let body =
            json!({ "resourceType": "Basic", "identifier": [{ "system": "urn:x:id", "value": "only-one" }], "code": { "text": "x" } });
        system()
            .ask("POST", &format!("{BASE}/Basic"))
            .header("prefer", wish)
            .header("if-none-exist", "identifier=urn:x:id|only-one")
            .json(&body)
            .send()
    };
    let ask = || ask_with("return=representation");
    let first = ask().expect(201);
    let second = ask().expect(200);
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(second.json(), first.json(), "what is there already is told");
    let minimal = ask_with("return=minimal").expect(200);
    assert_eq!(minimal.body.len(), 0);
}

#[test]
fn a_create_takes_no_query() {
    let body = json!({ "resourceType": "Basic", "code": { "text": "x" } });
    let send = |query: &str| system().post(&format!("{BASE}/Basic?{query}"), &body);
    send("identifier=urn:x:id|only-one").refused(400, "create-query");
    send("_format=json&_pretty=true").expect(201);
}

#[test]
fn a_message_is_processed() {
    let nin = stranger(53);
    let message = json!({ "resourceType": "Bundle", "type": "message", "identifier": { "system": "urn:x:message", "value": "message-1" },
        "timestamp": "2026-11-22T12:00:00Z", "entry": [
        { "fullUrl": "urn:uuid:33333333-3333-4333-8333-333333333333", "resource": { "resourceType": "MessageHeader",
            "eventUri": "urn:x:event", "source": { "endpoint": "urn:x:endpoint" },
            "focus": [{ "reference": "urn:uuid:44444444-4444-4444-8444-444444444444" }] } },
        { "fullUrl": "urn:uuid:44444444-4444-4444-8444-444444444444", "resource": patient(&nin, "Strand") }
    ] });
    let answer = system().post(&format!("{BASE}/$process-message"), &message).expect(200);
    assert!(!answer.header("kilde-event").is_empty());
    let again = system().post(&format!("{BASE}/$process-message"), &message).expect(200);
    assert_eq!((again.header("kilde-repeated"), again.body == answer.body), ("true", true));
    let found = system()
        .search(
            &format!("{BASE}/Patient/_search"),
            &format!("identifier={}", encode(&format!("{FNR}|{nin}"))),
        )
        .expect(200);
    assert_eq!(found.resources().len(), 1);
    system()
        .post(
            &format!("{BASE}/$process-message"),
            &json!({ "resourceType": "Bundle", "type": "message" }),
        )
        .rule();
}

/// SHALL: A deleted resource is 410 Gone; deleting it again changes nothing (http.html#delete)
#[test]
fn a_deleted_resource_is_gone_and_its_versions_stay() {
    let system = system();
    let path = path(&basic("to-be-deleted"));
    system.ask("DELETE", &path).header("if-match", "W/\"7\"").send().expect(412);
    let deleted = system.ask("DELETE", &path).send().expect(204);
    assert!(deleted.body.is_empty());
    let gone = system.get(&path);
    assert_eq!((gone.status, gone.header("etag")), (410, "W/\"2\""));
    system.get(&format!("{path}/_history/1")).expect(200);
    let history = system.get(&format!("{path}/_history")).expect(200).json();
    assert_eq!(history["entry"][0]["request"]["method"], "DELETE");
    let again = system.ask("DELETE", &path).send();
    assert_eq!(again.status, 204, "to delete what is deleted changes nothing: {}", again.start());
    assert_eq!(system.get(&path).header("etag"), "W/\"2\"");
}

/// SHALL: A conditional update updates the one match, and makes one if there is none (http.html#cond-update)
#[test]
fn a_conditional_update_makes_one_and_then_updates_it() {
    let system = system();
    let url = format!("{BASE}/Basic?identifier=urn:x:conditional%7C1");
    let of = |code: &str| {
        json!({ "resourceType": "Basic", "identifier": [{ "system": "urn:x:conditional", "value": "1" }],
                "code": { "coding": [{ "system": "urn:x:test", "code": code }] } })
    };
    let made = system.put(&url, &of("a")).expect(201).json();
    let updated = system.put(&url, &of("b")).expect(200).json();
    assert_eq!((&made["id"], updated["meta"]["versionId"].as_str()), (&updated["id"], Some("2")));
    let nin = format!("{BASE}/Patient?identifier={}", encode(&format!("{FNR}|{}", stranger(60))));
    system.put(&nin, &patient(&stranger(60), "Foss")).refused(400, "no-nin-in-url");
}

/// A Basic that is found by its identifier, under an id of the client's if one is given.
fn found_by(value: &str, id: Option<&str>) -> Value {
    let mut basic =
        json!({ "resourceType": "Basic", "identifier": [{ "system": "urn:x:conditional", "value": value }], "code": { "text": "x" } });
    if let Some(id) = id {
        basic["id"] = json!(id);
    }
    basic
}

/// SHALL: If-Match is held against the one match of a conditional update or delete, too (http.html#cond-update)
#[test]
fn a_conditional_change_of_a_version_that_is_not_current_is_refused() {
    let system = system();
    let url = format!("{BASE}/Basic?identifier=urn:x:conditional%7Cstale");
    let body = found_by("stale", None);
    let send = |method: &str, tag: &str| {
        let asked = system.ask(method, &url).header("if-match", tag);
        if method == "PUT" { asked.json(&body).send() } else { asked.send() }
    };
    send("PUT", "W/\"1\"").refused(412, "version-conflict");
    system.put(&url, &body).expect(201);
    send("PUT", "W/\"1\"").expect(200);
    send("PUT", "W/\"1\"").refused(412, "version-conflict");
    send("DELETE", "W/\"1\"").refused(412, "version-conflict");
    send("PUT", "tull").refused(400, "if-match");
    send("DELETE", "tull").refused(400, "if-match");
    let none = system.ask("PUT", &url).header("if-none-match", "*").json(&body).send();
    none.refused(412, "already-there");
    // The same inside bundles.
    let bundle = |entry: Value| system.post(BASE, &json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] }));
    let address = "Basic?identifier=urn:x:conditional%7Cstale";
    let put = |tag: &str| bundle(json!({ "resource": body, "request": { "method": "PUT", "url": address, "ifMatch": tag } }));
    put("W/\"1\"").refused(412, "version-conflict");
    put("W/\"2\"").expect(200);
    let delete = |tag: &str| bundle(json!({ "request": { "method": "DELETE", "url": address, "ifMatch": tag } }));
    delete("W/\"2\"").refused(412, "version-conflict");
    let found = system.get(&url).expect(200).resources();
    assert_eq!(found.iter().map(|r| &r["meta"]["versionId"]).collect::<Vec<_>>(), ["3"]);
    delete("W/\"3\"").expect(200);
    assert_eq!(send("DELETE", "W/\"3\"").status, 204, "nothing is there to delete");
    assert!(system.get(&url).expect(200).resources().is_empty());
}

/// SHALL: The id in a conditional update is that of the one match, or of what is made (http.html#cond-update)
#[test]
fn a_conditional_update_carries_the_id_of_what_it_changes() {
    let system = system();
    let address = |value: &str| format!("Basic?identifier=urn:x:conditional%7C{value}");
    let put = |value: &str, id: Option<&str>| system.put(&format!("{BASE}/{}", address(value)), &found_by(value, id));
    assert_eq!(put("named", Some("cond-named")).expect(201).json()["id"], "cond-named");
    assert_eq!(put("named", Some("cond-named")).expect(200).json()["meta"]["versionId"], "2");
    put("named", Some("cond-other")).refused(400, "id-of-another");
    put("named", Some("ikke en id")).rule();
    assert_eq!(put("named", None).expect(200).json()["id"], "cond-named");
    // An id that something else has already.
    put("second", Some("cond-named")).refused(409, "id-of-another");
    assert!(
        system
            .get(&format!("{BASE}/{}", address("second")))
            .expect(200)
            .resources()
            .is_empty()
    );
    let bundle = |value: &str, id: &str| {
        let entry = json!({ "resource": found_by(value, Some(id)), "request": { "method": "PUT", "url": address(value) } });
        system.post(BASE, &json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] }))
    };
    bundle("named", "cond-other").refused(400, "id-of-another");
    bundle("named", "cond-named").expect(200);
    bundle("in-bundle", "cond-in-bundle").expect(200);
    assert_eq!(
        system.get(&format!("{BASE}/Basic/cond-in-bundle")).expect(200).json()["identifier"][0]["value"],
        "in-bundle"
    );
}

/// SHALL: Where clients choose no ids, an update of what is not there is 405, and the CapabilityStatement says so (http.html#upsert)
#[test]
fn an_instance_may_give_all_ids_itself() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = crate::server::Kilde::serve_instance(place.path(), "", "update_create = false\n");
    let system = kilde.who("system-test");
    let by_id = |id: &str| system.put(&format!("{BASE}/Basic/{id}"), &found_by("given", Some(id)));
    by_id("egen-id").refused(405, "update-create");
    let url = format!("{BASE}/Basic?identifier=urn:x:conditional%7Cgiven");
    system.put(&url, &found_by("given", Some("egen-id"))).refused(405, "update-create");
    let made = system.put(&url, &found_by("given", None)).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    by_id(id).expect(200);
    system.ask("DELETE", &format!("{BASE}/Basic/{id}")).send().expect(204);
    by_id(id).expect(201);
    let told =
        |client: &Client| client.get(&format!("{BASE}/metadata")).expect(200).json()["rest"][0]["resource"][0]["updateCreate"].clone();
    assert_eq!((told(&system), told(&shared().who("system-test"))), (json!(false), json!(true)));
}

#[test]
fn a_reader_gets_the_elements_asked_for_and_is_told() {
    let system = system();
    let path = path(&basic("looked-at"));
    let whole = system.get(&path).expect(200);
    let part = system.get(&format!("{path}?_elements=identifier")).expect(200).json();
    // What is required stays: Basic.code.
    assert_eq!((&part["code"], &part["author"]), (&whole.json()["code"], &Value::Null));
    assert!(part["meta"]["tag"].to_string().contains("SUBSETTED"), "{part}");
    let text = system.get(&format!("{path}?_summary=text")).expect(200).json();
    assert!(text["meta"]["tag"].to_string().contains("SUBSETTED"), "{text}");
    let pretty = system.get(&format!("{path}?_pretty=true")).expect(200);
    assert!(pretty.text().lines().count() > 5);
    assert_eq!(pretty.json(), whole.json());
    system.get(&format!("{path}?_summary=litt")).refused(400, "look-parameter");
    let found = system
        .get(&format!("{BASE}/Basic?code=looked-at&_elements=identifier"))
        .expect(200)
        .json();
    assert!(
        found["entry"][0]["resource"]["meta"]["tag"].to_string().contains("SUBSETTED"),
        "{found}"
    );
    assert!(
        found["link"][0]["url"].as_str().is_some_and(|u| u.contains("_elements=identifier")),
        "{found}"
    );
}
