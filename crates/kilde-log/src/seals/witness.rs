//! The witness protocol (<https://c2sp.org/tlog-witness>): what a log sends to another instance, and how that one judges it.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Seals, Signed, file};
use crate::LogError;
use crate::merkle::{Hash, sha256, verify_consistency};
use crate::note::{Kind, NoteError, VerifyKey, decimal, hash};

/// A proof has no more lines.
const MOST_LINES: usize = 63;

/// What a log sends: the size that the witness knows, the proof from there, the new checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Leaves of the checkpoint that the witness cosigned last; 0 if none.
    pub old: u64,
    /// Proof of consistency.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub signed: Signed,
}

/// Why a witness does not cosign; each is a status of the protocol.
#[derive(Debug, thiserror::Error)]
pub enum Turned {
    /// 400: not of the form of a request, or the old size is beyond the new one.
    #[error("the request is not of the form that tlog-witness specifies")]
    Form,
    /// 404: the log is none that this instance cosigns for.
    #[error("this instance does not witness that log")]
    UnknownLog,
    /// 403: no key that is trusted for the log has signed it.
    #[error("no trusted key of that log has signed the checkpoint")]
    Unsigned,
    /// 409: another size was cosigned last, which is told; or the same size with another root.
    #[error("the last cosigned checkpoint has {0} leaves")]
    Conflict(u64),
    /// 422: the proof does not prove it.
    #[error("the new tree does not begin with the one that was cosigned last")]
    Inconsistent,
    /// 503: what was seen could not be kept, so nothing is signed.
    #[error("{0}")]
    Unkept(#[from] LogError),
}

impl Turned {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Turned::Form => 400,
            Turned::Unsigned => 403,
            Turned::UnknownLog => 404,
            Turned::Conflict(_) => 409,
            Turned::Inconsistent => 422,
            Turned::Unkept(_) => 503,
        }
    }
}

impl Request {
    /// Reads the body of `add-checkpoint`.
    ///
    /// # Errors
    /// [`NoteError::Form`], [`NoteError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(NoteError::Form)?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal)
            .ok_or(NoteError::Form)?;
        let proof = lines.map(hash).take(MOST_LINES + 1).collect::<Option<Vec<Hash>>>();
        let proof = proof.ok_or(NoteError::Form)?;
        if proof.len() > MOST_LINES {
            return Err(NoteError::Form);
        }
        Ok(Self {
            old,
            proof,
            signed: Signed::parse(checkpoint)?,
        })
    }
}

/// The body of `add-checkpoint`.
impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.signed.note)
    }
}

impl Seals {
    /// What to send to a witness that cosigned a tree of `old` leaves last; `None` when this log never was so large.
    ///
    /// # Errors
    /// Those of the tiles.
    pub fn request(&self, signed: &Signed, old: u64) -> Result<Option<Request>, LogError> {
        let Some(tree) = self.records.tree_of(signed.checkpoint.size) else {
            return Ok(None);
        };
        Ok(tree.consistency(old)?.map(|proof| Request {
            old,
            proof,
            signed: signed.clone(),
        }))
    }

    /// Judges another log's checkpoint, as a witness. It is cosigned if a trusted key of its log has signed it and its tree
    /// begins with the one that was cosigned last; what was seen is durable before this returns the line.
    ///
    /// # Errors
    /// [`Turned`].
    pub fn cosign(&self, body: &str, trusted: &[VerifyKey], now_s: u64) -> Result<String, Turned> {
        let Request { old, proof, signed } = Request::parse(body).map_err(|_| Turned::Form)?;
        let new = &signed.checkpoint;
        let mut keys = trusted
            .iter()
            .filter(|key| key.kind() == Kind::Note && key.name() == new.origin)
            .peekable();
        if keys.peek().is_none() {
            return Err(Turned::UnknownLog);
        }
        signed.note.verify(keys).map_err(|_| Turned::Unsigned)?;
        if old > new.size || (old == 0 && !proof.is_empty()) {
            return Err(Turned::Form);
        }
        // One at a time: what was seen last is read and replaced as one step.
        let _alone = self.witnessed.lock();
        let known = self.witnessed(&new.origin)?.map(|known| known.checkpoint);
        let (size, root) = known.map_or((0, sha256(b"")), |known| (known.size, known.root));
        if old != size || (old == new.size && root != new.root) {
            return Err(Turned::Conflict(size));
        }
        if !verify_consistency(old, &root, new.size, &new.root, &proof) {
            return Err(Turned::Inconsistent);
        }
        let line = self.cosigner.sign(&signed.note.text, now_s)?;
        let kept = signed.note.clone().with(line.clone());
        std::fs::create_dir_all(self.dir.join("witnessed")).map_err(|cause| LogError::io("create", &self.dir, cause))?;
        file::write(&self.witnessed_path(&new.origin), &kept.to_string())?;
        Ok(line.to_string())
    }

    /// The checkpoint of another log that was cosigned last.
    ///
    /// # Errors
    /// If the file cannot be read, or is no checkpoint.
    pub fn witnessed(&self, origin: &str) -> Result<Option<Signed>, LogError> {
        let path = self.witnessed_path(origin);
        let Some(text) = file::read(&path)? else { return Ok(None) };
        let signed = Signed::parse(&text).map_err(|cause| LogError::Note { path: path.clone(), cause })?;
        // What was kept is what was signed here; a file that anybody could have put there is not believed.
        signed
            .note
            .verify([self.witness_key()])
            .map_err(|cause| LogError::Note { path, cause })?;
        Ok(Some(signed))
    }

    fn witnessed_path(&self, origin: &str) -> PathBuf {
        let name: String = sha256(origin.as_bytes())[..16].iter().map(|b| format!("{b:02x}")).collect();
        self.dir.join("witnessed").join(name)
    }
}
