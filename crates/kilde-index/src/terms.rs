//! Terms: everything a resource can be found by, as bytes beside its record, and the postings
//! that follow from them.

use crate::keys::{self, HASH, Hash, Key, Rid};
use kilde_fhir::search::ParamId;

const TOKEN: u8 = 1;
const STRING: u8 = 2;
const URI: u8 = 3;
const DATE: u8 = 4;
const NUMBER: u8 = 5;
const QUANTITY: u8 = 6;
/// Kinds of reference; they also stand in reference postings.
pub(crate) const TARGET: u8 = 7;
pub(crate) const NATIONAL: u8 = 8;
pub(crate) const LOGICAL: u8 = 9;
pub(crate) const ABSOLUTE: u8 = 10;

/// Longest text kept in a term.
pub(crate) const TEXT: usize = 2000;

/// The number that stands for "no system".
pub(crate) const NO_SYSTEM: u32 = 0;

/// One term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Term<'a> {
    Token {
        hash: Hash,
        system: u32,
    },
    /// Folded text, and the hash of the text as it stood.
    String {
        exact: Hash,
        folded: &'a str,
    },
    Uri(&'a str),
    Date {
        from_ms: i64,
        to_ms: i64,
    },
    Number {
        low: f64,
        high: f64,
    },
    Quantity {
        low: f64,
        high: f64,
        system: u32,
        code: Hash,
        unit: Hash,
    },
    Target {
        rtype: u8,
        rid: Rid,
    },
    National(Hash),
    Logical {
        hash: Hash,
        system: u32,
    },
    Absolute(Hash),
}

/// Collects a resource's terms; reused from resource to resource.
#[derive(Default)]
pub(crate) struct Builder {
    buffer: Vec<u8>,
    spans: Vec<(u32, u32)>,
}

impl Builder {
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.spans.clear();
    }

    pub fn add(&mut self, param: ParamId, term: Term<'_>) {
        let start = self.buffer.len() as u32;
        let out = &mut self.buffer;
        out.extend_from_slice(&param.0.to_be_bytes());
        match term {
            Term::Token { hash, system } => {
                out.push(TOKEN);
                out.extend_from_slice(&hash);
                out.extend_from_slice(&system.to_be_bytes());
            }
            Term::String { exact, folded } => {
                out.push(STRING);
                out.extend_from_slice(&exact);
                put_text(out, folded);
            }
            Term::Uri(uri) => {
                out.push(URI);
                put_text(out, uri);
            }
            Term::Date { from_ms, to_ms } => {
                out.push(DATE);
                out.extend_from_slice(&keys::ordered_i64(from_ms).to_be_bytes());
                out.extend_from_slice(&keys::ordered_i64(to_ms).to_be_bytes());
            }
            Term::Number { low, high } => {
                out.push(NUMBER);
                out.extend_from_slice(&keys::ordered_f64(low).to_be_bytes());
                out.extend_from_slice(&keys::ordered_f64(high).to_be_bytes());
            }
            Term::Quantity {
                low,
                high,
                system,
                code,
                unit,
            } => {
                out.push(QUANTITY);
                out.extend_from_slice(&keys::ordered_f64(low).to_be_bytes());
                out.extend_from_slice(&keys::ordered_f64(high).to_be_bytes());
                out.extend_from_slice(&system.to_be_bytes());
                out.extend_from_slice(&code);
                out.extend_from_slice(&unit);
            }
            Term::Target { rtype, rid } => {
                out.extend_from_slice(&[TARGET, rtype]);
                out.extend_from_slice(&rid.to_be_bytes());
            }
            Term::National(hash) => {
                out.push(NATIONAL);
                out.extend_from_slice(&hash);
            }
            Term::Logical { hash, system } => {
                out.push(LOGICAL);
                out.extend_from_slice(&hash);
                out.extend_from_slice(&system.to_be_bytes());
            }
            Term::Absolute(hash) => {
                out.push(ABSOLUTE);
                out.extend_from_slice(&hash);
            }
        }
        self.spans.push((start, self.buffer.len() as u32));
    }

    /// The terms as bytes: sorted, each once.
    pub fn finish(&mut self) -> Vec<u8> {
        let buffer = &self.buffer;
        let bytes = |span: &(u32, u32)| &buffer[span.0 as usize..span.1 as usize];
        self.spans.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        self.spans.dedup_by(|a, b| bytes(a) == bytes(b));
        let mut out = Vec::with_capacity(buffer.len());
        for span in &self.spans {
            out.extend_from_slice(bytes(span));
        }
        out
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = beginning(text, TEXT);
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// At most `max` bytes from the beginning, whole characters.
pub(crate) fn beginning(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// A resource's terms as they lie in its record, sorted by parameter.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a>(pub &'a [u8]);

impl<'a> Terms<'a> {
    /// Every term with its parameter. Ends early at bytes that are no term.
    pub fn iter(self) -> impl Iterator<Item = (ParamId, Term<'a>)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (param, body) = rest.split_first_chunk::<2>()?;
            let (term, left) = read(body)?;
            rest = left;
            Some((ParamId(u16::from_be_bytes(*param)), term))
        })
    }

    /// The terms of one parameter.
    pub fn of(self, param: ParamId) -> impl Iterator<Item = Term<'a>> {
        self.iter()
            .skip_while(move |(p, _)| p.0 < param.0)
            .take_while(move |(p, _)| p.0 == param.0)
            .map(|(_, term)| term)
    }
}

