//! Terminology: code systems, value sets and concept maps, and the operations on them (R4,
//! Terminology Service).
//!
//! A [`Terminology`] is built once from resources and files ([`TerminologyBuilder`]), never
//! changes, and is shared between threads. [`Terminology::in_value_set`] and
//! [`Terminology::is_a`] answer validation and search with yes, no or unknown; the operations
//! `$lookup`, `$validate-code`, `$expand`, `$translate` and `$subsumes` are methods that take a
//! request and give a response, both with functions to and from FHIR `Parameters`.
//!
//! Nothing is guessed: a value set that draws on a code system that is not loaded is *unknown*
//! for its codes, cannot be expanded, and the answer names what is missing.

mod builder;
mod code_system;
mod concept_map;
mod concept_set;
mod ecl;
mod error;
mod expand;
mod filter;
mod grammar;
mod implicit;
mod language;
mod lines;
mod loinc;
mod lookup;
mod member;
mod parameters;
mod prepare;
mod read_code_system;
mod rf2;
mod rows;
mod sctid;
mod store;
mod strings;
mod subsumes;
mod table;
mod translate;
mod validate_code;
mod value_set;
mod words;

pub use code_system::{CodeSystem, CodeSystemInfo, Content};
pub use concept_map::{ConceptMap, Equivalence, NamingSystem};
pub use ecl::EclError;
pub(crate) use ecl::check as check_ecl;
pub use error::{Missing, OperationError};
pub use expand::{Contains, ExpandRequest, Expansion};
pub use lines::LineError;
pub use loinc::{LOINC, Loinc};
pub use lookup::{Designation, Lookup, LookupRequest, Property, PropertyValue};
pub use member::Answer;
pub use parameters::{Coding, Input, Inputs};
pub use rf2::{FileKind, ROOT as SNOMED_ROOT, Rf2};
pub use sctid::{Component, SNOMED, SctId, SctIdError, verhoeff};
pub use store::{Limits, Terminology, TerminologyBuilder};
pub use subsumes::{Subsumes, SubsumesRequest};
pub use table::{ParentFrom, TableFormat};
pub use translate::{Match, TranslateRequest, Translation};
pub use validate_code::{ValidateCodeRequest, Validation};
pub use value_set::{Filter, Include, Listed, ValueSet};

#[cfg(test)]
mod tests;
