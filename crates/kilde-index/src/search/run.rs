//! Answering a search: candidates from the shortest list, each judged, the first in order kept.

use super::check::{Check, place};
use super::cursor::Cursor;
use super::plan::{self, Source};
use super::top::Top;
use super::walk::Walk;
use super::{Limits, Page, Search, Sort, SortBy};
use crate::error::{CursorError, IndexError, SearchError};
use crate::index::{Index, Looking};
use crate::keys::{self, Rid};
use crate::names::Counters;
use crate::record::{Header, Record};
use crate::visible::{Reach, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_log::EventNo;

/// How many times [`Limits::short`] a list may be long to be taken at once, if none is shorter.
const LONGER: [usize; 3] = [1, 16, 128];

impl Index {
    /// One page of a search. What the scope does not reach is nowhere: not in matches, totals or order.
    ///
    /// # Errors
    /// The cursor is not good for this scope, the search is too costly, or the index failed.
    pub fn search(&self, scope: &AccessScope, search: &Search) -> Result<Page, SearchError> {
        self.search_at(scope, search, super::parse::now_ms())
    }

    /// As [`search`](Self::search), at a given time (for the expiry of cursors).
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_at(&self, scope: &AccessScope, search: &Search, now_ms: i64) -> Result<Page, SearchError> {
        let Some(text) = &search.cursor else {
            return self.page(scope, search, None, now_ms);
        };
        let cursor = self.open_cursor(scope, search, text, now_ms)?;
        // What was understood once is understood again, if the program is the same.
        let (again, _) =
            Search::parse(search.rtype, &cursor.params, true, search.limits).map_err(|_| SearchError::Cursor(CursorError::Invalid))?;
        self.page(scope, &again, Some(cursor), now_ms)
    }

    fn page(&self, scope: &AccessScope, search: &Search, cursor: Option<Cursor>, now_ms: i64) -> Result<Page, SearchError> {
        let started = std::time::Instant::now();
        let look = self.look(scope)?;
        let first_page = cursor.is_none();
        let snapshot = match &cursor {
            Some(cursor) => cursor.snapshot,
            None => look.seen()?,
        };
        let reach = if search.only_count { Reach::Exists } else { Reach::Read };
        let mut run = Run {
            look: &look,
            scope,
            reach,
            rtype: search.rtype,
            checks: search.compile(&look, scope)?,
            sort: &search.sort,
            snapshot: (!first_page).then_some(snapshot),
            count_all: first_page && (search.total || search.only_count),
            top: Top::new(
                if search.only_count { 0 } else { search.count + 1 },
                cursor.as_ref().map(|c| c.place.clone()).unwrap_or_default(),
            ),
            found: 0,
            examined: 0,
            limits: search.limits,
        };
        let complete = run.all()?;
        let total = match &cursor {
            Some(cursor) => cursor.total,
            None => (run.count_all || complete).then_some(run.found),
        };
        let mut rows = run.top.finish();
        let more = rows.len() > search.count;
        rows.truncate(search.count);
        let mut matches = Vec::with_capacity(rows.len());
        for (_, rid) in &rows {
            let Some(bytes) = look.view.get(&keys::record(search.rtype.0, *rid))? else {
                continue;
            };
            let record = Record::decode(&bytes)?;
            // Judged once more, on what is about to leave.
            if visible(scope, &look.shared, &record.header, Reach::Read) {
                matches.extend(look.version(search.rtype, record.id, &record.header)?);
            }
        }
        let next = match rows.last() {
            Some((place, _)) if more => Some(self.seal_cursor(
                scope,
                search,
                &Cursor {
                    expires_ms: now_ms.saturating_add(self.options.cursor_ms),
                    snapshot,
                    total,
                    place: place.clone(),
                    params: search.params.clone(),
                },
            )?),
            _ => None,
        };
        metrics::histogram!("kilde_index_search_seconds").record(started.elapsed().as_secs_f64());
        Ok(Page {
            matches,
            total,
            next,
            params: search.params.clone(),
        })
    }
}

impl Looking<'_> {
    /// The last event in this view.
    pub fn seen(&self) -> Result<EventNo, IndexError> {
        match self.view.get(&keys::meta("applied"))? {
            None => Ok(EventNo(0)),
            Some(bytes) => Counters::decode(&bytes)
                .map(|c| EventNo(c.applied))
                .ok_or(IndexError::Damaged("watermark")),
        }
    }
}

