//! FHIR packages: archives of conformance resources in npm form (`package/package.json` and one
//! JSON file a resource), read from a directory that the operator names.
//!
//! [`Packages`] finds a resource by its canonical url, with or without version, seen from a
//! package and what it depends on. A package or file that cannot be used is a finding that names
//! it; all others are loaded. Nothing is written to disk, and what is read is bounded: see
//! [`Bounds`].

mod canonical;
mod conformance;
mod index;
mod manifest;
mod read;
mod say;

pub use canonical::{Canonical, Version};
pub use conformance::Conformance;
pub use index::{Packages, ResourceId};
pub use manifest::{Manifest, Package, PackageId};
pub use read::Bounds;

#[cfg(test)]
mod tests;
