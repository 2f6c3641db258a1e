//! Wrong tokens, wrong proofs, and keys that change.

mod attestation;
mod table;

use crate::client::{Answer, Ask, Client, SOLVEIG, now_ms, parameters};
use crate::server::shared;

const PATH: &str = "/9901/fhir/r4/$overview";

/// Nothing is recorded between Solveig and the emergency clinic: only the attestation gives access.
fn nurse() -> Client {
    shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG)
}

fn overview(client: &Client, authorization: &str, proofs: &[&str]) -> Answer {
    let mut ask = Ask::new("POST", &client.url(PATH)).header("authorization", authorization);
    for proof in proofs {
        ask = ask.header("dpop", proof);
    }
    ask.json(&parameters(SOLVEIG, None)).send()
}

#[track_caller]
fn unauthenticated(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.start());
    assert!(
        answer.header("www-authenticate").contains("DPoP"),
        "{}",
        answer.header("www-authenticate")
    );
    assert!(!answer.rule().is_empty());
}

#[test]
fn a_right_token_is_answered() {
    nurse().post(PATH, &parameters(SOLVEIG, None)).expect(200);
}

#[test]
fn a_proof_is_good_once() {
    let nurse = nurse();
    let (authorization, proof) = (format!("DPoP {}", nurse.token()), nurse.proof("POST", PATH));
    overview(&nurse, &authorization, &[&proof]).expect(200);
    unauthenticated(&overview(&nurse, &authorization, &[&proof]));
}

#[test]
fn a_proof_of_another_key_is_refused() {
    let (nurse, thief) = (nurse(), nurse());
    let proof = thief
        .key
        .proof("POST", &nurse.url(PATH), Some(nurse.token()), now_ms())
        .expect("a proof");
    unauthenticated(&overview(&nurse, &format!("DPoP {}", nurse.token()), &[&proof]));
}

#[test]
fn the_bearer_scheme_is_refused() {
    let nurse = nurse();
    unauthenticated(&overview(&nurse, &format!("Bearer {}", nurse.token()), &[]));
    unauthenticated(&overview(
        &nurse,
        &format!("Bearer {}", nurse.token()),
        &[&nurse.proof("POST", PATH)],
    ));
}

#[test]
fn no_token_or_no_proof_is_refused() {
    let nurse = nurse();
    unauthenticated(&Ask::new("GET", &nurse.url("/9901/fhir/r4/Patient")).send());
    unauthenticated(&overview(&nurse, &format!("DPoP {}", nurse.token()), &[]));
    unauthenticated(&overview(&nurse, "DPoP", &[&nurse.proof("POST", PATH)]));
    unauthenticated(&overview(&nurse, "DPoP a.b.c", &[&nurse.proof("POST", PATH)]));
}

#[test]
fn two_proofs_or_two_tokens_are_refused() {
    let nurse = nurse();
    let authorization = format!("DPoP {}", nurse.token());
    unauthenticated(&overview(
        &nurse,
        &authorization,
        &[&nurse.proof("POST", PATH), &nurse.proof("POST", PATH)],
    ));
    let ask = Ask::new("POST", &nurse.url(PATH))
        .header("authorization", &authorization)
        .header("authorization", &authorization);
    // RFC 6750 section 3.1: more than one way to bring a token is a malformed request.
    let answer = ask
        .header("dpop", &nurse.proof("POST", PATH))
        .json(&parameters(SOLVEIG, None))
        .send()
        .expect(400);
    assert!(answer.header("www-authenticate").starts_with("DPoP error=\"invalid_request\""));
}

#[test]
fn every_route_asks_for_a_token() {
    for (method, path) in [
        ("GET", "/9901/fhir/r4/Patient/x".to_owned()),
        ("GET", "/9901/fhir/r4/Patient/x/_history".to_owned()),
        ("GET", "/9901/fhir/r4/Patient/x/_history/1".to_owned()),
        ("POST", "/9901/fhir/r4/Patient/_search".to_owned()),
        ("POST", "/9901/fhir/r4".to_owned()),
        ("POST", "/9901/fhir/r4/Patient".to_owned()),
        ("PUT", "/9901/fhir/r4/Patient/x".to_owned()),
        ("POST", "/9901/fhir/r4/$overview".to_owned()),
        ("POST", "/9901/fhir/r4/$status".to_owned()),
        ("POST", "/9901/fhir/r4/$process-message".to_owned()),
        ("POST", "/9901/okt/v1/okt-events".to_owned()),
        ("GET", format!("/9901/okt/v1/okt-events/{SOLVEIG}")),
        ("GET", format!("/9901/okt/v1/okt-status/{SOLVEIG}")),
        ("GET", "/9901/innbygger/tilgangslogg".to_owned()),
        ("GET", "/9901/admin/quarantine".to_owned()),
        ("POST", "/9901/admin/quarantine/1/replay".to_owned()),
    ] {
        let answer = Ask::new(method, &format!("{}{path}", shared().url)).send();
        assert_eq!(answer.status, 401, "{method} {path}");
        unauthenticated(&answer);
    }
}

#[test]
fn new_tokens_work_after_the_issuers_keys_change() {
    let before = nurse();
    before.post(PATH, &parameters(SOLVEIG, None)).expect(200);
    for _ in 0..2 {
        let rotated = Ask::new("POST", &format!("{}/sandbox/helseid/rotate", shared().url)).send();
        assert!((200..300).contains(&rotated.status), "{}", rotated.text());
        nurse().post(PATH, &parameters(SOLVEIG, None)).expect(200);
    }
}
