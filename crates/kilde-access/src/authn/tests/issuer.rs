//! Keys and signatures for tests.

use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyUncompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(aws_lc_rs::rsa::KeyPair),
}

pub struct Key {
    pair: Pair,
    kid: &'static str,
}

fn b64(data: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(data)
}

pub fn sha256(text: &str) -> String {
    b64(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()))
}

impl Key {
    pub fn es256(kid: &'static str) -> Key {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key pair");
        Key { pair: Pair::Ec(pair), kid }
    }

    pub fn ps256(kid: &'static str) -> Key {
        Key {
            pair: Pair::Rsa(aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key pair")),
            kid,
        }
    }

    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                let point: EcPublicKeyUncompressedBin<'_> = pair.public_key().as_be_bytes().expect("a point");
                let point = point.as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..65]), "kid": self.kid, "use": "sig"})
            }
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let n = b64(public.modulus().big_endian_without_leading_zero());
                let e = b64(public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "n": n, "e": e, "kid": self.kid, "use": "sig", "alg": "PS256"})
            }
        }
    }

    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let text = match jwk["kty"].as_str() {
            Some("EC") => format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]),
            _ => format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, jwk["e"], jwk["n"]),
        };
        sha256(&text)
    }

    /// The signature of a text, base64url.
    pub fn signature(&self, text: &str) -> String {
        b64(self.sign(text.as_bytes()))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).expect("a signature").as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PSS_SHA256, &random, message, &mut out)
                    .expect("a signature");
                out
            }
        }
    }
}

/// base64url.
pub fn base64(text: &str) -> String {
    b64(text)
}

/// A compact JWS.
pub fn encode(header: &Value, claims: &Value, key: &Key) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = b64(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}
