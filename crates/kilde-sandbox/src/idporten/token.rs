//! `/token`: an ID token for a code, once, for who can show the verifier.

use super::authorize::Granted;
use super::{IdPorten, LEVELS, needed, one};
use crate::issuer::OAuthError;
use crate::jose::{KeyError, encode, random_text, sha256, shows};
use serde_json::{Value, json};

/// Seconds that an ID token lives.
const LIFETIME: i64 = 120;

impl IdPorten {
    /// `POST /token`: gives the body of the answer.
    pub(super) fn token(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let grant = |why: &str| OAuthError::new(400, "invalid_grant", why);
        let client = self.client(form, now)?;
        if one(form, "grant_type")? != Some("authorization_code") {
            return Err(OAuthError::new(
                400,
                "unsupported_grant_type",
                "grant_type must be authorization_code",
            ));
        }
        // Taken whatever comes of it: a code is shown once.
        let granted = self
            .codes
            .lock()
            .take(needed(form, "code")?, now)
            .ok_or_else(|| grant("the code is unknown, used or too old"))?;
        if granted.request.client != client {
            return Err(grant("the code is another client's"));
        }
        if one(form, "redirect_uri")? != Some(granted.request.redirect_uri.as_str()) {
            return Err(grant("redirect_uri is another than before"));
        }
        let verifier = needed(form, "code_verifier")?;
        if !shows(verifier, &granted.request.challenge) {
            return Err(grant("code_verifier does not fit code_challenge"));
        }
        let access_token = random_text()?;
        let id_token = self.id_token(&granted, &access_token, now)?;
        self.sessions.lock().put(granted.pid.clone(), now + 3_600, granted.sid.clone(), now);
        Ok(json!({
            "access_token": access_token, "id_token": id_token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": "openid",
        })
        .to_string())
    }

    fn id_token(&self, granted: &Granted, access_token: &str, now: i64) -> Result<String, KeyError> {
        let request = &granted.request;
        let half = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
        let mut claims = json!({
            "iss": self.url, "aud": request.client, "iat": now, "exp": now + LIFETIME, "auth_time": now, "jti": random_text()?,
            "nonce": request.nonce, "sid": granted.sid, "sub": self.subject(&request.client, &granted.pid),
            "pid": granted.pid, "locale": request.locale, "acr": LEVELS[granted.level], "amr": ["TestID"],
            "at_hash": encode(&half.as_ref()[..16]),
        });
        granted.wrong.change(&mut claims, now);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.kid});
        granted.wrong.signed(&self.key, &header, &claims)
    }

    /// The same person is another at another client.
    pub(super) fn subject(&self, client: &str, pid: &str) -> String {
        sha256(format!("kilde sandbox id-porten {client} {pid}").as_bytes())
    }

    /// Signs claims as ID-porten does.
    pub(super) fn signed(&self, kind: &str, claims: &Value) -> Result<String, KeyError> {
        self.key.sign(&json!({"alg": "RS256", "typ": kind, "kid": self.kid}), claims)
    }
}
