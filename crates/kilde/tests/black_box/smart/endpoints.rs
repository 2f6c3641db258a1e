//! What a launch, a code and an assertion must not be used for.

use super::app::{ASSERTION, App, BACK, VERIFIER, ehr, sent, step, uuid};
use super::launch::System;
use crate::client::{Ask, OLAV, SOLVEIG, encode, now_ms};
use crate::server::shared;
use kilde_sandbox::{ClientKey, DpopKey, SigningAlgorithm};
use serde_json::{Value, json};

fn error(answer: &crate::client::Answer) -> String {
    format!("{} {}", answer.status, answer.json()["error"].as_str().unwrap_or_default())
}

#[test]
fn a_code_is_good_once() {
    let app = App::new(false);
    let code = app.code();
    app.exchange(&code, &[]).expect(200);
    assert_eq!(error(&app.exchange(&code, &[])), "400 invalid_grant", "replayed");
    assert_eq!(error(&app.exchange("nothing", &[])), "400 invalid_grant", "made up");
}

#[test]
pub fn a_code_is_good_for_its_own_app() {
    let (app, thief) = (App::new(false), App::new(false));
    let code = app.code();
    assert_eq!(error(&thief.exchange(&code, &[])), "400 invalid_grant");
    assert_eq!(error(&app.exchange(&code, &[])), "400 invalid_grant", "it has been shown");
}

#[test]
fn a_launch_is_good_once() {
    let app = App::new(false);
    let handle = app.launched("sykepleier-legevakt-nordvik", SOLVEIG);
    let ask = || step("GET", &app.authorize("launch patient/*.rs", Some(&handle)), None).1;
    assert!(ask().contains("code="));
    let again = ask();
    assert!(again.contains("error=invalid_request") && !again.contains("code="), "{again}");
}

#[test]
fn a_launch_is_good_in_its_own_municipality() {
    let app = App::new(false);
    let handle = app.launched("sykepleier-legevakt-nordvik", SOLVEIG);
    let elsewhere = app.authorize("launch patient/*.rs", Some(&handle)).replace("9901", "9902");
    let (_, location, _) = step("GET", &elsewhere, None);
    assert!(location.contains("error=invalid_request"), "{location}");
    let code = app.code();
    let url = ehr("token").replace("9901", "9902");
    let proof = app.dpop.proof("POST", &url, None, now_ms()).expect("a proof");
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&client_id={}&code_verifier={VERIFIER}",
        encode(BACK),
        app.id
    );
    let answer = Ask::new("POST", &url)
        .header("dpop", &proof)
        .body(crate::client::FORM, &form)
        .send();
    assert_eq!(error(&answer), "400 invalid_grant");
}

#[test]
fn the_verifier_fits_the_challenge_and_plain_is_refused() {
    let app = App::new(false);
    for verifier in ["", "short", &"x".repeat(43), &VERIFIER.to_uppercase()] {
        let answer = app.exchange(&app.code(), &[("code_verifier", verifier)]);
        assert_eq!(answer.status, 400, "{verifier}");
        assert!(
            matches!(answer.json()["error"].as_str(), Some("invalid_grant" | "invalid_request")),
            "{verifier}"
        );
    }
    let good = app.authorize("launch/patient patient/*.rs", None);
    let challenge = sent(&good, "code_challenge");
    for bad in [
        good.replace("code_challenge_method=S256", "code_challenge_method=plain"),
        good.replace("&code_challenge_method=S256", ""),
        good.replace(&format!("&code_challenge={challenge}"), ""),
        good.replace(&challenge, "short"),
    ] {
        let (status, location, _) = step("GET", &bad, None);
        assert_eq!((status, sent(&location, "error").as_str()), (303, "invalid_request"), "{bad}");
    }
}

