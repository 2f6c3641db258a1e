//! The two cookies: who is logged in, and which login is under way. Both are names of something at the server, and nothing else.
//! The prefix `__Host-` lets no other host and no plain connection set them.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// `Strict`: no other site can make the browser send it.
const SESSION: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
/// `Lax`: ID-porten sends the browser back, and that is another site.
const PENDING: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// The secret of the session.
pub fn session(headers: &HeaderMap, instance: &str) -> Option<String> {
    get(headers, &format!("__Host-kilde-{instance}"))
}

/// The secret of the login under way.
pub fn pending(headers: &HeaderMap, instance: &str) -> Option<String> {
    get(headers, &format!("__Host-kilde-login-{instance}"))
}

/// The one cookie of that name. Two of them are none: one was put there by somebody else.
fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(n, _)| *n == name)
        .map(|(_, value)| value.to_owned());
    let first = found.next().filter(|value| !value.is_empty() && value.len() <= 128);
    found.next().is_none().then_some(first).flatten()
}

/// Until the browser is closed; the server ends it before.
pub fn put_session(response: &mut Response, instance: &str, secret: &str) {
    put(response, format!("__Host-kilde-{instance}={secret}; {SESSION}"));
}

/// Takes the session's cookie away.
pub fn drop_session(response: &mut Response, instance: &str) {
    put(response, format!("__Host-kilde-{instance}=; Max-Age=0; {SESSION}"));
}

/// For ten minutes.
pub fn put_pending(response: &mut Response, instance: &str, secret: &str) {
    put(response, format!("__Host-kilde-login-{instance}={secret}; Max-Age=600; {PENDING}"));
}

/// Takes the login's cookie away.
pub fn drop_pending(response: &mut Response, instance: &str) {
    put(response, format!("__Host-kilde-login-{instance}=; Max-Age=0; {PENDING}"));
}

fn put(response: &mut Response, cookie: String) {
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().expect("a value"));
        }
        session(&headers, "9901")
    }

    #[test]
    fn one_cookie_of_the_name_and_no_more() {
        assert_eq!(of(&["a=b; __Host-kilde-9901=x"]).as_deref(), Some("x"));
        assert_eq!(of(&["a=b", "__Host-kilde-9901=x"]).as_deref(), Some("x"));
        for none in [
            &["__Host-kilde-9902=x"][..],
            &["__Host-kilde-9901="],
            &["__Host-kilde-9901=x; __Host-kilde-9901=y"],
            &["__Host-kilde-9901=x", "__Host-kilde-9901=x"],
            &["kilde-9901=x"],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
        assert_eq!(of(&[&format!("__Host-kilde-9901={}", "x".repeat(200))]), None);
    }
}
