//! What an answer may be made from. Every query takes an [`AccessScope`]; only this crate makes one.

use crate::block::Element;
use crate::category::{Categories, Category};
use crate::declared::Closing;
use crate::instance::{ClientKind, InstancePolicy};
use crate::proxy::Marks;
use crate::smart::{Narrowing, Permissions};
use kilde_fhir::national_id::World;
use kilde_log::{Instance, PersonNo};
use smallvec::SmallVec;
use std::sync::Arc;

/// Which persons' data a scope reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Persons {
    /// Nobody's: only what belongs to no person.
    None,
    /// These person numbers, which are one human being under several identities.
    Only(SmallVec<[PersonNo; 2]>),
    /// Everybody's in the instance (systems on their own data, and `system-test`).
    Every,
}

impl Persons {
    /// Whether the person is among them.
    pub fn contains(&self, person: PersonNo) -> bool {
        match self {
            Persons::None => false,
            Persons::Only(list) => list.contains(&person),
            Persons::Every => true,
        }
    }
}

/// What one request may reach. It cannot be made outside this crate.
///
/// Two questions are asked of it: may this version be read ([`permits_read`](Self::permits_read)),
/// may this resource be written ([`permits_write`](Self::permits_write)). `source` in both is the
/// name under which a resource was delivered: `<organisation number>/<client id>`, which is what
/// [`source`](Self::source) gives for a writer and what belongs in `Envelope::source`.
#[derive(Clone)]
pub struct AccessScope {
    pub(crate) instance: Instance,
    pub(crate) persons: Persons,
    pub(crate) read: Categories,
    pub(crate) write: Categories,
    pub(crate) own_source_only: bool,
    pub(crate) own_organisation_only: bool,
    pub(crate) descriptions: bool,
    pub(crate) places: bool,
    pub(crate) exists_only: bool,
    pub(crate) source: Option<String>,
    pub(crate) organisation: Option<String>,
    pub(crate) client: String,
    pub(crate) closing: Option<Arc<Closing>>,
    pub(crate) hides: Marks,
    pub(crate) narrowing: Option<Narrowing>,
    pub(crate) valid_until_ms: i64,
    pub(crate) binding: [u8; 16],
}

