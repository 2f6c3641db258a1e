//! Suites that others wrote, run and told as tables.

mod fhirpath;

pub use fhirpath::fhirpath;

/// The readers and runners that the tests of kilde-fhir use, too.
#[path = "../../crates/kilde-fhir/tests/support"]
#[allow(dead_code)]
mod support {
    pub mod fhirpath_suite;
    pub mod xml;
}
