//! The records of one type, asked for by ascending numbers, several at once. Where the numbers lie close together a walk along
//! the records is quicker than looking each up.

use crate::error::SearchError;
use crate::index::Looking;
use crate::keys::{self, Key, Rid};
use kilde_fhir::definitions::ResourceType;

/// Numbers that lie so close are reached by steps.
const CLOSE: Rid = 16;
/// Of fewer numbers each is looked up.
const FEW: usize = 4;

/// Gives each of these resources that has a record, in order, until told to stop. Tells whether it went to the end.
///
/// # Errors
/// The store refused, or whoever takes the records did.
pub(super) fn each(
    look: &Looking<'_>,
    rtype: ResourceType,
    rids: &[Rid],
    mut take: impl FnMut(Rid, &[u8]) -> Result<bool, SearchError>,
) -> Result<bool, SearchError> {
    let (Some(first), Some(last)) = (rids.first(), rids.last()) else {
        return Ok(true);
    };
    if rids.len() < FEW {
        for rid in rids {
            if let Some(bytes) = look.view.get(&keys::record(rtype.0, *rid))?
                && !take(*rid, &bytes)?
            {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if (last - first) as usize / rids.len() > CLOSE as usize {
        let keys: Vec<Key> = rids.iter().map(|rid| keys::record(rtype.0, *rid)).collect();
        for (rid, bytes) in rids.iter().zip(look.view.all(&keys)?) {
            if let Some(bytes) = bytes
                && !take(*rid, &bytes)?
            {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let end = keys::after_prefix(&keys::record(rtype.0, *last));
    let mut walk = look.view.range(&keys::record(rtype.0, *first), end.as_deref());
    for rid in rids {
        let key = keys::record(rtype.0, *rid);
        while walk.item()?.is_some_and(|(at, _)| at < &key[..]) {
            walk.next();
        }
        if let Some((at, bytes)) = walk.item()?
            && at == &key[..]
            && !take(*rid, bytes)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
