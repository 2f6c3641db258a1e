//! The targets: what each reads, and what must hold of it besides that nothing panics and that
//! time and memory stay within the bounds that `cargo xtask fuzz` sets.

mod ecl;
mod fhirpath;
mod json;
mod package;
mod patch;
mod profile;
#[cfg(feature = "engine")]
mod note;
#[cfg(feature = "engine")]
mod policy;
#[cfg(feature = "engine")]
mod query;
mod search;
mod xml;

use kilde_fhir::json::Limits;

/// A target.
pub struct Target {
    /// As the command names it.
    pub name: &'static str,
    /// Whether its input is JSON, which is then changed as a tree, too.
    pub json: bool,
    /// Takes one input.
    pub run: fn(&[u8]),
}

/// All of them.
pub const ALL: &[Target] = &[
    target("json", true, json::run),
    target("xml", false, xml::run),
    target("search", false, search::run),
    target("fhirpath", false, fhirpath::run),
    target("patch", true, patch::run),
    target("package", false, package::run),
    target("ecl", false, ecl::run),
    target("profile", true, profile::run),
    #[cfg(feature = "engine")]
    target("note", false, note::run),
    #[cfg(feature = "engine")]
    target("policy", false, policy::run),
    #[cfg(feature = "engine")]
    target("query", false, query::run),
];

const fn target(name: &'static str, json: bool, run: fn(&[u8])) -> Target {
    Target { name, json, run }
}

/// Bounds as a server would set them.
fn limits() -> Limits {
    Limits {
        bytes: 1 << 20,
        ..Limits::default()
    }
}

/// A person and a measurement, with most kinds of elements.
const PATIENT: &str = include_str!("../seeds/json/patient.json");
const OBSERVATION: &str = include_str!("../seeds/json/observation.json");
