//! The login as it should be, and what it opens.

use super::browser::Browser;
use crate::client::{OLAV, SOLVEIG, eleven_digits, parameters};
use crate::server::shared;

/// The page is the same for everybody, wherever in it she is; without it in the build it is the start page.
#[test]
fn the_citizens_page_is_below_her_municipality() {
    let browser = Browser::new(&shared().url);
    for path in ["min-side", "min-side/krav/ny"] {
        let page = browser.get(&format!("/9901/innbygger/{path}"));
        match page.status {
            200 => assert!(page.text.contains("<div id=\"root\"></div>"), "{}", page.text),
            303 => assert!(page.location.ends_with("/9901/innbygger"), "{}", page.location),
            other => panic!("{other} for {path}"),
        }
        assert_eq!(browser.get(&format!("/1234/innbygger/{path}")).status, 404);
    }
}

#[test]
fn a_citizen_logs_in_reads_and_logs_out() {
    let browser = Browser::new(&shared().url);
    let start = browser.get("/9901/innbygger").expect(200);
    assert!(start.text.contains("Logg inn med ID-porten") && start.text.contains("/9901/innbygger/login?lang=nb"));
    let page = browser.begin();
    // Nothing of the request but its name stands in the address (RFC 9126).
    assert!(
        page.contains("/sandbox/idporten/authorize?client_id=innbygger-portal&request_uri=urn"),
        "{page}"
    );
    assert!(!page.contains("state") && !page.contains("redirect_uri") && !page.contains("nonce"));
    let choosing = browser.get(&page).expect(200);
    assert!(choosing.text.contains("lang=\"nn\"") && choosing.text.contains("Olav Nygård"));
    let back = browser.choose(&page, OLAV, "&acr=idporten-loa-high");
    let done = browser.get(&back).expect(200);
    assert!(done.text.contains("http-equiv=\"refresh\"") && done.text.contains("Du er logga inn"));
    let cookie = done
        .cookies
        .iter()
        .find(|c| c.starts_with("__Host-kilde-9901="))
        .expect("a session");
    for needed in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(needed), "{cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Max-Age"), "{cookie}");
    assert!(cookie.len() < 150, "a name and no token: {cookie}");

    let inside = browser.get("/9901/innbygger").expect(200);
    assert!(inside.text.contains("Logg ut") && inside.text.contains("/9901/innbygger/tilgangslogg"));
    // Somebody has looked, whatever other tests ran before this one.
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    nurse.post("/9901/fhir/r4/$overview", &parameters(OLAV, None)).expect(200);
    let log = browser.get("/9901/innbygger/tilgangslogg").expect(200);
    assert!(log.text.contains("<h1>Kven har sett opplysningane dine") && log.text.contains("kvittering"));
    assert_eq!(eleven_digits(&log.text), Vec::<&str>::new());
    let insight = browser.get("/9901/innbygger/innsyn").expect(200);
    assert!(insight.text.contains("<html lang=\"nn\">") && insight.text.contains("Nygård"));
    // The APIs, as a page of ours would ask.
    let json: serde_json::Value = serde_json::from_str(&browser.get_json("/9901/innbygger/tilgangslogg").expect(200).text).expect("JSON");
    assert!(json["entries"].as_array().is_some_and(|all| !all.is_empty()));

    let session: serde_json::Value = serde_json::from_str(&browser.get_json("/9901/innbygger/session").expect(200).text).expect("JSON");
    assert_eq!(session["municipality"], "Nordvik");
    // Which entries are her own is told without her language.
    let own = |entry: &serde_json::Value| entry["own"] == true;
    let all = json["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(
        all.iter().all(|entry| own(entry) == (entry["who"] == "Deg sjølv")) && all.iter().any(own),
        "{json}"
    );

    let csrf = browser.csrf();
    let out = browser.ask(
        "POST",
        "/9901/innbygger/logout",
        &[("sec-fetch-site", "same-origin")],
        Some(&format!("csrf={csrf}")),
    );
    let out = out.expect(303);
    assert!(out.location.contains("/sandbox/idporten/logout?id_token_hint="), "{}", out.location);
    let home = browser.get(&out.location).expect(303);
    // Back to the start, in the language that she had chosen.
    assert!(home.location.ends_with("/9901/innbygger?state=nn"), "{}", home.location);
    browser.get_json("/9901/innbygger/tilgangslogg").expect(401);
    assert!(
        browser
            .get("/9901/innbygger/innsyn")
            .expect(303)
            .location
            .ends_with("/9901/innbygger")
    );
}

#[test]
fn a_session_sees_its_own_citizen_and_nobody_else() {
    let (olav, solveig) = (Browser::logged_in(&shared().url, OLAV), Browser::logged_in(&shared().url, SOLVEIG));
    let text = olav.get("/9901/innbygger/innsyn").expect(200).text;
    assert!(text.contains("Nygård") && !text.contains("Solveig"));
    let text = solveig.get("/9901/innbygger/innsyn").expect(200).text;
    assert!(text.contains("Solveig") && !text.contains("Nygård"));
}

#[test]
fn a_change_needs_the_word_against_forgery() {
    let browser = Browser::logged_in(&shared().url, "16758532406");
    let ask = |headers: &[(&str, &str)]| {
        let mut all = vec![("accept", "application/json"), ("content-type", "application/json")];
        all.extend(headers);
        browser.ask("PUT", "/9901/innbygger/reservasjon", &all, None).status
    };
    let csrf = browser.csrf();
    assert_eq!(ask(&[]), 403);
    assert_eq!(ask(&[("kilde-csrf", "wrong")]), 403);
    assert_eq!(ask(&[("kilde-csrf", &csrf), ("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(ask(&[("kilde-csrf", &csrf), ("origin", "https://evil.example")]), 403);
    let taken = ask(&[("kilde-csrf", &csrf), ("sec-fetch-site", "same-origin"), ("origin", &shared().url)]);
    assert_ne!(taken, 403);
    assert_ne!(taken, 401);
    let another = Browser::logged_in(&shared().url, OLAV).csrf();
    assert_eq!(ask(&[("kilde-csrf", &another)]), 403);
}

#[test]
fn pages_are_whole_in_three_languages_and_run_no_script() {
    let browser = Browser::new(&shared().url);
    for (lang, word) in [
        ("nb", "helseopplysningene dine"),
        ("nn", "helseopplysningane dine"),
        ("en", "your health information"),
    ] {
        let page = browser.get(&format!("/9901/innbygger?lang={lang}")).expect(200);
        assert!(
            page.text.contains(&format!("<html lang=\"{lang}\">")) && page.text.contains(word),
            "{lang}"
        );
        assert!(page.text.contains("<main>") && page.text.contains("<h1>") && !page.text.contains("<script"));
        let policy = page
            .headers
            .get("content-security-policy")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(page.headers.get("cache-control").and_then(|v| v.to_str().ok()), Some("no-store"));
    }
    assert_eq!(browser.get("/1234/innbygger").status, 404);
}
