//! Logging in as oneself at the command line, outside of a sandbox: authorization code with PAR, PKCE, `private_key_jwt` and DPoP, as HelseID
//! wants it of programs on the user's own machine. Token and DPoP key are in memory only.

use crate::assembly::guard;
use anyhow::{Context, bail, ensure};
use clap::Args;
use kilde_access::authn::login::{LoginKey, fingerprint, random_text};
use kilde_http::query::{encode, value};
use kilde_http::server::now_ms;
use kilde_sandbox::DpopKey;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Make a key for `--login`, and print its public half, to be registered at the issuer
#[derive(Args)]
pub struct LoginKeyCommand {
    /// Where to write the private key; no file may be there
    #[arg(long)]
    out: PathBuf,
    /// The name that it is registered under
    #[arg(long, default_value = "kilde")]
    kid: String,
}

impl LoginKeyCommand {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        ensure!(!self.out.exists(), "{} is there already", self.out.display());
        let key = LoginKey::generate(&self.kid)?;
        guard::write_private(&self.out, key.to_pem()?.as_bytes())?;
        println!("{:#}", key.public_jwk());
        Ok(())
    }
}

/// How long somebody may take to log in.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the issuer may take to answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The path that the browser comes back to.
const BACK: &str = "/tilbake";

/// `login.toml`: who the program is at the issuer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginFile {
    /// The issuer, exactly as in `iss`: `https://helseid-sts.nhn.no`.
    issuer: String,
    /// Our client id there.
    client_id: String,
    /// File with our private key: RSA, PKCS #8, PEM.
    key: PathBuf,
    /// The name that the public half is registered under.
    kid: String,
    /// Scopes: `openid`, what tells who you are, `offline_access` if the login is to last, and those of Kilde.
    scope: String,
    /// Where the browser comes back to, as it is registered: on this machine.
    #[serde(default = "default_back")]
    back: SocketAddr,
}

fn default_back() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8098))
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    pushed_authorization_request_endpoint: String,
    authorization_endpoint: String,
    token_endpoint: String,
}

/// Somebody who logs in, and stays so while the program runs.
pub struct Login {
    file: LoginFile,
    key: LoginKey,
    dpop: DpopKey,
    client: reqwest::Client,
    /// One login at a time.
    turn: tokio::sync::Mutex<()>,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: String,
    until: Instant,
    refresh: Option<String>,
}