impl std::fmt::Debug for AccessScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessScope")
            .field("instance", &self.instance.as_str())
            .field("persons", &self.persons)
            .field("read", &self.read)
            .field("write", &self.write)
            .field("own_source_only", &self.own_source_only)
            .field("own_organisation_only", &self.own_organisation_only)
            .field("descriptions", &self.descriptions)
            .field("places", &self.places)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl AccessScope {
    /// The instance, and no other.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whose data.
    pub fn persons(&self) -> &Persons {
        &self.persons
    }

    /// Categories that may be read (of those persons).
    pub fn readable(&self) -> Categories {
        self.read
    }

    /// Whether a version of that person, category and source may be read, but for blocks: [`closes`](Self::closes) must be asked too.
    ///
    /// What belongs to no person (`PersonNo(0)`) is reached by every reader if it is
    /// administrative, and otherwise only by a scope over everybody.
    pub fn permits_read(&self, person: PersonNo, category: Category, source: &str) -> bool {
        !self.exists_only && self.reaches(person, category, source)
    }

    /// Whether a block of the person's keeps the reader from this element, whatever else is permitted. A citizen who reads about
    /// herself, her proxy, and a source that reads its own deliveries stand under no blocks.
    pub fn closes(&self, element: &Element<'_>) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.closes(element))
    }

    /// Whether the element is marked as kept from this reader: from a parent, or from the young person herself. It is not there for her, and
    /// nothing counts it.
    pub fn conceals(&self, element: &Element<'_>) -> bool {
        self.hides.meet(element.marks)
    }

    /// Whether elements can be concealed from this reader at all.
    pub fn may_conceal(&self) -> bool {
        self.hides != Marks::NONE
    }

    /// Whether the token's SMART scopes, if it has any, leave resources of this type to be shown or counted. They only take away:
    /// [`permits_read`](Self::permits_read) must be asked too.
    pub fn covers(&self, rtype: &str) -> bool {
        self.narrowing.as_ref().is_none_or(|left| left.reads(rtype))
    }

    /// Whether the token has SMART scopes.
    pub fn is_narrowed(&self) -> bool {
        self.narrowing.is_some()
    }

    /// Whether they leave one of these to be done with resources of this type.
    pub fn leaves(&self, rtype: &str, permissions: Permissions) -> bool {
        self.narrowing.as_ref().is_none_or(|left| left.permits(rtype, permissions))
    }

    /// Whether there may be blocks that keep this reader from something. Where there are none, nothing is closed.
    pub fn is_hindered(&self) -> bool {
        self.closing.is_some()
    }

    /// Whether the existence of a version may be told (a count, "is there anything"), which
    /// is all that an existence check reaches.
    pub fn permits_exists(&self, person: PersonNo, category: Category, source: &str) -> bool {
        self.reaches(person, category, source) && (!self.exists_only || person != PersonNo(0))
    }

    fn reaches(&self, person: PersonNo, category: Category, source: &str) -> bool {
        let organisation = source.split_once('/').map(|(organisation, _)| organisation);
        let delivered_by_others = (self.own_source_only && self.source.as_deref() != Some(source))
            || (self.own_organisation_only && (organisation.is_none() || self.organisation.as_deref() != organisation));
        if delivered_by_others || !self.read.contains(category) {
            return false;
        }
        match (&self.persons, person) {
            (Persons::Every, _) => true,
            (_, PersonNo(0)) => category == Category::Administrativt,
            (persons, person) => persons.contains(person),
        }
    }

    /// Whether a resource of that person and category may be written. `source` is the source of
    /// the version that is there already, or the scope's own [`source`](Self::source) for a new one.
    pub fn permits_write(&self, person: PersonNo, category: Category, source: &str) -> bool {
        self.write.contains(category)
            && self.source.as_deref() == Some(source)
            && match (&self.persons, person) {
                (Persons::Every, _) => true,
                (_, PersonNo(0)) => category == Category::Administrativt,
                (persons, person) => persons.contains(person),
            }
    }

    /// Whether anything at all may be written.
    pub fn may_write(&self) -> bool {
        !self.write.is_empty() && self.source.is_some()
    }

    /// The source a write is made for: `<organisation number>/<client id>`. Belongs in
    /// `Envelope::source` and decides who may correct.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Organisation number a write is made for; belongs in `Envelope::organisation`.
    pub fn organisation(&self) -> Option<&str> {
        self.organisation.as_deref()
    }

    /// The client id; belongs in `Envelope::client`.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Whether only the existence of data may be told.
    pub fn exists_only(&self) -> bool {
        self.exists_only
    }

    /// When the ground for this scope ends (Unix ms): a stream or subscription must stop there.
    pub fn valid_until_ms(&self) -> i64 {
        self.valid_until_ms
    }

    /// Ties a cursor to who asks and for what: actor, client, persons, purpose, instance, categories.
    pub fn binding(&self) -> [u8; 16] {
        self.binding
    }

    /// Whether free-text descriptions of services may be shown. Where this is false, take them out
    /// ([`crate::mask::without_descriptions`]) before a resource of category `Tjenester` leaves.
    pub fn may_see_descriptions(&self) -> bool {
        self.descriptions
    }

    /// Whether it may be shown where somebody with a secret address lives and is met. Where this is false, take it out of what is hers
    /// ([`crate::mask::without_places`]) before anything reads it, and let nothing be found by it.
    pub fn may_see_places(&self) -> bool {
        self.places
    }

    /// Whether it reaches everything of the instance: of every person, every category and every source, whole. What is
    /// counted for such a scope tells it of nothing that it may not see.
    pub fn reaches_everything(&self) -> bool {
        matches!(self.persons, Persons::Every)
            && self.read == crate::category::Categories::ALL
            && !self.own_source_only
            && !self.exists_only
            && self.descriptions
            && self.places
            && self.closing.is_none()
            && self.hides == Marks::NONE
            && self.narrowing.is_none()
    }

    /// The scope of an operator's local import on the machine itself: writes for the named source,
    /// reads nothing. `organisation` is an organisation number, `client` names the import.
    pub fn import(instance: Instance, organisation: &str, client: &str) -> AccessScope {
        let mut hash = blake3::Hasher::new_derive_key("kilde access scope binding import v1");
        for part in [instance.as_str(), organisation, client] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        AccessScope {
            instance,
            persons: Persons::Every,
            read: Categories::NONE,
            write: Categories::ALL,
            own_source_only: true,
            own_organisation_only: false,
            descriptions: false,
            places: false,
            exists_only: false,
            source: Some(format!("{organisation}/{client}")),
            organisation: Some(organisation.to_owned()),
            client: client.to_owned(),
            closing: None,
            hides: Marks::NONE,
            narrowing: None,
            valid_until_ms: i64::MAX,
            binding: short(&hash),
        }
    }

    /// The scope in which a durable job goes on that a registered system asked for while it was permitted to write: it
    /// writes for the same source what the registration allows *now*, and reads nothing. `None` if the client is not
    /// registered as a source any more, or not for that organisation.
    pub fn job(policy: &InstancePolicy, organisation: &str, client: &str) -> Option<AccessScope> {
        let registered = policy.client(client, Some(organisation), None)?;
        let source = matches!(registered.kind, ClientKind::Source | ClientKind::Test) && registered.may_write;
        let tested = registered.kind == ClientKind::Test && policy.world == World::Production;
        (source && !tested).then(|| AccessScope {
            write: registered.categories,
            ..AccessScope::import(policy.instance, organisation, client)
        })
    }
}

/// The first 16 bytes of a hash.
pub(crate) fn short(hash: &blake3::Hasher) -> [u8; 16] {
    let mut out = [0; 16];
    hash.finalize_xof().fill(&mut out);
    out
}
