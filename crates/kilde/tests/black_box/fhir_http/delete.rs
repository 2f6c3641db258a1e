//! `delete`: <https://hl7.org/fhir/R4/http.html#delete>.

use super::{BASE, address, at, basic, created, hers, system};
use crate::client::{OLAV, SOLVEIG};
use crate::server::shared;
use serde_json::json;

/// SHALL: A conditional delete removes the one match (http.html#3.1.0.7.1)
#[test]
fn http_conditional_delete_shall_delete_the_one_match() {
    let path = address(&created(&basic("delete-one")));
    let url = at("Basic?identifier=urn:x:fhir-http%7Cdelete-one");
    system().ask("DELETE", &url).send().expect(204);
    system().get(&path).refused(410, "deleted");
    // Nothing meets it any more: nothing happens.
    system().ask("DELETE", &url).send().expect(204);
    assert_eq!(system().get(&path).header("etag"), "W/\"2\"");
}

/// SHALL: A conditional delete that meets several is refused as not selective enough, with 412 (http.html#3.1.0.7.1)
#[test]
fn http_conditional_delete_shall_answer_412_when_several_match() {
    let paths = [address(&created(&basic("delete-many"))), address(&created(&basic("delete-many")))];
    let url = at("Basic?identifier=urn:x:fhir-http%7Cdelete-many");
    system().ask("DELETE", &url).send().refused(412, "condition-many");
    for path in paths {
        system().get(&path).expect(200);
    }
    // Without a condition nothing is chosen.
    system().ask("DELETE", &at("Basic")).send().refused(400, "condition-syntax");
    system()
        .ask("DELETE", &at("Basic?_count=1"))
        .send()
        .refused(400, "condition-syntax");
    system()
        .ask("DELETE", &at(&format!("Patient?identifier={OLAV}")))
        .send()
        .refused(400, "no-nin-in-url");
}

/// SHALL: A transaction may delete by condition, before anything else in it is done (http.html#trules)
#[test]
fn http_transaction_shall_take_conditional_deletes() {
    let path = address(&created(&basic("delete-in-transaction")));
    let entry = json!({ "request": { "method": "DELETE", "url": "Basic?identifier=urn:x:fhir-http|delete-in-transaction" } });
    let answer = system()
        .post(BASE, &json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] }))
        .expect(200)
        .json();
    assert_eq!(answer["entry"][0]["response"]["status"], "204 No Content");
    system().get(&path).refused(410, "deleted");
}

/// SHALL: A delete that meets only what the writer may not see does what it does when nothing is there
#[test]
fn http_conditional_delete_shall_be_no_oracle() {
    let physician = shared().who("lege-legevakt-nordvik").attested(SOLVEIG);
    let hers = hers();
    let id = hers["id"].as_str().expect("an id");
    let ward = shared().who("sykepleier-kad-nordvik").attested(OLAV);
    let ask = |id: &str| ward.ask("DELETE", &at(&format!("Observation?_id={id}"))).send();
    let (her, nobody) = (ask(id), ask(crate::client::NOBODY));
    assert_eq!((her.status, her.text()), (nobody.status, nobody.text()));
    physician.get(&at(&format!("Observation/{id}"))).expect(200);
}
