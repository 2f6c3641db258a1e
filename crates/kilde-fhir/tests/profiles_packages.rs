//! The published packages: they load, their snapshots can be made, their examples are valid.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::package::Packages;
use kilde_fhir::profile::{Snapshot, Validator};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let start = Instant::now();
    let (packages, findings) = Packages::load(&support::data("packages")?);
    println!("{} resources of {} packages in {:?}", packages.len(), packages.packages().count(), start.elapsed());
    for finding in findings {
        println!("  {} {}", finding.rule, finding.en);
    }
    Some(Validator::new(Arc::new(packages)))
});

fn told(findings: &[Finding]) -> String {
    let line = |f: &Finding| format!("    {} {} {}: {}\n", f.position.map_or_else(String::new, |p| p.to_string()), f.rule, f.expression, f.en);
    findings.iter().filter(|f| f.is_error()).map(line).collect()
}

#[test]
fn all_profiles_compile() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let start = Instant::now();
    let findings = validator.check_profiles();
    println!("compiled in {:?}", start.elapsed());
    assert!(findings.is_empty(), "{}", findings.iter().map(|f| format!("{} {}\n", f.rule, f.en)).collect::<String>());
}

/// What matters of an element, for comparison.
fn essence(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = snapshot
        .all()
        .into_iter()
        .map(|(id, _, at)| {
            let e = snapshot.element(at);
            let types: Vec<String> = e.types().into_iter().map(|t| format!("{}{:?}", t.code, t.profiles)).collect();
            let fixed = e.property_of_type("fixed").or_else(|| e.property_of_type("pattern")).map(|(_, v)| format!("{v:?}"));
            (id, format!("{}..{:?} {types:?} {fixed:?}", e.min(), e.max()))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn snapshots_from_differentials_are_those_published() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let (mut same, mut differ, mut lines) = (0, 0, String::new());
    for (_, resource) in validator.packages().resources() {
        if resource.resource_type() != "StructureDefinition" || resource.is_example() {
            continue;
        }
        let canonical = format!("{}|{}", resource.url(), resource.version());
        let (Some(published), (Some(made), findings)) = (validator.snapshot(&canonical), validator.generate_snapshot(&canonical)) else {
            lines.push_str(&format!("{canonical}: none\n"));
            continue;
        };
        let (ours, theirs) = (essence(&made), essence(&published));
        if ours == theirs && findings.iter().all(|f| !f.is_error()) {
            same += 1;
            continue;
        }
        differ += 1;
        lines.push_str(&format!("{canonical}\n{}", told(&findings)));
        for (id, what) in theirs.iter().filter(|t| !ours.contains(t)).take(3) {
            let our = ours.iter().find(|(i, _)| i == id).map(|(_, w)| w.as_str());
            lines.push_str(&format!("    theirs {id} {what}\n      ours {our:?}\n"));
        }
        for (id, _) in ours.iter().filter(|(i, _)| theirs.iter().all(|(t, _)| t != i)).take(2) {
            lines.push_str(&format!("    only ours {id}\n"));
        }
    }
    println!("{same} snapshots are the same, {differ} differ\n{}", lines.lines().take(120).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_examples_of_the_packages() {
    let Some(validator) = VALIDATOR.as_ref() else { return };
    let mut lines = String::new();
    for (_, resource) in validator.packages().resources() {
        if !resource.is_example() || resource.url().starts_with("http://hl7.org/fhir/") {
            continue;
        }
        let Some(root) = resource.root() else { continue };
        let findings = validator.validate(root, &[]);
        if findings.iter().any(Finding::is_error) {
            let package = validator.packages().package(resource.package()).manifest();
            lines.push_str(&format!("{} {} {}\n{}", package.name, package.version, resource.file(), told(&findings)));
        }
    }
    println!("{lines}");
}

#[test]
fn synthea() {
    let (Some(validator), Some(folder)) = (VALIDATOR.as_ref(), support::data("synthea-r4")) else { return };
    let mut lines = String::new();
    let (mut resources, mut seconds) = (0, 0.0);
    for path in support::files(&folder, ".json.gz").into_iter().take(4) {
        let document = parse(support::read(&path), Limits::default()).unwrap();
        let start = Instant::now();
        let findings = validator.validate(document.root(), &[]);
        seconds += start.elapsed().as_secs_f64();
        resources += document.root().items("entry").count();
        lines.push_str(&told(&findings));
    }
    println!("{resources} resources, {:.1} us each\n{}", seconds * 1e6 / f64::from(u32::try_from(resources).unwrap()), lines.lines().take(20).collect::<Vec<_>>().join("\n"));
}
