//! The seal of an instance's logs: signed checkpoints of the tree over the access log, other instances' cosignatures under
//! them, and what this instance has cosigned for others.
//!
//! The event log is bound in as records of the access log, "events N HASH": the one tree stands for both.

mod bound;
mod file;
mod receipt;
mod witness;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;

pub use bound::Bound;
pub use receipt::Receipt;
pub use witness::{Request, Turned};

use crate::note::{Checkpoint, Kind, Note, NoteError, Signature, Signer, VerifyKey};
use crate::{InstanceKeys, LogError, RecordLog};

/// Name of the file with the last checkpoint.
const LAST: &str = "checkpoint";

/// A checkpoint with its signatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// The note, as it is published.
    pub note: Note,
    /// What it says.
    pub checkpoint: Checkpoint,
}

/// Signs checkpoints of one record log, keeps the last of them, and cosigns those of others. `Send + Sync`.
///
/// Everything is in small files of their own, written whole or not at all: a checkpoint that cannot be written is told of
/// and stops no record.
pub struct Seals {
    dir: PathBuf,
    records: Arc<RecordLog>,
    keys: Arc<InstanceKeys>,
    signer: Signer,
    cosigner: Signer,
    last: Mutex<Option<Arc<Signed>>>,
    /// Held while the last checkpoint is replaced, so that nobody who reads it waits for the disk.
    replacing: Mutex<()>,
    witnessed: Mutex<()>,
    bound: AtomicU64,
}

impl Seals {
    /// Opens the seal kept in `dir` and holds the last checkpoint against the log. `origin` is the name on its checkpoints;
    /// if none is said it stays what it was, and is `kilde/<instance>` at first.
    ///
    /// # Errors
    /// [`LogError::Lost`] if the log is shorter than what was sealed, [`LogError::Damaged`] if it is another, and
    /// [`LogError::Note`] if the checkpoint is not this instance's.
    pub fn open(dir: &Path, records: Arc<RecordLog>, keys: &Arc<InstanceKeys>, origin: Option<&str>) -> Result<Self, LogError> {
        std::fs::create_dir_all(dir).map_err(|cause| LogError::io("create", dir, cause))?;
        let path = dir.join(LAST);
        let note = |cause| LogError::Note { path: path.clone(), cause };
        let last = file::read(&path)?.map(|text| own(keys, &text)).transpose().map_err(note)?;
        let origin = match (origin, &last) {
            (Some(origin), _) => origin.to_owned(),
            (None, Some(last)) => last.checkpoint.origin.clone(),
            (None, None) => format!("kilde/{}", keys.instance()),
        };
        let seals = Self {
            dir: dir.to_owned(),
            signer: Signer::new(&origin, Kind::Note, keys.record_key("checkpoints"))?,
            cosigner: Signer::new(&format!("{origin}/witness"), Kind::Cosignature, keys.record_key("cosignatures"))?,
            records,
            keys: keys.clone(),
            last: Mutex::new(None),
            replacing: Mutex::new(()),
            witnessed: Mutex::new(()),
            bound: AtomicU64::new(0),
        };
        if let Some(signed) = last {
            seals.check(&signed.checkpoint)?;
            // After a change of name the old checkpoint still holds, but is no longer the one to publish.
            if signed.checkpoint.origin == origin {
                *seals.last.lock() = Some(Arc::new(signed));
            }
        }
        Ok(seals)
    }

    /// Reads a checkpoint that this instance has signed, under whatever name it had then.
    ///
    /// # Errors
    /// [`NoteError`] if it is none, or another's.
    pub fn own(&self, text: &str) -> Result<Signed, NoteError> {
        own(&self.keys, text)
    }

    /// The key that verifies its checkpoints; its name is the origin.
    pub fn key(&self) -> &VerifyKey {
        self.signer.public()
    }

    /// The key that verifies what it cosigns for others.
    pub fn witness_key(&self) -> &VerifyKey {
        self.cosigner.public()
    }

