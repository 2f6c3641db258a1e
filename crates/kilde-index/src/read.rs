//! Interactions `read` and `vread`, and what a writer needs to know.

use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys::{self, Rid};
use crate::record::Header;
use crate::version::{Head, Version};
use crate::visible::{Reach, What, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;

/// The answer to `read` and `vread`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// It is there.
    Found(Version),
    /// It was there and is deleted (or its content destroyed).
    Gone {
        /// The version that is the deletion.
        version: u32,
        /// When, milliseconds since the Unix epoch.
        last_updated_ms: i64,
    },
    /// It is not there, or the scope does not reach it; nothing tells which.
    Absent,
}

impl Index {
    /// The newest version of a resource.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn read(&self, scope: &AccessScope, rtype: ResourceType, id: &str) -> Result<Read, IndexError> {
        let look = self.look(scope)?;
        match look.newest(rtype, id)? {
            Some((_, newest)) if visible(scope, &look.shared, What::new(rtype, id, &newest), Reach::Read) => {
                look.answer(scope, rtype, id, &newest)
            }
            _ => Ok(Read::Absent),
        }
    }

    /// A certain version of a resource; who may see it is decided by the newest one and by itself.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn vread(&self, scope: &AccessScope, rtype: ResourceType, id: &str, version: u32) -> Result<Read, IndexError> {
        let look = self.look(scope)?;
        let Some((rid, newest)) = look.newest(rtype, id)? else {
            return Ok(Read::Absent);
        };
        if !visible(scope, &look.shared, What::new(rtype, id, &newest), Reach::Read) {
            return Ok(Read::Absent);
        }
        if newest.version == version {
            return look.answer(scope, rtype, id, &newest);
        }
        let earlier = look.view.get(&keys::version(rtype.0, rid, version))?;
        match earlier.map(|bytes| Header::decode(&bytes)).transpose()? {
            // Judged by itself, too: it may be about somebody else, or of another category.
            Some(header) if visible(scope, &look.shared, What::new(rtype, id, &header), Reach::Read) => {
                look.answer(scope, rtype, id, &header)
            }
            _ => Ok(Read::Absent),
        }
    }

    /// What a writer must know of a resource before it makes the next version: only what its scope
    /// may read or write.
    ///
    /// # Errors
    /// The store refused.
    pub fn head(&self, scope: &AccessScope, rtype: ResourceType, id: &str) -> Result<Option<Head>, IndexError> {
        let look = self.look(scope)?;
        Ok(match look.newest(rtype, id)? {
            Some((_, newest)) if visible(scope, &look.shared, What::new(rtype, id, &newest), Reach::Write) => Some(look.head(&newest)),
            _ => None,
        })
    }

    /// Whether an id is in use at all, seen or unseen: for a writer with a scope that may write,
    /// so that it never makes a second resource of the same id. What a client hears of it must
    /// be the same refusal as for any id that it may not write. Always `false` for a scope that
    /// may not write.
    ///
    /// # Errors
    /// The store refused.
    pub fn taken(&self, scope: &AccessScope, rtype: ResourceType, id: &str) -> Result<bool, IndexError> {
        let look = self.look(scope)?;
        Ok(scope.may_write() && look.newest(rtype, id)?.is_some())
    }
}

impl Looking<'_> {
    /// Number and newest header of a resource that has ever had a version.
    pub fn newest(&self, rtype: ResourceType, id: &str) -> Result<Option<(Rid, Header)>, IndexError> {
        let named = self.view.named(rtype.0, id)?;
        Ok(named.and_then(|(rid, newest)| Some((rid, newest?))))
    }

    fn answer(&self, scope: &AccessScope, rtype: ResourceType, id: &str, header: &Header) -> Result<Read, IndexError> {
        let gone = Read::Gone {
            version: header.version,
            last_updated_ms: header.last_updated_ms,
        };
        if header.deleted {
            return Ok(gone);
        }
        Ok(self.version(scope, rtype, id, header)?.map_or(gone, Read::Found))
    }
}
