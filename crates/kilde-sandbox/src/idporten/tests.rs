//! The sandbox's ID-porten against the published descriptions: OpenID Connect Discovery and Core, RFC 9126 (PAR), 7636 (PKCE), 9207 (iss).

use super::{IdPorten, LEVELS, Reply, Request, Wrong};
use crate::ClientKey;
use crate::jose::{Jws, SigningAlgorithm, random_text, sha256};
use crate::people::People;
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: i64 = 1_790_000_000;
const BACK: &str = "http://127.0.0.1:8080/9901/innbygger/callback";
const VERIFIER: &str = "0123456789012345678901234567890123456789012";

struct Shop {
    op: IdPorten,
    key: ClientKey,
}

impl Shop {
    fn new() -> Shop {
        let op = IdPorten::new("http://127.0.0.1:8080/", Arc::new(People::fixed())).expect("keys");
        let key = ClientKey::generate(SigningAlgorithm::Rs256).expect("key");
        let jwk = Value::Object(key.public_jwk());
        op.register(
            "us",
            &jwk,
            vec![BACK.to_owned()],
            vec!["http://127.0.0.1:8080/9901/innbygger".to_owned()],
        )
        .expect("registered");
        Shop { op, key }
    }

    fn send(&self, method: &str, path: &str, query: &str, body: &str, now: i64) -> Reply {
        self.op.handle(&Request {
            method,
            path: &format!("/sandbox/idporten{path}"),
            query,
            body: body.as_bytes(),
            now_ms: now * 1000,
        })
    }

    /// A form as the client; the named parameters are replaced, or left out where the value is empty.
    fn form(&self, base: &[(&str, &str)], change: &[(&str, &str)]) -> String {
        let assertion =
            json!({"iss": "us", "sub": "us", "aud": self.op.url(), "iat": NOW, "exp": NOW + 60, "jti": random_text().expect("random")});
        let assertion = self.key.sign(&assertion).expect("signed");
        let ours = [
            ("client_id", "us"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let all = base
            .iter()
            .chain(&ours)
            .map(|(n, v)| change.iter().find(|(c, _)| c == n).copied().unwrap_or((n, v)));
        let pairs: Vec<String> = all
            .filter(|(_, v)| !v.is_empty())
            .map(|(n, v)| format!("{n}={}", super::authorize::encoded(v)))
            .collect();
        pairs.join("&")
    }

    fn par(&self, change: &[(&str, &str)]) -> Reply {
        let challenge = sha256(VERIFIER.as_bytes());
        let base = [
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", BACK),
            ("state", "s t"),
            ("nonce", "n"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("acr_values", LEVELS[1]),
            ("ui_locales", "nn"),
        ];
        self.send("POST", "/par", "", &self.form(&base, change), NOW)
    }

    fn request_uri(&self) -> String {
        let body: Value = serde_json::from_str(&self.par(&[]).body).expect("JSON");
        body["request_uri"].as_str().expect("request_uri").to_owned()
    }

    fn chosen(&self, more: &str) -> Reply {
        let uri = super::authorize::encoded(&self.request_uri());
        self.send(
            "POST",
            "/authorize",
            "",
            &format!("request_uri={uri}&pid=11833810555&acr={}&do=login{more}", LEVELS[1]),
            NOW,
        )
    }

    fn code(&self, more: &str) -> String {
        let location = self.chosen(more).location.expect("a redirect");
        let code = location.split("code=").nth(1).expect("a code");
        code.split('&').next().expect("a code").to_owned()
    }

    fn token(&self, code: &str, change: &[(&str, &str)], now: i64) -> Reply {
        let base = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        self.send("POST", "/token", "", &self.form(&base, change), now)
    }
}

fn error(reply: &Reply) -> (u16, String) {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    (reply.status, body["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn the_discovery_document_has_what_openid_and_id_porten_publish() {
    let shop = Shop::new();
    let reply = shop.send("GET", "/.well-known/openid-configuration", "", "", NOW);
    let document: Value = serde_json::from_str(&reply.body).expect("JSON");
    for needed in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
    ] {
        assert!(
            !document[needed].is_null(),
            "{needed} is required by OpenID Connect Discovery 1.0, section 3"
        );
    }
    assert_eq!(document["issuer"], shop.op.url());
    assert_eq!(document["require_pushed_authorization_requests"], true);
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(
        document["acr_values_supported"],
        json!(["idporten-loa-substantial", "idporten-loa-high"])
    );
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    for (name, value) in document.as_object().expect("an object") {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(value.as_str().is_some_and(|url| url.starts_with(shop.op.url())), "{name}");
        }
    }
}

#[test]
fn a_login_from_request_to_id_token() {
    let shop = Shop::new();
    let page = shop.send(
        "GET",
        "/authorize",
        &format!("client_id=us&request_uri={}", super::authorize::encoded(&shop.request_uri())),
        "",
        NOW,
    );
    assert!(page.status == 200 && page.body.contains("lang=\"nn\"") && page.body.contains("Olav Nygård") && !page.body.contains("<script"));
    let location = shop.chosen("").location.expect("a redirect");
    assert!(
        location.starts_with(&format!("{BACK}?code=")) && location.contains("&state=s%20t&iss=http%3A%2F%2F127"),
        "{location}"
    );
    let body: Value = serde_json::from_str(&shop.token(&shop.code(""), &[], NOW).body).expect("JSON");
    let token = body["id_token"].as_str().expect("an ID token");
    let jws = Jws::parse(token).expect("three parts");
    assert!(jws.verified_by(shop.op.key.public_jwk()) && jws.header_text("alg") == Some("RS256"));
    for (name, value) in [
        ("iss", shop.op.url()),
        ("aud", "us"),
        ("nonce", "n"),
        ("pid", "11833810555"),
        ("acr", LEVELS[1]),
        ("locale", "nn"),
    ] {
        assert_eq!(jws.text(name), Some(value), "{name}");
    }
    assert!(jws.text("sub").is_some_and(|sub| sub != "11833810555") && jws.text("sid").is_some());
}

#[test]
fn a_pushed_request_that_breaks_a_rule_is_refused() {
    let shop = Shop::new();
    assert_eq!(shop.par(&[]).status, 201);
    for (change, expected) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "profile"), "invalid_scope"),
        (("redirect_uri", "https://evil.example/"), "invalid_request"),
        (
            ("redirect_uri", "http://127.0.0.1:8080/9901/innbygger/callback/"),
            "invalid_request",
        ),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("state", ""), "invalid_request"),
        (("nonce", ""), "invalid_request"),
        (("acr_values", "Level9"), "invalid_request"),
        (("client_assertion", "a.b.c"), "invalid_client"),
        (("client_assertion_type", "other"), "invalid_client"),
        (("client_id", "others"), "invalid_client"),
    ] {
        assert_eq!(error(&shop.par(&[change])).1, expected, "{change:?}");
    }
    assert_eq!(
        shop.send("GET", "/authorize", "client_id=us&redirect_uri=x&response_type=code", "", NOW)
            .status,
        400,
        "without PAR"
    );
}

