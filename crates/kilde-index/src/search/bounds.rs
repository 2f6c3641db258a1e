//! Where in the store the candidates of a probe lie: ranges of keys that hold all resources that can
//! match (and maybe others).

use super::check::Probe;
use crate::error::IndexError;
use crate::index::Looking;
use crate::keys::{self, Hash, Key};
use crate::postings;
use crate::terms::{self, Term};
use kilde_fhir::date::{Prefix, Range};
use kilde_fhir::search::{Number, ParamId};

/// Keys from `low` up to but not with `high`, each ending in a resource number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub low: Key,
    pub high: Option<Key>,
    /// Whether the keys differ in the resource number only, and so are sorted by it.
    pub sorted: bool,
}

/// More lists than this are not walked for one value.
const LISTS: usize = 64;

impl Bounds {
    /// All keys that begin so, and go on with the resource number.
    pub fn list(prefix: Key) -> Bounds {
        Bounds {
            high: keys::after_prefix(&prefix),
            low: prefix,
            sorted: true,
        }
    }

    fn unsorted(prefix: Key) -> Bounds {
        Bounds {
            sorted: false,
            ..Bounds::list(prefix)
        }
    }
}

/// The ranges of a probe; `None` where there is no useful one.
pub(super) fn of(look: &Looking<'_>, param: ParamId, probe: &Probe) -> Result<Option<Vec<Bounds>>, IndexError> {
    let p = param.0.to_be_bytes();
    let one = |term: &Term<'_>| Some(vec![Bounds::list(postings::prefix(param, term))]);
    Ok(match probe {
        Probe::Token { hash, system } => tokens(look, param, keys::TOKEN, &[], *hash, *system)?,
        Probe::Logical {
            hash: hash @ Some(_),
            system,
        } => tokens(look, param, keys::REFERENCE, &[terms::LOGICAL], *hash, *system)?,
        Probe::Logical { hash: None, .. } => None,
        Probe::Target { rtype, rid } => one(&Term::Target { rtype: *rtype, rid: *rid }),
        Probe::National(hash) => one(&Term::National(*hash)),
        Probe::Absolute(hash) => one(&Term::Absolute(*hash)),
        Probe::Starts(start) => Some(vec![Bounds::unsorted(keys::key(
            keys::STRING,
            &[&p, postings::string_start(start).as_bytes()],
        ))]),
        Probe::Exact { folded, .. } => one(&Term::String {
            exact: [0; keys::HASH],
            folded,
        }),
        Probe::Uri(uri) => one(&Term::Uri(uri)),
        Probe::UriBelow(uri) => Some(vec![Bounds::unsorted(keys::key(
            keys::URI,
            &[&p, postings::uri_start(uri).as_bytes()],
        ))]),
        Probe::Equal(folded) => one(&Term::String {
            exact: [0; keys::HASH],
            folded,
        }),
        Probe::Codes(codes) if codes.len() <= LISTS => {
            let lists = codes.iter().map(|(hash, system)| Term::Token {
                hash: *hash,
                system: *system,
            });
            Some(lists.map(|term| Bounds::list(postings::prefix(param, &term))).collect())
        }
        Probe::Targets { rtype, rids } if rids.len() <= LISTS => {
            let lists = rids.iter().map(|rid| Term::Target { rtype: *rtype, rid: *rid });
            Some(lists.map(|term| Bounds::list(postings::prefix(param, &term))).collect())
        }
        Probe::Contains(_)
        | Probe::Ends(_)
        | Probe::Codes(_)
        | Probe::Targets { .. }
        | Probe::UriAbove(_)
        | Probe::UriPart(..)
        | Probe::Ordered(..)
        | Probe::Spans(_)
        | Probe::MayBe(_) => None,
        Probe::Date(prefix, range) => dates(&p, *prefix, *range),
        Probe::Number(prefix, number) => numbers(keys::NUMBER, &p, *prefix, number),
        Probe::Quantity { prefix, number, .. } => numbers(keys::QUANTITY, &p, *prefix, number),
        Probe::Canonical { prefix, number, unit } => numbers(keys::CANONICAL, &[p.as_slice(), unit].concat(), *prefix, number),
    })
}

