//! The published packages: they load, their snapshots can be made, their examples are valid or
//! have the defects that are known.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::profile::{Snapshot, Validator};
use std::sync::LazyLock;
use support::norwegian;

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let (validator, not_loaded) = norwegian::validator(&support::data("packages")?);
    assert!(
        not_loaded.len() == 1 && not_loaded[0].starts_with("package-fhir-version: "),
        "one package is for R5, all others load: {not_loaded:?}"
    );
    Some(validator)
});

#[test]
fn all_profiles_compile() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    assert_eq!(validator.packages().packages().count(), 9);
    let findings = validator.check_profiles();
    assert!(findings.is_empty(), "{findings:?}");
}

/// What matters of an element, for comparison.
fn essence(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = snapshot
        .all()
        .into_iter()
        .map(|(id, _, at)| {
            let e = snapshot.element(at);
            let types: Vec<String> = e.types().into_iter().map(|t| format!("{}{:?}", t.code, t.profiles)).collect();
            let fixed = e.property_of_type("fixed").or_else(|| e.property_of_type("pattern"));
            let fixed = fixed.map(|(_, v)| format!("{v:?}"));
            (id, format!("{}..{:?} {types:?} {fixed:?}", e.min(), e.max()))
        })
        .collect();
    found.sort();
    found
}

/// 779 of 824 have the same elements, cardinalities, types and values. Those that differ: R4 types
/// that the core package has extended or keeps otherwise (see `tables/README.md`), choices that
/// the published snapshot narrows to one type where ours has a closed slicing that does the same,
/// and extensions whose own maximum the published snapshot repeats.
#[test]
fn snapshots_from_differentials_are_those_published() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let (mut same, mut differ) = (0, Vec::new());
    for (_, resource) in validator.packages().resources() {
        if resource.resource_type() != "StructureDefinition" || resource.is_example() {
            continue;
        }
        let canonical = format!("{}|{}", resource.url(), resource.version());
        let published = validator.snapshot(&canonical).unwrap();
        let (made, findings) = validator.generate_snapshot(&canonical);
        if essence(&made.unwrap()) == essence(&published) && !findings.iter().any(Finding::is_error) {
            same += 1;
        } else {
            differ.push(canonical);
        }
    }
    println!("{same} the same, {} differ: {differ:#?}", differ.len());
    assert!(same >= 779, "only {same} the same");
}

/// The rules that each example breaks, by file. What is there is told in the data's README: an id
/// of more than 64 characters, numbers in `identifier.id`, references with a small letter, logical
/// models that are no FHIR resources.
#[test]
fn the_examples_of_the_packages() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let examples = norwegian::of_packages(validator);
    assert_eq!(examples.len(), 70);
    let lines = norwegian::lines(&examples);
    insta::assert_snapshot!(lines);
}

/// Synthea is valid R4, apart from what is told here.
#[test]
fn synthea_by_the_definitions_of_r4() {
    let (Some(validator), Some(folder)) = (VALIDATOR.as_ref(), support::data("synthea-r4")) else {
        return;
    };
    let mut rules: Vec<String> = Vec::new();
    for path in support::files(&folder, ".json.gz").into_iter().take(8) {
        let document = parse(support::read(&path), Limits::default()).unwrap();
        for entry in document.root().items("entry") {
            let findings = validator.validate(entry.get("resource").unwrap(), &[]);
            let told = |f: &Finding| format!("{} {}", f.rule, f.details.as_deref().map_or("", |d| &d.expected));
            rules.extend(findings.iter().filter(|f| f.is_error()).map(told));
        }
    }
    rules.sort();
    rules.dedup();
    insta::assert_debug_snapshot!(rules);
}
