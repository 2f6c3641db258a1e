//! Whether a resource matches: the one place that decides, on the terms in its record.

use super::asking::Asking;
use super::composite::Composite;
use super::content::Content;
use super::linked::{Chain, Has};
use crate::error::SearchError;
use crate::keys::{Hash, Rid};
use crate::record::Record;
use crate::terms::Term;
use kilde_fhir::date::{Prefix, Range};
use kilde_fhir::search::{Number, ParamId};
use rustc_hash::FxHashSet;

/// A clause with texts resolved to numbers and hashes.
#[derive(Debug)]
pub(crate) enum Check {
    /// One of these resources; sorted.
    Rids(Vec<Rid>),
    Updated(Vec<(Prefix, Range)>),
    Missing {
        param: ParamId,
        missing: bool,
    },
    Any {
        param: ParamId,
        not: bool,
        probes: Vec<Probe>,
    },
    /// Some value meets none of the probes.
    Other {
        param: ParamId,
        probes: Vec<Probe>,
    },
    Composite(Composite),
    /// Some element has all components of a composite parameter.
    Complete(Composite),
    Chain(Box<Chain>),
    Has(Box<Has>),
    Content(Box<Content>),
    All(Vec<Check>),
    Either(Vec<Check>),
    Not(Box<Check>),
}

/// A value with texts resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Probe {
    /// `None`: any code, any system.
    Token {
        hash: Option<Hash>,
        system: Option<u32>,
    },
    Date(Prefix, Range),
    /// The stored time spans all of this one.
    Spans(Range),
    Number(Prefix, Number),
    /// The stored number may be this one.
    MayBe(f64),
    Quantity {
        prefix: Prefix,
        number: Number,
        unit: UnitProbe,
    },
    /// A number in base units of UCUM.
    Canonical {
        prefix: Prefix,
        number: Number,
        unit: Hash,
    },
    Starts(String),
    Contains(String),
    Exact {
        hash: Hash,
        folded: String,
    },
    Equal(String),
    Ends(String),
    /// Before or after in the order of characters.
    Ordered(Prefix, String),
    /// Any of these codes, each with its system.
    Codes(FxHashSet<(Hash, u32)>),
    Uri(String),
    UriBelow(String),
    UriAbove(String),
    UriPart(Part, String),
    Target {
        rtype: u8,
        rid: Rid,
    },
    /// Any of these resources of a type.
    Targets {
        rtype: u8,
        rids: FxHashSet<Rid>,
    },
    National(Hash),
    Logical {
        hash: Option<Hash>,
        system: Option<u32>,
    },
    Absolute(Hash),
}

/// Which part of a uri is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Start,
    Any,
    End,
}

/// A unit with texts resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum UnitProbe {
    Any,
    Coded { system: u32, code: Hash },
    Named(Hash),
}

impl Check {
    /// How dear it is to ask, in steps: the dearest is asked last.
    pub fn cost(&self) -> u8 {
        match self {
            Check::Rids(_)
            | Check::Updated(_)
            | Check::Missing { .. }
            | Check::Any { .. }
            | Check::Other { .. }
            | Check::Composite(_)
            | Check::Complete(_) => 0,
            Check::Chain(_) => 1,
            Check::Has(_) => 2,
            Check::Content(_) => 3,
            Check::All(all) | Check::Either(all) => all.iter().map(Check::cost).max().unwrap_or(0),
            Check::Not(check) => check.cost(),
        }
    }

