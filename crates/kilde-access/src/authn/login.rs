//! Logging citizens in with ID-porten: the relying party's side of OpenID Connect (code flow, PAR, PKCE, `private_key_jwt`).
//! Gives an [`Identity`] from a verified ID token. No token ever reaches the browser, and an ID token opens no API: it is read once, here.

mod id_token;
mod key;
mod logout_token;

#[cfg(test)]
mod tests;

pub use key::LoginKey;

use super::keys::{HttpKeys, KeySource};
use crate::identity::Identity;
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a discovery document is used, and the shortest time between two tries.
const KEEP_MS: i64 = 24 * 60 * 60 * 1000;
const PAUSE_MS: i64 = 5_000;
/// The level that is asked for; for health nothing lower is enough.
const LEVEL: &str = "idporten-loa-high";

/// Who we are at ID-porten.
pub struct LoginConfig {
    /// Its identifier, exactly as in `iss`.
    pub issuer: String,
    /// Our client id.
    pub client_id: String,
    /// Our key, registered there.
    pub key: LoginKey,
}

/// Why a login came to nothing. No text repeats what was received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// ID-porten cannot be asked now.
    #[error("ID-porten cannot be asked: {0}")]
    Unavailable(String),
    /// The citizen or ID-porten broke it off.
    #[error("the login was broken off")]
    Refused,
    /// What came back is not what must: a stable word for which rule was broken.
    #[error("the login was not accepted: {0}")]
    Rule(&'static str),
    /// Logged in, but not at the level that health demands.
    #[error("the level of the login is too low")]
    Level,
}

/// What must be kept, at the server, until the browser returns.
pub struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    redirect_uri: String,
}

/// A login that was begun.
pub struct Begun {
    /// Where the browser is sent.
    pub location: String,
    /// What must be kept until it returns.
    pub pending: Pending,
}

