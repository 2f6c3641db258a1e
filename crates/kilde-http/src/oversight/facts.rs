//! What the review's rules need to know besides the log, from an instance's index and policy.

use crate::server::Municipality;
use kilde_access::log::LoggedActor;
use kilde_access::review::{Facts, Near};
use kilde_access::{Relations, UnitKind};
use kilde_index::Household;
use kilde_log::PersonNo;

/// An instance's facts.
pub struct InstanceFacts<'a>(pub &'a Municipality);

impl InstanceFacts<'_> {
    fn household(&self, person: PersonNo) -> Household {
        self.0.index.household(person).unwrap_or_else(|error| {
            tracing::error!(%error, "a household could not be looked up");
            Household::default()
        })
    }
}

impl Facts for InstanceFacts<'_> {
    fn handle(&self, actor: &LoggedActor) -> String {
        self.0.access_log.handle(actor)
    }

    fn person(&self, pid: &str) -> Option<PersonNo> {
        self.0.log.person(&format!("nin|{pid}")).unwrap_or_else(|error| {
            tracing::error!(%error, "a person could not be looked up");
            None
        })
    }

    fn same(&self, person: PersonNo) -> PersonNo {
        self.0.index.same_person(person).into_iter().min().unwrap_or(person)
    }

    fn near(&self, reader: &LoggedActor, person: PersonNo) -> Near {
        let patient = self.household(person);
        if patient == Household::default() {
            return Near::default();
        }
        let own = reader.pid.as_deref().and_then(|pid| self.person(pid));
        let mut own = own.map(|own| self.household(own)).unwrap_or_default();
        // The login's name: its last word.
        let family = reader.name.as_deref().and_then(|name| name.split_whitespace().last());
        own.families.extend(family.map(str::to_lowercase));
        let share = |one: &[String], other: &[String]| one.iter().any(|text| other.contains(text));
        Near {
            name: share(&own.families, &patient.families),
            address: share(&own.addresses, &patient.addresses),
        }
    }

    fn unit(&self, unit: &str) -> Option<UnitKind> {
        self.0.policy.current().kind_of(unit)
    }
}
