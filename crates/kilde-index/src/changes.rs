//! Interaction `history` on a type and on everything, and pages of an instance's history: versions, newest first.
//!
//! For who reaches certain persons, the versions of those persons (and of nobody) are listed by event; for who
//! reaches everybody, the log itself is the list. Every version is judged by the newest one of its resource and by itself,
//! as a `vread` is.

use crate::error::{CursorError, IndexError, SearchError};
use crate::index::{Index, Looking};
use crate::keys::{self, Rid};
use crate::names::Counters;
use crate::record::{Header, Record};
use crate::sealed::Bound;
use crate::version::Version;
use crate::visible::{Reach, What, visible};
use kilde_access::{AccessScope, Persons};
use kilde_fhir::definitions::ResourceType;
use kilde_log::{EventNo, PersonNo};

/// Whose history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// One resource's.
    Instance(ResourceType, String),
    /// All resources' of a type.
    Type(ResourceType),
    /// All resources'.
    System,
}

/// Which versions, and how many at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// `_since`: made at or after this instant, Unix ms.
    pub since_ms: Option<i64>,
    /// `_at`: current at some time of this range `[from, to)`, Unix ms.
    pub at_ms: Option<(i64, i64)>,
    /// Versions of a page, at least one.
    pub count: usize,
    /// The cursor of an earlier page.
    pub cursor: Option<String>,
}

/// A page of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The versions, newest first.
    pub versions: Vec<Version>,
    /// The value of `_cursor` for the next page, if there may be one. A page can be empty and have a next: that
    /// many versions were looked at.
    pub next: Option<String>,
}

/// Versions looked at for one page at most.
const MOST_EXAMINED: usize = 10_000;
/// A cursor longer than this was not made here.
const LONGEST: usize = 1 << 10;

/// A version's place: later ones first.
type Place = (u64, u32);

/// What a cursor says.
struct Cursor {
    expires_ms: i64,
    place: Place,
    since_ms: Option<i64>,
    at_ms: Option<(i64, i64)>,
}

/// A version found, before it is judged.
struct Found {
    place: Place,
    rtype: u8,
    rid: Rid,
    version: u32,
}

impl Index {
    /// A page of a history; `None` if it is of one resource that is not there or out of the scope's reach; nothing
    /// tells which. With a cursor, `since_ms` and `at_ms` are those of the first page.
    ///
    /// # Errors
    /// The cursor is not good for this scope and history, or the index failed.
    pub fn changes(&self, scope: &AccessScope, of: &Of, changes: &Changes, now_ms: i64) -> Result<Option<ChangePage>, SearchError> {
        let look = self.look(scope)?;
        let mut wanted = changes.clone();
        let mut after = (u64::MAX, u32::MAX);
        if let Some(text) = &changes.cursor {
            let cursor = self.open_changes(scope, of, text, now_ms)?;
            (wanted.since_ms, wanted.at_ms, after) = (cursor.since_ms, cursor.at_ms, cursor.place);
        }
        let mut page = Page {
            clock: look.counters()?,
            look: &look,
            scope,
            wanted: &wanted,
            versions: Vec::new(),
            last: after,
            examined: 0,
        };
        let more = match of {
            Of::Instance(rtype, id) => match page.instance(*rtype, id, after)? {
                Some(more) => more,
                None => return Ok(None),
            },
            Of::Type(rtype) => page.several(Some(*rtype), after)?,
            Of::System => page.several(None, after)?,
        };
        let next = match more {
            true => Some(self.seal_changes(
                scope,
                of,
                &Cursor {
                    expires_ms: now_ms.saturating_add(self.options.cursor_ms),
                    place: page.last,
                    since_ms: wanted.since_ms,
                    at_ms: wanted.at_ms,
                },
            )?),
            false => None,
        };
        Ok(Some(ChangePage {
            versions: page.versions,
            next,
        }))
    }

    fn seal_changes(&self, scope: &AccessScope, of: &Of, cursor: &Cursor) -> Result<String, IndexError> {
        self.seal_page(&bound(scope, &of.path()), &cursor.encode())
    }

    fn open_changes(&self, scope: &AccessScope, of: &Of, text: &str, now_ms: i64) -> Result<Cursor, CursorError> {
        let plain = self.open_page(&bound(scope, &of.path()), text, LONGEST)?;
        let cursor = Cursor::decode(&plain).ok_or(CursorError::Invalid)?;
        if cursor.expires_ms <= now_ms {
            return Err(CursorError::Expired);
        }
        Ok(cursor)
    }
}

impl Of {
    fn path(&self) -> String {
        match self {
            Of::Instance(rtype, id) => format!("{}/{id}", rtype.name()),
            Of::Type(rtype) => rtype.name().to_owned(),
            Of::System => String::new(),
        }
    }
}

fn bound<'a>(scope: &'a AccessScope, place: &'a str) -> Bound<'a> {
    Bound {
        purpose: b"history cursor 1",
        scope,
        place,
    }
}

