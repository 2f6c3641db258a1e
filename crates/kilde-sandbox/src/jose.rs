//! Compact JWS: made, taken apart, verified; keys as JWK and their thumbprints (RFC 7515, 7517, 7638).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};

/// A key could not be made or used; the machine has no randomness or memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key could not be made or used")]
pub struct KeyError;

/// Algorithms that the sandbox signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-384, as SMART's clients sign.
    Es384,
    /// RSA-PSS with 2048 bits.
    Ps256,
    /// RSA with PKCS #1 v1.5 and 2048 bits, as ID-porten signs.
    Rs256,
}

impl SigningAlgorithm {
    /// Name in a JWS header.
    pub fn name(self) -> &'static str {
        match self {
            SigningAlgorithm::Es256 => "ES256",
            SigningAlgorithm::Es384 => "ES384",
            SigningAlgorithm::Ps256 => "PS256",
            SigningAlgorithm::Rs256 => "RS256",
        }
    }
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(Box<rsa::KeyPair>),
}

/// A key that signs.
pub(crate) struct SigningKey {
    pair: Pair,
    algorithm: SigningAlgorithm,
    /// Public members of the JWK, without `kid`, `use` and `alg`.
    public: Map<String, Value>,
    thumbprint: String,
}

impl SigningKey {
    pub(crate) fn generate(algorithm: SigningAlgorithm) -> Result<SigningKey, KeyError> {
        let (pair, public) = match algorithm {
            SigningAlgorithm::Es256 | SigningAlgorithm::Es384 => {
                let (curve, name, size) = match algorithm {
                    SigningAlgorithm::Es384 => (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", 48),
                    _ => (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32),
                };
                let pair = EcdsaKeyPair::generate(curve).map_err(|_| KeyError)?;
                // An uncompressed point: 4, x, y.
                let (x, y) = pair
                    .public_key()
                    .as_ref()
                    .get(1..)
                    .and_then(|p| p.split_at_checked(size))
                    .ok_or(KeyError)?;
                let public = json!({"kty": "EC", "crv": name, "x": encode(x), "y": encode(y)});
                (Pair::Ec(pair), public)
            }
            SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => {
                let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| KeyError)?;
                let (n, e) = rsa_numbers(pair.public_key().as_ref()).ok_or(KeyError)?;
                let public = json!({"kty": "RSA", "n": encode(n), "e": encode(e)});
                (Pair::Rsa(Box::new(pair)), public)
            }
        };
        let Value::Object(public) = public else { return Err(KeyError) };
        let thumbprint = thumbprint(&public).ok_or(KeyError)?;
        Ok(SigningKey {
            pair,
            algorithm,
            public,
            thumbprint,
        })
    }

    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The public JWK with the members named.
    pub(crate) fn public_jwk(&self) -> &Map<String, Value> {
        &self.public
    }

    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A JWS with these header and payload; `alg` is to stand in the header already.
    pub(crate) fn sign(&self, header: &Value, payload: &Value) -> Result<String, KeyError> {
        let mut out = signing_input(header, payload);
        let signature = self.signature(out.as_bytes())?;
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut out);
        Ok(out)
    }

    /// The same of a payload that is no [`Value`]: with a name that stands twice.
    pub(crate) fn sign_text(&self, header: &Value, payload: &str) -> Result<String, KeyError> {
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(payload.as_bytes()));
        let signature = self.signature(input.as_bytes())?;
        Ok(format!("{input}.{}", encode(&signature)))
    }

    fn signature(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        let rng = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&rng, data).map(|s| s.as_ref().to_vec()).map_err(|_| KeyError),
            Pair::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn signature::RsaEncoding = match self.algorithm {
                    SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
                    _ => &signature::RSA_PSS_SHA256,
                };
                pair.sign(padding, &rng, data, &mut out).map_err(|_| KeyError)?;
                Ok(out)
            }
        }
    }
}

/// `header.payload`, both base64url.
pub(crate) fn signing_input(header: &Value, payload: &Value) -> String {
    let mut out = String::with_capacity(1024);
    URL_SAFE_NO_PAD.encode_string(header.to_string(), &mut out);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(payload.to_string(), &mut out);
    out
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256 as base64url.
pub(crate) fn sha256(data: &[u8]) -> String {
    encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref())
}

