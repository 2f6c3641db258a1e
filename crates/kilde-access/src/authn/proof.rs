//! The DPoP proof (RFC 9449): one for each request, never cached.

use super::jose::{self, Jws, PublicKey};
use super::reason::Reason;
use super::replay::{Replay, Seen};
use super::{Presented, url};
use serde::Deserialize;

/// How old and how early a proof may be, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Oldest.
    pub max_age_s: i64,
    /// Earliest.
    pub leeway_s: i64,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: serde_json::Number,
    ath: Option<String>,
}

/// Verifies the proof of a request with a token that is bound to the key with thumbprint `bound_to`.
pub fn verify(presented: &Presented<'_>, token: &str, bound_to: &str, replay: &Replay, window: Window) -> Result<(), Reason> {
    let proof = match presented.dpop {
        [] => return Err(Reason::ProofMissing),
        [one] => one.trim(),
        _ => return Err(Reason::ProofRepeated),
    };
    if proof.is_empty() {
        return Err(Reason::ProofMissing);
    }
    if proof.contains(',') {
        return Err(Reason::ProofRepeated);
    }
    if proof.len() > super::LONGEST_PROOF {
        return Err(Reason::TokenTooLong);
    }
    let jws = Jws::parse(proof).ok_or(Reason::ProofMalformed)?;
    if !jws.header.typ.as_deref().unwrap_or_default().eq_ignore_ascii_case("dpop+jwt") {
        return Err(Reason::ProofType);
    }
    let algorithm = jose::algorithm(&jws.header.alg).ok_or(Reason::ProofAlgorithm)?;
    let jwk = jws.header.jwk.as_ref().ok_or(Reason::ProofKey)?;
    if jwk.has_private_members() {
        return Err(Reason::ProofKeyPrivate);
    }
    let key = PublicKey::from_jwk(jwk).filter(|key| key.fits(algorithm)).ok_or(Reason::ProofKey)?;
    let thumbprint = jose::thumbprint(jwk).ok_or(Reason::ProofKey)?;
    let claims: Claims = jws.claims().ok_or(Reason::ProofMalformed)?;
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err(Reason::ProofMalformed);
    }
    // The cheap checks come first; nothing is remembered before the signature is verified.
    if thumbprint != bound_to {
        return Err(Reason::ProofKeyMismatch);
    }
    if claims.htm != presented.method {
        return Err(Reason::ProofMethod);
    }
    let here = url::normal(presented.url);
    if here.is_none() || url::normal(&claims.htu) != here {
        return Err(Reason::ProofUrl);
    }
    let now_s = presented.now_ms.div_euclid(1000);
    let issued = claims
        .iat
        .as_i64()
        .or_else(|| claims.iat.as_f64().map(|f| f as i64))
        .ok_or(Reason::ProofMalformed)?;
    if issued > now_s.saturating_add(window.leeway_s) {
        return Err(Reason::ProofInFuture);
    }
    let until_s = issued.saturating_add(window.max_age_s);
    if until_s < now_s {
        return Err(Reason::ProofTooOld);
    }
    if claims.ath.as_deref() != Some(jose::sha256(token.as_bytes()).as_str()) {
        return Err(Reason::ProofTokenHash);
    }
    if !key.verifies(&jws, algorithm) {
        return Err(Reason::ProofSignature);
    }
    match replay.remember(&thumbprint, &claims.jti, now_s, until_s) {
        Seen::First => Ok(()),
        Seen::Again => Err(Reason::ProofReplayed),
        Seen::Full => Err(Reason::ReplayCacheFull),
    }
}
