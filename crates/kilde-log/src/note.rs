//! Signed notes (<https://c2sp.org/signed-note>), the checkpoints written as such (<https://c2sp.org/tlog-checkpoint>), and
//! witnesses' cosignatures under them (<https://c2sp.org/tlog-cosignature>, `cosignature/v1`). Ed25519 only.

mod checkpoint;
mod key;

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::{decimal, hash};
pub use key::{Kind, Signer, VerifyKey};

/// No note is longer: sixteen signatures have room many times over.
pub const MOST_BYTES: usize = 64 << 10;
/// No more signatures are looked at.
const MOST_SIGNATURES: usize = 64;

/// Why a note, a checkpoint or a key is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// It is not of the form of a signed note.
    #[error("it is no signed note")]
    Form,
    /// The text of the note is no checkpoint.
    #[error("it is no checkpoint")]
    Checkpoint,
    /// It is not of the form of a verifier key, or of a kind that is not known here.
    #[error("it is no Ed25519 verifier key")]
    Key,
    /// None of the trusted keys has signed it.
    #[error("no trusted key has signed it")]
    Unsigned,
    /// A signature that names a trusted key is not that key's.
    #[error("a signature does not verify")]
    Forged,
}

/// A text with signatures under it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What is signed; ends with a line feed.
    pub text: String,
    /// Signatures, verified or not.
    pub signatures: Vec<Signature>,
}

/// A line under a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// The first four bytes of a hash over name, kind and key: tells keys of one name apart.
    pub id: [u8; 4],
    /// What follows the id.
    pub bytes: Vec<u8>,
}

impl Note {
    /// Reads a note. Nothing is verified.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > MOST_BYTES || text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Form);
        }
        let end = text.rfind("\n\n").ok_or(NoteError::Form)? + 1;
        let (text, lines) = (&text[..end], &text[end + 1..]);
        let signatures = signature_lines(lines)?;
        if signatures.is_empty() {
            return Err(NoteError::Form);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The keys, of those that are trusted, that have signed it: for a cosignature with its time in seconds.
    ///
    /// # Errors
    /// [`NoteError::Forged`] if a line that names one of them is not its signature, [`NoteError::Unsigned`] if none has signed.
    pub fn verify<'a>(&self, trusted: impl IntoIterator<Item = &'a VerifyKey>) -> Result<Vec<(&'a VerifyKey, Option<u64>)>, NoteError> {
        let mut found = Vec::new();
        for key in trusted {
            for line in self.signatures.iter().filter(|line| key.has_signed(line)) {
                found.push((key, key.verify(&self.text, &line.bytes)?));
            }
        }
        if found.is_empty() { Err(NoteError::Unsigned) } else { Ok(found) }
    }

    /// The same note with a further signature; one of the same key takes its place.
    pub fn with(mut self, signature: Signature) -> Self {
        self.signatures
            .retain(|other| (&other.name, other.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
        self
    }
}

/// Reads the lines of signatures under a note, as a witness answers them too.
///
/// # Errors
/// [`NoteError::Form`].
pub fn signature_lines(lines: &str) -> Result<Vec<Signature>, NoteError> {
    let mut signatures = Vec::new();
    let mut rest = lines;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').ok_or(NoteError::Form)?;
        signatures.push(Signature::parse(line).ok_or(NoteError::Form)?);
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Form);
        }
        rest = after;
    }
    Ok(signatures)
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, value) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        if !is_name(name) {
            return None;
        }
        let value = STANDARD.decode(value).ok()?;
        let (id, bytes) = value.split_first_chunk::<4>()?;
        (!bytes.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = [&self.id[..], &self.bytes].concat();
        writeln!(f, "\u{2014} {} {}", self.name, STANDARD.encode(value))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

/// A key's name: not empty, no spaces, no plus.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ')
}
