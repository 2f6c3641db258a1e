//! Entering with a session instead of a token: the citizen's own addresses, from the browser that logged in, and from our own pages.

use super::cookie;
use super::sessions::Session;
use crate::answer::Answer;
use crate::server::Server;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use std::sync::Arc;

/// How a request for the citizen's addresses enters.
pub(crate) enum Through {
    /// With a token and its proof, as everybody.
    Token,
    /// With a session.
    Session(Arc<Session>),
}

/// Whether the request enters with a session.
///
/// # Errors
/// The answer to give instead: the session is over, or the request may be forged.
pub(crate) fn through(server: &Server, instance: &str, parts: &Parts, now_ms: i64) -> Result<Through, Box<Answer>> {
    let headers = &parts.headers;
    let own = parts.uri.path().strip_prefix(&format!("/{instance}/innbygger/")).is_some();
    let Some(logins) = server.logins.as_ref().filter(|_| own) else {
        return Ok(Through::Token);
    };
    // Who brings a token is judged by it alone.
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key("dpop") {
        return Ok(Through::Token);
    }
    let read = parts.method == Method::GET || parts.method == Method::HEAD;
    let page = read && accepts_page(headers);
    let Some(secret) = cookie::session(headers, instance) else {
        return if page {
            Err(Box::new(home(server, instance)))
        } else {
            Ok(Through::Token)
        };
    };
    let Some(session) = logins.sessions.find(&secret, instance, now_ms) else {
        return Err(Box::new(if page { home(server, instance) } else { ended() }));
    };
    let word = headers.get("kilde-csrf").and_then(|v| v.to_str().ok());
    if !from_here(headers, &server.public_url) || !(read || session.has_csrf(word)) {
        return Err(Box::new(csrf()));
    }
    Ok(Through::Session(session))
}

/// Whether the browser says that the request comes from a page of ours, or from the person herself. One that says nothing is held to the cookie
/// (`SameSite=Strict`) and the word against forgery.
pub(crate) fn from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let origin = text("origin").is_none_or(|origin| origin.eq_ignore_ascii_case(public_url));
    site && origin
}

/// Whether it is a browser that wants a page to show.
pub(crate) fn accepts_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    accept.split(',').next().is_some_and(|first| first.trim().starts_with("text/html"))
}

/// To the start page, where she can log in.
fn home(server: &Server, instance: &str) -> Answer {
    let start = format!("{}/{instance}/innbygger", server.public_url);
    Answer::json(StatusCode::SEE_OTHER, "").header(header::LOCATION, start)
}

/// The session is over.
pub(crate) fn ended() -> Answer {
    Answer::error(
        StatusCode::UNAUTHORIZED,
        "login",
        "session-ended",
        "Du er ikke logget inn, eller innloggingen er utløpt. Logg inn på nytt.",
        "You are not logged in, or the login has run out. Log in again.",
    )
    .header(header::WWW_AUTHENTICATE, "DPoP")
}

/// The request may be forged.
pub(crate) fn csrf() -> Answer {
    Answer::error(
        StatusCode::FORBIDDEN,
        "forbidden",
        "session-forgery",
        "Forespørselen kom ikke fra en av sidene våre. Hent ordet i /innbygger/session og send det i hodet Kilde-CSRF.",
        "The request did not come from a page of ours. Fetch the word at /innbygger/session and send it in the header Kilde-CSRF.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_request_comes_from() {
        let from = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("a value"));
            }
            from_here(&headers, "https://kilde.example")
        };
        assert!(from(&[]) && from(&[("sec-fetch-site", "same-origin"), ("origin", "https://kilde.example")]));
        assert!(from(&[("sec-fetch-site", "none")]));
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "https://kilde.example.evil.example"),
        ] {
            assert!(!from(&[(name, value)]), "{name}: {value}");
        }
    }
}
