//! `$subsumes`: how two codes of one system stand to each other.

use super::error::{OperationError, short};
use super::parameters::{Inputs, Output, parameters};
use super::store::Terminology;

/// The question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsumesRequest {
    /// The code system.
    pub system: String,
    /// Its version.
    pub version: Option<String>,
    /// One code.
    pub code_a: String,
    /// The other.
    pub code_b: String,
}

/// How A stands to B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subsumes {
    /// They are the same.
    Equivalent,
    /// A is above B.
    Subsumes,
    /// A is below B.
    SubsumedBy,
    /// Neither is above the other.
    NotSubsumed,
}

impl SubsumesRequest {
    /// Reads the parameters of `CodeSystem/$subsumes`.
    ///
    /// # Errors
    /// When one is missing, or the codings are of different systems.
    pub fn read(inputs: &Inputs) -> Result<Self, OperationError> {
        let mut system = inputs.text("system");
        let mut version = inputs.text("version");
        let mut codes = Vec::new();
        for (code, coding) in [("codeA", "codingA"), ("codeB", "codingB")] {
            if let Some(text) = inputs.text(code) {
                codes.push(text);
                continue;
            }
            let given = inputs.coding(coding).ok_or(OperationError::Required(code))?;
            if given.system.is_some() && system.is_some() && given.system != system {
                return Err(OperationError::Invalid(coding));
            }
            system = system.or(given.system);
            version = version.or(given.version);
            codes.push(given.code);
        }
        let code_b = codes.pop().unwrap_or_default();
        Ok(SubsumesRequest {
            system: system.ok_or(OperationError::Required("system"))?,
            version,
            code_a: codes.pop().unwrap_or_default(),
            code_b,
        })
    }
}

impl Subsumes {
    /// The code of `concept-subsumption-outcome`.
    pub fn code(self) -> &'static str {
        match self {
            Subsumes::Equivalent => "equivalent",
            Subsumes::Subsumes => "subsumes",
            Subsumes::SubsumedBy => "subsumed-by",
            Subsumes::NotSubsumed => "not-subsumed",
        }
    }

    /// As `Parameters`.
    pub fn to_parameters(self) -> String {
        parameters(vec![Output::code("outcome", self.code())])
    }
}

impl Terminology {
    /// `$subsumes`.
    ///
    /// # Errors
    /// When the system is not loaded or does not have one of the codes.
    pub fn subsumes(&self, request: &SubsumesRequest) -> Result<Subsumes, OperationError> {
        let system = self
            .system(&request.system, request.version.as_deref())
            .ok_or_else(|| OperationError::UnknownSystem(short(&request.system)))?;
        let find = |code: &str| {
            let unknown = || OperationError::UnknownCode(system.info.url.clone(), short(code));
            system.find(code).ok_or_else(unknown)
        };
        let (a, b) = (find(&request.code_a)?, find(&request.code_b)?);
        Ok(if a == b {
            Subsumes::Equivalent
        } else if system.is_a(b, a) {
            Subsumes::Subsumes
        } else if system.is_a(a, b) {
            Subsumes::SubsumedBy
        } else {
            Subsumes::NotSubsumed
        })
    }
}
