//! Every kind of wrong token and proof, refused for its own reason. The issuer here signs with the
//! cryptography library itself, so that it shares nothing with what it tests.

mod forgotten;
mod http;
mod issuer;

use super::{Authenticator, AuthenticatorConfig, Issuer, LocalKeys, Presented, Proof, Reason};
use crate::identity::Actor;
use issuer::{Key, encode, sha256};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

const ISSUER: &str = "http://127.0.0.1:8080/sandbox/helseid";
const URL: &str = "http://127.0.0.1:8080/9901/fhir/r4/$overview";
const NOW: i64 = 1_795_000_000;

static ES256: LazyLock<Key> = LazyLock::new(|| Key::es256("es"));
static PS256: LazyLock<Key> = LazyLock::new(|| Key::ps256("ps"));
static STRANGER: LazyLock<Key> = LazyLock::new(|| Key::es256("es"));
static UNPUBLISHED: LazyLock<Key> = LazyLock::new(|| Key::es256("other"));
static HOLDER: LazyLock<Key> = LazyLock::new(|| Key::es256("holder"));
static HOLDER_RSA: LazyLock<Key> = LazyLock::new(|| Key::ps256("holder-rsa"));

/// A request that is right in everything, to be made wrong in one thing.
struct Case {
    token_header: Value,
    token: Value,
    token_key: &'static Key,
    proof_header: Value,
    proof: Value,
    proof_key: &'static Key,
    authorization: fn(&str) -> Vec<String>,
    dpop: fn(&str) -> Vec<String>,
    method: &'static str,
    url: &'static str,
}

impl Case {
    fn right() -> Case {
        Case {
            token_header: json!({"alg": "ES256", "typ": "at+jwt", "kid": "es"}),
            token: json!({
                "iss": ISSUER, "aud": "nhn:kilde", "exp": NOW + 600, "nbf": NOW, "iat": NOW,
                "client_id": "legevaktjournal-nordvik", "scope": "nhn:kilde/les nhn:kilde/skriv openid",
                "cnf": {"jkt": HOLDER.thumbprint()},
                "helseid://claims/identity/pid": "03878620827", "helseid://claims/identity/security_level": "4",
                "helseid://claims/hpr/hpr_number": "999000002", "name": "Nina Havnes",
                "helseid://claims/client/claims/orgnr_parent": "399901006",
                "helseid://claims/client/claims/orgnr_child": "399901014"
            }),
            token_key: &ES256,
            proof_header: json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": HOLDER.jwk()}),
            proof: json!({"jti": "a", "htm": "POST", "htu": URL, "iat": NOW}),
            proof_key: &HOLDER,
            authorization: |token| vec![format!("DPoP {token}")],
            dpop: |proof| vec![proof.to_owned()],
            method: "POST",
            url: URL,
        }
    }

    fn present(&self, authenticator: &Authenticator) -> Result<Arc<crate::Identity>, Reason> {
        let token = encode(&self.token_header, &self.token, self.token_key);
        let mut proof = self.proof.clone();
        if proof.get("ath").is_none() {
            proof["ath"] = json!(sha256(&token));
        }
        let proof = encode(&self.proof_header, &proof, self.proof_key);
        let authorization = (self.authorization)(&token);
        let dpop = (self.dpop)(&proof);
        let result = authenticator.authenticate_at_hand(&Presented {
            authorization: &authorization.iter().map(String::as_str).collect::<Vec<_>>(),
            dpop: &dpop.iter().map(String::as_str).collect::<Vec<_>>(),
            method: self.method,
            url: self.url,
            now_ms: NOW * 1000,
        });
        result.map_err(|refused| {
            assert_eq!(refused.code, refused.reason.code());
            for secret in [token.as_str(), "03878620827", "Nina", "legevaktjournal"] {
                assert!(!format!("{refused:?}").contains(secret), "a refusal repeats what the token holds");
            }
            refused.reason
        })
    }
}

fn authenticator(proof: Proof) -> Authenticator {
    let jwks = || json!({"keys": [ES256.jwk(), PS256.jwk()]}).to_string();
    let issuer = Issuer {
        url: ISSUER.to_owned(),
        keys: Arc::new(LocalKeys::new(jwks)),
    };
    Authenticator::new(AuthenticatorConfig {
        replay_cache: 10_000,
        ..AuthenticatorConfig::new(vec![issuer], "nhn:kilde", proof)
    })
}

type Change = fn(&mut Case);

