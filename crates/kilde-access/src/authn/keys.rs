//! Where an issuer's public keys come from.

use super::jose::Jwk;
use super::key::PublicKey;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("keys of the issuer: {0}")]
pub struct KeySourceError(String);

/// What asking for a key gives.
pub enum KeyLookup {
    /// The key.
    Found(Arc<PublicKey>),
    /// The issuer has published no such key, as far as is known.
    Unknown,
    /// No current set of keys is at hand.
    Unavailable,
}

/// An answer that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An issuer's public keys by `kid`.
pub trait KeySource: Send + Sync {
    /// The key with that id, from what is at hand.
    fn key(&self, kid: &str, now_ms: i64) -> KeyLookup;

    /// Fetches the set anew if that is allowed now; `true` if it was fetched.
    fn refresh(&self, now_ms: i64) -> Later<'_, Result<bool, KeySourceError>>;
}

/// A set of keys by id.
type Keys = FxHashMap<String, Arc<PublicKey>>;

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

/// Reads a JWKS. Keys of kinds that are not accepted, for encryption, or without id are passed over.
fn parse(jwks: &[u8]) -> Result<Keys, KeySourceError> {
    let set: Jwks = serde_json::from_slice(jwks).map_err(|_| KeySourceError("not a key set".to_owned()))?;
    let jwks = set.keys.into_iter().filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
    Ok(jwks
        .filter(|jwk| jwk.usage.as_deref().is_none_or(|usage| usage == "sig"))
        .filter_map(|jwk| Some((jwk.kid.clone()?, Arc::new(PublicKey::from_jwk(&jwk)?))))
        .collect())
}

/// Keys of an issuer in the same process (the sandbox): asked for anew when an unknown id comes,
/// so that rotation shows at once.
pub struct LocalKeys<F> {
    jwks: F,
    keys: RwLock<Keys>,
}

impl<F: Fn() -> String + Send + Sync> LocalKeys<F> {
    /// From a function that gives the JWKS as JSON.
    pub fn new(jwks: F) -> Self {
        LocalKeys {
            jwks,
            keys: RwLock::default(),
        }
    }
}

impl<F: Fn() -> String + Send + Sync> KeySource for LocalKeys<F> {
    fn key(&self, kid: &str, _now_ms: i64) -> KeyLookup {
        if let Some(key) = self.keys.read().get(kid) {
            return KeyLookup::Found(key.clone());
        }
        match parse((self.jwks)().as_bytes()) {
            Ok(fresh) => {
                let found = fresh.get(kid).cloned();
                *self.keys.write() = fresh;
                found.map_or(KeyLookup::Unknown, KeyLookup::Found)
            }
            Err(_) => KeyLookup::Unavailable,
        }
    }

    fn refresh(&self, _now_ms: i64) -> Later<'_, Result<bool, KeySourceError>> {
        Box::pin(std::future::ready(Ok(false)))
    }
}

/// How long a fetched set is used.
const KEEP_MS: i64 = 24 * 60 * 60 * 1000;
/// The shortest time between two fetches.
const PAUSE_MS: i64 = 60 * 1000;
/// The shortest time between two fetches while no set is at hand.
const PAUSE_WITHOUT_MS: i64 = 5 * 1000;
/// No discovery document or key set is larger.
const LARGEST: usize = 256 * 1024;

