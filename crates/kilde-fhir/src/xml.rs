//! FHIR XML to FHIR JSON and back, without loss: see `docs/fhir/formats.md` for what is kept.
//!
//! Both ways go by the element tables of [`crate::definitions`]: what repeats is an array even
//! when it stands once, numbers and booleans are written as such, and elements come in the order of the
//! definitions. Digits of numbers are never touched. What JSON or XML cannot have is a finding,
//! never silently dropped; only comments and processing instructions are, with a note.

// An error ends the reading or is one of few; boxing it would only clutter. A token is never stored.
#![allow(clippy::result_large_err, clippy::large_enum_variant)]

mod attributes;
mod frame;
mod json;
mod namespaces;
mod narrative;
mod places;
mod read;
mod say;
mod text;
mod tokens;
mod tree;
mod write;

use crate::finding::{Finding, any_error};
use crate::json::{Limits, Value};
use crate::validate::place::{Lines, locate};
use places::Places;

/// Nested deeper than this is refused in either direction, whatever the limits allow.
const MAX_DEPTH: usize = 100;

/// What [`to_json`] gives.
#[derive(Debug)]
pub struct Converted {
    /// The resource as FHIR JSON, in one line.
    pub json: String,
    /// What is good to know: comments that were left out, elements in the wrong order.
    pub notes: Vec<Finding>,
    places: Places,
}

impl Converted {
    /// Gives findings about [`Converted::json`] (of validation, say) their line and column in the
    /// XML that it was made from: those of the start tag of the element.
    pub fn relocate(&self, xml: &[u8], findings: &mut [Finding]) {
        if let Ok(text) = text::decode(xml, usize::MAX) {
            self.places.relocate(&self.json, text, findings);
        }
    }

    /// The XML element that gave what stands at a byte offset of [`Converted::json`], from its start tag to its
    /// end tag, as it came. Prefixes that are declared further out are not declared in it.
    pub fn part<'x>(&self, xml: &'x [u8], offset: usize) -> Option<&'x str> {
        let text = text::decode(xml, usize::MAX).ok()?;
        let from = text.get(self.places.element(offset)..)?;
        from.get(..tokens::element_end(from)?)
    }
}

/// How [`from_json`] lays out its XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// In one line.
    Compact,
    /// One element a line, indented.
    Pretty,
}

/// A resource in FHIR XML (`application/fhir+xml`, UTF-8) as FHIR JSON. The depth in `limits`
/// is that of the JSON.
///
/// # Errors
/// All that is not FHIR XML, each with path, line and column: what is not well-formed, document
/// types, unknown entities, wrong namespaces, unknown elements and attributes, repeated elements
/// that may not repeat, text where none may stand, values that JSON cannot have.
pub fn to_json(xml: &[u8], limits: Limits) -> Result<Converted, Vec<Finding>> {
    let text = text::decode(xml, limits.bytes).map_err(|(at, finding)| {
        let readable = String::from_utf8_lossy(xml.get(..at).unwrap_or(&[]));
        vec![finding.at(crate::json::position_in(&readable, readable.len()))]
    })?;
    let (tree, mut noted) = read::read(text, limits.depth);
    noted.findings.sort_by_key(|(at, _)| *at);
    let mut lines = Lines::new(text);
    let mut findings: Vec<Finding> = noted.findings.into_iter().map(|(at, f)| f.at(lines.position(at))).collect();
    if noted.dropped > 0 {
        findings.push(crate::validate::say::too_many(noted.dropped, noted.dropped_severity));
    }
    if any_error(&findings) {
        return Err(findings);
    }
    let (json, places) = json::write(text, &tree);
    Ok(Converted {
        json,
        notes: findings,
        places,
    })
}

/// A resource as FHIR XML (`application/fhir+xml`), declaration first, UTF-8.
///
/// # Errors
/// All that XML cannot have, each with path, line and column in the JSON: unknown elements,
/// values of the wrong kind, arrays where none may stand, characters that XML does not know,
/// narratives that are not well-formed.
pub fn from_json(resource: Value<'_>, layout: Layout) -> Result<String, Vec<Finding>> {
    let (xml, found) = write::write(resource, layout);
    if found.is_empty() { Ok(xml) } else { Err(locate(resource, found)) }
}

#[cfg(test)]
mod tests;
