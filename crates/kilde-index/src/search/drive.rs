//! Driving a search: candidates from the shortest list, each judged, the first in order kept.

use super::asking::Asking;
use super::check::Check;
use super::explain::Way;
use super::linked;
use super::order::place;
use super::ordered::Ordered;
use super::plan::{self, Source};
use super::records;
use super::top::Top;
use super::walk::Walk;
use super::{Sort, SortBy};
use crate::error::{IndexError, SearchError};
use crate::keys::{self, Rid};
use crate::record::{Header, Record};
use kilde_fhir::definitions::ResourceType;
use kilde_log::EventNo;
use rustc_hash::FxHashSet;

/// How many times [`Limits::short`] a walk in the order asked for may go on, and then a list may be long to be taken.
const IN_TURN: [(usize, usize); 3] = [(4, 4), (16, 16), (64, 128)];
/// So few are judged directly; of more, those that the other lists lack are left out first.
const DIRECT: usize = 64;
/// So many times [`Limits::short`] candidates are judged in the hope that the page is full soon.
const TRIED: usize = 4;
/// So many steps of a walk in the order asked for count for a candidate that is judged.
const STEPS: usize = 4;
/// As many where all the other lists are in memory.
const HELD_STEPS: usize = 16;
/// So many steps or records are looked up together: at first, and at most.
const TOGETHER: (usize, usize) = (16, 128);
/// Lists of so many times [`Limits::short`] are taken into memory for such a walk.
const HELD: usize = 32;
/// A list in memory that is so many times [`Limits::short`] is rather judged whole.
const FEW: usize = 4;
/// A candidate that a search of its own decides counts for so many in a trial.
const SEARCHED: usize = 4;
/// `_sort=-_lastUpdated`
const NEWEST_UPDATE: [Sort; 1] = [Sort {
    by: SortBy::Updated,
    descending: true,
}];

/// One answer in the making.
pub(super) struct Run<'r, 'a> {
    pub asking: &'r Asking<'a>,
    pub rtype: ResourceType,
    pub checks: Vec<&'r Check>,
    pub sort: &'r [Sort],
    /// On later pages: what came after this is not shown.
    pub snapshot: Option<EventNo>,
    /// Whether all must be counted, however many are shown.
    pub count_all: bool,
    pub top: Top,
    pub found: u64,
    /// In the default order: all with smaller numbers have been judged.
    pub from: u64,
    /// The last that was judged.
    pub last: Option<Rid>,
    /// During a trial: how many more candidates it may take.
    pub trial: Option<usize>,
    /// For how many candidates of a trial each counts.
    pub weight: usize,
    /// How many more candidates may be examined before it gives up, where that is no error.
    pub patience: Option<u64>,
    /// Where what meets some of the checks lies, if that was found out before.
    pub given: Vec<(&'r Check, Source)>,
    /// Where the candidates came from last.
    pub way: Way,
}

impl<'r, 'a> Run<'r, 'a> {
    /// Everything of a type that meets the checks, in the default order; nothing is kept before `top` is said.
    pub fn new(asking: &'r Asking<'a>, rtype: ResourceType, checks: Vec<&'r Check>) -> Self {
        Run {
            asking,
            rtype,
            sort: &[],
            snapshot: None,
            count_all: false,
            top: Top::new(0, Vec::new()),
            found: 0,
            from: 0,
            last: None,
            trial: None,
            weight: if checks.iter().any(|check| check.cost() > 1) { SEARCHED } else { 1 },
            checks,
            patience: None,
            given: Vec::new(),
            way: Way::default(),
        }
    }

    /// Examines candidates until the page is full. Tells whether all were examined, from the beginning.
    ///
    /// # Errors
    /// The index failed, or the search is too costly: then the error names the condition on other resources, if there is
    /// one, since that is most of the cost.
    pub fn all(&mut self) -> Result<bool, SearchError> {
        let dear = self.checks.iter().find_map(|check| check.leads_over());
        self.examine().map_err(|error| match dear {
            Some(param) => linked::named(error, param),
            None => error,
        })
    }