fn read(bytes: &[u8]) -> Option<(Term<'_>, &[u8])> {
    let (kind, mut rest) = bytes.split_first()?;
    let rest = &mut rest;
    let term = match *kind {
        TOKEN => Term::Token {
            hash: take(rest)?,
            system: u32::from_be_bytes(take(rest)?),
        },
        STRING => Term::String {
            exact: take(rest)?,
            folded: text(rest)?,
        },
        URI => Term::Uri(text(rest)?),
        DATE => Term::Date {
            from_ms: signed(rest)?,
            to_ms: signed(rest)?,
        },
        NUMBER => Term::Number {
            low: float(rest)?,
            high: float(rest)?,
        },
        QUANTITY => Term::Quantity {
            low: float(rest)?,
            high: float(rest)?,
            system: u32::from_be_bytes(take(rest)?),
            code: take(rest)?,
            unit: take(rest)?,
        },
        TARGET => Term::Target {
            rtype: u8::from_be_bytes(take(rest)?),
            rid: u32::from_be_bytes(take(rest)?),
        },
        NATIONAL => Term::National(take(rest)?),
        LOGICAL => Term::Logical {
            hash: take(rest)?,
            system: u32::from_be_bytes(take(rest)?),
        },
        ABSOLUTE => Term::Absolute(take(rest)?),
        _ => return None,
    };
    Some((term, rest))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn signed(rest: &mut &[u8]) -> Option<i64> {
    take(rest).map(|b| keys::from_ordered_i64(u64::from_be_bytes(b)))
}

fn float(rest: &mut &[u8]) -> Option<f64> {
    take(rest).map(|b| keys::from_ordered_f64(u64::from_be_bytes(b)))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let len = u16::from_be_bytes(take(rest)?) as usize;
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    std::str::from_utf8(head).ok()
}

/// The postings of a resource with these terms: sorted, each once.
pub(crate) fn postings(terms: Terms<'_>, rid: Rid, out: &mut Vec<Key>) {
    out.clear();
    let rid = rid.to_be_bytes();
    for (param, term) in terms.iter() {
        match term {
            Term::Date { from_ms, to_ms } if is_long(from_ms, to_ms) => out.push(ended(long_date_prefix(param, to_ms), &rid)),
            // A range of numbers can match far from where it begins: it also stands before all numbers.
            Term::Number { low, high } if low != high => {
                out.push(ended(
                    prefix(
                        param,
                        &Term::Number {
                            low: f64::NEG_INFINITY,
                            high,
                        },
                    ),
                    &rid,
                ));
            }
            Term::Quantity {
                low,
                high,
                system,
                code,
                unit,
            } if low != high => {
                out.push(ended(
                    prefix(
                        param,
                        &Term::Quantity {
                            low: f64::NEG_INFINITY,
                            high,
                            system,
                            code,
                            unit,
                        },
                    ),
                    &rid,
                ));
            }
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
        Term::Number { low, .. } => keys::key(keys::NUMBER, &[&p, &keys::ordered_f64(*low).to_be_bytes()]),
        Term::Quantity { low, .. } => keys::key(keys::QUANTITY, &[&p, &keys::ordered_f64(*low).to_be_bytes()]),
        Term::Target { rtype, rid } => keys::key(keys::REFERENCE, &[&p, &[TARGET, *rtype], &rid.to_be_bytes()]),
        Term::National(hash) => keys::key(keys::REFERENCE, &[&p, &[NATIONAL], hash]),
        Term::Logical { hash, system } => keys::key(keys::REFERENCE, &[&p, &[LOGICAL], hash, &system.to_be_bytes()]),
        Term::Absolute(hash) => keys::key(keys::REFERENCE, &[&p, &[ABSOLUTE], hash]),
    }
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

/// The first bytes of a keyed hash.
pub(crate) fn short(hash: [u8; 32]) -> Hash {
    let mut out = [0; HASH];
    out.copy_from_slice(&hash[..HASH]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_term() -> impl Strategy<Value = (u16, Kind)> {
        (
            0u16..5,
            (0u8..10, any::<[u8; 10]>(), any::<u32>(), "\\PC{0,40}", any::<i64>(), -1e9f64..1e9),
        )
    }
    type Kind = (u8, Hash, u32, String, i64, f64);

    fn term(kind: &Kind) -> Term<'_> {
        let (kind, hash, number, text, signed, float) = kind;
        match kind {
            0 => Term::Token {
                hash: *hash,
                system: *number,
            },
            1 => Term::String {
                exact: *hash,
                folded: text,
            },
            2 => Term::Uri(text),
            3 => Term::Date {
                from_ms: *signed,
                to_ms: signed.saturating_add(i64::from(*number)),
            },
            4 => Term::Number { low: *float, high: *float },
            5 => Term::Quantity {
                low: *float,
                high: float + 1.0,
                system: *number,
                code: *hash,
                unit: *hash,
            },
            6 => Term::Target {
                rtype: hash[0],
                rid: *number,
            },
            7 => Term::National(*hash),
            8 => Term::Logical {
                hash: *hash,
                system: *number,
            },
            _ => Term::Absolute(*hash),
        }
    }

    proptest! {
        #[test]
        fn every_term_comes_back_once(all in proptest::collection::vec(any_term(), 0..12)) {
            let mut builder = Builder::default();
            for (param, kind) in all.iter().chain(&all) {
                builder.add(ParamId(*param), term(kind));
            }
            let bytes = builder.finish();
            let back: Vec<_> = Terms(&bytes).iter().collect();
            for (param, kind) in &all {
                let found = back.iter().filter(|(p, t)| p.0 == *param && *t == term(kind)).count();
                prop_assert_eq!(found, 1);
                prop_assert!(Terms(&bytes).of(ParamId(*param)).any(|t| t == term(kind)));
            }
            prop_assert!(back.iter().all(|(p, t)| all.iter().any(|(q, k)| p.0 == *q && *t == term(k))));
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "ø".repeat(5000);
        let mut builder = Builder::default();
        builder.add(ParamId(1), Term::Uri(&long));
        let bytes = builder.finish();
        let Some(Term::Uri(kept)) = Terms(&bytes).of(ParamId(1)).next() else {
            panic!("no uri")
        };
        assert_eq!(kept.len(), TEXT);
    }
}
