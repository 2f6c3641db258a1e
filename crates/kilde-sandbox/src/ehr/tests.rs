//! What is granted, and where a browser may be sent.

use super::{granted, is_redirect};

#[test]
fn scopes_are_granted_as_asked_or_refused() {
    let all = |asked, user| granted(asked, user).map(|all| all.join(" ")).map_err(|e| e.error);
    assert_eq!(
        all("launch patient/Observation.rs openid patient/Observation.rs user/Patient.r", true).as_deref(),
        Ok("patient/Observation.rs user/Patient.r")
    );
    assert_eq!(all("system/*.cruds", false).as_deref(), Ok("system/*.cruds"));
    for wrong in [
        "",
        "openid launch",
        "patient/Observation.read",
        "patient/Observation.sr",
        "patient/Observation.rs?category=x",
        "patient/observation.rs",
        "patient/*.",
        "patient/*",
        "system/*.rs",
    ] {
        assert_eq!(all(wrong, true), Err("invalid_scope"), "{wrong}");
    }
    assert_eq!(all("patient/*.rs", false), Err("invalid_scope"));
}

#[test]
fn browsers_are_sent_to_https_and_this_machine_only() {
    for good in ["https://app.example/callback", "http://127.0.0.1:9000/cb", "http://localhost/cb"] {
        assert!(is_redirect(good), "{good}");
    }
    for bad in [
        "http://app.example/",
        "javascript:alert(1)",
        "https://a@b/",
        "https://a/?x=1",
        "https://a/#x",
        "https://a/\"",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "https://a/\r\nx",
    ] {
        assert!(!is_redirect(bad), "{bad}");
    }
}
