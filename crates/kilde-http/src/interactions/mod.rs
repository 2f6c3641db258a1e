//! One file per group of interactions of <https://hl7.org/fhir/R4/http.html>.

pub mod capabilities;
pub mod history;
pub mod named;
pub mod overview;
pub mod read;
pub mod search;
pub mod write;
