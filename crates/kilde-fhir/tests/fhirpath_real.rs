//! FHIRPath on what R4 itself publishes: every invariant of the core package, and those of
//! resources and datatypes on Synthea's bundles.

mod support;

use kilde_fhir::fhirpath::{Context, Expression, Item, Node};
use kilde_fhir::json::{Limits, Value, parse};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Path of an element, its type, and the invariant's key and expression.
struct Invariant {
    path: String,
    type_name: String,
    key: String,
    expression: Expression,
}

/// The invariants of R4's types, each where it is first told; expressions that are none apart.
fn invariants() -> Option<(Vec<Invariant>, Vec<String>)> {
    let package = support::data("packages/hl7.fhir.r4.core-4.0.1.tgz")?;
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (_, bytes) in support::package(&package) {
        let document = parse(bytes, Limits::default()).unwrap();
        let root = document.root();
        if root.str("resourceType").as_deref() != Some("StructureDefinition") || root.str("derivation").as_deref() == Some("constraint") {
            continue;
        }
        for element in root.get("snapshot").into_iter().flat_map(|s| s.items("element")) {
            let path = element.str("path").unwrap_or_default().into_owned();
            let mut types = element.items("type").filter_map(|t| t.str("code").map(|c| c.into_owned()));
            let type_name = match (path.contains('.'), types.next(), types.next()) {
                (false, ..) => path.clone(),
                (true, Some(code), None) if !matches!(code.as_str(), "BackboneElement" | "Element") => code,
                (true, Some(_), None) => path.clone(),
                _ => "any".to_owned(),
            };
            for constraint in element.items("constraint") {
                let Some(text) = constraint.str("expression") else { continue };
                let key = constraint.str("key").unwrap_or_default().into_owned();
                match Expression::compile(&text) {
                    Ok(expression) => found.push(Invariant {
                        path: path.clone(),
                        type_name: type_name.clone(),
                        key,
                        expression,
                    }),
                    Err(e) => wrong.push(format!("{path} {key}: {e}: {text}")),
                }
            }
        }
    }
    Some((found, wrong))
}

#[test]
fn every_invariant_of_r4_compiles_and_its_names_exist() {
    let Some((invariants, mut wrong)) = invariants() else { return };
    println!("{} invariants", invariants.len());
    assert!(invariants.len() > 5_000);
    for i in &invariants {
        if let Err(e) = i.expression.check(&i.type_name) {
            wrong.push(format!("{} ({}) {}: {e}: {}", i.path, i.type_name, i.key, i.expression.text()));
        }
    }
    wrong.sort();
    wrong.dedup();
    insta::assert_snapshot!(wrong.join("\n"));
}

#[test]
fn the_invariants_hold_for_synthea() {
    let Some((invariants, _)) = invariants() else { return };
    let Some(folder) = support::data("synthea-r4") else { return };
    let mut by_type: BTreeMap<&str, Vec<&Invariant>> = BTreeMap::new();
    for i in invariants.iter().filter(|i| i.path == i.type_name) {
        by_type.entry(&i.type_name).or_default().push(i);
    }
    let (mut evaluated, mut resources, mut time) = (0, 0, Duration::ZERO);
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for path in support::files(&folder, ".json.gz").into_iter().take(8) {
        let document = parse(support::read(&path), Limits::default()).unwrap();
        let entries: Vec<Value<'_>> = document.root().items("entry").filter_map(|e| e.get("resource")).collect();
        let start = Instant::now();
        for resource in entries {
            resources += 1;
            let context = Context::new(document.root()).with_resource(resource).with_lists_in_as();
            let type_name = resource.str("resourceType").unwrap();
            let focus = [Item::Node(Node::resource(resource))];
            for i in by_type.get(&*type_name).into_iter().flatten() {
                evaluated += 1;
                match i.expression.evaluate_to_boolean(&context, &focus) {
                    Ok(true) => {}
                    Ok(false) => *failed.entry(format!("{} {}", i.path, i.key)).or_default() += 1,
                    Err(e) => *failed.entry(format!("{} {} {e}", i.path, i.key)).or_default() += 1,
                }
            }
        }
        time += start.elapsed();
    }
    println!(
        "{evaluated} invariants of {resources} resources: {:.1} us each",
        time.as_secs_f64() * 1e6 / evaluated.max(1) as f64
    );
    println!("{failed:#?}");
    let errors: Vec<&String> = failed.keys().filter(|k| k.contains(" at offset ")).collect();
    assert!(errors.is_empty(), "{errors:?}");
}
