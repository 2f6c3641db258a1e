//! Verifying who asks: HelseID access tokens (FAPI 2.0) with DPoP proofs.

mod attestation;
mod jose;
mod key;
mod keys;
pub mod login;
mod proof;
mod reason;
mod replay;
mod token;
mod unique;
mod url;

#[cfg(test)]
mod tests;

pub use key::PublicKey;
pub use keys::{HttpKeys, KeyLookup, KeySource, KeySourceError, Later, LocalKeys};
pub use reason::{Reason, Unauthenticated};

use crate::identity::Identity;
use jose::Parts;
use proof::{Bound, Holders};
use replay::Replay;
use std::sync::Arc;

/// No access token is longer.
const LONGEST_TOKEN: usize = 16 * 1024;
/// No proof is longer.
const LONGEST_PROOF: usize = 8 * 1024;

/// How many clients' keys are remembered.
const HOLDERS: usize = 10_000;

/// What must prove possession of the token's key on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// A DPoP proof with each request.
    #[default]
    Dpop,
    /// Nothing: a gateway before this listener has verified it. Loopback only; see to that when
    /// the listener is opened.
    None,
}

/// A trusted issuer.
pub struct Issuer {
    /// Exactly as in `iss`.
    pub url: String,
    /// Its keys.
    pub keys: Arc<dyn KeySource>,
}

/// How a listener authenticates.
pub struct AuthenticatorConfig {
    /// Trusted issuers.
    pub issuers: Vec<Issuer>,
    /// Our audience, `nhn:kilde`.
    pub audience: String,
    /// Proof of possession.
    pub proof: Proof,
    /// Leeway for clocks, in seconds.
    pub leeway_s: i64,
    /// Oldest proof, in seconds.
    pub proof_max_age_s: i64,
    /// How many verified tokens are remembered.
    pub token_cache: usize,
    /// How many proofs are remembered; beyond that requests are refused.
    pub replay_cache: usize,
    /// When the memory of proofs began (Unix s): a proof made before may have been used at whoever was here then, and is refused.
    pub since_s: i64,
}

impl AuthenticatorConfig {
    /// With the usual numbers: 5 s leeway, proofs up to 60 s, 100,000 tokens, 1,000,000 proofs, made at any time.
    pub fn new(issuers: Vec<Issuer>, audience: &str, proof: Proof) -> Self {
        AuthenticatorConfig {
            issuers,
            audience: audience.to_owned(),
            proof,
            leeway_s: 5,
            proof_max_age_s: 60,
            token_cache: 100_000,
            replay_cache: 1_000_000,
            since_s: i64::MIN,
        }
    }
}

/// What a request presents.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// Every `Authorization` header.
    pub authorization: &'a [&'a str],
    /// Every `DPoP` header.
    pub dpop: &'a [&'a str],
    /// The method, as it came.
    pub method: &'a str,
    /// The address as the client knows it: scheme, host, path; a query is passed over.
    pub url: &'a str,
    /// Now (Unix ms).
    pub now_ms: i64,
}

/// A verified token, remembered until it expires.
struct Verified {
    identity: Arc<Identity>,
    bound_to: Option<String>,
    /// SHA-256, base64url: what proofs with it must hold.
    hash: String,
    until_s: i64,
    /// By which of its issuer's keys it is signed: withdrawn, it takes the token along.
    issuer: usize,
    kid: String,
}

/// Authenticates the requests of one listener.
pub struct Authenticator {
    config: AuthenticatorConfig,
    verified: quick_cache::sync::Cache<[u8; 32], Arc<Verified>>,
    holders: Holders,
    replay: Replay,
}

impl Authenticator {
    /// For a listener.
    pub fn new(config: AuthenticatorConfig) -> Self {
        Authenticator {
            verified: quick_cache::sync::Cache::new(config.token_cache.max(1)),
            holders: Holders::new(HOLDERS),
            replay: Replay::new(config.replay_cache),
            config,
        }
    }

    /// Who asks. An unknown key or an outdated key set is fetched first (at most once a minute).
    pub async fn authenticate(&self, presented: &Presented<'_>) -> Result<Arc<Identity>, Unauthenticated> {
        let mut result = self.check(presented);
        if let Err(Reason::TokenKeyUnknown | Reason::KeysUnavailable) = result
            && self.fetch_for(presented).await
        {
            result = self.check(presented);
        }
        result.map_err(|reason| self.refused(reason))
    }

    /// Who asks, from keys that are at hand: nothing is fetched.
    pub fn authenticate_at_hand(&self, presented: &Presented<'_>) -> Result<Arc<Identity>, Unauthenticated> {
        self.check(presented).map_err(|reason| self.refused(reason))
    }

    fn refused(&self, reason: Reason) -> Unauthenticated {
        metrics::counter!("kilde_unauthenticated_total", "code" => reason.code()).increment(1);
        let scheme = match self.config.proof {
            Proof::Dpop => "DPoP",
            Proof::None => "Bearer",
        };
        Unauthenticated::new(reason, scheme)
    }

