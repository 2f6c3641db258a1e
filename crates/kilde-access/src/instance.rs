//! What the policy knows about an instance: its organisations and units, its agreements, the
//! clients that are registered. Read once at start; small enough to be searched in order.

use crate::category::{Categories, Category};
use crate::identity::Purpose;
use crate::policy::{Policies, PolicyError};
use jiff::{civil::Date, tz::TimeZone};
use kilde_fhir::national_id::World;
use kilde_log::Instance;
use serde::Deserialize;
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
    /// Kind.
    pub kind: UnitKind,
}

/// An agreement with another legal entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Organisation number of the party.
    pub legal_entity: String,
    /// What kind of unit its personnel count as.
    pub unit: UnitKind,
    /// Information services covered, by id; empty means every service of the categories.
    pub services: Vec<String>,
    /// Categories covered.
    pub categories: Categories,
    /// Purposes covered.
    pub purposes: Vec<Purpose>,
    /// From (Unix ms), if it has a beginning.
    pub from_ms: Option<i64>,
    /// Until, exclusive (Unix ms), if it has an end.
    pub to_ms: Option<i64>,
}

impl Agreement {
    /// Whether it covers the service, purpose and time.
    pub fn covers(&self, service: Option<&str>, purpose: Purpose, now_ms: i64) -> bool {
        self.in_force(now_ms)
            && self.purposes.contains(&purpose)
            && (self.services.is_empty() || service.is_none_or(|s| self.services.iter().any(|own| own == s)))
    }

    /// Whether it is in force.
    pub fn in_force(&self, now_ms: i64) -> bool {
        self.from_ms.is_none_or(|from| from <= now_ms) && self.to_ms.is_none_or(|to| now_ms < to)
    }
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
    /// Clients that are trusted to tell who has parental responsibility, and who is a guardian.
    pub family_sources: Vec<String>,
    narrowed: Option<Arc<Policies>>,
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
            family_sources: Vec::new(),
            narrowed: None,
        }
    }

    /// Adds the instance's own Cedar policies. Only `forbid` is accepted: they narrow.
    pub fn narrow(&mut self, policies: &str) -> Result<(), PolicyError> {
        self.narrowed = Some(Arc::new(Policies::national()?.narrowed_by(policies)?));
        Ok(())
    }

    pub(crate) fn policies(&self) -> Result<Arc<Policies>, PolicyError> {
        match &self.narrowed {
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
    pub fn from_toml(text: &str) -> Result<Self, InstancePolicyError> {
        let raw: Raw = toml::from_str(text)?;
        raw.build()
    }
}

/// Why an instance's policy data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstancePolicyError {
    /// Not TOML of this shape.
    #[error("policy data of an instance: {0}")]
    Toml(#[from] toml::de::Error),
    /// A value that means nothing.
    #[error("policy data of an instance: {what} `{value}` is not known")]
    Unknown {
        /// What kind of value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The instance's own policies are not acceptable.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    instance: String,
    name: String,
    world: String,
    organisations: Vec<String>,
    #[serde(default)]
    self_declared: bool,
    #[serde(default)]
    family_sources: Vec<String>,
    #[serde(default)]
    policies: Option<String>,
    #[serde(default)]
    unit: Vec<Unit>,
    #[serde(default)]
    agreement: Vec<RawAgreement>,
    #[serde(default)]
    client: Vec<RawClient>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAgreement {
    legal_entity: String,
    unit: UnitKind,
    #[serde(default)]
    services: Vec<String>,
    categories: Vec<String>,
    purposes: Vec<String>,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClient {
    id: String,
    organisation: String,
    name: String,
    kind: ClientKind,
    #[serde(default)]
    may_write: bool,
    #[serde(default)]
    may_export: bool,
    categories: Option<Vec<String>>,
}

impl Raw {
    fn build(self) -> Result<InstancePolicy, InstancePolicyError> {
        let instance = Instance::parse(&self.instance).ok_or_else(|| unknown("instance", &self.instance))?;
        let world = match self.world.as_str() {
            "production" => World::Production,
            "sandbox" => World::Sandbox,
            _ => return Err(unknown("world", &self.world)),
        };
        let mut policy = InstancePolicy::new(instance, &self.name, world);
        policy.organisations = self.organisations;
        policy.self_declared = self.self_declared;
        policy.family_sources = self.family_sources;
        policy.units = self.unit;
        for raw in self.agreement {
            policy.agreements.push(Agreement {
                legal_entity: raw.legal_entity,
                unit: raw.unit,
                services: raw.services,
                categories: categories(&raw.categories)?,
                purposes: raw
                    .purposes
                    .iter()
                    .map(|code| Purpose::from_code(code).ok_or_else(|| unknown("purpose", code)))
                    .collect::<Result<_, _>>()?,
                from_ms: raw.from.as_deref().map(midnight).transpose()?,
                to_ms: raw.to.as_deref().map(midnight).transpose()?,
            });
        }
        for raw in self.client {
            policy.clients.push(RegisteredClient {
                client: raw.id,
                organisation: raw.organisation,
                name: raw.name,
                kind: raw.kind,
                may_write: raw.may_write,
                may_export: raw.may_export,
                categories: raw.categories.map_or(Ok(Categories::ALL), |names| categories(&names))?,
            });
        }
        if let Some(text) = &self.policies {
            policy.narrow(text)?;
        }
        Ok(policy)
    }
}

fn unknown(what: &'static str, value: &str) -> InstancePolicyError {
    InstancePolicyError::Unknown {
        what,
        value: value.to_owned(),
    }
}

fn categories(names: &[String]) -> Result<Categories, InstancePolicyError> {
    names
        .iter()
        .map(|name| Category::from_name(name).ok_or_else(|| unknown("category", name)))
        .collect()
}

/// Midnight in Oslo at the start of a date, in Unix ms.
fn midnight(date: &str) -> Result<i64, InstancePolicyError> {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    date.parse::<Date>()
        .ok()
        .and_then(|date| date.to_zoned(zone).ok())
        .map(|zoned| zoned.timestamp().as_millisecond())
        .ok_or_else(|| unknown("date", date))
}

#[cfg(test)]
mod tests {
    use super::*;

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
