//! What of a person an information service shows, and how much of it is kept back.

use crate::error::IndexError;
use crate::index::Index;
use crate::version::Version;
use crate::visible::{Reach, visible, within};
use kilde_access::{AccessScope, Categories};
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;
use std::cmp::Reverse;

/// How much there is, and how much the scope does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presence {
    /// Resources whose existence the scope may tell.
    pub seen: u32,
    /// Resources that it may not.
    pub withheld: u32,
    /// When the newest of the seen was received, milliseconds since the Unix epoch.
    pub last_updated_ms: Option<i64>,
}

impl Index {
    /// As [`Index::of_person`], but only resources of these categories, and with the number of them that
    /// the scope does not reach: for saying that something is withheld, never what.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn of_person_in(
        &self,
        scope: &AccessScope,
        person: PersonNo,
        types: &[ResourceType],
        categories: Categories,
    ) -> Result<(Vec<Version>, u32), IndexError> {
        let look = self.look(scope)?;
        let (mut out, mut withheld) = (Vec::new(), 0);
        if !within(scope, &look.shared, person) {
            return Ok((out, 0));
        }
        look.each_of_person(person, types, |rtype, record| {
            if !categories.contains(record.header.category) {
            } else if visible(scope, &look.shared, &record.header, Reach::Read) {
                out.extend(look.version(rtype, record.id, &record.header)?);
            } else {
                withheld += 1;
            }
            Ok(true)
        })?;
        out.sort_by_key(|v| Reverse((v.last_updated_ms, v.event, v.entry)));
        Ok((out, withheld))
    }

    /// How many resources of a person of these types and categories there are, without their content.
    ///
    /// # Errors
    /// The store refused.
    pub fn presence_of_person(
        &self,
        scope: &AccessScope,
        person: PersonNo,
        types: &[ResourceType],
        categories: Categories,
    ) -> Result<Presence, IndexError> {
        let look = self.look(scope)?;
        let mut presence = Presence::default();
        if !within(scope, &look.shared, person) {
            return Ok(presence);
        }
        look.each_of_person(person, types, |_, record| {
            if !categories.contains(record.header.category) {
            } else if visible(scope, &look.shared, &record.header, Reach::Exists) {
                presence.seen += 1;
                presence.last_updated_ms = presence.last_updated_ms.max(Some(record.header.last_updated_ms));
            } else {
                presence.withheld += 1;
            }
            Ok(true)
        })?;
        Ok(presence)
    }
}