    fn check(&self, presented: &Presented<'_>) -> Result<Arc<Identity>, Reason> {
        let token = self.token(presented)?;
        let verified = self.verify(token, presented.now_ms)?;
        if self.config.proof == Proof::Dpop {
            let bound_to = verified.bound_to.as_deref().ok_or(Reason::TokenNotBound)?;
            let window = proof::Window {
                max_age_s: self.config.proof_max_age_s,
                leeway_s: self.config.leeway_s,
                since_s: self.config.since_s,
            };
            let bound = Bound {
                to: bound_to,
                token_hash: &verified.hash,
            };
            proof::verify(presented, &bound, &self.holders, &self.replay, window)?;
        }
        Ok(verified.identity.clone())
    }

    /// The token in the one `Authorization` header.
    fn token<'a>(&self, presented: &Presented<'a>) -> Result<&'a str, Reason> {
        let header = match presented.authorization {
            [] => return Err(Reason::TokenMissing),
            [one] => one.trim(),
            _ => return Err(Reason::TokenRepeated),
        };
        let Some((scheme, token)) = header.split_once(' ') else {
            return Err(if header.is_empty() {
                Reason::TokenMissing
            } else {
                Reason::SchemeNotAllowed
            });
        };
        let dpop = scheme.eq_ignore_ascii_case("DPoP");
        let behind_gateway = self.config.proof == Proof::None && scheme.eq_ignore_ascii_case("Bearer");
        if !dpop && !behind_gateway {
            return Err(Reason::SchemeNotAllowed);
        }
        let token = token.trim();
        match token.len() {
            0 => Err(Reason::TokenMissing),
            length if length > LONGEST_TOKEN => Err(Reason::TokenTooLong),
            _ => Ok(token),
        }
    }

    /// The token's identity, from memory if the same token was verified before.
    fn verify(&self, token: &str, now_ms: i64) -> Result<Arc<Verified>, Reason> {
        let now_s = now_ms.div_euclid(1000);
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        if let Some(verified) = self.verified.get(&hash) {
            let keys = &self.config.issuers[verified.issuer].keys;
            if now_s < verified.until_s && matches!(keys.key(&verified.kid, now_ms), KeyLookup::Found(_)) {
                return Ok(verified);
            }
            self.verified.remove(&hash);
        }
        let jws = Parts::of(token).ok_or(Reason::TokenMalformed)?;
        let header = jws.header().ok_or(Reason::TokenMalformed)?;
        let algorithm = token::algorithm(&header)?;
        let claims = token::Claims::of(&jws).ok_or(Reason::TokenMalformed)?;
        let (place, issuer) = self.issuer(&claims)?;
        let kid = header.kid.as_deref().ok_or(Reason::TokenKeyUnknown)?;
        let key = match issuer.keys.key(kid, now_ms) {
            KeyLookup::Found(key) => key,
            KeyLookup::Unknown => return Err(Reason::TokenKeyUnknown),
            KeyLookup::Unavailable => return Err(Reason::KeysUnavailable),
        };
        if !key.fits(algorithm) {
            return Err(Reason::TokenAlgorithm);
        }
        if !key.verifies(&jws, algorithm) {
            return Err(Reason::TokenSignature);
        }
        let identity = token::identity(&claims, &self.config.audience, now_s, self.config.leeway_s)?;
        let bound_to = claims.bound_to().map(str::to_owned);
        if bound_to.is_none() && self.config.proof == Proof::Dpop {
            return Err(Reason::TokenNotBound);
        }
        let until_s = identity.expires_ms / 1000 + self.config.leeway_s;
        let verified = Arc::new(Verified {
            identity: Arc::new(identity),
            bound_to,
            hash: jose::sha256(token.as_bytes()),
            until_s,
            issuer: place,
            kid: kid.to_owned(),
        });
        self.verified.insert(hash, verified.clone());
        Ok(verified)
    }

    fn issuer(&self, claims: &token::Claims) -> Result<(usize, &Issuer), Reason> {
        let named = claims.issuer().ok_or(Reason::TokenIssuer)?;
        self.config
            .issuers
            .iter()
            .enumerate()
            .find(|(_, issuer)| issuer.url == named)
            .ok_or(Reason::TokenIssuer)
    }

    async fn fetch_for(&self, presented: &Presented<'_>) -> bool {
        let Ok(token) = self.token(presented) else { return false };
        let claims = Parts::of(token).and_then(|jws| token::Claims::of(&jws));
        let Some(Ok((_, issuer))) = claims.map(|claims| self.issuer(&claims)) else {
            return false;
        };
        match issuer.keys.refresh(presented.now_ms).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::warn!(%error, "the keys of an issuer cannot be fetched");
                false
            }
        }
    }
}
