//! From which list the candidates are taken.

use super::asking::Asking;
use super::bounds::{self, Bounds};
use super::check::{Check, Probe};
use crate::error::{IndexError, SearchError};
use crate::index::Looking;
use crate::keys::{self, Key, Rid};
use crate::lists::Known;
use kilde_access::{AccessScope, Persons};
use kilde_fhir::date::{Prefix, Range};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::ParamId;
use kilde_log::PersonNo;
use std::sync::Arc;

/// So many keys are collected of each of two lists that are put together.
const COLLECTED: usize = 50_000;

/// Of more lists it is not asked how long they are.
const LISTED: usize = 32;
/// Shorter lists are walked without asking how long they are.
const SURELY: usize = 512;
/// A list that seems so many times too long is not begun.
const TOO_LONG: usize = 2;

/// Of a list that is asked for again so many keys are taken into memory.
const KEPT: usize = 1 << 16;

/// In so many lists a resource is looked up one by one.
const LOOKED_UP: usize = 4;

/// Everything that can meet one clause lies here.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// These, sorted, each once.
    Known(Arc<[Rid]>),
    /// What stands in these ranges.
    Ranges(Vec<Bounds>),
}

impl Source {
    /// The resource numbers, sorted, each once; `None` if there are more than `most` keys.
    pub fn collect(&self, asking: &Asking<'_>, most: usize) -> Result<Option<Arc<[Rid]>>, IndexError> {
        let ranges = match self {
            Source::Known(rids) => return Ok((rids.len() <= most).then(|| rids.clone())),
            Source::Ranges(ranges) => ranges,
        };
        let one = self.one_list();
        if let Some(Known::Rids(rids)) = one.map(|list| asking.look.known(list)) {
            return Ok((rids.len() <= most).then_some(rids));
        }
        if most > SURELY && self.about(asking) / TOO_LONG > most {
            return Ok(None);
        }
        let mut rids = Vec::new();
        for bounds in ranges {
            if let Some(Known::Rids(known)) = bounds.sorted.then(|| asking.look.known(&bounds.low)) {
                if rids.len() + known.len() > most {
                    return Ok(None);
                }
                rids.extend_from_slice(&known);
                continue;
            }
            let begun = rids.len();
            let mut range = asking.range(&bounds.low, bounds.high.as_deref());
            while let Some((key, _)) = range.item()? {
                if rids.len() == most {
                    return Ok(None);
                }
                rids.extend(keys::rid_of(key));
                range.next();
            }
            if bounds.sorted && one.is_none() {
                asking.look.keep(&bounds.low, rids.get(begun..).unwrap_or_default().into());
            }
        }
        let rids = sorted(rids);
        if let Some(list) = one {
            asking.look.keep(list, rids.clone());
        }
        Ok(Some(rids))
    }

    /// The beginning of its keys, if it is one list of the store that is sorted.
    fn one_list(&self) -> Option<&Key> {
        match self {
            Source::Ranges(ranges) => match &ranges[..] {
                [one] if one.sorted => Some(&one.low),
                _ => None,
            },
            Source::Known(_) => None,
        }
    }

    /// How many keys lie here, roughly; of many lists it is not asked.
    fn about(&self, asking: &Asking<'_>) -> usize {
        match self {
            Source::Known(rids) => rids.len(),
            Source::Ranges(ranges) if ranges.len() > LISTED => 0,
            Source::Ranges(ranges) => ranges.iter().fold(0, |sum: usize, bounds| {
                sum.saturating_add(asking.look.view.about(&bounds.low, bounds.high.as_deref()))
            }),
        }
    }

