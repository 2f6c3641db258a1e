//! References: what they point to, who a resource is about, and where they stand.

use super::compile;
use super::extract::Indexed;
use super::table::get;
use crate::definitions::ResourceType;
use crate::json::{Kind, Value};
use std::borrow::Cow;

/// What a reference points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference<'a> {
    /// A resource here: `Patient/17`, `Patient/17/_history/2`.
    Local {
        /// Type.
        rtype: ResourceType,
        /// Logical id.
        id: &'a str,
        /// Version, if it names one.
        version: Option<&'a str>,
    },
    /// A URL or URN, as it stands.
    Absolute(Cow<'a, str>),
    /// Whoever has that identifier.
    Logical {
        /// Type, if the reference says.
        rtype: Option<ResourceType>,
        /// The identifier's system.
        system: Option<Cow<'a, str>>,
        /// The identifier's value.
        value: Cow<'a, str>,
    },
    /// A resource contained in the same one, by its id without `#`.
    Contained(&'a str),
}

/// Gives what a Reference element points to: by `reference`, by `identifier`, or both.
pub(super) fn read<'a>(element: Value<'a>, out: &mut dyn FnMut(Reference<'a>)) {
    if let Some(literal) = element.get("reference").and_then(literal) {
        out(literal);
    }
    if let Some(identifier) = element.get("identifier")
        && let Some(value) = identifier.str("value").filter(|v| !v.is_empty())
    {
        let rtype = element.str("type").and_then(|name| ResourceType::from_name(&name));
        out(Reference::Logical {
            rtype,
            system: identifier.str("system").filter(|s| !s.is_empty()),
            value,
        });
    }
}

/// Reads a `reference` string. What is neither a URL nor a relative reference to a resource that
/// R4 knows (`Patient?identifier=..`, `patient/17`) gives nothing.
///
/// Escaped slashes (`Patient\/17`) are understood in place; other escapes make the reference
/// [`Reference::Absolute`], so that it is not lost.
fn literal<'a>(value: Value<'a>) -> Option<Reference<'a>> {
    let Some(plain) = value.as_plain_str() else {
        let raw = value.raw().strip_prefix('"')?.strip_suffix('"')?;
        let local = if raw.replace("\\/", "").contains('\\') {
            None
        } else {
            relative(raw, "\\/")
        };
        return local.or_else(|| {
            value
                .as_str()
                .filter(|text| has_scheme(text) || relative(text, "/").is_some())
                .map(Reference::Absolute)
        });
    };
    if has_scheme(plain) {
        Some(Reference::Absolute(plain.into()))
    } else {
        relative(plain, "/")
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

fn relative<'a>(text: &'a str, slash: &str) -> Option<Reference<'a>> {
    if let Some(id) = text.strip_prefix('#') {
        return is_id(id).then_some(Reference::Contained(id));
    }
    let mut parts = text.split(slash);
    let rtype = ResourceType::from_name(parts.next()?)?;
    let id = parts.next().filter(|id| is_id(id))?;
    let version = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => None,
        (Some("_history"), Some(version), None) if is_id(version) => Some(version),
        _ => return None,
    };
    Some(Reference::Local { rtype, id, version })
}

/// The type that a URL of a resource names: `https://example.org/fhir/Patient/17`.
fn type_in_url(url: &str) -> Option<ResourceType> {
    let path = url.split_once("://")?.1.split(['?', '#', '|']).next()?;
    let mut parts = path.rsplit('/');
    let mut id = parts.next()?;
    let mut rtype = parts.next()?;
    if rtype == "_history" {
        id = parts.next()?;
        rtype = parts.next()?;
    }
    ResourceType::from_name(rtype).filter(|_| is_id(id))
}

/// A reference to a resource itself, if it has an id that can be pointed to.
pub(super) fn to_resource(resource: Value<'_>) -> Option<Reference<'_>> {
    let rtype = ResourceType::from_name(&resource.str("resourceType")?)?;
    let id = resource.get("id")?.as_plain_str().filter(|id| is_id(id))?;
    Some(Reference::Local { rtype, id, version: None })
}

fn contained<'a>(resource: Value<'a>, id: &str) -> Option<Value<'a>> {
    resource.items("contained").find(|c| c.str("id").is_some_and(|i| i == id))
}

