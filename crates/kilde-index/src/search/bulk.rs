//! Bulk export: what of one type a scope reaches, as it was after a certain event, in ranges of resource numbers. First only
//! which resources (so that their log entries can be durable), then their content. Judged anew at each step.

use super::Search;
use super::asking::Asking;
use super::bounds::Bounds;
use super::plan::Source;
use super::walk::Walk;
use crate::error::{CursorError, IndexError, SearchError};
use crate::index::{Index, Looking};
use crate::keys::{self, Rid};
use crate::record::{Header, Record};
use crate::store::Pooled;
use crate::version::Version;
use crate::visible::{Reach, What, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_log::{EventNo, PersonNo};
use rustc_hash::FxHashSet;

/// Whose resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Everybody's and nobody's.
    Any,
    /// Those that belong to a person.
    Persons,
    /// Those of these persons, under any of their numbers.
    These(&'a [PersonNo]),
}

/// Which resources of a type.
#[derive(Debug, Clone)]
pub struct Bulk<'a> {
    /// The type.
    pub rtype: ResourceType,
    /// Searches of that type: what meets one of them. None of them: everything.
    pub filters: &'a [Search],
    /// Whose.
    pub whose: Whose<'a>,
    /// Versions that were current after this event. What has been deleted or withdrawn since is left out.
    pub until: EventNo,
    /// Only versions made at or after this instant, Unix ms.
    pub since_ms: Option<i64>,
    /// Instead of what is there: what was deleted.
    pub deleted: bool,
}

/// A resource of an export, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number: places of a type are sorted by it, and it never changes.
    pub number: u32,
    /// Logical id.
    pub id: String,
    /// Version.
    pub version: u32,
    /// Whose it is; `PersonNo(0)` for nobody's.
    pub person: PersonNo,
}

/// A stretch of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// What is in it, by number.
    pub places: Vec<Place>,
    /// The number with which the next stretch begins; `None` at the end.
    pub next: Option<u32>,
}

/// So many candidates are looked at in one go.
const CANDIDATES: usize = 20_000;
/// Of more persons than this, all resources are looked at instead of the lists of each.
const LISTS: usize = 200;

impl Index {
    /// A stretch of what an export holds, beginning with a number: `most` places at most, and no more work than one question may
    /// cost.
    ///
    /// # Errors
    /// A filter is too costly or none, or the index failed.
    pub fn bulk(&self, scope: &AccessScope, bulk: &Bulk<'_>, from: u32, most: usize) -> Result<Stretch, SearchError> {
        let look = self.look(scope)?;
        let limits = bulk.filters.first().map_or_else(super::Limits::default, |f| f.limits);
        let asking = Asking::new(&look, scope, Reach::Read, limits);
        let mut filters = Vec::new();
        for filter in bulk.filters {
            let part = filter
                .parts
                .first()
                .filter(|part| part.rtype == bulk.rtype && filter.cursor.is_none());
            filters.push(part.ok_or(CursorError::Invalid)?.compile(&asking)?);
        }
        let these: Option<FxHashSet<PersonNo>> = match bulk.whose {
            Whose::These(persons) => Some(persons.iter().flat_map(|p| look.shared.groups.of(*p)).collect()),
            _ => None,
        };
        let mut candidates = Candidates::new(&asking, bulk.rtype, these.as_ref(), from)?;
        let (mut places, mut looked) = (Vec::new(), 0);
        while let Some(number) = candidates.next()? {
            if places.len() >= most || looked >= CANDIDATES {
                return Ok(Stretch {
                    places,
                    next: Some(number),
                });
            }
            looked += 1;
            asking.spend(1, "")?;
            let Some(bytes) = asking.record(bulk.rtype, number)? else {
                continue;
            };
            let record = Record::decode(&bytes)?;
            let person = record.header.person;
            let wanted = match (bulk.whose, &these) {
                (Whose::Any, _) => true,
                (_, None) => person.is_some(),
                (_, Some(these)) => these.contains(&person),
            };
            if !wanted || !visible(scope, &look.shared, What::record(bulk.rtype, &record), Reach::Read) {
                continue;
            }
            let Some(header) = look.exported(bulk, number, &record.header)? else {
                continue;
            };
            if !visible(scope, &look.shared, What::new(bulk.rtype, record.id, &header), Reach::Read) {
                continue;
            }
            let mut meets = filters.is_empty() || bulk.deleted;
            for checks in &filters {
                let mut all = true;
                for check in checks {
                    all = all && check.matches(&asking, number, &record)?;
                }
                meets = meets || all;
            }
            if meets {
                places.push(Place {
                    number,
                    id: record.id.to_owned(),
                    version: header.version,
                    person,
                });
            }
        }
        Ok(Stretch { places, next: None })
    }