/// Somebody who has logged in.
pub struct LoggedIn {
    /// The citizen.
    pub identity: Identity,
    /// ID-porten's name of the session, for back-channel logout.
    pub sid: Option<String>,
    /// The ID token, to be shown to ID-porten when she logs out. Never for anybody else.
    pub id_token: String,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    pushed_authorization_request_endpoint: String,
    end_session_endpoint: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// ID-porten as we use it.
pub struct Login {
    config: LoginConfig,
    keys: HttpKeys,
    discovery: Mutex<Known>,
    fetching: tokio::sync::Mutex<()>,
}

/// What is known of ID-porten.
struct Known {
    tried_ms: i64,
    fetched_ms: i64,
    found: Option<Arc<Discovery>>,
}

/// 256 random bits in base64url.
///
/// # Errors
/// The machine has no randomness.
pub fn random_text() -> Result<String, LoginError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| LoginError::Unavailable("no randomness".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 in base64url: what a secret is kept and compared by.
pub fn fingerprint(secret: &str) -> String {
    super::jose::sha256(secret.as_bytes())
}

impl Login {
    /// Nothing is fetched yet.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(config: LoginConfig) -> Result<Login, LoginError> {
        let keys = HttpKeys::new(&config.issuer).map_err(unavailable)?;
        Ok(Login {
            config,
            keys,
            discovery: Mutex::new(Known {
                tried_ms: i64::MIN,
                fetched_ms: i64::MIN,
                found: None,
            }),
            fetching: tokio::sync::Mutex::new(()),
        })
    }

    /// Begins a login that is to return to `redirect_uri`; `locale` is `nb`, `nn` or `en`.
    ///
    /// # Errors
    /// ID-porten does not answer, or not as it should.
    pub async fn begin(&self, redirect_uri: &str, locale: &str, now_ms: i64) -> Result<Begun, LoginError> {
        let discovery = self.discovery(now_ms).await?;
        let pending = Pending {
            state: random_text()?,
            nonce: random_text()?,
            verifier: random_text()?,
            redirect_uri: redirect_uri.to_owned(),
        };
        let challenge = fingerprint(&pending.verifier);
        let form = [
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", redirect_uri),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("acr_values", LEVEL),
            ("ui_locales", locale),
        ];
        let answer = self.post(&discovery.pushed_authorization_request_endpoint, &form, now_ms).await?;
        let request_uri = answer["request_uri"].as_str().ok_or(LoginError::Rule("par-answer"))?;
        let (client, uri) = (encoded(&self.config.client_id), encoded(request_uri));
        let start = &discovery.authorization_endpoint;
        let joint = if start.contains('?') { '&' } else { '?' };
        Ok(Begun {
            location: format!("{start}{joint}client_id={client}&request_uri={uri}"),
            pending,
        })
    }

    /// Ends a login with what the browser brought back.
    ///
    /// # Errors
    /// It was broken off, or breaks a rule; the pending login is used up.
    pub async fn finish(&self, pending: Pending, back: &Returned, now_ms: i64) -> Result<LoggedIn, LoginError> {
        let discovery = self.discovery(now_ms).await?;
        // OpenID Connect Core 3.1.2.7, RFC 9207: whose answer it is comes before what it says.
        if back.state.as_deref() != Some(pending.state.as_str()) {
            return Err(LoginError::Rule("state"));
        }
        match back.iss.as_deref() {
            Some(iss) if iss != self.config.issuer => return Err(LoginError::Rule("iss")),
            None if discovery.authorization_response_iss_parameter_supported => return Err(LoginError::Rule("iss")),
            _ => {}
        }
        if back.error {
            return Err(LoginError::Refused);
        }
        let code = back.code.as_deref().ok_or(LoginError::Rule("code"))?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &pending.redirect_uri),
            ("code_verifier", &pending.verifier),
        ];
        let answer = self.post(&discovery.token_endpoint, &form, now_ms).await?;
        let id_token = answer["id_token"].as_str().ok_or(LoginError::Rule("token-answer"))?;
        let verify = || id_token::verify(id_token, &self.expected(&pending.nonce, now_ms));
        let mut verified = verify();
        if verified.as_ref().err() == Some(&LoginError::Rule("key")) && self.keys.refresh(now_ms).await.map_err(unavailable)? {
            verified = verify();
        }
        let (identity, sid) = verified?;
        Ok(LoggedIn {
            identity,
            sid,
            id_token: id_token.to_owned(),
        })
    }

    fn expected<'a>(&'a self, nonce: &'a str, now_ms: i64) -> id_token::Expected<'a> {
        id_token::Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce,
            keys: &self.keys,
            now_ms,
        }
    }

    /// Where the browser goes to end the session at ID-porten too, and then back to `back`, which gets
    /// `state` as it is (OpenID Connect RP-Initiated Logout 1.0, section 2).
    ///
    /// # Errors
    /// ID-porten has not been reached.
    pub async fn logout(&self, id_token: &str, back: &str, state: &str, now_ms: i64) -> Result<String, LoginError> {
        let end = &self.discovery(now_ms).await?.end_session_endpoint;
        Ok(format!(
            "{end}?id_token_hint={}&post_logout_redirect_uri={}&state={}",
            encoded(id_token),
            encoded(back),
            encoded(state)
        ))
    }

    /// The session that a logout token from the back channel ends.
    ///
    /// # Errors
    /// The token breaks a rule.
    pub async fn ended(&self, logout_token: &str, now_ms: i64) -> Result<String, LoginError> {
        let verify = || logout_token::verify(logout_token, &self.expected("", now_ms));
        match verify() {
            Err(LoginError::Rule("key")) if self.keys.refresh(now_ms).await.map_err(unavailable)? => verify(),
            other => other,
        }
    }

    /// The origin that a page's form may be sent on to: ID-porten's logout.
    pub fn end_session_origin(&self) -> Option<String> {
        let guard = self.discovery.lock();
        let end = &guard.found.as_ref()?.end_session_endpoint;
        let (scheme, rest) = end.split_once("://")?;
        let origin = format!("{scheme}://{}", rest.split('/').next()?);
        let clean = origin.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-[]".contains(&b));
        clean.then_some(origin)
    }

    async fn discovery(&self, now_ms: i64) -> Result<Arc<Discovery>, LoginError> {
        if let Some(found) = self.known(now_ms) {
            return Ok(found);
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(found) = self.known(now_ms) {
            return Ok(found);
        }
        let tried = std::mem::replace(&mut self.discovery.lock().tried_ms, now_ms);
        if now_ms.saturating_sub(tried) < PAUSE_MS {
            self.discovery.lock().tried_ms = tried;
            return Err(LoginError::Unavailable("tried a moment ago".to_owned()));
        }
        let found = Arc::new(self.fetch_discovery().await?);
        *self.discovery.lock() = Known {
            tried_ms: i64::MIN,
            fetched_ms: now_ms,
            found: Some(found.clone()),
        };
        Ok(found)
    }

    fn known(&self, now_ms: i64) -> Option<Arc<Discovery>> {
        let known = self.discovery.lock();
        let fresh = now_ms.saturating_sub(known.fetched_ms) <= KEEP_MS;
        known.found.clone().filter(|_| fresh)
    }

    async fn fetch_discovery(&self) -> Result<Discovery, LoginError> {
        let about = format!("{}/.well-known/openid-configuration", self.config.issuer.trim_end_matches('/'));
        let body = self.keys.get(&about).await.map_err(unavailable)?;
        let found: Discovery = serde_json::from_slice(&body).map_err(|_| LoginError::Rule("discovery"))?;
        if found.issuer != self.config.issuer {
            return Err(LoginError::Rule("discovery-issuer"));
        }
        Ok(found)
    }

    /// Sends a form as our client.
    async fn post(&self, url: &str, form: &[(&str, &str)], now_ms: i64) -> Result<Value, LoginError> {
        let now = now_ms.div_euclid(1000);
        let client = &self.config.client_id;
        let assertion = json!({
            "iss": client, "sub": client, "aud": self.config.issuer, "iat": now, "exp": now + 30, "jti": random_text()?,
        });
        let assertion = self.config.key.sign(&assertion)?;
        let ours = [
            ("client_id", client.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let body: Vec<String> = form
            .iter()
            .chain(&ours)
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let (status, answer) = self.keys.post_form(url, body.join("&")).await.map_err(unavailable)?;
        match status {
            200 | 201 => serde_json::from_slice(&answer).map_err(|_| LoginError::Rule("answer")),
            // What ID-porten says is wrong is for who runs this, not for the citizen.
            400..=499 => {
                let error = serde_json::from_slice::<Value>(&answer).ok();
                let word = error.as_ref().and_then(|e| e["error"].as_str()).unwrap_or_default();
                let word: String = word.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect();
                tracing::warn!(status, error = %word, "ID-porten refused a request of ours");
                Err(LoginError::Rule("refused-by-id-porten"))
            }
            _ => Err(LoginError::Unavailable(format!("status {status}"))),
        }
    }
}

/// What the browser brought back.
#[derive(Default)]
pub struct Returned {
    /// `state`.
    pub state: Option<String>,
    /// `iss`.
    pub iss: Option<String>,
    /// `code`.
    pub code: Option<String>,
    /// Whether there is an `error`.
    pub error: bool,
}

fn unavailable(error: super::keys::KeySourceError) -> LoginError {
    LoginError::Unavailable(error.to_string())
}

/// Percent-encoded for a query or a form.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(byte as char),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
