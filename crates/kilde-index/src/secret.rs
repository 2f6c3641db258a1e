//! Who has a secret address, and what a reader from whom places are kept sees of what is hers.
//!
//! Her resources are masked before anything reads them, and found as what such a reader sees would be found: their terms are
//! made anew from what is left. So nothing can be asked about what is not shown.

use crate::error::IndexError;
use crate::found_by::{self, Reading};
use crate::index::{Looking, Shared};
use crate::keys;
use crate::people::Groups;
use crate::record::{Header, Record};
use crate::terms::Builder;
use kilde_access::{AccessScope, mask};
use kilde_fhir::json;
use kilde_log::PersonNo;
use rocksdb::{DB, IteratorMode};
use rustc_hash::FxHashMap;

/// Persons with a secret address: those with a Patient resource that is labelled so, or was when it was deleted or destroyed, from
/// whatever source.
#[derive(Debug, Default, Clone)]
pub(crate) struct Secret {
    /// And by how many such resources.
    of: FxHashMap<PersonNo, u32>,
}

impl Secret {
    pub fn load(db: &DB) -> Result<Secret, IndexError> {
        let mut secret = Secret::default();
        for item in db.iterator(IteratorMode::From(&[keys::SECRET], rocksdb::Direction::Forward)) {
            let (key, _) = item?;
            let Some((keys::SECRET, rest)) = key.split_first().map(|(k, rest)| (*k, rest)) else {
                break;
            };
            let person = rest.first_chunk::<4>().ok_or(IndexError::Damaged("secret address"))?;
            secret.count(PersonNo(u32::from_be_bytes(*person)), true);
        }
        Ok(secret)
    }

    /// One labelled resource more, or one less.
    pub fn count(&mut self, person: PersonNo, more: bool) {
        let count = self.of.entry(person).or_default();
        *count = if more { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            self.of.remove(&person);
        }
    }

    /// Both together: secret is who is so by either.
    pub fn with(&self, other: &Secret) -> Secret {
        let mut both = self.clone();
        for (person, count) in &other.of {
            let known = both.of.entry(*person).or_default();
            *known = (*known).max(*count);
        }
        both
    }

    /// Whether the address of the human being is secret, under any of her numbers.
    pub fn has(&self, groups: &Groups, person: PersonNo) -> bool {
        !self.of.is_empty() && groups.of(person).iter().any(|number| self.of.contains_key(number))
    }
}

impl Shared {
    /// Whether places are kept from a reader in what is a person's.
    pub fn hides_places(&self, scope: &AccessScope, person: PersonNo) -> bool {
        !scope.may_see_places() && self.secret.has(&self.groups, person)
    }
}

impl Looking<'_> {
    /// A stored record as the scope sees it: the same bytes, or where places are hidden in it, the record that what is left
    /// would have.
    pub fn as_seen<T: AsRef<[u8]>>(&self, scope: &AccessScope, bytes: T) -> Result<Seen<T>, IndexError> {
        if scope.may_see_places() || self.shared.secret.of.is_empty() {
            return Ok(Seen::Stored(bytes));
        }
        let record = Record::decode(bytes.as_ref())?;
        let header = record.header;
        if header.deleted || header.lost || !self.shared.hides_places(scope, header.person) {
            return Ok(Seen::Stored(bytes));
        }
        let id = record.id.to_owned();
        let mut builder = Builder::default();
        if let Some(body) = self.index.log.payload(header.event, header.entry)? {
            let (body, _) = self.without_places(scope, &header, body);
            // What cannot be read is found by nothing but its id.
            if let Ok(document) = json::parse(body, json::Limits::default()) {
                found_by::terms(&mut Reading(self), document.root(), &mut builder)?;
            }
        }
        Ok(Seen::Masked(Record::encode(&header, &id, &builder.finish())))
    }

    /// A body as the scope sees it, and how many elements were taken out of it.
    pub fn without_places(&self, scope: &AccessScope, header: &Header, body: Vec<u8>) -> (Vec<u8>, u32) {
        match self.shared.hides_places(scope, header.person) {
            true => mask::without_places(&body).unwrap_or((body, 0)),
            false => (body, 0),
        }
    }
}

/// A record as a scope sees it.
pub(crate) enum Seen<T> {
    /// As it is stored.
    Stored(T),
    /// Without places.
    Masked(Vec<u8>),
}

impl<T: AsRef<[u8]>> std::ops::Deref for Seen<T> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Seen::Stored(bytes) => bytes.as_ref(),
            Seen::Masked(bytes) => bytes,
        }
    }
}
