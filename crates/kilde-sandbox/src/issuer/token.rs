//! The token endpoint: `private_key_jwt` and DPoP; here `client_credentials`, in `login` what people log in with.

use super::{Issuer, LIFETIME, Variant, claims};
use crate::idporten::{needed, one};
use crate::jose::{KeyError, SigningAlgorithm};
use crate::persona::{Kind, Persona};
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
    /// For who asked for `offline_access`.
    pub refresh_token: Option<String>,
    /// Set in answers of the persona endpoint: which persona, and how the token is wrong.
    pub sandbox: Option<Value>,
}

impl TokenResponse {
    /// The body of the answer.
    pub fn body(&self) -> String {
        let mut body = json!({
            "access_token": self.access_token, "token_type": self.token_type, "expires_in": self.expires_in, "scope": self.scope,
        });
        if let Some(token) = &self.refresh_token {
            body["refresh_token"] = json!(token);
        }
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
        let grants = form
            .iter()
            .filter(|(name, _)| name == "grant_type")
            .map(|(_, grant)| grant.as_str());
        match grants.collect::<Vec<_>>().as_slice() {
            ["authorization_code"] => self.by_code(form, dpop, now_ms),
            ["refresh_token"] => self.by_refresh(form, dpop, now_ms),
            _ => self.system_token(form, dpop, now_ms, &self.token_endpoint()),
        }
    }

    /// The client that shows its key with an assertion.
    pub(super) fn shown(&self, form: &[(String, String)], endpoint: &str, now: i64) -> Result<Persona, OAuthError> {
        let wrong = |why: String| OAuthError::new(401, "invalid_client", why);
        if one(form, "client_secret")?.is_some() {
            return Err(wrong("only private_key_jwt is accepted".to_owned()));
        }
        if one(form, "client_assertion_type")? != Some(ASSERTION_TYPE) {
            return Err(wrong(format!("client_assertion_type must be {ASSERTION_TYPE}")));
        }
        let client = self.authenticated(needed(form, "client_assertion")?, endpoint, now)?;
        if one(form, "client_id")?.is_some_and(|id| id != client.client.id) {
            return Err(wrong("client_id is not the one of the assertion".to_owned()));
        }
        Ok(client)
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
        match one(form, "grant_type")? {
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
        let client = self.shown(form, endpoint, now)?;
        if client.kind != Kind::System {
            return Err(OAuthError::new(400, "unauthorized_client", "the client acts for people only"));
        }
        let jkt = self.proven_key(dpop, endpoint, now)?;
        let asked = one(form, "scope")?.unwrap_or_default();
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
            refresh_token: None,
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
