//! Validation of real R4 data: what is valid gives no error.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::validate::structure;
use std::time::Instant;
use support::norwegian;

fn validate(name: &str, text: Vec<u8>) -> Vec<Finding> {
    let document = parse(text, Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    structure(document.root())
}

fn told(name: &str, findings: &[Finding]) -> String {
    findings
        .iter()
        .filter(|f| f.is_error())
        .map(|f| {
            format!(
                "{name} {} {} {}: {}\n",
                f.position.map(|p| p.to_string()).unwrap_or_default(),
                f.rule,
                f.expression,
                f.en
            )
        })
        .collect()
}

#[test]
fn all_synthea_bundles_are_valid() {
    let Some(folder) = support::data("synthea-r4") else { return };
    let (mut errors, mut bytes, mut resources, mut parsing, mut validating) = (String::new(), 0, 0, 0.0, 0.0);
    let bundles = support::files(&folder, ".json.gz");
    assert_eq!(bundles.len(), 80);
    for path in bundles {
        let text = support::read(&path);
        bytes += text.len();
        let start = Instant::now();
        let document = parse(text, Limits::default()).unwrap();
        parsing += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let findings = structure(document.root());
        validating += start.elapsed().as_secs_f64();
        resources += document.root().items("entry").count();
        errors.push_str(&told(&path.file_name().unwrap().to_string_lossy(), &findings));
    }
    let each = |seconds: f64| seconds * 1e6 / resources as f64;
    println!(
        "{resources} resources, {bytes} bytes: parse {:.1} us, validate {:.1} us each",
        each(parsing),
        each(validating)
    );
    assert!(errors.is_empty(), "{errors}");
}

#[test]
fn the_core_package_itself() {
    let Some(path) = support::data("packages/hl7.fhir.r4.core-4.0.1.tgz") else {
        return;
    };
    let mut errors = String::new();
    let files = support::package(&path);
    assert!(files.len() > 4000);
    for (name, text) in files {
        errors.push_str(&told(&name, &validate(&name, text)));
    }
    assert!(errors.is_empty(), "{errors}");
}

/// Findings that the published examples are known to have (see the README of the data).
#[test]
fn the_norwegian_examples() {
    let Some(folder) = support::data("norway") else { return };
    let lines = norwegian::lines(&norwegian::of_folder(&folder).unwrap());
    insta::assert_snapshot!(lines);
}

/// Where HL7's validator finds no error, we find none, but for two cases. (It finds more than we
/// do: profiles, invariants and terminology.)
#[test]
fn the_official_cases_without_errors() {
    let Some(folder) = support::data("fhir-test-cases/validator") else {
        return;
    };
    let manifest: serde_json::Value = serde_json::from_slice(&support::read(&folder.join("manifest.json"))).unwrap();
    let (mut seen, mut caught, mut bad, mut wrong) = (0, 0, 0, String::new());
    for case in manifest["test-cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap_or_default();
        let file = if file.is_empty() {
            case["name"].as_str().unwrap_or_default()
        } else {
            file
        };
        let outcome = case["java"].as_str().map(|o| folder.join("outcomes").join(o));
        let (true, Some(outcome)) = (file.ends_with(".json"), outcome) else {
            continue;
        };
        let expected: serde_json::Value = serde_json::from_slice(&support::read(&outcome)).unwrap();
        let errors = expected["issue"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|i| matches!(i["severity"].as_str(), Some("error" | "fatal")));
        let found = parse(support::read(&folder.join(file)), Limits::default()).map(|d| structure(d.root()));
        let refused = found.as_ref().map_or(true, |f| f.iter().any(Finding::is_error));
        seen += 1;
        bad += usize::from(errors);
        caught += usize::from(errors && refused);
        // The first has an id of 65 characters and tells the validator to ignore contained
        // resources, the second refers to a urn:uuid that is no UUID.
        if refused && !errors && !["contained-resource.json", "ref-policy-r4.json"].contains(&file) {
            wrong.push_str(&found.map_or_else(|e| format!("{file}: {e}\n"), |f| told(file, &f)));
        }
    }
    println!("{seen} JSON cases, {bad} with errors, {caught} of them caught by structure alone");
    assert!(wrong.is_empty(), "{wrong}");
}
