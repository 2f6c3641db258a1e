//! Logging people in as HelseID does for systems with users: pushed authorization request (RFC 9126), code flow with PKCE (S256), DPoP and
//! `private_key_jwt` at the token endpoint, refresh tokens for who asks for `offline_access`. The page lets a tester choose among the personas of the client.

use super::{Issuer, OAuthError, PATH, PersonaRequest, TokenResponse, token};
use crate::idporten::{encoded, needed, one};
use crate::jose::{random_text, shows};
use crate::persona::{Persona, personas};
use serde_json::json;

/// Seconds that a pushed request, a code, and an unused refresh token may wait.
const REQUEST_WAIT: i64 = 60;
const CODE_WAIT: i64 = 60;
const REFRESH_WAIT: i64 = 3_600;
/// What is asked for beside scopes of an API.
const IDENTITY: [&str; 4] = ["openid", "profile", "offline_access", "helseid://scopes/"];
const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}\
label{display:block;margin:1rem 0 .3rem}select,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box}button{margin-top:1rem}";

/// A pushed authorization request.
#[derive(Clone)]
pub(super) struct Pushed {
    client: &'static str,
    redirect_uri: String,
    state: String,
    challenge: String,
    /// Scopes of an API.
    scope: String,
    offline: bool,
    /// The key that the tokens are to be bound to, when it is said beforehand (RFC 9449, section 10).
    jkt: Option<String>,
}

/// Who logged in.
pub(super) struct Granted {
    request: Pushed,
    persona: String,
}

/// What a refresh token stands for.
#[derive(Clone)]
pub(super) struct Refreshable {
    client: &'static str,
    persona: String,
    scope: String,
    jkt: String,
}

/// The personas that log in with a client.
fn users(client: &str) -> impl Iterator<Item = &'static Persona> {
    personas().iter().filter(move |p| p.client.id == client && p.person.is_some())
}

/// RFC 8252, section 7.3: a program on the user's own machine listens on the loopback interface, at any port.
fn is_loopback(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://127.0.0.1:").or_else(|| uri.strip_prefix("http://[::1]:"));
    rest.and_then(|rest| rest.split_once('/'))
        .is_some_and(|(port, path)| port.parse::<u16>().is_ok() && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b)))
}

impl Issuer {
    /// `POST /connect/par`: gives the body of the answer.
    pub(super) fn par(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let client = self.who_asks(form, now)?.client.id;
        if one(form, "response_type")? != Some("code") {
            return Err(OAuthError::new(400, "unsupported_response_type", "response_type must be code"));
        }
        if one(form, "request_uri")?.is_some() {
            return Err(invalid("request_uri must not be in a pushed request"));
        }
        let redirect_uri = needed(form, "redirect_uri")?;
        if !is_loopback(redirect_uri) {
            return Err(invalid(
                "redirect_uri must be an address of the loopback interface, as http://127.0.0.1:8098/back",
            ));
        }
        let challenge = needed(form, "code_challenge")?;
        if one(form, "code_challenge_method")? != Some("S256") || challenge.len() != 43 {
            return Err(invalid("PKCE with S256 is demanded"));
        }
        let asked = needed(form, "scope")?;
        let (identity, own): (Vec<&str>, Vec<&str>) = asked.split_ascii_whitespace().partition(|word| {
            IDENTITY
                .iter()
                .any(|known| word == known || (known.ends_with('/') && word.starts_with(known)))
        });
        if !identity.contains(&"openid") {
            return Err(OAuthError::new(400, "invalid_scope", "scope must have openid"));
        }
        let allowed = users(client).next().map_or(&[][..], |persona| persona.scopes);
        let own = token::scopes(allowed, Some(&own.join(" ")))?;
        let pushed = Pushed {
            client,
            redirect_uri: redirect_uri.to_owned(),
            state: needed(form, "state")?.to_owned(),
            challenge: challenge.to_owned(),
            scope: own.join(" "),
            offline: identity.contains(&"offline_access"),
            jkt: one(form, "dpop_jkt")?.map(str::to_owned),
        };
        if pushed.state.len() > 512 {
            return Err(invalid("state is too long"));
        }
        let request_uri = format!("urn:ietf:params:oauth:request_uri:{}", random_text()?);
        self.pushed.lock().put(request_uri.clone(), now + REQUEST_WAIT, pushed, now);
        Ok(json!({"request_uri": request_uri, "expires_in": REQUEST_WAIT}).to_string())
    }

