//! Validation by R4 and its definitions, over the Synthea bundles:
//! `cargo run -p kilde-fhir --example validate_speed [DATA]`, DATA being the folder that holds
//! `packages/` and `synthea-r4/` (else `$KILDE_SHARED/data` or `../shared/data`).

use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::package::Packages;
use kilde_fhir::profile::Validator;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let data = std::env::args()
        .nth(1)
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("KILDE_SHARED")?).join("data")));
    let data = data.unwrap_or_else(|| PathBuf::from("../shared/data"));
    let start = Instant::now();
    let (packages, findings) = Packages::load(&data.join("packages"));
    println!(
        "{} resources of packages loaded in {:.0?}, {} findings",
        packages.len(),
        start.elapsed(),
        findings.len()
    );
    let packages = Arc::new(packages);
    let codes: Arc<dyn kilde_fhir::profile::Codes> = Arc::new(kilde_fhir::profile::terminology_of(&packages).0);
    let validator = Validator::new(packages)
        .with_codes(Arc::clone(&codes))
        .with_invariants(Arc::new(kilde_fhir::profile::FhirPath::new(codes)));
    let bundles = bundles(&data.join("synthea-r4"));
    if bundles.is_empty() {
        println!("no Synthea bundles in {}", data.display());
        return;
    }
    for round in 1..=3 {
        let (mut resources, mut structure, mut all, mut findings) = (0usize, 0.0, 0.0, 0usize);
        for document in &bundles {
            for entry in document.root().items("entry") {
                let Some(resource) = entry.get("resource") else { continue };
                resources += 1;
                let start = Instant::now();
                let found = kilde_fhir::validate::structure(resource).len();
                structure += start.elapsed().as_secs_f64();
                let start = Instant::now();
                findings += validator.validate(resource, &[]).len() - found;
                all += start.elapsed().as_secs_f64();
            }
        }
        println!(
            "round {round}: {resources} resources; structure {:.0} a second, with definitions {:.0} a second on one core; {findings} findings beyond structure",
            resources as f64 / structure,
            resources as f64 / all
        );
    }
}

fn bundles(folder: &std::path::Path) -> Vec<Document> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.sort();
    let unpacked = |path: &PathBuf| {
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(path).ok()?)
            .read_to_end(&mut text)
            .ok()?;
        parse(text, Limits::default()).ok()
    };
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "gz"))
        .filter_map(unpacked)
        .collect()
}
