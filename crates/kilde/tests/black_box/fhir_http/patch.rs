//! `patch`: <https://hl7.org/fhir/R4/http.html#patch>.

use super::{BASE, address, at, basic, created, hers, system, version};
use crate::client::{OLAV, SOLVEIG};
use crate::server::shared;
use serde_json::{Value, json};

const JSON_PATCH: &str = "application/json-patch+json";
const FHIR_XML: &str = "application/fhir+xml";

fn text_of(code: &str) -> Value {
    json!([{ "op": "add", "path": "/code/text", "value": code }])
}

fn parameters(operation: &[(&str, Value)]) -> Value {
    let part: Vec<Value> = operation
        .iter()
        .map(|(name, value)| {
            let mut part = value.clone();
            part["name"] = json!(name);
            part
        })
        .collect();
    json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": part }] })
}

fn add_text(text: &str) -> Value {
    parameters(&[
        ("type", json!({ "valueCode": "add" })),
        ("path", json!({ "valueString": "Basic.code" })),
        ("name", json!({ "valueString": "text" })),
        ("value", json!({ "valueString": text })),
    ])
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i)) as usize & 63] as char;
            out.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

fn binary(patch: &Value) -> Value {
    json!({ "resourceType": "Binary", "contentType": JSON_PATCH, "data": base64(patch.to_string().as_bytes()) })
}

/// SHALL: A JSON Patch changes what it names and makes the next version of the resource (http.html#patch)
#[test]
fn http_patch_shall_apply_a_json_patch_and_make_a_new_version() {
    let first = created(&basic("patch-json"));
    let path = address(&first);
    let answer = system()
        .ask("PATCH", &path)
        .body(JSON_PATCH, &text_of("ny").to_string())
        .send()
        .expect(200);
    assert_eq!((answer.header("etag"), version(&answer)), ("W/\"2\"", json!("2")));
    assert_eq!(answer.json()["code"]["text"], "ny");
    assert_eq!(answer.json()["identifier"], first.json()["identifier"]);
    assert_eq!(system().get(&path).expect(200).body, answer.body);
    assert_eq!(system().get(&format!("{path}/_history/1")).expect(200).body, first.body);
}

/// SHALL: A FHIRPath Patch, a Parameters in JSON or XML, is applied in the same way (http.html#patch)
#[test]
fn http_patch_shall_apply_a_fhirpath_patch_in_json_and_xml() {
    let path = address(&created(&basic("patch-fhirpath")));
    let answer = system().ask("PATCH", &path).json(&add_text("en")).send().expect(200);
    assert_eq!(answer.json()["code"]["text"], "en");
    let xml = "<Parameters xmlns=\"http://hl7.org/fhir\"><parameter><name value=\"operation\"/>\
               <part><name value=\"type\"/><valueCode value=\"replace\"/></part>\
               <part><name value=\"path\"/><valueString value=\"Basic.code.text\"/></part>\
               <part><name value=\"value\"/><valueString value=\"to\"/></part></parameter></Parameters>";
    let answer = system().ask("PATCH", &path).body(FHIR_XML, xml).send().expect(200);
    assert_eq!((&answer.json()["code"]["text"], version(&answer)), (&json!("to"), json!("3")));
}

/// SHALL: If-Match on a patch is held against the current version, and a stale one gets 412 (http.html#concurrency)
#[test]
fn http_patch_shall_answer_412_when_if_match_is_stale() {
    let path = address(&created(&basic("patch-stale")));
    let ask = |tag: &str| {
        let patch = text_of("x").to_string();
        system().ask("PATCH", &path).header("if-match", tag).body(JSON_PATCH, &patch).send()
    };
    ask("W/\"9\"").refused(412, "version-conflict");
    ask("W/\"1\"").expect(200);
    ask("W/\"1\"").refused(412, "version-conflict");
}

/// SHALL: What a patch makes is examined as an update is, and nothing is stored of what is not valid (http.html#patch)
#[test]
fn http_patch_shall_refuse_what_makes_the_resource_invalid_or_another() {
    let first = created(&basic("patch-invalid"));
    let path = address(&first);
    let ask = |patch: Value| system().ask("PATCH", &path).body(JSON_PATCH, &patch.to_string()).send();
    let invalid = ask(json!([{ "op": "remove", "path": "/code" }]));
    assert!((400..=422).contains(&invalid.status), "{}", invalid.start());
    invalid.rule();
    assert_eq!(ask(json!([{ "op": "add", "path": "/finnesIkke", "value": 1 }])).status, 400);
    ask(json!([{ "op": "replace", "path": "/id", "value": "another" }])).refused(422, "patch-identity");
    ask(json!([{ "op": "replace", "path": "/resourceType", "value": "Patient" }])).refused(422, "patch-identity");
    ask(json!([{ "op": "test", "path": "/code/text", "value": "annet" }])).refused(422, "fhir-patch-not-found");
    ask(json!([{ "op": "test", "path": "/code/coding/0/code", "value": "annet" }])).refused(422, "fhir-patch-test");
    ask(json!({ "op": "test" })).refused(400, "fhir-patch-form");
    let broken = system().ask("PATCH", &path).body(JSON_PATCH, "[{]").send();
    assert_eq!(broken.status, 400);
    broken.rule();
    assert_eq!(system().get(&path).expect(200).body, first.body);
}

