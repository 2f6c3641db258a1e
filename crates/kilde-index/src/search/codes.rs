//! The port to terminology: what `:in`, `:not-in`, `:below` and `:above` on codes ask.

use crate::index::Index;
use std::sync::Arc;

/// A code with its system; an empty system is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Canonical url of the code system.
    pub system: String,
    /// The code.
    pub code: String,
}

/// Why codes cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodesError {
    /// The value set, the system or the code is not known, or not wholly: nothing is guessed.
    #[error("not known, or not wholly")]
    Unknown,
    /// There are more than asked for.
    #[error("too many codes")]
    TooMany,
}

/// Which codes belong to a value set or lie under one another. Answers must not depend on who asks: they hold no
/// resources of persons.
pub trait Codes: Send + Sync {
    /// The codes of a value set, by its canonical url (with or without `|version`), at most `most`.
    ///
    /// # Errors
    /// See [`CodesError`].
    fn of_value_set(&self, url: &str, most: usize) -> Result<Vec<Code>, CodesError>;

    /// A code and everything it subsumes, at most `most`.
    ///
    /// # Errors
    /// See [`CodesError`].
    fn below(&self, system: &str, code: &str, most: usize) -> Result<Vec<Code>, CodesError>;

    /// A code and everything that subsumes it, at most `most`.
    ///
    /// # Errors
    /// See [`CodesError`].
    fn above(&self, system: &str, code: &str, most: usize) -> Result<Vec<Code>, CodesError>;
}

impl Index {
    /// Gives the index the terminology that `:in`, `:not-in`, `:below` and `:above` on codes are answered with, in place
    /// of one that it had. Without it, they are refused.
    pub fn set_codes(&self, codes: Arc<dyn Codes>) {
        *self.codes.write() = Some(codes);
    }
}
