//! Terms: everything a resource can be found by, as bytes beside its record.

use crate::keys::{self, HASH, Hash, Rid};
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
const CANONICAL: u8 = 11;
/// Stands before the parts, as terms are sorted.
const SEVERAL: u8 = 12;
const PART: u8 = 13;
/// Also stands in reference postings.
pub(crate) const INSIDE: u8 = 14;
const CONTAINED: u8 = 15;

/// Stands for a parameter where [`Term::Contains`] does: behind all others.
pub(crate) const CONTAINS: ParamId = ParamId(u16::MAX);

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
    /// A reference to a contained resource of that type.
    Inside {
        rtype: u8,
    },
    /// The resource contains one of that type.
    Contains {
        rtype: u8,
        container: u8,
    },
    /// A quantity in base units of UCUM, under the hash of the base unit.
    Canonical {
        low: f64,
        high: f64,
        unit: Hash,
    },
    /// Of a composite parameter: several elements could meet it, and what each has follows.
    Several,
    /// What an element has for a component of a composite parameter; see [`Term::of_part`].
    Part {
        element: u16,
        component: u8,
        term: &'a [u8],
    },
}

impl<'a> Term<'a> {
    /// The term inside [`Term::Part`].
    pub fn of_part(bytes: &'a [u8]) -> Option<Term<'a>> {
        read(bytes).map(|(term, _)| term)
    }
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
        self.buffer.extend_from_slice(&param.0.to_be_bytes());
        encode(&mut self.buffer, term);
        self.spans.push((start, self.buffer.len() as u32));
    }

    /// Adds what an element has for a component of a composite parameter.
    pub fn add_part(&mut self, param: ParamId, element: u16, component: u8, term: Term<'_>) {
        let mut bytes = Vec::new();
        encode(&mut bytes, term);
        self.add(
            param,
            Term::Part {
                element,
                component,
                term: &bytes,
            },
        );
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

fn encode(out: &mut Vec<u8>, term: Term<'_>) {
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
        Term::Canonical { low, high, unit } => {
            out.push(CANONICAL);
            out.extend_from_slice(&unit);
            out.extend_from_slice(&keys::ordered_f64(low).to_be_bytes());
            out.extend_from_slice(&keys::ordered_f64(high).to_be_bytes());
        }
        Term::Inside { rtype } => out.extend_from_slice(&[INSIDE, rtype]),
        Term::Contains { rtype, container } => out.extend_from_slice(&[CONTAINED, rtype, container]),
        Term::Several => out.push(SEVERAL),
        Term::Part { element, component, term } => {
            out.push(PART);
            out.extend_from_slice(&element.to_be_bytes());
            out.push(component);
            out.extend_from_slice(&(term.len() as u16).to_be_bytes());
            out.extend_from_slice(term);
        }
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
        INSIDE => Term::Inside {
            rtype: u8::from_be_bytes(take(rest)?),
        },
        CONTAINED => Term::Contains {
            rtype: u8::from_be_bytes(take(rest)?),
            container: u8::from_be_bytes(take(rest)?),
        },
        CANONICAL => Term::Canonical {
            unit: take(rest)?,
            low: float(rest)?,
            high: float(rest)?,
        },
        SEVERAL => Term::Several,
        PART => Term::Part {
            element: u16::from_be_bytes(take(rest)?),
            component: u8::from_be_bytes(take(rest)?),
            term: {
                let len = u16::from_be_bytes(take(rest)?) as usize;
                let (head, tail) = rest.split_at_checked(len)?;
                *rest = tail;
                head
            },
        },
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
            (0u8..15, any::<[u8; 10]>(), any::<u32>(), "\\PC{0,40}", any::<i64>(), -1e9f64..1e9),
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
            9 => Term::Absolute(*hash),
            10 => Term::Canonical {
                low: *float,
                high: float + 1.0,
                unit: *hash,
            },
            11 => Term::Several,
            12 => Term::Inside { rtype: hash[0] },
            13 => Term::Contains {
                rtype: hash[0],
                container: hash[1],
            },
            _ => Term::Part {
                element: *number as u16,
                component: hash[0],
                term: text.as_bytes(),
            },
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
    fn parts_come_back_by_element() {
        let mut builder = Builder::default();
        let code = Term::Token {
            hash: [1; HASH],
            system: 3,
        };
        for (element, component) in [(300, 1), (0, 0), (2, 0)] {
            builder.add_part(ParamId(7), element, component, code);
        }
        builder.add(ParamId(7), Term::Several);
        let bytes = builder.finish();
        let all: Vec<Term<'_>> = Terms(&bytes).of(ParamId(7)).collect();
        assert_eq!(all[0], Term::Several);
        let elements = all.iter().filter_map(|t| match t {
            Term::Part { element, term, .. } => Some((*element, Term::of_part(term))),
            _ => None,
        });
        assert_eq!(elements.collect::<Vec<_>>(), [(0, Some(code)), (2, Some(code)), (300, Some(code))]);
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
