//! Logging out: here (`/logout`, RP-initiated), and telling a client that it was done elsewhere (back-channel).

use super::{IdPorten, needed, one};
use crate::issuer::OAuthError;
use crate::jose::{Jws, random_text};
use serde_json::{Value, json};

impl IdPorten {
    /// `GET /logout`: where the browser goes next; `None` for a page that says it is done.
    pub(super) fn logout(&self, query: &[(String, String)]) -> Result<Option<String>, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let Some(wanted) = one(query, "post_logout_redirect_uri")? else {
            return Ok(None);
        };
        let jws = Jws::parse(needed(query, "id_token_hint")?).ok_or_else(|| invalid("id_token_hint is no ID token"))?;
        if !jws.verified_by(self.key.public_jwk()) {
            return Err(invalid("id_token_hint is none of ours"));
        }
        let client = jws.text("aud").unwrap_or_default();
        let registered = self
            .clients
            .read()
            .get(client)
            .is_some_and(|c| c.post_logout_redirect_uris.iter().any(|uri| uri == wanted));
        if !registered {
            return Err(invalid("post_logout_redirect_uri is not registered"));
        }
        let state = one(query, "state")?.map(|state| format!("?state={}", super::authorize::encoded(state)));
        Ok(Some(format!("{wanted}{}", state.unwrap_or_default())))
    }

    /// `POST /logout-token`, the sandbox's own: what ID-porten would send to a client when the latest session of the citizen `pid` is ended elsewhere (OpenID Connect
    /// Back-Channel Logout 1.0, section 2.4). `wrong` is `nonce`, `no-event`, `audience` or `old`.
    pub(super) fn logout_token(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let sid = self.sessions.lock().has(needed(form, "pid")?, now).cloned().unwrap_or_default();
        let mut claims = json!({
            "iss": self.url, "aud": needed(form, "client_id")?, "iat": now, "exp": now + 120, "jti": random_text()?,
            "sid": sid, "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        match one(form, "wrong")? {
            None => {}
            Some("nonce") => claims["nonce"] = json!("n"),
            Some("no-event") => claims["events"] = json!({}),
            Some("audience") => claims["aud"] = json!("another"),
            Some("old") => (claims["iat"], claims["exp"]) = (json!(now - 720), json!(now - 600)),
            Some(_) => return Err(OAuthError::new(400, "invalid_request", "wrong is no name of a wrong logout token")),
        }
        let token: Value = json!({"logout_token": self.signed("logout+jwt", &claims)?});
        Ok(token.to_string())
    }
}
