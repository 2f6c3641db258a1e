//! ID-porten as the sandbox needs it: discovery, pushed authorization requests, a page where a tester chooses which synthetic citizen she
//! is, tokens for the code, logout; and every wrong ID token by name.
//!
//! Built to ID-porten's published description (`https://docs.digdir.no/docs/idporten/`): code flow only, `private_key_jwt`, PKCE with
//! S256, RS256, `acr` `idporten-loa-substantial` and `idporten-loa-high`, `pid`, `sid`, `locale`. Who uses it does so as if it were the real one.

mod authorize;
mod client;
mod http;
mod logout;
mod token;
mod wrong;

pub(crate) use authorize::encoded;
pub use http::{Reply, Request};
pub use wrong::Wrong;

use crate::issuer::OAuthError;
use crate::issuer::replay::Replay;
use crate::jose::{KeyError, SigningAlgorithm, SigningKey, random_text};
use crate::people::People;
use crate::waiting::Waiting;
use authorize::{Granted, Pushed};
use parking_lot::{Mutex, RwLock};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where it lives under the server's address.
pub const PATH: &str = "/sandbox/idporten";
/// The levels of a login, the higher last.
pub const LEVELS: [&str; 2] = ["idporten-loa-substantial", "idporten-loa-high"];
/// Seconds that a pushed request, and then its code, may wait.
const WAIT: i64 = 600;
const CODE_WAIT: i64 = 60;

/// ID-porten of the sandbox.
pub struct IdPorten {
    url: String,
    key: SigningKey,
    kid: String,
    clients: RwLock<BTreeMap<String, client::Registered>>,
    replay: Mutex<Replay>,
    pushed: Mutex<Waiting<Pushed>>,
    codes: Mutex<Waiting<Granted>>,
    /// The latest session of each citizen, for the back channel.
    sessions: Mutex<Waiting<String>>,
    people: RwLock<Arc<People>>,
}

impl std::fmt::Debug for IdPorten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdPorten").field("url", &self.url).finish_non_exhaustive()
    }
}

impl IdPorten {
    /// With a new key and no clients. `base` is the server's address.
    pub fn new(base: &str, people: Arc<People>) -> Result<IdPorten, KeyError> {
        Ok(IdPorten {
            url: format!("{}{PATH}", base.trim_end_matches('/')),
            key: SigningKey::generate(SigningAlgorithm::Rs256)?,
            kid: format!("sandkasse-{}", random_text()?),
            clients: RwLock::default(),
            replay: Mutex::default(),
            pushed: Mutex::default(),
            codes: Mutex::default(),
            sessions: Mutex::default(),
            people: RwLock::new(people),
        })
    }

    /// Its identifier, `iss`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who the citizens are, when they have changed.
    pub fn set_people(&self, people: Arc<People>) {
        *self.people.write() = people;
    }

    /// The discovery document.
    pub fn discovery(&self) -> String {
        let at = |path: &str| format!("{}{path}", self.url);
        json!({
            "issuer": self.url,
            "pushed_authorization_request_endpoint": at("/par"),
            "require_pushed_authorization_requests": true,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks.json"),
            "end_session_endpoint": at("/logout"),
            "scopes_supported": ["openid", "profile"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": crate::jose::CLIENT_ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": LEVELS,
            "ui_locales_supported": ["nb", "nn", "en", "se"],
            "claims_supported": ["sub", "pid", "locale", "acr", "amr", "auth_time", "nonce", "sid"],
            "authorization_response_iss_parameter_supported": true,
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "sandbox": true,
        })
        .to_string()
    }

    /// The public key.
    pub fn jwks(&self) -> String {
        let mut jwk = self.key.public_jwk().clone();
        for (name, value) in [("kid", self.kid.as_str()), ("use", "sig"), ("alg", "RS256")] {
            jwk.insert(name.to_owned(), json!(value));
        }
        json!({"keys": [jwk]}).to_string()
    }
}

/// The one value of a parameter.
pub(crate) fn one<'a>(form: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, OAuthError> {
    let mut values = form.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let first = values.next().filter(|v| !v.is_empty());
    match values.next() {
        Some(_) => Err(OAuthError::new(400, "invalid_request", "a parameter is given twice")),
        None => Ok(first),
    }
}

pub(crate) fn needed<'a>(form: &'a [(String, String)], name: &'static str) -> Result<&'a str, OAuthError> {
    one(form, name)?.ok_or_else(|| OAuthError::new(400, "invalid_request", format!("{name} is missing")))
}

#[cfg(test)]
mod tests;
