//! From an identity to a person, and to every way that resources refer to her.

use crate::error::IndexError;
use crate::index::Looking;
use crate::keys;
use crate::search::asking::Asking;
use crate::search::check::Probe;
use crate::visible::within;
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;

impl Looking<'_> {
    /// The person that the log knows under a Patient's id.
    pub fn person_of_patient(&self, id: &str) -> Result<Option<PersonNo>, IndexError> {
        Ok(self.index.log.person(&format!("Patient/{id}"))?)
    }

    /// The person that the log knows under a national number.
    pub fn person_of_nin(&self, nin: &Nin) -> Result<Option<PersonNo>, IndexError> {
        Ok(self.index.log.person(&format!("nin|{}", nin.as_str()))?)
    }
}

impl Asking<'_> {
    /// How resources refer to a person: her Patient resources and her national numbers, under all of her
    /// person numbers. Nothing for a person outside the scope: which identities belong together
    /// is told to nobody else.
    pub fn probes_of_person(&self, person: PersonNo, by_number: bool) -> Result<Vec<Probe>, IndexError> {
        let mut probes = Vec::new();
        if !within(self.scope, &self.look.shared, person) {
            return Ok(probes);
        }
        let patient = self.look.index.types.patient.0;
        for member in self.look.shared.groups.of(person) {
            let patients = self.rids(&keys::of_person(member, Some(patient)))?;
            probes.extend(patients.iter().map(|rid| Probe::Target { rtype: patient, rid: *rid }));
            if !by_number {
                continue;
            }
            let mut range = self.prefix(&keys::key(keys::NATIONAL, &[&member.0.to_be_bytes()]));
            while let Some((key, _)) = range.item()? {
                probes.extend(key.last_chunk().map(|hash| Probe::National(*hash)));
                range.next();
            }
        }
        Ok(probes)
    }
}
