//! Where references lead, and how a resource is referred to. Nothing here is judged: whoever uses what is
//! found asks the scope about it. Which identities belong together is told only of persons within the scope.

use super::asking::Asking;
use super::check::Probe;
use crate::error::{IndexError, SearchError};
use crate::keys::{self, Hash, Rid};
use crate::postings;
use crate::record::Record;
use crate::terms::{self, NO_SYSTEM, Term};
use crate::visible::within;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, param};
use kilde_log::PersonNo;

/// References that may point to more types than this are not resolved by identifier.
const TYPES: usize = 16;

/// How far a reference to a patient goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// To the resource that it names.
    Named,
    /// To every Patient resource of the same human being.
    SamePerson,
}

impl Asking<'_> {
    /// The resources that a term of a reference parameter leads to.
    pub fn led_to(&self, param: &'static Param, term: &Term<'_>, identity: Identity) -> Result<Vec<(ResourceType, Rid)>, SearchError> {
        let patient = self.look.index.types.patient;
        let mut out = Vec::new();
        match term {
            Term::Target { rtype, rid } => {
                out.push((ResourceType(*rtype), *rid));
                if *rtype == patient.0
                    && identity == Identity::SamePerson
                    && let Some(bytes) = self.record(patient, *rid)?
                {
                    let header = Record::decode(&bytes)?.header;
                    if !header.deleted && header.person.is_some() {
                        self.patients_of(header.person, &mut out)?;
                    }
                }
            }
            Term::National(hash) if param.targets.contains(&patient) => {
                let mut range = self.prefix(&keys::key(keys::NATIONAL_OF, &[hash]));
                while let Some((key, _)) = range.item()? {
                    let person = PersonNo(keys::rid_of(key).ok_or(IndexError::Damaged("person of a national number"))?);
                    self.patients_of(person, &mut out)?;
                    range.next();
                }
            }
            Term::Logical { hash, system } if *system != NO_SYSTEM && by_identifier(param) => {
                for rtype in param.targets {
                    self.identified(*rtype, hash, *system, param.code, &mut out)?;
                }
            }
            _ => {}
        }
        out.sort_unstable();
        out.dedup();
        Ok(out)
    }

    /// The current Patient resources of a person within the scope, under all of her numbers.
    fn patients_of(&self, person: PersonNo, out: &mut Vec<(ResourceType, Rid)>) -> Result<(), IndexError> {
        let look = self.look;
        if within(self.scope, &look.shared, person) {
            let patient = look.index.types.patient;
            for member in look.shared.groups.of(person) {
                let rids = self.rids(&keys::of_person(member, Some(patient.0)))?;
                out.extend(rids.iter().map(|rid| (patient, *rid)));
            }
        }
        Ok(())
    }

    /// The resources of a type that have an identifier.
    fn identified(
        &self,
        rtype: ResourceType,
        hash: &Hash,
        system: u32,
        what: &'static str,
        out: &mut Vec<(ResourceType, Rid)>,
    ) -> Result<(), SearchError> {
        let Some(identifier) = param(rtype, "identifier") else {
            return Ok(());
        };
        let mut range = self.prefix(&postings::prefix(identifier.id, &Term::Token { hash: *hash, system }));
        while let Some((key, _)) = range.item()? {
            self.spend(1, what)?;
            out.extend(keys::rid_of(key).map(|rid| (rtype, rid)));
            range.next();
        }
        Ok(())
    }

    /// How references to a resource look in the terms that a parameter has of those who refer: by id, by identifier,
    /// and to a patient by every identity of hers. The counterpart of [`led_to`](Self::led_to).
    pub fn referred_by(&self, param: &Param, rtype: ResourceType, rid: Rid, record: &Record<'_>) -> Result<Vec<Probe>, IndexError> {
        let mut probes = vec![Probe::Target { rtype: rtype.0, rid }];
        if by_identifier(param)
            && self.in_use(param.id, terms::LOGICAL)?
            && let Some(identifier) = kilde_fhir::search::param(rtype, "identifier")
        {
            for term in record.terms.of(identifier.id) {
                if let Term::Token { hash, system } = term
                    && system != NO_SYSTEM
                {
                    probes.push(Probe::Logical {
                        hash: Some(hash),
                        system: Some(system),
                    });
                }
            }
        }
        if rtype == self.look.index.types.patient && record.header.person.is_some() {
            let by_number = self.in_use(param.id, terms::NATIONAL)?;
            for probe in self.probes_of_person(record.header.person, by_number)? {
                if !probes.contains(&probe) {
                    probes.push(probe);
                }
            }
        }
        Ok(probes)
    }
}

/// Whether references of a parameter are resolved by identifier.
fn by_identifier(param: &Param) -> bool {
    param.targets.len() <= TYPES
}
