//! Patches: [JSON Patch](https://www.rfc-editor.org/rfc/rfc6902) and
//! [FHIRPath Patch](https://hl7.org/fhir/R4/fhirpatch.html) on a resource in JSON.
//!
//! What a patch does not touch stays as it was: digits of numbers, order of properties. A patch
//! is applied as a whole or not at all. The result is not validated here. `docs/fhir/patch.md`
//! tells all faults.

// An error ends the patch; boxing it would only clutter.
#![allow(clippy::result_large_err)]

mod edit;
mod fhirpath_patch;
mod json_patch;
mod new_value;
mod operations;
mod pointer;
mod same;
mod say;
mod target;
mod tree;

pub use fhirpath_patch::fhirpath_patch;
pub use json_patch::json_patch;

use crate::finding::Finding;
use crate::json::Value;
use crate::validate::place::{Found, locate};

/// A patch has at most so many operations.
pub const MAX_OPERATIONS: usize = 1000;

/// Values nested deeper than this are refused, whatever the limits allow.
const MAX_DEPTH: usize = 100;

/// Why a patch was not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the patch was not applied: {fault:?}")]
pub struct PatchError {
    /// What kind of fault it is.
    pub fault: Fault,
    /// The faults, with their places in the patch: all of a malformed patch, else the first.
    pub findings: Vec<Finding>,
}

/// Kinds of faults; each asks for another answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The patch itself is wrong, whatever the resource is.
    Malformed,
    /// An operation does not fit the resource as it is.
    Inapplicable,
    /// A `test` found something else.
    TestFailed,
}

/// A fault in the patch, at a value of it.
struct Wrong<'p> {
    fault: Fault,
    at: Value<'p>,
    finding: Finding,
}

impl<'p> Wrong<'p> {
    fn malformed(at: Value<'p>, finding: Finding) -> Self {
        Wrong {
            fault: Fault::Malformed,
            at,
            finding,
        }
    }

    fn inapplicable(at: Value<'p>, finding: Finding) -> Self {
        Wrong {
            fault: Fault::Inapplicable,
            at,
            finding,
        }
    }
}

/// Reads all operations, at most [`MAX_OPERATIONS`]; all that is wrong with them at once.
fn operations<'p, T>(
    places: impl Iterator<Item = Value<'p>>,
    read: impl Fn(Value<'p>) -> Result<T, Wrong<'p>>,
) -> Result<Vec<T>, Vec<Wrong<'p>>> {
    let (mut operations, mut wrongs) = (Vec::new(), Vec::new());
    for place in places {
        if operations.len() + wrongs.len() == MAX_OPERATIONS {
            wrongs.push(Wrong::malformed(place, say::too_many_operations()));
            break;
        }
        match read(place) {
            Ok(operation) => operations.push(operation),
            Err(wrong) => wrongs.push(wrong),
        }
    }
    if wrongs.is_empty() { Ok(operations) } else { Err(wrongs) }
}

/// Fills in the places in the patch.
fn error(patch: Value<'_>, wrongs: Vec<Wrong<'_>>) -> PatchError {
    let fault = wrongs.first().map_or(Fault::Malformed, |w| w.fault);
    let found = wrongs.into_iter().map(|w| Found {
        value: w.at,
        at_key: false,
        finding: w.finding,
    });
    PatchError {
        fault,
        findings: locate(patch, found.collect()),
    }
}

#[cfg(test)]
mod tests;
