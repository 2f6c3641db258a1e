//! What must not come of a login.

use super::browser::Browser;
use crate::client::{Ask, OLAV, SOLVEIG, parameters};
use crate::server::shared;
use kilde_sandbox::idporten::Wrong;

#[test]
fn every_wrong_id_token_logs_nobody_in() {
    for (name, wrong) in Wrong::EVERY {
        let browser = Browser::new(&shared().url);
        let back = browser.choose(&browser.begin(), OLAV, &format!("&acr=idporten-loa-high&wrong={name}"));
        let shown = browser.get(&back);
        let expected = match wrong {
            Wrong::LowerLevel | Wrong::NoLevel => 403,
            _ => 400,
        };
        assert_eq!(shown.status, expected, "{name}");
        assert!(shown.text.contains("role=\"alert\"") && !shown.text.contains(OLAV), "{name}");
        assert!(!browser.jar.borrow().keys().any(|name| name == "__Host-kilde-9901"), "{name}");
        browser.get_json("/9901/innbygger/tilgangslogg").expect(401);
    }
}

#[test]
fn a_level_below_high_is_not_enough() {
    let browser = Browser::new(&shared().url);
    let page = browser.begin();
    let uri = page.split("request_uri=").nth(1).expect("request_uri");
    let form = format!("request_uri={uri}&other={OLAV}&acr=idporten-loa-substantial&do=login");
    assert_eq!(browser.ask("POST", "/sandbox/idporten/authorize", &[], Some(&form)).status, 400);
}

#[test]
fn an_answer_of_another_login_is_refused() {
    // The victim's browser is sent back with the attacker's code: she would be logged in as him.
    let (victim, attacker) = (Browser::new(&shared().url), Browser::new(&shared().url));
    let back = attacker.choose(&attacker.begin(), SOLVEIG, "&acr=idporten-loa-high");
    assert_eq!(victim.get(&back).status, 400, "without a login of her own");
    victim.begin();
    assert_eq!(victim.get(&back).status, 400, "with another login under way");
    // The attempt has used up neither the attacker's state nor, for him, the code.
    assert_eq!(attacker.get(&back).status, 200);
    assert_eq!(attacker.get(&back).status, 400, "the same answer twice");
}

#[test]
fn state_and_issuer_must_be_those_of_the_login() {
    for change in [
        ("state=", "state=x"),
        ("iss=", "iss=x"),
        ("&iss=", "&other="),
        ("code=", "kode="),
        ("code=", "code=a&code="),
    ] {
        let browser = Browser::new(&shared().url);
        let back = browser.choose(&browser.begin(), OLAV, "&acr=idporten-loa-high");
        let changed = back.replacen(change.0, change.1, 1);
        assert_eq!(browser.get(&changed).status, 400, "{change:?}");
        assert_eq!(browser.get(&back).status, 400, "a login is tried once: {change:?}");
    }
}

#[test]
fn a_login_that_is_broken_off_is_told_kindly() {
    let browser = Browser::new(&shared().url);
    let page = browser.begin();
    let uri = page.split("request_uri=").nth(1).expect("request_uri");
    let back = browser.ask(
        "POST",
        "/sandbox/idporten/authorize",
        &[],
        Some(&format!("request_uri={uri}&do=cancel")),
    );
    let shown = browser.get(&back.expect(303).location).expect(200);
    assert!(shown.text.contains("broten") || shown.text.contains("brutt"), "{}", shown.text);
}

#[test]
fn a_session_opens_the_citizens_own_doors_only() {
    let browser = Browser::logged_in(&shared().url, OLAV);
    let ask = |method: &str, path: &str| browser.ask(method, path, &[("accept", "application/json")], None).status;
    for path in [
        "/9901/fhir/r4/Patient",
        "/9901/fhir/r4/$export",
        "/9901/okt/v1/okt-status/11833810555",
        "/9901/admin/quarantine",
        "/9901/rettelser",
    ] {
        assert_eq!(ask("GET", path), 401, "{path}");
    }
    assert_eq!(ask("GET", "/9902/innbygger/tilgangslogg"), 401, "another municipality");
    let csrf = browser.csrf();
    let overview = browser.ask(
        "POST",
        "/9901/fhir/r4/$overview",
        &[("kilde-csrf", &csrf)],
        Some(&parameters(OLAV, None).to_string()),
    );
    assert_eq!(overview.status, 401);
    // A cookie beside a token lends it nothing.
    let jar = browser.jar.borrow();
    let cookie = format!("__Host-kilde-9901={}", jar["__Host-kilde-9901"]);
    let answer = Ask::new("GET", &format!("{}/9901/innbygger/tilgangslogg", shared().url))
        .header("cookie", &cookie)
        .header("authorization", "DPoP a.b.c")
        .send();
    assert_eq!(answer.status, 401);
    let twice = Ask::new("GET", &format!("{}/9901/innbygger/tilgangslogg", shared().url))
        .header("cookie", &format!("{cookie}; __Host-kilde-9901=x"))
        .send();
    assert_eq!(twice.status, 401);
}

