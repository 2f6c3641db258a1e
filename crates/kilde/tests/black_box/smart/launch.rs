//! From launch to data, as an app does it.

use super::app::{ASSERTION, App, BACK, ehr, sent, step};
use crate::client::{Answer, Ask, OLAV, SOLVEIG, encode, now_ms};
use crate::server::shared;
use kilde_sandbox::{ClientKey, DpopKey, SigningAlgorithm};
use serde_json::{Value, json};

type Tests = &'static [fn()];

/// What is told to be there, with the tests that show it.
#[rustfmt::skip]
const CAPABILITIES: [(&str, Tests); 10] = [
    ("launch-ehr", &[a_nurse_lands_on_the_same_patient]),
    ("launch-standalone", &[a_user_of_a_standalone_app_says_who_and_whom]),
    ("client-public", &[a_nurse_lands_on_the_same_patient, super::endpoints::a_code_is_good_for_its_own_app]),
    ("client-confidential-asymmetric", &[a_nurse_lands_on_the_same_patient, a_system_gets_a_token_by_backend_services,
        super::endpoints::a_confidential_app_shows_its_key, super::endpoints::an_assertion_is_good_once]),
    ("context-banner", &[a_nurse_lands_on_the_same_patient]),
    ("context-ehr-patient", &[a_nurse_lands_on_the_same_patient, super::attacks::a_launch_for_one_patient_opens_no_other]),
    ("context-standalone-patient", &[a_user_of_a_standalone_app_says_who_and_whom]),
    ("permission-patient", &[super::attacks::a_launch_for_one_patient_opens_no_other]),
    ("permission-user", &[user_scopes_reach_whomever_the_policies_give]),
    ("permission-v2", &[super::attacks::read_is_not_search_and_search_is_not_read, super::attacks::a_scope_that_is_not_understood_gives_nothing]),
];

