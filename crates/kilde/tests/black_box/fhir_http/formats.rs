//! Formats: <https://hl7.org/fhir/R4/http.html#mime-type>.

use super::{BASE, address, at, basic, created, system};
use crate::client::{Answer, Ask, FHIR};
use crate::server::shared;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::xml::{Layout, from_json, to_json};
use serde_json::{Value, json};

const XML: &str = "application/fhir+xml";

/// The JSON that an XML answer says.
#[track_caller]
fn said(answer: &Answer) -> Value {
    assert!(
        answer.header("content-type").starts_with(XML),
        "{} {}",
        answer.header("content-type"),
        answer.start()
    );
    let converted = to_json(&answer.body, Limits::default()).unwrap_or_else(|f| panic!("{f:?} {}", answer.start()));
    serde_json::from_str(&converted.json).expect("JSON")
}

fn xml(value: &Value) -> String {
    let document = parse(value.to_string(), Limits::default()).expect("JSON");
    from_json(document.root(), Layout::Compact).expect("XML")
}

/// SHALL: A resource sent in XML is stored and comes back, in either format, with every digit it had (http.html#mime-type)
#[test]
fn http_create_shall_take_xml_and_lose_nothing() {
    let text = "<Basic xmlns=\"http://hl7.org/fhir\"><extension url=\"urn:x:n\"><valueDecimal value=\"1.10\"/></extension>\
                <code><text id=\"t\" value=\"åæø &lt;&amp;&quot;\"/></code></Basic>";
    let made = system()
        .ask("POST", &at("Basic"))
        .header("accept", XML)
        .body(XML, text)
        .send()
        .expect(201);
    let first = said(&made);
    assert!(made.text().contains("<valueDecimal value=\"1.10\"/>"), "{}", made.text());
    let path = at(&format!("Basic/{}", first["id"].as_str().expect("an id")));
    assert!(!made.header("location").is_empty() && made.header("etag") == "W/\"1\"");
    let json = system().get(&path).expect(200);
    assert!(json.text().contains("\"valueDecimal\":1.10"), "{}", json.text());
    assert_eq!(json.json()["code"]["text"], "åæø <&\"");
    assert_eq!(json.json()["code"]["_text"]["id"], "t");
    assert_eq!(said(&system().get(&format!("{path}?_format=xml")).expect(200)), json.json());
}

/// SHALL: Every interaction answers in XML when XML is asked for, by Accept or by _format (http.html#mime-type)
#[test]
fn http_every_interaction_shall_answer_in_xml_when_asked() {
    let made = created(&basic("in-xml"));
    let path = address(&made);
    let ask = |method: &str, path: &str| system().ask(method, path).header("accept", XML);
    assert_eq!(said(&ask("GET", &path).send().expect(200)), made.json());
    assert_eq!(said(&ask("GET", &format!("{path}/_history/1")).send().expect(200)), made.json());
    let history = said(&ask("GET", &format!("{path}/_history")).send().expect(200));
    assert_eq!(
        (&history["type"], &history["entry"][0]["resource"]),
        (&json!("history"), &made.json())
    );
    let found = said(&ask("GET", &at("Basic?identifier=urn:x:fhir-http%7Cin-xml")).send().expect(200));
    assert_eq!(
        (&found["type"], &found["entry"][0]["resource"]),
        (&json!("searchset"), &made.json())
    );
    let metadata = Ask::new("GET", &format!("{}{}", shared().url, at("metadata?_format=xml")))
        .send()
        .expect(200);
    assert_eq!(said(&metadata)["resourceType"], "CapabilityStatement");
    let mut next = made.json();
    next["code"]["text"] = json!("endret");
    let updated = ask("PUT", &path).body(XML, &xml(&next)).send().expect(200);
    assert_eq!(said(&updated)["code"]["text"], "endret");
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": basic("in-xml-bundle"), "request": { "method": "POST", "url": "Basic" } }] });
    let answer = said(&ask("POST", BASE).body(XML, &xml(&bundle)).send().expect(200));
    assert_eq!(
        (&answer["type"], &answer["entry"][0]["response"]["status"]),
        (&json!("transaction-response"), &json!("201 Created"))
    );
    let mut batch = bundle;
    batch["type"] = json!("batch");
    let answer = said(&ask("POST", BASE).body(XML, &xml(&batch)).send().expect(200));
    assert_eq!(answer["entry"][0]["response"]["status"], "201 Created");
    let head = ask("HEAD", &path).send().expect(200);
    assert_eq!((head.body.len(), head.header("content-type").starts_with(XML)), (0, true));
}

