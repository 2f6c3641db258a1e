//! The OKT prototype: overview of municipal services as JSON, and the same as FHIR EpisodeOfCare.
//!
//! | OktMessage | EpisodeOfCare |
//! |---|---|
//! | `startDate`, `endDate` | `period` |
//! | `iplosCode` | `type` with system Volven 9151, code without leading zero; level and parent as extensions of the coding |
//! | `stayType` | `type` with system `OktStayTypeCs` |
//! | `temporaryCessation` | `status` `onhold` |
//! | `weeklyExtent` | extension WeeklyExtentRatio (hours per week), or our text extension if it cannot be read |
//! | `serviceDescription` | extension ServiceDescriptionMarkdown |
//! | `serviceLevel` | `managingOrganization.display`; its identifier is the sender's organisation number |
//! | `needsCaption` | extension of ours |
//! | `identifier` (ours) | `identifier`; derived from person, code, start and stay when absent |
//!
//! Empty strings are absent values. What is read is normal form: reading what [`OktMessage::json`]
//! writes gives the same again, and so does the way through FHIR.

mod extent;
mod from_fhir;
pub(crate) mod json;
mod read;
mod to_fhir;

pub use extent::{WeeklyExtent, weekly_extent};
pub use from_fhir::from_episode;
pub use json::event_json;
pub use read::read;
pub use to_fhir::{derived_identifier, to_episode};

use kilde_fhir::national_id::Nin;

/// Canonical of the profile.
pub const PROFILE: &str = "http://hl7.no/fhir/ig/okt/StructureDefinition/OktEpisodeOfCare";
/// Extension: hours per week.
pub const WEEKLY_EXTENT_RATIO: &str = "http://hl7.no/fhir/ig/okt/StructureDefinition/WeeklyExtentRatio";
/// Extension: description of the service.
pub const SERVICE_DESCRIPTION: &str = "http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown";
/// Code system of kinds of stay.
pub const STAY_TYPE: &str = "http://hl7.no/fhir/ig/okt/CodeSystem/OktStayTypeCs";
/// Extension of ours: the extent as text where it is no number of hours.
pub const WEEKLY_EXTENT_TEXT: &str = "https://kilde.example/fhir/StructureDefinition/okt-weekly-extent-text";
/// Extension of ours: `needsCaption`.
pub const NEEDS_CAPTION: &str = "https://kilde.example/fhir/StructureDefinition/okt-needs-caption";
/// Extension of ours: `temporaryCessation` of a service that has ended.
pub const TEMPORARY_CESSATION: &str = "https://kilde.example/fhir/StructureDefinition/okt-temporary-cessation";
/// Extension of ours on the coding: `iplosCodeLevel`.
pub const IPLOS_LEVEL: &str = "https://kilde.example/fhir/StructureDefinition/okt-iplos-level";
/// Extension of ours on the coding: `iplosParentCode`.
pub const IPLOS_PARENT: &str = "https://kilde.example/fhir/StructureDefinition/okt-iplos-parent";
/// System of identifiers that we derive for a decision.
pub const DECISION_SYSTEM: &str = "https://kilde.example/fhir/sid/okt-decision";

/// What `POST /okt-events` delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OktEvent {
    /// Whose services.
    pub person: Nin,
    /// The decisions, each with its place in the delivery.
    pub messages: Vec<OktMessage>,
}

/// One decision, in normal form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OktMessage {
    /// The producer's own identifier.
    pub identifier: Option<OktIdentifier>,
    /// First day (FHIR date or dateTime).
    pub start: String,
    /// Last day.
    pub end: Option<String>,
    /// The kind of service.
    pub iplos: Option<IplosCode>,
    /// `needsCaption`.
    pub needs_caption: Option<bool>,
    /// Free text, Markdown.
    pub description: Option<String>,
    /// The unit, as text with a number in front.
    pub service_level: Option<String>,
    /// The kind of stay.
    pub stay_type: Option<String>,
    /// Whether the service is on hold.
    pub temporary_cessation: bool,
    /// Hours per week.
    pub weekly_extent: Option<WeeklyExtent>,
}

/// A producer's identifier of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OktIdentifier {
    /// URI.
    pub system: String,
    /// Value.
    pub value: String,
}

/// A service type of Volven 9151 as OKT delivers it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IplosCode {
    /// The code without leading zeros: `2`, not `02`.
    pub value: String,
    /// `iplosCodeLevel`.
    pub level: Option<String>,
    /// `iplosParentCode`.
    pub parent: Option<String>,
    /// `iplosCodeDescription`.
    pub description: Option<String>,
}

/// `02` as `2`; a code that is no number stays.
pub(crate) fn without_zeros(code: &str) -> &str {
    if !code.bytes().all(|b| b.is_ascii_digit()) {
        return code;
    }
    match code.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

/// `2` as `02`, the way OKT writes it.
pub(crate) fn with_zero(code: &str) -> String {
    if code.len() == 1 && code.as_bytes()[0].is_ascii_digit() {
        format!("0{code}")
    } else {
        code.to_owned()
    }
}

/// Whether a text can be a FHIR `code`: no white space but single spaces inside.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .split(' ')
            .all(|word| !word.is_empty() && !word.chars().any(char::is_whitespace))
}

#[cfg(test)]
mod tests;
