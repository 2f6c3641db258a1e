//! Transaction and batch: <https://hl7.org/fhir/R4/http.html#transaction>.

use super::{BASE, address, at, basic, created, hers, system};
use crate::client::{Answer, FNR, NOBODY, OLAV, SOLVEIG, encode};
use crate::server::shared;
use serde_json::{Value, json};

fn entry(method: &str, url: &str) -> Value {
    json!({ "request": { "method": method, "url": url } })
}

fn with(method: &str, url: &str, resource: Value) -> Value {
    json!({ "resource": resource, "request": { "method": method, "url": url } })
}

fn bundle(kind: &str, entries: Vec<Value>) -> Value {
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

fn relative(answer: &Answer) -> String {
    address(answer).trim_start_matches(BASE).trim_start_matches('/').to_owned()
}

fn status(answer: &Value, n: usize) -> String {
    answer["entry"][n]["response"]["status"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

/// SHALL: A transaction is done in the order DELETE, POST, PUT and PATCH, GET and HEAD, whatever the order of its entries (http.html#trules)
#[test]
fn http_transaction_shall_follow_the_order_of_methods() {
    let old = created(&basic("order-old"));
    let changed = created(&basic("order-changed"));
    let mut next = changed.json();
    next["code"]["text"] = json!("endret");
    let make = json!({
        "resource": basic("order-old"),
        "request": { "method": "POST", "url": "Basic", "ifNoneExist": "identifier=urn:x:fhir-http|order-old" }
    });
    let answer = system()
        .post(
            BASE,
            &bundle(
                "transaction",
                vec![
                    entry("GET", &relative(&changed)),
                    entry("GET", "Basic?identifier=urn:x:fhir-http|order-old"),
                    entry("HEAD", &relative(&changed)),
                    make,
                    with("PUT", &relative(&changed), next),
                    entry("DELETE", &relative(&old)),
                ],
            ),
        )
        .expect(200)
        .json();
    assert_eq!(answer["type"], "transaction-response");
    // What is got is what the changes left.
    assert_eq!(answer["entry"][0]["resource"]["code"]["text"], "endret");
    assert_eq!(answer["entry"][0]["response"]["etag"], "W/\"2\"");
    let found = &answer["entry"][1]["resource"];
    assert_eq!(
        (&found["type"], found["entry"].as_array().map(Vec::len)),
        (&json!("searchset"), Some(1))
    );
    assert_ne!(found["entry"][0]["resource"]["id"], old.json()["id"]);
    assert_eq!(
        (&answer["entry"][2]["response"]["etag"], answer["entry"][2].get("resource")),
        (&json!("W/\"2\""), None)
    );
    // The one that is deleted does not answer the condition of the create.
    assert_eq!(
        (status(&answer, 3).as_str(), status(&answer, 5).as_str()),
        ("201 Created", "204 No Content")
    );
    system().get(&address(&old)).refused(410, "deleted");
}

/// SHALL: The conditions of an entry (ifNoneMatch, ifModifiedSince, ifMatch, ifNoneExist) work as the headers do (http.html#bundle-conditions)
#[test]
fn http_bundle_entries_shall_obey_their_conditions() {
    let made = created(&basic("entry-conditions"));
    let url = relative(&made);
    let get = |name: &str, value: &str| json!({ "request": { "method": "GET", "url": url, name: value } });
    let put = |name: &str, value: &str| json!({ "resource": made.json(), "request": { "method": "PUT", "url": url, name: value } });
    let answer = system()
        .post(
            BASE,
            &bundle(
                "batch",
                vec![
                    get("ifNoneMatch", "W/\"1\""),
                    get("ifModifiedSince", "2100-01-01T00:00:00Z"),
                    get("ifModifiedSince", "2000-01-01T00:00:00Z"),
                    put("ifMatch", "W/\"9\""),
                    put("ifNoneMatch", "*"),
                ],
            ),
        )
        .expect(200)
        .json();
    let all: Vec<String> = (0..5).map(|n| status(&answer, n)[..3].to_owned()).collect();
    assert_eq!(all, ["304", "304", "200", "412", "412"], "{answer}");
    assert!(answer["entry"][0].get("resource").is_none());
    assert_eq!(answer["entry"][3]["response"]["outcome"]["resourceType"], "OperationOutcome");
}

/// SHALL: The entries of a batch are answered one by one, in their order, the reads among them too (http.html#brules)
#[test]
fn http_batch_shall_answer_reads_and_writes_in_their_places() {
    let made = created(&basic("batch-mixed"));
    let url = relative(&made);
    let answer = system()
        .post(
            BASE,
            &bundle(
                "batch",
                vec![
                    entry("GET", "Basic/finnes-ikke"),
                    with("POST", "Basic", basic("batch-new")),
                    entry("GET", &format!("{url}/_history/1")),
                    entry("GET", &format!("{url}/_history")),
                    entry("GET", "metadata"),
                    entry("GET", "Basic?finnes=ikke"),
                    entry("GET", &format!("{}{}/{url}", shared().url, BASE)),
                ],
            ),
        )
        .expect(200)
        .json();
    let all: Vec<String> = (0..7).map(|n| status(&answer, n)[..3].to_owned()).collect();
    assert_eq!(all, ["404", "201", "200", "200", "400", "400", "200"], "{answer}");
    assert_eq!(answer["entry"][2]["resource"], made.json());
    assert_eq!(answer["entry"][3]["resource"]["type"], "history");
    // In a transaction what cannot be understood refuses everything.
    let refused = system().post(
        BASE,
        &bundle("transaction", vec![entry("GET", "metadata"), with("POST", "Basic", basic("never"))]),
    );
    refused.refused(400, "bundle-url");
    let many = vec![entry("GET", &url); 201];
    system().post(BASE, &bundle("batch", many)).refused(413, "limit-reads");
}

/// SHALL: Two entries of a transaction that change the same resource are refused (http.html#trules)
#[test]
fn http_transaction_shall_refuse_two_changes_of_one_resource() {
    let made = created(&basic("twice"));
    let url = relative(&made);
    let by_identifier = "Basic?identifier=urn:x:fhir-http|twice";
    for pair in [
        vec![with("PUT", &url, made.json()), entry("DELETE", &url)],
        vec![with("PUT", &url, made.json()), with("PUT", by_identifier, basic("twice"))],
        vec![with("PUT", &url, made.json()), entry("DELETE", by_identifier)],
    ] {
        system().post(BASE, &bundle("transaction", pair)).refused(400, "bundle-duplicate");
    }
    assert_eq!(system().get(&address(&made)).expect(200).body, made.body);
}

/// SHALL: Links into the bundle are rewritten wherever they stand: references, uris, narratives (http.html#trules)
#[test]
fn http_transaction_shall_rewrite_links_in_references_uris_and_narratives() {
    let (one, two) = (
        "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
        "urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059",
    );
    let mut first = basic("links-1");
    first["extension"] = json!([
        { "url": "urn:x:uri", "valueUri": two },
        { "url": "urn:x:string", "valueString": two },
        { "url": "urn:x:canonical", "valueCanonical": two }
    ]);
    first["subject"] = json!({ "reference": two });
    first["text"] = json!({ "status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"{two}\">å \"her\"</a> {two}</div>") });
    let entries = vec![
        json!({ "fullUrl": one, "resource": first, "request": { "method": "POST", "url": "Basic" } }),
        json!({ "fullUrl": two, "resource": basic("links-2"), "request": { "method": "POST", "url": "Basic" } }),
    ];
    let answer = system().post(BASE, &bundle("transaction", entries)).expect(200).json();
    let location = |n: usize| {
        let text = answer["entry"][n]["response"]["location"].as_str().expect("a location").to_owned();
        text.split("/_history").next().expect("an address").to_owned()
    };
    let stored = system().get(&at(&location(0))).expect(200).json();
    assert_eq!(stored["subject"]["reference"], location(1));
    assert_eq!(stored["extension"][0]["valueUri"], location(1));
    assert_eq!(stored["extension"][1]["valueString"], two, "a string is no link");
    assert_eq!(stored["extension"][2]["valueCanonical"], location(1));
    let div = stored["text"]["div"].as_str().expect("a narrative");
    assert!(div.contains(&format!("<a href=\"{}\">å \"her\"</a> {two}", location(1))), "{div}");
}

/// SHALL: Prefer: return=representation puts the resources into the answer to a transaction (http.html#transaction-response)
#[test]
fn http_transaction_shall_return_the_resources_when_preferred() {
    let send = |wish: &str| {
        system()
            .ask("POST", BASE)
            .header("prefer", wish)
            .json(&bundle("transaction", vec![with("POST", "Basic", basic("represented"))]))
            .send()
            .expect(200)
            .json()
    };
    let whole = send("return=representation");
    assert_eq!(whole["entry"][0]["resource"]["identifier"][0]["value"], "represented");
    assert!(send("return=minimal")["entry"][0].get("resource").is_none());
}

/// SHALL: Each read in a bundle is judged as if it had come alone (deny by default)
#[test]
fn http_bundle_reads_shall_reach_nothing_of_another_patient() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = hers();
    let (id, patient) = (
        hers["id"].as_str().expect("an id"),
        physician.get(&at("Patient")).expect(200).resources()[0]["id"].clone(),
    );
    let patient = patient.as_str().expect("an id");
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let ask = |id: &str, patient: &str, nin: &str| {
        let entries = vec![
            entry("GET", &format!("Observation/{id}")),
            entry("GET", &format!("Observation/{id}/_history")),
            entry("GET", &format!("Patient/{patient}")),
            entry("GET", &format!("Observation?_id={id}")),
            entry("GET", &format!("Patient?identifier={}", encode(&format!("{FNR}|{nin}")))),
            entry("GET", "Patient"),
            entry("GET", "_history?_count=1000"),
        ];
        nurse.post(BASE, &bundle("batch", entries)).expect(200)
    };
    let (her, nobody) = (ask(id, patient, SOLVEIG), ask(NOBODY, NOBODY, &crate::client::stranger(3)));
    for answer in [&her, &nobody] {
        let all: Vec<String> = (0..7).map(|n| status(&answer.json(), n)[..3].to_owned()).collect();
        assert_eq!(all[5..], ["200", "200"], "{}", answer.start());
        assert!(all[..3].iter().all(|s| s == "403" || s == "404"), "{all:?}");
    }
    let (a, b) = (her.json(), nobody.json());
    for n in 0..5 {
        assert_eq!(status(&a, n), status(&b, n), "{n}");
    }
    for resource in [&a["entry"][5], &a["entry"][6]] {
        let text = resource.to_string();
        assert!(!text.contains(SOLVEIG) && !text.contains(patient) && !text.contains("Solveig"));
    }
    // Who may only read, reads; her writes are refused one by one.
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    let answer = citizen
        .post(
            BASE,
            &bundle("batch", vec![entry("GET", "Patient"), with("POST", "Basic", basic("citizen"))]),
        )
        .expect(200)
        .json();
    assert_eq!((&status(&answer, 0)[..3], &status(&answer, 1)[..3]), ("200", "403"), "{answer}");
    assert_eq!(answer["entry"][0]["resource"]["entry"].as_array().map(Vec::len), Some(1));
}

/// SHALL: Searches of the whole server and in a compartment stand in a bundle as any other (http.html#transaction)
#[test]
fn http_bundle_shall_search_the_server_and_compartments() {
    let nin = crate::client::stranger(95);
    let patient = json!({ "resourceType": "Patient", "identifier": [{ "system": FNR, "value": nin }] });
    let url = relative(&created(&patient));
    let entries = [
        entry(
            "GET",
            &format!("?_type=Patient,Basic&identifier={}", encode(&format!("{FNR}|{nin}"))),
        ),
        entry("GET", &format!("{url}/*")),
        entry("GET", &format!("{url}/Observation?status=final")),
        entry("GET", "?_type=Ingenting"),
        entry("GET", ""),
    ];
    let answer = system().post(BASE, &bundle("batch", entries[..4].to_vec())).expect(200).json();
    let all: Vec<String> = (0..4).map(|n| status(&answer, n)[..3].to_owned()).collect();
    assert_eq!(all, ["200", "200", "200", "400"], "{answer}");
    for n in 0..2 {
        let found = &answer["entry"][n]["resource"];
        let text = found["entry"][0]["fullUrl"].as_str().expect("a match");
        assert!(
            text.ends_with(&url) && found["entry"].as_array().map(Vec::len) == Some(1),
            "{n}: {found}"
        );
    }
    assert!(answer["entry"][2]["resource"].get("entry").is_none());
    system().post(BASE, &bundle("transaction", entries[..3].to_vec())).expect(200);
    // An empty address is none.
    let empty = system().post(BASE, &bundle("batch", entries[4..].to_vec()));
    assert!(empty.text().contains("bundle-url"), "{}", empty.start());
    // Each is judged as if it had come alone.
    let hers = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let asked = bundle("batch", entries[..3].to_vec());
    let text = hers.post(BASE, &asked).expect(200).text();
    assert!(!text.contains(&nin) && !text.contains("\"fullUrl\""), "{text}");
}

/// SHALL: A transaction succeeds or fails as a whole, its reads among it (http.html#transaction)
#[test]
fn http_transaction_shall_fail_with_its_reads() {
    let made = created(&basic("all-or-nothing"));
    let url = relative(&made);
    let mut next = made.json();
    next["code"]["text"] = json!("endret");
    for (status, reads) in [
        (404, vec![entry("GET", "Basic/finnes-ikke")]),
        (404, vec![entry("GET", "Basic"), entry("HEAD", &format!("{url}/_history/99"))]),
        (400, vec![entry("GET", "Basic?finnes=ikke")]),
    ] {
        let entries = [vec![with("PUT", &url, next.clone())], reads].concat();
        let refused = system().post(BASE, &bundle("transaction", entries));
        refused.refused(status, "bundle-read");
        assert!(refused.json().to_string().contains("Bundle.entry["), "{}", refused.start());
    }
    let gone = vec![entry("DELETE", &url), entry("GET", &url)];
    system().post(BASE, &bundle("transaction", gone)).refused(410, "bundle-read");
    let only = vec![entry("GET", &url), entry("GET", "Basic/finnes-ikke")];
    system().post(BASE, &bundle("transaction", only)).refused(404, "bundle-read");
    assert_eq!(system().get(&address(&made)).expect(200).body, made.body, "nothing was done");
    // What the transaction makes may be read in it.
    let own = vec![
        with(
            "PUT",
            "Basic/lages-her",
            json!({ "resourceType": "Basic", "id": "lages-her", "code": { "text": "ny" } }),
        ),
        entry("GET", "Basic/lages-her"),
    ];
    let answer = system().post(BASE, &bundle("transaction", own)).expect(200).json();
    assert_eq!(answer["entry"][1]["resource"]["code"]["text"], "ny", "{answer}");
}

/// SHALL: Prefer: return=OperationOutcome puts an outcome into each entry of the answer (http.html#return)
#[test]
fn http_bundle_shall_return_outcomes_when_preferred() {
    let answer = system()
        .ask("POST", BASE)
        .header("prefer", "return=OperationOutcome")
        .json(&bundle(
            "batch",
            vec![with("POST", "Basic", basic("outcomes")), with("POST", "Basic", json!({}))],
        ))
        .send()
        .expect(200)
        .json();
    for n in 0..2 {
        assert_eq!(
            answer["entry"][n]["response"]["outcome"]["resourceType"], "OperationOutcome",
            "{answer}"
        );
    }
}