#[test]
fn id_portens_tokens_open_no_api_and_helseids_no_session() {
    let browser = Browser::logged_in(&shared().url, OLAV);
    let csrf = browser.csrf();
    let out = browser
        .ask("POST", "/9901/innbygger/logout", &[], Some(&format!("csrf={csrf}")))
        .expect(303);
    let id_token = out.sent("id_token_hint");
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG);
    for scheme in ["DPoP", "Bearer"] {
        let answer = Ask::new("POST", &nurse.url("/9901/fhir/r4/$overview"))
            .header("authorization", &format!("{scheme} {id_token}"))
            .header("dpop", &nurse.proof("POST", "/9901/fhir/r4/$overview"))
            .json(&parameters(OLAV, None))
            .send()
            .expect(401);
        let rule = if scheme == "DPoP" { "token_issuer" } else { "scheme_not_allowed" };
        assert_eq!(answer.rule(), rule);
    }
    let stolen = Browser::new(&shared().url);
    stolen
        .jar
        .borrow_mut()
        .insert("__Host-kilde-9901".to_owned(), nurse.token().chars().take(120).collect());
    stolen.get_json("/9901/innbygger/tilgangslogg").expect(401);
    let level = nurse.get("/9901/innbygger/tilgangslogg");
    assert_eq!((level.status, level.rule().as_str()), (403, "scope_missing"));
}

#[test]
fn logging_in_anew_ends_the_session_before() {
    let browser = Browser::logged_in(&shared().url, OLAV);
    let old = browser.jar.borrow()["__Host-kilde-9901"].clone();
    let back = browser.choose(&browser.begin(), SOLVEIG, "&acr=idporten-loa-high");
    browser.get(&back).expect(200);
    assert_ne!(browser.jar.borrow()["__Host-kilde-9901"], old);
    let fixed = Browser::new(&shared().url);
    fixed.jar.borrow_mut().insert("__Host-kilde-9901".to_owned(), old);
    fixed.get_json("/9901/innbygger/tilgangslogg").expect(401);
}

#[test]
fn logging_out_must_come_from_our_page() {
    let browser = Browser::logged_in(&shared().url, OLAV);
    assert_eq!(browser.ask("POST", "/9901/innbygger/logout", &[], Some("csrf=x")).status, 403);
    assert_eq!(browser.ask("POST", "/9901/innbygger/logout", &[], None).status, 403);
    browser.get_json("/9901/innbygger/tilgangslogg").expect(200);
}

#[test]
fn the_back_channel_ends_the_session_that_it_names() {
    let (here, stays) = (crate::client::stranger(31), crate::client::stranger(32));
    let browser = Browser::logged_in(&shared().url, &here);
    let other = Browser::logged_in(&shared().url, &stays);
    let spare = Browser::new(&shared().url);
    let send = |more: &str| {
        let form = format!("client_id=innbygger-portal&pid={here}{more}");
        let token = spare
            .ask("POST", "/sandbox/idporten/logout-token", &[], Some(&form))
            .expect(200)
            .text;
        let token: serde_json::Value = serde_json::from_str(&token).expect("JSON");
        let form = format!("logout_token={}", token["logout_token"].as_str().expect("a token"));
        spare.ask("POST", "/innbygger/backchannel-logout", &[], Some(&form)).status
    };
    for wrong in ["nonce", "no-event", "audience", "old"] {
        assert_eq!(send(&format!("&wrong={wrong}")), 400, "{wrong}");
        browser.get_json("/9901/innbygger/session").expect(200);
    }
    assert_eq!(send(""), 200);
    browser.get_json("/9901/innbygger/session").expect(401);
    other.get_json("/9901/innbygger/session").expect(200);
    assert_eq!(
        spare
            .ask("POST", "/innbygger/backchannel-logout", &[], Some("logout_token=a.b.c"))
            .status,
        400
    );
}
