//! `:below` and `:above` on references that make a hierarchy (R4, Search, reference parameters): a reference to a
//! place, a unit or the like also means what is part of it, or what it is part of. The way down or up goes only
//! through what the reader may see: a link that nobody shows her adds nothing to what she finds.

use super::asking::Asking;
use super::check::{Check, Probe};
use crate::error::SearchError;
use crate::keys::Rid;
use crate::record::Record;
use crate::terms::Term;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, param};
use rustc_hash::FxHashSet;

/// So many resources may be in what one value means.
const MOST: usize = 1000;

/// Which way to go from the resource that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `:below`: to its parts, and theirs.
    Down,
    /// `:above`: to what it is part of, and so on.
    Up,
}

/// The parameter by which resources of a type say what they are part of, where that is of the same type.
pub(super) fn part_of(rtype: ResourceType) -> Option<&'static Param> {
    let codes = ["partof", "part-of", "parent"];
    codes
        .iter()
        .find_map(|code| param(rtype, code))
        .filter(|p| p.targets.contains(&rtype))
}

/// The resource and all below or above it; none if its type has no hierarchy.
///
/// # Errors
/// More than [`MOST`], or too many examined; the parameter that was asked by is named.
pub(super) fn all(
    asking: &Asking<'_>,
    rtype: ResourceType,
    first: Rid,
    way: Way,
    what: &'static str,
) -> Result<FxHashSet<Rid>, SearchError> {
    let mut found = FxHashSet::default();
    let Some(link) = part_of(rtype) else { return Ok(found) };
    found.insert(first);
    let mut ahead = vec![first];
    while let Some(rid) = ahead.pop() {
        let further = match way {
            Way::Down => parts(asking, rtype, rid, link, what)?,
            Way::Up => wholes(asking, rtype, rid, link, what)?,
        };
        ahead.extend(further.into_iter().filter(|rid| found.insert(*rid)));
        if found.len() > MOST {
            return Err(too_many(what));
        }
    }
    Ok(found)
}

/// What says that it is part of a resource.
fn parts(asking: &Asking<'_>, rtype: ResourceType, of: Rid, link: &Param, what: &'static str) -> Result<Vec<Rid>, SearchError> {
    let check = Check::Any {
        param: link.id,
        not: false,
        probes: vec![Probe::Target { rtype: rtype.0, rid: of }],
    };
    let source = super::plan::source(asking, rtype, &check)?.ok_or_else(|| too_many(what))?;
    let candidates = source.collect(asking, MOST)?.ok_or_else(|| too_many(what))?;
    let mut out = Vec::new();
    for rid in candidates.iter().copied() {
        asking.spend(1, what)?;
        let Some(bytes) = asking.record(rtype, rid)? else { continue };
        let record = Record::decode(&bytes)?;
        if asking.reaches(rtype, &record) && check.matches(asking, rid, &record)? {
            out.push(rid);
        }
    }
    Ok(out)
}

/// What a resource says that it is part of.
fn wholes(asking: &Asking<'_>, rtype: ResourceType, of: Rid, link: &Param, what: &'static str) -> Result<Vec<Rid>, SearchError> {
    asking.spend(1, what)?;
    let Some(bytes) = asking.record(rtype, of)? else {
        return Ok(Vec::new());
    };
    let record = Record::decode(&bytes)?;
    if !asking.reaches(rtype, &record) {
        return Ok(Vec::new());
    }
    let targets = record.terms.of(link.id).filter_map(|term| match term {
        Term::Target { rtype: to, rid } if to == rtype.0 => Some(rid),
        _ => None,
    });
    Ok(targets.collect())
}

fn too_many(what: &'static str) -> SearchError {
    SearchError::TooCostly { most: MOST as u64, what }
}
