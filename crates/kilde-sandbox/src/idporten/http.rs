//! The addresses, free of any HTTP library.

use super::{IdPorten, PATH};
use crate::issuer::OAuthError;
use crate::issuer::http::form;

/// A request to an address under `/sandbox/idporten`.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, without query.
    pub path: &'a str,
    /// Query, as it came.
    pub query: &'a str,
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
    /// Where the browser goes next.
    pub location: Option<String>,
    /// Body.
    pub body: String,
}

impl Reply {
    fn json(status: u16, body: String) -> Reply {
        Reply {
            status,
            content_type: "application/json",
            location: None,
            body,
        }
    }

    fn html(body: String) -> Reply {
        Reply {
            content_type: "text/html; charset=utf-8",
            ..Reply::json(200, body)
        }
    }

    fn to(location: String) -> Reply {
        Reply {
            location: Some(location),
            ..Reply::json(303, String::new())
        }
    }
}

impl IdPorten {
    /// Answers a request under `/sandbox/idporten`:
    ///
    /// | method | address | what |
    /// |---|---|---|
    /// | GET | `/.well-known/openid-configuration` | discovery |
    /// | GET | `/jwks.json` | keys |
    /// | POST | `/par` | pushed authorization request |
    /// | GET, POST | `/authorize` | the page, and what was chosen on it |
    /// | POST | `/token` | tokens for a code |
    /// | GET | `/logout` | logs out |
    /// | POST | `/logout-token` | the sandbox's own: a logout token as it would come over the back channel |
    pub fn handle(&self, request: &Request<'_>) -> Reply {
        self.answer(request).unwrap_or_else(|error| Reply::json(error.status, error.body()))
    }

    fn answer(&self, request: &Request<'_>) -> Result<Reply, OAuthError> {
        let now = request.now_ms.div_euclid(1000);
        let path = request.path.strip_prefix(PATH).unwrap_or(request.path);
        let read = |text: &str| form(text).ok_or_else(|| OAuthError::new(400, "invalid_request", "no valid form"));
        let query = || read(request.query);
        let body = || read(std::str::from_utf8(request.body).unwrap_or("%"));
        Ok(match (request.method, path) {
            ("GET" | "HEAD", "/.well-known/openid-configuration") => Reply::json(200, self.discovery()),
            ("GET" | "HEAD", "/jwks.json") => Reply::json(200, self.jwks()),
            ("POST", "/par") => Reply::json(201, self.par(&body()?, now)?),
            ("GET", "/authorize") => Reply::html(self.page(&query()?, now)?),
            ("POST", "/authorize") => Reply::to(self.chosen(&body()?, now)?),
            ("POST", "/token") => Reply::json(200, self.token(&body()?, now)?),
            ("GET", "/logout") => match self.logout(&query()?)? {
                Some(location) => Reply::to(location),
                None => Reply::html("<!DOCTYPE html><html lang=\"nb\"><title>ID-porten</title><h1>Du er logget ut</h1></html>".to_owned()),
            },
            ("POST", "/logout-token") => Reply::json(200, self.logout_token(&body()?, now)?),
            _ => return Err(OAuthError::new(404, "not_found", "there is no such address with this method")),
        })
    }
}
