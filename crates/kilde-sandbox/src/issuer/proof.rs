//! The DPoP proof at the token endpoint (RFC 9449, section 5).

use super::{Issuer, OAuthError};
use crate::jose::{self, Jws};
use serde_json::Value;

/// Seconds a proof is good for, and how far clocks may be apart.
const WINDOW: i64 = 60;
const LEEWAY: i64 = 10;
/// No proof is longer.
const LONGEST: usize = 8 << 10;

impl Issuer {
    /// Verifies the proof of a request to a token endpoint; gives the key's thumbprint.
    pub(crate) fn proven_key(&self, dpop: &[&str], endpoint: &str, now: i64) -> Result<String, OAuthError> {
        let wrong = |why: &str| OAuthError::new(400, "invalid_dpop_proof", why);
        let [text] = dpop else {
            return Err(wrong("exactly one DPoP header is expected"));
        };
        if text.len() > LONGEST {
            return Err(wrong("the proof is too long"));
        }
        let jws = Jws::parse(text).ok_or_else(|| wrong("the proof is no JWS"))?;
        if jws.header_text("typ") != Some("dpop+jwt") {
            return Err(wrong("typ must be dpop+jwt"));
        }
        let jwk = jws
            .header
            .get("jwk")
            .and_then(Value::as_object)
            .ok_or_else(|| wrong("jwk is missing"))?;
        if jose::has_private_member(jwk) {
            return Err(wrong("jwk must hold a public key only"));
        }
        if jws.text("htm") != Some("POST") {
            return Err(wrong("htm must be POST"));
        }
        if jws.text("htu") != Some(endpoint) {
            return Err(wrong("htu must be the token endpoint's address"));
        }
        let issued = jws.seconds("iat").ok_or_else(|| wrong("iat is missing"))?;
        if issued > now + LEEWAY || issued < now - WINDOW {
            return Err(wrong("iat is too far from now"));
        }
        let jti = jws
            .text("jti")
            .filter(|t| (1..=256).contains(&t.len()))
            .ok_or_else(|| wrong("jti is missing or too long"))?;
        let thumbprint = jose::thumbprint(jwk).ok_or_else(|| wrong("jwk is of no accepted kind"))?;
        if !jws.verified_by(jwk) {
            return Err(wrong(
                "the signature is not made with the key in jwk, or with no accepted algorithm",
            ));
        }
        if !self
            .replay
            .lock()
            .first(format!("d {thumbprint} {jti}"), now, now + WINDOW + LEEWAY)
        {
            return Err(wrong("the proof has been used before"));
        }
        Ok(thumbprint)
    }
}
