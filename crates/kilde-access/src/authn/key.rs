//! Public keys and the algorithms that they verify.

use super::jose::{Jwk, Parts, bytes};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};
use std::sync::OnceLock;

/// Accepted algorithms, as the challenge tells them. Asymmetric only.
pub const ALGORITHM_NAMES: &str = "ES256 ES384 PS256 PS384 PS512 RS256 RS384 RS512";

/// An accepted algorithm (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    Es384,
    Ps256,
    Ps384,
    Ps512,
    Rs256,
    Rs384,
    Rs512,
}

const ALGORITHMS: usize = 8;

impl Algorithm {
    /// The algorithm with that name, if it is one that is accepted.
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Some(match name {
            "ES256" => Algorithm::Es256,
            "ES384" => Algorithm::Es384,
            "PS256" => Algorithm::Ps256,
            "PS384" => Algorithm::Ps384,
            "PS512" => Algorithm::Ps512,
            "RS256" => Algorithm::Rs256,
            "RS384" => Algorithm::Rs384,
            "RS512" => Algorithm::Rs512,
            _ => return None,
        })
    }

    fn rsa(self) -> Option<&'static RsaParameters> {
        Some(match self {
            Algorithm::Es256 | Algorithm::Es384 => return None,
            Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        })
    }
}

/// A public key and what it may verify. Made ready once for each algorithm, at its first signature.
pub struct PublicKey {
    material: Material,
    /// The one algorithm the key is published for, if it says so.
    only: Option<Algorithm>,
    ready: [OnceLock<Option<ParsedPublicKey>>; ALGORITHMS],
}

enum Material {
    /// An uncompressed point: 4, x, y.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
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
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => Material::P256(point(jwk, 32)?),
            ("EC", Some("P-384")) => Material::P384(point(jwk, 48)?),
            ("RSA", _) => {
                let (n, e) = (bytes(jwk.n.as_deref()?)?, bytes(jwk.e.as_deref()?)?);
                // 2048 bits at least; 8192 at most, for a larger key is a way to keep us busy.
                if !(256..=1024).contains(&n.len()) || e.len() > 8 {
                    return None;
                }
                Material::Rsa(RsaPublicKeyComponents { n, e })
            }
            _ => return None,
        };
        let only = match jwk.alg.as_deref() {
            Some(name) => Some(Algorithm::from_name(name)?),
            None => None,
        };
        Some(PublicKey {
            material,
            only,
            ready: Default::default(),
        })
    }

    /// Whether the key is of the algorithm's kind.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match self.material {
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Rsa(_) => algorithm.rsa().is_some(),
        };
        kind && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether the signature is this key's.
    pub(super) fn verifies(&self, jws: &Parts<'_>, algorithm: Algorithm) -> bool {
        let Some(signature) = bytes(jws.signature) else { return false };
        self.fits(algorithm)
            && self.ready[algorithm as usize]
                .get_or_init(|| self.make_ready(algorithm))
                .as_ref()
                .is_some_and(|key| key.verify_sig(jws.signed.as_bytes(), &signature).is_ok())
    }

    fn make_ready(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match &self.material {
            Material::P256(point) => ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).ok(),
            Material::P384(point) => ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point).ok(),
            Material::Rsa(numbers) => numbers.to_parsed_public_key(algorithm.rsa()?).ok(),
        }
    }
}

/// The point of a key on a curve with coordinates of that many bytes.
fn point(jwk: &Jwk, size: usize) -> Option<Vec<u8>> {
    let (x, y) = (bytes(jwk.x.as_deref()?)?, bytes(jwk.y.as_deref()?)?);
    (x.len() == size && y.len() == size).then(|| [&[4], &x[..], &y].concat())
}
