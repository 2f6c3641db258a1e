//! What the policy knows about an instance: its organisations and units, the clients that are registered (the operator's file), and what
//! the municipality decides itself ([`Municipal`]). Small enough to be searched in order.

mod read;

pub use crate::agreement::Agreement;

use crate::category::{Categories, Category};
use crate::municipal::Municipal;
use crate::policy::{Policies, PolicyError};
use crate::roles::{Row, Table};
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::World;
use kilde_log::{EventNo, Instance};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kind of unit a reader works in; a column of `policies/roles.tsv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// Emergency clinic.
    Legevakt,
    /// Municipal acute ward (kommunal akutt døgnenhet).
    Kad,
    /// Nursing home.
    Sykehjem,
    /// Home nursing.
    Hjemmetjeneste,
    /// Physiotherapy.
    Fysioterapi,
    /// General practice.
    Fastlege,
    /// Office that decides on services.
    Tjenestekontor,
    /// Child health centre, school nurse.
    Helsestasjon,
    /// Hospital.
    Sykehus,
    /// Anything else, or untold.
    Annet,
}

impl UnitKind {
    /// All of them.
    pub const EVERY: [UnitKind; 10] = [
        UnitKind::Legevakt,
        UnitKind::Kad,
        UnitKind::Sykehjem,
        UnitKind::Hjemmetjeneste,
        UnitKind::Fysioterapi,
        UnitKind::Fastlege,
        UnitKind::Tjenestekontor,
        UnitKind::Helsestasjon,
        UnitKind::Sykehus,
        UnitKind::Annet,
    ];

    /// The name in tables and configuration.
    pub fn name(self) -> &'static str {
        match self {
            UnitKind::Legevakt => "legevakt",
            UnitKind::Kad => "kad",
            UnitKind::Sykehjem => "sykehjem",
            UnitKind::Hjemmetjeneste => "hjemmetjeneste",
            UnitKind::Fysioterapi => "fysioterapi",
            UnitKind::Fastlege => "fastlege",
            UnitKind::Tjenestekontor => "tjenestekontor",
            UnitKind::Helsestasjon => "helsestasjon",
            UnitKind::Sykehus => "sykehus",
            UnitKind::Annet => "annet",
        }
    }

    /// From the name in tables.
    pub fn from_name(name: &str) -> Option<UnitKind> {
        UnitKind::EVERY.into_iter().find(|kind| kind.name() == name)
    }
}

/// A unit of the instance's own organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Organisation number (or another identifier that attestations use as point of care).
    pub id: String,
    /// Name, for people.
    pub name: String,
    /// Kind; one that is `annet` is what the unit above it is.
    pub kind: UnitKind,
    /// The unit that it is part of, if any.
    #[serde(default)]
    pub part_of: Option<String>,
}

/// What a registered client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// Delivers data; as a system it reads what itself delivered.
    Source,
    /// Console of those who run the instance. Sees no content.
    Operator,
    /// The controller's oversight (privacy officer). Sees the log, no content.
    PrivacyOfficer,
    /// What leaders use: findings and reports of unusual access in their own unit. Sees no content.
    Manager,
    /// The controller's own administration of access: policy and agreements. Sees neither content nor the log.
    Administrator,
    /// The sandbox's test system: everything of the instance, never in production.
    Test,
}

/// A client that is registered with the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredClient {
    /// Client id.
    pub client: String,
    /// Organisation it acts for; must be the token's legal entity or unit.
    pub organisation: String,
    /// Name, for people.
    pub name: String,
    /// What it is.
    pub kind: ClientKind,
    /// Whether it may deliver.
    pub may_write: bool,
    /// Whether it may, as a system, export in bulk what its organisation has delivered.
    pub may_export: bool,
    /// What it may deliver.
    pub categories: Categories,
}

/// Everything the policy knows about an instance.
#[derive(Clone)]
pub struct InstancePolicy {
    /// The instance.
    pub instance: Instance,
    /// Name of the municipality, for people.
    pub name: String,
    /// Production or sandbox.
    pub world: World,
    /// Organisation numbers of the municipality itself: the legal entity, and units that act
    /// without naming it.
    pub organisations: Vec<String>,
    /// Its units.
    pub units: Vec<Unit>,
    /// Its agreements.
    pub agreements: Vec<Agreement>,
    /// Clients registered with it.
    pub clients: Vec<RegisteredClient>,
    /// Whether health personnel may declare their own need.
    pub self_declared: bool,
    /// The information services of the program, and the categories that each shows.
    pub services: BTreeMap<String, Categories>,
    /// Clients that are trusted to tell who has parental responsibility, and who is a guardian.
    pub family_sources: Vec<String>,
    /// The municipality's own rows of minimisation.
    rows: Vec<Row>,
    /// The table of minimisation: those rows, and then what holds everywhere.
    table: Arc<Table>,
    /// The municipality's own policies as they were written.
    own_policies: String,
    narrowed: Option<Arc<Policies>>,
    in_force: InForce,
    /// What is in force cannot be understood: nothing is permitted.
    unknown: bool,
}

/// Which version of the municipality's own part is in force, and since which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InForce {
    /// 0 is what the instance's file says; every change is one more.
    pub version: u32,
    /// The event from which it holds; none for version 0.
    pub event: Option<EventNo>,
}

impl InstancePolicy {
    /// An instance with nobody let in.
    pub fn new(instance: Instance, name: &str, world: World) -> Self {
        InstancePolicy {
            instance,
            name: name.to_owned(),
            world,
            organisations: Vec::new(),
            units: Vec::new(),
            agreements: Vec::new(),
            clients: Vec::new(),
            self_declared: false,
            services: BTreeMap::new(),
            family_sources: Vec::new(),
            rows: Vec::new(),
            table: Table::national(),
            own_policies: String::new(),
            narrowed: None,
            in_force: InForce::default(),
            unknown: false,
        }
    }

    /// Adds the instance's own Cedar policies. Only `forbid` is accepted: they narrow.
    pub fn narrow(&mut self, policies: &str) -> Result<(), PolicyError> {
        self.narrowed = match policies.trim() {
            "" => None,
            _ => Some(Arc::new(Policies::national()?.narrowed_by(policies)?)),
        };
        self.own_policies = policies.to_owned();
        Ok(())
    }

    /// The same instance with another version of what the municipality decides itself.
    ///
    /// # Errors
    /// Its policies are not acceptable.
    pub fn with(&self, municipal: Municipal, in_force: InForce) -> Result<InstancePolicy, PolicyError> {
        let mut policy = self.clone();
        policy.set(municipal)?;
        policy.in_force = in_force;
        policy.unknown = false;
        Ok(policy)
    }

    /// The same instance where nothing is permitted, since what is in force is not understood.
    pub fn closed(&self, in_force: InForce) -> InstancePolicy {
        InstancePolicy {
            in_force,
            unknown: true,
            ..self.clone()
        }
    }

    fn set(&mut self, municipal: Municipal) -> Result<(), PolicyError> {
        self.narrow(&municipal.policies)?;
        self.table = if municipal.rows.is_empty() {
            Table::national()
        } else {
            Arc::new(Table::with(municipal.rows.clone()))
        };
        self.rows = municipal.rows;
        self.agreements = municipal.agreements;
        self.self_declared = municipal.self_declared;
        Ok(())
    }

    /// What an agreement about these services reaches where no service is asked for, as by a search: the categories that they show, who the
    /// person is, and nothing more by a service that is not known. Everything, if it names none, or if a service is asked for (then it covers that one or not at all).
    pub(crate) fn shown_by(&self, services: &[String], asked: Option<&str>) -> Categories {
        if services.is_empty() || asked.is_some() {
            return Categories::ALL;
        }
        let known = services.iter().filter_map(|service| self.services.get(service));
        known.flat_map(|shown| shown.iter()).chain([Category::Person]).collect()
    }

    /// What the municipality decides itself.
    pub fn municipal(&self) -> Municipal {
        Municipal {
            policies: self.own_policies.clone(),
            agreements: self.agreements.clone(),
            rows: self.rows.clone(),
            self_declared: self.self_declared,
        }
    }

    /// The version of what the municipality decides itself.
    pub fn in_force(&self) -> InForce {
        self.in_force
    }

    /// Whether what is in force is understood. Where it is not, nothing is permitted.
    pub fn is_understood(&self) -> bool {
        !self.unknown
    }

    /// The table of minimisation.
    pub fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn policies(&self) -> Result<Arc<Policies>, PolicyError> {
        match &self.narrowed {
            _ if self.unknown => Err(PolicyError::Newer),
            Some(policies) => Ok(policies.clone()),
            None => Policies::national(),
        }
    }

    /// Whether an organisation number is the municipality's own.
    pub fn owns(&self, number: &str) -> bool {
        self.organisations.iter().any(|own| own == number)
    }

    /// The unit with that identifier.
    pub fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The units that a unit is part of, the nearest first.
    pub fn above(&self, id: &str) -> impl Iterator<Item = &Unit> {
        let parent = |unit: &Unit| unit.part_of.as_deref().and_then(|id| self.unit(id));
        // No more steps than units: a circle is refused when the file is read, and ends here too.
        std::iter::successors(self.unit(id).and_then(parent), move |unit| parent(unit)).take(self.units.len())
    }

    /// The units that are part of a unit, and theirs.
    pub fn below(&self, id: &str) -> impl Iterator<Item = &Unit> {
        self.units
            .iter()
            .filter(move |unit| unit.id != id && unit.part_of.is_some() && self.above(&unit.id).any(|above| above.id == id))
    }

    /// What kind of unit it is: its own kind, or that of the nearest unit above it that has one.
    pub fn kind_of(&self, id: &str) -> Option<UnitKind> {
        let unit = self.unit(id)?;
        let mut kinds = std::iter::once(unit).chain(self.above(id)).map(|unit| unit.kind);
        Some(kinds.find(|kind| *kind != UnitKind::Annet).unwrap_or(UnitKind::Annet))
    }

    /// The registered client, if it acts for one of these organisations.
    pub fn client(&self, client: &str, legal_entity: Option<&str>, unit: Option<&str>) -> Option<&RegisteredClient> {
        self.clients.iter().find(|c| {
            c.client == client
                && [legal_entity, unit]
                    .into_iter()
                    .flatten()
                    .any(|organisation| organisation == c.organisation)
        })
    }

    /// Reads the TOML form; `tests/data/nordvik.toml` shows all of it.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line and column.
    pub fn from_toml(text: &str) -> Result<Self, InstancePolicyError> {
        read::instance(text).map_err(InstancePolicyError)
    }
}

/// Why an instance's policy data cannot be used: everything that is wrong with them.
#[derive(Debug, thiserror::Error)]
#[error("policy data of an instance: {}", .0.iter().map(|f| format!("{} {}", f.diagnostics(), f.en)).collect::<Vec<_>>().join("; "))]
pub struct InstancePolicyError(pub Vec<Finding>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Purpose;

    #[test]
    fn toml_gives_units_agreements_and_clients() {
        let policy = InstancePolicy::from_toml(include_str!("../tests/data/nordvik.toml")).expect("a policy");
        assert_eq!(policy.unit("399901014").map(|u| u.kind), Some(UnitKind::Legevakt));
        let agreement = &policy.agreements[0];
        assert!(agreement.covers(Some("okt"), Purpose::Treat, 1_795_000_000_000));
        assert!(!agreement.covers(Some("okt"), Purpose::Coc, 1_795_000_000_000));
        assert!(!agreement.covers(Some("other"), Purpose::Treat, 1_795_000_000_000));
        assert!(!agreement.covers(Some("okt"), Purpose::Treat, 1_767_221_999_999));
        assert!(agreement.covers(Some("okt"), Purpose::Treat, 1_767_222_000_000));
        assert!(policy.client("epj-nordvik", Some("399901006"), None).is_some());
        assert!(policy.client("epj-nordvik", Some("399902002"), None).is_none());
    }

    #[test]
    fn one_client_of_a_supplier_acts_for_each_organisation_that_registered_it_with_its_own_rights() {
        let text = include_str!("../tests/data/nordvik.toml").to_owned()
            + "[[client]]\nid = \"epj-nordvik\"\norganisation = \"399903009\"\nname = \"Fjordjournal for fastlegene\"\nkind = \"source\"\n";
        let policy = InstancePolicy::from_toml(&text).expect("a policy");
        let may_write = |organisation| {
            policy
                .client("epj-nordvik", Some(organisation), None)
                .map(|client| client.may_write)
        };
        assert_eq!(
            ["399901006", "399903009", "399902002"].map(may_write),
            [Some(true), Some(false), None],
            "the token says for whom a multi-tenant client acts"
        );
    }

    #[test]
    fn units_stand_in_a_hierarchy() {
        let mut policy = InstancePolicy::from_toml(include_str!("../tests/data/nordvik.toml")).expect("a policy");
        let ids = |units: Vec<&Unit>| units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>();
        policy.units[3].part_of = Some("399901030".to_owned());
        policy.units[3].kind = UnitKind::Annet;
        assert_eq!(ids(policy.above("399901049").collect()), ["399901030"]);
        assert_eq!(ids(policy.below("399901030").collect()), ["399901049"]);
        assert_eq!(policy.kind_of("399901049"), Some(UnitKind::Hjemmetjeneste));
        assert_eq!(policy.kind_of("399901099"), None);
        // A circle ends.
        policy.units[2].part_of = Some("399901049".to_owned());
        assert!(policy.above("399901049").count() <= policy.units.len());
        assert!(policy.below("399901030").count() <= policy.units.len());
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "instance = \"99\"\nname = \"\"\nworld = \"sandbox\"\norganisations = []",
            "instance = \"9901\"\nname = \"\"\nworld = \"test\"\norganisations = []",
            "instance = \"9901\"\nname = \"\"\nworld = \"sandbox\"\norganisations = []\nextra = 1",
            "instance = \"9901\"\nname = \"\"\nworld = \"sandbox\"\norganisations = []\npolicies = 'permit (principal, action, resource);'",
        ] {
            assert!(InstancePolicy::from_toml(text).is_err(), "{text}");
        }
    }
}
