//! Packages: the bytes as an archive, as a tar within one, and as one file of one; then everything in it
//! is indexed and its profiles are compiled.

use flate2::Compression;
use flate2::write::GzEncoder;
use kilde_fhir::package::{Bounds, Packages};
use kilde_fhir::profile::{FhirPath, NoCodes, Validator};
use std::io::Write;
use std::sync::Arc;

const BOUNDS: Bounds = Bounds {
    archive: 1 << 20,
    file: 1 << 20,
    unpacked: 4 << 20,
    files: 100,
    packages: 4,
};

pub fn run(data: &[u8]) {
    add(data);
    add(&zipped(data));
    let mut packages = Packages::with_bounds(BOUNDS);
    packages.add_resource("fuzz.json", data);
    compile(packages);
}

fn add(archive: &[u8]) {
    let mut packages = Packages::with_bounds(BOUNDS);
    let findings = packages.add_archive("fuzz.tgz", archive);
    assert!(!findings.is_empty() || packages.packages().count() == 1);
    compile(packages);
}

fn compile(mut packages: Packages) {
    packages.link();
    if packages.is_empty() {
        return;
    }
    let packages = Arc::new(packages);
    kilde_fhir::profile::terminology_of(&packages);
    let validator = Validator::new(packages).with_invariants(Arc::new(FhirPath::new(Arc::new(NoCodes))));
    validator.check_profiles();
}

fn zipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(data).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}
