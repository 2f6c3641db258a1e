//! References: form, target type, and whether `#id` names a contained resource.

use super::primitive::{is_id, is_oid_uri, is_uuid_uri};
use super::resource::Context;
use super::{Walk, say};
use crate::definitions::{Element, ResourceType};
use crate::json::Value;

/// What the text of `Reference.reference` is.
#[derive(Debug, PartialEq, Eq)]
enum Literal<'a> {
    /// `#id`, or `#` for the containing resource.
    Contained(&'a str),
    /// `Type/id`, `Type/id/_history/version`.
    Local(ResourceType),
    /// `Type?query`.
    Conditional(ResourceType),
    /// A URL or URN; the type if its end is `Type/id`.
    Absolute(Option<ResourceType>),
    /// `urn:uuid:` or `urn:oid:` with something else behind.
    WrongUrn,
    /// Has the form of a local reference, but R4 has no such type.
    UnknownType(&'a str),
    /// None of these.
    Bad,
}

impl<'a> Walk<'a> {
    /// A Reference whose elements have been examined.
    pub(super) fn reference(&mut self, value: Value<'a>, element: &'static Element, context: &Context<'_>) {
        let mut rtype = None;
        if let Some(place) = value.get("reference")
            && let Some(text) = place.as_str()
        {
            match literal(&text) {
                Literal::Contained("") if context.inside_contained => {}
                Literal::Contained(id) => match context.contained.and_then(|c| c.find(id)) {
                    Some(found) => rtype = found,
                    None => self.report(place, say::reference_contained),
                },
                Literal::Local(found) => rtype = Some(found),
                Literal::Absolute(found) => rtype = found,
                Literal::Conditional(found) => {
                    rtype = Some(found);
                    if !context.in_transaction {
                        self.report(place, say::reference_conditional);
                    }
                }
                Literal::UnknownType(name) => self.report(place, || say::reference_type(name)),
                Literal::WrongUrn => self.report(place, say::reference_urn),
                Literal::Bad => self.report(place, say::reference_format),
            }
            if let Some(found) = rtype
                && element.targets().is_some_and(|t| !t.contains(found))
            {
                self.report(place, || say::reference_target(found, element));
            }
        }
        if let Some(place) = value.get("type")
            && let Some(text) = place.as_str()
        {
            self.reference_type(place, &text, rtype, element);
        }
    }

    /// `Reference.type`: a resource type by name (or an absolute url, of which nothing is known).
    fn reference_type(&mut self, place: Value<'a>, text: &str, rtype: Option<ResourceType>, element: &'static Element) {
        match ResourceType::from_name(text) {
            Some(said) if rtype.is_some_and(|r| r != said) => self.report(place, say::reference_types_differ),
            Some(said) if rtype.is_none() && element.targets().is_some_and(|t| !t.contains(said)) => {
                self.report(place, || say::reference_target(said, element));
            }
            Some(_) => {}
            None if is_absolute(text) => {}
            None => self.report(place, || say::reference_type(text)),
        }
    }
}

fn literal(text: &str) -> Literal<'_> {
    if let Some(id) = text.strip_prefix('#') {
        return Literal::Contained(id);
    }
    if is_absolute(text) {
        let well_formed = match text.get(..9) {
            Some("urn:uuid:") => is_uuid_uri(text, true),
            _ if text.starts_with("urn:oid:") => is_oid_uri(text),
            _ => true,
        };
        return if well_formed {
            Literal::Absolute(end_of_url(text))
        } else {
            Literal::WrongUrn
        };
    }
    if let Some((name, query)) = text.split_once('?') {
        return match ResourceType::from_name(name) {
            Some(rtype) if !query.is_empty() => Literal::Conditional(rtype),
            None if is_name(name) => Literal::UnknownType(name),
            _ => Literal::Bad,
        };
    }
    let mut parts = text.split('/');
    let (name, id) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let version = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some("_history"), Some(version), None) => is_id(version),
        _ => false,
    };
    match ResourceType::from_name(name) {
        Some(rtype) if version && is_id(id) => Literal::Local(rtype),
        None if version && is_id(id) && is_name(name) => Literal::UnknownType(name),
        _ => Literal::Bad,
    }
}

/// The type at the end of `http://server/base/Type/id[/_history/version]`.
fn end_of_url(url: &str) -> Option<ResourceType> {
    if !url.starts_with("http") {
        return None;
    }
    let mut parts = url.rsplit('/');
    let (mut id, mut name) = (parts.next()?, parts.next()?);
    if name == "_history" {
        (id, name) = (parts.next()?, parts.next()?);
    }
    ResourceType::from_name(name).filter(|_| is_id(id))
}

/// Whether a URI begins with a scheme.
pub(super) fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let word = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && word && !rest.is_empty()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        let patient = ResourceType::from_name("Patient").unwrap();
        for (text, expected) in [
            ("#a", Literal::Contained("a")),
            ("#", Literal::Contained("")),
            ("Patient/1", Literal::Local(patient)),
            ("Patient/1/_history/2", Literal::Local(patient)),
            ("Patient?identifier=x|y", Literal::Conditional(patient)),
            ("https://x.no/fhir/Patient/1", Literal::Absolute(Some(patient))),
            ("https://x.no/fhir/Patient/1/_history/3", Literal::Absolute(Some(patient))),
            ("https://x.no/other", Literal::Absolute(None)),
            ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", Literal::Absolute(None)),
            ("urn:uuid:0c3151bd", Literal::WrongUrn),
            ("urn:oid:1.2.3", Literal::Absolute(None)),
            ("urn:oid:1..3", Literal::WrongUrn),
            ("patient/1", Literal::UnknownType("patient")),
            ("Patientt?x=1", Literal::UnknownType("Patientt")),
            ("Patient/", Literal::Bad),
            ("Patient", Literal::Bad),
            ("Patient?", Literal::Bad),
            ("/Patient/1", Literal::Bad),
            ("Patient/1/2", Literal::Bad),
            ("Patient/1/_history", Literal::Bad),
            ("Patient/a b", Literal::Bad),
            ("", Literal::Bad),
        ] {
            assert_eq!(literal(text), expected, "{text}");
        }
    }
}
