//! The DPoP proof (RFC 9449): one for each request, each verified. Only the key that a client's proofs hold is remembered.

use super::jose::{self, Header, Parts};
use super::key::{Algorithm, PublicKey};
use super::reason::Reason;
use super::replay::{Replay, Seen};
use super::{Presented, url};
use serde::Deserialize;
use std::sync::Arc;

/// How old and how early a proof may be, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Oldest.
    pub max_age_s: i64,
    /// Earliest.
    pub leeway_s: i64,
    /// Made at this time or later (Unix s).
    pub since_s: i64,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: serde_json::Number,
    ath: Option<String>,
}

/// What the header of a proof says. It is the same in every proof of a client.
struct Holder {
    algorithm: Algorithm,
    key: PublicKey,
    thumbprint: String,
}

impl Holder {
    fn of(header: &Header) -> Result<Holder, Reason> {
        if !header.typ.as_deref().unwrap_or_default().eq_ignore_ascii_case("dpop+jwt") {
            return Err(Reason::ProofType);
        }
        let algorithm = Algorithm::from_name(&header.alg).ok_or(Reason::ProofAlgorithm)?;
        let jwk = header.jwk.as_ref().ok_or(Reason::ProofKey)?;
        if jwk.has_private_members() {
            return Err(Reason::ProofKeyPrivate);
        }
        Ok(Holder {
            algorithm,
            key: PublicKey::from_jwk(jwk).filter(|key| key.fits(algorithm)).ok_or(Reason::ProofKey)?,
            thumbprint: jose::thumbprint(jwk).ok_or(Reason::ProofKey)?,
        })
    }
}

/// Holders whose proofs were found good, by the hash of the header's text.
pub struct Holders(quick_cache::sync::Cache<[u8; 32], Arc<Holder>>);

impl Holders {
    pub fn new(most: usize) -> Holders {
        Holders(quick_cache::sync::Cache::new(most.max(1)))
    }
}

/// The token that a proof goes with.
pub struct Bound<'a> {
    /// Thumbprint of the key that the token is bound to.
    pub to: &'a str,
    /// SHA-256 of the token, base64url.
    pub token_hash: &'a str,
}

/// Verifies the proof of a request with a token.
pub fn verify(presented: &Presented<'_>, bound: &Bound<'_>, holders: &Holders, replay: &Replay, window: Window) -> Result<(), Reason> {
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
    let jws = Parts::of(proof).ok_or(Reason::ProofMalformed)?;
    let hash = *blake3::hash(jws.header.as_bytes()).as_bytes();
    let known = holders.0.get(&hash);
    let holder = match &known {
        Some(holder) => holder.clone(),
        None => Arc::new(Holder::of(&jws.header().ok_or(Reason::ProofMalformed)?)?),
    };
    let claims: Claims = jws.claims().ok_or(Reason::ProofMalformed)?;
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err(Reason::ProofMalformed);
    }
    // The cheap checks come first; nothing is remembered before the signature is verified.
    if holder.thumbprint != bound.to {
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
    if until_s < now_s || issued < window.since_s {
        return Err(Reason::ProofTooOld);
    }
    if claims.ath.as_deref() != Some(bound.token_hash) {
        return Err(Reason::ProofTokenHash);
    }
    if !holder.key.verifies(&jws, holder.algorithm) {
        return Err(Reason::ProofSignature);
    }
    if known.is_none() {
        holders.0.insert(hash, holder.clone());
    }
    match replay.remember(&holder.thumbprint, &claims.jti, now_s, until_s) {
        Seen::First => Ok(()),
        Seen::Again => Err(Reason::ProofReplayed),
        Seen::Full => Err(Reason::ReplayCacheFull),
    }
}
