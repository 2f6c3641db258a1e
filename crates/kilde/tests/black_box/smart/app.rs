//! An app: registered, launched, with a token of its own.

use crate::client::{Answer, Ask, SOLVEIG, block_on, encode, now_ms};
use crate::server::shared;
use kilde_sandbox::{ClientKey, DpopKey, SigningAlgorithm};
use serde_json::{Value, json};
use std::sync::LazyLock;

static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().expect("a client")
});

pub const BACK: &str = "http://127.0.0.1:9/callback";
/// How an app shows its key.
pub const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// 43 characters.
pub const VERIFIER: &str = "a-verifier-of-forty-three-characters-000000";

/// An app with a key for its proofs; confidential if it has a key at the journal too.
pub struct App {
    pub id: String,
    pub dpop: DpopKey,
    pub key: Option<ClientKey>,
}

/// A token with what came beside it.
pub struct Token<'a> {
    pub app: &'a App,
    pub told: Value,
}

fn base() -> String {
    shared().url.clone()
}

pub fn ehr(path: &str) -> String {
    format!("{}/sandbox/ehr/9901/{path}", base())
}

/// GET or POST without following; gives status, `Location` and body.
pub fn step(method: &str, url: &str, form: Option<&str>) -> (u16, String, String) {
    block_on(async {
        let mut request = HTTP.request(method.parse().expect("a method"), url);
        if let Some(form) = form {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned());
        }
        let answer = request.send().await.expect("an answer");
        let location = answer
            .headers()
            .get("location")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        (answer.status().as_u16(), location, answer.text().await.expect("text"))
    })
}

/// The value of a parameter in an address.
pub fn sent(location: &str, name: &str) -> String {
    let found = location.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {location}")).to_owned()
}

impl App {
    pub fn new(confidential: bool) -> App {
        let app = App {
            id: format!("app-{}", uuid()),
            dpop: DpopKey::generate().expect("a key"),
            key: confidential.then(|| ClientKey::generate(SigningAlgorithm::Es384).expect("a key")),
        };
        let jwk = app.key.as_ref().map(|key| Value::Object(key.public_jwk()));
        Ask::new("POST", &ehr("apps"))
            .json(&json!({"client_id": app.id, "redirect_uris": [BACK], "jwk": jwk}))
            .send()
            .expect(201);
        app
    }

    /// The journal launches the app; gives the handle.
    pub fn launched(&self, persona: &str, patient: &str) -> String {
        self.launched_with(&json!({"persona": persona, "patient": patient}))
    }

    /// The same, with everything that the journal says.
    pub fn launched_with(&self, said: &Value) -> String {
        let told = Ask::new("POST", &ehr("launch")).json(said).send().expect(201).json();
        assert_eq!(told["iss"], format!("{}/9901/fhir/r4", base()));
        told["launch"].as_str().expect("a handle").to_owned()
    }

    /// The address of the authorization endpoint with everything that is asked for.
    pub fn authorize(&self, scope: &str, launch: Option<&str>) -> String {
        let aud = format!("{}/9901/fhir/r4", base());
        let launch = launch.map(|l| format!("&launch={l}")).unwrap_or_default();
        format!(
            "{}?response_type=code&client_id={}&redirect_uri={}&scope={}&state=s&aud={}&code_challenge={}&code_challenge_method=S256{launch}",
            ehr("authorize"),
            self.id,
            encode(BACK),
            encode(scope),
            encode(&aud),
            challenge()
        )
    }

    /// What a client assertion of the app says.
    pub fn claims(&self) -> Value {
        let now = now_ms() / 1000;
        json!({"iss": self.id, "sub": self.id, "aud": ehr("token"), "iat": now, "exp": now + 300, "jti": uuid()})
    }

    /// The token for a code.
    pub fn exchange(&self, code: &str, change: &[(&str, &str)]) -> Answer {
        match &self.key {
            Some(key) => {
                let assertion = key.sign(&self.claims()).expect("signed");
                let mut all = vec![("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
                all.extend(change);
                self.post(code, &all)
            }
            None => self.post(code, change),
        }
    }

    /// The token request with these parameters in place of the usual ones; an empty one is left out.
    pub fn post(&self, code: &str, change: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("client_id", &self.id),
            ("code_verifier", VERIFIER),
        ];
        let kept = usual.iter().filter(|(name, _)| change.iter().all(|(other, _)| other != name));
        let all = kept.chain(change).filter(|(_, value)| !value.is_empty());
        let form: Vec<String> = all.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let url = ehr("token");
        let proof = self.dpop.proof("POST", &url, None, now_ms()).expect("a proof");
        Ask::new("POST", &url)
            .header("dpop", &proof)
            .body(crate::client::FORM, &form.join("&"))
            .send()
    }

    /// A code, as the journal gives it when it launches the app.
    pub fn code(&self) -> String {
        let handle = self.launched("sykepleier-legevakt-nordvik", SOLVEIG);
        let (status, location, body) = step("GET", &self.authorize("launch patient/*.rs", Some(&handle)), None);
        assert_eq!(status, 303, "{body}");
        sent(&location, "code")
    }

    /// Launched by the journal, all the way to a token.
    pub fn in_journal(&self, persona: &str, patient: &str, scope: &str) -> Token<'_> {
        self.opened(&self.launched(persona, patient), scope)
    }

    /// From the handle of a launch to a token.
    pub fn opened(&self, handle: &str, scope: &str) -> Token<'_> {
        let (status, location, body) = step("GET", &self.authorize(scope, Some(handle)), None);
        assert_eq!(status, 303, "{body}");
        assert_eq!(sent(&location, "state"), "s");
        let told = self.exchange(&sent(&location, "code"), &[]).expect(200).json();
        Token { app: self, told }
    }
}

impl Token<'_> {
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        let url = format!("{}{path}", base());
        let token = self.told["access_token"].as_str().expect("a token");
        let proof = self.app.dpop.proof(method, &url, Some(token), now_ms()).expect("a proof");
        Ask::new(method, &url)
            .header("authorization", &format!("DPoP {token}"))
            .header("dpop", &proof)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send()
    }

    /// The patient of the launch, by the id that the server knows her by.
    pub fn patient(&self) -> &str {
        self.told["patient"]
            .as_str()
            .unwrap_or_else(|| panic!("no patient in {}", self.told))
    }
}

/// SHA-256 of the verifier, base64url.
fn challenge() -> String {
    kilde_access::authn::login::fingerprint(VERIFIER)
}

/// A name that nobody else has.
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