    fn examine(&mut self) -> Result<bool, SearchError> {
        let mut sources = Vec::new();
        let (cheap, dear): (Vec<&Check>, Vec<&Check>) = self.checks.iter().partition(|check| check.cost() == 0);
        for check in cheap {
            match self.given.iter().find(|(of, _)| std::ptr::eq(*of, check)) {
                Some((_, source)) => sources.push(source.clone()),
                None => sources.extend(plan::source(self.asking, self.rtype, check)?),
            }
        }
        sources.extend(plan::scope_source(self.asking.look, self.rtype, self.asking.scope));
        // Lists that are walked in step leave few candidates, so a page may be full before one of them is collected; and a list by
        // a condition on other resources is found by a search of its own, so a few are judged first.
        // Where none of the first few meets all, it is not gone on with.
        let in_step = sources.iter().filter(|s| s.sorted()).count() > 1;
        if in_step || !dear.is_empty() {
            for part in [8, 2] {
                if let Some(complete) = self.tried_along(&sources, self.asking.limits.short / part)? {
                    return Ok(complete);
                }
                if self.found == 0 {
                    break;
                }
            }
        }
        if let Some(complete) = self.along_short(&sources, 1)? {
            return Ok(complete);
        }
        let before = sources.len();
        for check in dear {
            sources.extend(plan::source(self.asking, self.rtype, check)?);
        }
        if let Some(complete) = self.along_short(&sources[before..], 1)? {
            return Ok(complete);
        }
        // Where the order lets the walk stop at a full page, it is tried for a while: many match.
        if !sources.is_empty()
            && let Some(complete) = self.tried_along(&sources, self.asking.limits.short.saturating_mul(TRIED))?
        {
            return Ok(complete);
        }
        // The longer the lists, the sooner a walk in the order asked for has met enough; the shorter, the fewer to judge one
        // by one. Both are tried in turn, further and further, so that little is tried in vain.
        let short = self.asking.limits.short;
        let mut shortest = usize::MAX;
        if self.in_an_order() {
            for source in &mut sources {
                shortest = source
                    .hold(self.asking, short.saturating_mul(HELD))?
                    .unwrap_or(usize::MAX)
                    .min(shortest);
            }
        }
        for (steps, length) in IN_TURN {
            // Past a list in memory the walk may cost what judging all of the list would.
            let candidates = if shortest == usize::MAX {
                short.saturating_mul(steps)
            } else {
                shortest
            };
            if self.in_an_order()
                && (shortest == usize::MAX || shortest > short.saturating_mul(FEW))
                && let Some(complete) = self.tried(candidates, |run| run.in_order(&sources))?
            {
                return Ok(complete);
            }
            if let Some(complete) = self.along_short(&sources, length)? {
                return Ok(complete);
            }
        }
        self.along_all(&sources)
    }

    /// Tries a walk with so many candidates. If they do not suffice, or the walk cannot tell (`None`), all is as before; but in
    /// the default order, which every walk goes in, what was judged need not be judged again.
    fn tried(
        &mut self,
        candidates: usize,
        walk: impl FnOnce(&mut Self) -> Result<Option<bool>, SearchError>,
    ) -> Result<Option<bool>, SearchError> {
        self.trial = Some(candidates);
        let told = walk(self)?.filter(|_| !self.tired());
        self.trial = None;
        if told.is_none() && self.in_default_order() {
            self.from = self.last.map_or(self.from, |last| u64::from(last) + 1);
        } else if told.is_none() {
            self.top = Top::new(self.top.most(), self.top.after().to_vec());
            self.found = 0;
        }
        Ok(told)
    }

    /// Tries the walk along everything, where the order lets it stop at a full page.
    fn tried_along(&mut self, sources: &[Source], candidates: usize) -> Result<Option<bool>, SearchError> {
        match self.stops_early() {
            true => self.tried(candidates, |run| run.along_all(sources).map(Some)),
            false => Ok(None),
        }
    }

    /// Along a list that is in the order asked for, past what does not stand in the other lists, until the page is full; `None`
    /// if it is not full at the end.
    fn in_order(&mut self, sources: &[Source]) -> Result<Option<bool>, SearchError> {
        let Some(mut ordered) = Ordered::of(&self.asking.look.view, self.sort, self.top.after())? else {
            return Ok(None);
        };
        self.way = Way::InOrder;
        let held = sources.iter().all(|source| matches!(source, Source::Known(_)));
        let for_one = if held { HELD_STEPS } else { STEPS };
        let (mut met, mut steps, mut together) = (FxHashSet::default(), 0, TOGETHER.0);
        loop {
            let mut found = Vec::with_capacity(together);
            while found.len() < together
                && let Some(next) = ordered.next()?
            {
                found.push(next);
            }
            let Some((_, bound)) = found.first() else { break };
            if self.is_past(bound) {
                return Ok(Some(false));
            }
            if self.tired() {
                return Ok(None);
            }
            steps += found.len();
            self.asking.spend((steps / for_one) as u64, "")?;
            self.trial = self.trial.map(|left| left.saturating_sub(steps / for_one));
            (steps, together) = (steps % for_one, (together * 2).min(TOGETHER.1));
            for source in sources {
                source.narrow(self.asking, &mut found)?;
            }
            for (rid, bound) in found {
                if self.is_past(&bound) {
                    return Ok(Some(false));
                }
                if met.insert(rid) {
                    self.candidate(rid)?;
                }
            }
        }
        Ok(self.top.full().then_some(false))
    }