/// Keys of an issuer over HTTP: discovery, then the key set it names; kept 24 hours, fetched anew
/// for an unknown id at most once a minute.
pub struct HttpKeys {
    issuer: String,
    client: reqwest::Client,
    keys: RwLock<Keys>,
    fetched_ms: AtomicI64,
    tried_ms: AtomicI64,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl HttpKeys {
    /// For an issuer by its address. Nothing is fetched yet.
    pub fn new(issuer: &str) -> Result<Self, KeySourceError> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| KeySourceError(error.to_string()))?;
        Ok(HttpKeys {
            issuer: issuer.to_owned(),
            client,
            keys: RwLock::default(),
            fetched_ms: AtomicI64::new(i64::MIN),
            tried_ms: AtomicI64::new(i64::MIN),
            fetching: tokio::sync::Mutex::new(()),
        })
    }

    fn is_current(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.fetched_ms.load(Ordering::Acquire)) <= KEEP_MS
    }

    async fn fetch(&self, now_ms: i64) -> Result<bool, KeySourceError> {
        let started = self.tried_ms.load(Ordering::Acquire);
        let _one_at_a_time = self.fetching.lock().await;
        let tried = self.tried_ms.load(Ordering::Acquire);
        if tried != started {
            return Ok(true);
        }
        let pause = if self.is_current(now_ms) { PAUSE_MS } else { PAUSE_WITHOUT_MS };
        if now_ms.saturating_sub(tried) < pause {
            return Ok(false);
        }
        self.tried_ms.store(now_ms, Ordering::Release);
        let about = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovery: Discovery =
            serde_json::from_slice(&self.get(&about).await?).map_err(|_| KeySourceError("not a discovery document".to_owned()))?;
        if discovery.issuer != self.issuer {
            return Err(KeySourceError("the discovery document names another issuer".to_owned()));
        }
        let keys = parse(&self.get(&discovery.jwks_uri).await?)?;
        *self.keys.write() = keys;
        self.fetched_ms.store(now_ms, Ordering::Release);
        Ok(true)
    }

    /// Fetches from an address that may be trusted.
    pub(super) async fn get(&self, url: &str) -> Result<Vec<u8>, KeySourceError> {
        if !trusted_address(url) {
            return Err(KeySourceError("an address that is neither https nor this machine".to_owned()));
        }
        let response = self.client.get(url).send().await.and_then(reqwest::Response::error_for_status);
        read(response.map_err(failed)?).await
    }

    /// Sends a form to an address that may be trusted; gives status and body.
    pub(super) async fn post_form(&self, url: &str, form: String) -> Result<(u16, Vec<u8>), KeySourceError> {
        if !trusted_address(url) {
            return Err(KeySourceError("an address that is neither https nor this machine".to_owned()));
        }
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form).send().await.map_err(failed)?;
        let status = response.status().as_u16();
        Ok((status, read(response).await?))
    }
}

fn failed(error: reqwest::Error) -> KeySourceError {
    KeySourceError(error.without_url().to_string())
}

/// The body, if it is not too large.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, KeySourceError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(KeySourceError("an answer that is too large".to_owned()));
        }
    }
    Ok(body)
}

fn trusted_address(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    url.starts_with("https://")
        || local.iter().any(|start| {
            url.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        })
}

impl KeySource for HttpKeys {
    fn key(&self, kid: &str, now_ms: i64) -> KeyLookup {
        if !self.is_current(now_ms) {
            return KeyLookup::Unavailable;
        }
        self.keys.read().get(kid).cloned().map_or(KeyLookup::Unknown, KeyLookup::Found)
    }

    fn refresh(&self, now_ms: i64) -> Later<'_, Result<bool, KeySourceError>> {
        Box::pin(self.fetch(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_signature_keys_are_taken() {
        let set = r#"{"keys":[{"kty":"oct","kid":"a","k":"AAAA"},{"kty":"EC","kid":"b","crv":"P-256","x":"AA","y":"AA"},
            {"kty":"RSA","kid":"c","n":"AQAB","e":"AQAB"},{"kty":"EC"},7]}"#;
        assert!(parse(set.as_bytes()).is_ok_and(|keys| keys.is_empty()));
        assert!(parse(b"{}").is_err());
        assert!(parse(b"\xff").is_err());
    }

    #[test]
    fn addresses() {
        assert!(trusted_address("https://issuer.example/x") && trusted_address("http://127.0.0.1:8080/x"));
        assert!(!trusted_address("http://issuer.example/x") && !trusted_address("http://127.0.0.1.example/x"));
        assert!(!trusted_address("http://localhost@evil.example/"));
    }
}
