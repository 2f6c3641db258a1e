//! Validation by profiles: any resource, by the published packages if they are there, else by
//! structure alone. The findings of two runs are the same.

use super::limits;
use kilde_fhir::json::parse;
use kilde_fhir::package::Packages;
use kilde_fhir::profile::{FhirPath, Options, Validator, terminology_of};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let folder = std::env::var_os("KILDE_FUZZ_PACKAGES").map(PathBuf::from);
    let packages = Arc::new(folder.map(|f| Packages::load(&f).0).unwrap_or_default());
    let codes = Arc::new(terminology_of(&packages).0);
    let options = Options {
        must_support: true,
        best_practice: true,
        budget: 500_000,
        ..Options::default()
    };
    Validator::new(packages)
        .with_codes(codes.clone())
        .with_invariants(Arc::new(FhirPath::new(codes)))
        .with_options(options)
});

pub fn run(data: &[u8]) {
    let Ok(document) = parse(data, limits()) else { return };
    let first = VALIDATOR.validate(document.root(), &[]);
    assert_eq!(first, VALIDATOR.validate(document.root(), &[]));
}
