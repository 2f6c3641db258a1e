//! A journal as SMART App Launch 2 knows it: it launches apps with the patient it has open (EHR launch), lets a user of an app say who she is and whom
//! it is about (standalone launch), and gives tokens to systems (Backend Services). Its tokens are those of the sandbox's HelseID, with the
//! attestation for the patient of the launch, bound to the app's DPoP key, and with the SMART scopes that were asked for.

mod authorize;
mod page;
mod scope;
mod token;

pub(crate) use scope::granted;

use crate::issuer::OAuthError;
use crate::issuer::{Issuer, http::form};
use crate::jose;
use crate::waiting::Waiting;
use authorize::{Asked, Granted, Launch};
use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where it lives under the server's address; the instance comes next.
pub const PATH: &str = "/sandbox/ehr";
/// Seconds that a launch, a page and a code may wait.
const WAIT: i64 = 300;
const CODE_WAIT: i64 = 60;
/// So many of each at a time; the oldest goes first.
const MOST: usize = 1_000;

/// An app, as its maker has registered it. Without a key it is public, and only PKCE and its DPoP key tell it from others.
#[derive(PartialEq)]
struct App {
    redirect_uris: Vec<String>,
    key: Option<Map<String, Value>>,
}

/// The journal.
pub struct Ehr {
    base: String,
    issuer: Arc<Issuer>,
    apps: RwLock<BTreeMap<String, App>>,
    launches: Mutex<Waiting<Launch>>,
    asked: Mutex<Waiting<Asked>>,
    codes: Mutex<Waiting<Granted>>,
}

/// A request to an address under `/sandbox/ehr/{instance}`.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method.
    pub method: &'a str,
    /// The instance.
    pub instance: &'a str,
    /// The rest of the path, without slash.
    pub path: &'a str,
    /// Query, as it came.
    pub query: &'a str,
    /// Values of the `DPoP` headers.
    pub dpop: &'a [&'a str],
    /// Body; the server bounds it.
    pub body: &'a [u8],
    /// Now, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// What is to be sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// JSON with that status.
    Json(u16, Value),
    /// A token for the patient of a launch: who the user is and whom it is about, by persona and number. The server adds the `patient` by which
    /// the patient is known there, for a journal has found her.
    Token(Value, String, String),
    /// A page.
    Page(String),
    /// Where the browser goes next.
    To(String),
}

impl Ehr {
    /// With the issuer whose tokens it gives. `base` is the server's address.
    pub fn new(base: &str, issuer: Arc<Issuer>) -> Ehr {
        Ehr {
            base: base.trim_end_matches('/').to_owned(),
            issuer,
            apps: RwLock::default(),
            launches: Mutex::default(),
            asked: Mutex::default(),
            codes: Mutex::default(),
        }
    }

    fn at(&self, instance: &str, path: &str) -> String {
        format!("{}{PATH}/{instance}/{path}", self.base)
    }

    /// Algorithms of the assertions and proofs that it takes.
    pub fn algorithms() -> &'static [&'static str] {
        &jose::CLIENT_ALGORITHMS
    }

    /// The endpoints of an instance: authorization, token.
    pub fn endpoints(base: &str, instance: &str) -> (String, String) {
        let at = |path: &str| format!("{}{PATH}/{instance}/{path}", base.trim_end_matches('/'));
        (at("authorize"), at("token"))
    }

    /// Answers:
    ///
    /// | method | address | what |
    /// |---|---|---|
    /// | POST | `apps` | registers an app: `{"client_id", "redirect_uris", "jwk"}` |
    /// | POST | `launch` | the journal launches an app for its user and patient: `{"persona", "patient", "purpose"}` |
    /// | GET, POST | `authorize` | the app asks; the page where the user chooses, and what she chose |
    /// | POST | `token` | `authorization_code`, `client_credentials` |
    pub fn handle(&self, request: &Request<'_>) -> Reply {
        self.answer(request).unwrap_or_else(|error| {
            let body = serde_json::from_str(&error.body()).unwrap_or_default();
            Reply::Json(error.status, body)
        })
    }

    fn answer(&self, request: &Request<'_>) -> Result<Reply, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let now = request.now_ms.div_euclid(1000);
        let json = || serde_json::from_slice::<Value>(request.body).map_err(|_| invalid("the body must be JSON"));
        let read = |text: &str| form(text).ok_or_else(|| invalid("no valid form"));
        let body = || read(std::str::from_utf8(request.body).unwrap_or("%"));
        match (request.method, request.path) {
            ("POST", "apps") => self.register(&json()?).map(|told| Reply::Json(201, told)),
            ("POST", "launch") => self.launch(request.instance, &json()?, now).map(|told| Reply::Json(201, told)),
            ("GET", "authorize") => self.authorize(request.instance, &read(request.query)?, now),
            ("POST", "authorize") => self.chosen(&body()?, now),
            ("POST", "token") => self.token(request.instance, &body()?, request.dpop, request.now_ms),
            _ => Err(OAuthError::new(404, "not_found", "there is no such address with this method")),
        }
    }

    fn register(&self, body: &Value) -> Result<Value, OAuthError> {
        let wrong = |why: &str| OAuthError::new(400, "invalid_client_metadata", why);
        let id = body["client_id"]
            .as_str()
            .filter(|id| (1..=100).contains(&id.len()))
            .ok_or_else(|| wrong("client_id is missing"))?;
        let uris = body["redirect_uris"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let uris: Vec<String> = uris.filter(|uri| is_redirect(uri)).map(str::to_owned).collect();
        if uris.is_empty() {
            return Err(wrong("redirect_uris must have an https address, or one of this machine"));
        }
        let key = match &body["jwk"] {
            Value::Null => None,
            Value::Object(jwk) if !jose::has_private_member(jwk) && jose::thumbprint(jwk).is_some() => Some(jwk.clone()),
            _ => return Err(wrong("jwk must be a public key of an accepted kind")),
        };
        let mut apps = self.apps.write();
        if apps.len() >= MOST && !apps.contains_key(id) {
            return Err(wrong("there are too many apps; start the sandbox anew"));
        }
        let (confidential, app) = (key.is_some(), App { redirect_uris: uris, key });
        // Whoever came later would send the codes of the first to herself.
        if apps.get(id).is_some_and(|there| *there != app) {
            return Err(wrong("client_id is taken, with other addresses or another key"));
        }
        apps.insert(id.to_owned(), app);
        Ok(json!({"client_id": id, "confidential": confidential, "sandbox": true}))
    }
}

/// An address that a browser may be sent back to: https or this machine, with nothing that a query could be confused by.
fn is_redirect(uri: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"];
    let clean = uri.len() <= 500 && uri.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\"<>\\".contains(&b));
    clean && (uri.starts_with("https://") || local.iter().any(|start| uri.starts_with(start)))
}

#[cfg(test)]
mod tests;
