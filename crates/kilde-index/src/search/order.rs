//! The order of the answer: by which values resources are sorted, as bytes that compare as the resources do.
//!
//! Codes, identifiers and references stand in the index as keyed hashes or numbers, which have no order. Their texts are
//! read from the content, as this reader sees it, once for each different one and a bounded number of times (ADR 0024).

use super::asking::Asking;
use super::{Sort, SortBy};
use crate::error::SearchError;
use crate::keys::{Hash, Rid, ordered_f64, ordered_i64};
use crate::record::Record;
use crate::terms::{Term, beginning};
use kilde_access::mask;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::Value;
use kilde_fhir::search::{Elements, Indexed, ParamId, Reference, get};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::RefCell;

/// So much of a code or reference counts in the order.
const TEXT: usize = 256;

/// What was read for the order so far: what hashes are of.
#[derive(Default)]
pub(super) struct Texts {
    known: RefCell<FxHashMap<Hash, Box<str>>>,
    elements: RefCell<FxHashMap<ParamId, Elements>>,
}

/// The place of a resource in the order, as bytes that compare as the resources do: for each key of the
/// sort a mark (0: it has a value, 1: it has none, and stands last) and the value, inverted when descending; then
/// the resource number.
pub(super) fn place(
    asking: &Asking<'_>,
    sort: &[Sort],
    last_updated_ms: i64,
    rid: Rid,
    record: &Record<'_>,
) -> Result<Vec<u8>, SearchError> {
    let mut out = Vec::with_capacity(4 + sort.len() * 12);
    for key in sort {
        let value = match key.by {
            SortBy::Updated => Some(ordered_i64(last_updated_ms).to_be_bytes().to_vec()),
            SortBy::Id => Some(terminated(record.id)),
            SortBy::Param(param) => {
                let values = record.terms.of(param).filter_map(|term| value(&term, key.descending));
                if key.descending { values.max() } else { values.min() }
            }
            SortBy::Text(param) => text(asking, param, key.descending, record)?.map(|text| terminated(beginning(&text, TEXT))),
        };
        match value {
            None => out.push(1),
            Some(value) => {
                out.push(0);
                out.extend(value.into_iter().map(|b| if key.descending { !b } else { b }));
            }
        }
    }
    out.extend_from_slice(&rid.to_be_bytes());
    Ok(out)
}

/// The value of a term that it is sorted by: ranges by their beginning, or descending by their end.
fn value(term: &Term<'_>, descending: bool) -> Option<Vec<u8>> {
    Some(match term {
        Term::Date { from_ms, to_ms } => ordered_i64(if descending { *to_ms } else { *from_ms }).to_be_bytes().to_vec(),
        Term::Number { low, high } | Term::Quantity { low, high, .. } => {
            ordered_f64(if descending { *high } else { *low }).to_be_bytes().to_vec()
        }
        Term::String { folded, .. } => terminated(folded),
        Term::Uri(uri) => terminated(uri),
        _ => return None,
    })
}

/// The first code, identifier or reference of a parameter, or descending the last: codes and identifiers by their text
/// without system, references as `Type/id`, as url, or by the identifier's value.
fn text(asking: &Asking<'_>, param: ParamId, descending: bool, record: &Record<'_>) -> Result<Option<String>, SearchError> {
    let mut texts: Vec<String> = Vec::new();
    let mut hashes: Vec<Hash> = Vec::new();
    let mut unknown = false;
    for term in record.terms.of(param) {
        match term {
            Term::Token { hash, .. } | Term::Logical { hash, .. } | Term::Absolute(hash) => hashes.push(hash),
            Term::Target { rtype, rid } => match asking.named(ResourceType(rtype), rid)? {
                Some(name) => texts.push(name),
                None => unknown = true,
            },
            _ => {}
        }
    }
    // What may be masked here is not taken from where it is not.
    let masked = mask::may_mask(asking.scope, record.header.category);
    {
        let known = asking.texts.known.borrow();
        unknown |= hashes.iter().any(|hash| masked || !known.contains_key(hash));
    }
    if !unknown {
        let known = asking.texts.known.borrow();
        texts.extend(hashes.iter().filter_map(|hash| known.get(hash)).map(|text| text.to_string()));
    } else if let Some(param) = get(param)
        && let Some(document) = asking.content(record, param.code)?
    {
        texts.clear();
        let mut elements = asking.texts.elements.borrow_mut();
        let elements = elements.entry(param.id).or_insert_with(|| Elements::of(param));
        texts_of(elements, document.root(), &mut |text, hashed| {
            if hashed && !masked {
                let hash = asking.look.index.hash(text);
                asking
                    .texts
                    .known
                    .borrow_mut()
                    .entry(hash)
                    .or_insert_with(|| beginning(text, TEXT).into());
            }
            texts.push(text.to_owned());
        });
    }
    texts.retain(|text| !text.is_empty());
    Ok(if descending {
        texts.into_iter().max()
    } else {
        texts.into_iter().min()
    })
}

/// Gives the texts of codes, identifiers and references, and whether the index has a hash of each.
fn texts_of(elements: &Elements, resource: Value<'_>, out: &mut dyn FnMut(&str, bool)) {
    elements.values(resource, &mut |indexed| match indexed {
        Indexed::Token { code, .. } => out(&code.unwrap_or(Cow::Borrowed("")), true),
        Indexed::Reference(Reference::Local { rtype, id, .. }) => out(&format!("{rtype}/{id}"), false),
        Indexed::Reference(Reference::Absolute(url)) => out(&url, true),
        Indexed::Reference(Reference::Logical { value, .. }) => out(&value, true),
        _ => {}
    });
}

impl Asking<'_> {
    /// `Type/id` of a resource that a reference names, if it was ever here. A reference is part of what refers: who may see
    /// that may see it.
    fn named(&self, rtype: ResourceType, rid: Rid) -> Result<Option<String>, SearchError> {
        match self.record(rtype, rid)? {
            Some(bytes) => Ok(Some(format!("{rtype}/{}", Record::decode(&bytes)?.id))),
            None => Ok(None),
        }
    }
}

/// Text with an end mark that sorts before every continuation (a zero byte inside is doubled).
fn terminated(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    for b in text.bytes() {
        out.push(b);
        if b == 0 {
            out.push(0xFF);
        }
    }
    out.extend_from_slice(&[0, 0]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ended_texts_compare_as_texts(a in "[\u{0}ab]{0,5}", b in "[\u{0}ab]{0,5}") {
            prop_assert_eq!(a.as_bytes().cmp(b.as_bytes()), terminated(&a).cmp(&terminated(&b)));
        }
    }
}