    /// The log that it seals.
    pub fn records(&self) -> &RecordLog {
        &self.records
    }

    /// The file with the last checkpoint.
    pub fn path(&self) -> PathBuf {
        self.dir.join(LAST)
    }

    /// The last checkpoint; `None` when nothing was sealed yet.
    pub fn last(&self) -> Option<Arc<Signed>> {
        self.last.lock().clone()
    }

    /// Whether the log begins with what a checkpoint says.
    ///
    /// # Errors
    /// [`LogError::Lost`] if it is shorter, [`LogError::Damaged`] if it is another.
    pub fn check(&self, checkpoint: &Checkpoint) -> Result<(), LogError> {
        let Some(tree) = self.records.tree_of(checkpoint.size) else {
            return Err(LogError::Lost {
                path: self.dir.clone(),
                found: self.records.last(),
                acknowledged: checkpoint.size,
            });
        };
        if tree.root()? != checkpoint.root {
            let what = "the records up to here are not those of the checkpoint: something was changed at or before this one";
            return Err(LogError::damaged("tiles", checkpoint.size, what));
        }
        Ok(())
    }

    /// Signs the tree as it is, unless the last checkpoint is of this very tree, and keeps it. What does not begin with the
    /// tree that was signed last is never signed.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), of the store, or of the file.
    pub fn sign(&self) -> Result<Arc<Signed>, LogError> {
        let _alone = self.replacing.lock();
        let tree = self.records.tree();
        if let Some(last) = self.last() {
            self.check(&last.checkpoint)?;
            if last.checkpoint.size == tree.size() {
                return Ok(last);
            }
        }
        let checkpoint = Checkpoint {
            origin: self.key().name().to_owned(),
            size: tree.size(),
            root: tree.root()?,
        };
        let text = checkpoint.to_string();
        let signature = self.signer.sign(&text, 0)?;
        let note = Note {
            text,
            signatures: vec![signature],
        };
        file::write(&self.path(), &note.to_string())?;
        let signed = Arc::new(Signed { note, checkpoint });
        *self.last.lock() = Some(signed.clone());
        Ok(signed)
    }

    /// A checkpoint over at least so many records: the last, or a new one.
    ///
    /// # Errors
    /// Those of [`sign`](Self::sign).
    pub fn over(&self, records: u64) -> Result<Arc<Signed>, LogError> {
        match self.last() {
            Some(last) if last.checkpoint.size >= records => Ok(last),
            _ => self.sign(),
        }
    }

    /// Puts a witness's cosignature under the last checkpoint, if it is still the one that was cosigned.
    ///
    /// # Errors
    /// [`NoteError`] if the line is not the witness's signature on it.
    pub fn cosigned(&self, of: &Signed, line: Signature, witness: &VerifyKey) -> Result<(), LogError> {
        let with = of.note.clone().with(line);
        let note = |cause| LogError::Note { path: self.path(), cause };
        with.verify([witness]).map_err(note)?;
        let _alone = self.replacing.lock();
        let Some(there) = self.last().filter(|there| there.note.text == of.note.text) else {
            return Ok(());
        };
        let Some(line) = with.signatures.last() else { return Ok(()) };
        let mut signed = (*there).clone();
        signed.note = signed.note.with(line.clone());
        file::write(&self.path(), &signed.note.to_string())?;
        *self.last.lock() = Some(Arc::new(signed));
        Ok(())
    }
}

fn own(keys: &InstanceKeys, text: &str) -> Result<Signed, NoteError> {
    let signed = Signed::parse(text)?;
    let signer = Signer::new(&signed.checkpoint.origin, Kind::Note, keys.record_key("checkpoints"));
    signed.note.verify([signer.map_err(|_| NoteError::Checkpoint)?.public()])?;
    Ok(signed)
}

impl Signed {
    /// Reads a checkpoint with its signatures; none is verified.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let note = Note::parse(text)?;
        let checkpoint = Checkpoint::of(&note)?;
        Ok(Self { note, checkpoint })
    }
}