#[test]
fn every_wrong_token_and_proof_for_its_own_reason() {
    let cases: Vec<(&str, Reason, Change)> = vec![
        ("no header", Reason::TokenMissing, |c| c.authorization = |_| vec![]),
        ("empty header", Reason::TokenMissing, |c| c.authorization = |_| vec![String::new()]),
        ("scheme without token", Reason::SchemeNotAllowed, |c| {
            c.authorization = |_| vec!["DPoP".to_owned()]
        }),
        ("two headers", Reason::TokenRepeated, |c| {
            c.authorization = |t| vec![format!("DPoP {t}"), format!("DPoP {t}")]
        }),
        ("bearer", Reason::SchemeNotAllowed, |c| {
            c.authorization = |t| vec![format!("Bearer {t}")]
        }),
        ("basic", Reason::SchemeNotAllowed, |c| {
            c.authorization = |_| vec!["Basic abc".to_owned()]
        }),
        ("too long", Reason::TokenTooLong, |c| {
            c.authorization = |t| vec![format!("DPoP {t}{}", "A".repeat(20_000))]
        }),
        ("no jwt", Reason::TokenMalformed, |c| {
            c.authorization = |_| vec!["DPoP abc".to_owned()]
        }),
        ("four parts", Reason::TokenMalformed, |c| {
            c.authorization = |t| vec![format!("DPoP {t}.x")]
        }),
        ("critical extension", Reason::TokenMalformed, |c| {
            c.token_header["crit"] = json!(["b64"])
        }),
        ("typ of an id token", Reason::TokenType, |c| c.token_header["typ"] = json!("id+jwt")),
        ("typ of a proof", Reason::TokenType, |c| c.token_header["typ"] = json!("dpop+jwt")),
        ("no typ", Reason::TokenType, |c| c.token_header["typ"] = json!(null)),
        ("alg none", Reason::TokenAlgorithm, |c| c.token_header["alg"] = json!("none")),
        ("alg HS256", Reason::TokenAlgorithm, |c| c.token_header["alg"] = json!("HS256")),
        ("alg of another kind of key", Reason::TokenAlgorithm, |c| {
            c.token_header["alg"] = json!("PS256")
        }),
        ("unknown issuer", Reason::TokenIssuer, |c| {
            c.token["iss"] = json!("https://evil.example")
        }),
        ("issuer with a slash more", Reason::TokenIssuer, |c| {
            c.token["iss"] = json!(format!("{ISSUER}/"))
        }),
        ("no issuer", Reason::TokenIssuer, |c| c.token["iss"] = json!(null)),
        ("unknown key", Reason::TokenKeyUnknown, |c| {
            c.token_key = &UNPUBLISHED;
            c.token_header["kid"] = json!("other");
        }),
        ("no key id", Reason::TokenKeyUnknown, |c| c.token_header["kid"] = json!(null)),
        ("another's signature", Reason::TokenSignature, |c| c.token_key = &STRANGER),
        ("no signature", Reason::TokenSignature, |c| {
            c.authorization = |t| vec![format!("DPoP {}", t.rsplit_once('.').map_or("", |(a, _)| a).to_owned() + ".")]
        }),
        ("other audience", Reason::TokenAudience, |c| c.token["aud"] = json!("nhn:other")),
        ("audience among others", Reason::TokenAudience, |c| {
            c.token["aud"] = json!(["nhn:kilde", "nhn:other"])
        }),
        ("audience as prefix", Reason::TokenAudience, |c| {
            c.token["aud"] = json!("nhn:kilde2")
        }),
        ("no audience", Reason::TokenAudience, |c| c.token["aud"] = json!(null)),
        ("expired", Reason::TokenExpired, |c| c.token["exp"] = json!(NOW - 6)),
        ("no expiry", Reason::TokenMalformed, |c| {
            c.token.as_object_mut().map(|o| o.remove("exp"));
        }),
        ("expiry as text", Reason::TokenMalformed, |c| c.token["exp"] = json!("later")),
        ("not yet valid", Reason::TokenNotYetValid, |c| c.token["nbf"] = json!(NOW + 6)),
        ("no scope", Reason::TokenScope, |c| c.token["scope"] = json!("openid")),
        ("another's scope", Reason::TokenScope, |c| {
            c.token["scope"] = json!("nhn:other/les nhn:kilde-x/les")
        }),
        ("no client", Reason::TokenClient, |c| c.token["client_id"] = json!(null)),
        ("unbound", Reason::TokenNotBound, |c| c.token["cnf"] = json!({})),
        ("user without pid", Reason::UserWithoutPid, |c| {
            c.token["helseid://claims/identity/pid"] = json!(null)
        }),
        ("pid that is none", Reason::UserWithoutPid, |c| {
            c.token["helseid://claims/identity/pid"] = json!("1")
        }),
        ("no proof", Reason::ProofMissing, |c| c.dpop = |_| vec![]),
        ("empty proof", Reason::ProofMissing, |c| c.dpop = |_| vec![String::new()]),
        ("two proofs", Reason::ProofRepeated, |c| {
            c.dpop = |p| vec![p.to_owned(), p.to_owned()]
        }),
        ("two proofs in one header", Reason::ProofRepeated, |c| {
            c.dpop = |p| vec![format!("{p},{p}")]
        }),
        ("proof too long", Reason::TokenTooLong, |c| c.proof["x"] = json!("A".repeat(9_000))),
        ("proof that is none", Reason::ProofMalformed, |c| {
            c.dpop = |_| vec!["a.b.c".to_owned()]
        }),
        ("proof without jti", Reason::ProofMalformed, |c| c.proof["jti"] = json!(null)),
        ("proof with empty jti", Reason::ProofMalformed, |c| c.proof["jti"] = json!("")),
        ("proof without iat", Reason::ProofMalformed, |c| c.proof["iat"] = json!(null)),
        ("proof with critical extension", Reason::ProofMalformed, |c| {
            c.proof_header["crit"] = json!([])
        }),
        ("typ of the proof", Reason::ProofType, |c| c.proof_header["typ"] = json!("JWT")),
        ("proof with none", Reason::ProofAlgorithm, |c| c.proof_header["alg"] = json!("none")),
        ("proof with HS256", Reason::ProofAlgorithm, |c| {
            c.proof_header["alg"] = json!("HS256")
        }),
        ("proof without key", Reason::ProofKey, |c| c.proof_header["jwk"] = json!(null)),
        ("proof with key of another kind", Reason::ProofKey, |c| {
            c.proof_header["alg"] = json!("PS256")
        }),
        ("proof with half a key", Reason::ProofKey, |c| {
            c.proof_header["jwk"]["y"] = json!("AA")
        }),
        ("proof with private key", Reason::ProofKeyPrivate, |c| {
            c.proof_header["jwk"]["d"] = json!("AA")
        }),
        ("proof with symmetric key", Reason::ProofKeyPrivate, |c| {
            c.proof_header["jwk"] = json!({"kty": "oct", "k": "AA"})
        }),
        ("proof by a stranger", Reason::ProofKeyMismatch, |c| {
            c.proof_header["jwk"] = STRANGER.jwk();
            c.proof_key = &STRANGER;
        }),
        ("signature by a stranger", Reason::ProofSignature, |c| c.proof_key = &STRANGER),
        ("other method", Reason::ProofMethod, |c| c.proof["htm"] = json!("GET")),
        ("method in lower case", Reason::ProofMethod, |c| c.proof["htm"] = json!("post")),
        ("other path", Reason::ProofUrl, |c| {
            c.proof["htu"] = json!("http://127.0.0.1:8080/9902/fhir/r4/$overview")
        }),
        ("other host", Reason::ProofUrl, |c| {
            c.proof["htu"] = json!("http://127.0.0.1/9901/fhir/r4/$overview")
        }),
        ("no address", Reason::ProofUrl, |c| c.proof["htu"] = json!("")),
        ("old proof", Reason::ProofTooOld, |c| c.proof["iat"] = json!(NOW - 61)),
        ("ancient proof", Reason::ProofTooOld, |c| c.proof["iat"] = json!(i64::MIN)),
        ("early proof", Reason::ProofInFuture, |c| c.proof["iat"] = json!(NOW + 6)),
        ("late proof", Reason::ProofInFuture, |c| c.proof["iat"] = json!(i64::MAX)),
        ("ath of another token", Reason::ProofTokenHash, |c| {
            c.proof["ath"] = json!(sha256("another"))
        }),
        ("no ath", Reason::ProofTokenHash, |c| c.proof["ath"] = json!(null)),
    ];
    // A new authenticator each time, and one that has already taken a right token: memory changes nothing.
    let warm = authenticator(Proof::Dpop);
    let mut first = Case::right();
    first.proof["jti"] = json!("warm");
    assert!(first.present(&warm).is_ok());
    for (index, (name, reason, change)) in cases.into_iter().enumerate() {
        let mut case = Case::right();
        case.proof["jti"] = json!(format!("case-{index}"));
        change(&mut case);
        // A change to null stands for a member that is absent.
        for value in [&mut case.token_header, &mut case.token, &mut case.proof_header, &mut case.proof] {
            let keep_ath = name == "no ath";
            if let Some(object) = value.as_object_mut() {
                object.retain(|key, value| !value.is_null() || (keep_ath && key == "ath"));
            }
        }
        assert_eq!(case.present(&authenticator(Proof::Dpop)).map(|_| ()), Err(reason), "{name}, cold");
        assert_eq!(case.present(&warm).map(|_| ()), Err(reason), "{name}, warm");
    }
}

