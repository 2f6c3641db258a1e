//! `/par` (RFC 9126) and `/authorize`: the request, the page where a citizen is chosen, the code.

use super::{CODE_WAIT, IdPorten, LEVELS, WAIT, Wrong, needed, one};
use crate::issuer::OAuthError;
use crate::jose::random_text;
use crate::people::FIXED;
use kilde_fhir::national_id::{Nin, World};
use serde_json::json;

/// A pushed authorization request.
#[derive(Clone)]
pub(super) struct Pushed {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
    /// The lowest level that is asked for.
    pub(super) level: usize,
    pub(super) locale: &'static str,
}

/// Who logged in, and how.
pub(super) struct Granted {
    pub(super) request: Pushed,
    pub(super) pid: String,
    pub(super) level: usize,
    pub(super) sid: String,
    pub(super) wrong: Wrong,
}

const LOCALES: [&str; 4] = ["nb", "nn", "en", "se"];
const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}\
label{display:block;margin:1rem 0 .3rem}select,input,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box}button{margin-top:1rem}";

impl IdPorten {
    /// `POST /par`: gives the body of the answer (201).
    pub(super) fn par(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let client = self.client(form, now)?;
        if one(form, "response_type")? != Some("code") {
            return Err(OAuthError::new(400, "unsupported_response_type", "response_type must be code"));
        }
        if one(form, "request_uri")?.is_some() {
            return Err(invalid("request_uri must not be in a pushed request"));
        }
        let redirect_uri = needed(form, "redirect_uri")?;
        if !self
            .clients
            .read()
            .get(&client)
            .is_some_and(|c| c.redirect_uris.iter().any(|uri| uri == redirect_uri))
        {
            return Err(invalid("redirect_uri is not registered"));
        }
        if !one(form, "scope")?.unwrap_or_default().split(' ').any(|scope| scope == "openid") {
            return Err(OAuthError::new(400, "invalid_scope", "scope must have openid"));
        }
        let challenge = needed(form, "code_challenge")?;
        if one(form, "code_challenge_method")? != Some("S256") || challenge.len() != 43 {
            return Err(invalid("PKCE with S256 is demanded"));
        }
        // The lowest of the levels asked for is what must be reached.
        let wanted = one(form, "acr_values")?.unwrap_or(LEVELS[0]);
        let levels: Vec<usize> = wanted
            .split(' ')
            .filter_map(|acr| LEVELS.iter().position(|level| *level == acr))
            .collect();
        let level = *levels
            .iter()
            .min()
            .ok_or_else(|| invalid("acr_values has no level that there is"))?;
        let asked = one(form, "ui_locales")?.unwrap_or_default();
        let locale = asked
            .split(' ')
            .find_map(|tag| LOCALES.into_iter().find(|l| *l == tag))
            .unwrap_or("nb");
        let pushed = Pushed {
            client,
            redirect_uri: redirect_uri.to_owned(),
            state: needed(form, "state")?.to_owned(),
            nonce: needed(form, "nonce")?.to_owned(),
            challenge: challenge.to_owned(),
            level,
            locale,
        };
        if pushed.state.len() > 512 || pushed.nonce.len() > 512 {
            return Err(invalid("state or nonce is too long"));
        }
        let request_uri = format!("urn:ietf:params:oauth:request_uri:{}", random_text()?);
        self.pushed.lock().put(request_uri.clone(), now + WAIT, pushed, now);
        Ok(json!({"request_uri": request_uri, "expires_in": WAIT}).to_string())
    }

    /// `GET /authorize`: the page. What goes into it was made here, but for the fixed citizens' names.
    pub(super) fn page(&self, query: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let uri = needed(query, "request_uri")?;
        let pushed = self.pushed.lock();
        let request = pushed
            .has(uri, now)
            .filter(|request| one(query, "client_id").ok().flatten() == Some(request.client.as_str()));
        let request = request.ok_or_else(|| OAuthError::new(400, "invalid_request", "request_uri is unknown, used or too old"))?;
        let (lang, title, whom, other, how, enter, cancel) = match request.locale {
            "nn" => (
                "nn",
                "ID-porten i sandkassa",
                "Kven er du?",
                "Eller eit anna syntetisk fødselsnummer",
                "Nivå",
                "Logg inn",
                "Avbryt",
            ),
            "en" => (
                "en",
                "ID-porten of the sandbox",
                "Who are you?",
                "Or another synthetic number",
                "Level",
                "Log in",
                "Cancel",
            ),
            _ => (
                "nb",
                "ID-porten i sandkassen",
                "Hvem er du?",
                "Eller et annet syntetisk fødselsnummer",
                "Nivå",
                "Logg inn",
                "Avbryt",
            ),
        };
        let people: String = FIXED
            .iter()
            .map(|c| format!("<option value=\"{}\">{} {} ({})</option>", c.nin, c.given, c.family, c.nin))
            .collect();
        let levels: String = LEVELS.iter().rev().map(|level| format!("<option>{level}</option>")).collect();
        Ok(format!(
            "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><form method=\"post\" action=\"{PATH}/authorize\">\
             <input type=\"hidden\" name=\"request_uri\" value=\"{uri}\">\
             <label for=\"pid\">{whom}</label><select id=\"pid\" name=\"pid\">{people}</select>\
             <label for=\"other\">{other}</label><input id=\"other\" name=\"other\" inputmode=\"numeric\" autocomplete=\"off\">\
             <label for=\"acr\">{how}</label><select id=\"acr\" name=\"acr\">{levels}</select>\
             <button name=\"do\" value=\"login\">{enter}</button><button name=\"do\" value=\"cancel\">{cancel}</button>\
             </form></main></body></html>",
            PATH = super::PATH,
        ))
    }

    /// `POST /authorize`: where the browser goes next. Besides the page's fields a tester may give `wrong`, a name of [`Wrong`].
    pub(super) fn chosen(&self, form: &[(String, String)], now: i64) -> Result<String, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let uri = needed(form, "request_uri")?;
        let pid = one(form, "other")?.or(one(form, "pid")?).unwrap_or_default();
        let cancelled = one(form, "do")? == Some("cancel");
        let level = LEVELS.iter().position(|l| Some(*l) == one(form, "acr").ok().flatten()).unwrap_or(1);
        let wrong = match one(form, "wrong")? {
            Some(name) => Wrong::from_name(name).ok_or_else(|| invalid("wrong is no name of a wrong ID token"))?,
            None => Wrong::Nothing,
        };
        let nin = Nin::parse(pid).ok().filter(|nin| nin.accepted_in(World::Sandbox).is_ok());
        if !cancelled && nin.is_none() {
            return Err(invalid("choose a citizen, or give a synthetic number with valid control digits"));
        }
        let request = self.pushed.lock().take(uri, now);
        let request = request.ok_or_else(|| invalid("request_uri is unknown, used or too old"))?;
        let (redirect, state, iss) = (request.redirect_uri.clone(), encoded(&request.state), encoded(&self.url));
        if cancelled {
            return Ok(format!("{redirect}?error=access_denied&state={state}&iss={iss}"));
        }
        if level < request.level && wrong != Wrong::LowerLevel {
            return Err(invalid("the level is lower than what is asked for"));
        }
        let code = random_text()?;
        let granted = Granted {
            request,
            pid: pid.to_owned(),
            level,
            sid: random_text()?,
            wrong,
        };
        self.codes.lock().put(code.clone(), now + CODE_WAIT, granted, now);
        Ok(format!("{redirect}?code={code}&state={state}&iss={iss}"))
    }
}

/// Percent-encoded for a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(byte as char),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
