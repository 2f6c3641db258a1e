//! SNOMED CT's Expression Constraint Language over a code system of a few concepts.

use super::limits;
use kilde_fhir::json::parse;
use kilde_fhir::terminology::{ExpandRequest, Filter, Include, Terminology, TerminologyBuilder, ValueSet};
use std::sync::LazyLock;

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| {
    let mut builder = TerminologyBuilder::new();
    let system = parse(include_str!("../../seeds/snomed-small.json"), limits()).expect("a seed is JSON");
    builder.resource(system.root());
    builder.build().0
});

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let set = ValueSet {
        url: "http://example.org/fuzz".to_owned(),
        include: vec![Include {
            system: Some("http://snomed.info/sct".to_owned()),
            filters: vec![Filter {
                property: "constraint".to_owned(),
                op: "=".to_owned(),
                value: text.to_owned(),
            }],
            ..Include::default()
        }],
        ..ValueSet::default()
    };
    let request = ExpandRequest {
        value_set: Some(set),
        ..ExpandRequest::default()
    };
    TERMINOLOGY.expand(&request).ok();
    TERMINOLOGY.in_value_set(
        &format!("http://snomed.info/sct?fhir_vs=ecl/{text}"),
        Some("http://snomed.info/sct"),
        "138875005",
    );
}
