//! Too much, too slow, too many at once: each refused with its bound, and the server goes on.

use crate::client::{Ask, Client, FHIR};
use crate::server::Kilde;
use std::io::{Read, Write};
use std::net::TcpStream;

const LIMITS: &str = "[limits]\nbody_mib = 1\nbody_seconds = 3\nrequests = 2\n";

/// Begins a request whose body never comes.
fn slow(kilde: &Kilde, client: &Client) -> TcpStream {
    let host = kilde.url.trim_start_matches("http://");
    let path = "/9901/fhir/r4/Patient";
    let mut stream = TcpStream::connect(host).expect("a connection");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: DPoP {}\r\ndpop: {}\r\ncontent-type: {FHIR}\r\ncontent-length: 100\r\n\r\n{{",
        client.token(),
        client.proof("POST", path)
    )
    .expect("sent");
    stream
}

/// How many creates were let in so far, as the admin listener tells.
fn creates(kilde: &Kilde) -> u64 {
    let metrics = Ask::new("GET", &format!("{}/metrics", kilde.admin)).send().text();
    let line = metrics
        .lines()
        .find_map(|l| l.strip_prefix("kilde_requests_total{interaction=\"create\"} "));
    line.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn what_is_too_large_too_slow_or_too_much_at_once_is_refused_with_its_bound() {
    let place = tempfile::tempdir().expect("a folder");
    let kilde = Kilde::serve(place.path(), LIMITS);
    let client = kilde.who("system-test");

    let large = format!("{{\"resourceType\":\"Basic\",\"id\":\"{}\"}}", "a".repeat(1 << 20));
    let answer = client.ask("POST", "/9901/fhir/r4/Basic").body(FHIR, &large).send();
    answer.refused(413, "limit-bytes");

    let mut held = [slow(&kilde, &client), slow(&kilde, &client)];
    // Both are let in, and wait for their bodies; what asks now is one too many.
    while creates(&kilde) < 3 {
        std::thread::yield_now();
    }
    let turned_away = client.get("/9901/fhir/r4/Basic/nobody");
    turned_away.refused(429, "too-many-requests");
    assert_eq!(turned_away.header("retry-after"), "1");

    for stream in &mut held {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer, and the connection closed");
        assert!(text.starts_with("HTTP/1.1 408 ") && text.contains("body-time"), "{text}");
    }
    assert_eq!(client.get("/9901/fhir/r4/Basic/nobody").status, 404);
}
