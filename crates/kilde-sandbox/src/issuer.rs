//! HelseID as the sandbox needs it: discovery, keys and their rotation, the token endpoint with
//! `private_key_jwt` and DPoP, tokens for personas, and every wrong token by name.
//!
//! Who verifies the tokens does so as if they came from the real issuer. What is the sandbox's own
//! is the address under `/sandbox/`, the persona endpoint, and the claim `sandbox` in every token.

mod assertion;
mod claims;
pub(crate) mod http;
mod keys;
mod login;
mod persona_token;
mod proof;
pub(crate) mod replay;
mod token;
mod variant;

pub use http::{Reply, Request};
pub use persona_token::PersonaRequest;
pub use token::{OAuthError, TokenResponse};
pub use variant::{Layer, Variant};

use crate::jose::KeyError;
use crate::people::People;
use crate::waiting::Waiting;
use keys::KeyRing;
use parking_lot::{Mutex, RwLock};
use replay::Replay;
use serde_json::{Value, json};
use std::sync::Arc;

/// The audience of Kilde's API.
pub const AUDIENCE: &str = "nhn:kilde";
/// Where the issuer lives under the server's address.
pub const PATH: &str = "/sandbox/helseid";
/// Seconds an access token lives.
pub const LIFETIME: i64 = 600;

/// The issuer of the sandbox.
pub struct Issuer {
    url: String,
    keys: RwLock<KeyRing>,
    clients: RwLock<assertion::Clients>,
    replay: Mutex<Replay>,
    pushed: Mutex<Waiting<login::Pushed>>,
    codes: Mutex<Waiting<login::Granted>>,
    refreshable: Mutex<Waiting<login::Refreshable>>,
    people: RwLock<Arc<People>>,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Issuer {
    /// An issuer with new keys. `base` is the server's address, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str, people: Arc<People>) -> Result<Issuer, KeyError> {
        Ok(Issuer {
            url: format!("{}{PATH}", base.trim_end_matches('/')),
            keys: RwLock::new(KeyRing::generate()?),
            clients: RwLock::default(),
            replay: Mutex::default(),
            pushed: Mutex::default(),
            codes: Mutex::default(),
            refreshable: Mutex::default(),
            people: RwLock::new(people),
        })
    }

    /// The issuer's identifier: `<base>/sandbox/helseid`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token endpoint's address.
    pub fn token_endpoint(&self) -> String {
        format!("{}/connect/token", self.url)
    }

    /// The discovery document.
    pub fn discovery(&self) -> String {
        let algorithms = json!(crate::jose::CLIENT_ALGORITHMS);
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}/.well-known/openid-configuration/jwks", self.url),
            "token_endpoint": self.token_endpoint(),
            "pushed_authorization_request_endpoint": format!("{}/connect/par", self.url),
            "require_pushed_authorization_requests": true,
            "authorization_endpoint": format!("{}/connect/authorize", self.url),
            "authorization_response_iss_parameter_supported": true,
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256", "PS256"],
            "scopes_supported": crate::persona::SCOPES,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "dpop_signing_alg_values_supported": algorithms,
            "authorization_details_types_supported": ["helseid_authorization", claims::ATTESTATION],
            "claims_supported": claims::SUPPORTED,
            "service_documentation": "https://kilde.example/docs/sandbox",
            "sandbox": true,
            "sandbox_persona_endpoint": format!("{}/persona", self.url),
            "sandbox_client_endpoint": format!("{}/clients", self.url),
        })
        .to_string()
    }

    /// The public keys, current and previous.
    pub fn jwks(&self) -> String {
        json!({"keys": self.keys.read().public()}).to_string()
    }

    /// New keys sign from now on. The previous ones stay published until the next rotation.
    pub fn rotate(&self) -> Result<(), KeyError> {
        let next = KeyRing::generate()?;
        self.keys.write().replace(next);
        Ok(())
    }

    /// Who the citizens are, when they have changed.
    pub fn set_people(&self, people: Arc<People>) {
        *self.people.write() = people;
    }

    /// The directory in use.
    pub fn people(&self) -> Arc<People> {
        self.people.read().clone()
    }

    /// Registers the public key of a sandbox client: the client id of one of the personas.
    pub fn register_client(&self, client_id: &str, jwk: &Value) -> Result<(), OAuthError> {
        self.clients.write().register(client_id, jwk)
    }
}

#[cfg(test)]
mod tests;
