//! Links into the same bundle that are no references: elements of type `uri`, `url`, `oid`, `uuid` and
//! `canonical`, and `href` and `src` in narratives (<https://hl7.org/fhir/R4/http.html#trules>).

use super::references::{Resolved, Targets};
use crate::template::Hole;
use kilde_fhir::definitions::{ElementType, Primitive, TypeDef, type_of};
use kilde_fhir::json::{Edits, Kind, Value, escape_into};
use std::collections::BTreeMap;

/// Nested deeper than this nothing is stored.
const MAX_DEPTH: usize = 100;

/// How often a text holds what a link into a bundle begins with.
pub(crate) fn mentions(text: &str) -> usize {
    let of = |what: &str| memchr::memmem::find_iter(text.as_bytes(), what.as_bytes()).count();
    of("urn:uuid:") + of("urn:oid:")
}

/// Puts what each link becomes into the edits.
pub(crate) fn rewrite(targets: &Targets, resource: Value<'_>, edits: &mut Edits) {
    object(targets, resource, None, edits, 0);
}

fn object(targets: &Targets, value: Value<'_>, def: Option<&'static TypeDef>, edits: &mut Edits, depth: usize) {
    let named = || type_of(&value.str("resourceType")?);
    let Some(def) = def.or_else(named).filter(|_| depth < MAX_DEPTH) else {
        return;
    };
    for child in value.children() {
        let Some(key) = child.key() else { continue };
        let (name, companion) = key.strip_prefix('_').map_or((key.as_ref(), false), |name| (name, true));
        let Some(element) = def.element(name) else { continue };
        let inside = match element.ty() {
            _ if companion => type_of("Element"),
            ElementType::Complex(_) => element.complex(),
            ElementType::Resource => None,
            ElementType::Primitive(primitive) => {
                strings(child, &mut |text| link(targets, primitive, text, edits));
                continue;
            }
        };
        match child.kind() {
            Kind::Array => child.children().for_each(|item| object(targets, item, inside, edits, depth + 1)),
            _ => object(targets, child, inside, edits, depth + 1),
        }
    }
}

fn strings<'a>(value: Value<'a>, each: &mut dyn FnMut(Value<'a>)) {
    match value.kind() {
        Kind::String => each(value),
        Kind::Array => value.children().filter(|v| v.is_string()).for_each(each),
        _ => {}
    }
}

fn link(targets: &Targets, primitive: Primitive, value: Value<'_>, edits: &mut Edits) {
    let Some(text) = value.as_str() else { return };
    match primitive {
        Primitive::Uri | Primitive::Url | Primitive::Oid | Primitive::Uuid | Primitive::Canonical => {
            if let Some(becomes) = target(targets, &text) {
                edits.replace(value, format!("\"{becomes}\""));
            }
        }
        Primitive::Xhtml => {
            if let Some(becomes) = narrative(targets, &text) {
                edits.replace(value, becomes);
            }
        }
        _ => {}
    }
}

/// What a link becomes, as it stands in JSON; `None` if it leads nowhere here.
fn target(targets: &Targets, text: &str) -> Option<String> {
    let entry = targets.urls.get(text)?;
    Some(match targets.entry(*entry) {
        Resolved::Text(text) => text,
        _ => Hole::Entry(*entry).mark(),
    })
}

/// The narrative as a JSON string, with the links in its attributes rewritten.
fn narrative(targets: &Targets, text: &str) -> Option<String> {
    let mut out = String::from("\"");
    let mut done = 0;
    let attributes: BTreeMap<usize, &str> = ["href=", "src="].iter().flat_map(|n| text.match_indices(n)).collect();
    for (at, name) in attributes {
        let from = at + name.len() + 1;
        let Some(quote) = text.as_bytes().get(from - 1).filter(|q| matches!(q, b'"' | b'\'')) else {
            continue;
        };
        let Some(rest) = text.get(from..) else { continue };
        let Some(end) = rest.find(char::from(*quote)) else { continue };
        if let (Some(becomes), Some(before)) = (target(targets, &rest[..end]), text.get(done..from)) {
            plain(before, &mut out);
            out.push_str(&becomes);
            done = from + end;
        }
    }
    if done == 0 {
        return None;
    }
    plain(&text[done..], &mut out);
    out.push('"');
    Some(out)
}

/// The characters of a JSON string without its quotes.
fn plain(text: &str, out: &mut String) {
    let mut quoted = String::new();
    escape_into(text, &mut quoted);
    out.push_str(&quoted[1..quoted.len() - 1]);
}
