//! Everything of one person: what services make their overviews from.

use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys;
use crate::record::Record;
use crate::version::Version;
use crate::visible::{Reach, visible};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;
use smallvec::SmallVec;
use std::cmp::Reverse;

impl Index {
    /// The newest versions of the resources of a person (under all of her numbers) of these types (of all
    /// types if none is named) that the scope reaches, newest first.
    ///
    /// # Errors
    /// The store or the log refused.
    pub fn of_person(&self, scope: &AccessScope, person: PersonNo, types: &[ResourceType]) -> Result<Vec<Version>, IndexError> {
        let look = self.look(scope)?;
        let mut out = Vec::new();
        look.each_of_person(person, types, |rtype, record| {
            if visible(scope, &look.shared, &record.header, Reach::Read) {
                out.extend(look.version(rtype, record.id, &record.header)?);
            }
            Ok(true)
        })?;
        out.sort_by_key(|v| Reverse((v.last_updated_ms, v.event, v.entry)));
        Ok(out)
    }

    /// How many resources of a person of these types there are, and how many of them the scope does not
    /// reach; for saying that something is withheld, never what. Only for a scope that reaches the person.
    ///
    /// # Errors
    /// The store refused.
    pub fn count_of_person(&self, scope: &AccessScope, person: PersonNo, types: &[ResourceType]) -> Result<(u32, u32), IndexError> {
        let look = self.look(scope)?;
        let (mut seen, mut withheld) = (0, 0);
        if !crate::visible::within(scope, &look.shared, person) {
            return Ok((0, 0));
        }
        look.each_of_person(person, types, |_, record| {
            *(if visible(scope, &look.shared, &record.header, Reach::Exists) {
                &mut seen
            } else {
                &mut withheld
            }) += 1;
            Ok(true)
        })?;
        Ok((seen, withheld))
    }
}

impl Looking<'_> {
    /// Gives the current records of a person, until `take` says `false`. No scope is asked here.
    pub fn each_of_person(
        &self,
        person: PersonNo,
        types: &[ResourceType],
        mut take: impl FnMut(ResourceType, &Record<'_>) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        let every = [None];
        let some: SmallVec<[Option<u8>; 4]> = types.iter().map(|t| Some(t.0)).collect();
        for member in self.shared.groups.of(person) {
            let mut range = self.view.prefix(&keys::of_person(member, None));
            for rtype in if types.is_empty() { &every[..] } else { &some } {
                let prefix = keys::of_person(member, *rtype);
                if rtype.is_some() {
                    range.seek(&prefix);
                }
                while let Some((key, _)) = range.item()?.filter(|(key, _)| key.starts_with(&prefix)) {
                    // The key is the kind, the person (4 bytes), the type, the resource number (4).
                    let (Some(rtype), Some(rid)) = (key.get(5).copied(), keys::rid_of(key)) else {
                        return Err(IndexError::Damaged("person's list"));
                    };
                    range.next();
                    let bytes = self
                        .view
                        .get(&keys::record(rtype, rid))?
                        .ok_or(IndexError::Damaged("record of a person's list"))?;
                    if !take(ResourceType(rtype), &Record::decode(&bytes)?)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
