//! Clients of ID-porten: what is registered, and their assertions (`private_key_jwt`, RFC 7523).

use super::{IdPorten, needed, one};
use crate::issuer::OAuthError;
use crate::jose::{self, Jws};
use serde_json::{Map, Value};

/// A client, as its owner has registered it.
pub(super) struct Registered {
    pub(super) key: Map<String, Value>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion may live.
const LONGEST: i64 = 120;

impl IdPorten {
    /// Registers a client with its public key, where logins may return to, and where logouts may.
    pub fn register(&self, client_id: &str, jwk: &Value, redirect_uris: Vec<String>, post_logout: Vec<String>) -> Result<(), OAuthError> {
        let wrong = |why: &str| OAuthError::new(400, "invalid_client_metadata", why);
        let key = jwk.as_object().ok_or_else(|| wrong("jwk must be an object"))?;
        if jose::has_private_member(key) || jose::thumbprint(key).is_none() {
            return Err(wrong("jwk must be a public key of an accepted kind"));
        }
        let registered = Registered {
            key: key.clone(),
            redirect_uris,
            post_logout_redirect_uris: post_logout,
        };
        self.clients.write().insert(client_id.to_owned(), registered);
        Ok(())
    }

    /// The client that a request to `/par` or `/token` comes from.
    pub(super) fn client(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let wrong = |why: &str| OAuthError::new(401, "invalid_client", why);
        if one(form, "client_assertion_type")? != Some(ASSERTION_TYPE) {
            return Err(wrong("only private_key_jwt is accepted"));
        }
        let jws = Jws::parse(needed(form, "client_assertion")?).ok_or_else(|| wrong("the assertion is no JWS"))?;
        let id = jws.text("iss").ok_or_else(|| wrong("iss is missing"))?;
        if jws.text("sub") != Some(id) || one(form, "client_id")?.is_some_and(|given| given != id) {
            return Err(wrong("iss, sub and client_id must be the same"));
        }
        if jws.text("aud") != Some(self.url.as_str()) {
            return Err(wrong("aud must be the issuer"));
        }
        let (Some(issued), Some(expires)) = (jws.seconds("iat"), jws.seconds("exp")) else {
            return Err(wrong("iat and exp must be there"));
        };
        if expires <= now || issued > now + 10 || expires.saturating_sub(issued) > LONGEST {
            return Err(wrong("the assertion is not valid now, or for more than 120 seconds"));
        }
        let jti = jws
            .text("jti")
            .filter(|t| (1..=256).contains(&t.len()))
            .ok_or_else(|| wrong("jti is missing"))?;
        let known = self.clients.read().get(id).is_some_and(|client| jws.verified_by(&client.key));
        if !known {
            return Err(wrong("the client is not registered, or the signature is not made with its key"));
        }
        if !self.replay.lock().first(format!("{id} {jti}"), now, expires) {
            return Err(wrong("the assertion has been used before"));
        }
        Ok(id.to_owned())
    }
}
