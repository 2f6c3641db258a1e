//! Launching, and the authorization endpoint.

use super::{CODE_WAIT, Ehr, Reply, WAIT, scope};
use crate::idporten::{encoded, needed, one};
use crate::issuer::OAuthError;
use crate::persona::{Kind, Purpose, personas};
use kilde_fhir::national_id::{Nin, World};
use serde_json::{Value, json};

/// Who has whom open in the journal.
pub(super) struct Launch {
    pub(super) instance: String,
    pub(super) who: Chosen,
}

/// A user and a patient.
pub(super) struct Chosen {
    pub(super) persona: String,
    pub(super) patient: Option<String>,
    /// Another purpose than her usual one: what the journal attests in an emergency. Her reason in words goes with each request, not with the token.
    pub(super) purpose: Option<Purpose>,
}

/// What an app asked for, while the user chooses.
pub(super) struct Asked {
    pub(super) instance: String,
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: String,
    /// The app asked for a patient of the launch.
    pub(super) patient: bool,
}

/// What a code is good for.
pub(super) struct Granted {
    pub(super) asked: Asked,
    pub(super) who: Chosen,
}

/// The user and the patient that were named, if the sandbox has them.
fn chosen(instance: &str, persona: &str, patient: Option<&str>) -> Result<Chosen, OAuthError> {
    let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
    let at_work = |kind| matches!(kind, Kind::HealthPersonnel | Kind::CaseWorker);
    let known = personas()
        .iter()
        .any(|p| p.name == persona && at_work(p.kind) && p.instance.as_deref() == Some(instance));
    if !known {
        return Err(invalid("persona must be somebody who works in this municipality"));
    }
    if let Some(patient) = patient {
        let nin = Nin::parse(patient).ok().filter(|nin| nin.accepted_in(World::Sandbox).is_ok());
        nin.ok_or_else(|| invalid("patient must be a synthetic number with valid control digits"))?;
    }
    Ok(Chosen {
        persona: persona.to_owned(),
        patient: patient.map(str::to_owned),
        purpose: None,
    })
}

/// The purpose that a launch names. Whether it is good enough is for the policies to say.
fn purpose(body: &Value) -> Result<Option<Purpose>, OAuthError> {
    let code = match &body["purpose"] {
        Value::Null => return Ok(None),
        code => code.as_str().and_then(Purpose::from_code),
    };
    let invalid = || OAuthError::new(400, "invalid_request", "purpose must be TREAT, ETREAT, COC or BTG");
    code.map(Some).ok_or_else(invalid)
}

impl Ehr {
    /// The journal launches an app: gives the handle that it passes on (`launch`), and our FHIR base (`iss`).
    pub(super) fn launch(&self, instance: &str, body: &Value, now: i64) -> Result<Value, OAuthError> {
        let mut who = chosen(instance, body["persona"].as_str().unwrap_or_default(), body["patient"].as_str())?;
        who.purpose = purpose(body)?;
        let launch = Launch {
            instance: instance.to_owned(),
            who,
        };
        let handle = self.launches.lock().keep(now + WAIT, launch, now)?;
        Ok(json!({"launch": handle, "iss": format!("{}/{instance}/fhir/r4", self.base), "expires_in": WAIT}))
    }

    /// `GET authorize`. Until client and redirect address are known to belong together nothing is sent there.
    pub(super) fn authorize(&self, instance: &str, query: &[(String, String)], now: i64) -> Result<Reply, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let client = needed(query, "client_id")?;
        let redirect_uri = needed(query, "redirect_uri")?;
        let known = self
            .apps
            .read()
            .get(client)
            .is_some_and(|app| app.redirect_uris.iter().any(|uri| uri == redirect_uri));
        if !known {
            return Err(invalid("client_id is not registered, or redirect_uri is not one of its own"));
        }
        let state = needed(query, "state")?;
        let outcome = self.asked_for(instance, client, redirect_uri, state, query, now);
        Ok(outcome.unwrap_or_else(|error| {
            let (state, description) = (encoded(state), encoded(&error.description));
            Reply::To(format!(
                "{redirect_uri}?error={}&error_description={description}&state={state}",
                error.error
            ))
        }))
    }

    fn asked_for(
        &self,
        instance: &str,
        client: &str,
        redirect: &str,
        state: &str,
        query: &[(String, String)],
        now: i64,
    ) -> Result<Reply, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        if one(query, "response_type")? != Some("code") {
            return Err(OAuthError::new(400, "unsupported_response_type", "response_type must be code"));
        }
        if one(query, "aud")?.map(|aud| aud.trim_end_matches('/')) != Some(format!("{}/{instance}/fhir/r4", self.base).as_str()) {
            return Err(invalid("aud must be the FHIR base that the token is for"));
        }
        let challenge = needed(query, "code_challenge")?;
        if one(query, "code_challenge_method")? != Some("S256") || challenge.len() != 43 || state.len() > 512 {
            return Err(invalid("PKCE with S256 is demanded, and a state of at most 512 characters"));
        }
        let words = needed(query, "scope")?;
        let has = |word: &str| words.split_ascii_whitespace().any(|w| w == word);
        let asked = Asked {
            instance: instance.to_owned(),
            client: client.to_owned(),
            redirect_uri: redirect.to_owned(),
            state: state.to_owned(),
            scopes: scope::granted(words, true)?,
            challenge: challenge.to_owned(),
            patient: has("launch/patient") || has("launch") || words.contains("patient/"),
        };
        match one(query, "launch")? {
            Some(handle) => {
                let launch = self.launches.lock().take(handle, now).filter(|launch| launch.instance == instance);
                let launch = launch.ok_or_else(|| invalid("launch is unknown, used or too old"))?;
                self.code(asked, launch.who, now)
            }
            None => {
                let wants_patient = asked.patient;
                let name = self.asked.lock().keep(now + WAIT, asked, now)?;
                Ok(Reply::Page(super::page::choose(instance, &name, wants_patient)))
            }
        }
    }

    /// `POST authorize`: what the user chose on the page.
    pub(super) fn chosen(&self, form: &[(String, String)], now: i64) -> Result<Reply, OAuthError> {
        let asked = self.asked.lock().take(needed(form, "request")?, now);
        let asked = asked.ok_or_else(|| OAuthError::new(400, "invalid_request", "the page is unknown, used or too old"))?;
        if one(form, "do")? == Some("cancel") {
            return Ok(Reply::To(format!(
                "{}?error=access_denied&state={}",
                asked.redirect_uri,
                encoded(&asked.state)
            )));
        }
        let patient = one(form, "patient")?.filter(|_| asked.patient);
        let who = chosen(&asked.instance, needed(form, "persona")?, patient)?;
        self.code(asked, who, now)
    }

    fn code(&self, asked: Asked, who: Chosen, now: i64) -> Result<Reply, OAuthError> {
        let (redirect, state) = (asked.redirect_uri.clone(), encoded(&asked.state));
        let code = self.codes.lock().keep(now + CODE_WAIT, Granted { asked, who }, now)?;
        Ok(Reply::To(format!("{redirect}?code={code}&state={state}")))
    }
}
