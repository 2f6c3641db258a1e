//! The walk over what one person has.

use crate::error::IndexError;
use crate::index::Looking;
use crate::keys;
use crate::record::Record;
use crate::visible::{Judged, Reach, What, judged};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;

impl Looking<'_> {
    /// How many current resources of a person the scope would reach if she had not blocked them.
    pub fn closed(&self, scope: &AccessScope, person: PersonNo) -> Result<u32, IndexError> {
        let mut closed = 0;
        if scope.is_hindered() {
            let types: Vec<ResourceType> = ResourceType::all().collect();
            self.each_of_person(person, &types, |rtype, record| {
                let judged = judged(scope, &self.shared, What::record(rtype, record), Reach::Exists);
                closed += u32::from(judged == Judged::Closed);
                Ok(true)
            })?;
        }
        Ok(closed)
    }

    /// Gives the current records of a person (under all of her numbers) of these types, until `take` says `false`.
    /// No scope is asked here.
    pub fn each_of_person(
        &self,
        person: PersonNo,
        types: &[ResourceType],
        mut take: impl FnMut(ResourceType, &Record<'_>) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        for member in self.shared.groups.of(person) {
            let mut range = self.view.prefix(&keys::of_person(member, None));
            for &rtype in types {
                let prefix = keys::of_person(member, Some(rtype.0));
                range.seek(&prefix);
                while let Some((key, _)) = range.item()?.filter(|(key, _)| key.starts_with(&prefix)) {
                    let rid = keys::rid_of(key).ok_or(IndexError::Damaged("person's list"))?;
                    range.next();
                    let bytes = self
                        .view
                        .get(&keys::record(rtype.0, rid))?
                        .ok_or(IndexError::Damaged("record of a person's list"))?;
                    if !take(rtype, &Record::decode(&bytes)?)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
