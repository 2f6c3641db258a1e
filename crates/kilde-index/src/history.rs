//! Interaction `history` on one resource.

use crate::error::IndexError;
use crate::index::Index;
use crate::keys;
use crate::record::Header;
use crate::version::Version;
use crate::visible::{Reach, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;

impl Index {
    /// Versions of a resource, newest first, at most `count` of those before version `before`
    /// (from the newest if `None`). A deletion stands there without a body; a version whose content
    /// is destroyed is left out. Empty if there is no such resource or the scope does not reach its
    /// newest version; nothing tells which.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn history(
        &self,
        scope: &AccessScope,
        rtype: ResourceType,
        id: &str,
        count: usize,
        before: Option<u32>,
    ) -> Result<Vec<Version>, IndexError> {
        let look = self.look(scope)?;
        let Some((rid, newest)) = look.newest(rtype, id)? else {
            return Ok(Vec::new());
        };
        if !visible(scope, &look.shared, &newest, Reach::Read) {
            return Ok(Vec::new());
        }
        let mut headers = Vec::new();
        if before.is_none_or(|b| newest.version < b) {
            headers.push(newest);
        }
        let prefix = keys::versions_of(rtype.0, rid);
        let first = keys::version(rtype.0, rid, before.map_or(u32::MAX, |b| b.saturating_sub(1)));
        let mut range = look.view.range(&first, keys::after_prefix(&prefix).as_deref());
        while headers.len() < count
            && let Some((_, value)) = range.item()?
        {
            headers.push(Header::decode(value)?);
            range.next();
        }
        headers.truncate(count);
        let mut out = Vec::with_capacity(headers.len());
        for header in &headers {
            out.extend(look.version(rtype, id, header)?);
        }
        Ok(out)
    }

    /// How many versions a resource has, if the scope reaches its newest.
    ///
    /// # Errors
    /// The store refused.
    pub fn version_count(&self, scope: &AccessScope, rtype: ResourceType, id: &str) -> Result<u32, IndexError> {
        let look = self.look(scope)?;
        Ok(match look.newest(rtype, id)? {
            Some((_, newest)) if visible(scope, &look.shared, &newest, Reach::Read) => newest.version,
            _ => 0,
        })
    }
}