    /// `GET /connect/authorize`: the page. All that stands in it was made here.
    pub(super) fn page(&self, query: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let uri = needed(query, "request_uri")?;
        let pushed = self.pushed.lock();
        let request = pushed
            .has(uri, now)
            .filter(|request| one(query, "client_id").ok().flatten() == Some(request.client));
        let request = request.ok_or_else(|| OAuthError::new(400, "invalid_request", "request_uri is unknown, used or too old"))?;
        let options: String = users(request.client)
            .map(|p| {
                format!(
                    "<option value=\"{0}\">{1} ({0})</option>",
                    p.name,
                    p.person.as_ref().map_or(String::new(), crate::persona::Person::name)
                )
            })
            .collect();
        Ok(format!(
            "<!DOCTYPE html><html lang=\"nb\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>HelseID i sandkassen</title><style>{STYLE}</style></head><body><main><h1>HelseID i sandkassen</h1>\
             <form method=\"post\" action=\"{PATH}/connect/authorize\"><input type=\"hidden\" name=\"request_uri\" value=\"{uri}\">\
             <label for=\"persona\">Hvem er du?</label><select id=\"persona\" name=\"persona\">{options}</select>\
             <button name=\"do\" value=\"login\">Logg inn</button><button name=\"do\" value=\"cancel\">Avbryt</button></form></main></body></html>"
        ))
    }

    /// `POST /connect/authorize`: where the browser goes next.
    pub(super) fn chosen(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let uri = needed(form, "request_uri")?;
        let request = self.pushed.lock().take(uri, now);
        let request = request.ok_or_else(|| invalid("request_uri is unknown, used or too old"))?;
        let (redirect, state, iss) = (request.redirect_uri.clone(), encoded(&request.state), encoded(&self.url));
        if one(form, "do")? == Some("cancel") {
            return Ok(format!("{redirect}?error=access_denied&state={state}&iss={iss}"));
        }
        let name = needed(form, "persona")?;
        let chosen = users(request.client).find(|p| p.name == name);
        let chosen = chosen.ok_or_else(|| invalid("persona is none of those that use the client"))?;
        let granted = Granted {
            request,
            persona: chosen.name.clone().into_owned(),
        };
        let code = self.codes.lock().keep(now + CODE_WAIT, granted, now)?;
        Ok(format!("{redirect}?code={code}&state={state}&iss={iss}"))
    }

    /// The token endpoint for `authorization_code`.
    pub(super) fn by_code(&self, form: &[(String, String)], dpop: &[&str], now_ms: i64) -> Result<TokenResponse, OAuthError> {
        let grant = |why: &str| OAuthError::new(400, "invalid_grant", why);
        let now = now_ms.div_euclid(1000);
        let jkt = self.proven_key(dpop, &self.token_endpoint(), now)?;
        let client = self.who_asks(form, now)?.client.id;
        // Taken whatever comes of it: a code is shown once.
        let granted = self.codes.lock().take(needed(form, "code")?, now);
        let Granted { request, persona } = granted.ok_or_else(|| grant("the code is unknown, used or too old"))?;
        if request.client != client || one(form, "redirect_uri")? != Some(request.redirect_uri.as_str()) {
            return Err(grant("the code is another client's, or for another address"));
        }
        if request.jkt.as_ref().is_some_and(|said| *said != jkt) {
            return Err(grant("the code is bound to another DPoP key"));
        }
        let verifier = needed(form, "code_verifier")?;
        if !shows(verifier, &request.challenge) {
            return Err(grant("code_verifier does not fit code_challenge"));
        }
        let kept = Refreshable {
            client,
            persona,
            scope: request.scope,
            jkt,
        };
        self.user_token(kept, request.offline, now_ms)
    }

    /// The token endpoint for `refresh_token`: each is good once, for the key that it was given to.
    pub(super) fn by_refresh(&self, form: &[(String, String)], dpop: &[&str], now_ms: i64) -> Result<TokenResponse, OAuthError> {
        let grant = |why: &str| OAuthError::new(400, "invalid_grant", why);
        let now = now_ms.div_euclid(1000);
        let jkt = self.proven_key(dpop, &self.token_endpoint(), now)?;
        let client = self.who_asks(form, now)?.client.id;
        let kept = self.refreshable.lock().take(needed(form, "refresh_token")?, now);
        let kept = kept.ok_or_else(|| grant("the refresh token is unknown, used or too old"))?;
        if kept.client != client || kept.jkt != jkt {
            return Err(grant("the refresh token is another client's, or bound to another DPoP key"));
        }
        self.user_token(kept, true, now_ms)
    }

    fn user_token(&self, kept: Refreshable, offline: bool, now_ms: i64) -> Result<TokenResponse, OAuthError> {
        let mut request = PersonaRequest::new(&kept.persona, &kept.jkt);
        request.scope = Some(kept.scope.clone());
        let mut token = self.persona_token(&request, now_ms)?;
        token.sandbox = None;
        if offline {
            let now = now_ms.div_euclid(1000);
            token.refresh_token = Some(self.refreshable.lock().keep(now + REFRESH_WAIT, kept, now)?);
        }
        Ok(token)
    }

    /// The client that shows its key, as one of its personas; it must be one that people use.
    fn who_asks(&self, form: &[(String, String)], now: i64) -> Result<Persona, OAuthError> {
        let client = self.shown(form, &self.token_endpoint(), now)?;
        match users(client.client.id).next() {
            None => Err(OAuthError::new(400, "unauthorized_client", "nobody logs in with this client")),
            Some(_) => Ok(client),
        }
    }
}
