//! A persona of the sandbox, or somebody who has logged in, as an HTTP client: gets the token and proves possession with each request. Used by the
//! demo's stories, the proxy and the commands of overseers; knows only the published API.

use crate::login::Login;
use anyhow::{Context, bail};
use kilde_sandbox::DpopKey;
use parking_lot::Mutex;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde_json::json;
use std::time::{Duration, Instant};

/// Who to be, and for what.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// Name of the persona.
    pub persona: String,
    /// National id of the attested patient.
    pub patient: Option<String>,
    /// Purpose of use.
    pub purpose: Option<String>,
    /// Reason in words.
    pub reason: Option<String>,
    /// Whether the need is self-declared.
    pub self_declared: bool,
    /// How the token is to be wrong.
    pub variant: Option<String>,
}

/// Holds key and token of a persona.
pub struct Holder {
    /// Who and for what.
    pub asking: Asking,
    base: String,
    key: DpopKey,
    client: reqwest::Client,
    token: Mutex<Option<(String, Instant)>>,
    /// Who has logged in herself; else the persona.
    login: Option<Login>,
}

impl Holder {
    /// A persona at the server with that address.
    pub fn new(base: &str, asking: Asking) -> anyhow::Result<Self> {
        Ok(Holder {
            asking,
            base: base.trim_end_matches('/').to_owned(),
            key: DpopKey::generate()?,
            client: reqwest::Client::builder().no_proxy().build()?,
            token: Mutex::new(None),
            login: None,
        })
    }

    /// Somebody who logs in herself, at the server with that address.
    pub fn logged_in(base: &str, login: Login, reason: Option<String>) -> anyhow::Result<Self> {
        let asking = Asking {
            reason,
            ..Asking::default()
        };
        let mut holder = Holder::new(base, asking)?;
        holder.login = Some(login);
        Ok(holder)
    }

    /// For whom it speaks.
    pub fn name(&self) -> &str {
        if self.login.is_some() {
            "who has logged in"
        } else {
            &self.asking.persona
        }
    }

    /// Forgets the token; whether there was one.
    fn forget(&self) -> bool {
        match &self.login {
            Some(login) => login.forget(),
            None => self.token.lock().take().is_some(),
        }
    }

    /// The token, a new one when the last is about to end.
    pub async fn token(&self) -> anyhow::Result<String> {
        if let Some(login) = &self.login {
            return login.token().await;
        }
        if let Some((token, until)) = &*self.token.lock()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let wanted = json!({
            "persona": self.asking.persona,
            "jkt": self.key.thumbprint(),
            "patient": self.asking.patient,
            "purpose": self.asking.purpose,
            "reason": self.asking.reason,
            "self_declared": self.asking.self_declared,
            "variant": self.asking.variant,
        });
        let answer = self
            .client
            .post(format!("{}/sandbox/helseid/persona", self.base))
            .json(&wanted)
            .send()
            .await?;
        let status = answer.status();
        let body: serde_json::Value = answer.json().await.context("the issuer's answer is no JSON")?;
        if !status.is_success() {
            bail!("{}", body["error_description"].as_str().unwrap_or("no reason given"));
        }
        let token = body["access_token"].as_str().context("no access_token")?.to_owned();
        let seconds = body["expires_in"].as_u64().unwrap_or(60).saturating_sub(30).max(1);
        *self.token.lock() = Some((token.clone(), Instant::now() + Duration::from_secs(seconds)));
        Ok(token)
    }

    /// Sends one request. `path` begins with a slash and may hold a query. If the token is not known any
    /// more (the sandbox was started again and has new keys), it is asked for anew, once.
    pub async fn send(&self, method: Method, path: &str, headers: HeaderMap, body: Vec<u8>) -> anyhow::Result<Response> {
        let answer = self.send_once(method.clone(), path, headers.clone(), body.clone()).await?;
        if answer.status() == reqwest::StatusCode::UNAUTHORIZED && self.asking.variant.is_none() && self.forget() {
            return self.send_once(method, path, headers, body).await;
        }
        Ok(answer)
    }

    async fn send_once(&self, method: Method, path: &str, mut headers: HeaderMap, body: Vec<u8>) -> anyhow::Result<Response> {
        let token = self.token().await?;
        let url = format!("{}{path}", self.base);
        let key = self.login.as_ref().map_or(&self.key, Login::dpop);
        let proof = key.proof(method.as_str(), &url, Some(&token), jiff::Timestamp::now().as_millisecond())?;
        headers.insert("authorization", HeaderValue::from_str(&format!("DPoP {token}"))?);
        headers.insert("dpop", HeaderValue::from_str(&proof)?);
        if let Some(reason) = &self.asking.reason {
            headers.insert("kilde-reason", HeaderValue::from_str(&kilde_http::query::encode(reason))?);
        }
        Ok(self.client.request(method, url).headers(headers).body(body).send().await?)
    }

    /// GET, with the answer's status and JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<(u16, serde_json::Value)> {
        read(self.send(Method::GET, path, HeaderMap::new(), Vec::new()).await?).await
    }

    /// POST of FHIR JSON, with the answer's status and JSON.
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<(u16, serde_json::Value)> {
        let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"))]);
        read(self.send(Method::POST, path, headers, serde_json::to_vec(body)?).await?).await
    }
}

async fn read(answer: Response) -> anyhow::Result<(u16, serde_json::Value)> {
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await?;
    Ok((
        status,
        if bytes.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::from_slice(&bytes)?
        },
    ))
}