/// SHALL: A format of patch that the server does not take is answered 415, with those it takes (http.html#patch)
#[test]
fn http_patch_shall_answer_415_to_an_unknown_format() {
    let path = address(&created(&basic("patch-format")));
    for kind in ["application/xml-patch+xml", "text/plain", "application/merge-patch+json"] {
        let answer = system().ask("PATCH", &path).body(kind, "{}").send();
        assert!(answer.header("accept-patch").contains(JSON_PATCH), "{kind}");
        answer.refused(415, "content-type");
    }
    system()
        .ask("PUT", &path)
        .body(JSON_PATCH, "[]")
        .send()
        .refused(415, "content-type");
}

/// SHALL: A conditional patch changes the one match; none is 404 and several are 412 (http.html#patch)
#[test]
fn http_conditional_patch_shall_change_the_one_match_and_refuse_none_and_several() {
    let first = created(&basic("patch-conditional"));
    let ask = |query: &str| {
        let patch = text_of("funnet").to_string();
        system()
            .ask("PATCH", &at(&format!("Basic?{query}")))
            .body(JSON_PATCH, &patch)
            .send()
    };
    let answer = ask("identifier=urn:x:fhir-http%7Cpatch-conditional&_format=json").expect(200);
    assert_eq!((address(&answer), version(&answer)), (address(&first), json!("2")));
    ask("identifier=urn:x:fhir-http%7Cingen").refused(404, "not-found");
    created(&basic("patch-conditional"));
    ask("identifier=urn:x:fhir-http%7Cpatch-conditional").refused(412, "condition-many");
    ask("").refused(400, "condition-syntax");
    ask("identifier=urn:oid:2.16.578.1.12.4.1.4.1%7C11833810555").refused(400, "no-nin-in-url");
}

/// SHALL: What is not there is 404, and what is deleted 410: a patch never makes a resource (http.html#patch)
#[test]
fn http_patch_shall_not_create() {
    let ask = |path: &str| system().ask("PATCH", path).body(JSON_PATCH, &text_of("x").to_string()).send();
    ask(&at("Basic/finnes-ikke")).refused(404, "not-found");
    let path = address(&created(&basic("patch-deleted")));
    system().ask("DELETE", &path).send().expect(204);
    ask(&path).refused(410, "deleted");
}

/// SHALL: A transaction may hold patches: a Binary with a JSON Patch, a Parameters with a FHIRPath Patch (http.html#patch)
#[test]
fn http_transaction_shall_take_patches_as_binary_and_parameters() {
    let (one, other) = (created(&basic("patch-t1")), created(&basic("patch-t2")));
    let url = |a: &crate::client::Answer| address(a).trim_start_matches(BASE).trim_start_matches('/').to_owned();
    let entry = |url: &str, resource: Value| json!({ "resource": resource, "request": { "method": "PATCH", "url": url } });
    let send = |kind: &str, entries: Vec<Value>| system().post(BASE, &json!({ "resourceType": "Bundle", "type": kind, "entry": entries }));
    let answer = send(
        "transaction",
        vec![
            entry(&url(&one), binary(&text_of("binary"))),
            entry("Basic?identifier=urn:x:fhir-http|patch-t2", add_text("parameters")),
        ],
    )
    .expect(200)
    .json();
    for n in 0..2 {
        assert_eq!(answer["entry"][n]["response"]["status"], "200 OK", "{answer}");
        assert_eq!(answer["entry"][n]["response"]["etag"], "W/\"2\"");
    }
    assert_eq!(system().get(&address(&one)).json()["code"]["text"], "binary");
    assert_eq!(system().get(&address(&other)).json()["code"]["text"], "parameters");
    // All or nothing.
    let failing = send(
        "transaction",
        vec![
            entry(&url(&one), binary(&text_of("aldri"))),
            entry(&url(&other), binary(&json!([{ "op": "remove", "path": "/ingenting" }]))),
        ],
    );
    failing.refused(422, "fhir-patch-not-found");
    let stale = json!({ "resource": binary(&text_of("x")), "request": { "method": "PATCH", "url": url(&one), "ifMatch": "W/\"1\"" } });
    send("transaction", vec![stale]).refused(412, "version-conflict");
    send("transaction", vec![entry(&url(&one), basic("no-patch"))]).refused(400, "bundle-patch");
    assert_eq!(system().get(&address(&one)).json()["code"]["text"], "binary");
    // In a batch each stands alone; two patches of one resource both count.
    let batch = send(
        "batch",
        vec![
            entry(
                &url(&one),
                binary(&json!([{ "op": "add", "path": "/code/coding/-", "value": { "code": "a" } }])),
            ),
            entry(
                &url(&one),
                binary(&json!([{ "op": "add", "path": "/code/coding/-", "value": { "code": "b" } }])),
            ),
            entry("Basic/finnes-ikke", binary(&text_of("x"))),
        ],
    )
    .expect(200)
    .json();
    let status = |n: usize| batch["entry"][n]["response"]["status"].as_str().expect("a status").to_owned();
    assert_eq!(
        (status(0).as_str(), status(1).as_str(), &status(2)[..3]),
        ("200 OK", "200 OK", "404"),
        "{batch}"
    );
    assert_eq!(
        system().get(&address(&one)).json()["code"]["coding"].as_array().map(Vec::len),
        Some(3)
    );
}

