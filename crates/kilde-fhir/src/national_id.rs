//! Norwegian identifiers: fødselsnummer and its relatives, organisation numbers, and the OIDs
//! under which they are delivered. Rules: Skatteetaten (old and 2032 control digits), Norsk
//! helsenett (FH), Tenor and SyntPop (synthetic).
//!
//! Sex and century are never derived: from 2032 the individual number no longer tells them.

mod check;
mod nin;
mod org;

pub use check::identifiers;
pub use nin::{Nin, NinError, NinKind, make_synthetic};
pub use org::{Duf, NumberError, OrgNumber};

/// OID of fødselsnummer as FHIR system.
pub const FNR: &str = "urn:oid:2.16.578.1.12.4.1.4.1";
/// OID of D-nummer as FHIR system.
pub const DNR: &str = "urn:oid:2.16.578.1.12.4.1.4.2";
/// OID of felles hjelpenummer as FHIR system.
pub const FH: &str = "urn:oid:2.16.578.1.12.4.1.4.3";
/// OID of DUF number as FHIR system.
pub const DUF: &str = "urn:oid:2.16.578.1.12.4.1.4.5";
/// OID of the HPR number as FHIR system.
pub const HPR: &str = "urn:oid:2.16.578.1.12.4.1.4.4";
/// OID of organisasjonsnummer as FHIR system.
pub const ORGNR: &str = "urn:oid:2.16.578.1.12.4.1.4.101";
/// OID of RESH id as FHIR system.
pub const RESH: &str = "urn:oid:2.16.578.1.12.4.1.4.102";
/// OID of the IPLOS service types (Volven 9151) as FHIR system.
pub const IPLOS_SERVICE: &str = "urn:oid:2.16.578.1.12.4.1.1.9151";

/// Which numbers an instance accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum World {
    /// Real people: synthetic numbers are refused.
    Production,
    /// Synthetic people: numbers of the real format are refused.
    Sandbox,
}

/// The national number that an Identifier holds: `system` is the OID of fødselsnummer, D-nummer
/// or felles hjelpenummer (with or without `urn:oid:`) and `value` is valid. Whichever of the
/// three OIDs it came under, the same digits are the same person.
pub fn nin_of(system: Option<&str>, value: &str) -> Option<Nin> {
    NationalSystem::of(system?)?.nin_kind()?;
    Nin::parse(value).ok()
}

/// The national systems whose values have a known form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NationalSystem {
    Person(NinKind),
    Duf,
    Hpr,
    OrgNumber,
    Resh,
}

impl NationalSystem {
    /// By FHIR system; the prefix `urn:oid:` may be missing.
    fn of(system: &str) -> Option<Self> {
        let oid = system.strip_prefix("urn:oid:").unwrap_or(system);
        Some(match oid.strip_prefix("2.16.578.1.12.4.1.4.")? {
            "1" => NationalSystem::Person(NinKind::Fnr),
            "2" => NationalSystem::Person(NinKind::Dnr),
            "3" => NationalSystem::Person(NinKind::Fh),
            "4" => NationalSystem::Hpr,
            "5" => NationalSystem::Duf,
            "101" => NationalSystem::OrgNumber,
            "102" => NationalSystem::Resh,
            _ => return None,
        })
    }

    fn nin_kind(self) -> Option<NinKind> {
        match self {
            NationalSystem::Person(kind) => Some(kind),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
