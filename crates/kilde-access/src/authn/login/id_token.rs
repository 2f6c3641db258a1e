//! Verifying an ID token (OpenID Connect Core 1.0, section 3.1.3.7; ID-porten's own rules for `acr` and `pid`).

use super::{LEVEL, LoginError};
use crate::authn::jose::Parts;
use crate::authn::key::Algorithm;
use crate::authn::keys::{KeyLookup, KeySource};
use crate::authn::token::Claims;
use crate::identity::{Actor, Identity};
use kilde_fhir::national_id::Nin;

/// Seconds that clocks may be apart, and the oldest ID token.
const LEEWAY: i64 = 5;
const OLDEST: i64 = 600;
/// No ID token is longer.
const LONGEST: usize = 16 * 1024;

/// What a token is held against.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub keys: &'a dyn KeySource,
    pub now_ms: i64,
}

/// The claims of a token of one of these types with a good signature, from our issuer, to us and nobody else, and of now. A rule that is broken
/// is named by a word.
pub fn signed(text: &str, kinds: &[&str], expected: &Expected<'_>) -> Result<Claims, LoginError> {
    let rule = LoginError::Rule;
    if text.len() > LONGEST {
        return Err(rule("length"));
    }
    let jws = Parts::of(text).ok_or(rule("form"))?;
    let header = jws.header().ok_or(rule("form"))?;
    let kind = header.typ.as_deref().unwrap_or("JWT");
    if !kinds.iter().any(|k| k.eq_ignore_ascii_case(kind)) {
        return Err(rule("typ"));
    }
    let algorithm = Algorithm::from_name(&header.alg).ok_or(rule("alg"))?;
    let claims = Claims::of(&jws).ok_or(rule("form"))?;
    if claims.issuer() != Some(expected.issuer) {
        return Err(rule("issuer"));
    }
    let key = match expected.keys.key(header.kid.as_deref().unwrap_or_default(), expected.now_ms) {
        KeyLookup::Found(key) => key,
        KeyLookup::Unknown | KeyLookup::Unavailable => return Err(rule("key")),
    };
    if !key.verifies(&jws, algorithm) {
        return Err(rule("signature"));
    }
    if !claims.audience_is(expected.client_id) || claims.text("azp").is_some_and(|party| party != expected.client_id) {
        return Err(rule("audience"));
    }
    let now = expected.now_ms.div_euclid(1000);
    let seconds = |name: &str| claims.seconds(name).ok().flatten().ok_or(rule("time"));
    let (issued, expires) = (seconds("iat")?, seconds("exp")?);
    if expires.saturating_add(LEEWAY) <= now {
        return Err(rule("expired"));
    }
    if issued > now.saturating_add(LEEWAY) || issued < now.saturating_sub(OLDEST) {
        return Err(rule("issued"));
    }
    Ok(claims)
}

/// Who logged in, and the name of the session.
pub fn verify(text: &str, expected: &Expected<'_>) -> Result<(Identity, Option<String>), LoginError> {
    let claims = signed(text, &["JWT"], expected)?;
    if claims.text("nonce") != Some(expected.nonce) || expected.nonce.is_empty() {
        return Err(LoginError::Rule("nonce"));
    }
    let pid = claims
        .text("pid")
        .and_then(|pid| Nin::parse(pid).ok())
        .ok_or(LoginError::Rule("pid"))?;
    if claims.text("acr") != Some(LEVEL) {
        return Err(LoginError::Level);
    }
    let identity = Identity {
        actor: Actor::Citizen {
            pid: pid.as_str().to_owned(),
            name: None,
            level: 4,
        },
        legal_entity: None,
        unit: None,
        supplier: None,
        client: expected.client_id.to_owned(),
        client_name: None,
        scopes: vec!["innsyn".to_owned()],
        smart: None,
        attestation: None,
        claims_proxy: false,
        represents: None,
        // A session lives longer than an ID token; the holder of the session sets its end.
        expires_ms: i64::MAX,
    };
    Ok((identity, claims.text("sid").map(str::to_owned)))
}
