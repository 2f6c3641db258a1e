//! The token endpoint: `client_credentials` with `private_key_jwt` and DPoP.

use super::{Issuer, LIFETIME, Variant, claims};
use crate::jose::{KeyError, SigningAlgorithm};
use serde_json::{Value, json};

/// A refusal as OAuth words it (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct OAuthError {
    /// HTTP status.
    pub status: u16,
    /// Code.
    pub error: &'static str,
    /// What is wrong and how to mend it. Never repeats what was sent.
    pub description: String,
}

impl OAuthError {
    pub(crate) fn new(status: u16, error: &'static str, description: impl Into<String>) -> OAuthError {
        OAuthError {
            status,
            error,
            description: description.into(),
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> String {
        json!({"error": self.error, "error_description": self.description}).to_string()
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        OAuthError::new(500, "server_error", error.to_string())
    }
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The token.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// Scopes granted, with a space between.
    pub scope: String,
    /// Set in answers of the persona endpoint: which persona, and how the token is wrong.
    pub sandbox: Option<Value>,
}

impl TokenResponse {
    /// The body of the answer.
    pub fn body(&self) -> String {
        let mut body = json!({
            "access_token": self.access_token, "token_type": self.token_type, "expires_in": self.expires_in, "scope": self.scope,
        });
        if let Some(sandbox) = &self.sandbox {
            body["sandbox"] = sandbox.clone();
        }
        body.to_string()
    }
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Issuer {
    /// Answers `POST /connect/token`. `form` is the decoded body, `dpop` the values of the DPoP header.
    pub fn token(&self, form: &[(String, String)], dpop: &[&str], now_ms: i64) -> Result<TokenResponse, OAuthError> {
        self.system_token(form, dpop, now_ms, &self.token_endpoint())
    }

    /// A token for a system, at the endpoint with that address. `system/` scopes (SMART Backend Services) narrow what the client has.
    pub(crate) fn system_token(
        &self,
        form: &[(String, String)],
        dpop: &[&str],
        now_ms: i64,
        endpoint: &str,
    ) -> Result<TokenResponse, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let now = now_ms.div_euclid(1000);
        let one = |name: &str| -> Result<Option<&str>, OAuthError> {
            let mut values = form.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
            let first = values.next();
            if values.next().is_some() {
                Err(invalid("a parameter is given twice"))
            } else {
                Ok(first)
            }
        };
        match one("grant_type")? {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(OAuthError::new(
                    400,
                    "unsupported_grant_type",
                    "grant_type must be client_credentials",
                ));
            }
            None => return Err(invalid("grant_type is missing")),
        }
        if one("client_secret")?.is_some() {
            return Err(OAuthError::new(401, "invalid_client", "only private_key_jwt is accepted"));
        }
        if one("client_assertion_type")? != Some(ASSERTION_TYPE) {
            return Err(OAuthError::new(
                401,
                "invalid_client",
                format!("client_assertion_type must be {ASSERTION_TYPE}"),
            ));
        }
        let assertion = one("client_assertion")?.ok_or_else(|| invalid("client_assertion is missing"))?;
        let client = self.authenticated(assertion, endpoint, now)?;
        if one("client_id")?.is_some_and(|id| id != client.client.id) {
            return Err(OAuthError::new(401, "invalid_client", "client_id is not the one of the assertion"));
        }
        let jkt = self.proven_key(dpop, endpoint, now)?;
        let asked = one("scope")?.unwrap_or_default();
        let (smart, own): (Vec<&str>, Vec<&str>) = asked.split_ascii_whitespace().partition(|word| is_smart(word));
        let smart = match smart.is_empty() {
            true => Vec::new(),
            false => crate::ehr::granted(&smart.join(" "), false)?,
        };
        let own = scopes(client.scopes, Some(&own.join(" ")))?;
        let granted: Vec<&str> = own.into_iter().chain(smart.iter().map(String::as_str)).collect();
        let claims = claims::access_token(&self.url, &client, &granted, &jkt, now)?;
        let access_token = self.signed(Variant::Valid, SigningAlgorithm::Es256, &claims)?;
        Ok(TokenResponse {
            access_token,
            token_type: "DPoP",
            expires_in: LIFETIME,
            scope: if smart.is_empty() { granted.join(" ") } else { smart.join(" ") },
            sandbox: None,
        })
    }
}

/// Whether a scope is about resources, as SMART names them.
pub(super) fn is_smart(word: &str) -> bool {
    word.starts_with("patient/") || word.starts_with("user/") || word.starts_with("system/")
}

/// The scopes asked for, all of which the client must have; all of its scopes when none are asked for.
pub(super) fn scopes(allowed: &[&'static str], asked: Option<&str>) -> Result<Vec<&'static str>, OAuthError> {
    let asked: Vec<&str> = asked.unwrap_or_default().split_ascii_whitespace().collect();
    if asked.is_empty() {
        return Ok(allowed.to_vec());
    }
    let found = asked.iter().map(|scope| allowed.iter().copied().find(|a| a == scope));
    found
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| OAuthError::new(400, "invalid_scope", "the client may not have one of the scopes"))
}
