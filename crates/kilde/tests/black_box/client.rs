//! A client of the published API: token from the sandbox's issuer, a proof for every request.

use kilde_sandbox::DpopKey;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::sync::{LazyLock, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
});
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| reqwest::Client::builder().no_proxy().build().expect("a client"));

/// Waits for an HTTP call: the tests read as plain steps.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

/// FHIR's media type.
pub const FHIR: &str = "application/fhir+json";
/// A form's media type.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A persona, with what its attestation is to say.
pub struct Client {
    base: String,
    wanted: Value,
    reason: Option<String>,
    /// The DPoP key.
    pub key: DpopKey,
    token: OnceLock<String>,
}

impl Client {
    /// A persona at the server with that address.
    pub fn new(base: &str, persona: &str) -> Client {
        let key = DpopKey::generate().expect("a key");
        let wanted = json!({ "persona": persona, "jkt": key.thumbprint() });
        Client {
            base: base.to_owned(),
            wanted,
            reason: None,
            key,
            token: OnceLock::new(),
        }
    }

    /// Attested for that patient.
    pub fn attested(self, nin: &str) -> Client {
        self.with("patient", nin)
    }

    /// With that purpose of use.
    pub fn purpose(self, code: &str) -> Client {
        self.with("purpose", code)
    }

    /// With those scopes in the token.
    pub fn scope(self, words: &str) -> Client {
        self.with("scope", words)
    }

    /// With a token that is wrong in that way.
    pub fn variant(self, name: &str) -> Client {
        self.with("variant", name)
    }

    /// With an attestation that the user has declared herself.
    pub fn self_declared(mut self) -> Client {
        self.wanted["self_declared"] = json!(true);
        self
    }

    /// With a reason in words, in header and attestation.
    pub fn reason(mut self, text: &str) -> Client {
        self.reason = Some(text.to_owned());
        self.with("reason", text)
    }

    fn with(mut self, name: &str, value: &str) -> Client {
        self.wanted[name] = json!(value);
        self
    }

    /// The access token.
    pub fn token(&self) -> &str {
        self.token.get_or_init(|| {
            let url = format!("{}/sandbox/helseid/persona", self.base);
            let answer: Value = block_on(async {
                let answer = HTTP.post(url).json(&self.wanted).send().await.expect("the issuer answers");
                serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
            });
            answer["access_token"]
                .as_str()
                .unwrap_or_else(|| panic!("no token: {answer}"))
                .to_owned()
        })
    }

    /// A valid proof for one request.
    pub fn proof(&self, method: &str, path: &str) -> String {
        self.key
            .proof(method, &self.url(path), Some(self.token()), now_ms())
            .expect("a proof")
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Begins a request with token and proof.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        let mut ask = Ask::new(method, &self.url(path))
            .header("authorization", &format!("DPoP {}", self.token()))
            .header("dpop", &self.proof(method, path));
        if let Some(reason) = &self.reason {
            ask = ask.header("kilde-reason", &encode(reason));
        }
        ask
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send()
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path).json(body).send()
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path).json(body).send()
    }

    /// Search by POST.
    pub fn search(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path).body(FORM, form).send()
    }
}

/// One request.
pub struct Ask {
    builder: reqwest::RequestBuilder,
}

impl Ask {
    /// A request without token.
    pub fn new(method: &str, url: &str) -> Ask {
        Ask {
            builder: HTTP.request(method.parse().expect("a method"), url),
        }
    }

    /// With one more header.
    pub fn header(self, name: &str, value: &str) -> Ask {
        Ask {
            builder: self.builder.header(name, value),
        }
    }

    /// With a body.
    pub fn body(self, content_type: &str, text: &str) -> Ask {
        Ask {
            builder: self.builder.header("content-type", content_type).body(text.to_owned()),
        }
    }

    /// With a body that is no text.
    pub fn bytes(self, content_type: &str, bytes: &[u8]) -> Ask {
        Ask {
            builder: self.builder.header("content-type", content_type).body(bytes.to_vec()),
        }
    }