#[test]
fn the_browser_is_sent_to_exactly_a_registered_address() {
    let app = App::new(false);
    let good = app.authorize("launch/patient patient/*.rs", None);
    for other in [
        "https://evil.example/",
        "http://127.0.0.1:9/callback/",
        "http://127.0.0.1:9/callback/../evil",
        "http://127.0.0.1:9/Callback",
        "http://127.0.0.1:9/callback?x=1",
        "http://127.0.0.1:9/callback#x",
        "http://127.0.0.1:9/",
        "http://127.0.0.1:99/callback",
        "http://localhost:9/callback",
    ] {
        let (status, location, _) = step("GET", &good.replace(&encode(BACK), &encode(other)), None);
        assert_eq!((status, location.as_str()), (400, ""), "{other}");
    }
    assert_eq!(step("GET", &good.replace(&app.id, "nobody"), None).0, 400, "nobody's client id");
    assert_eq!(
        step("GET", &format!("{good}&redirect_uri={}", encode("https://evil.example/")), None).0,
        400,
        "two of them"
    );
    let answer = app.exchange(&app.code(), &[("redirect_uri", "http://127.0.0.1:9/other")]);
    assert_eq!(error(&answer), "400 invalid_grant", "the token request names the same");
}

#[test]
fn state_must_be_there_and_comes_back_as_it_was() {
    let app = App::new(false);
    let good = app.authorize("launch patient/*.rs", Some(&app.launched("sykepleier-legevakt-nordvik", SOLVEIG)));
    assert_eq!(step("GET", &good.replace("&state=s", ""), None).0, 400);
    let (_, location, _) = step("GET", &good.replace("&state=s", "&state=a%26code%3Dx%20%C3%A6"), None);
    assert_eq!(sent(&location, "state"), "a%26code%3Dx%20%C3%A6", "{location}");
    assert_eq!(location.matches("code=").count(), 1, "{location}");
}

#[test]
fn aud_must_be_the_base_that_the_token_is_for() {
    let app = App::new(false);
    let good = app.authorize("launch/patient patient/*.rs", None);
    let aud = sent(&good, "aud");
    for other in [
        aud.replace("9901", "9902"),
        encode("https://evil.example/9901/fhir/r4"),
        String::new(),
    ] {
        let (status, location, _) = step("GET", &good.replace(&aud, &other), None);
        assert_eq!((status, sent(&location, "error").as_str()), (303, "invalid_request"), "{other}");
    }
    let other_scope = app.authorize("launch/patient patient/*.read", None);
    let token_type = good.replace("response_type=code", "response_type=token");
    for (bad, error) in [(other_scope, "invalid_scope"), (token_type, "unsupported_response_type")] {
        let (_, location, _) = step("GET", &bad, None);
        assert_eq!(sent(&location, "error"), error);
    }
}

#[test]
pub fn a_confidential_app_shows_its_key() {
    let app = App::new(true);
    let key = app.key.as_ref().expect("a key");
    let other = ClientKey::generate(SigningAlgorithm::Es384).expect("a key");
    let mut signed = vec![("no key", String::new())];
    let mut wrong = |name, claims: Value, key: &ClientKey| signed.push((name, key.sign(&claims).expect("signed")));
    wrong("another key", app.claims(), &other);
    let now = now_ms() / 1000;
    for (name, member, value) in [
        ("another audience", "aud", json!("https://evil.example/token")),
        ("another municipality", "aud", json!(ehr("token").replace("9901", "9902"))),
        ("expired", "exp", json!(now - 1)),
        ("too long", "exp", json!(now + 3600)),
        ("no end", "exp", Value::Null),
        ("no jti", "jti", Value::Null),
        ("another's name", "sub", json!("somebody")),
    ] {
        let mut claims = app.claims();
        claims[member] = value;
        wrong(name, claims, key);
    }
    for (name, assertion) in &signed {
        let answer = app.post(
            &app.code(),
            &[("client_assertion_type", ASSERTION), ("client_assertion", assertion)],
        );
        assert_eq!(error(&answer), "401 invalid_client", "{name}");
    }
    app.exchange(&app.code(), &[]).expect(200);
}

