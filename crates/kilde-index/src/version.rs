//! What the index gives: versions, with and without content.

use crate::error::IndexError;
use crate::index::Looking;
use crate::record::Header;
use kilde_access::proxy::Marks;
use kilde_access::{AccessScope, Category, Days, Element};
use kilde_fhir::definitions::ResourceType;
use kilde_log::{EventNo, PersonNo};
use std::sync::Arc;

/// One version of a resource with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Type.
    pub rtype: ResourceType,
    /// Logical id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Whether this version is a deletion; it has no body then.
    pub deleted: bool,
    /// When it was received, milliseconds since the Unix epoch.
    pub last_updated_ms: i64,
    /// Whose it is; `PersonNo(0)` for nobody's.
    pub person: PersonNo,
    /// What kind of information it is.
    pub category: Category,
    /// Who delivered it: `<organisation number>/<client id>`.
    pub source: Arc<str>,
    /// Number of the organisation it was delivered for.
    pub organisation: Arc<str>,
    /// When it, or an earlier version, was documented or took place.
    pub documented: Days,
    /// From whom in the family it is kept; by the newest version where a reader is judged.
    pub marks: Marks,
    /// The event that brought it.
    pub event: EventNo,
    /// Which entry of the event.
    pub entry: u32,
    /// Whether places are kept from the reader: her address is secret.
    pub secret: bool,
    /// How many elements are taken out of the body because of it.
    pub masked: u32,
    /// The exact bytes to send, but for what else the scope does not show.
    pub body: Vec<u8>,
}

/// What a writer must know of a resource: no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Newest version, from 1.
    pub version: u32,
    /// Whether the newest version is a deletion.
    pub deleted: bool,
    /// When it was received, milliseconds since the Unix epoch.
    pub last_updated_ms: i64,
    /// Whose it is.
    pub person: PersonNo,
    /// What kind of information it is.
    pub category: Category,
    /// Who delivered it: only the same may correct it.
    pub source: Arc<str>,
    /// Number of the organisation it was delivered for.
    pub organisation: Arc<str>,
    /// The event that brought it.
    pub event: EventNo,
}

impl Version {
    /// What blocks are held against.
    pub fn element(&self) -> Element<'_> {
        Element {
            person: self.person,
            category: self.category,
            source: &self.source,
            rtype: self.rtype.name(),
            // A contained resource is part of what contains it.
            id: self.id.split('#').next().unwrap_or_default(),
            documented: self.documented,
            marks: self.marks,
        }
    }
}

impl Looking<'_> {
    /// The version with its content, without places where they are hidden; `None` if the content's key is destroyed.
    pub fn version(&self, scope: &AccessScope, rtype: ResourceType, id: &str, header: &Header) -> Result<Option<Version>, IndexError> {
        let body = if header.deleted {
            Vec::new()
        } else {
            match self.index.log.payload(header.event, header.entry)? {
                Some(body) => body,
                None => return Ok(None),
            }
        };
        let secret = self.shared.hides_places(scope, header.person);
        let (body, masked) = match header.deleted {
            false => self.without_places(scope, header, body),
            true => (body, 0),
        };
        Ok(Some(Version {
            rtype,
            id: id.to_owned(),
            version: header.version,
            deleted: header.deleted,
            last_updated_ms: header.last_updated_ms,
            person: header.person,
            category: header.category,
            source: self.shared.source(header.source),
            organisation: self.shared.source(header.organisation),
            documented: header.documented,
            marks: header.marks,
            event: header.event,
            entry: header.entry,
            secret,
            masked,
            body,
        }))
    }

    pub fn head(&self, header: &Header) -> Head {
        Head {
            version: header.version,
            deleted: header.deleted,
            last_updated_ms: header.last_updated_ms,
            person: header.person,
            category: header.category,
            source: self.shared.source(header.source),
            organisation: self.shared.source(header.organisation),
            event: header.event,
        }
    }
}
