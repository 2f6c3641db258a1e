//! How a resource stands, for those who oversee: whose it is and which version is the newest. No scope is asked, and nothing of its
//! content is told.

use crate::error::IndexError;
use crate::index::Index;
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;

impl Index {
    /// Whose a resource is, its newest version, and whether that is a deletion; `None` if there was never one.
    ///
    /// # Errors
    /// The store refused.
    pub fn standing(&self, rtype: ResourceType, id: &str) -> Result<Option<(PersonNo, u32, bool)>, IndexError> {
        let newest = self.look_inside().newest(rtype, id)?;
        Ok(newest.map(|(_, header)| (header.person, header.version, header.deleted)))
    }
}