    /// Takes the numbers into memory, if there are at most so many keys, or if it is asked for the second time and still not very
    /// long. Tells how many they are, if they are there.
    pub fn hold(&mut self, asking: &Asking<'_>, most: usize) -> Result<Option<usize>, IndexError> {
        if matches!(self, Source::Ranges(_)) {
            let mut rids = self.collect(asking, most)?;
            if rids.is_none()
                && let Some(list) = self.one_list()
            {
                match asking.look.known(list) {
                    Known::Rids(kept) => rids = Some(kept),
                    Known::Asked => rids = self.collect(asking, KEPT)?,
                    Known::Nothing => asking.look.asked_for(list),
                }
            }
            if let Some(rids) = rids {
                *self = Source::Known(rids);
            }
        }
        Ok(match self {
            Source::Known(rids) => Some(rids.len()),
            Source::Ranges(_) => None,
        })
    }

    /// What lies in either; `None` if too much would have to be collected.
    fn or(self, other: Source, asking: &Asking<'_>) -> Result<Option<Source>, IndexError> {
        Ok(match (self, other) {
            (Source::Ranges(mut all), Source::Ranges(more)) => {
                all.extend(more);
                Some(Source::Ranges(all))
            }
            (a, b) => match (a.collect(asking, COLLECTED)?, b.collect(asking, COLLECTED)?) {
                (Some(a), Some(b)) => Some(Source::Known(sorted([&a[..], &b[..]].concat()))),
                _ => None,
            },
        })
    }

    /// Leaves out of `found` what does not lie here, where looking it up costs less than judging it.
    pub fn narrow<T>(&self, asking: &Asking<'_>, found: &mut Vec<(Rid, T)>) -> Result<(), IndexError> {
        match self {
            Source::Known(rids) => found.retain(|(rid, _)| rids.binary_search(rid).is_ok()),
            Source::Ranges(ranges) if ranges.len() <= LOOKED_UP && self.sorted() => {
                let mut held = vec![false; found.len()];
                for list in ranges {
                    let key = |(rid, _): &(Rid, T)| {
                        let mut key = list.low.clone();
                        key.extend_from_slice(&rid.to_be_bytes());
                        key
                    };
                    let keys: Vec<Key> = found.iter().map(key).collect();
                    for (held, is) in held.iter_mut().zip(asking.look.view.holds(&keys)?) {
                        *held |= is;
                    }
                }
                let mut held = held.into_iter();
                found.retain(|_| held.next() == Some(true));
            }
            Source::Ranges(_) => {}
        }
        Ok(())
    }

    /// Whether it can be walked in the order of resource numbers.
    pub fn sorted(&self) -> bool {
        match self {
            Source::Known(_) => true,
            Source::Ranges(ranges) => ranges.iter().all(|r| r.sorted),
        }
    }
}

/// Sorted, each once.
pub(super) fn sorted(mut rids: Vec<Rid>) -> Arc<[Rid]> {
    rids.sort_unstable();
    rids.dedup();
    rids.into()
}

/// Where the resources that meet a check lie; `None` where nothing is known of it.
pub(super) fn source(asking: &Asking<'_>, rtype: ResourceType, check: &Check) -> Result<Option<Source>, SearchError> {
    let look = asking.look;
    match check {
        Check::Rids(rids) => Ok(Some(Source::Known(rids[..].into()))),
        Check::Updated(ranges) => Ok(ranges
            .iter()
            .map(|(prefix, range)| updated(rtype, *prefix, *range))
            .collect::<Option<_>>()
            .map(Source::Ranges)),
        Check::Missing { .. }
        | Check::Any { not: true, .. }
        | Check::Other { .. }
        | Check::Complete(_)
        | Check::Content(_)
        | Check::Not(_) => Ok(None),
        Check::Any { param, probes, .. } => ranges(look, *param, probes),
        Check::Composite(composite) => {
            // The first component is most often a code.
            let Some(first) = composite.components.first() else {
                return Ok(None);
            };
            ranges(look, *first, composite.values.iter().filter_map(|value| value.first()).flatten())
        }
        Check::Chain(chain) => chain.source(asking),
        Check::Has(has) => has.source(asking),
        Check::All(checks) => {
            for check in checks {
                if let Some(found) = source(asking, rtype, check)? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        }
        Check::Either(checks) => {
            let mut all = Source::Ranges(Vec::new());
            for check in checks {
                let Some(next) = source(asking, rtype, check)? else {
                    return Ok(None);
                };
                match all.or(next, asking)? {
                    Some(both) => all = both,
                    None => return Ok(None),
                }
            }
            Ok(Some(all))
        }
    }
}

/// Where what meets any of some probes lies.
fn ranges<'a>(look: &Looking<'_>, param: ParamId, probes: impl IntoIterator<Item = &'a Probe>) -> Result<Option<Source>, SearchError> {
    let mut all = Vec::new();
    for probe in probes {
        match bounds::of(look, param, probe)? {
            Some(ranges) => all.extend(ranges),
            None => return Ok(None),
        }
    }
    let all = Source::Ranges(all);
    match all.one_list().map(|list| look.known(list)) {
        Some(Known::Rids(rids)) => Ok(Some(Source::Known(rids))),
        _ => Ok(Some(all)),
    }
}