#[test]
fn a_code_is_good_once_for_its_own_client_verifier_and_time() {
    let shop = Shop::new();
    let code = shop.code("");
    assert_eq!(shop.token(&code, &[], NOW).status, 200);
    assert_eq!(error(&shop.token(&code, &[], NOW)), (400, "invalid_grant".to_owned()));
    let other = "x".repeat(43);
    assert_eq!(
        error(&shop.token(&shop.code(""), &[("code_verifier", other.as_str())], NOW)).1,
        "invalid_grant"
    );
    assert_eq!(error(&shop.token(&shop.code(""), &[("redirect_uri", "x")], NOW)).1, "invalid_grant");
    assert_eq!(
        error(&shop.token(&shop.code(""), &[("grant_type", "password")], NOW)).1,
        "unsupported_grant_type"
    );
    assert_eq!(error(&shop.token(&shop.code(""), &[], NOW + 59)).0, 200);
    assert_eq!(
        error(&shop.token(&shop.code(""), &[], NOW + 61)).0,
        401,
        "the assertion has run out too"
    );
}

#[test]
fn the_page_takes_synthetic_citizens_at_the_level_asked_for() {
    let shop = Shop::new();
    for more in ["&other=11833810556", "&other=01010112345"] {
        assert_eq!(shop.chosen(more).status, 400, "{more}");
    }
    let uri = super::authorize::encoded(&shop.request_uri());
    let low = format!("request_uri={uri}&pid=11833810555&acr={}", LEVELS[0]);
    assert_eq!(shop.send("POST", "/authorize", "", &low, NOW).status, 400);
    let cancelled = shop.chosen("&do=cancel");
    assert_eq!(error(&cancelled).0, 400, "a parameter twice");
    let uri = super::authorize::encoded(&shop.request_uri());
    let cancelled = shop.send("POST", "/authorize", "", &format!("request_uri={uri}&do=cancel"), NOW);
    assert!(cancelled.location.is_some_and(|l| l.contains("error=access_denied")));
}

#[test]
fn every_wrong_id_token_differs_from_a_right_one() {
    let shop = Shop::new();
    for (name, wrong) in Wrong::EVERY {
        assert_eq!(Wrong::from_name(name), Some(wrong));
        let body: Value = serde_json::from_str(&shop.token(&shop.code(&format!("&wrong={name}")), &[], NOW).body).expect("JSON");
        let jws = Jws::parse(body["id_token"].as_str().expect("a token")).expect("three parts");
        let right = jws.verified_by(shop.op.key.public_jwk())
            && jws.header_text("typ") == Some("JWT")
            && jws.text("iss") == Some(shop.op.url())
            && jws.text("aud") == Some("us")
            && jws.text("nonce") == Some("n")
            && jws.text("pid") == Some("11833810555")
            && jws.text("acr") == Some(LEVELS[1])
            && jws.seconds("iat") == Some(NOW);
        assert!(!right, "{name}");
    }
}