impl Login {
    /// Reads file and key; asks nobody yet.
    ///
    /// # Errors
    /// What of the file or the key cannot be used.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut file: LoginFile = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let here = file.issuer.starts_with("http://127.0.0.1:") || file.issuer.starts_with("http://[::1]:");
        ensure!(
            file.issuer.starts_with("https://") || here,
            "in {}: issuer must be an https address",
            path.display()
        );
        ensure!(file.back.ip().is_loopback(), "in {}: back must be on this machine", path.display());
        if let (true, Some(folder)) = (file.key.is_relative(), path.parent()) {
            file.key = folder.join(&file.key);
        }
        guard::secret(&file.key)?;
        let pem = std::fs::read_to_string(&file.key).with_context(|| format!("cannot read {}", file.key.display()))?;
        let key = LoginKey::from_pem(&pem, &file.kid);
        Ok(Login {
            key: key.with_context(|| format!("{} is no RSA key as PKCS #8 in PEM", file.key.display()))?,
            file,
            dpop: DpopKey::generate()?,
            client: reqwest::Client::builder().no_proxy().timeout(ANSWER).build()?,
            turn: tokio::sync::Mutex::new(()),
            held: Mutex::new(None),
        })
    }

    /// The key that tokens are bound to.
    pub fn dpop(&self) -> &DpopKey {
        &self.dpop
    }

    /// A token: the one that is held, a fresh one for the refresh token, or a login, whose address is told on standard error.
    ///
    /// # Errors
    /// The issuer refuses or does not answer, or nobody logs in in time.
    pub async fn token(&self) -> anyhow::Result<String> {
        let _one_at_a_time = self.turn.lock().await;
        if let Some(held) = &*self.held.lock()
            && Instant::now() < held.until
        {
            return Ok(held.token.clone());
        }
        let refresh = self.held.lock().take().and_then(|held| held.refresh);
        let discovery = self.discovery().await?;
        if let Some(refresh) = refresh {
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
            match self.fetch(&discovery, &form).await {
                Ok(token) => return Ok(token),
                Err(cause) => eprintln!("the login could not be renewed ({cause:#})"),
            }
        }
        self.log_in(&discovery).await
    }

    /// Forgets the token, since it is not taken any more.
    pub fn forget(&self) -> bool {
        self.held.lock().take().is_some()
    }

    async fn log_in(&self, discovery: &Discovery) -> anyhow::Result<String> {
        let listener = TcpListener::bind(self.file.back)
            .await
            .with_context(|| format!("the browser cannot come back to {}", self.file.back))?;
        let back = format!("http://{}{BACK}", listener.local_addr()?);
        let (state, verifier) = (random_text()?, random_text()?);
        let challenge = fingerprint(&verifier);
        let form = [
            ("response_type", "code"),
            ("scope", self.file.scope.as_str()),
            ("redirect_uri", &back),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("dpop_jkt", self.dpop.thumbprint()),
        ];
        let pushed = self.post(&discovery.pushed_authorization_request_endpoint, &form, None).await?;
        let request_uri = pushed["request_uri"].as_str().context("the issuer gave no request_uri")?;
        eprintln!(
            "log in here: {}?client_id={}&request_uri={}",
            discovery.authorization_endpoint,
            encode(&self.file.client_id),
            encode(request_uri)
        );
        let code = tokio::time::timeout(PATIENCE, self.returned(&listener, &state))
            .await
            .context("nobody logged in within five minutes")??;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &back),
            ("code_verifier", &verifier),
        ];
        let token = self.fetch(discovery, &form).await?;
        eprintln!("logged in");
        Ok(token)
    }

    /// Waits for the browser. What is not an answer to this login is turned away, and waited on.
    async fn returned(&self, listener: &TcpListener, state: &str) -> anyhow::Result<String> {
        loop {
            let (mut stream, _) = listener.accept().await?;
            let query = match tokio::time::timeout(Duration::from_secs(5), first_line(&mut stream)).await {
                Ok(Ok(Some(query))) => query,
                _ => {
                    say(&mut stream, "404 Not Found", "Ukjent adresse").await;
                    continue;
                }
            };
            // RFC 6749 section 10.12, RFC 9207: whose answer it is comes before what it says.
            let ours = value(&query, "state").as_deref() == Some(state);
            let theirs = value(&query, "iss").is_none_or(|iss| *iss == *self.file.issuer);
            if !ours || !theirs {
                say(&mut stream, "400 Bad Request", "Dette er ikke svaret på innloggingen").await;
                continue;
            }
            match value(&query, "code") {
                Some(code) => {
                    say(&mut stream, "200 OK", "Du er logget inn. Du kan lukke denne siden.").await;
                    return Ok(code.to_string());
                }
                None => {
                    say(&mut stream, "200 OK", "Innloggingen ble avbrutt. Du kan lukke denne siden.").await;
                    bail!("the login was broken off");
                }
            }
        }
    }

    async fn discovery(&self) -> anyhow::Result<Discovery> {
        let url = format!("{}/.well-known/openid-configuration", self.file.issuer.trim_end_matches('/'));
        let answer = self.client.get(url).send().await?.error_for_status()?;
        let found: Discovery = serde_json::from_slice(&answer.bytes().await?).context("the issuer's description lacks something")?;
        ensure!(found.issuer == self.file.issuer, "the issuer describes itself as another");
        Ok(found)
    }

    async fn fetch(&self, discovery: &Discovery, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let endpoint = &discovery.token_endpoint;
        let proof = self.dpop.proof("POST", endpoint, None, now_ms())?;
        let answer = self.post(endpoint, form, Some(&proof)).await?;
        let token = answer["access_token"]
            .as_str()
            .context("the issuer gave no access_token")?
            .to_owned();
        ensure!(
            answer["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("DPoP")),
            "the issuer gave a token that is bound to no key"
        );
        let seconds = answer["expires_in"].as_u64().unwrap_or(60).saturating_sub(30).max(1);
        *self.held.lock() = Some(Held {
            token: token.clone(),
            until: Instant::now() + Duration::from_secs(seconds),
            refresh: answer["refresh_token"].as_str().map(str::to_owned),
        });
        Ok(token)
    }

    /// Sends a form as our client. A server may want a proof with a nonce of its own (RFC 9449, section 8): then once more with that.
    async fn post(&self, url: &str, form: &[(&str, &str)], proof: Option<&str>) -> anyhow::Result<Value> {
        let mut proof = proof.map(str::to_owned);
        for last in [false, true] {
            let now = now_ms().div_euclid(1000);
            let client = self.file.client_id.as_str();
            let assertion = self.key.assertion(&json!({
                "iss": client, "sub": client, "aud": self.file.issuer, "iat": now, "nbf": now, "exp": now + 30, "jti": random_text()?,
            }))?;
            let ours = [
                ("client_id", client),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ];
            let body: Vec<String> = form
                .iter()
                .chain(&ours)
                .map(|(name, value)| format!("{name}={}", encode(value)))
                .collect();
            let mut request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
            if let Some(proof) = &proof {
                request = request.header("dpop", proof);
            }
            let answer = request.body(body.join("&")).send().await?;
            let (status, nonce) = (answer.status(), answer.headers().get("dpop-nonce").cloned());
            let json: Value = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
            if status.is_success() {
                return Ok(json);
            }
            match (json["error"].as_str(), nonce, proof.is_some() && !last) {
                (Some("use_dpop_nonce"), Some(nonce), true) => {
                    proof = Some(self.dpop.proof_with_nonce("POST", url, nonce.to_str()?, now_ms())?);
                }
                (error, ..) => bail!(
                    "the issuer refused ({status}): {} {}",
                    error.unwrap_or_default(),
                    json["error_description"].as_str().unwrap_or_default()
                ),
            }
        }
        bail!("the issuer refused")
    }
}

/// The query of a request for the address that the browser comes back to.
async fn first_line(stream: &mut TcpStream) -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let mut reader = BufReader::new(tokio::io::AsyncReadExt::take(&mut *stream, 8 << 10));
    reader.read_line(&mut line).await?;
    let target = line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    let query = target
        .and_then(|target| target.strip_prefix(BACK))
        .and_then(|rest| rest.strip_prefix('?'));
    Ok(query.map(str::to_owned))
}

async fn say(stream: &mut TcpStream, status: &str, text: &str) {
    let body = format!("<!DOCTYPE html><html lang=\"nb\"><meta charset=\"utf-8\"><title>Kilde</title><p>{text}</p></html>");
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-security-policy: default-src 'none'\r\n\
         referrer-policy: no-referrer\r\ncache-control: no-store\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Whether the page is shown changes nothing.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
