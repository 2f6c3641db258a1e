//! From launch to data, as an app does it.

use super::app::{App, BACK, ehr, sent, step};
use crate::client::{Ask, OLAV, SOLVEIG, encode, now_ms};
use crate::server::shared;
use kilde_sandbox::{ClientKey, DpopKey, SigningAlgorithm};
use serde_json::{Value, json};

/// The server conveys its SMART capabilities at `.well-known/smart-configuration` below the FHIR base (SMART App Launch, conformance)
#[test]
fn the_configuration_is_open_and_names_what_is_there() {
    let told = Ask::new("GET", &format!("{}/9901/fhir/r4/.well-known/smart-configuration", shared().url))
        .send()
        .expect(200);
    assert!(told.header("content-type").starts_with("application/json"));
    let told = told.json();
    for (name, path) in [("authorization_endpoint", "authorize"), ("token_endpoint", "token")] {
        assert_eq!(told[name], ehr(path));
    }
    for needed in ["grant_types_supported", "capabilities", "code_challenge_methods_supported"] {
        assert!(told[needed].is_array(), "{needed} is required");
    }
    assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]), "S256 and not plain");
    for capability in [
        "launch-ehr",
        "launch-standalone",
        "context-ehr-patient",
        "permission-v2",
        "client-confidential-asymmetric",
    ] {
        assert!(
            told["capabilities"].as_array().is_some_and(|all| all.contains(&json!(capability))),
            "{capability}"
        );
    }
    let nowhere = Ask::new("GET", &format!("{}/1234/fhir/r4/.well-known/smart-configuration", shared().url)).send();
    assert_eq!(nowhere.status, 404);
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
    let told = app.exchange(&sent(&location, "code"), "").expect(200).json();
    assert!(told["patient"].is_string(), "{told}");
    let (status, _, _) = step("POST", &ehr("authorize"), Some(&form));
    assert_eq!(status, 400, "a page counts once");
}

#[test]
fn a_system_gets_a_token_by_backend_services() {
    let (dpop, key) = (
        DpopKey::generate().expect("a key"),
        ClientKey::generate(SigningAlgorithm::Es256).expect("a key"),
    );
    let register = json!({"client_id": "vkp", "jwk": Value::Object(key.public_jwk())});
    Ask::new("POST", &format!("{}/sandbox/helseid/clients", shared().url))
        .json(&register)
        .send()
        .expect(200);
    let url = ehr("token");
    let ask = |scope: &str| {
        let now = now_ms() / 1000;
        // As SMART Backend Services says: aud is the token endpoint, at most five minutes.
        let claims = json!({"iss": "vkp", "sub": "vkp", "aud": url, "iat": now, "exp": now + 300, "jti": super::app::uuid()});
        let form = format!(
            "grant_type=client_credentials&scope={}&client_assertion_type={}&client_assertion={}",
            encode(scope),
            encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            key.sign(&claims).expect("signed")
        );
        let proof = dpop.proof("POST", &url, None, now_ms()).expect("a proof");
        Ask::new("POST", &url)
            .header("dpop", &proof)
            .body(crate::client::FORM, &form)
            .send()
    };
    let told = ask("system/Observation.rs").expect(200).json();
    assert_eq!(
        (&told["scope"], &told["token_type"]),
        (&json!("system/Observation.rs"), &json!("DPoP"))
    );
    let get = |path: &str| {
        let (url, token) = (format!("{}{path}", shared().url), told["access_token"].as_str().expect("a token"));
        let proof = dpop.proof("GET", &url, Some(token), now_ms()).expect("a proof");
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
