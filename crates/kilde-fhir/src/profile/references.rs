//! What the validator asks of references that lead out of what is validated.

use crate::json::Document;
use std::sync::Arc;

/// Where a reference leads that is neither to a contained resource nor to an entry of the Bundle.
/// Whoever implements it answers with what the one who asked for the validation may see, and no more.
pub trait References: Send + Sync {
    /// The resource; `None` if there is none at hand. `reference` is `Reference.reference` as it
    /// stands: `Patient/1`, an address, a URN.
    fn resource(&self, reference: &str) -> Option<Arc<Document>>;
}
