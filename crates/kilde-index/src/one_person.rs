//! What of a person an information service shows, and how much of it is kept back.

use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::record::Header;
use crate::version::Version;
use crate::visible::{Judged, Reach, What, judged, within};
use kilde_access::{AccessScope, Categories, Persons};
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;
use parking_lot::Mutex;
use std::cmp::Reverse;

/// How much there is, and how much the scope does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presence {
    /// Resources whose existence the scope may tell.
    pub seen: u32,
    /// Resources that it may not, but for those that the citizen has blocked.
    pub withheld: u32,
    /// When the newest of the seen was received, milliseconds since the Unix epoch.
    pub last_updated_ms: Option<i64>,
}

/// The current resources of one person (under all of her numbers) as they are at one moment, for one scope: all
/// questions to it see the same state, and each type is looked up once.
pub struct OnePerson<'a> {
    look: Looking<'a>,
    scope: &'a AccessScope,
    person: PersonNo,
    expected: Vec<ResourceType>,
    /// Whether the scope reaches the person at all; else there is nothing here.
    within: bool,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    types: Vec<ResourceType>,
    resources: Vec<Resource>,
}

struct Resource {
    rtype: ResourceType,
    id: String,
    header: Header,
}

impl Index {
    /// The resources of a person within the scope. Types that are `expected` to be asked for are looked up together
    /// at the first question.
    ///
    /// # Errors
    /// The scope is of another instance.
    pub fn one_person<'a>(
        &'a self,
        scope: &'a AccessScope,
        person: PersonNo,
        expected: &[ResourceType],
    ) -> Result<OnePerson<'a>, IndexError> {
        let look = self.look(scope)?;
        Ok(OnePerson {
            within: within(scope, &look.shared, person),
            look,
            scope,
            person,
            expected: expected.to_vec(),
            found: Mutex::default(),
        })
    }
}

impl Index {
    /// How many of the current resources of the persons of a scope it would reach if they had not been blocked. 0 for a scope over
    /// everybody, where it would tell nobody anything.
    ///
    /// # Errors
    /// The store refused, or the scope is of another instance.
    pub fn closed(&self, scope: &AccessScope) -> Result<u32, IndexError> {
        match scope.persons() {
            // Those of a scope are one human being: the walk over one of them is over all.
            Persons::Only(persons) if scope.is_hindered() => match persons.first() {
                Some(person) => self.look(scope)?.closed(scope, *person),
                None => Ok(0),
            },
            _ => Ok(0),
        }
    }
}

impl OnePerson<'_> {
    /// The newest versions of resources of these types and categories that the scope reaches, newest received
    /// first, and the number of those that it does not reach: for saying that something is withheld, never what. What the
    /// citizen has blocked is in neither; see [`closed`](Self::closed).
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn read(&self, types: &[ResourceType], categories: Categories) -> Result<(Vec<Version>, u32), IndexError> {
        let (mut out, mut withheld) = (Vec::new(), 0);
        self.each(types, categories, |resource| {
            match self.judged(resource, Reach::Read) {
                Judged::Visible => out.extend(self.look.version(self.scope, resource.rtype, &resource.id, &resource.header)?),
                Judged::Hidden => withheld += 1,
                Judged::Closed | Judged::Concealed => {}
            }
            Ok(())
        })?;
        out.sort_by_key(|v| Reverse((v.last_updated_ms, v.event, v.entry)));
        Ok((out, withheld))
    }

    /// How many resources of these types and categories there are, without their content.
    ///
    /// # Errors
    /// The store refused.
    pub fn presence(&self, types: &[ResourceType], categories: Categories) -> Result<Presence, IndexError> {
        let mut presence = Presence::default();
        self.each(types, categories, |resource| {
            match self.judged(resource, Reach::Exists) {
                Judged::Visible => {
                    presence.seen += 1;
                    presence.last_updated_ms = presence.last_updated_ms.max(Some(resource.header.last_updated_ms));
                }
                Judged::Hidden => presence.withheld += 1,
                Judged::Closed | Judged::Concealed => {}
            }
            Ok(())
        })?;
        Ok(presence)
    }

    fn judged(&self, resource: &Resource, reach: Reach) -> Judged {
        let what = What::new(resource.rtype, &resource.id, &resource.header);
        judged(self.scope, &self.look.shared, what, reach)
    }

    /// How many of the person's current resources, of any type, the scope would reach if she had not blocked them. All that
    /// a reader is told of blocks: never of which kind they are, so it is the same whatever is asked.
    ///
    /// # Errors
    /// The store refused.
    pub fn closed(&self) -> Result<u32, IndexError> {
        if !self.within {
            return Ok(0);
        }
        self.look.closed(self.scope, self.person)
    }

    fn each(
        &self,
        types: &[ResourceType],
        categories: Categories,
        mut take: impl FnMut(&Resource) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut found = self.found.lock();
        self.look_up(&mut found, types)?;
        let wanted = |r: &&Resource| types.contains(&r.rtype) && categories.contains(r.header.category);
        found.resources.iter().filter(wanted).try_for_each(&mut take)
    }

    fn look_up(&self, found: &mut Found, types: &[ResourceType]) -> Result<(), IndexError> {
        if !self.within || types.iter().all(|t| found.types.contains(t)) {
            return Ok(());
        }
        let mut missing: Vec<ResourceType> = types
            .iter()
            .chain(&self.expected)
            .copied()
            .filter(|t| !found.types.contains(t))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        self.look.each_of_person(self.person, &missing, |rtype, record| {
            found.resources.push(Resource {
                rtype,
                id: record.id.to_owned(),
                header: record.header,
            });
            Ok(true)
        })?;
        found.types.extend(missing);
        Ok(())
    }
}
