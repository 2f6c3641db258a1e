//! `If-None-Match`, `If-Modified-Since`, `If-Match`: <https://hl7.org/fhir/R4/http.html#concurrency>.

use super::{address, at, basic, created, system, version};
use serde_json::json;

/// SHALL: A stale If-Match on an update is refused with 412 and changes nothing (http.html#concurrency)
#[test]
fn http_update_shall_answer_412_when_if_match_is_stale() {
    let first = created(&basic("update-stale"));
    let path = address(&first);
    let ask = |tag: &str| system().ask("PUT", &path).header("if-match", tag).json(&first.json()).send();
    ask("W/\"4\"").refused(412, "version-conflict");
    assert_eq!(version(&ask("W/\"1\"").expect(200)), json!("2"));
    ask("tull").refused(400, "if-match");
}

/// SHALL: If-None-Match: * lets an update only create (http.html#create)
#[test]
fn http_update_shall_answer_412_when_if_none_match_is_a_star_and_it_exists() {
    let path = at("Basic/if-none-match-star");
    let mut resource = basic("star");
    resource["id"] = json!("if-none-match-star");
    let ask = || system().ask("PUT", &path).header("if-none-match", "*").json(&resource).send();
    ask().expect(201);
    ask().refused(412, "already-there");
    system().ask("DELETE", &path).send().expect(204);
    ask().expect(201);
}