    /// The parameter that leads to other resources, if there is one.
    pub fn leads_over(&self) -> Option<&'static str> {
        match self {
            Check::Chain(chain) => Some(chain.code()),
            Check::Has(has) => Some(has.code()),
            Check::All(all) | Check::Either(all) => all.iter().find_map(Check::leads_over),
            Check::Not(check) => check.leads_over(),
            _ => None,
        }
    }

    pub fn matches(&self, asking: &Asking<'_>, rid: Rid, record: &Record<'_>) -> Result<bool, SearchError> {
        Ok(match self {
            Check::Rids(rids) => rids.binary_search(&rid).is_ok(),
            Check::Updated(ranges) => {
                let at = record.header.last_updated_ms;
                let stored = Range {
                    from_ms: at,
                    to_ms: at.saturating_add(1),
                };
                ranges.iter().any(|(prefix, search)| prefix.matches(*search, stored))
            }
            Check::Missing { param, missing } => record.terms.of(*param).next().is_none() == *missing,
            Check::Any { param, not, probes } => {
                let found = record.terms.of(*param).any(|term| probes.iter().any(|probe| probe.matches(&term)));
                found != *not
            }
            Check::Other { param, probes } => record.terms.of(*param).any(|term| !probes.iter().any(|probe| probe.matches(&term))),
            Check::Composite(composite) => composite.matches(record),
            Check::Complete(composite) => composite.complete(record),
            Check::Chain(chain) => chain.matches(asking, record)?,
            Check::Has(has) => has.matches(asking, rid, record)?,
            Check::Content(content) => content.matches(asking, record)?,
            Check::Not(check) => !check.matches(asking, rid, record)?,
            Check::All(all) => {
                for check in all {
                    if !check.matches(asking, rid, record)? {
                        return Ok(false);
                    }
                }
                true
            }
            Check::Either(all) => {
                for check in all {
                    if check.matches(asking, rid, record)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }
}

impl Probe {
    pub fn matches(&self, term: &Term<'_>) -> bool {
        fn fits<T: PartialEq>(wanted: &Option<T>, found: &T) -> bool {
            wanted.as_ref().is_none_or(|w| w == found)
        }
        match (self, term) {
            (Probe::Token { hash, system }, Term::Token { hash: h, system: s }) => fits(hash, h) && fits(system, s),
            (Probe::Date(prefix, search), Term::Date { from_ms, to_ms }) => prefix.matches(
                *search,
                Range {
                    from_ms: *from_ms,
                    to_ms: *to_ms,
                },
            ),
            (Probe::Spans(search), Term::Date { from_ms, to_ms }) => *from_ms <= search.from_ms && search.to_ms <= *to_ms,
            (Probe::MayBe(value), Term::Number { low, high }) => low <= value && value <= high,
            (Probe::Number(prefix, number), Term::Number { low, high }) => prefix.matches_number(number, *low, *high),
            (
                Probe::Quantity { prefix, number, unit },
                Term::Quantity {
                    low,
                    high,
                    system,
                    code,
                    unit: named,
                },
            ) => {
                let same_unit = match unit {
                    UnitProbe::Any => true,
                    UnitProbe::Coded { system: s, code: c } => s == system && c == code,
                    UnitProbe::Named(name) => name == code || name == named,
                };
                same_unit && prefix.matches_number(number, *low, *high)
            }
            (Probe::Canonical { prefix, number, unit }, Term::Canonical { low, high, unit: found }) => {
                unit == found && prefix.matches_number(number, *low, *high)
            }
            (Probe::Starts(start), Term::String { folded, .. }) => folded.starts_with(start.as_str()),
            (Probe::Contains(part), Term::String { folded, .. }) => folded.contains(part.as_str()),
            (Probe::Equal(text), Term::String { folded, .. }) => folded == text,
            (Probe::Ends(end), Term::String { folded, .. }) => folded.ends_with(end.as_str()),
            (Probe::Ordered(prefix, text), Term::String { folded, .. }) => ordered(*prefix, (*folded).cmp(text.as_str())),
            (Probe::UriPart(part, text), Term::Uri(found)) => match part {
                Part::Start => found.starts_with(text.as_str()),
                Part::Any => found.contains(text.as_str()),
                Part::End => found.ends_with(text.as_str()),
            },
            (Probe::Codes(codes), Term::Token { hash, system }) => codes.contains(&(*hash, *system)),
            (Probe::Exact { hash, .. }, Term::String { exact, .. }) => hash == exact,
            (Probe::Uri(uri), Term::Uri(found)) => uri == found,
            (Probe::UriBelow(uri), Term::Uri(found)) => below(found, uri),
            (Probe::UriAbove(uri), Term::Uri(found)) => below(uri, found),
            (Probe::Target { rtype, rid }, Term::Target { rtype: t, rid: r }) => rtype == t && rid == r,
            (Probe::Targets { rtype, rids }, Term::Target { rtype: t, rid }) => rtype == t && rids.contains(rid),
            (Probe::National(hash), Term::National(found)) => hash == found,
            (Probe::Logical { hash, system }, Term::Logical { hash: h, system: s }) => fits(hash, h) && fits(system, s),
            (Probe::Absolute(hash), Term::Absolute(found)) => hash == found,
            _ => false,
        }
    }
}

/// Whether what is stored stands so to what is asked for.
pub(super) fn ordered(prefix: Prefix, order: std::cmp::Ordering) -> bool {
    match prefix {
        Prefix::Gt => order.is_gt(),
        Prefix::Ge => order.is_ge(),
        Prefix::Lt => order.is_lt(),
        Prefix::Le => order.is_le(),
        _ => order.is_eq(),
    }
}

/// Whether `uri` is `root` or lies under it (whole path segments).
fn below(uri: &str, root: &str) -> bool {
    uri.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || root.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_means_whole_segments() {
        assert!(below("http://a/b/c", "http://a/b"));
        assert!(below("http://a/b", "http://a/b"));
        assert!(below("http://a/b", "http://a/"));
        assert!(!below("http://a/bc", "http://a/b"));
    }
}
