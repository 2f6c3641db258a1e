//! FHIR XML: what is converted to JSON is JSON; converted back and forth once more, nothing changes.

use super::limits;
use kilde_fhir::json::parse;
use kilde_fhir::xml::{Layout, from_json, to_json};

pub fn run(data: &[u8]) {
    let Ok(made) = to_json(data, limits()) else { return };
    let document = parse(made.json.clone(), limits()).expect("what is converted is JSON");
    for layout in [Layout::Compact, Layout::Pretty] {
        let Ok(xml) = from_json(document.root(), layout) else { continue };
        let back = to_json(xml.as_bytes(), kilde_fhir::json::Limits::default()).expect("what is written can be read");
        assert_eq!(back.json, made.json);
    }
    let mut findings = kilde_fhir::validate::structure(document.root());
    made.relocate(data, &mut findings);
}
