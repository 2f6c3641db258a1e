//! The loaded terminology, as searches ask it (`:in`, `:not-in`, `:below`, `:above` on codes).

use kilde_fhir::library::Shelf;
use kilde_fhir::terminology::{OperationError, Terminology};
use kilde_index::search::{Code, Codes, CodesError};

/// The terminology of a library that may be loading still; until it is there, nothing is known.
pub struct OfLibrary(pub Shelf);

type Found = Result<Vec<(String, String)>, OperationError>;

impl OfLibrary {
    fn ask(&self, question: impl FnOnce(&Terminology) -> Found) -> Result<Vec<Code>, CodesError> {
        let library = self.0.get().ok_or(CodesError::Unknown)?;
        match question(library.terminology()) {
            Ok(found) => Ok(found.into_iter().map(|(system, code)| Code { system, code }).collect()),
            Err(OperationError::TooCostly { .. }) => Err(CodesError::TooMany),
            Err(_) => Err(CodesError::Unknown),
        }
    }
}

impl Codes for OfLibrary {
    fn of_value_set(&self, url: &str, most: usize) -> Result<Vec<Code>, CodesError> {
        self.ask(|terminology| terminology.codes_in(url, most))
    }

    fn below(&self, system: &str, code: &str, most: usize) -> Result<Vec<Code>, CodesError> {
        self.ask(|terminology| terminology.codes_below(system, code, most))
    }

    fn above(&self, system: &str, code: &str, most: usize) -> Result<Vec<Code>, CodesError> {
        self.ask(|terminology| terminology.codes_above(system, code, most))
    }
}
