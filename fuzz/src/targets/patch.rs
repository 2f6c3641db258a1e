//! JSON Patch (an array) and FHIRPath Patch (an object) on a small resource.

use super::{PATIENT, limits};
use kilde_fhir::json::{Document, parse};
use kilde_fhir::patch::{fhirpath_patch, json_patch};
use std::sync::LazyLock;

static RESOURCE: LazyLock<Document> = LazyLock::new(|| parse(PATIENT, limits()).expect("a seed is JSON"));

pub fn run(data: &[u8]) {
    let Ok(patch) = parse(data, limits()) else { return };
    let before = RESOURCE.text().to_owned();
    let outcome = if patch.root().is_array() {
        json_patch(RESOURCE.root(), patch.root(), limits())
    } else {
        fhirpath_patch(RESOURCE.root(), patch.root(), limits())
    };
    if let Ok(changed) = outcome {
        assert!(changed.len() <= limits().bytes);
        let document = parse(changed, limits()).expect("a patched resource is JSON");
        kilde_fhir::validate::structure(document.root());
    }
    assert_eq!(RESOURCE.text(), before);
}
