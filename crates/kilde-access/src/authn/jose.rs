//! Compact JWS: taking it apart, its header, the key in it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

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

/// RFC 7638 thumbprint (SHA-256, base64url) of a public JWK. The members must have been found to be
/// base64url by [`super::PublicKey::from_jwk`], so that they cannot break out of the JSON they go into.
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

/// A JWS in compact form: its three parts, none of them read yet.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// What is signed: header, dot, payload.
    pub signed: &'a str,
    /// The header, base64url.
    pub header: &'a str,
    payload: &'a str,
    /// The signature, base64url.
    pub signature: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits; `None` if there are not three parts.
    pub fn of(text: &'a str) -> Option<Parts<'a>> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        (!payload.contains('.')).then_some(Parts {
            signed,
            header,
            payload,
            signature,
        })
    }

    /// Reads the header; `None` if it cannot be read, or demands extensions.
    pub fn header(&self) -> Option<Header> {
        let header: Header = serde_json::from_slice(&bytes(self.header)?).ok()?;
        header.crit.is_none().then_some(header)
    }

    /// The payload as JSON.
    pub fn claims<T: for<'de> Deserialize<'de>>(&self) -> Option<T> {
        serde_json::from_slice(&bytes(self.payload)?).ok()
    }
}