impl Cursor {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.expires_ms.to_be_bytes().to_vec();
        out.extend_from_slice(&self.place.0.to_be_bytes());
        out.extend_from_slice(&self.place.1.to_be_bytes());
        out.push(u8::from(self.since_ms.is_some()) | u8::from(self.at_ms.is_some()) << 1);
        let (from, to) = self.at_ms.unwrap_or_default();
        for number in [self.since_ms.unwrap_or_default(), from, to] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Cursor> {
        let (expires, rest) = bytes.split_first_chunk::<8>()?;
        let (event, rest) = rest.split_first_chunk::<8>()?;
        let (entry, rest) = rest.split_first_chunk::<4>()?;
        let (flags, rest) = rest.split_first()?;
        let (since, rest) = rest.split_first_chunk::<8>()?;
        let (from, rest) = rest.split_first_chunk::<8>()?;
        let (to, rest) = rest.split_first_chunk::<8>()?;
        let number = |bytes: &[u8; 8]| i64::from_be_bytes(*bytes);
        rest.is_empty().then(|| Cursor {
            expires_ms: number(expires),
            place: (u64::from_be_bytes(*event), u32::from_be_bytes(*entry)),
            since_ms: (flags & 1 != 0).then(|| number(since)),
            at_ms: (flags & 2 != 0).then(|| (number(from), number(to))),
        })
    }
}

/// A page in the making.
struct Page<'a> {
    look: &'a Looking<'a>,
    clock: Counters,
    scope: &'a AccessScope,
    wanted: &'a Changes,
    versions: Vec<Version>,
    /// The place of the last version looked at.
    last: Place,
    examined: usize,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.versions.len() >= self.wanted.count.max(1) || self.examined >= MOST_EXAMINED
    }

    /// The versions of one resource before a place; whether there may be more.
    fn instance(&mut self, rtype: ResourceType, id: &str, after: Place) -> Result<Option<bool>, IndexError> {
        let look = self.look;
        let Some((rid, newest)) = look.newest(rtype, id)? else {
            return Ok(None);
        };
        if !visible(self.scope, &look.shared, What::new(rtype, id, &newest), Reach::Read) {
            return Ok(None);
        }
        let mut headers = vec![newest];
        let mut range = look.view.prefix(&keys::versions_of(rtype.0, rid));
        let mut next_ms = None;
        while let Some(header) = headers.pop() {
            if place_of(&header) < after {
                if self.is_over(header.event.0, header.last_updated_ms) {
                    return Ok(Some(false));
                }
                if self.examined >= MOST_EXAMINED {
                    return Ok(Some(true));
                }
                let (shown, full) = (self.versions.len(), self.is_full());
                if !full {
                    self.last = place_of(&header);
                }
                self.examined += 1;
                self.take(rtype, id, &header, next_ms)?;
                if full && self.versions.len() > shown {
                    self.versions.truncate(shown);
                    return Ok(Some(true));
                }
            }
            next_ms = Some(header.last_updated_ms);
            if let Some((_, value)) = range.item()? {
                headers.push(Header::decode(value)?);
                range.next();
            }
        }
        Ok(Some(false))
    }

    /// The versions of many resources before a place; whether there may be more.
    fn several(&mut self, rtype: Option<ResourceType>, after: Place) -> Result<bool, IndexError> {
        match self.scope.persons() {
            Persons::Every => self.of_the_log(rtype, after),
            Persons::None => self.of_persons(rtype, after, &[PersonNo::NONE]),
            Persons::Only(list) => {
                let mut persons = vec![PersonNo::NONE];
                persons.extend(list.iter().flat_map(|p| self.look.shared.groups.of(*p)));
                persons.sort_unstable();
                persons.dedup();
                self.of_persons(rtype, after, &persons)
            }
        }
    }

    /// By the lists of those persons, merged.
    fn of_persons(&mut self, rtype: Option<ResourceType>, after: Place, persons: &[PersonNo]) -> Result<bool, IndexError> {
        let look = self.look;
        let mut lists = Vec::with_capacity(persons.len());
        for person in persons {
            let prefix = keys::changes_of(*person);
            let mut range = look
                .view
                .range(&keys::change(*person, after.0, after.1), keys::after_prefix(&prefix).as_deref());
            let head = next_after(&mut range, after)?;
            lists.push((head, range));
        }
        loop {
            let newest = lists
                .iter()
                .enumerate()
                .filter_map(|(i, (head, _))| head.as_ref().map(|h| (h.place, i)))
                .max();
            let Some((place, list)) = newest else { return Ok(false) };
            if self.examined >= MOST_EXAMINED {
                return Ok(true);
            }
            let Some((head, range)) = lists.get_mut(list) else {
                return Ok(false);
            };
            let found = std::mem::replace(head, next_after(range, place)?);
            // A full page has a next one only if something is on it: what is not seen makes none.
            let shown = self.versions.len();
            let full = self.is_full();
            if !full {
                self.last = place;
            }
            self.examined += 1;
            if let Some(found) = found.filter(|f| rtype.is_none_or(|t| t.0 == f.rtype)) {
                if self.judge(&found)? {
                    return Ok(false);
                }
                if full && self.versions.len() > shown {
                    self.versions.truncate(shown);
                    return Ok(true);
                }
            }
        }
    }

    /// By the log, from its end.
    fn of_the_log(&mut self, rtype: Option<ResourceType>, after: Place) -> Result<bool, IndexError> {
        let look = self.look;
        let log = &look.index.log;
        let mut no = look.seen()?.0.min(after.0);
        while no > 0 {
            let Some(event) = log.event(EventNo(no))? else {
                no -= 1;
                continue;
            };
            self.examined += 1;
            if self.is_over(no, event.envelope.received_ms) {
                return Ok(false);
            }
            for (number, entry) in event.entries.iter().enumerate().rev() {
                let place = (no, u32::try_from(number).unwrap_or(u32::MAX));
                if place >= after {
                    continue;
                }
                if self.is_full() {
                    return Ok(true);
                }
                self.last = place;
                if rtype.is_some_and(|t| t.0 != entry.rtype) {
                    continue;
                }
                self.examined += 1;
                if let Some(rid) = look.view.rid(entry.rtype, &entry.id)? {
                    let found = Found {
                        place,
                        rtype: entry.rtype,
                        rid,
                        version: entry.version,
                    };
                    self.judge(&found)?;
                }
            }
            if self.is_full() && no > 1 {
                self.last = self.last.min((no, 0));
                return Ok(true);
            }
            no -= 1;
        }
        Ok(false)
    }

    /// Judges a version and takes it; whether all that follow are too old.
    fn judge(&mut self, found: &Found) -> Result<bool, IndexError> {
        let look = self.look;
        let Some(bytes) = look.view.get(&keys::record(found.rtype, found.rid))? else {
            return Ok(false);
        };
        let record = Record::decode(&bytes)?;
        let what = What::record(ResourceType(found.rtype), &record);
        if !visible(self.scope, &look.shared, what, Reach::Read) {
            return Ok(false);
        }
        let newest = record.header;
        let header = |version: u32| -> Result<Option<Header>, IndexError> {
            if version == newest.version {
                return Ok(Some(newest));
            }
            match look.view.get(&keys::version(found.rtype, found.rid, version))? {
                Some(bytes) => Header::decode(&bytes).map(Some),
                None => Ok(None),
            }
        };
        let Some(this) = header(found.version)? else { return Ok(false) };
        let next_ms = match found.version.checked_add(1) {
            Some(next) if self.wanted.at_ms.is_some() => header(next)?.map(|h| h.last_updated_ms),
            _ => None,
        };
        if self.is_over(this.event.0, this.last_updated_ms) {
            return Ok(true);
        }
        self.take(ResourceType(found.rtype), record.id, &this, next_ms)?;
        Ok(false)
    }

    /// Whether a version that an event brought at that time, and with it all before, is older than what is asked for.
    fn is_over(&self, event: u64, made_ms: i64) -> bool {
        self.wanted
            .since_ms
            .is_some_and(|since| self.clock.is_before(event, made_ms, since))
    }

    /// Adds a version if it is of the time asked for. `next_ms` is when the next one was made.
    /// It is judged by itself, too: a correction opens nothing of what it corrects.
    fn take(&mut self, rtype: ResourceType, id: &str, header: &Header, next_ms: Option<i64>) -> Result<(), IndexError> {
        if !visible(self.scope, &self.look.shared, What::new(rtype, id, header), Reach::Read) {
            return Ok(());
        }
        let made = header.last_updated_ms;
        let in_time = self.wanted.since_ms.is_none_or(|since| made >= since)
            && self
                .wanted
                .at_ms
                .is_none_or(|(from, to)| made < to && next_ms.is_none_or(|next| next > from));
        if in_time {
            self.versions.extend(self.look.version(self.scope, rtype, id, header)?);
        }
        Ok(())
    }
}

