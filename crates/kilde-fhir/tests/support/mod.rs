//! Finds and unpacks the data that tests read beside the repository.
#![allow(dead_code, unused_imports)]

pub mod fhirpath_suite;
pub mod folder;
pub mod norwegian;
pub mod xml;

pub use folder::files;

use std::io::Read;
use std::path::{Path, PathBuf};

/// `$KILDE_SHARED/data` or `../shared/data`; tells when it is not there.
pub fn data(part: &str) -> Option<PathBuf> {
    let shared =
        std::env::var_os("KILDE_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data").join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {} is missing; set KILDE_SHARED to the folder that holds data/",
        path.display()
    );
    None
}

/// The content of a file, unpacked if it is gzipped.
pub fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        return text;
    }
    bytes
}

/// Names and contents of the JSON files of a FHIR package (.tgz).
pub fn package(path: &Path) -> Vec<(String, Vec<u8>)> {
    let archive = read(path);
    let mut found = Vec::new();
    for entry in tar::Archive::new(archive.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".json") && !name.ends_with("package.json") && !name.contains("/.") {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            found.push((name, content));
        }
    }
    found
}
