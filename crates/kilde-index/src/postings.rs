//! Postings: the lists in which a resource stands, as they follow from its terms.

use crate::keys::{self, Key, Rid};
use crate::terms::{ABSOLUTE, INSIDE, LOGICAL, NATIONAL, TARGET, Term, Terms, beginning};
use kilde_fhir::search::ParamId;

/// The postings of a resource with these terms: sorted, each once.
pub(crate) fn postings(terms: Terms<'_>, rid: Rid, out: &mut Vec<Key>) {
    out.clear();
    let rid = rid.to_be_bytes();
    for (param, term) in terms.iter() {
        match term {
            Term::Date { from_ms, to_ms } if is_long(from_ms, to_ms) => out.push(ended(long_date_prefix(param, to_ms), &rid)),
            // A range of numbers can match far from where it begins: it also stands before all numbers.
            Term::Number { low, high } if low != high => {
                out.push(ended(number(keys::NUMBER, param, &[], f64::NEG_INFINITY), &rid));
            }
            Term::Quantity { low, high, .. } if low != high => {
                out.push(ended(number(keys::QUANTITY, param, &[], f64::NEG_INFINITY), &rid));
            }
            Term::Canonical { low, high, unit } if low != high => {
                out.push(ended(number(keys::CANONICAL, param, &unit, f64::NEG_INFINITY), &rid));
            }
            // Found through the parameters of the components.
            Term::Several | Term::Part { .. } => continue,
            _ => {}
        }
        out.push(ended(prefix(param, &term), &rid));
    }
    out.sort_unstable();
    out.dedup();
}

/// Whether a range is also listed by its end.
pub(crate) fn is_long(from_ms: i64, to_ms: i64) -> bool {
    to_ms.saturating_sub(from_ms) > keys::LONG_MS
}

fn ended(mut key: Key, rid: &[u8; 4]) -> Key {
    key.extend_from_slice(rid);
    key
}

/// The posting of a term up to the resource number.
pub(crate) fn prefix(param: ParamId, term: &Term<'_>) -> Key {
    let p = param.0.to_be_bytes();
    match term {
        Term::Token { hash, system } => keys::key(keys::TOKEN, &[&p, hash, &system.to_be_bytes()]),
        Term::String { folded, .. } => keys::key(keys::STRING, &[&p, string_start(folded).as_bytes(), &[0]]),
        Term::Uri(uri) => keys::key(keys::URI, &[&p, uri_start(uri).as_bytes(), &[0]]),
        Term::Date { from_ms, .. } => keys::key(keys::DATE, &[&p, &keys::ordered_i64(*from_ms).to_be_bytes()]),
        Term::Number { low, .. } => number(keys::NUMBER, param, &[], *low),
        Term::Quantity { low, .. } => number(keys::QUANTITY, param, &[], *low),
        Term::Canonical { low, unit, .. } => number(keys::CANONICAL, param, unit, *low),
        Term::Target { rtype, rid } => keys::key(keys::REFERENCE, &[&p, &[TARGET, *rtype], &rid.to_be_bytes()]),
        Term::National(hash) => keys::key(keys::REFERENCE, &[&p, &[NATIONAL], hash]),
        Term::Logical { hash, system } => keys::key(keys::REFERENCE, &[&p, &[LOGICAL], hash, &system.to_be_bytes()]),
        Term::Absolute(hash) => keys::key(keys::REFERENCE, &[&p, &[ABSOLUTE], hash]),
        Term::Inside { rtype } => keys::key(keys::REFERENCE, &[&p, &[INSIDE, *rtype]]),
        Term::Contains { rtype, container } => keys::key(keys::CONTAINED, &[&[*rtype, *container]]),
        // These stand in no list.
        Term::Several | Term::Part { .. } => Key::new(),
    }
}

fn number(kind: u8, param: ParamId, unit: &[u8], low: f64) -> Key {
    keys::key(kind, &[&param.0.to_be_bytes(), unit, &keys::ordered_f64(low).to_be_bytes()])
}

/// The postings of every reference of a kind by a parameter.
pub(crate) fn references(param: ParamId, kind: u8) -> Key {
    keys::key(keys::REFERENCE, &[&param.0.to_be_bytes(), &[kind]])
}

/// What of a folded string stands in its posting: the beginning, up to the byte that ends it there.
pub(crate) fn string_start(folded: &str) -> &str {
    let start = beginning(folded, keys::STRING_PREFIX);
    start.split_once('\0').map_or(start, |(before, _)| before)
}

/// What of a uri stands in its posting.
pub(crate) fn uri_start(uri: &str) -> &str {
    let start = beginning(uri, keys::URI_PREFIX);
    start.split_once('\0').map_or(start, |(before, _)| before)
}

fn long_date_prefix(param: ParamId, to_ms: i64) -> Key {
    keys::key(keys::LONG_DATE, &[&param.0.to_be_bytes(), &keys::ordered_i64(to_ms).to_be_bytes()])
}
