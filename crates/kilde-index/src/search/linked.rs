//! Conditions on other resources: chains and `_has` (R4, Search, 3.1.1.5.6 and 3.1.1.5.7). The other resource is
//! judged with the same scope as the candidate: what may not be seen decides nothing.
//!
//! A candidate is decided by following its own references (or those to it), so the answer is right whatever list
//! the candidates come from. Where few resources meet the inner condition, what they lead to is such a list.

use super::asking::Asking;
use super::bounds::{self, Bounds};
use super::check::Check;
use super::drive::Run;
use super::links::Identity;
use super::plan::{self, Source};
use super::top::Top;
use crate::error::SearchError;
use crate::keys::Rid;
use crate::postings;
use crate::record::Record;
use crate::terms::{self, Term};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::Param;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, OnceCell, RefCell};

/// So many resources may meet the inner condition of a chain for it to give a list of candidates.
const FEW: usize = 1_000;
/// And so many that of a `_has`: for each, whom it refers to must be looked up.
const FEW_REFERRING: usize = 500;
/// So many candidates are examined to find them.
const PATIENCE: u64 = 20_000;
/// So many lists are walked as they are.
const LISTS: usize = 16;
/// More are put together, if so many keys lie in them all.
const KEYS: usize = 20_000;
/// If there are more keys, so many lists are walked after all.
const MOST_LISTS: usize = 1_000;
/// After a fourth of [`Limits::short`](super::Limits::short) candidates the list of an inner condition is taken into memory,
const HELD_AFTER: usize = 4;
/// if it has at most so many times [`Limits::short`](super::Limits::short) keys.
const HELD: usize = 16;
/// What starting a search inside a search counts for, in resources examined.
const START: u64 = 10;

/// What a reference leads to, and what that must meet.
#[derive(Debug)]
pub(crate) struct Chain {
    param: &'static Param,
    to: Vec<(ResourceType, Check)>,
    /// References by id that were followed already, by type and number.
    followed: RefCell<FxHashMap<(u8, Rid), bool>>,
    /// Resources that were judged already.
    known: RefCell<FxHashMap<(ResourceType, Rid), bool>>,
    /// Whether all that meet the condition are among them.
    all_known: Cell<bool>,
    candidates: OnceCell<Option<Source>>,
}

/// Who refers to a resource, and what that must meet.
#[derive(Debug)]
pub(crate) struct Has {
    base: ResourceType,
    rtype: ResourceType,
    param: &'static Param,
    check: Check,
    candidates: OnceCell<Option<Source>>,
    /// Where what meets the inner condition lies, and how many candidates were judged by it.
    inner: RefCell<(Option<Source>, usize)>,
}

impl Chain {
    pub fn new(param: &'static Param, to: Vec<(ResourceType, Check)>) -> Chain {
        Chain {
            param,
            to,
            followed: RefCell::default(),
            known: RefCell::default(),
            all_known: Cell::new(false),
            candidates: OnceCell::new(),
        }
    }

