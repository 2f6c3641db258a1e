//! Declarations of citizens: which there are of a person, and the table of those in force that every decision looks into. The index
//! holds where each version stands in the log, never what it says.

use crate::batch::Batch;
use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys;
use kilde_access::block::Block;
use kilde_access::{Declaration, Declared};
use kilde_log::{Entry, EventNo, PersonNo};
use std::sync::Arc;

/// One version of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDeclaration {
    /// Whose it is.
    pub person: PersonNo,
    /// Its id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// The event that brought it.
    pub event: EventNo,
    /// When it was declared, milliseconds since the Unix epoch.
    pub declared_ms: i64,
    /// What it says; `None` for one that is lifted with this version.
    pub declaration: Option<Declaration>,
}

/// Where a version stands.
struct Place {
    person: PersonNo,
    id: String,
    version: u32,
    event: EventNo,
    entry: u32,
    lifted: bool,
}

impl Place {
    fn decode(key: &[u8], value: &[u8]) -> Option<Place> {
        let (person, rest) = key.get(1..)?.split_first_chunk::<4>()?;
        let (id, version) = rest.split_last_chunk::<4>()?;
        let (event, rest) = value.split_first_chunk::<8>()?;
        let (entry, lifted) = rest.split_first_chunk::<4>()?;
        Some(Place {
            person: PersonNo(u32::from_be_bytes(*person)),
            id: std::str::from_utf8(id).ok()?.to_owned(),
            version: !u32::from_be_bytes(*version),
            event: EventNo(u64::from_be_bytes(*event)),
            entry: u32::from_be_bytes(*entry),
            lifted: *lifted.first()? != 0,
        })
    }
}

impl Batch<'_> {
    /// Takes in a version of a declaration.
    pub(crate) fn declaration(&mut self, event: EventNo, number: u32, entry: &Entry) {
        let lifted = entry.change.is_gone();
        let key = keys::key(
            keys::DECLARED,
            &[&entry.person.0.to_be_bytes(), entry.id.as_bytes(), &(!entry.version).to_be_bytes()],
        );
        let value = [&event.0.to_be_bytes()[..], &number.to_be_bytes(), &[u8::from(lifted)]].concat();
        self.write.put(key, value);
        let declared = self.declared.get_or_insert_with(|| (*self.index.shared.read().declared).clone());
        declared.put(entry.person, &entry.id, in_force(lifted, &entry.payload));
    }
}

/// What is in force by the newest version. What cannot be understood (a newer program wrote it) is taken for a block of everything;
/// what was destroyed with the person's key says nothing any more, like everything that it closed.
fn in_force(lifted: bool, payload: &[u8]) -> Option<Declaration> {
    if lifted || payload.is_empty() {
        return None;
    }
    Some(Declaration::decode(payload).unwrap_or_else(|| {
        tracing::error!("a declaration cannot be understood; it closes everything about its person");
        Declaration::Block(Block::UNREADABLE)
    }))
}

impl Index {
    /// Reads the declarations that the index knows into memory. Before anything is taken in.
    pub(crate) fn load_declared(&self) -> Result<(), IndexError> {
        let look = self.look_inside();
        let mut declared = Declared::default();
        for place in look.newest_declarations(&keys::key(keys::DECLARED, &[]))? {
            let payload = self.log.payload(place.event, place.entry)?.unwrap_or_default();
            declared.put(place.person, &place.id, in_force(place.lifted, &payload));
        }
        self.shared.write().declared = Arc::new(declared);
        Ok(())
    }

    /// The declarations of a person under all of her numbers, each in its newest version, also those that are lifted; the latest
    /// first. No scope is asked: they are the citizen's own, and whoever asks has decided that it is she.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn declarations(&self, person: PersonNo) -> Result<Vec<OwnDeclaration>, IndexError> {
        let look = self.look_inside();
        let mut out = Vec::new();
        for member in look.shared.groups.of(person) {
            for place in look.newest_declarations(&keys::key(keys::DECLARED, &[&member.0.to_be_bytes()]))? {
                out.extend(self.declaration(place)?);
            }
        }
        out.sort_by_key(|one| std::cmp::Reverse((one.event, one.id.clone())));
        Ok(out)
    }

    /// Every version of a declaration of a person, the newest first; none if she has none of that id.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn declaration_versions(&self, person: PersonNo, id: &str) -> Result<Vec<OwnDeclaration>, IndexError> {
        let look = self.look_inside();
        let mut out = Vec::new();
        for member in look.shared.groups.of(person) {
            let prefix = keys::key(keys::DECLARED, &[&member.0.to_be_bytes(), id.as_bytes()]);
            let mut range = look.view.prefix(&prefix);
            while let Some((key, value)) = range.item()? {
                let place = Place::decode(key, value).ok_or(IndexError::Damaged("declaration"))?;
                if place.id == id {
                    out.extend(self.declaration(place)?);
                }
                range.next();
            }
        }
        Ok(out)
    }

    /// The version at a place; `None` if its content is destroyed.
    fn declaration(&self, place: Place) -> Result<Option<OwnDeclaration>, IndexError> {
        let Some(event) = self.log.event(place.event)? else {
            return Err(IndexError::MissingEvent(place.event));
        };
        let Some(payload) = self.log.payload(place.event, place.entry)? else {
            return Ok(None);
        };
        Ok(Some(OwnDeclaration {
            person: place.person,
            id: place.id,
            version: place.version,
            event: place.event,
            declared_ms: event.envelope.received_ms,
            declaration: in_force(place.lifted, &payload),
        }))
    }
}

impl Looking<'_> {
    /// The newest version of each declaration whose key begins so.
    fn newest_declarations(&self, prefix: &[u8]) -> Result<Vec<Place>, IndexError> {
        let mut out: Vec<Place> = Vec::new();
        let mut range = self.view.prefix(prefix);
        while let Some((key, value)) = range.item()? {
            let place = Place::decode(key, value).ok_or(IndexError::Damaged("declaration"))?;
            // The versions of one stand together, the newest first.
            if out.last().is_none_or(|last| (last.person, &last.id) != (place.person, &place.id)) {
                out.push(place);
            }
            range.next();
        }
        Ok(out)
    }
}
