//! Answering a search: a page, its total, and the link to the next.

use super::asking::Asking;
use super::contained;
use super::cursor::Cursor;
use super::drive::Run;
use super::explain::Explanation;
use super::top::Top;
use super::{Over, Page, Search, everything, included};
use crate::error::{CursorError, IndexError, SearchError};
use crate::index::{Index, Looking};
use crate::keys;
use crate::names::Counters;
use crate::record::Record;
use crate::visible::{Reach, What, visible};
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
        self.answer(scope, search, now_ms, None)
    }

    pub(super) fn answer(
        &self,
        scope: &AccessScope,
        search: &Search,
        now_ms: i64,
        told: Option<&mut Explanation>,
    ) -> Result<Page, SearchError> {
        let Some(text) = &search.cursor else {
            return self.page(scope, search, None, now_ms, told);
        };
        let cursor = self.open_cursor(scope, search, text, now_ms)?;
        // What was understood once is understood again, if the program is the same.
        let (again, _) = Search::parse_over(search.over.clone(), &cursor.params, true, search.limits)
            .map_err(|_| SearchError::Cursor(CursorError::Invalid))?;
        self.page(scope, &again, Some(cursor), now_ms, told)
    }

    fn page(
        &self,
        scope: &AccessScope,
        search: &Search,
        cursor: Option<Cursor>,
        now_ms: i64,
        mut told: Option<&mut Explanation>,
    ) -> Result<Page, SearchError> {
        let started = std::time::Instant::now();
        let look = self.look(scope)?;
        let first_page = cursor.is_none();
        let snapshot = match &cursor {
            Some(cursor) => cursor.snapshot,
            None => look.seen()?,
        };
        let reach = if search.only_count { Reach::Exists } else { Reach::Read };
        let asking = Asking::new(&look, scope, reach, search.limits);
        let count_all = first_page && (search.total || search.only_count);
        let (mut complete, mut found, mut rows) = (true, 0, Vec::new());
        for part in &search.parts {
            let checks = part.compile(&asking)?;
            let snapshot = (!first_page).then_some(snapshot);
            let after = cursor.as_ref().map(|c| c.place.clone()).unwrap_or_default();
            if search.contained.also {
                let mut inside = contained::rows(&asking, part, &checks, search.contained, snapshot)?;
                inside.retain(|row| row.place > after);
                found += inside.len() as u64;
                if !search.only_count {
                    rows.extend(inside.into_iter().map(|row| (row.place, row.container.0, row.container.1, row.id)));
                }
                if search.contained.only {
                    continue;
                }
            }
            let mut run = Run {
                sort: &part.sort,
                snapshot,
                count_all,
                top: Top::new(if search.only_count { 0 } else { search.count + 1 }, after),
                ..Run::new(&asking, part.rtype, checks.iter().collect())
            };
            complete &= run.all()?;
            found += run.found;
            if let Some(told) = &mut told {
                (told.examined, told.contents) = asking.spent();
                told.of_type(&asking, part.rtype, &checks, &part.sort, (run.way, run.found))?;
            }
            rows.extend(run.top.finish().into_iter().map(|(place, rid)| (place, part.rtype, rid, None)));
        }
        if search.parts.len() > 1 || search.contained.also {
            // Each type's are in order; numbers of resources are given once for all types.
            rows.sort_unstable();
        }
        let total = match &cursor {
            Some(cursor) => cursor.total,
            None => (count_all || complete).then_some(found),
        };
        let more = rows.len() > search.count;
        rows.truncate(search.count);
        let (mut matches, mut places) = (Vec::with_capacity(rows.len()), Vec::new());
        for (_, rtype, rid, inside) in &rows {
            let Some(bytes) = asking.record(*rtype, *rid)? else { continue };
            let record = Record::decode(&bytes)?;
            // Judged once more, on what is about to leave.
            if visible(scope, &look.shared, What::record(*rtype, &record), Reach::Read) {
                let version = look.version(scope, *rtype, record.id, &record.header)?;
                match inside {
                    None => {
                        matches.extend(version);
                        places.push((*rtype, *rid));
                    }
                    Some(id) => matches.extend(version.and_then(|version| asking.taken_out(&record, version, id))),
                }
            }
        }
        let included = match search.only_count {
            true => Vec::new(),
            false => match &search.over {
                Over::Everything { of, id } => everything::gather(&asking, *of, id, &places)?,
                _ => included::gather(&asking, &search.includes, &places)?,
            },
        };
        if let Some(told) = told {
            told.limits = search.limits;
        }
        let next = match rows.last() {
            Some((place, ..)) if more => Some(self.seal_cursor(
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
            included,
            total,
            next,
            params: search.params.clone(),
        })
    }
}

impl Looking<'_> {
    /// The last event in this view.
    pub fn seen(&self) -> Result<EventNo, IndexError> {
        Ok(EventNo(self.counters()?.applied))
    }

    /// The watermark and what stands beside it, in this view.
    pub fn counters(&self) -> Result<Counters, IndexError> {
        match self.view.get(&keys::meta("applied"))? {
            None => Ok(Counters::START),
            Some(bytes) => Counters::decode(&bytes).ok_or(IndexError::Damaged("watermark")),
        }
    }
}
