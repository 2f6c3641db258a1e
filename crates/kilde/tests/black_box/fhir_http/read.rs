//! `read`, `vread`, HEAD, `capabilities`: <https://hl7.org/fhir/R4/http.html#read>.

use super::{address, at, basic, created, system};
use crate::client::Ask;
use crate::server::shared;
use serde_json::json;

/// SHALL: A conditional read answers 304 without body when If-None-Match or If-Modified-Since say that the reader has it (http.html#cread)
#[test]
fn http_read_shall_answer_304_when_the_reader_has_the_version() {
    let made = created(&basic("has-it"));
    let path = address(&made);
    let modified = made.header("last-modified").to_owned();
    let ask = |name: &str, value: &str| system().ask("GET", &path).header(name, value).send();
    for (name, value) in [
        ("if-none-match", "W/\"1\""),
        ("if-none-match", "W/\"7\", W/\"1\""),
        ("if-modified-since", modified.as_str()),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
    ] {
        let answer = ask(name, value).expect(304);
        assert_eq!((answer.body.len(), answer.header("etag")), (0, "W/\"1\""));
        assert_eq!(answer.header("last-modified"), modified);
    }
    for (name, value) in [
        ("if-none-match", "W/\"2\""),
        ("if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("if-modified-since", "i går"),
    ] {
        ask(name, value).expect(200);
    }
}

/// SHALL: A read tells version and time in ETag and Last-Modified (http.html#read)
#[test]
fn http_read_shall_have_etag_and_last_modified() {
    let path = address(&created(&basic("headers")));
    for path in [path.clone(), format!("{path}/_history/1")] {
        let answer = system().get(&path).expect(200);
        assert_eq!(answer.header("etag"), "W/\"1\"");
        assert!(answer.header("last-modified").ends_with("GMT"));
        assert!(answer.header("content-location").ends_with("/_history/1"));
    }
}

/// SHALL: HEAD answers as GET does, without the body, on everything that can be got (http.html#head)
#[test]
fn http_head_shall_answer_as_get_without_body() {
    let path = address(&created(&basic("head")));
    for path in [
        path.clone(),
        format!("{path}/_history/1"),
        format!("{path}/_history"),
        at("Basic/_history?_count=1"),
        at("_history?_count=1"),
        at("Basic?_count=1"),
        at("metadata"),
        at("$versions"),
        at("Basic/finnes-ikke"),
        at("Pasient/1"),
    ] {
        let (get, head) = (system().get(&path), system().ask("HEAD", &path).send());
        assert_eq!((get.status, head.body.len()), (head.status, 0), "{path}");
        for name in ["etag", "last-modified", "content-type"] {
            assert_eq!(get.header(name), head.header(name), "{path} {name}");
        }
    }
}

/// SHALL: $versions tells which versions of FHIR there are, and which one is meant when none is named
#[test]
fn http_versions_shall_name_4_0() {
    let answer = Ask::new("GET", &format!("{}{}", shared().url, at("$versions")))
        .send()
        .expect(200)
        .json();
    assert_eq!(answer["parameter"][0], json!({ "name": "version", "valueCode": "4.0" }));
    assert_eq!(answer["parameter"][1], json!({ "name": "default", "valueCode": "4.0" }));
    Ask::new("GET", &format!("{}/9999/fhir/r4/$versions", shared().url))
        .send()
        .expect(404);
}