/// Whether a verifier is the one of a challenge (RFC 7636, sections 4.1 and 4.6, S256).
pub(crate) fn shows(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len()) && sha256(verifier.as_bytes()) == challenge
}

/// Random base64url text of 128 bits, for `jti` and the like.
pub(crate) fn random_text() -> Result<String, KeyError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError)?;
    Ok(encode(&bytes))
}

/// RFC 7638 thumbprint of a public JWK.
pub(crate) fn thumbprint(jwk: &Map<String, Value>) -> Option<String> {
    let get = |name: &str| jwk.get(name).and_then(Value::as_str);
    let members = match get("kty")? {
        "EC" => json!({"crv": get("crv")?, "kty": "EC", "x": get("x")?, "y": get("y")?}),
        "RSA" => json!({"e": get("e")?, "kty": "RSA", "n": get("n")?}),
        _ => return None,
    };
    Some(sha256(members.to_string().as_bytes()))
}

/// Modulus and exponent of a DER `RSAPublicKey`.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = der_value(der, 0x30)?;
    let (n, rest) = der_value(sequence, 0x02)?;
    let (e, _) = der_value(rest, 0x02)?;
    Some((n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
}

fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |n, b| (n << 8) | usize::from(*b)), rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// A JWS taken apart; nothing verified yet.
pub(crate) struct Jws<'a> {
    signed: &'a str,
    signature: &'a str,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

impl<'a> Jws<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Jws<'a>> {
        if text.len() > 16 << 10 {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| serde_json::from_slice::<Map<String, Value>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Jws {
            signed,
            signature,
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }

    /// Whether the signature is made with that public key and the algorithm the header names. Only
    /// asymmetric algorithms that fit the key count.
    pub(crate) fn verified_by(&self, jwk: &Map<String, Value>) -> bool {
        let Some(algorithm) = self.header_text("alg").and_then(accepted) else {
            return false;
        };
        let get = |name: &str| jwk.get(name).and_then(Value::as_str);
        let key = match (get("kty"), get("crv"), algorithm) {
            (Some("EC"), Some("P-256"), Algorithm::ES256) | (Some("EC"), Some("P-384"), Algorithm::ES384) => {
                get("x").zip(get("y")).and_then(|(x, y)| DecodingKey::from_ec_components(x, y).ok())
            }
            (Some("RSA"), _, Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 | Algorithm::RS256) => get("n")
                .zip(get("e"))
                .and_then(|(n, e)| DecodingKey::from_rsa_components(n, e).ok()),
            _ => None,
        };
        key.is_some_and(|key| jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key, algorithm).unwrap_or(false))
    }
}

/// Algorithms that clients may sign with.
pub(crate) const CLIENT_ALGORITHMS: [&str; 6] = ["ES256", "ES384", "PS256", "PS384", "PS512", "RS256"];

fn accepted(name: &str) -> Option<Algorithm> {
    CLIENT_ALGORITHMS.contains(&name).then(|| name.parse().ok()).flatten()
}

/// Whether a JWK holds anything private.
pub(crate) fn has_private_member(jwk: &Map<String, Value>) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .iter()
        .any(|name| jwk.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_algorithms_sign_what_their_public_key_verifies() {
        for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Es384, SigningAlgorithm::Ps256] {
            let key = SigningKey::generate(algorithm).expect("key");
            let other = SigningKey::generate(algorithm).expect("key");
            let text = key.sign(&json!({"alg": algorithm.name()}), &json!({"a": 1})).expect("signed");
            let jws = Jws::parse(&text).expect("three parts");
            assert!(jws.verified_by(key.public_jwk()));
            assert!(!jws.verified_by(other.public_jwk()));
            let lied = key.sign(&json!({"alg": "HS256"}), &json!({})).expect("signed");
            assert!(!Jws::parse(&lied).expect("three parts").verified_by(key.public_jwk()));
        }
    }

    #[test]
    fn the_thumbprint_of_rfc_7638() {
        let jwk = json!({"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
        let Value::Object(jwk) = jwk else { return };
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    proptest! {
        #[test]
        fn anything_is_taken_apart_without_panic(text in "\\PC{0,80}", der in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Jws::parse(&text);
            let _ = rsa_numbers(&der);
        }
    }
}
