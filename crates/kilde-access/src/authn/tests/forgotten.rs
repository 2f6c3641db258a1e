//! What is remembered and what is not: keys that are withdrawn, proofs from before the start; and claims that stand twice.

use super::issuer::{self, encode, sha256};
use super::{Case, ES256, HOLDER, ISSUER, NOW, PS256, URL, authenticator};
use crate::authn::{Authenticator, AuthenticatorConfig, Issuer, LocalKeys, Presented, Proof, Reason};
use serde_json::json;
use std::sync::Arc;

#[test]
fn a_token_by_a_key_that_is_withdrawn_is_forgotten() {
    let keys = Arc::new(parking_lot::Mutex::new(vec![ES256.jwk(), PS256.jwk()]));
    let published = keys.clone();
    let source = LocalKeys::new(move || json!({"keys": *published.lock()}).to_string());
    let issuer = Issuer {
        url: ISSUER.to_owned(),
        keys: Arc::new(source),
    };
    let authenticator = Authenticator::new(AuthenticatorConfig::new(vec![issuer], "nhn:kilde", Proof::Dpop));
    let mut old = Case::right();
    assert!(old.present(&authenticator).is_ok());
    // A token that came with the old key is remembered; then the issuer withdraws the key, which shows when a new one is asked for.
    *keys.lock() = vec![PS256.jwk()];
    let mut unknown = Case::right();
    unknown.token_header["kid"] = json!("newer");
    unknown.proof["jti"] = json!("b");
    assert_eq!(unknown.present(&authenticator).err(), Some(Reason::TokenKeyUnknown));
    old.proof["jti"] = json!("c");
    assert_eq!(old.present(&authenticator).err(), Some(Reason::TokenKeyUnknown));
}

#[test]
fn a_proof_from_before_the_start_is_not_taken_again() {
    let mut config = authenticator(Proof::Dpop).config;
    config.since_s = NOW;
    let restarted = Authenticator::new(config);
    let mut case = Case::right();
    case.proof["iat"] = json!(NOW - 1);
    assert_eq!(case.present(&restarted).err(), Some(Reason::ProofTooOld));
    case.proof["iat"] = json!(NOW);
    assert!(case.present(&restarted).is_ok());
}

#[test]
fn claims_that_stand_twice_are_refused() {
    let mut case = Case::right();
    let claims = case.token.to_string();
    for twice in [
        r#""aud":"nhn:kilde""#,
        r#""cnf":{"jkt":"another"}"#,
        r#""helseid://claims/identity/pid":"11111111111""#,
    ] {
        let text = claims.replacen('{', &format!("{{{twice},"), 1);
        let (header, payload) = (issuer::base64(&case.token_header.to_string()), issuer::base64(&text));
        let signed = format!("{header}.{payload}");
        let token = format!("{signed}.{}", ES256.signature(&signed));
        case.proof["ath"] = json!(sha256(&token));
        let proof = encode(&case.proof_header, &case.proof, &HOLDER);
        let refused = authenticator(Proof::Dpop).authenticate_at_hand(&Presented {
            authorization: &[&format!("DPoP {token}")],
            dpop: &[&proof],
            method: "POST",
            url: URL,
            now_ms: NOW * 1000,
        });
        assert_eq!(refused.err().map(|r| r.reason), Some(Reason::TokenMalformed), "{twice}");
    }
}
