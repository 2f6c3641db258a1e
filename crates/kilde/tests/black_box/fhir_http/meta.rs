//! `$meta`, `$meta-add`, `$meta-delete`: <https://hl7.org/fhir/R4/resource-operations.html>.

use super::{address, at, basic, created, hers, system, version};
use crate::client::{NOBODY, OLAV, SOLVEIG};
use crate::server::shared;
use serde_json::{Value, json};

fn parameters(meta: Value) -> Value {
    json!({ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": meta }] })
}

/// SHALL: $meta-add adds profiles, tags and labels, $meta-delete takes them away, and $meta tells them (resource-operation-meta-add.html)
#[test]
fn meta_operations_shall_change_tags_and_nothing_else() {
    let made = created(&basic("meta"));
    let path = address(&made);
    let tag = json!({ "system": "urn:x:tag", "code": "fhir-http-meta" });
    let added = system()
        .post(&format!("{path}/$meta-add"), &parameters(json!({ "tag": [tag] })))
        .expect(200)
        .json();
    assert_eq!(added["parameter"][0]["valueMeta"]["tag"], json!([tag]));
    let read = system().get(&path).expect(200);
    assert_eq!((version(&read), &read.json()["meta"]["tag"]), (json!("2"), &json!([tag])));
    assert_eq!(read.json()["code"], made.json()["code"]);
    let told = system().get(&format!("{path}/$meta")).expect(200).json();
    assert_eq!(
        (&told["resourceType"], &told["parameter"][0]["valueMeta"]),
        (&json!("Parameters"), &read.json()["meta"])
    );
    let gone = system()
        .post(&format!("{path}/$meta-delete"), &parameters(json!({ "tag": [tag] })))
        .expect(200)
        .json();
    assert!(gone["parameter"][0]["valueMeta"].get("tag").is_none(), "{gone}");
    system()
        .post(&format!("{path}/$meta-add"), &json!({ "resourceType": "Parameters" }))
        .refused(400, "meta-parameter");
    system()
        .ask("POST", &format!("{path}/$meta-add"))
        .header("if-match", "W/\"1\"")
        .json(&parameters(json!({ "tag": [tag] })))
        .send()
        .refused(412, "version-conflict");
    system().get(&at("Basic/finnes-ikke/$meta")).refused(404, "not-found");
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    let all = nurse.get(&at("Patient/$meta")).expect(200).json();
    assert_eq!(all["parameter"][0]["name"], "return");
}

/// SHALL: $meta and its changes reach nothing that a read and a write would not
#[test]
fn meta_operations_shall_reach_nothing_of_another_patient() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = hers();
    let id = hers["id"].as_str().expect("an id");
    let ward = shared().who("sykepleier-kad-nordvik").attested(OLAV);
    for (method, operation) in [("GET", "$meta"), ("POST", "$meta-add"), ("POST", "$meta-delete")] {
        let ask = |id: &str| {
            let ask = ward.ask(method, &at(&format!("Observation/{id}/{operation}")));
            let body = parameters(json!({ "tag": [{ "code": "x" }] }));
            if method == "POST" { ask.json(&body).send() } else { ask.send() }
        };
        let (her, nobody) = (ask(id), ask(NOBODY));
        assert_eq!((her.status, her.text()), (nobody.status, nobody.text()), "{operation}");
        assert_eq!(her.status, 404, "{operation}");
    }
    assert_eq!(physician.get(&at(&format!("Observation/{id}"))).expect(200).json(), hers);
}