    /// The name of the parameter.
    pub fn code(&self) -> &'static str {
        self.param.code
    }

    pub fn matches(&self, asking: &Asking<'_>, record: &Record<'_>) -> Result<bool, SearchError> {
        for term in record.terms.of(self.param.id) {
            if let Term::Inside { rtype } = term {
                let check = self.to.iter().find(|(t, _)| t.0 == rtype).map(|(_, check)| check);
                if let Some(check) = check
                    && asking.inside_meets(record, self.param, ResourceType(rtype), check)?
                {
                    return Ok(true);
                }
            }
            // Many candidates refer to the same resource: what it leads to is followed once.
            let target = match &term {
                Term::Target { rtype, rid } => Some((*rtype, *rid)),
                _ => None,
            };
            let followed = target.and_then(|target| self.followed.borrow().get(&target).copied());
            let good = match followed {
                Some(good) => good,
                None => self.leads_to_one(asking, &term)?,
            };
            if let Some(target) = target {
                self.followed.borrow_mut().insert(target, good);
            }
            if good {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn leads_to_one(&self, asking: &Asking<'_>, term: &Term<'_>) -> Result<bool, SearchError> {
        // The one that is named is looked at before the others of the same person are looked for.
        for identity in [Identity::Named, Identity::SamePerson] {
            for (rtype, rid) in asking.led_to(self.param, term, identity)? {
                if self.meets(asking, rtype, rid)? {
                    return Ok(true);
                }
            }
            if !matches!(term, Term::Target { .. }) {
                break;
            }
        }
        Ok(false)
    }

    fn meets(&self, asking: &Asking<'_>, rtype: ResourceType, rid: Rid) -> Result<bool, SearchError> {
        let Some((_, check)) = self.to.iter().find(|(t, _)| *t == rtype) else {
            return Ok(false);
        };
        if let Some(known) = self.known.borrow().get(&(rtype, rid)) {
            return Ok(*known);
        }
        if self.all_known.get() {
            return Ok(false);
        }
        asking.spend(1, self.param.code)?;
        let meets = match asking.record(rtype, rid)? {
            None => false,
            Some(bytes) => {
                let record = Record::decode(&bytes)?;
                asking.reaches(rtype, &record) && check.matches(asking, rid, &record)?
            }
        };
        self.known.borrow_mut().insert((rtype, rid), meets);
        Ok(meets)
    }

    /// Candidates, where few resources meet the inner condition.
    pub fn source(&self, asking: &Asking<'_>) -> Result<Option<Source>, SearchError> {
        remembered(&self.candidates, || {
            let mut ranges = Vec::new();
            for (rtype, check) in &self.to {
                let Some(rids) = few(asking, *rtype, check, FEW, self.param.code)? else {
                    return Ok(None);
                };
                if asking.in_use(self.param.id, terms::INSIDE)? {
                    // And whatever refers to a contained resource of that type.
                    ranges.push(Bounds::list(postings::prefix(self.param.id, &Term::Inside { rtype: rtype.0 })));
                }
                for rid in rids {
                    self.known.borrow_mut().insert((*rtype, rid), true);
                    let Some(bytes) = asking.record(*rtype, rid)? else { continue };
                    for probe in asking.referred_by(self.param, *rtype, rid, &Record::decode(&bytes)?)? {
                        ranges.extend(bounds::of(asking.look, self.param.id, &probe)?.unwrap_or_default());
                    }
                }
            }
            self.all_known.set(true);
            let number = ranges.len();
            let mut lists = Source::Ranges(ranges);
            let held = number > LISTS && lists.hold(asking, KEYS)?.is_some();
            Ok((held || number <= MOST_LISTS).then_some(lists))
        })
    }
}

impl Has {
    pub fn new(base: ResourceType, rtype: ResourceType, param: &'static Param, check: Check) -> Has {
        Has {
            base,
            rtype,
            param,
            check,
            candidates: OnceCell::new(),
            inner: RefCell::default(),
        }
    }

    /// The name of the parameter that refers.
    pub fn code(&self) -> &'static str {
        self.param.code
    }

    pub fn matches(&self, asking: &Asking<'_>, rid: Rid, record: &Record<'_>) -> Result<bool, SearchError> {
        if let Some(Some(Source::Known(rids))) = self.candidates.get()
            && asking.inside.borrow().is_none()
        {
            // Whoever refers and meets the condition was judged when these were found.
            return Ok(rids.binary_search(&rid).is_ok());
        }
        asking.spend(START, self.param.code)?;
        let refers = Check::Any {
            param: self.param.id,
            not: false,
            probes: asking.referred_by(self.param, self.base, rid, record)?,
        };
        let mut given = Vec::new();
        if let Some(inner) = self.inner(asking)? {
            if matches!(inner, Source::Known(_))
                && let Some(mut referring) = plan::source(asking, self.rtype, &refers)?
            {
                referring.hold(asking, asking.limits.short)?;
                given.push((&refers, referring));
            }
            given.push((&self.check, inner));
        }
        let mut run = Run {
            top: Top::new(1, Vec::new()),
            given,
            ..Run::new(asking, self.rtype, vec![&refers, &self.check])
        };
        run.all().map_err(|error| named(error, self.param.code))?;
        Ok(run.found > 0)
    }

    /// Where what meets the inner condition lies, in memory when many candidates are judged by it.
    fn inner(&self, asking: &Asking<'_>) -> Result<Option<Source>, SearchError> {
        if self.check.cost() > 0 {
            return Ok(None);
        }
        let mut inner = self.inner.borrow_mut();
        let (source, asked) = &mut *inner;
        if *asked == 0 {
            *source = plan::source(asking, self.rtype, &self.check)?;
        }
        *asked = asked.saturating_add(1);
        let short = asking.limits.short;
        if *asked == (short / HELD_AFTER).max(1)
            && let Some(source) = source
        {
            source.hold(asking, short.saturating_mul(HELD))?;
        }
        Ok(source.clone())
    }

    /// Candidates, where few resources meet the inner condition.
    pub fn source(&self, asking: &Asking<'_>) -> Result<Option<Source>, SearchError> {
        remembered(&self.candidates, || {
            let Some(rids) = few(asking, self.rtype, &self.check, FEW_REFERRING, self.param.code)? else {
                return Ok(None);
            };
            let (mut out, mut targets) = (Vec::new(), FxHashSet::default());
            for rid in rids {
                let Some(bytes) = asking.record(self.rtype, rid)? else { continue };
                for term in Record::decode(&bytes)?.terms.of(self.param.id) {
                    if let Term::Target { rtype, rid } = term
                        && (rtype != self.base.0 || !targets.insert(rid))
                    {
                        continue;
                    }
                    let led = asking.led_to(self.param, &term, Identity::SamePerson)?;
                    out.extend(led.into_iter().filter(|(t, _)| *t == self.base).map(|(_, rid)| rid));
                }
            }
            Ok(Some(Source::Known(plan::sorted(out))))
        })
    }
}

fn remembered(
    cell: &OnceCell<Option<Source>>,
    find: impl FnOnce() -> Result<Option<Source>, SearchError>,
) -> Result<Option<Source>, SearchError> {
    if let Some(found) = cell.get() {
        return Ok(found.clone());
    }
    let found = find()?;
    Ok(cell.get_or_init(|| found).clone())
}

/// What costs too much inside is said of the parameter that leads there.
pub(super) fn named(error: SearchError, what: &'static str) -> SearchError {
    match error {
        SearchError::TooCostly { most, what: "" } => SearchError::TooCostly { most, what },
        other => other,
    }
}

/// The resources within the scope that meet a check, if they are few and soon found.
fn few(asking: &Asking<'_>, rtype: ResourceType, check: &Check, most: usize, what: &'static str) -> Result<Option<Vec<Rid>>, SearchError> {
    if matches!(check, Check::Any { .. })
        && let Some(list) = plan::source(asking, rtype, check)?.filter(Source::sorted)
        && list.collect(asking, most)?.is_none()
    {
        // All that stands there meets it, as far as it may be seen.
        return Ok(None);
    }
    let mut run = Run {
        top: Top::new(most + 1, Vec::new()),
        patience: Some(PATIENCE),
        ..Run::new(asking, rtype, vec![check])
    };
    let complete = run.all().map_err(|error| named(error, what))?;
    let rows = run.top.finish();
    if !complete || rows.len() > most {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().map(|(_, rid)| rid).collect()))
}
