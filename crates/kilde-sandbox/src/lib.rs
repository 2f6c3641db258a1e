#![doc = include_str!("../README.md")]

pub mod catalogue;
pub mod client_key;
pub mod dpop;
pub mod ehr;
mod fhir;
pub mod idporten;
pub mod issuer;
mod jose;
pub mod organisations;
pub mod people;
pub mod persona;
mod waiting;

pub use client_key::ClientKey;
pub use dpop::{DpopKey, ProofVariant};
pub use issuer::{Issuer, PersonaRequest, Variant};
pub use jose::{KeyError, SigningAlgorithm};
pub use people::{Citizen, People};
pub use persona::{Persona, persona, personas};
