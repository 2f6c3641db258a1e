//! Why an operation gives no answer.

use super::ecl::EclError;
use crate::finding::Finding;

/// Something that would be needed to know the codes of a value set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Missing {
    /// A code system is not loaded, or only a part of it; with version if one was asked for.
    CodeSystem(String),
    /// A value set is not loaded.
    ValueSet(String),
    /// A code that a filter starts from is not in the code system: system, code.
    Code(String, String),
    /// A filter that cannot be evaluated: system, property, operator.
    Filter(String, String, String),
    /// A value set that draws on itself.
    Circle(String),
    /// A part of a value set that names no code system.
    System,
    /// An expression (ECL) that cannot be evaluated.
    Expression(EclError),
}

impl Missing {
    /// In bokmål.
    pub fn nb(&self) -> String {
        match self {
            Missing::CodeSystem(url) => format!("Kodeverket {url} er ikke lastet, eller ikke fullstendig."),
            Missing::ValueSet(url) => format!("Verdisettet {url} er ikke lastet."),
            Missing::Code(system, code) => format!("Koden {code} finnes ikke i {system}."),
            Missing::Filter(system, property, op) => format!("Filteret {property} {op} kan ikke beregnes for {system}."),
            Missing::Circle(url) => format!("Verdisettet {url} viser til seg selv."),
            Missing::System => "En del av verdisettet sier ikke hvilket kodeverk kodene er fra.".to_owned(),
            Missing::Expression(error) => error.nb(),
        }
    }

    /// In English.
    pub fn en(&self) -> String {
        match self {
            Missing::CodeSystem(url) => format!("The code system {url} is not loaded, or not all of it."),
            Missing::ValueSet(url) => format!("The value set {url} is not loaded."),
            Missing::Code(system, code) => format!("The code {code} is not in {system}."),
            Missing::Filter(system, property, op) => format!("The filter {property} {op} cannot be evaluated for {system}."),
            Missing::Circle(url) => format!("The value set {url} draws on itself."),
            Missing::System => "A part of the value set does not say which code system its codes are from.".to_owned(),
            Missing::Expression(error) => error.to_string(),
        }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en())
    }
}

/// Why an operation gives no answer. What the caller wrote is repeated in short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// A parameter is missing.
    #[error("the parameter {0} is missing")]
    Required(&'static str),
    /// A parameter cannot be read, or does not go with another.
    #[error("the parameter {0} is not as it should be")]
    Invalid(&'static str),
    /// The code system is not loaded.
    #[error("the code system {0} is not loaded")]
    UnknownSystem(String),
    /// The code is not in the code system.
    #[error("the code {1} is not in {0}")]
    UnknownCode(String, String),
    /// The value set is not loaded, and is no implicit one that is known.
    #[error("the value set {0} is not loaded")]
    UnknownValueSet(String),
    /// No concept map of that url, or between those systems.
    #[error("there is no such concept map")]
    UnknownConceptMap,
    /// Something that the value set draws on is not there.
    #[error("the value set cannot be listed: {}", .0.iter().map(Missing::en).collect::<Vec<_>>().join(" "))]
    Incomplete(Vec<Missing>),
    /// More codes than may be given at once.
    #[error("{total} codes, more than {limit}; ask for pages (count), or fewer by filter")]
    TooCostly {
        /// How many there are.
        total: usize,
        /// How many may be given at once.
        limit: usize,
    },
    /// A code system whose codes follow rules and have no end (UCUM units, language tags).
    #[error("the codes of {0} cannot be listed: they follow rules and have no end")]
    Endless(String),
}

impl OperationError {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            OperationError::Required(_) | OperationError::Invalid(_) => 400,
            OperationError::UnknownSystem(_)
            | OperationError::UnknownCode(..)
            | OperationError::UnknownValueSet(_)
            | OperationError::UnknownConceptMap => 404,
            OperationError::Incomplete(_) | OperationError::TooCostly { .. } | OperationError::Endless(_) => 422,
        }
    }

    /// For an OperationOutcome.
    pub fn finding(&self) -> Finding {
        let (code, rule, nb) = match self {
            OperationError::Required(name) => ("required", "terminology-parameter-missing", format!("Parameteren {name} mangler.")),
            OperationError::Invalid(name) => (
                "invalid",
                "terminology-parameter-invalid",
                format!("Parameteren {name} er ikke slik den skal være."),
            ),
            OperationError::UnknownSystem(url) => (
                "not-found",
                "terminology-unknown-system",
                format!("Kodeverket {} er ikke lastet.", short(url)),
            ),
            OperationError::UnknownCode(url, code) => (
                "not-found",
                "terminology-unknown-code",
                format!("Koden {} finnes ikke i {}.", short(code), short(url)),
            ),
            OperationError::UnknownValueSet(url) => (
                "not-found",
                "terminology-unknown-value-set",
                format!("Verdisettet {} er ikke lastet.", short(url)),
            ),
            OperationError::UnknownConceptMap => (
                "not-found",
                "terminology-unknown-map",
                "Det finnes ikke noe slikt ConceptMap.".to_owned(),
            ),
            OperationError::Incomplete(missing) => (
                "not-supported",
                "terminology-incomplete",
                format!(
                    "Verdisettet kan ikke listes opp: {}",
                    missing.iter().map(Missing::nb).collect::<Vec<_>>().join(" ")
                ),
            ),
            OperationError::TooCostly { total, limit } => (
                "too-costly",
                "terminology-too-costly",
                format!("{total} koder, flere enn {limit}. Be om sider (count) eller færre (filter)."),
            ),
            OperationError::Endless(url) => (
                "too-costly",
                "terminology-endless",
                format!(
                    "Kodene i {} kan ikke listes opp: de følger regler og er uendelig mange.",
                    short(url)
                ),
            ),
        };
        Finding::error(code, rule, "", nb, self.to_string())
    }
}

/// What a caller wrote, cut short for a message.
pub(super) fn short(text: &str) -> String {
    let mut cut: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
