//! ID tokens and logout tokens, each rule by itself. The keys here are made by the cryptography library, not by what is tested.

use super::{LoginError, LoginKey, id_token, logout_token};
use crate::authn::LocalKeys;
use crate::identity::Actor;
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOW: i64 = 1_795_000_000;
const ISSUER: &str = "https://idporten.example";
static KEY: LazyLock<LoginKey> = LazyLock::new(|| LoginKey::generate("k").expect("a key"));
static OTHER: LazyLock<LoginKey> = LazyLock::new(|| LoginKey::generate("k").expect("a key"));

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "us", "iat": NOW, "exp": NOW + 120, "nonce": "n", "sub": "s", "sid": "session",
        "pid": "11833810555", "acr": "idporten-loa-high", "locale": "nb",
    })
}

fn verify(token: &str) -> Result<Option<String>, LoginError> {
    let keys = LocalKeys::new(|| json!({"keys": [KEY.public_jwk()]}).to_string());
    let expected = id_token::Expected {
        issuer: ISSUER,
        client_id: "us",
        nonce: "n",
        keys: &keys,
        now_ms: NOW * 1000,
    };
    let (identity, sid) = id_token::verify(token, &expected)?;
    assert!(matches!(&identity.actor, Actor::Citizen { level: 4, .. }) && identity.has_scope("innsyn"));
    Ok(sid)
}

fn with(name: &str, value: Value) -> Value {
    let mut all = claims();
    all[name] = value;
    all
}

#[test]
fn a_right_id_token_gives_a_citizen_at_level_four() {
    for right in [
        claims(),
        with("aud", json!(["us"])),
        with("azp", json!("us")),
        with("iat", json!(NOW + 5)),
        with("exp", json!(NOW - 4)),
    ] {
        assert_eq!(
            verify(&KEY.sign(&right).expect("signed")),
            Ok(Some("session".to_owned())),
            "{right}"
        );
    }
}

#[test]
fn every_rule_of_an_id_token() {
    let rule = LoginError::Rule;
    let cases = [
        ("iss", json!("https://idporten.example/"), rule("issuer")),
        ("aud", json!("others"), rule("audience")),
        ("aud", json!(["us", "others"]), rule("audience")),
        ("aud", json!(null), rule("audience")),
        ("azp", json!("others"), rule("audience")),
        ("exp", json!(NOW - 5), rule("expired")),
        ("exp", json!(null), rule("time")),
        ("iat", json!(NOW + 6), rule("issued")),
        ("iat", json!(NOW - 601), rule("issued")),
        ("iat", json!("now"), rule("time")),
        ("nonce", json!("m"), rule("nonce")),
        ("nonce", json!(null), rule("nonce")),
        ("pid", json!("11833810556"), rule("pid")),
        ("pid", json!(null), rule("pid")),
        ("acr", json!("idporten-loa-substantial"), LoginError::Level),
        ("acr", json!("Level4"), LoginError::Level),
        ("acr", json!(null), LoginError::Level),
    ];
    for (name, value, expected) in cases {
        let mut wrong = with(name, value.clone());
        if value.is_null() {
            wrong.as_object_mut().map(|o| o.remove(name));
        }
        assert_eq!(verify(&KEY.sign(&wrong).expect("signed")), Err(expected), "{name} {value}");
    }
    assert_eq!(verify(&OTHER.sign(&claims()).expect("signed")), Err(rule("signature")));
    assert_eq!(verify("a.b.c"), Err(rule("form")));
    assert_eq!(verify(&"a".repeat(20_000)), Err(rule("length")));
}

#[test]
fn every_rule_of_a_logout_token() {
    let right = json!({
        "iss": ISSUER, "aud": "us", "iat": NOW, "exp": NOW + 120, "jti": "j", "sid": "session",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let keys = LocalKeys::new(|| json!({"keys": [KEY.public_jwk()]}).to_string());
    let ask = |claims: &Value| {
        let expected = id_token::Expected {
            issuer: ISSUER,
            client_id: "us",
            nonce: "",
            keys: &keys,
            now_ms: NOW * 1000,
        };
        logout_token::verify(&KEY.sign(claims).expect("signed"), &expected)
    };
    assert_eq!(ask(&right).as_deref(), Ok("session"));
    for (name, value, rule) in [
        ("nonce", json!("n"), "nonce"),
        ("events", json!({}), "events"),
        ("events", json!("http://schemas.openid.net/event/backchannel-logout"), "events"),
        ("aud", json!("others"), "audience"),
        ("sid", json!(7), "sid"),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value;
        assert_eq!(ask(&wrong), Err(LoginError::Rule(rule)), "{name}");
    }
    // An ID token is no logout token.
    assert_eq!(ask(&claims()), Err(LoginError::Rule("events")));
}

#[test]
fn keys_that_are_none() {
    for text in [
        "",
        "x",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
    ] {
        assert!(LoginKey::from_pem(text, "k").is_err());
    }
}