fn place_of(header: &Header) -> Place {
    (header.event.0, header.entry)
}

/// The next version of a list that stands before a place.
fn next_after(range: &mut crate::store::Range<'_>, after: Place) -> Result<Option<Found>, IndexError> {
    const DAMAGED: IndexError = IndexError::Damaged("list of changes");
    while let Some((key, value)) = range.item()? {
        let place = keys::place_of_change(key).ok_or(DAMAGED)?;
        if place < after {
            let (rtype, rest) = value.split_first().ok_or(DAMAGED)?;
            let (rid, rest) = rest.split_first_chunk::<4>().ok_or(DAMAGED)?;
            let version: &[u8; 4] = rest.try_into().map_err(|_| DAMAGED)?;
            return Ok(Some(Found {
                place,
                rtype: *rtype,
                rid: Rid::from_be_bytes(*rid),
                version: u32::from_be_bytes(*version),
            }));
        }
        range.next();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_come_back_as_they_were(expires_ms: i64, place: (u64, u32), since_ms: Option<i64>, at_ms: Option<(i64, i64)>) {
            let cursor = Cursor { expires_ms, place, since_ms, at_ms };
            let back = Cursor::decode(&cursor.encode()).unwrap();
            prop_assert_eq!((back.expires_ms, back.place, back.since_ms, back.at_ms), (expires_ms, place, since_ms, at_ms));
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            let _ = Cursor::decode(&bytes);
        }
    }
}