/// SHALL: Servers SHALL convey the FHIR OAuth authorization endpoints and any optional SMART Capabilities they support using this discovery mechanism
/// (smart-app-launch conformance.html)
#[test]
fn the_configuration_is_open_and_names_what_is_there() {
    for instance in ["9901", "9902"] {
        let address = format!("{}/{instance}/fhir/r4/.well-known/smart-configuration", shared().url);
        let told = Ask::new("GET", &address).send().expect(200);
        assert!(told.header("content-type").starts_with("application/json"));
        let told = told.json();
        for (name, path) in [("authorization_endpoint", "authorize"), ("token_endpoint", "token")] {
            assert_eq!(told[name], ehr(path).replace("9901", instance));
        }
        let all: Vec<&str> = told["capabilities"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut shown: Vec<&str> = CAPABILITIES.iter().map(|(name, _)| *name).collect();
        let mut named = all.clone();
        named.sort_unstable();
        shown.sort_unstable();
        assert_eq!(named, shown, "each has its tests, and nothing else is named");
        assert_eq!(told["grant_types_supported"], json!(["authorization_code", "client_credentials"]));
        assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]), "S256 and not plain");
        let algorithms = told["token_endpoint_auth_signing_alg_values_supported"].to_string();
        assert!(algorithms.contains("ES384"), "one of RS384 and ES384");
    }
    let statement = Ask::new("GET", &format!("{}/9901/fhir/r4/metadata", shared().url))
        .send()
        .expect(200)
        .json();
    assert_eq!(statement["rest"][0]["security"]["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    let nowhere = Ask::new("GET", &format!("{}/1234/fhir/r4/.well-known/smart-configuration", shared().url)).send();
    assert_eq!(nowhere.status, 404);
}

/// What a journal attests in an emergency is another purpose; the words go with each request.
#[test]
fn a_launch_in_an_emergency_needs_the_users_words() {
    let app = App::new(false);
    let handle = app.launched_with(&json!({"persona": "lege-legevakt-nordvik", "patient": OLAV, "purpose": "ETREAT"}));
    let token = app.opened(&handle, "launch patient/*.rs");
    let path = format!("/9901/fhir/r4/Patient/{}", token.patient());
    let refused = token.get(&path).expect(403);
    assert!(refused.text().contains("emergency_without_reason"), "{}", refused.text());
    let reason = encode("Funnet bevisstløs hjemme");
    token.ask("GET", &path).header("kilde-reason", &reason).send().expect(200);
    let log = shared()
        .who(&format!("innbygger-{OLAV}"))
        .get("/9901/innbygger/tilgangslogg?limit=20")
        .expect(200)
        .json();
    let mut entries = log["entries"].as_array().into_iter().flatten();
    assert!(entries.any(|entry| entry["reason"] == "Funnet bevisstløs hjemme"), "{log}");
    for wrong in [json!("FUN"), json!(7), json!("")] {
        let said = json!({"persona": "lege-legevakt-nordvik", "patient": OLAV, "purpose": wrong});
        assert_eq!(Ask::new("POST", &ehr("launch")).json(&said).send().status, 400, "{said}");
    }
}

#[test]
fn a_nurse_lands_on_the_same_patient() {
    for confidential in [false, true] {
        let app = App::new(confidential);
        let token = app.in_journal("sykepleier-legevakt-nordvik", SOLVEIG, "launch patient/*.rs");
        assert_eq!(
            (&token.told["token_type"], &token.told["scope"]),
            (&json!("DPoP"), &json!("patient/*.rs"))
        );
        assert_eq!(token.told["need_patient_banner"], true);
        let patient = token.get(&format!("/9901/fhir/r4/Patient/{}", token.patient())).expect(200).json();
        assert!(patient["name"][0].to_string().contains("Solveig"), "{patient}");
        let found = token
            .get(&format!("/9901/fhir/r4/EpisodeOfCare?patient={}", token.patient()))
            .expect(200);
        assert!(!found.resources().is_empty());
    }
}

#[test]
fn a_user_of_a_standalone_app_says_who_and_whom() {
    let app = App::new(false);
    let (status, _, page) = step("GET", &app.authorize("launch/patient patient/Patient.r", None), None);
    assert_eq!(status, 200);
    assert!(page.contains("<label for=\"persona\">") && page.contains("<label for=\"patient\">") && !page.contains("<script"));
    let request = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .and_then(|r| r.split('"').next())
        .expect("a request");
    let form = format!("request={request}&persona=lege-legevakt-nordvik&patient={OLAV}&do=go");
    let (status, location, body) = step("POST", &ehr("authorize"), Some(&form));
    assert_eq!(status, 303, "{body}");
    assert!(location.starts_with(BACK));
    let told = app.exchange(&sent(&location, "code"), &[]).expect(200).json();
    assert!(told["patient"].is_string(), "{told}");
    let (status, _, _) = step("POST", &ehr("authorize"), Some(&form));
    assert_eq!(status, 400, "a page counts once");
}

#[test]
fn user_scopes_reach_whomever_the_policies_give() {
    let app = App::new(true);
    let token = app.in_journal("lege-legevakt-nordvik", SOLVEIG, "launch user/Patient.rs");
    let patient = format!("/9901/fhir/r4/Patient/{}", token.patient());
    token.get(&patient).expect(200);
    assert!(
        token.get("/9901/fhir/r4/EpisodeOfCare").expect(200).resources().is_empty(),
        "another type"
    );
}

/// A system as SMART Backend Services knows it.
pub struct System {
    id: &'static str,
    dpop: DpopKey,
    key: ClientKey,
}

impl System {
    pub fn new(id: &'static str) -> System {
        let (dpop, key) = (DpopKey::generate(), ClientKey::generate(SigningAlgorithm::Es384));
        let (dpop, key) = (dpop.expect("a key"), key.expect("a key"));
        let register = json!({"client_id": id, "jwk": Value::Object(key.public_jwk())});
        Ask::new("POST", &format!("{}/sandbox/helseid/clients", shared().url))
            .json(&register)
            .send()
            .expect(200);
        System { id, dpop, key }
    }

    /// `aud` is the token endpoint, and it is good for five minutes at most.
    pub fn claims(&self) -> Value {
        let now = now_ms() / 1000;
        json!({"iss": self.id, "sub": self.id, "aud": ehr("token"), "iat": now, "exp": now + 300, "jti": super::app::uuid()})
    }

    pub fn assertion(&self, claims: &Value) -> String {
        self.key.sign(claims).expect("signed")
    }

    /// The token request.
    pub fn ask(&self, scope: &str, assertion: &str) -> Answer {
        let form = format!(
            "grant_type=client_credentials&scope={}&client_assertion_type={}&client_assertion={assertion}",
            encode(scope),
            encode(ASSERTION)
        );
        let url = ehr("token");
        let proof = self.dpop.proof("POST", &url, None, now_ms()).expect("a proof");
        Ask::new("POST", &url)
            .header("dpop", &proof)
            .body(crate::client::FORM, &form)
            .send()
    }
}

#[test]
fn a_system_gets_a_token_by_backend_services() {
    let system = System::new("vkp");
    let ask = |scope: &str| system.ask(scope, &system.assertion(&system.claims()));
    let told = ask("system/Observation.rs").expect(200).json();
    assert_eq!(
        (&told["scope"], &told["token_type"]),
        (&json!("system/Observation.rs"), &json!("DPoP"))
    );
    let get = |path: &str| {
        let (url, token) = (format!("{}{path}", shared().url), told["access_token"].as_str().expect("a token"));
        let proof = system.dpop.proof("GET", &url, Some(token), now_ms()).expect("a proof");
        Ask::new("GET", &url)
            .header("authorization", &format!("DPoP {token}"))
            .header("dpop", &proof)
            .send()
    };
    get("/9901/fhir/r4/Observation?_count=5").expect(200);
    assert!(
        get("/9901/fhir/r4/Patient?_count=5").expect(200).resources().is_empty(),
        "another type"
    );
    for wrong in [
        "patient/*.rs",
        "system/Observation.rs?category=vital-signs",
        "system/*.read",
        "user/*.rs",
    ] {
        assert_eq!(ask(wrong).expect(400).json()["error"], "invalid_scope", "{wrong}");
    }
}