/// Lists of a token: of one system, of every system that has the code, or of every code of the system.
fn tokens(
    look: &Looking<'_>,
    param: ParamId,
    kind: u8,
    sub: &[u8],
    hash: Option<Hash>,
    system: Option<u32>,
) -> Result<Option<Vec<Bounds>>, IndexError> {
    let p = param.0.to_be_bytes();
    let list = |hash: &Hash, system: u32| Bounds::list(keys::key(kind, &[&p, sub, hash, &system.to_be_bytes()]));
    let mut lists = Vec::new();
    match (hash, system) {
        (Some(hash), Some(system)) => lists.push(list(&hash, system)),
        (Some(hash), None) => {
            let prefix = keys::key(kind, &[&p, sub, &hash]);
            let mut range = look.view.prefix(&prefix);
            while let Some((key, _)) = range.item()? {
                let Some(system) = key.get(prefix.len()..).and_then(|rest| rest.first_chunk::<4>()) else {
                    return Err(IndexError::Damaged("token list"));
                };
                let system = u32::from_be_bytes(*system);
                lists.push(list(&hash, system));
                let Some(next) = system.checked_add(1) else { break };
                if lists.len() > LISTS {
                    return Ok(None);
                }
                range.seek(&keys::key(kind, &[&p, sub, &hash, &next.to_be_bytes()]));
            }
        }
        (None, Some(system)) => {
            let prefix = keys::key(keys::SYSTEM_CODE, &[&p, &system.to_be_bytes()]);
            let mut range = look.view.prefix(&prefix);
            while let Some((key, _)) = range.item()? {
                let Some(hash) = key.last_chunk() else {
                    return Err(IndexError::Damaged("codes of a system"));
                };
                lists.push(list(hash, system));
                if lists.len() > LISTS {
                    return Ok(None);
                }
                range.next();
            }
        }
        (None, None) => return Ok(None),
    }
    Ok(Some(lists))
}

/// Ranges of stored dates that a search date can match. A stored range longer than [`keys::LONG_MS`] is
/// also found by its end, a shorter one begins at most that long before it ends.
fn dates(p: &[u8], prefix: Prefix, search: Range) -> Option<Vec<Bounds>> {
    let bounds = |kind: u8, from: i64, to: Option<i64>| Bounds {
        low: keys::key(kind, &[p, &keys::ordered_i64(from).to_be_bytes()]),
        high: match to {
            Some(to) => Some(keys::key(kind, &[p, &keys::ordered_i64(to).to_be_bytes()])),
            None => keys::after_prefix(&keys::key(kind, &[p])),
        },
        sorted: false,
    };
    let starts = |from, to| bounds(keys::DATE, from, to);
    let long_ending_after = |ms| bounds(keys::LONG_DATE, ms, None);
    let Range { from_ms, to_ms } = search;
    Some(match prefix {
        Prefix::Eq => vec![starts(from_ms, Some(to_ms))],
        Prefix::Gt => vec![starts(to_ms.saturating_sub(keys::LONG_MS), None), long_ending_after(to_ms)],
        Prefix::Ge => vec![
            starts(from_ms.min(to_ms.saturating_sub(keys::LONG_MS)), None),
            long_ending_after(to_ms),
        ],
        Prefix::Lt | Prefix::Eb => vec![starts(i64::MIN, Some(from_ms))],
        Prefix::Le => vec![starts(i64::MIN, Some(to_ms))],
        Prefix::Sa => vec![starts(to_ms, None)],
        Prefix::Ap => vec![
            starts(from_ms.saturating_sub(keys::LONG_MS), Some(to_ms)),
            long_ending_after(from_ms),
        ],
        Prefix::Ne => return None,
    })
}

/// Ranges of stored numbers that a search number can match. Stored ranges (`low` below `high`) also stand
/// under minus infinity.
fn numbers(kind: u8, p: &[u8], prefix: Prefix, search: &Number) -> Option<Vec<Bounds>> {
    let between = |low: f64, high: f64| {
        let (low, high) = (
            keys::key(kind, &[p, &keys::ordered_f64(low).to_be_bytes()]),
            keys::key(kind, &[p, &keys::ordered_f64(high).to_be_bytes()]),
        );
        Bounds {
            low,
            high: keys::after_prefix(&high),
            sorted: false,
        }
    };
    let wide = || between(f64::NEG_INFINITY, f64::NEG_INFINITY);
    let value = search.value;
    Some(match prefix {
        Prefix::Eq => vec![between(search.low.min(value), search.high.max(value))],
        Prefix::Gt | Prefix::Ge => vec![between(value, f64::INFINITY), wide()],
        Prefix::Lt | Prefix::Le | Prefix::Eb => vec![between(f64::NEG_INFINITY, value)],
        Prefix::Sa => vec![between(value, f64::INFINITY)],
        Prefix::Ap => vec![between(search.low, search.high), wide()],
        Prefix::Ne => return None,
    })
}
