//! The client's side of DPoP (RFC 9449): a key, and a proof for each request.

use crate::jose::{KeyError, SigningAlgorithm, SigningKey, random_text, sha256, signing_input};
use serde_json::{Map, Value, json};

/// A client's DPoP key. Keep one as long as the tokens bound to it; make a proof for every request.
pub struct DpopKey {
    key: SigningKey,
}

impl std::fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DpopKey")
            .field("jkt", &self.key.thumbprint())
            .finish_non_exhaustive()
    }
}

/// Ways a proof can be wrong, for trying a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofVariant {
    /// Nothing wrong.
    Valid,
    /// Another method.
    WrongMethod,
    /// Another address.
    WrongUrl,
    /// `typ` is not `dpop+jwt`.
    WrongType,
    /// Made ten minutes ago.
    Old,
    /// Made ten minutes from now.
    Future,
    /// The hash of another token.
    WrongTokenHash,
    /// No hash of the token.
    NoTokenHash,
    /// No `jti`.
    NoId,
    /// The header's `jwk` holds a private member.
    PrivateKey,
    /// Signed with another key than the header's.
    WrongSignature,
    /// Made and signed with another key than the token is bound to.
    OtherKey,
    /// Longer than any proof needs to be.
    TooLong,
    /// `alg` is `none`.
    AlgNone,
}

impl ProofVariant {
    /// All wrong ones, with the name of each.
    pub const WRONG: [(&'static str, ProofVariant); 13] = [
        ("wrong-method", ProofVariant::WrongMethod),
        ("wrong-url", ProofVariant::WrongUrl),
        ("wrong-type", ProofVariant::WrongType),
        ("old", ProofVariant::Old),
        ("future", ProofVariant::Future),
        ("wrong-token-hash", ProofVariant::WrongTokenHash),
        ("no-token-hash", ProofVariant::NoTokenHash),
        ("no-id", ProofVariant::NoId),
        ("private-key", ProofVariant::PrivateKey),
        ("wrong-signature", ProofVariant::WrongSignature),
        ("other-key", ProofVariant::OtherKey),
        ("too-long", ProofVariant::TooLong),
        ("alg-none", ProofVariant::AlgNone),
    ];
}

impl DpopKey {
    /// A new ES256 key.
    pub fn generate() -> Result<DpopKey, KeyError> {
        DpopKey::of(SigningAlgorithm::Es256)
    }

    /// A new key for that algorithm. A PS256 proof is larger and dearer to make, and a good deal cheaper to verify.
    pub fn of(algorithm: SigningAlgorithm) -> Result<DpopKey, KeyError> {
        SigningKey::generate(algorithm).map(|key| DpopKey { key })
    }

    /// The public key as JWK.
    pub fn jwk(&self) -> &Map<String, Value> {
        self.key.public_jwk()
    }

    /// The key's thumbprint: what a token's `cnf.jkt` is to hold.
    pub fn thumbprint(&self) -> &str {
        self.key.thumbprint()
    }

    /// A proof for one request. `url` may have a query; it is left out. `access_token` is the token sent
    /// beside it, none at the token endpoint. `now_ms` is the time, in milliseconds since the Unix epoch.
    pub fn proof(&self, method: &str, url: &str, access_token: Option<&str>, now_ms: i64) -> Result<String, KeyError> {
        self.wrong_proof(ProofVariant::Valid, method, url, access_token, now_ms)
    }

    /// A proof for a token endpoint that has asked for a nonce of its own (RFC 9449, section 8).
    pub fn proof_with_nonce(&self, method: &str, url: &str, nonce: &str, now_ms: i64) -> Result<String, KeyError> {
        let header = json!({"typ": "dpop+jwt", "alg": self.key.algorithm().name(), "jwk": self.key.public_jwk()});
        let claims = json!({"jti": random_text()?, "htm": method, "htu": url, "iat": now_ms.div_euclid(1000), "nonce": nonce});
        self.key.sign(&header, &claims)
    }