#[test]
fn right_ones_are_taken_in_all_their_forms() {
    let changes: Vec<(&str, Change)> = vec![
        ("plain", |_| ()),
        ("typ JWT", |c| c.token_header["typ"] = json!("JWT")),
        ("PS256 issuer", |c| {
            c.token_key = &PS256;
            c.token_header = json!({"alg": "PS256", "typ": "at+jwt", "kid": "ps"});
        }),
        ("PS256 holder", |c| {
            c.token["cnf"]["jkt"] = json!(HOLDER_RSA.thumbprint());
            c.proof_header = json!({"alg": "PS256", "typ": "dpop+jwt", "jwk": HOLDER_RSA.jwk()});
            c.proof_key = &HOLDER_RSA;
        }),
        ("audience as array", |c| c.token["aud"] = json!(["nhn:kilde"])),
        ("scope as array", |c| c.token["scope"] = json!(["nhn:kilde/les"])),
        ("within leeway", |c| {
            c.token["exp"] = json!(NOW - 4);
            c.token["nbf"] = json!(NOW + 5);
            c.proof["iat"] = json!(NOW + 5);
        }),
        ("address with a query", |c| {
            c.url = "http://127.0.0.1:8080/9901/fhir/r4/$overview?x=1"
        }),
        ("scheme in lower case", |c| c.authorization = |t| vec![format!("dpop {t}")]),
    ];
    for (name, change) in changes {
        let mut case = Case::right();
        change(&mut case);
        assert!(
            case.present(&authenticator(Proof::Dpop)).is_ok(),
            "{name}: {:?}",
            case.present(&authenticator(Proof::Dpop)).err()
        );
    }
}

