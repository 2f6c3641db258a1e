//! What a note says that is a checkpoint: whose tree, how many leaves, which root.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Note, NoteError};
use crate::merkle::Hash;

/// A tree as it was at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Which log: a name that is the same for ever.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note. Further lines than the three are passed over, as the specification has it.
    ///
    /// # Errors
    /// [`NoteError::Checkpoint`].
    pub fn of(note: &Note) -> Result<Self, NoteError> {
        let mut lines = note.text.strip_suffix('\n').unwrap_or(&note.text).split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        let size = decimal(size).ok_or(NoteError::Checkpoint)?;
        let root = hash(root).ok_or(NoteError::Checkpoint)?;
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(NoteError::Checkpoint);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))
    }
}

/// A hash as a line of base64.
pub(crate) fn hash(line: &str) -> Option<Hash> {
    STANDARD.decode(line).ok()?.try_into().ok()
}

/// A decimal number without needless zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let proper = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    proper.then(|| text.parse().ok()).flatten()
}
