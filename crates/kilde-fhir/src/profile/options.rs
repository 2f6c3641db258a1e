//! What is examined and how strictly.

use crate::finding::Severity;

/// What the address in a reference that is not followed says of the resource behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// Nothing: what is not followed may be anything.
    Opaque,
    /// The type, if it ends in `[type]/[id]` with a type of R4.
    #[default]
    Typed,
    /// The same, and every `http` address is `[base]/[type]/[id]` of a FHIR server.
    Rest,
}

/// What is examined and how strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Tell of elements that a profile marks as must-support and that are absent.
    pub must_support: bool,
    /// Tell of items of a sliced element that no slice takes, and of the slice that came nearest, where others are allowed.
    pub unmatched_slices: bool,
    /// Examine invariants that are only advice (a resource should have a narrative).
    pub best_practice: bool,
    /// How grave an extension is that no package defines. One that modifies is always an error.
    pub unknown_extension: Severity,
    /// Beginnings of extension urls that need no definition.
    pub allowed_extensions: Vec<String>,
    /// How grave a code is that its code system, which is loaded whole, does not have.
    pub unknown_code: Severity,
    /// How grave a display is that is none of the code's terms.
    pub wrong_display: Severity,
    /// How grave a URI is that begins with `urn:uuid:` or `urn:oid:` and goes on with something else.
    pub wrong_urn: Severity,
    /// How grave an address of `example.org` and the like is; nothing is said if `None`.
    pub example_address: Option<Severity>,
    /// How grave it is that a string seems to hold HTML; nothing is said if `None`.
    pub html_in_string: Option<Severity>,
    /// The same in Markdown.
    pub html_in_markdown: Option<Severity>,
    /// Whether contained resources are examined.
    pub contained: bool,
    /// Whether aggregation is asked of references in resources that stand in no Bundle.
    pub aggregation_outside_bundles: bool,
    /// What addresses in references say.
    pub addresses: Addresses,
    /// How grave a reference is that leads to nothing, where references are followed
    /// ([`Validator::with_references`](super::Validator::with_references)); nothing is said if `None`.
    pub unresolved_reference: Option<Severity>,
    /// Steps that one validation may take before it is given up.
    pub budget: u64,
}

impl Options {
    /// The same with everything that is told as information only: must-support, items of no slice, advice.
    pub fn verbose(self) -> Self {
        Options {
            must_support: true,
            unmatched_slices: true,
            best_practice: true,
            ..self
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            must_support: false,
            unmatched_slices: false,
            best_practice: false,
            unknown_extension: Severity::Warning,
            allowed_extensions: Vec::new(),
            unknown_code: Severity::Warning,
            wrong_display: Severity::Warning,
            wrong_urn: Severity::Warning,
            example_address: None,
            html_in_string: None,
            html_in_markdown: None,
            contained: true,
            aggregation_outside_bundles: true,
            addresses: Addresses::default(),
            unresolved_reference: None,
            budget: 20_000_000,
        }
    }
}