#[test]
fn a_proof_is_taken_once() {
    let authenticator = authenticator(Proof::Dpop);
    let case = Case::right();
    assert!(case.present(&authenticator).is_ok());
    assert_eq!(case.present(&authenticator).err(), Some(Reason::ProofReplayed));
}

#[test]
fn a_wrong_proof_does_not_use_up_its_id() {
    let authenticator = authenticator(Proof::Dpop);
    let mut case = Case::right();
    case.proof_key = &STRANGER;
    assert_eq!(case.present(&authenticator).err(), Some(Reason::ProofSignature));
    case.proof_key = &HOLDER;
    assert!(case.present(&authenticator).is_ok());
}

#[test]
fn a_full_memory_of_proofs_refuses() {
    let mut config = authenticator(Proof::Dpop).config;
    config.replay_cache = 1;
    let authenticator = Authenticator::new(config);
    let reasons: Vec<_> = (0..200)
        .map(|i| {
            let mut case = Case::right();
            case.proof["jti"] = json!(i.to_string());
            case.present(&authenticator).err()
        })
        .collect();
    assert!(reasons.contains(&Some(Reason::ReplayCacheFull)));
}

#[test]
fn behind_a_gateway_no_proof_is_asked_for_but_the_token_is_verified() {
    let authenticator = authenticator(Proof::None);
    let mut case = Case::right();
    case.dpop = |_| vec![];
    case.authorization = |t| vec![format!("Bearer {t}")];
    assert!(case.present(&authenticator).is_ok());
    case.token["aud"] = json!("nhn:other");
    assert_eq!(case.present(&authenticator).err(), Some(Reason::TokenAudience));
}

