//! What proves one record to a stranger: the part that may be told, its salt, what stands for the rest, and the way to the
//! root of a signed checkpoint.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Seals, Signed};
use crate::merkle::{Hash, verify_inclusion};
use crate::note::{NoteError, decimal, hash};
use crate::records::{SALT, commitment, leaf};
use crate::{LogError, StoredRecord};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A proof of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The record's number, from 1.
    pub no: u64,
    /// What it says.
    pub body: Vec<u8>,
    /// The salt of that part.
    pub salt: [u8; SALT],
    /// What stands for the part that is kept back.
    pub kept: Hash,
    /// The proof with the checkpoint, as <https://c2sp.org/tlog-proof> writes it.
    pub proof: String,
}

impl Receipt {
    /// Whether the record is in the tree of the checkpoint that the proof ends with. Who has signed the checkpoint is for the
    /// caller to ask ([`crate::note::Note::verify`]).
    ///
    /// # Errors
    /// [`NoteError::Form`] or [`NoteError::Checkpoint`] if the proof is not of its form, [`NoteError::Forged`] if it does not
    /// prove the record.
    pub fn check(&self) -> Result<Signed, NoteError> {
        let (head, checkpoint) = self.proof.split_once("\n\n").ok_or(NoteError::Form)?;
        let mut lines = head.split('\n');
        let index = match (lines.next(), lines.next().and_then(|line| line.strip_prefix("index "))) {
            (Some(FIRST_LINE), Some(index)) => decimal(index).ok_or(NoteError::Form)?,
            _ => return Err(NoteError::Form),
        };
        let hashes = lines.take(65).map(hash).collect::<Option<Vec<Hash>>>().ok_or(NoteError::Form)?;
        let signed = Signed::parse(checkpoint)?;
        let leaf = leaf(&commitment(&self.salt, &self.body), &self.kept);
        let there = verify_inclusion(&leaf, index, signed.checkpoint.size, &hashes, &signed.checkpoint.root);
        if there && index.checked_add(1) == Some(self.no) {
            Ok(signed)
        } else {
            Err(NoteError::Forged)
        }
    }
}

impl Seals {
    /// The receipt of a record, over the last checkpoint that has it in its tree, or a new one.
    ///
    /// # Errors
    /// Those of [`over`](Self::over) and of the tiles.
    pub fn receipt(&self, record: &StoredRecord) -> Result<Receipt, LogError> {
        let signed = self.over(record.no)?;
        let missing = || LogError::Missing {
            family: "tiles",
            key: record.no,
        };
        let tree = self.records.tree_of(signed.checkpoint.size).ok_or_else(missing)?;
        let hashes = tree.inclusion(record.no - 1)?.ok_or_else(missing)?;
        let mut proof = format!("{FIRST_LINE}\nindex {}\n", record.no - 1);
        for hash in hashes {
            let _ = writeln!(proof, "{}", STANDARD.encode(hash));
        }
        let _ = write!(proof, "\n{}", signed.note);
        Ok(Receipt {
            no: record.no,
            body: record.body.clone(),
            salt: record.salts[0],
            kept: record.kept_commitment(),
            proof,
        })
    }
}
