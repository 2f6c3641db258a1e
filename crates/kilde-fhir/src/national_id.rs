//! Norwegian identifiers: fødselsnummer and its relatives, organisation numbers, and the OIDs
//! under which they are delivered. Rules: Skatteetaten (old and 2032 control digits), Norsk
//! helsenett (FH), Tenor and SyntPop (synthetic).

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
