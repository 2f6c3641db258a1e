//! How long XML takes: `cargo run -p kilde-fhir --example xml_speed [FILE.json ..]`.
//!
//! Takes JSON, also gzipped, by default the bundles of `../shared/data/synthea-r4`. Prints megabytes a second and microseconds a resource, best of three.

#[path = "../tests/support/mod.rs"]
mod support;

use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::xml::{Layout, from_json, to_json};
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
    let resources: usize = documents.iter().map(|d| d.root().items("entry").count().max(1)).sum();
    let xmls: Vec<String> = documents.iter().filter_map(|d| from_json(d.root(), Layout::Compact).ok()).collect();
    let bytes = |lengths: &mut dyn Iterator<Item = usize>| lengths.sum::<usize>() as f64;
    let (json_bytes, xml_bytes) = (
        bytes(&mut documents.iter().map(|d| d.text().len())),
        bytes(&mut xmls.iter().map(String::len)),
    );
    println!("{resources} resources, {json_bytes} bytes of JSON, {xml_bytes} bytes of XML");
    let print = |name: &str, read: f64, seconds: f64| {
        println!(
            "{name:<14} {:>7.1} MB/s read {:>7.2} us a resource",
            read / 1e6 / seconds,
            seconds * 1e6 / resources.max(1) as f64
        );
    };
    let json_to_xml = best(|| {
        documents
            .iter()
            .filter_map(|d| from_json(d.root(), Layout::Compact).ok())
            .map(|x| x.len())
            .sum()
    });
    print("JSON to XML", json_bytes, json_to_xml);
    let xml_to_json = best(|| {
        xmls.iter()
            .filter_map(|x| to_json(x.as_bytes(), Limits::default()).ok())
            .map(|c| c.json.len())
            .sum()
    });
    print("XML to JSON", xml_bytes, xml_to_json);
    let parsing = best(|| {
        documents
            .iter()
            .filter_map(|d| parse(d.text(), Limits::default()).ok())
            .map(|d| d.text().len())
            .sum()
    });
    print("JSON parse", json_bytes, parsing);
}

fn best(mut work: impl FnMut() -> usize) -> f64 {
    (0..3)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}