    /// Along the first list that is short enough, in step with the other sorted ones.
    fn along_short(&mut self, sources: &[Source], times: usize) -> Result<Option<bool>, SearchError> {
        let most = self.asking.limits.short.saturating_mul(times);
        for (at, source) in sources.iter().enumerate() {
            if let Some(rids) = source.collect(self.asking, most)? {
                let way = Way::Short(rids.len());
                self.way = way;
                if rids.len() <= DIRECT {
                    let from = self.from;
                    for rid in rids.iter().copied().filter(|rid| u64::from(*rid) >= from) {
                        self.candidate(rid)?;
                    }
                    return Ok(Some(true));
                }
                let known = Source::Known(rids);
                let mut all = vec![&known];
                all.extend(
                    sources
                        .iter()
                        .enumerate()
                        .filter(|(other, s)| *other != at && s.sorted())
                        .map(|(_, s)| s),
                );
                let complete = self.walk(&all).map(Some);
                self.way = way;
                return complete;
            }
        }
        Ok(None)
    }

    /// Along the lists that are sorted, or along everything there is.
    fn along_all(&mut self, sources: &[Source]) -> Result<bool, SearchError> {
        if self.sort == NEWEST_UPDATE && !self.count_all {
            return self.by_update();
        }
        let sorted: Vec<&Source> = sources.iter().filter(|s| s.sorted()).collect();
        if sorted.is_empty() { self.every() } else { self.walk(&sorted) }
    }

    /// Whether the order is one that can be walked, so that a full page is the end.
    fn stops_early(&self) -> bool {
        !self.count_all && (self.sort.is_empty() || self.sort == NEWEST_UPDATE)
    }

    /// Whether a page in the order of a parameter is wanted.
    fn in_an_order(&self) -> bool {
        !self.count_all && self.top.most() > 0 && !self.stops_early()
    }

    /// Whether no place that begins so, or comes later, is on the page.
    fn is_past(&self, bound: &[u8]) -> bool {
        self.top.last().is_some_and(|last| last.get(1..).unwrap_or_default() < bound)
    }

    /// Whether a trial has gone on for too long.
    fn tired(&self) -> bool {
        self.trial == Some(0)
    }

    /// Whether it goes by resource numbers.
    fn in_default_order(&self) -> bool {
        self.sort.is_empty() && !self.count_all
    }

    /// In the default order a page is full when it is full.
    fn may_stop(&self) -> bool {
        self.tired() || self.patience == Some(0) || (self.in_default_order() && self.top.full())
    }

    /// The first resource number that can be on the page.
    fn first(&self) -> Rid {
        match self.in_default_order() {
            true => self.top.after().first_chunk::<4>().map_or(0, |b| Rid::from_be_bytes(*b)),
            false => 0,
        }
    }

    /// The first resource number that is to be judged; `None` if all were.
    fn next(&self) -> Option<Rid> {
        Rid::try_from(self.from).ok().map(|from| from.max(self.first()))
    }

    fn walk(&mut self, sources: &[&Source]) -> Result<bool, SearchError> {
        self.way = Way::InStep;
        let complete = self.first() == 0;
        let Some(next) = self.next() else { return Ok(complete) };
        let mut walk = Walk::new(self.asking, sources, next);
        // As many as the page may need, and then more at once; in a trial no more than it may take.
        let mut together = match self.top.most() {
            0 => TOGETHER.1,
            most => most.min(TOGETHER.1),
        };
        let mut rids = Vec::with_capacity(together);
        loop {
            rids.clear();
            let left = self.trial.map_or(together, |left| (left / self.weight).max(1));
            while rids.len() < together.min(left)
                && let Some(rid) = walk.next()?
            {
                rids.push(rid);
            }
            let (look, rtype) = (self.asking.look, self.rtype);
            let to_the_end = records::each(look, rtype, &rids, |rid, bytes| {
                self.judge(rid, bytes)?;
                Ok(!self.may_stop())
            })?;
            if !to_the_end {
                return Ok(false);
            }
            if rids.is_empty() {
                break;
            }
            together = (together * 2).min(TOGETHER.1);
        }
        Ok(complete)
    }