#[test]
fn rotation_shows_at_once() {
    let keys = Arc::new(parking_lot::Mutex::new(vec![ES256.jwk()]));
    let published = keys.clone();
    let source = LocalKeys::new(move || json!({"keys": *published.lock()}).to_string());
    let issuer = Issuer {
        url: ISSUER.to_owned(),
        keys: Arc::new(source),
    };
    let authenticator = Authenticator::new(AuthenticatorConfig::new(vec![issuer], "nhn:kilde", Proof::Dpop));
    let mut case = Case::right();
    assert!(case.present(&authenticator).is_ok());
    case.token_key = &PS256;
    case.token_header = json!({"alg": "PS256", "typ": "at+jwt", "kid": "ps"});
    case.proof["jti"] = json!("b");
    assert_eq!(case.present(&authenticator).err(), Some(Reason::TokenKeyUnknown));
    *keys.lock() = vec![PS256.jwk()];
    assert!(case.present(&authenticator).is_ok());
}

#[test]
fn what_the_claims_prove() {
    let who = |change: Change| {
        let mut case = Case::right();
        change(&mut case);
        if let Some(object) = case.token.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        case.present(&authenticator(Proof::Dpop))
    };
    let nurse = who(|_| ()).expect("a nurse");
    let Actor::Personnel { pid, hpr, level, name, .. } = &nurse.actor else {
        panic!("{nurse:?}")
    };
    assert_eq!(
        (pid.as_str(), hpr.as_deref(), *level, name.as_deref()),
        ("03878620827", Some("999000002"), 4, Some("Nina Havnes"))
    );
    assert_eq!(nurse.source().as_deref(), Some("399901006/legevaktjournal-nordvik"));
    assert_eq!(nurse.unit.as_deref(), Some("399901014"));
    assert!(nurse.has_scope("les") && nurse.has_scope("skriv") && !nurse.has_scope("admin"));
    assert!(!format!("{nurse:?}").contains("03878620827") && !format!("{nurse:?}").contains("Nina"));

    let citizen = who(|c| {
        c.token["scope"] = json!("nhn:kilde/innsyn");
        c.token["helseid://claims/identity/security_level"] = json!(null);
        c.token["acr"] = json!("idporten-loa-high");
    })
    .expect("a citizen");
    assert!(matches!(&citizen.actor, Actor::Citizen { level: 4, .. }));

    let system = who(|c| {
        for claim in ["identity/pid", "identity/security_level", "hpr/hpr_number"] {
            c.token[format!("helseid://claims/{claim}")] = json!(null);
        }
    })
    .expect("a system");
    assert!(matches!(system.actor, Actor::System));

    let low = who(|c| c.token["helseid://claims/identity/security_level"] = json!("3")).expect("a nurse");
    assert_eq!(low.actor.level(), 3);
}

#[test]
fn the_challenge_tells_what_is_wanted() {
    let refuse = |reason| super::Unauthenticated::new(reason, "DPoP").www_authenticate;
    assert!(refuse(Reason::TokenMissing).starts_with("DPoP algs=\"ES256"));
    assert!(refuse(Reason::TokenExpired).starts_with("DPoP error=\"invalid_token\", error_description=\"token_expired\""));
    assert!(refuse(Reason::ProofReplayed).starts_with("DPoP error=\"invalid_dpop_proof\""));
    assert!(refuse(Reason::TokenRepeated).starts_with("DPoP error=\"invalid_request\""));
    assert!(refuse(Reason::TokenScope).starts_with("DPoP error=\"insufficient_scope\""));
    assert!(refuse(Reason::KeysUnavailable).starts_with("DPoP algs="));
    let mut codes: Vec<&str> = Reason::EVERY.iter().map(|r| r.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::EVERY.len());
}

#[test]
fn what_a_warm_request_costs() {
    let authenticator = authenticator(Proof::Dpop);
    let case = Case::right();
    let token = encode(&case.token_header, &case.token, case.token_key);
    let proofs: Vec<String> = (0..300)
        .map(|i| {
            let claims = json!({"jti": i.to_string(), "htm": "POST", "htu": URL, "iat": NOW, "ath": sha256(&token)});
            encode(&case.proof_header, &claims, &HOLDER)
        })
        .collect();
    let authorization = format!("DPoP {token}");
    let mut times: Vec<std::time::Duration> = proofs
        .iter()
        .map(|proof| {
            let presented = Presented {
                authorization: &[&authorization],
                dpop: &[proof],
                method: "POST",
                url: URL,
                now_ms: NOW * 1000,
            };
            let start = std::time::Instant::now();
            assert!(authenticator.authenticate_at_hand(&presented).is_ok());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    eprintln!("warm token and ES256 proof: median {:?}, 90 % {:?}", times[150], times[270]);
}