    /// With a FHIR JSON body.
    pub fn json(self, body: &Value) -> Ask {
        self.body(FHIR, &body.to_string())
    }

    /// Sends it.
    pub fn send(self) -> Answer {
        self.try_send().expect("an answer")
    }

    /// Sends it; nothing if the server goes away meanwhile.
    pub fn try_send(self) -> Option<Answer> {
        block_on(async {
            let answer = self.builder.send().await.ok()?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = answer.bytes().await.ok()?.to_vec();
            Some(Answer { status, headers, body })
        })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    headers: HeaderMap,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// Headers and body, for looking whether something stands in them.
    pub fn everything(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
        headers + &String::from_utf8_lossy(&self.body)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// The beginning of the body, for messages.
    pub fn start(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(800).collect()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in answer {}: {}", self.status, self.start()))
    }

    /// The same answer, if it has that status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.start());
        self
    }

    /// The rule of the first issue. Panics unless the body is an OperationOutcome with text in two languages.
    #[track_caller]
    pub fn rule(&self) -> String {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{} {}", self.status, self.start());
        for issue in outcome["issue"].as_array().expect("issues") {
            let details = &issue["details"];
            assert!(details["text"].as_str().is_some_and(|t| !t.is_empty()), "text in bokmål: {issue}");
            let translation = &details["_text"]["extension"][0]["extension"];
            assert_eq!(translation[0]["valueCode"], "en", "{issue}");
            assert!(
                translation[1]["valueString"].as_str().is_some_and(|t| !t.is_empty()),
                "text in English: {issue}"
            );
        }
        outcome["issue"][0]["details"]["coding"][0]["code"]
            .as_str()
            .expect("a rule")
            .to_owned()
    }

    /// Asserts status and rule of a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, rule: &str) {
        assert_eq!((self.status, self.rule().as_str()), (status, rule), "{}", self.start());
    }

    /// The resources of a bundle.
    pub fn resources(&self) -> Vec<Value> {
        self.json()["entry"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| e["resource"].clone())
            .collect()
    }

    /// The `next` link's path and query.
    pub fn next(&self) -> Option<String> {
        let bundle = self.json();
        let link = bundle["link"].as_array()?.iter().find(|l| l["relation"] == "next")?["url"]
            .as_str()?
            .to_owned();
        link.find("/99").map(|at| link[at..].to_owned())
    }
}

/// Percent-encoded for a query or header.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Now, Unix ms.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

/// Sander Vik, 18, without any service.
pub const SANDER: &str = "22750884907";
/// Olav Nygård, 88, with dementia.
pub const OLAV: &str = "11833810555";
/// Solveig Berg, 80, on the acute ward.
pub const SOLVEIG: &str = "04894610447";
/// The national id's system.
pub const FNR: &str = "urn:oid:2.16.578.1.12.4.1.4.1";

/// The Parameters of `$overview` and `$status`.
pub fn parameters(nin: &str, service: Option<&str>) -> Value {
    let mut parameter = vec![json!({ "name": "patient", "valueIdentifier": { "system": FNR, "value": nin } })];
    if let Some(service) = service {
        parameter.push(json!({ "name": "service", "valueCode": service }));
    }
    json!({ "resourceType": "Parameters", "parameter": parameter })
}

/// Runs of exactly eleven digits: what a national id looks like.
pub fn eleven_digits(text: &str) -> Vec<&str> {
    // A word of its own: a handle in hexadecimal may have so many digits in a row.
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == 11 && word.bytes().all(|b| b.is_ascii_digit()))
        .collect()
}

/// A synthetic citizen whom no sandbox has loaded, with an ordinary national id.
pub fn stranger(n: usize) -> String {
    let spare = kilde_sandbox::people::generate("9901", 200, 77)
        .skip(20)
        .filter(|c| c.nin().as_bytes()[0] < b'4');
    spare.map(|c| c.nin().to_string()).nth(n).expect("a citizen")
}

/// An id that no resource has.
pub const NOBODY: &str = "01a20531-0000-7000-8000-000000000000";
