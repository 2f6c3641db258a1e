//! Who a tester can be: health personnel, a case worker, systems, citizens and others.
//!
//! The names are part of the contract and do not change. `innbygger-<nin>` and `verge-<nin>` exist
//! for every synthetic national identity number.

mod on_request;
mod table;

use crate::organisations::Organisation;
use crate::people::{People, Text};
use std::borrow::Cow;

/// What kind of actor a persona is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Health personnel with an authorisation.
    HealthPersonnel,
    /// A case worker, without need of an authorisation.
    CaseWorker,
    /// A system without a user.
    System,
    /// A citizen, for herself.
    Citizen,
    /// Somebody who represents a citizen (verge).
    Proxy,
    /// The municipality's data protection officer.
    PrivacyOfficer,
    /// A leader of a unit.
    Manager,
    /// Somebody who administers the municipality's rules of access.
    Administrator,
    /// Somebody who operates the platform.
    Operator,
}

/// Purpose of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Purpose {
    /// Treatment.
    Treat,
    /// Emergency treatment.
    Etreat,
    /// Coordination of care.
    Coc,
    /// Break the glass.
    Btg,
}

impl Purpose {
    /// The code (2.16.840.1.113883.1.11.20448).
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Treat => "TREAT",
            Purpose::Etreat => "ETREAT",
            Purpose::Coc => "COC",
            Purpose::Btg => "BTG",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Purpose> {
        [Purpose::Treat, Purpose::Etreat, Purpose::Coc, Purpose::Btg]
            .into_iter()
            .find(|p| p.code() == code)
    }
}

/// A code with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Code {
    /// Code.
    pub code: &'static str,
    /// What it is called.
    pub display: &'static str,
}

/// The human being behind a persona.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Synthetic national identity number.
    pub pid: Cow<'static, str>,
    /// Given name.
    pub given: Cow<'static, str>,
    /// Family name.
    pub family: Cow<'static, str>,
    /// Invented HPR number.
    pub hpr: Option<&'static str>,
    /// Authorisation (Volven 9060).
    pub authorisation: Option<Code>,
    /// Level of the login, 3 or 4.
    pub security_level: u8,
}

impl Person {
    /// Given and family name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// The system that a persona uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    /// Client id at the issuer.
    pub id: &'static str,
    /// Name, for the log only.
    pub name: &'static str,
    /// The company that runs it.
    pub supplier: Option<&'static Organisation>,
}

/// Somebody a tester can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// Name of the persona.
    pub name: Cow<'static, str>,
    /// Kind.
    pub kind: Kind,
    /// The human being; none for a system.
    pub person: Option<Person>,
    /// The instance where the persona belongs; empty for those of no municipality.
    pub instance: Option<Cow<'static, str>>,
    /// Legal entity.
    pub organisation: Option<&'static Organisation>,
    /// Unit.
    pub unit: Option<&'static Organisation>,
    /// The system used.
    pub client: Client,
    /// Scopes granted.
    pub scopes: &'static [&'static str],
    /// Purpose of use unless something else is asked for; none means that no attestation is made.
    pub purpose: Option<Purpose>,
    /// Municipal healthcare service (Volven 8663).
    pub healthcare_service: Option<Code>,
    /// Details of the purpose (Volven 9151).
    pub purpose_details: Option<Code>,
    /// The citizen represented by a proxy.
    pub represents: Option<String>,
    /// What the persona is for.
    pub description: Text,
}

/// Scope for reading.
pub const SCOPE_READ: &str = "nhn:kilde/les";
/// Scope for writing.
pub const SCOPE_WRITE: &str = "nhn:kilde/skriv";
/// Scope for citizens.
pub const SCOPE_CITIZEN: &str = "nhn:kilde/innsyn";
/// Scope for administration.
pub const SCOPE_ADMIN: &str = "nhn:kilde/admin";
/// All scopes that the sandbox's issuer knows.
pub const SCOPES: [&str; 4] = [SCOPE_READ, SCOPE_WRITE, SCOPE_CITIZEN, SCOPE_ADMIN];

/// The personas with fixed names, in the order they are shown.
pub fn personas() -> &'static [Persona] {
    &table::TABLE
}

/// The persona with that name: a fixed one, or `innbygger-<nin>` / `verge-<nin>` for a synthetic number. A
/// number that the directory does not know gets a name in general terms.
pub fn persona(name: &str, people: &People) -> Option<Persona> {
    personas()
        .iter()
        .find(|p| p.name == name)
        .cloned()
        .or_else(|| on_request::persona(name, people))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::national_id::{Nin, World};

    #[test]
    fn the_contracts_names_are_there() {
        let people = People::fixed();
        for name in [
            "saksbehandler-nordvik",
            "sykepleier-legevakt-nordvik",
            "lege-legevakt-nordvik",
            "sykepleier-kad-nordvik",
            "hjemmesykepleier-nordvik",
            "fysioterapeut-nordvik",
            "fastlege-nordvik",
            "sykepleier-dalfjord",
            "epj-nordvik",
            "tavle-nordvik",
            "vkp",
            "system-test",
            "innbygger-19779998080",
            "verge-19779998080",
            "personvernombud-nordvik",
            "leder-legevakt-nordvik",
            "drift",
        ] {
            assert_eq!(persona(name, &people).map(|p| p.name.into_owned()).as_deref(), Some(name));
        }
        assert_eq!(persona("noen-andre", &people), None);
    }

    #[test]
    fn everybody_has_an_own_synthetic_number_and_hpr() {
        let mut pids = std::collections::HashSet::new();
        let mut hprs = std::collections::HashSet::new();
        for p in personas() {
            assert_eq!(p.kind == Kind::System, p.person.is_none(), "{}", p.name);
            let Some(person) = &p.person else { continue };
            let nin = Nin::parse(&person.pid).expect("a valid number");
            assert!(nin.accepted_in(World::Sandbox).is_ok(), "{}", p.name);
            assert!(pids.insert(person.pid.clone()), "{}", p.name);
            assert_eq!(
                p.kind == Kind::HealthPersonnel,
                person.hpr.is_some() && person.authorisation.is_some()
            );
            if let Some(hpr) = person.hpr {
                assert!(hpr.starts_with("9990000") && hprs.insert(hpr));
            }
            assert_eq!(person.security_level, 4);
        }
    }

    #[test]
    fn units_belong_to_the_organisation() {
        for p in personas() {
            if let (Some(organisation), Some(unit)) = (p.organisation, p.unit) {
                assert_eq!(unit.parent, Some(organisation.number), "{}", p.name);
            }
            assert!(p.scopes.iter().all(|s| SCOPES.contains(s)));
            assert!(!p.scopes.is_empty(), "{}", p.name);
        }
    }

    #[test]
    fn citizens_are_named_when_known_and_refused_when_not_synthetic() {
        let people = People::fixed();
        let known = persona("innbygger-11833810555", &people).expect("known");
        assert_eq!(known.person.expect("person").name(), "Olav Nygård");
        assert!(persona("innbygger-22750884908", &people).is_none(), "wrong control digit");
        assert!(persona("innbygger-", &people).is_none());
        let proxy = persona("verge-11833810555", &people).expect("proxy");
        assert_eq!(proxy.represents.as_deref(), Some("11833810555"));
        assert_ne!(proxy.person.expect("person").pid, "11833810555");
    }
}
