//! What is granted, and where a browser may be sent.

use super::{Ehr, Reply, Request, granted, is_redirect};
use crate::dpop::DpopKey;
use crate::issuer::Issuer;
use crate::jose::sha256;
use crate::people::People;
use serde_json::json;
use std::sync::Arc;

#[test]
fn scopes_are_granted_as_asked_or_refused() {
    let all = |asked, user| granted(asked, user).map(|all| all.join(" ")).map_err(|e| e.error);
    assert_eq!(
        all("launch patient/Observation.rs openid patient/Observation.rs user/Patient.r", true).as_deref(),
        Ok("patient/Observation.rs user/Patient.r")
    );
    assert_eq!(all("system/*.cruds", false).as_deref(), Ok("system/*.cruds"));
    for wrong in [
        "",
        "openid launch",
        "patient/Observation.read",
        "patient/Observation.sr",
        "patient/Observation.rs?category=x",
        "patient/observation.rs",
        "patient/*.",
        "patient/*",
        "system/*.rs",
    ] {
        assert_eq!(all(wrong, true), Err("invalid_scope"), "{wrong}");
    }
    assert_eq!(all("patient/*.rs", false), Err("invalid_scope"));
}

#[test]
fn browsers_are_sent_to_https_and_this_machine_only() {
    for good in ["https://app.example/callback", "http://127.0.0.1:9000/cb", "http://localhost/cb"] {
        assert!(is_redirect(good), "{good}");
    }
    for bad in [
        "http://app.example/",
        "javascript:alert(1)",
        "https://a@b/",
        "https://a/?x=1",
        "https://a/#x",
        "https://a/\"",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "https://a/\r\nx",
    ] {
        assert!(!is_redirect(bad), "{bad}");
    }
}

const BASE: &str = "http://127.0.0.1:8080";
const NOW: i64 = 1_795_000_000_000;
const VERIFIER: &str = "a-verifier-of-forty-three-characters-000000";

struct Journal {
    ehr: Ehr,
    dpop: DpopKey,
}

impl Journal {
    fn new() -> Journal {
        let issuer = Issuer::new(BASE, Arc::new(People::fixed())).expect("keys");
        let journal = Journal {
            ehr: Ehr::new(BASE, Arc::new(issuer)),
            dpop: DpopKey::generate().expect("a key"),
        };
        let app = json!({"client_id": "app", "redirect_uris": ["https://app.example/cb"]}).to_string();
        assert!(matches!(journal.send("POST", "apps", "", &app, NOW), Reply::Json(201, _)));
        journal
    }

    fn send(&self, method: &str, path: &str, query: &str, body: &str, now_ms: i64) -> Reply {
        let url = format!("{BASE}/sandbox/ehr/9901/{path}");
        let proof = self.dpop.proof("POST", &url, None, now_ms).expect("a proof");
        self.ehr.handle(&Request {
            method,
            instance: "9901",
            path,
            query,
            dpop: &[&proof],
            body: body.as_bytes(),
            now_ms,
        })
    }

    fn launch(&self) -> String {
        let body = json!({"persona": "lege-legevakt-nordvik", "patient": "11833810555"}).to_string();
        match self.send("POST", "launch", "", &body, NOW) {
            Reply::Json(201, told) => told["launch"].as_str().expect("a handle").to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn code(&self, launch: &str, now_ms: i64) -> Option<String> {
        let query = format!(
            "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=launch%20patient%2F*.rs&state=s\
             &aud=http%3A%2F%2F127.0.0.1%3A8080%2F9901%2Ffhir%2Fr4&code_challenge={}&code_challenge_method=S256&launch={launch}",
            sha256(VERIFIER.as_bytes())
        );
        match self.send("GET", "authorize", &query, "", now_ms) {
            Reply::To(location) => location
                .split_once("?code=")
                .map(|(_, rest)| rest.split('&').next().unwrap_or_default().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    fn token(&self, code: &str, now_ms: i64) -> Reply {
        let body = format!(
            "grant_type=authorization_code&code={code}&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier={VERIFIER}"
        );
        self.send("POST", "token", "", &body, now_ms)
    }
}

#[test]
fn a_code_is_good_for_a_minute() {
    let journal = Journal::new();
    let code = || journal.code(&journal.launch(), NOW).expect("a code");
    assert!(matches!(journal.token(&code(), NOW + 59_000), Reply::Token(_, _, _)));
    match journal.token(&code(), NOW + 60_000) {
        Reply::Json(400, told) => assert_eq!(told["error"], "invalid_grant"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_launch_is_good_for_five_minutes() {
    let journal = Journal::new();
    assert!(journal.code(&journal.launch(), NOW + 299_000).is_some());
    assert!(journal.code(&journal.launch(), NOW + 300_000).is_none());
}