/// SHALL: The links of a search and of a history go on in the format that was asked for by _format (http.html#parameters)
#[test]
fn http_links_shall_keep_the_format_asked_for() {
    (0..2).for_each(|n| drop(created(&basic(&format!("format-of-links-{n}")))));
    for path in ["Basic?_count=1&_format=xml", "Basic/_history?_count=1&_format=xml"] {
        let first = said(&system().get(&at(path)).expect(200));
        let link = |relation: &str| {
            let links = first["link"].as_array().into_iter().flatten();
            let url = links.filter(|l| l["relation"] == relation).find_map(|l| l["url"].as_str());
            url.unwrap_or_else(|| panic!("{path}: no {relation}")).to_owned()
        };
        for url in [link("self"), link("next")] {
            let from = url.find("/99").unwrap_or_default();
            assert_eq!(said(&system().get(&url[from..]).expect(200))["resourceType"], "Bundle", "{url}");
        }
    }
}

/// SHALL: A refusal comes in the format that was asked for, also when it comes before anything else is looked at (http.html#mime-type)
#[test]
fn http_errors_shall_come_in_the_format_asked_for() {
    let ask = |method: &str, path: &str| system().ask(method, &at(path)).header("accept", XML);
    for (answer, status) in [
        (ask("GET", "Basic/finnes-ikke").send(), 404),
        (ask("GET", "Pasient/1").send(), 404),
        (ask("GET", "a/b/c/d/e").send(), 404),
        (ask("TRACE", "Basic/1").send(), 405),
        (ask("GET", "Basic?finnes=ikke").send(), 400),
        (ask("POST", "Basic").body("text/plain", "x").send(), 415),
        (ask("POST", "Basic").body(FHIR, "{").send(), 400),
        (
            Ask::new("GET", &format!("{}{}", shared().url, at("Basic")))
                .header("accept", XML)
                .send(),
            401,
        ),
    ] {
        assert_eq!(answer.status, status, "{}", answer.start());
        assert_eq!(said(&answer)["resourceType"], "OperationOutcome");
    }
}

/// SHALL: Findings about XML say line and column of the XML that was sent (http.html#rejecting-updates)
#[test]
fn http_findings_about_xml_shall_point_into_the_xml() {
    let text =
        "<Basic xmlns=\"http://hl7.org/fhir\">\n  <code>\n    <text value=\"a\"/>\n  </code>\n  <created value=\"i går\"/>\n</Basic>";
    let answer = system().ask("POST", &at("Basic")).body(XML, text).send().expect(400);
    let issue = answer.json()["issue"][0].clone();
    assert_eq!(
        (&issue["diagnostics"], &issue["expression"][0]),
        (&json!("5:3"), &json!("Basic.created")),
        "{issue}"
    );
    let broken = system()
        .ask("POST", &at("Basic"))
        .body(XML, "<Basic xmlns=\"http://hl7.org/fhir\">\n<code>")
        .send();
    assert_eq!(broken.rule(), "fhir-xml-well-formed");
    let bundle = "<Bundle xmlns=\"http://hl7.org/fhir\">\n<type value=\"batch\"/>\n<entry>\n<resource><Basic>\n<created value=\"x\"/></Basic></resource>\n\
                  <request><method value=\"POST\"/><url value=\"Basic\"/></request></entry></Bundle>";
    let answer = system().ask("POST", BASE).body(XML, bundle).send().expect(200).json();
    let issues = answer["entry"][0]["response"]["outcome"]["issue"].to_string();
    assert!(issues.contains("\"5:1\""), "{issues}");
}

/// SHALL: What cannot be answered in the asked format gets 406, and what cannot be read 415 (http.html#mime-type)
#[test]
fn http_shall_answer_406_and_415_to_formats_it_does_not_have() {
    let get = |accept: &str| system().ask("GET", &at("Basic?_count=1")).header("accept", accept).send();
    get("text/turtle").refused(406, "format");
    get("application/fhir+json; fhirVersion=3.0").refused(406, "format");
    let versioned = get("application/fhir+json; fhirVersion=4.0").expect(200);
    assert!(versioned.header("content-type").contains("fhirVersion=4.0"));
    get("text/turtle, application/fhir+xml;q=0.1").expect(200);
    system().get(&at("Basic?_count=1&_format=ttl")).refused(406, "format");
    let post = |kind: &str| system().ask("POST", &at("Basic")).body(kind, &basic("format").to_string()).send();
    for kind in [
        "text/turtle",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json; charset=iso-8859-1",
    ] {
        post(kind).refused(415, "content-type");
    }
    post("application/fhir+json; fhirVersion=4.0; charset=utf-8").expect(201);
}