#[test]
pub fn an_assertion_is_good_once() {
    let app = App::new(true);
    let assertion = app.key.as_ref().expect("a key").sign(&app.claims()).expect("signed");
    let shown = [("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
    app.post(&app.code(), &shown).expect(200);
    assert_eq!(error(&app.post(&app.code(), &shown)), "401 invalid_client", "an app's");
    let system = System::new("tavle-nordvik");
    let assertion = system.assertion(&system.claims());
    system.ask("system/Observation.rs", &assertion).expect(200);
    assert_eq!(
        error(&system.ask("system/Observation.rs", &assertion)),
        "401 invalid_client",
        "a system's"
    );
}

#[test]
fn a_systems_assertion_is_for_this_endpoint_and_five_minutes() {
    let system = System::new("tavle-nordvik");
    let now = now_ms() / 1000;
    for (name, member, value) in [
        ("another audience", "aud", json!("https://evil.example/token")),
        ("two audiences", "aud", json!([ehr("token"), "https://evil.example/token"])),
        ("expired", "exp", json!(now - 1)),
        ("too long", "exp", json!(now + 301)),
        ("no jti", "jti", Value::Null),
        ("another's name", "sub", json!("vkp")),
    ] {
        let mut claims = system.claims();
        claims["iat"] = json!(now);
        claims[member] = value;
        let answer = system.ask("system/Observation.rs", &system.assertion(&claims));
        assert_eq!(answer.status, 401, "{name}: {}", answer.start());
    }
}

#[test]
fn a_client_id_is_not_taken_over() {
    let app = App::new(true);
    let register = |uris: Value, jwk: Value| {
        let body = json!({"client_id": app.id, "redirect_uris": uris, "jwk": jwk});
        Ask::new("POST", &ehr("apps")).json(&body).send().status
    };
    let own = Value::Object(app.key.as_ref().expect("a key").public_jwk());
    assert_eq!(register(json!([BACK]), Value::Null), 400, "without the key");
    assert_eq!(register(json!(["https://evil.example/"]), own.clone()), 400, "with another address");
    assert_eq!(register(json!([BACK]), own), 201, "as it is");
}

#[test]
fn a_token_is_good_with_its_own_key_only() {
    let app = App::new(false);
    let token = app.in_journal("sykepleier-legevakt-nordvik", SOLVEIG, "launch patient/*.rs");
    let text = token.told["access_token"].as_str().expect("a token");
    let url = format!("{}/9901/fhir/r4/Patient/{}", shared().url, token.patient());
    let bearer = Ask::new("GET", &url).header("authorization", &format!("Bearer {text}")).send();
    assert_eq!(bearer.status, 401, "{}", bearer.start());
    let thief = DpopKey::generate().expect("a key");
    let proof = thief.proof("GET", &url, Some(text), now_ms()).expect("a proof");
    let stolen = Ask::new("GET", &url)
        .header("authorization", &format!("DPoP {text}"))
        .header("dpop", &proof);
    assert_eq!(stolen.send().status, 401);
}

#[test]
fn no_person_and_no_secret_stands_in_an_address() {
    let app = App::new(false);
    let handle = app.launched("sykepleier-legevakt-nordvik", SOLVEIG);
    let asked = app.authorize("launch patient/*.rs", Some(&handle));
    let (_, location, _) = step("GET", &asked, None);
    let told = app.exchange(&sent(&location, "code"), &[]).expect(200);
    let token = told.json()["access_token"].as_str().expect("a token").to_owned();
    assert!(!told.text().replace(&token, "").contains(SOLVEIG), "nor beside the token");
    assert_eq!(told.header("cache-control"), "no-store");
    let (_, _, page) = step("GET", &app.authorize("launch/patient patient/*.rs", None), None);
    assert!(
        page.contains("method=\"post\"") && !page.contains("http://127.0.0.1:9"),
        "the form is posted"
    );
    for address in [asked, location] {
        assert!(
            [SOLVEIG, OLAV, "Solveig", "sykepleier", VERIFIER]
                .iter()
                .all(|secret| !address.contains(secret)),
            "{address}"
        );
    }
    let log = std::fs::read_to_string(&shared().stderr).expect("the technical log");
    assert!(!log.contains(&token) && !log.contains(&handle) && !log.contains(&uuid()));
}
