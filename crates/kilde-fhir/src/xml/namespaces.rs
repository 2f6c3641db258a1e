//! Which namespace a prefix stands for, at one place in the text.

use super::attributes::Attribute;
use super::say;
use crate::finding::Finding;

/// The namespace of FHIR.
pub(super) const FHIR: &str = "http://hl7.org/fhir";
/// The namespace of XHTML.
pub(super) const XHTML: &str = "http://www.w3.org/1999/xhtml";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// At most so many declarations are in force at once.
const MOST: usize = 64;

/// A namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    /// FHIR.
    Fhir,
    /// XHTML.
    Xhtml,
    /// XML Schema Instance.
    Xsi,
    /// `xml:lang` and the like.
    Xml,
    /// No namespace at all.
    None,
    /// Any other.
    Other,
}

/// The declarations in force.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'t> {
    declared: Vec<(usize, &'t str, Namespace)>,
}

impl<'t> Namespaces<'t> {
    /// Where XHTML needs no declaration.
    pub(super) fn xhtml() -> Self {
        Namespaces {
            declared: vec![(0, "", Namespace::Xhtml)],
        }
    }

    /// Takes an attribute of an element at that depth if it declares a namespace.
    pub(super) fn declare(&mut self, depth: usize, attribute: Attribute<'t>) -> Result<bool, Finding> {
        let prefix = match attribute.split() {
            ("xmlns", None) => "",
            (prefix, Some("xmlns")) => prefix,
            _ => return Ok(false),
        };
        if self.declared.len() == MOST {
            return Err(say::attribute_twice(true));
        }
        let namespace = match &*super::attributes::value(attribute.raw) {
            "" => Namespace::None,
            FHIR => Namespace::Fhir,
            XHTML => Namespace::Xhtml,
            XSI => Namespace::Xsi,
            _ => Namespace::Other,
        };
        self.declared.push((depth, prefix, namespace));
        Ok(true)
    }

    /// Forgets what elements deeper than this declared.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|(d, _, _)| *d > depth) {
            self.declared.pop();
        }
    }

    /// What a prefix stands for; `None` if nothing has declared it. No prefix is `""`.
    pub(super) fn of(&self, prefix: &str) -> Option<Namespace> {
        let found = self.declared.iter().rev().find(|(_, p, _)| *p == prefix).map(|(_, _, n)| *n);
        found.or(match prefix {
            "" => Some(Namespace::None),
            "xml" => Some(Namespace::Xml),
            _ => None,
        })
    }
}