/// The lists of the persons of a scope, and of what is nobody's.
pub(super) fn scope_source(look: &Looking<'_>, rtype: ResourceType, scope: &AccessScope) -> Option<Source> {
    let persons: &[PersonNo] = match scope.persons() {
        Persons::Every => return None,
        Persons::None => &[],
        Persons::Only(list) => list,
    };
    let mut all: Vec<PersonNo> = persons
        .iter()
        .flat_map(|p| look.shared.groups.of(*p))
        .chain([PersonNo::NONE])
        .collect();
    all.sort_unstable();
    all.dedup();
    Some(Source::Ranges(
        all.into_iter().map(|p| Bounds::list(keys::of_person(p, Some(rtype.0)))).collect(),
    ))
}

/// Where a last update lies: the list is descending, times are whole milliseconds.
fn updated(rtype: ResourceType, prefix: Prefix, search: Range) -> Option<Bounds> {
    let Range { from_ms, to_ms } = search;
    // From this (inclusive) to that (exclusive).
    let (from, to) = match prefix {
        Prefix::Eq | Prefix::Ap => (from_ms, to_ms),
        Prefix::Gt | Prefix::Sa => (to_ms, i64::MAX),
        Prefix::Ge => (from_ms, i64::MAX),
        Prefix::Lt | Prefix::Eb => (i64::MIN, from_ms),
        Prefix::Le => (i64::MIN, to_ms),
        Prefix::Ne => return None,
    };
    let start = |ms: i64| -> Key { keys::key(keys::UPDATED, &[&[rtype.0], &(!keys::ordered_i64(ms)).to_be_bytes()]) };
    let after = |ms: i64| keys::after_prefix(&start(ms));
    // Descending: the latest stands first. `to` itself is outside, so the walk begins after it.
    let low = if to == i64::MAX { start(to) } else { after(to)? };
    Some(Bounds {
        low,
        high: after(from),
        sorted: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PREFIXES: [Prefix; 8] = [
        Prefix::Eq,
        Prefix::Gt,
        Prefix::Lt,
        Prefix::Ge,
        Prefix::Le,
        Prefix::Sa,
        Prefix::Eb,
        Prefix::Ap,
    ];

    proptest! {
        #[test]
        fn every_matching_update_lies_in_the_range(which in 0usize..8, at in -50i64..50, from in -50i64..50, len in 1i64..20) {
            let prefix = PREFIXES[which];
            let search = Range { from_ms: from, to_ms: from + len };
            let bounds = updated(ResourceType(7), prefix, search).unwrap();
            let key = keys::updated(7, at, 99);
            let inside = key >= bounds.low && bounds.high.as_ref().is_none_or(|high| key < *high);
            prop_assert_eq!(inside, prefix.matches(search, Range { from_ms: at, to_ms: at + 1 }));
        }
    }
}
