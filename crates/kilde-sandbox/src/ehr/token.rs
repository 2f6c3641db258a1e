//! The token endpoint of the journal.

use super::{Ehr, Reply};
use crate::idporten::{needed, one};
use crate::issuer::{OAuthError, PersonaRequest};
use crate::jose::{Jws, shows};
use serde_json::{Value, json};

impl Ehr {
    /// `POST token`.
    pub(super) fn token(&self, instance: &str, form: &[(String, String)], dpop: &[&str], now_ms: i64) -> Result<Reply, OAuthError> {
        let endpoint = self.at(instance, "token");
        match one(form, "grant_type")? {
            Some("client_credentials") => {
                let token = self.issuer.system_token(form, dpop, now_ms, &endpoint)?;
                Ok(Reply::Json(200, serde_json::from_str(&token.body()).unwrap_or_default()))
            }
            Some("authorization_code") => self.by_code(instance, form, dpop, now_ms, &endpoint),
            _ => {
                let why = "grant_type must be authorization_code or client_credentials";
                Err(OAuthError::new(400, "unsupported_grant_type", why))
            }
        }
    }

    fn by_code(&self, instance: &str, form: &[(String, String)], dpop: &[&str], now_ms: i64, endpoint: &str) -> Result<Reply, OAuthError> {
        let grant = |why: &str| OAuthError::new(400, "invalid_grant", why);
        let now = now_ms.div_euclid(1000);
        let jkt = self.issuer.proven_key(dpop, endpoint, now)?;
        let client = self.app(form, endpoint, now)?;
        // Taken whatever comes of it: a code is shown once.
        let granted = self
            .codes
            .lock()
            .take(needed(form, "code")?, now)
            .ok_or_else(|| grant("the code is unknown, used or too old"))?;
        let (asked, who) = (granted.asked, granted.who);
        if asked.client != client || asked.instance != instance || one(form, "redirect_uri")? != Some(asked.redirect_uri.as_str()) {
            return Err(grant("the code is another app's, or for another address"));
        }
        let verifier = needed(form, "code_verifier")?;
        if !shows(verifier, &asked.challenge) {
            return Err(grant("code_verifier does not fit code_challenge"));
        }
        let mut request = PersonaRequest::new(&who.persona, &jkt);
        request.patient.clone_from(&who.patient);
        request.purpose = who.purpose.map(|purpose| purpose.code().to_owned());
        request.scope = Some(asked.scopes.join(" "));
        let token = self.issuer.persona_token(&request, now_ms)?;
        let told = json!({
            "access_token": token.access_token, "token_type": "DPoP", "expires_in": token.expires_in, "scope": asked.scopes.join(" "),
            "need_patient_banner": true,
        });
        Ok(match who.patient {
            Some(patient) => Reply::Token(told, who.persona, patient),
            None => Reply::Json(200, told),
        })
    }

    /// Which app asks: a confidential one shows its key, a public one says its name.
    fn app(&self, form: &[(String, String)], endpoint: &str, now: i64) -> Result<String, OAuthError> {
        let wrong = |why: &str| OAuthError::new(401, "invalid_client", why);
        let apps = self.apps.read();
        let Some(text) = one(form, "client_assertion")? else {
            let id = needed(form, "client_id")?;
            return match apps.get(id) {
                Some(app) if app.key.is_none() => Ok(id.to_owned()),
                _ => Err(wrong("the app is not registered, or must show its key")),
            };
        };
        let jws = Jws::parse(text).ok_or_else(|| wrong("the assertion is no JWS"))?;
        if !matches!(jws.header_text("typ"), Some("client-authentication+jwt" | "JWT")) {
            return Err(wrong("typ must be JWT"));
        }
        let id = jws
            .text("iss")
            .filter(|id| jws.text("sub") == Some(id))
            .ok_or_else(|| wrong("iss and sub must be the client id"))?;
        let key = apps.get(id).and_then(|app| app.key.as_ref());
        let in_time = jws.seconds("exp").is_some_and(|end| end > now && end <= now + 310);
        let ours = jws.claims.get("aud").and_then(Value::as_str) == Some(endpoint);
        if !key.is_some_and(|key| jws.verified_by(key)) || !in_time || !ours {
            return Err(wrong(
                "the assertion is not signed with the app's key, not for this endpoint, or not of now",
            ));
        }
        let jti = jws
            .text("jti")
            .filter(|jti| (1..=256).contains(&jti.len()))
            .ok_or_else(|| wrong("jti is missing"))?;
        match self.issuer.is_first(format!("app {id} {jti}"), now, now + 310) {
            true => Ok(id.to_owned()),
            false => Err(wrong("the assertion has been used before")),
        }
    }
}
