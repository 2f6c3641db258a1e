//! What a writer's conditional reference or conditional create meets.

use super::Search;
use super::drive::Run;
use super::top::Top;
use crate::error::{CursorError, SearchError};
use crate::index::Index;
use crate::keys;
use crate::record::Record;
use crate::visible::Reach;
use kilde_access::AccessScope;
use kilde_log::PersonNo;

/// A resource that meets a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Logical id.
    pub id: String,
    /// Newest version.
    pub version: u32,
    /// Whose it is.
    pub person: PersonNo,
}

impl Index {
    /// Up to `most` resources that meet the search and that the scope may read or write, in the default
    /// order, without content: for conditional create, update and references. Paging, sorting and counting
    /// parameters play no part.
    ///
    /// # Errors
    /// The search holds a cursor, is too costly, or the index failed.
    pub fn matching(&self, scope: &AccessScope, search: &Search, most: usize) -> Result<Vec<Match>, SearchError> {
        if search.cursor.is_some() {
            return Err(CursorError::Invalid.into());
        }
        let look = self.look(scope)?;
        let mut run = Run {
            look: &look,
            scope,
            reach: Reach::Write,
            rtype: search.rtype,
            checks: search.compile(&look, scope)?,
            sort: &[],
            snapshot: None,
            count_all: false,
            top: Top::new(most, Vec::new()),
            found: 0,
            examined: 0,
            limits: search.limits,
            tried: None,
        };
        run.all()?;
        let rows = run.top.finish();
        let mut out = Vec::with_capacity(rows.len());
        for (_, rid) in rows {
            let Some(bytes) = look.view.get(&keys::record(search.rtype.0, rid))? else {
                continue;
            };
            let record = Record::decode(&bytes)?;
            out.push(Match {
                id: record.id.to_owned(),
                version: record.header.version,
                person: record.header.person,
            });
        }
        Ok(out)
    }
}
