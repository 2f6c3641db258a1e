//! How long extraction takes: `cargo run -p kilde-fhir --example extract_speed [FILE ..]`.
//!
//! Takes JSON, also gzipped, by default the bundles of `../shared/data/synthea-r4`. Prints microseconds and values a resource, by type.

#[path = "../tests/support/mod.rs"]
mod support;

use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::search::{extract, patient_references};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

fn main() {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        files = support::data("synthea-r4")
            .map(|folder| support::files(&folder, ".json.gz"))
            .unwrap_or_default();
    }
    let documents: Vec<Document> = files
        .iter()
        .filter_map(|f| parse(support::read(f), Limits::default()).ok())
        .collect();
    // The definitions and the time zone's rules are read at the first use.
    for resource in documents
        .iter()
        .take(1)
        .flat_map(|d| d.root().items("entry"))
        .filter_map(|e| e.get("resource"))
    {
        extract(resource, &mut |_, _| {});
    }

    // By type: resources, bytes, values, seconds of extraction, seconds of finding the patient.
    let mut types: BTreeMap<String, (u32, usize, u32, f64, f64)> = BTreeMap::new();
    for document in &documents {
        for entry in document.root().items("entry") {
            let Some(resource) = entry.get("resource") else { continue };
            let all = types
                .entry(resource.str("resourceType").unwrap_or_default().into_owned())
                .or_default();
            let start = Instant::now();
            let mut values = 0;
            extract(resource, &mut |id, value| {
                std::hint::black_box((id, value));
                values += 1;
            });
            let extracted = start.elapsed();
            let start = Instant::now();
            std::hint::black_box(patient_references(resource));
            let found = start.elapsed();
            *all = (
                all.0 + 1,
                all.1 + resource.raw().len(),
                all.2 + values,
                all.3 + extracted.as_secs_f64(),
                all.4 + found.as_secs_f64(),
            );
        }
    }
    println!(
        "{:<24} {:>9} {:>7} {:>7} {:>11} {:>11}",
        "type", "resources", "bytes", "values", "extract us", "patient us"
    );
    let print = |name: &str, (n, bytes, values, extracting, finding): &(u32, usize, u32, f64, f64)| {
        let each = f64::from(*n).max(1.0);
        println!(
            "{name:<24} {n:>9} {:>7.0} {:>7.1} {:>11.2} {:>11.2}",
            *bytes as f64 / each,
            f64::from(*values) / each,
            extracting * 1e6 / each,
            finding * 1e6 / each
        );
    };
    types.iter().for_each(|(name, all)| print(name, all));
    let sum = types
        .values()
        .fold((0, 0, 0, 0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3, a.4 + b.4));
    print("all", &sum);
}
