//! Verifying a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).

use super::LoginError;
use super::id_token::{Expected, signed};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The session that is ended.
pub fn verify(text: &str, expected: &Expected<'_>) -> Result<String, LoginError> {
    let claims = signed(text, &["logout+jwt", "JWT"], expected)?;
    if !claims.has_event(EVENT) {
        return Err(LoginError::Rule("events"));
    }
    // An ID token has a nonce, and must not pass for a logout token.
    if claims.text("nonce").is_some() {
        return Err(LoginError::Rule("nonce"));
    }
    claims.text("sid").map(str::to_owned).ok_or(LoginError::Rule("sid"))
}
