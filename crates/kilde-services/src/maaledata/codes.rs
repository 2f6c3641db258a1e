//! Codes and canonical URLs of the service.

/// SNOMED CT: pregnancy.
pub const PREGNANCY: &str = "77386006";
/// SNOMED CT ids that the service uses besides those of NEWS2.
pub const SNOMED_IDS: &[&str] = &[PREGNANCY];
/// LOINC: pregnancy status, and its answers "pregnant" and "not pregnant".
pub const PREGNANCY_STATUS: (&str, &str, &str) = ("82810-3", "LA15173-0", "LA26683-5");

/// Code system of what the service computes.
pub const DERIVED: &str = "https://kilde.example/fhir/CodeSystem/maaledata";
/// Code system of NEWS2 bands.
pub const BAND: &str = "https://kilde.example/fhir/CodeSystem/news2-band";
/// Code system of directions of a trend.
pub const DIRECTION: &str = "https://kilde.example/fhir/CodeSystem/news2-direction";
/// Start of the canonical URLs of profiles.
pub const PROFILE: &str = "https://kilde.example/fhir/StructureDefinition/";
