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

/// An appointment relates from so long before the day that it is on ...
const BEFORE_MS: i64 = 7 * DAY_MS;
/// ... until so long after it.
const AFTER_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The parameters that say to whom a type of resource relates a person, the states that count, and when.
struct Relation {
    rtype: ResourceType,
    organisation: Option<ParamId>,
    /// The parameter and the states; every state where there is none.
    status: Option<(Option<ParamId>, &'static [&'static str])>,
    time: When,
}

/// When a relation is in force.
enum When {
    /// Within the period of the parameter, if it has one.
    Within(Option<ParamId>),
    /// Around the time of the parameter.
    Around(Option<ParamId>),
    /// As long as it stands there.
    Always,
}

impl Relations for Index {
    /// At that time an active EpisodeOfCare (`managingOrganization`), Encounter (`serviceProvider`), CareTeam (a participant) or Task that somebody has
    /// accepted, such as a requisition (`owner`); a booked Appointment (an `actor`), from a week before it until a day after; or the list of a unit or
    /// a general practitioner (`Patient.generalPractitioner`). Its organisation must be the unit, or where no unit is told the organisation: by
    /// organisation number, by an Organization here that has the number, or by a HealthcareService, Location or PractitionerRole here that belongs to one.
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
        let id = |rtype: ResourceType, name| param(rtype, name).map(|p| p.id);
        let lasting = |rtype: ResourceType, organisation, active, period| Relation {
            rtype,
            organisation: id(rtype, organisation),
            status: Some((id(rtype, "status"), active)),
            time: When::Within(id(rtype, period)),
        };
        let relations = [
            lasting(types.episode, "organization", &["active", "onhold"], "date"),
            lasting(
                types.encounter,
                "service-provider",
                &["arrived", "triaged", "in-progress", "onleave"],
                "date",
            ),
            lasting(types.care_team, "participant", &["active"], "date"),
            lasting(types.task, "owner", &["accepted", "in-progress", "on-hold"], "period"),
            Relation {
                rtype: types.appointment,
                organisation: id(types.appointment, "actor"),
                status: Some((id(types.appointment, "status"), &["booked", "arrived", "checked-in", "fulfilled"])),
                time: When::Around(id(types.appointment, "date")),
            },
            Relation {
                rtype: types.patient,
                organisation: id(types.patient, "general-practitioner"),
                status: None,
                time: When::Always,
            },
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

    /// Whether the relation is in force: state and time.
    fn holds(&self, relation: &Relation, record: &Record<'_>, at_ms: i64) -> bool {
        let active = relation.status.as_ref().is_none_or(|(status, active)| {
            let counts = |term| matches!(term, Term::Token { hash, .. } if active.iter().any(|state| self.index.hash(state) == hash));
            status.is_some_and(|status| record.terms.of(status).any(counts))
        });
        let covers = |time: ParamId, before: i64, after: i64| {
            record.terms.of(time).any(|term| {
                matches!(term, Term::Date { from_ms, to_ms }
                    if from_ms.saturating_sub(before) <= at_ms && at_ms < to_ms.saturating_add(after))
            })
        };
        active
            && match relation.time {
                When::Within(period) => period.is_some_and(|period| record.terms.of(period).next().is_none() || covers(period, 0, 0)),
                When::Around(time) => time.is_some_and(|time| covers(time, BEFORE_MS, AFTER_MS)),
                When::Always => true,
            }
    }

    fn at_organisation(&self, relation: &Relation, record: &Record<'_>, numbers: &[Hash], systems: &[u32]) -> Result<bool, IndexError> {
        match relation.organisation {
            Some(organisation) => self.names_one(record, organisation, numbers, systems, true),
            None => Ok(false),
        }
    }

    /// Whether a parameter names one of the organisations; with `places` also by what belongs to one.
    fn names_one(&self, record: &Record<'_>, param: ParamId, numbers: &[Hash], systems: &[u32], places: bool) -> Result<bool, IndexError> {
        for term in record.terms.of(param) {
            let there = match term {
                Term::Logical { hash, system } => numbers.contains(&hash) && systems.contains(&system),
                Term::Target { rtype, rid } if rtype == self.index.types.organization.0 => self.has_number(rid, numbers, systems)?,
                Term::Target { rtype, rid } if places => self.belongs(rtype, rid, numbers, systems)?,
                _ => false,
            };
            if there {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a HealthcareService, Location or PractitionerRole here belongs to one of the organisations.
    fn belongs(&self, rtype: u8, rid: keys::Rid, numbers: &[Hash], systems: &[u32]) -> Result<bool, IndexError> {
        let place = self.index.types.places.iter().find(|place| place.0 == rtype);
        let Some(organisation) = place.and_then(|place| param(*place, "organization")) else {
            return Ok(false);
        };
        let Some(bytes) = self.view.get(&keys::record(rtype, rid))? else {
            return Ok(false);
        };
        let record = Record::decode(&bytes)?;
        Ok(!record.header.deleted && self.names_one(&record, organisation.id, numbers, systems, false)?)
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