/// Whether a Reference element may point to that type: `resolve() is T`, as far as can be told
/// without resolving. A reference that does not say its type may.
pub(super) fn may_be(element: Value<'_>, rtype: ResourceType, resource: Value<'_>) -> bool {
    let mut any = false;
    read(element, &mut |reference| any |= may_point_to(&reference, rtype, resource));
    any
}

fn may_point_to(reference: &Reference<'_>, wanted: ResourceType, resource: Value<'_>) -> bool {
    match reference {
        Reference::Local { rtype, .. } => *rtype == wanted,
        Reference::Absolute(url) => type_in_url(url).is_none_or(|t| t == wanted),
        Reference::Logical { rtype, .. } => rtype.is_none_or(|t| t == wanted),
        Reference::Contained(id) => contained(resource, id)
            .and_then(|c| c.str("resourceType"))
            .is_some_and(|name| name == wanted.name()),
    }
}

/// The patients that a resource is about: what the parameters of R4's patient compartment point
/// to, `subject` and `patient` first, without repeats; references that say that they point to
/// another type are left out. Nothing for a Patient.
///
/// For a contained patient, its identifiers follow as logical references. An identifier without a
/// type counts in `subject` and `patient`, and where nothing but a patient may stand: a performer's
/// number is not taken for a patient's. Types that R4 leaves out of the compartment (`Task`,
/// `Device`, ..) count by their `subject` and `patient`, if they have them.
pub fn patient_references<'a>(resource: Value<'a>) -> Vec<Reference<'a>> {
    let Some(trees) = compile::of(resource) else { return Vec::new() };
    let mut found: Vec<(usize, Reference<'a>)> = Vec::new();
    trees.compartment.walk(resource, &mut |param, indexed| {
        let Indexed::Reference(reference) = indexed else { return };
        let Some(param) = get(param) else { return };
        let subject = matches!(param.code, "subject" | "patient");
        let untyped = matches!(reference, Reference::Logical { rtype: None, .. });
        let only_patients = param.targets.iter().all(|t| *t == compile::patient());
        if may_point_to(&reference, compile::patient(), resource) && (!untyped || subject || only_patients) {
            let rank = trees.compartment_order.iter().position(|p| *p == param.id).unwrap_or(usize::MAX);
            found.push((rank, reference));
        }
    });
    found.sort_by_key(|(rank, _)| *rank);
    let mut out: Vec<Reference<'a>> = Vec::new();
    for (_, reference) in found {
        let inside = if let Reference::Contained(id) = reference {
            contained(resource, id)
        } else {
            None
        };
        let mut add = |reference| {
            if !out.contains(&reference) {
                out.push(reference);
            }
        };
        add(reference);
        for identifier in inside.into_iter().flat_map(|patient| patient.items("identifier")) {
            if let Some(value) = identifier.str("value").filter(|v| !v.is_empty()) {
                add(Reference::Logical {
                    rtype: Some(compile::patient()),
                    system: identifier.str("system"),
                    value,
                });
            }
        }
    }
    out
}

/// Gives the `reference` string of every Reference element anywhere in a resource: contained
/// resources, extensions and entries of a Bundle too.
pub fn references<'a>(resource: Value<'a>, out: &mut dyn FnMut(Value<'a>)) {
    within(resource, "", out);
}

fn within<'a>(value: Value<'a>, property: &str, out: &mut dyn FnMut(Value<'a>)) {
    match value.kind() {
        Kind::Array => value.children().for_each(|item| within(item, property, out)),
        Kind::Object => {
            let mut only_reference = property != "education";
            let mut reference = None;
            for child in value.children() {
                let Some(key) = child.key() else { continue };
                match key.as_ref() {
                    "reference" if child.kind() == Kind::String => reference = Some(child),
                    "id" | "type" | "display" | "identifier" | "extension" => {}
                    name => only_reference &= name.starts_with('_'),
                }
                within(child, &key, out);
            }
            // DetectedIssue, Expression and Immunization.education have a uri of that name.
            if let Some(reference) = reference.filter(|_| only_reference) {
                out(reference);
            }
        }
        _ => {}
    }
}
