//! How a resource stands, for those who oversee: whose it is and which version is the newest. No scope is asked, and nothing of its
//! content is told.

use crate::error::IndexError;
use crate::index::Index;
use crate::record::Header;
use kilde_access::proxy::Marks;
use kilde_access::{Category, Days};
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;

/// How a resource whose content is destroyed is judged from then on, as the log keeps it: category, marks and whether it says that an
/// address is secret, days.
pub(crate) fn of(header: &Header) -> [u8; 6] {
    let mut out = [0; 6];
    out[0] = header.category.to_u8();
    out[1] = header.marks.bits() | u8::from(header.secret) << 7;
    out[2..].copy_from_slice(&header.documented.to_bytes());
    out
}

/// Back from [`of`], into the header.
pub(crate) fn put(standing: [u8; 6], header: &mut Header) -> Result<(), IndexError> {
    let [category, marks, days @ ..] = standing;
    header.category = Category::from_u8(category).ok_or(IndexError::Damaged("standing of a destroyed resource"))?;
    header.marks = Marks::from_bits(marks);
    header.secret = marks & 128 != 0;
    header.documented = Days::from_bytes(days);
    Ok(())
}

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
