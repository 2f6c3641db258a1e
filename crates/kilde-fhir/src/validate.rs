//! Structural validation: is a text that is JSON also the FHIR R4 resource that it claims to be?
//! Profiles, invariants and terminology beyond required codes are not examined here.
//!
//! The rules and their ids are listed in [`rules`]. A finding names elements and codes of FHIR,
//! never a value that was delivered: that may be personal data.

mod bundle;
mod calendar;
mod coded;
mod element;
pub(crate) mod place;
mod primitive;
mod reference;
mod resource;
pub mod rules;
pub(crate) mod say;
mod xhtml;

use crate::finding::{Finding, Severity};
use crate::json::Value;
use place::Found;

/// At most so many findings are told; a closing note counts the rest.
pub const MAX_FINDINGS: usize = 200;

/// Values nested deeper than this are not examined (and refused).
const MAX_DEPTH: usize = 100;

/// Structure of a resource (contained and `Bundle.entry.resource` included): types, cardinality,
/// unknown elements, primitive formats, required codes, choice types, empty values, id format,
/// references. All findings at once, in the order of the text, at most [`MAX_FINDINGS`] and a note.
pub fn structure(resource: Value<'_>) -> Vec<Finding> {
    let mut walk = Walk::default();
    walk.root(resource);
    let mut findings = place::locate(resource, walk.found);
    if walk.dropped > 0 {
        findings.push(say::too_many(walk.dropped, walk.dropped_severity));
    }
    findings
}

/// Whether a text is a narrative as `htmlChecks()` asks: well-formed, only allowed elements, nothing active.
pub(crate) fn is_narrative(text: &str) -> bool {
    xhtml::check(text).is_ok()
}

/// The languages of a narrative's sections.
pub(crate) fn narrative_sections(text: &str) -> Vec<&str> {
    xhtml::sections(text)
}

/// What one validation has seen so far.
#[derive(Default)]
struct Walk<'a> {
    found: Vec<Found<'a>>,
    dropped: usize,
    dropped_severity: Option<Severity>,
}

impl<'a> Walk<'a> {
    /// Notes a finding at a value.
    #[cold]
    fn report(&mut self, value: Value<'a>, finding: impl FnOnce() -> Finding) {
        self.note(value, false, finding);
    }

    /// Notes a finding at a property's name.
    #[cold]
    fn report_key(&mut self, value: Value<'a>, finding: impl FnOnce() -> Finding) {
        self.note(value, true, finding);
    }

    fn note(&mut self, value: Value<'a>, at_key: bool, finding: impl FnOnce() -> Finding) {
        let finding = finding();
        if self.found.len() < MAX_FINDINGS {
            self.found.push(Found { value, at_key, finding });
        } else {
            self.dropped += 1;
            self.dropped_severity = self.dropped_severity.max(Some(finding.severity));
        }
    }
}

#[cfg(test)]
mod tests;