    /// Every resource of the type.
    fn every(&mut self) -> Result<bool, SearchError> {
        self.way = Way::Every;
        let complete = self.first() == 0;
        let Some(next) = self.next() else { return Ok(complete) };
        let end = keys::after_prefix(&keys::key(keys::RECORD, &[&[self.rtype.0]]));
        let look = self.asking.look;
        let mut range = look.view.range(&keys::record(self.rtype.0, next), end.as_deref());
        while let Some((key, value)) = range.item()? {
            let rid = keys::rid_of(key).ok_or(IndexError::Damaged("record key"))?;
            self.judge(rid, value)?;
            if self.may_stop() {
                return Ok(false);
            }
            range.next();
        }
        Ok(complete)
    }

    /// Newest update first, where no list is short: along the list of updates. What was updated since the
    /// first page stands further ahead than it did then; it never stands further back. So the walk begins
    /// at the front, and ends when nothing to come can be among the first.
    fn by_update(&mut self) -> Result<bool, SearchError> {
        self.way = Way::Updates;
        let look = self.asking.look;
        let prefix = keys::key(keys::UPDATED, &[&[self.rtype.0]]);
        let mut low = prefix.clone();
        let from_front = self.top.after().is_empty() || self.snapshot != Some(look.seen()?);
        if !from_front {
            // The place is a mark and then what follows in the key.
            low.extend_from_slice(self.top.after().get(1..).unwrap_or_default());
        }
        let mut range = look.view.range(&low, keys::after_prefix(&prefix).as_deref());
        while let Some((key, _)) = range.item()? {
            let rid = keys::rid_of(key).ok_or(IndexError::Damaged("list of updates"))?;
            let at = key.get(prefix.len()..).unwrap_or_default();
            if self.tired() || self.top.last().is_some_and(|last| last.get(1..).unwrap_or_default() < at) {
                return Ok(false);
            }
            self.candidate(rid)?;
            range.next();
        }
        Ok(from_front)
    }

    fn candidate(&mut self, rid: Rid) -> Result<(), SearchError> {
        let look = self.asking.look;
        match look.view.get(&keys::record(self.rtype.0, rid))? {
            Some(bytes) => self.judge(rid, &bytes),
            None => Ok(()),
        }
    }

    fn judge(&mut self, rid: Rid, bytes: &[u8]) -> Result<(), SearchError> {
        self.asking.spend(1, "")?;
        self.trial = self.trial.map(|left| left.saturating_sub(self.weight));
        self.patience = self.patience.map(|left| left.saturating_sub(1));
        self.last = Some(rid);
        let bytes = self.asking.look.as_seen(self.asking.scope, bytes)?;
        let record = Record::decode(&bytes)?;
        let header = &record.header;
        if !self.asking.reaches(self.rtype, &record) {
            return Ok(());
        }
        for check in &self.checks {
            if !check.matches(self.asking, rid, &record)? {
                return Ok(());
            }
        }
        let mut last_updated_ms = header.last_updated_ms;
        if let Some(snapshot) = self.snapshot
            && header.event > snapshot
        {
            match self.as_it_was(rid, snapshot)? {
                Some(old) if !old.deleted => last_updated_ms = old.last_updated_ms,
                _ => return Ok(()),
            }
        }
        self.found += 1;
        if self.top.most() == 0 {
            return Ok(());
        }
        let place = place(self.asking, self.sort, last_updated_ms, rid, &record)?;
        self.top.offer(place, rid);
        Ok(())
    }

    /// The version that was current after an event.
    pub fn as_it_was(&self, rid: Rid, at: EventNo) -> Result<Option<Header>, IndexError> {
        let mut range = self.asking.look.view.prefix(&keys::versions_of(self.rtype.0, rid));
        while let Some((_, value)) = range.item()? {
            let header = Header::decode(value)?;
            if header.event <= at {
                return Ok(Some(header));
            }
            range.next();
        }
        Ok(None)
    }
}
