//! One question to the index: who asks, for what, and how much it has cost so far.

use super::Limits;
use super::order::Texts;
use crate::error::{IndexError, SearchError};
use crate::index::Looking;
use crate::keys::{self, Key, Rid};
use crate::lists::Known;
use crate::postings;
use crate::record::Record;
use crate::secret::Seen;
use crate::store::{Pool, Pooled};
use crate::visible::{Reach, What, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::ParamId;
use rocksdb::DBPinnableSlice;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// What every part of one search shares: the view, the scope, and the count of what was examined. Chained
/// and included resources are counted and judged with it as candidates are.
pub(crate) struct Asking<'a> {
    pub look: &'a Looking<'a>,
    pub scope: &'a AccessScope,
    pub reach: Reach,
    pub limits: Limits,
    examined: Cell<u64>,
    contents: Cell<u64>,
    pool: Pool<'a>,
    pub(super) texts: Texts,
    /// Which kinds of references some parameters have, as far as it was asked.
    in_use: RefCell<FxHashMap<(ParamId, u8), bool>>,
    /// The contained resource that is judged, if one is.
    pub(super) inside: RefCell<Option<String>>,
}

impl<'a> Asking<'a> {
    pub fn new(look: &'a Looking<'a>, scope: &'a AccessScope, reach: Reach, limits: Limits) -> Self {
        Asking {
            look,
            scope,
            reach,
            limits,
            examined: Cell::new(0),
            contents: Cell::new(0),
            pool: Pool::default(),
            texts: Texts::default(),
            in_use: RefCell::default(),
            inside: RefCell::default(),
        }
    }

    /// Counts work in resources examined. `what` is the name of the parameter that it is done for, empty for the
    /// search itself.
    ///
    /// # Errors
    /// More than [`Limits::examined`].
    pub fn spend(&self, amount: u64, what: &'static str) -> Result<(), SearchError> {
        let examined = self.examined.get().saturating_add(amount);
        self.examined.set(examined);
        if examined > self.limits.examined {
            return Err(SearchError::TooCostly {
                most: self.limits.examined,
                what,
            });
        }
        Ok(())
    }

    /// Counts the reading of one resource's content.
    ///
    /// # Errors
    /// More than [`Limits::contents`].
    pub fn spend_content(&self, what: &'static str) -> Result<(), SearchError> {
        self.contents.set(self.contents.get() + 1);
        if self.contents.get() > self.limits.contents {
            return Err(SearchError::TooCostly {
                most: self.limits.contents,
                what,
            });
        }
        Ok(())
    }

    /// The keys from `low` up to but not with `high`, in order.
    pub fn range(&self, low: &[u8], high: Option<&[u8]>) -> Pooled<'_, 'a> {
        self.pool.range(&self.look.view, low, high)
    }

    /// A walk up to but not with `high` that stands nowhere yet.
    pub fn unplaced(&self, high: Option<&[u8]>) -> Pooled<'_, 'a> {
        self.pool.unplaced(&self.look.view, high)
    }

    /// The keys that begin so.
    pub fn prefix(&self, prefix: &[u8]) -> Pooled<'_, 'a> {
        self.pool.prefix(&self.look.view, prefix)
    }

    /// The resource numbers at the end of the keys that begin so: a short list, which is kept in memory.
    pub fn rids(&self, prefix: &Key) -> Result<Arc<[Rid]>, IndexError> {
        if let Known::Rids(rids) = self.look.known(prefix) {
            return Ok(rids);
        }
        let rids: Arc<[Rid]> = self.pool.rids(&self.look.view, prefix)?.into();
        self.look.keep(prefix, rids.clone());
        Ok(rids)
    }

    /// Whether any resource refers in this way by this parameter ([`terms`](crate::terms) has the kinds): where none does,
    /// nobody needs to look.
    pub fn in_use(&self, param: ParamId, kind: u8) -> Result<bool, IndexError> {
        if let Some(known) = self.in_use.borrow().get(&(param, kind)) {
            return Ok(*known);
        }
        let used = self.prefix(&postings::references(param, kind)).item()?.is_some();
        self.in_use.borrow_mut().insert((param, kind), used);
        Ok(used)
    }

    /// How many resources were examined, and of how many the content was read.
    pub fn spent(&self) -> (u64, u64) {
        (self.examined.get(), self.contents.get())
    }

    /// The record of a resource, as this reader sees it.
    pub fn record(&self, rtype: ResourceType, rid: Rid) -> Result<Option<Seen<DBPinnableSlice<'a>>>, IndexError> {
        let bytes = self.look.view.get(&keys::record(rtype.0, rid))?;
        bytes.map(|bytes| self.look.as_seen(self.scope, bytes)).transpose()
    }

    /// Whether a current resource may play a part in the answer.
    pub fn reaches(&self, rtype: ResourceType, record: &Record<'_>) -> bool {
        !record.header.deleted && visible(self.scope, &self.look.shared, What::record(rtype, record), self.reach)
    }
}
