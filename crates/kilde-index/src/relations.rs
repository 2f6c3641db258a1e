//! What the access crate asks about a person: is a relation recorded, when was she born, which
//! numbers are hers. Answered from terms; a fault of the store is no relation.

use crate::error::IndexError;
use crate::index::{Index, Looking};
use crate::keys::{self, Hash};
use crate::record::Record;
use crate::terms::Term;
use kilde_access::proxy::Family;
use kilde_access::{Declared, Relations};
use kilde_fhir::date::local_date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::ORGNR;
use kilde_fhir::search::{ParamId, param};
use kilde_log::PersonNo;
use smallvec::SmallVec;
use std::sync::Arc;

/// The parameters that say to whom a type of resource relates a person, and the states that count.
struct Relation {
    rtype: ResourceType,
    organisation: Option<ParamId>,
    status: Option<ParamId>,
    period: Option<ParamId>,
    active: &'static [&'static str],
}

impl Relations for Index {
    /// An active EpisodeOfCare (`managingOrganization`), Encounter (`serviceProvider`) or CareTeam (a participant) at
    /// that time, whose organisation is the unit, or where no unit is told the organisation: by organisation
    /// number, or by an Organization here that has the number.
    fn recorded(&self, person: PersonNo, organisation: &str, unit: Option<&str>, at_ms: i64) -> bool {
        let look = self.look_inside();
        look.recorded(person, organisation, unit, at_ms).unwrap_or_else(|error| {
            tracing::error!(%error, "relations could not be looked up");
            false
        })
    }

    fn birth_date(&self, person: PersonNo) -> Option<jiff::civil::Date> {
        let look = self.look_inside();
        look.birth_date(person).unwrap_or_else(|error| {
            tracing::error!(%error, "birth date could not be looked up");
            None
        })
    }

    fn secret_address(&self, person: PersonNo) -> bool {
        let shared = self.shared.read();
        shared.secret.has(&shared.groups, person)
    }

    fn same_person(&self, person: PersonNo) -> SmallVec<[PersonNo; 2]> {
        self.shared.read().groups.of(person)
    }

    fn family(&self, holder: &str, person: PersonNo, at_ms: i64, trusted: &[String]) -> Option<Family> {
        let look = self.look_inside();
        look.family(holder, person, at_ms, trusted).unwrap_or_else(|error| {
            tracing::error!(%error, "family could not be looked up");
            None
        })
    }

    fn declared(&self) -> Option<Arc<Declared>> {
        let declared = self.shared.read().declared.clone();
        (!declared.is_empty()).then_some(declared)
    }
}

impl Looking<'_> {
    fn recorded(&self, person: PersonNo, organisation: &str, unit: Option<&str>, at_ms: i64) -> Result<bool, IndexError> {
        if !person.is_some() {
            return Ok(false);
        }
        let types = self.index.types;
        let relation = |rtype: ResourceType, organisation, active| Relation {
            rtype,
            organisation: param(rtype, organisation).map(|p| p.id),
            status: param(rtype, "status").map(|p| p.id),
            period: param(rtype, "date").map(|p| p.id),
            active,
        };
        let relations = [
            relation(types.episode, "organization", &["active", "onhold"]),
            relation(
                types.encounter,
                "service-provider",
                &["arrived", "triaged", "in-progress", "onleave"],
            ),
            relation(types.care_team, "participant", &["active"]),
        ];
        // Whoever works in a unit has her relation through the unit: that somebody gets a service from the
        // municipality does not relate everybody who works for it.
        let numbers: SmallVec<[Hash; 2]> = [Some(unit.unwrap_or(organisation))]
            .into_iter()
            .flatten()
            .map(|n| self.index.hash(n))
            .collect();
        let systems = self.organisation_systems()?;
        let mut found = false;
        self.each_of_person(person, &relations.each_ref().map(|r| r.rtype), |rtype, record| {
            if let Some(relation) = relations.iter().find(|r| r.rtype == rtype) {
                found = self.holds(relation, record, at_ms) && self.at_organisation(relation, record, &numbers, &systems)?;
            }
            Ok(!found)
        })?;
        Ok(found)
    }

    /// Whether the relation is in force: state and, where given, period.
    fn holds(&self, relation: &Relation, record: &Record<'_>, at_ms: i64) -> bool {
        let Some(status) = relation.status else { return false };
        let active = record
            .terms
            .of(status)
            .any(|term| matches!(term, Term::Token { hash, .. } if relation.active.iter().any(|state| self.index.hash(state) == hash)));
        let Some(period) = relation.period else { return active };
        let mut periods = record.terms.of(period).peekable();
        active
            && (periods.peek().is_none()
                || periods.any(|term| matches!(term, Term::Date { from_ms, to_ms } if from_ms <= at_ms && at_ms < to_ms)))
    }

    fn at_organisation(&self, relation: &Relation, record: &Record<'_>, numbers: &[Hash], systems: &[u32]) -> Result<bool, IndexError> {
        let Some(organisation) = relation.organisation else {
            return Ok(false);
        };
        for term in record.terms.of(organisation) {
            let there = match term {
                Term::Logical { hash, system } => numbers.contains(&hash) && systems.contains(&system),
                Term::Target { rtype, rid } if rtype == self.index.types.organization.0 => self.has_number(rid, numbers, systems)?,
                _ => false,
            };
            if there {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an Organization here has one of the numbers.
    fn has_number(&self, rid: keys::Rid, numbers: &[Hash], systems: &[u32]) -> Result<bool, IndexError> {
        let organization = self.index.types.organization;
        let Some(identifier) = param(organization, "identifier") else {
            return Ok(false);
        };
        let Some(bytes) = self.view.get(&keys::record(organization.0, rid))? else {
            return Ok(false);
        };
        let record = Record::decode(&bytes)?;
        Ok(!record.header.deleted
            && record
                .terms
                .of(identifier.id)
                .any(|term| matches!(term, Term::Token { hash, system } if numbers.contains(&hash) && systems.contains(&system))))
    }

    /// The systems under which organisation numbers are delivered.
    fn organisation_systems(&self) -> Result<SmallVec<[u32; 2]>, IndexError> {
        let mut out = SmallVec::new();
        out.extend(self.system(ORGNR)?);
        if let Some(bare) = ORGNR.strip_prefix("urn:oid:") {
            out.extend(self.system(bare)?);
        }
        Ok(out)
    }

    fn birth_date(&self, person: PersonNo) -> Result<Option<jiff::civil::Date>, IndexError> {
        let patient = self.index.types.patient;
        let Some(birthdate) = param(patient, "birthdate") else {
            return Ok(None);
        };
        let mut found = None;
        if person.is_some() {
            self.each_of_person(person, &[patient], |_, record| {
                for term in record.terms.of(birthdate.id) {
                    if let Term::Date { from_ms, .. } = term {
                        found = Some(local_date(from_ms));
                    }
                }
                Ok(found.is_none())
            })?;
        }
        Ok(found)
    }
}
