//! The issuer's addresses, free of any HTTP library: the server hands over a request and sends the reply.

use super::{Issuer, OAuthError, PATH, PersonaRequest};
use serde_json::Value;

/// A request to an address under `/sandbox/helseid`.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, without query.
    pub path: &'a str,
    /// Query, as it came.
    pub query: &'a str,
    /// Value of `Content-Type`, empty if there is none.
    pub content_type: &'a str,
    /// Values of the `DPoP` headers.
    pub dpop: &'a [&'a str],
    /// Body; the server bounds it.
    pub body: &'a [u8],
    /// Now, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// What is to be sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// Value of `Cache-Control`.
    pub cache_control: &'static str,
    /// Where the browser goes next.
    pub location: Option<String>,
    /// Body.
    pub body: String,
}

const JSON: &str = "application/json";

impl Reply {
    fn of(status: u16, content_type: &'static str, body: String) -> Reply {
        Reply {
            status,
            content_type,
            cache_control: "no-store",
            location: None,
            body,
        }
    }
}

/// Longest body that is read.
const LONGEST: usize = 64 << 10;

impl Issuer {
    /// Answers a request under `/sandbox/helseid`:
    ///
    /// | method | address | what |
    /// |---|---|---|
    /// | GET | `/.well-known/openid-configuration` | discovery |
    /// | GET | `/.well-known/openid-configuration/jwks` | keys |
    /// | POST | `/connect/par` | pushed authorization request |
    /// | GET, POST | `/connect/authorize` | the page, and what was chosen on it |
    /// | POST | `/connect/token` | tokens for registered clients, and for who has logged in |
    /// | POST | `/clients` | registers a public key: `{"client_id", "jwk"}` |
    /// | POST | `/persona` | token for a persona: [`PersonaRequest`] |
    /// | POST | `/rotate` | new keys |
    pub fn handle(&self, request: &Request<'_>) -> Reply {
        let path = request.path.strip_prefix(PATH).unwrap_or(request.path);
        let now = request.now_ms.div_euclid(1000);
        let answer = match (request.method, path) {
            ("GET" | "HEAD", "/.well-known/openid-configuration") => return public(self.discovery()),
            ("GET" | "HEAD", "/.well-known/openid-configuration/jwks") => return public(self.jwks()),
            (_, "/.well-known/openid-configuration" | "/.well-known/openid-configuration/jwks") => Err(method("GET")),
            ("POST", _) if request.body.len() > LONGEST => Err(OAuthError::new(413, "invalid_request", "the body is too long")),
            ("POST", "/connect/par") => return self.answer(201, self.posted(request).and_then(|form| self.par(&form, now))),
            ("GET", "/connect/authorize") => match self.asked(request).and_then(|query| self.page(&query, now)) {
                Ok(page) => return Reply::of(200, "text/html; charset=utf-8", page),
                Err(error) => Err(error),
            },
            ("POST", "/connect/authorize") => match self.posted(request).and_then(|form| self.chosen(&form, now)) {
                Ok(location) => {
                    return Reply {
                        location: Some(location),
                        ..Reply::of(303, JSON, String::new())
                    };
                }
                Err(error) => Err(error),
            },
            ("POST", "/connect/token") => self.post_token(request),
            ("POST", "/clients") => self.post_client(request),
            ("POST", "/persona") => self.post_persona(request),
            ("POST", "/rotate") => self.rotate().map(|()| self.jwks()).map_err(OAuthError::from),
            (_, "/connect/par" | "/connect/token" | "/clients" | "/persona" | "/rotate") => Err(method("POST")),
            _ => Err(OAuthError::new(404, "not_found", "the issuer has no such address")),
        };
        self.answer(200, answer)
    }

    fn answer(&self, status: u16, answer: Result<String, OAuthError>) -> Reply {
        match answer {
            Ok(body) => Reply::of(status, JSON, body),
            Err(error) => Reply::of(error.status, JSON, error.body()),
        }
    }

    fn asked(&self, request: &Request<'_>) -> Result<Vec<(String, String)>, OAuthError> {
        form(request.query).ok_or_else(|| OAuthError::new(400, "invalid_request", "the query is no valid form"))
    }

    /// The form of a body.
    fn posted(&self, request: &Request<'_>) -> Result<Vec<(String, String)>, OAuthError> {
        let kind = request.content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::new(
                400,
                "invalid_request",
                "the body must be application/x-www-form-urlencoded",
            ));
        }
        let text = std::str::from_utf8(request.body).map_err(|_| OAuthError::new(400, "invalid_request", "the body is not UTF-8"))?;
        form(text).ok_or_else(|| OAuthError::new(400, "invalid_request", "the body is no valid form"))
    }

    fn post_token(&self, request: &Request<'_>) -> Result<String, OAuthError> {
        let form = self.posted(request)?;
        self.token(&form, request.dpop, request.now_ms).map(|token| token.body())
    }

    fn post_client(&self, request: &Request<'_>) -> Result<String, OAuthError> {
        let body: Value = json_body(request.body)?;
        let client = body["client_id"]
            .as_str()
            .ok_or_else(|| OAuthError::new(400, "invalid_client_metadata", "client_id is missing"))?;
        self.register_client(client, &body["jwk"])?;
        Ok(serde_json::json!({"client_id": client, "sandbox": true}).to_string())
    }

    fn post_persona(&self, request: &Request<'_>) -> Result<String, OAuthError> {
        let wanted: PersonaRequest = json_body(request.body)?;
        self.persona_token(&wanted, request.now_ms).map(|token| token.body())
    }
}

fn public(body: String) -> Reply {
    Reply {
        cache_control: "public, max-age=60",
        ..Reply::of(200, JSON, body)
    }
}

fn method(allowed: &str) -> OAuthError {
    OAuthError::new(405, "invalid_request", format!("the method must be {allowed}"))
}

fn json_body<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, OAuthError> {
    serde_json::from_slice(body).map_err(|e| {
        // Where, not what: the text of the error may repeat what was sent.
        let why = format!("the body is not the JSON expected, near line {} column {}", e.line(), e.column());
        OAuthError::new(400, "invalid_request", why)
    })
}

/// Decodes `application/x-www-form-urlencoded`.
pub(crate) fn form(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|p| !p.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(n, v)| Some((decoded(n)?, decoded(v)?)))
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let (high, low) = (bytes.next()?, bytes.next()?);
                let digit = |b: u8| (b as char).to_digit(16);
                out.push((digit(high)? * 16 + digit(low)?) as u8);
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_are_decoded() {
        let expected = vec![("a b".to_owned(), "æ&".to_owned()), ("c".to_owned(), String::new())];
        assert_eq!(form("a+b=%C3%A6%26&c"), Some(expected));
        assert_eq!(form("a=%4"), None);
        assert_eq!(form("a=%ff"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_decoded_without_panic(text in "\\PC{0,60}") {
            let _ = form(&text);
        }
    }
}
