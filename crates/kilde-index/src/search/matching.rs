//! What a writer's conditional reference or conditional create meets.

use super::Search;
use super::asking::Asking;
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
        let Some(part) = search.parts.first() else { return Ok(Vec::new()) };
        let look = self.look(scope)?;
        let asking = Asking::new(&look, scope, Reach::Write, search.limits);
        let checks = part.compile(&asking)?;
        let mut run = Run {
            top: Top::new(most, Vec::new()),
            ..Run::new(&asking, part.rtype, checks.iter().collect())
        };
        run.all()?;
        let rows = run.top.finish();
        let mut out = Vec::with_capacity(rows.len());
        for (_, rid) in rows {
            let Some(bytes) = look.view.get(&keys::record(part.rtype.0, rid))? else {
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
