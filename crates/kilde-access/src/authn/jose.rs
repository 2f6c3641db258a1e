//! Compact JWS: taking it apart, its header, its algorithms and keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Accepted algorithms, as the challenge tells them. Asymmetric only.
pub const ALGORITHM_NAMES: &str = "ES256 ES384 PS256 PS384 PS512 RS256 RS384 RS512";

/// The algorithm with that name, if it is one that is accepted.
pub fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        _ => return None,
    })
}

/// What a header may hold that matters here.
#[derive(Deserialize)]
pub struct Header {
    pub alg: String,
    pub typ: Option<String>,
    pub kid: Option<String>,
    pub jwk: Option<Jwk>,
    pub crit: Option<IgnoredAny>,
}

/// A key as JWK (RFC 7517). Private members are noticed, not read.
#[derive(Deserialize)]
pub struct Jwk {
    pub kty: String,
    pub crv: Option<String>,
    pub x: Option<String>,
    pub y: Option<String>,
    pub n: Option<String>,
    pub e: Option<String>,
    pub kid: Option<String>,
    pub alg: Option<String>,
    #[serde(rename = "use")]
    pub usage: Option<String>,
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Jwk {
    /// Whether it holds anything private or symmetric.
    pub fn has_private_members(&self) -> bool {
        [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi, &self.oth, &self.k]
            .into_iter()
            .any(Option::is_some)
    }
}

/// A public key and what it may verify.
pub struct PublicKey {
    key: DecodingKey,
    shape: Shape,
    /// The one algorithm the key is published for, if it says so.
    only: Option<Algorithm>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Rsa,
    P256,
    P384,
}

impl PublicKey {
    /// From a JWK as JSON; `None` if it is not a public key of an accepted kind and size.
    pub fn from_json(jwk: &str) -> Option<PublicKey> {
        PublicKey::from_jwk(&serde_json::from_str(jwk).ok()?)
    }

    /// From a JWK; `None` if it is not a public key of an accepted kind and size.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<PublicKey> {
        if jwk.has_private_members() {
            return None;
        }
        let (key, shape) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some(curve)) => {
                let (shape, size) = match curve {
                    "P-256" => (Shape::P256, 32),
                    "P-384" => (Shape::P384, 48),
                    _ => return None,
                };
                let (x, y) = (jwk.x.as_deref()?, jwk.y.as_deref()?);
                if bytes(x)?.len() != size || bytes(y)?.len() != size {
                    return None;
                }
                (DecodingKey::from_ec_components(x, y).ok()?, shape)
            }
            ("RSA", _) => {
                let (n, e) = (jwk.n.as_deref()?, jwk.e.as_deref()?);
                let size = bytes(n)?.len();
                // 2048 bits at least; 8192 at most, for a larger key is a way to keep us busy.
                if !(256..=1024).contains(&size) || bytes(e)?.len() > 8 {
                    return None;
                }
                (DecodingKey::from_rsa_components(n, e).ok()?, Shape::Rsa)
            }
            _ => return None,
        };
        let only = match jwk.alg.as_deref() {
            Some(name) => Some(algorithm(name)?),
            None => None,
        };
        Some(PublicKey { key, shape, only })
    }

    /// Whether the key is of the algorithm's kind.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::ES256 => Shape::P256,
            Algorithm::ES384 => Shape::P384,
            Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 | Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => Shape::Rsa,
            _ => return false,
        };
        kind == self.shape && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether the signature is this key's.
    pub(super) fn verifies(&self, jws: &Jws<'_>, algorithm: Algorithm) -> bool {
        self.fits(algorithm)
            && jsonwebtoken::crypto::verify(jws.signature, jws.signed.as_bytes(), &self.key, algorithm).is_ok_and(|valid| valid)
    }
}

/// RFC 7638 thumbprint (SHA-256, base64url) of a public JWK. The members must have been found to be
/// base64url by [`PublicKey::from_jwk`], so that they cannot break out of the JSON they go into.
pub fn thumbprint(jwk: &Jwk) -> Option<String> {
    let text = match jwk.kty.as_str() {
        "EC" => format!(
            "{{\"crv\":\"{}\",\"kty\":\"EC\",\"x\":\"{}\",\"y\":\"{}\"}}",
            jwk.crv.as_deref()?,
            jwk.x.as_deref()?,
            jwk.y.as_deref()?
        ),
        "RSA" => format!(
            "{{\"e\":\"{}\",\"kty\":\"RSA\",\"n\":\"{}\"}}",
            jwk.e.as_deref()?,
            jwk.n.as_deref()?
        ),
        _ => return None,
    };
    Some(sha256(text.as_bytes()))
}

/// SHA-256 as base64url without padding.
pub fn sha256(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data))
}

/// base64url without padding.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A JWS in compact form, taken apart.
pub struct Jws<'a> {
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
    pub header: Header,
}

impl<'a> Jws<'a> {
    /// Takes apart; `None` if it is not three parts with a readable header, or demands extensions.
    pub fn parse(text: &'a str) -> Option<Jws<'a>> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        let header: Header = serde_json::from_slice(&bytes(header)?).ok()?;
        if header.crit.is_some() {
            return None;
        }
        Some(Jws {
            signed,
            payload,
            signature,
            header,
        })
    }

    /// The payload as JSON.
    pub fn claims<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        serde_json::from_slice(&bytes(self.payload)?).ok()
    }
}