/// One answer in the making.
pub(super) struct Run<'a> {
    pub look: &'a Looking<'a>,
    pub scope: &'a AccessScope,
    pub reach: Reach,
    pub rtype: ResourceType,
    pub checks: Vec<Check>,
    pub sort: &'a [Sort],
    /// On later pages: what came after this is not shown.
    pub snapshot: Option<EventNo>,
    /// Whether all must be counted, however many are shown.
    pub count_all: bool,
    pub top: Top,
    pub found: u64,
    pub examined: u64,
    pub limits: Limits,
}

impl Run<'_> {
    /// Examines candidates until the page is full. Tells whether all were examined, from the beginning.
    pub fn all(&mut self) -> Result<bool, SearchError> {
        let mut sources = Vec::new();
        for check in &self.checks {
            sources.extend(plan::source(self.look, self.rtype, check)?);
        }
        sources.extend(plan::scope_source(self.look, self.rtype, self.scope));
        for most in LONGER.map(|times| self.limits.short.saturating_mul(times)) {
            for source in &sources {
                if let Some(rids) = source.collect(self.look, most)? {
                    for rid in rids {
                        self.candidate(rid)?;
                    }
                    return Ok(true);
                }
            }
        }
        if self.sort
            == [Sort {
                by: SortBy::Updated,
                descending: true,
            }]
            && !self.count_all
        {
            return self.by_update();
        }
        let sorted: Vec<&Source> = sources.iter().filter(|s| s.sorted()).collect();
        if sorted.is_empty() { self.every() } else { self.walk(&sorted) }
    }

    /// In the order of resource numbers, the default order, a page is full when it is full.
    fn may_stop(&self) -> bool {
        self.sort.is_empty() && !self.count_all && self.top.full()
    }

    /// The first resource number that can be on the page.
    fn first(&self) -> Rid {
        if !self.sort.is_empty() || self.count_all {
            return 0;
        }
        self.top.after().last_chunk::<4>().map_or(0, |b| Rid::from_be_bytes(*b))
    }

    fn walk(&mut self, sources: &[&Source]) -> Result<bool, SearchError> {
        let first = self.first();
        let mut walk = Walk::new(self.look, sources, first)?;
        while let Some(rid) = walk.next()? {
            self.candidate(rid)?;
            if self.may_stop() {
                return Ok(false);
            }
        }
        Ok(first == 0)
    }

    /// Every resource of the type.
    fn every(&mut self) -> Result<bool, SearchError> {
        let first = self.first();
        let end = keys::after_prefix(&keys::key(keys::RECORD, &[&[self.rtype.0]]));
        let look = self.look;
        let mut range = look.view.range(&keys::record(self.rtype.0, first), end.as_deref());
        while let Some((key, value)) = range.item()? {
            let rid = keys::rid_of(key).ok_or(IndexError::Damaged("record key"))?;
            self.judge(rid, value)?;
            if self.may_stop() {
                return Ok(false);
            }
            range.next();
        }
        Ok(first == 0)
    }

    /// Newest update first, where no list is short: along the list of updates. What was updated since the
    /// first page stands further ahead than it did then; it never stands further back. So the walk begins
    /// at the front, and ends when nothing to come can be among the first.
    fn by_update(&mut self) -> Result<bool, SearchError> {
        let look = self.look;
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
            if self.top.last().is_some_and(|last| last.get(1..).unwrap_or_default() < at) {
                return Ok(false);
            }
            self.candidate(rid)?;
            range.next();
        }
        Ok(from_front)
    }

    fn candidate(&mut self, rid: Rid) -> Result<(), SearchError> {
        let look = self.look;
        match look.view.get(&keys::record(self.rtype.0, rid))? {
            Some(bytes) => self.judge(rid, &bytes),
            None => Ok(()),
        }
    }

    fn judge(&mut self, rid: Rid, bytes: &[u8]) -> Result<(), SearchError> {
        self.examined += 1;
        if self.examined > self.limits.examined {
            return Err(SearchError::TooCostly(self.limits.examined));
        }
        let record = Record::decode(bytes)?;
        let header = &record.header;
        if header.deleted || !visible(self.scope, &self.look.shared, header, self.reach) {
            return Ok(());
        }
        if !self.checks.iter().all(|check| check.matches(rid, &record)) {
            return Ok(());
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
        let place = place(self.sort, last_updated_ms, rid, &record);
        self.top.offer(place, rid);
        Ok(())
    }

    /// The version that was current after an event.
    fn as_it_was(&self, rid: Rid, at: EventNo) -> Result<Option<Header>, IndexError> {
        let mut range = self.look.view.prefix(&keys::versions_of(self.rtype.0, rid));
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