    /// A proof that is wrong in one way.
    pub fn wrong_proof(
        &self,
        variant: ProofVariant,
        method: &str,
        url: &str,
        access_token: Option<&str>,
        now_ms: i64,
    ) -> Result<String, KeyError> {
        let mut header = json!({"typ": "dpop+jwt", "alg": self.key.algorithm().name(), "jwk": self.key.public_jwk()});
        let htu = url.split(['?', '#']).next().unwrap_or(url);
        let mut claims = json!({"jti": random_text()?, "htm": method, "htu": htu, "iat": now_ms.div_euclid(1000)});
        if let Some(token) = access_token {
            claims["ath"] = json!(sha256(token.as_bytes()));
        }
        let now = now_ms.div_euclid(1000);
        match variant {
            ProofVariant::Valid | ProofVariant::WrongSignature => {}
            ProofVariant::WrongMethod => claims["htm"] = json!(if method == "PATCH" { "PUT" } else { "PATCH" }),
            ProofVariant::WrongUrl => claims["htu"] = json!(format!("{htu}/annet")),
            ProofVariant::WrongType => header["typ"] = json!("JWT"),
            ProofVariant::Old => claims["iat"] = json!(now - 600),
            ProofVariant::Future => claims["iat"] = json!(now + 600),
            ProofVariant::WrongTokenHash => claims["ath"] = json!(sha256(b"another token")),
            ProofVariant::NoTokenHash => drop(claims.as_object_mut().map(|c| c.remove("ath"))),
            ProofVariant::NoId => drop(claims.as_object_mut().map(|c| c.remove("jti"))),
            ProofVariant::PrivateKey => header["jwk"]["d"] = json!(sha256(b"no real private key")),
            ProofVariant::OtherKey => return DpopKey::generate()?.proof(method, url, access_token, now_ms),
            ProofVariant::TooLong => claims["padding"] = json!("x".repeat(8 << 10)),
            ProofVariant::AlgNone => {
                header["alg"] = json!("none");
                return Ok(signing_input(&header, &claims) + ".");
            }
        }
        if variant == ProofVariant::WrongSignature {
            return DpopKey::generate()?.key.sign(&header, &claims);
        }
        self.key.sign(&header, &claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Jws;

    #[test]
    fn a_proof_is_signed_with_the_keys_own_algorithm() {
        for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Ps256] {
            let key = DpopKey::of(algorithm).expect("key");
            let text = key.proof("GET", "http://127.0.0.1/x", None, 0).expect("proof");
            let jws = Jws::parse(&text).expect("three parts");
            assert_eq!(jws.header_text("alg"), Some(algorithm.name()));
            assert!(jws.verified_by(key.jwk()));
        }
    }

    #[test]
    fn a_proof_says_what_it_is_for() {
        let key = DpopKey::generate().expect("key");
        let text = key
            .proof(
                "POST",
                "http://127.0.0.1:8080/9901/fhir/r4/Patient/_search?x=1",
                Some("token"),
                1_790_000_000_999,
            )
            .expect("proof");
        let jws = Jws::parse(&text).expect("three parts");
        assert!(jws.verified_by(key.jwk()));
        assert_eq!(jws.header_text("typ"), Some("dpop+jwt"));
        assert_eq!(jws.text("htm"), Some("POST"));
        assert_eq!(jws.text("htu"), Some("http://127.0.0.1:8080/9901/fhir/r4/Patient/_search"));
        assert_eq!(jws.seconds("iat"), Some(1_790_000_000));
        assert_eq!(jws.text("ath"), Some(sha256(b"token").as_str()));
        assert!(!jws.header["jwk"].as_object().expect("jwk").contains_key("d"));
    }

    #[test]
    fn every_wrong_proof_differs_from_a_right_one() {
        let key = DpopKey::generate().expect("key");
        for (name, variant) in ProofVariant::WRONG {
            let text = key
                .wrong_proof(variant, "GET", "http://a/b", Some("t"), 1_790_000_000_000)
                .expect("proof");
            let jws = Jws::parse(&text).expect("three parts");
            let right = jws.verified_by(key.jwk())
                && jws.header_text("typ") == Some("dpop+jwt")
                && jws.header["jwk"].get("d").is_none()
                && jws.text("htm") == Some("GET")
                && jws.text("htu") == Some("http://a/b")
                && jws.text("jti").is_some()
                && text.len() < 8 << 10
                && jws.seconds("iat") == Some(1_790_000_000)
                && jws.text("ath") == Some(sha256(b"t").as_str());
            assert!(!right, "{name}");
        }
    }
}
