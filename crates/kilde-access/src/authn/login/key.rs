//! Our key at an issuer (RS256).

use super::LoginError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A private RSA key with the name that its public half is registered under.
pub struct LoginKey {
    pair: KeyPair,
    kid: String,
}

impl std::fmt::Debug for LoginKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl LoginKey {
    /// From PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`).
    ///
    /// # Errors
    /// It is no such key.
    pub fn from_pem(pem: &str, kid: &str) -> Result<LoginKey, LoginError> {
        let inner = pem
            .split("-----BEGIN PRIVATE KEY-----")
            .nth(1)
            .and_then(|rest| rest.split("-----END PRIVATE KEY-----").next());
        let text: String = inner.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
        let der = STANDARD.decode(text).map_err(|_| LoginError::Rule("private-key"))?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| LoginError::Rule("private-key"))?;
        Ok(LoginKey { pair, kid: kid.to_owned() })
    }

    /// The private key as [`from_pem`](Self::from_pem) reads it. For a file that nobody else may read.
    ///
    /// # Errors
    /// It cannot be written as PKCS #8.
    pub fn to_pem(&self) -> Result<String, LoginError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| LoginError::Rule("private-key"))?;
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        Ok(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        ))
    }

    /// A new one.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn generate(kid: &str) -> Result<LoginKey, LoginError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| LoginError::Unavailable("no key".to_owned()))?;
        Ok(LoginKey { pair, kid: kid.to_owned() })
    }

    /// The public half as JWK, to be registered.
    pub fn public_jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A client assertion as HelseID wants it, which names its kind.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn assertion(&self, claims: &Value) -> Result<String, LoginError> {
        self.signed("client-authentication+jwt", claims)
    }

    /// A client assertion.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, LoginError> {
        self.signed("JWT", claims)
    }

    fn signed(&self, kind: &str, claims: &Value) -> Result<String, LoginError> {
        let header = json!({"alg": "RS256", "typ": kind, "kid": self.kid});
        let b64 = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", b64(&header), b64(claims));
        let mut out = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut out)
            .map_err(|_| LoginError::Unavailable("no signature".to_owned()))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(out)))
    }
}
