//! `capabilities`: <https://hl7.org/fhir/R4/http.html#capabilities>.

use super::at;
use crate::client::Ask;
use crate::server::shared;
use serde_json::{Value, json};

/// SHALL: A server tells in its CapabilityStatement which interactions, formats and patches it has (http.html#capabilities)
#[test]
fn http_capabilities_shall_tell_interactions_formats_and_patches() {
    let statement = Ask::new("GET", &format!("{}{}", shared().url, at("metadata")))
        .send()
        .expect(200)
        .json();
    let has = |list: &Value, code: &str| list.as_array().is_some_and(|l| l.iter().any(|i| i == code || i["code"] == code));
    for format in ["application/fhir+json", "application/fhir+xml"] {
        assert!(has(&statement["format"], format));
    }
    assert!(has(&statement["patchFormat"], "application/json-patch+json"));
    let rest = &statement["rest"][0];
    for code in ["transaction", "batch", "history-system"] {
        assert!(has(&rest["interaction"], code), "{code}");
    }
    for resource in rest["resource"].as_array().expect("resources") {
        for code in [
            "read",
            "vread",
            "update",
            "patch",
            "delete",
            "history-instance",
            "history-type",
            "create",
            "search-type",
        ] {
            assert!(has(&resource["interaction"], code), "{code}");
        }
        assert_eq!(resource["conditionalDelete"], "single");
        assert_eq!(resource["conditionalRead"], "full-support");
        assert_eq!(
            (&resource["conditionalCreate"], &resource["conditionalUpdate"]),
            (&json!(true), &json!(true))
        );
    }
}
