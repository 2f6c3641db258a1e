//! FHIR JSON: what is read and written is read and written again as the same; structure, summary and
//! search values of anything that is JSON.

use super::limits;
use kilde_fhir::json::{parse, write_compact};
use kilde_fhir::view::{Elements, Summary, elements, pretty, summary};

pub fn run(data: &[u8]) {
    let Ok(document) = parse(data, limits()) else { return };
    let mut once = String::new();
    write_compact(document.root(), &mut once);
    let again = parse(once.clone(), limits()).expect("what is written can be read");
    let mut twice = String::new();
    write_compact(again.root(), &mut twice);
    assert_eq!(once, twice);
    let mut shown = String::new();
    pretty(document.root(), &mut shown);
    let shown = parse(shown, kilde_fhir::json::Limits::default()).expect("what is shown can be read");
    let mut thrice = String::new();
    write_compact(shown.root(), &mut thrice);
    assert_eq!(once, thrice);
    let findings = kilde_fhir::validate::structure(document.root());
    assert!(findings.iter().all(|f| !f.rule.is_empty() && !f.nb.is_empty() && !f.en.is_empty()));
    for kind in ["true", "text", "data", "count"] {
        if let Some(kind) = Summary::from_code(kind) {
            parse(summary(document.root(), kind), limits()).expect("a summary is JSON");
        }
    }
    parse(elements(document.root(), &Elements::new("id,name,code.coding")), limits()).expect("a view is JSON");
    kilde_fhir::search::extract(document.root(), &mut |_, _| {});
    kilde_fhir::search::patient_references(document.root());
}
