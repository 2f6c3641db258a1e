//! The last look at a version before it is written out: what this reader should not see is taken out.

use bytes::Bytes;
use kilde_access::{AccessScope, mask};
use kilde_index::Version;

/// Whether the citizen's blocks, or the family's marks, keep it from the reader.
fn is_kept_back(scope: &AccessScope, version: &Version) -> bool {
    let element = version.element();
    scope.closes(&element) || scope.conceals(&element)
}

/// The bytes to send and the number of elements withheld from them; `None` if the version must not
/// be shown at all. Unchanged bytes are sent as stored.
pub fn body(scope: &AccessScope, version: Version) -> Option<(Bytes, u32)> {
    // Judged once more, one by one, whatever the query did.
    let covered = scope.covers(version.rtype.name());
    if !covered || !scope.permits_read(version.person, version.category, &version.source) || is_kept_back(scope, &version) {
        return None;
    }
    Some(match mask::masked(scope, version.category, &version.body) {
        None => (version.body.into(), version.masked),
        Some((masked, taken)) => (masked.into(), taken.saturating_add(version.masked)),
    })
}
