//! One file per group of interactions of <https://hl7.org/fhir/R4/http.html>.

pub mod bundle;
pub mod canonical;
pub mod capabilities;
mod closed;
pub mod conditional;
pub mod document;
pub mod everything;
pub mod explain;
pub mod export;
mod export_asked;
pub mod export_file;
pub mod history;
pub mod import;
pub mod meta;
pub mod named;
mod operation;
pub mod overview;
pub mod patch;
pub mod read;
pub mod search;
pub mod terminology;
pub mod terminology_capabilities;
pub mod validate;
pub mod versions;
pub mod write;