/// SHALL: The same delivery again is the same event, also when the patch could not be applied twice (our message ids)
#[test]
fn http_patch_again_with_the_same_message_id_shall_get_the_first_answer() {
    let path = address(&created(&basic("patch-again")));
    let patch = json!([{ "op": "test", "path": "/identifier/0/value", "value": "patch-again" }, { "op": "remove", "path": "/identifier" }]);
    let ask = || {
        system()
            .ask("PATCH", &path)
            .header("kilde-message-id", "patch-again-1")
            .body(JSON_PATCH, &patch.to_string())
            .send()
    };
    let first = ask().expect(200);
    let second = ask().expect(200);
    assert_eq!((second.header("kilde-repeated"), second.body == first.body), ("true", true));
}

/// SHALL: Patches at once are applied one after the other, and none is lost (http.html#concurrency)
#[test]
fn http_patches_at_once_shall_all_be_applied() {
    let path = address(&created(&basic("patch-at-once")));
    std::thread::scope(|scope| {
        for n in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let patch = json!([{ "op": "add", "path": "/code/coding/-", "value": { "code": format!("c{n}") } }]);
                system().ask("PATCH", path).body(JSON_PATCH, &patch.to_string()).send().expect(200);
            });
        }
    });
    let all = system().get(&path).expect(200);
    assert_eq!(
        (all.json()["code"]["coding"].as_array().map(Vec::len), version(&all)),
        (Some(9), json!("9"))
    );
}

/// SHALL: Only who may both read and write a resource may patch it; another's looks as if it were not there
#[test]
fn http_patch_shall_not_reach_what_the_writer_may_not_read_or_write() {
    let hers = hers();
    let id = hers["id"].as_str().expect("an id");
    let probe = json!([{ "op": "test", "path": "/status", "value": "annet" }]).to_string();
    let ward = shared().who("sykepleier-kad-nordvik").attested(OLAV);
    let ask = |client: &crate::client::Client, id: &str| {
        client
            .ask("PATCH", &at(&format!("Observation/{id}")))
            .body(JSON_PATCH, &probe)
            .send()
    };
    let (her, nobody) = (ask(&ward, id), ask(&ward, crate::client::NOBODY));
    assert_eq!(
        (her.status, her.text()),
        (nobody.status, nobody.text().replace(crate::client::NOBODY, id))
    );
    assert_eq!(her.status, 404);
    // Who may read it, but did not deliver it, learns nothing by trying values.
    let reader = shared().who("sykepleier-kad-nordvik").attested(SOLVEIG);
    let (wrong, right) = (
        ask(&reader, id),
        reader
            .ask("PATCH", &at(&format!("Observation/{id}")))
            .body(
                JSON_PATCH,
                &json!([{ "op": "test", "path": "/status", "value": hers["status"] }]).to_string(),
            )
            .send(),
    );
    assert!(matches!(wrong.status, 403 | 404), "{}", wrong.start());
    assert_eq!((wrong.status, wrong.text()), (right.status, right.text()));
    let conditional = |query: &str| {
        ward.ask("PATCH", &at(&format!("Observation?{query}")))
            .body(JSON_PATCH, &probe)
            .send()
    };
    let (her, nobody) = (
        conditional(&format!("_id={id}")),
        conditional(&format!("_id={}", crate::client::NOBODY)),
    );
    assert_eq!((her.status, her.text()), (nobody.status, nobody.text()));
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    assert_eq!(ask(&citizen, id).status, 403);
    assert_eq!(ask(&citizen, crate::client::NOBODY).status, 403);
}
