//! Records from the index.

use crate::record::{Existence, Found, ReadError, Record, Records};
use kilde_access::{AccessScope, Categories};
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Index, IndexError, Limits, OnePerson, Read, Search, Version};
use kilde_log::PersonNo;

/// One person's records in the index as they are at one moment, within one access decision.
pub struct Store<'a> {
    index: &'a Index,
    scope: &'a AccessScope,
    person: OnePerson<'a>,
}

impl<'a> Store<'a> {
    /// The records of that person (under all of her numbers) that the scope reaches. Types that are `expected` to
    /// be read are looked up together.
    ///
    /// # Errors
    /// The scope is of another instance.
    pub fn new(index: &'a Index, scope: &'a AccessScope, person: PersonNo, expected: &[ResourceType]) -> Result<Self, ReadError> {
        let person = index.one_person(scope, person, expected)?;
        Ok(Store { index, scope, person })
    }
}

impl From<IndexError> for ReadError {
    fn from(error: IndexError) -> Self {
        ReadError(error.to_string())
    }
}

fn record(version: Version) -> Option<Record> {
    Record::new(
        version.rtype,
        version.id,
        version.version,
        version.last_updated_ms,
        // Who delivered it tells where somebody with a secret address is met.
        if version.secret {
            String::new()
        } else {
            version.source.as_ref().to_owned()
        },
        version.event.0,
        version.body,
    )
}

impl Records for Store<'_> {
    fn of_person(&self, types: &[ResourceType], categories: Categories) -> Result<Found, ReadError> {
        let (versions, withheld) = self.person.read(types, categories)?;
        Ok(Found {
            masked: versions.iter().map(|version| version.masked).fold(0, u32::saturating_add),
            records: versions.into_iter().filter_map(record).collect(),
            withheld,
        })
    }

    fn read(&self, rtype: ResourceType, id: &str) -> Result<Option<Record>, ReadError> {
        Ok(match self.index.read(self.scope, rtype, id)? {
            Read::Found(version) => record(version),
            _ => None,
        })
    }

    fn find(&self, rtype: ResourceType, system: &str, value: &str) -> Result<Option<Record>, ReadError> {
        let wanted = [
            ("identifier".to_owned(), format!("{}|{}", escaped(system), escaped(value))),
            ("_count".to_owned(), "1".to_owned()),
        ];
        let Ok((search, _)) = Search::parse(rtype, &wanted, false, Limits::default()) else {
            return Ok(None);
        };
        let page = self.index.search(self.scope, &search).map_err(|e| ReadError(e.to_string()))?;
        Ok(page.matches.into_iter().next().and_then(record))
    }

    fn existence(&self, types: &[ResourceType], categories: Categories) -> Result<Existence, ReadError> {
        let presence = self.person.presence(types, categories)?;
        Ok(Existence {
            count: presence.seen,
            withheld: presence.withheld,
            last_updated_ms: presence.last_updated_ms,
        })
    }

    fn closed(&self) -> Result<u32, ReadError> {
        Ok(self.person.closed()?)
    }

    fn may_see_descriptions(&self) -> bool {
        self.scope.may_see_descriptions()
    }
}

/// A search value with the characters that have a meaning there made plain.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | ',' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
