//! Finds and unpacks the data that tests read beside the repository.
#![allow(dead_code)]

pub mod fhirpath_suite;
pub mod xml;

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

/// All files below a folder with that ending, in order.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
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
    let mut rest = archive.as_slice();
    while rest.len() >= 512 && rest[0] != 0 {
        let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&rest[range]).trim_end_matches('\0').trim().to_owned();
        let size = usize::from_str_radix(&text(124..136), 8).unwrap();
        let name = text(0..100);
        if rest[156] == b'0' && name.ends_with(".json") && !name.ends_with("package.json") && !name.contains("/.") {
            found.push((name, rest[512..512 + size].to_vec()));
        }
        rest = &rest[(512 + size.div_ceil(512) * 512).min(rest.len())..];
    }
    found
}
