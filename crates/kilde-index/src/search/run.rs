//! Answering a search: a page, its total, and the link to the next.

use super::cursor::Cursor;
use super::drive::Run;
use super::top::Top;
use super::{Page, Search};
use crate::error::{CursorError, IndexError, SearchError};
use crate::index::{Index, Looking};
use crate::keys;
use crate::names::Counters;
use crate::record::Record;
use crate::visible::{Reach, visible};
use kilde_access::AccessScope;
use kilde_log::EventNo;

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
            tried: None,
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
