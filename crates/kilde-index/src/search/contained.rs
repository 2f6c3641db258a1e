//! Contained resources (R4, Search, `_contained`): they are part of what contains them, so they are read from its content as this
//! reader sees it, and judged by its scope. The index tells only which resources contain one of a type.

use super::asking::Asking;
use super::check::Check;
use super::drive::Run;
use super::order::place;
use super::{Contained, Part};
use crate::error::{IndexError, SearchError};
use crate::found_by::{self, Reading, type_of};
use crate::keys::{self, Rid};
use crate::record::{Header, Record};
use crate::terms::Builder;
use crate::version::Version;
use kilde_access::mask;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{self, Value};
use kilde_fhir::search::{Elements, Indexed, Param, Reference};
use kilde_log::{EventNo, PersonNo};

/// The event of a contained resource: it has none of its own.
pub(super) const INSIDE: EventNo = EventNo(0);
/// The number of a contained resource: nothing refers to it by number.
const NOBODY: Rid = found_by::NOBODY;

/// A row of the answer that contained resources give.
pub(super) struct Row {
    pub place: Vec<u8>,
    /// Type and number of what contains it.
    pub container: (ResourceType, Rid),
    /// Its id, where it itself is to be given.
    pub id: Option<String>,
}

/// The resources of a part's type that others contain and that meet its checks.
pub(super) fn rows(
    asking: &Asking<'_>,
    part: &Part,
    checks: &[Check],
    how: Contained,
    snapshot: Option<EventNo>,
) -> Result<Vec<Row>, SearchError> {
    let mut rows = Vec::new();
    let prefix = keys::key(keys::CONTAINED, &[&[part.rtype.0]]);
    let mut range = asking.look.view.prefix(&prefix);
    while let Some((key, _)) = range.item()? {
        let found = key.get(2).copied().zip(keys::rid_of(key));
        let (container, rid) = found.ok_or(IndexError::Damaged("list of contained resources"))?;
        range.next();
        asking.spend(1, "_contained")?;
        of_container(asking, part, checks, how, snapshot, (ResourceType(container), rid), &mut rows)?;
    }
    Ok(rows)
}

fn of_container(
    asking: &Asking<'_>,
    part: &Part,
    checks: &[Check],
    how: Contained,
    snapshot: Option<EventNo>,
    container: (ResourceType, Rid),
    rows: &mut Vec<Row>,
) -> Result<(), SearchError> {
    let Some(bytes) = asking.record(container.0, container.1)? else {
        return Ok(());
    };
    let record = Record::decode(&bytes)?;
    if !asking.reaches(container.0, &record) {
        return Ok(());
    }
    let mut updated = record.header.last_updated_ms;
    if let Some(snapshot) = snapshot
        && record.header.event > snapshot
    {
        match Run::new(asking, container.0, Vec::new()).as_it_was(container.1, snapshot)? {
            Some(old) if !old.deleted => updated = old.last_updated_ms,
            _ => return Ok(()),
        }
    }
    // Where both are searched, what is found by itself is not found once more for what it contains.
    if !how.only && !how.themselves && container.0 == part.rtype && all_met(asking, checks, container.1, &record)? {
        return Ok(());
    }
    let Some(document) = asking.content(&record, "_contained")? else {
        return Ok(());
    };
    let mut best: Option<Vec<u8>> = None;
    for inner in document.root().items("contained").filter(|c| type_of(*c) == Some(part.rtype)) {
        let id = inner.str("id").unwrap_or_default();
        let place = asking.inside(&record.header, inner, |record| match all_met(asking, checks, NOBODY, record)? {
            true => place(asking, &part.sort, updated, container.1, record).map(Some),
            false => Ok(None),
        })?;
        let Some(mut place) = place else { continue };
        if how.themselves {
            place.extend_from_slice(id.as_bytes());
            rows.push(Row {
                place,
                container,
                id: Some(id.into_owned()),
            });
        } else if best.as_ref().is_none_or(|best| place < *best) {
            best = Some(place);
        }
    }
    rows.extend(best.map(|place| Row {
        place,
        container,
        id: None,
    }));
    Ok(())
}

fn all_met(asking: &Asking<'_>, checks: &[Check], rid: Rid, record: &Record<'_>) -> Result<bool, SearchError> {
    for check in checks {
        if !check.matches(asking, rid, record)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Asking<'_> {
    /// A contained resource as a match by itself: under the id of what contains it and its own, as this reader sees it.
    pub(super) fn taken_out(&self, record: &Record<'_>, container: Version, id: &str) -> Option<Version> {
        let seen = mask::masked(self.scope, record.header.category, &container.body).map(|(masked, _)| masked);
        let document = json::parse(seen.as_deref().unwrap_or(&container.body), json::Limits::default()).ok()?;
        let body = found_by::contained(document.root(), id)?.raw().as_bytes().to_vec();
        Some(Version {
            id: format!("{}#{id}", container.id),
            body,
            ..container
        })
    }

    /// Whether a contained resource of that type that a parameter refers to meets a check.
    pub(super) fn inside_meets(
        &self,
        record: &Record<'_>,
        param: &'static Param,
        rtype: ResourceType,
        check: &Check,
    ) -> Result<bool, SearchError> {
        let Some(document) = self.content(record, param.code)? else {
            return Ok(false);
        };
        let mut ids = Vec::new();
        Elements::of(param).values(document.root(), &mut |indexed| {
            if let Indexed::Reference(Reference::Contained(id)) = indexed {
                ids.push(id);
            }
        });
        for id in ids {
            let Some(inner) = found_by::contained(document.root(), id).filter(|c| type_of(*c) == Some(rtype)) else {
                continue;
            };
            if self.inside(&record.header, inner, |record| check.matches(self, NOBODY, record))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Judges a contained resource as if it stood by itself: as that of nobody, since nothing is known of whose it is.
    fn inside<T>(
        &self,
        container: &Header,
        inner: Value<'_>,
        judge: impl FnOnce(&Record<'_>) -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        let mut builder = Builder::default();
        found_by::terms(&mut Reading(self.look), inner, &mut builder)?;
        let header = Header {
            event: INSIDE,
            person: PersonNo::NONE,
            ..*container
        };
        let id = inner.str("id").unwrap_or_default();
        let bytes = Record::encode(&header, crate::terms::beginning(&id, crate::names::ID), &builder.finish());
        let before = self.inside.replace(Some(inner.raw().to_owned()));
        let judged = Record::decode(&bytes).map_err(SearchError::from).and_then(|record| judge(&record));
        self.inside.replace(before);
        judged
    }
}