    /// The content of some places, judged anew; what is gone meanwhile is left out.
    ///
    /// # Errors
    /// The index or the log failed.
    pub fn bulk_read(&self, scope: &AccessScope, rtype: ResourceType, places: &[Place]) -> Result<Vec<Version>, IndexError> {
        let look = self.look(scope)?;
        let mut out = Vec::with_capacity(places.len());
        for place in places {
            let Some(bytes) = look.view.get(&keys::record(rtype.0, place.number))? else {
                continue;
            };
            let record = Record::decode(&bytes)?;
            let newest = record.header;
            if newest.deleted
                || record.id != place.id
                || newest.person != place.person
                || !visible(scope, &look.shared, What::record(rtype, &record), Reach::Read)
            {
                continue;
            }
            let header = match newest.version == place.version {
                true => Some(newest),
                false => look
                    .view
                    .get(&keys::version(rtype.0, place.number, place.version))?
                    .map(|b| Header::decode(&b))
                    .transpose()?,
            };
            if let Some(header) = header
                && visible(scope, &look.shared, What::new(rtype, record.id, &header), Reach::Read)
            {
                out.extend(look.version(scope, rtype, record.id, &header)?);
            }
        }
        Ok(out)
    }
}

impl Looking<'_> {
    /// The version that an export holds of a resource, if it holds any.
    fn exported(&self, bulk: &Bulk<'_>, number: Rid, newest: &Header) -> Result<Option<Header>, IndexError> {
        if newest.deleted != bulk.deleted {
            return Ok(None);
        }
        let header = if newest.event <= bulk.until {
            Some(*newest)
        } else if bulk.deleted {
            None
        } else {
            self.after(bulk.rtype, number, bulk.until)?
        };
        let in_time = |header: &Header| bulk.since_ms.is_none_or(|since| header.last_updated_ms >= since);
        Ok(header.filter(|h| h.deleted == bulk.deleted && !h.lost && in_time(h)))
    }

    /// The version that was current after an event.
    fn after(&self, rtype: ResourceType, number: Rid, until: EventNo) -> Result<Option<Header>, IndexError> {
        let mut range = self.view.prefix(&keys::versions_of(rtype.0, number));
        while let Some((_, value)) = range.item()? {
            let header = Header::decode(value)?;
            if header.event <= until {
                return Ok(Some(header));
            }
            range.next();
        }
        Ok(None)
    }
}

/// Resource numbers in order.
enum Candidates<'p, 'a> {
    Walk(Box<Walk<'p, 'a>>),
    All { range: Pooled<'p, 'a> },
}

impl<'p, 'a> Candidates<'p, 'a> {
    fn new(asking: &'p Asking<'a>, rtype: ResourceType, these: Option<&FxHashSet<PersonNo>>, from: Rid) -> Result<Self, IndexError> {
        if let Some(these) = these.filter(|t| t.len() <= LISTS) {
            let lists = these.iter().map(|p| Bounds::list(keys::of_person(*p, Some(rtype.0)))).collect();
            return Ok(Candidates::Walk(Box::new(Walk::new(asking, &[&Source::Ranges(lists)], from))));
        }
        let end = keys::after_prefix(&keys::key(keys::RECORD, &[&[rtype.0]]));
        Ok(Candidates::All {
            range: asking.range(&keys::record(rtype.0, from), end.as_deref()),
        })
    }

    fn next(&mut self) -> Result<Option<Rid>, IndexError> {
        match self {
            Candidates::Walk(walk) => walk.next(),
            Candidates::All { range } => {
                let number = range.item()?.and_then(|(key, _)| keys::rid_of(key));
                if number.is_some() {
                    range.next();
                }
                Ok(number)
            }
        }
    }
}
