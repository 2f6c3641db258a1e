//! Profiles: snapshots from differentials, and validation by them.
//!
//! A [`Validator`] is built once from loaded [packages](crate::package) and used by any number of
//! threads. It validates in two passes: [`crate::validate::structure`] first, then what R4's own
//! definitions ask beyond structure (invariants, weaker bindings, extensions) and what profiles
//! ask. A definition is compiled when it is first needed.
//!
//! What is examined, and the ids of the rules: `docs/fhir/validation.md`.

mod codes;
mod compile;
mod invariants;
mod obligations;
mod options;
mod plugs;
mod references;
mod rule;
mod say;
mod snapshot;
mod source;
mod validator;
mod walk;

pub use codes::{Coded, Codes, Membership, NoCodes};
pub use invariants::{Focus, Invariants};
pub use options::{Addresses, Options};
pub use plugs::{FhirPath, terminology_of};
pub use references::References;
pub use snapshot::{Element, ElementId, Snapshot, TypeRef};
pub use source::Source;
pub use validator::Validator;

#[cfg(test)]
mod tests;
