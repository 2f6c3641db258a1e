//! Keys that sign notes, and keys that verify them.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{NoteError, Signature, is_name};
use crate::LogError;
use crate::keys::DataKey;
use crate::merkle::sha256;

/// What a key signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The text of a note.
    Note = 1,
    /// The text with the time at which a witness saw it (`cosignature/v1`).
    Cosignature = 4,
}

/// A public key with its name, as `name+id+key` in text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyKey {
    name: String,
    kind: Kind,
    key: [u8; 32],
}

impl VerifyKey {
    /// Reads a verifier key (<https://c2sp.org/signed-note>, "vkey").
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (name, id, value) = match (parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(id), Some(value)) if is_name(name) => (name, id, value),
            _ => return Err(NoteError::Key),
        };
        let value = STANDARD.decode(value).map_err(|_| NoteError::Key)?;
        let (kind, key) = match value.split_first() {
            Some((1, key)) => (Kind::Note, key),
            Some((4, key)) => (Kind::Cosignature, key),
            _ => return Err(NoteError::Key),
        };
        let found = Self {
            name: name.to_owned(),
            kind,
            key: key.try_into().map_err(|_| NoteError::Key)?,
        };
        if hex(&found.id()) == id { Ok(found) } else { Err(NoteError::Key) }
    }

    /// Its name; of a log that is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> [u8; 4] {
        let hash = sha256(&[self.name.as_bytes(), &[b'\n', self.kind as u8], &self.key].concat());
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Whether the line says that it is this key's.
    pub(super) fn has_signed(&self, line: &Signature) -> bool {
        line.name == self.name && line.id == self.id()
    }

    /// The time, if it is a cosignature.
    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>, NoteError> {
        let (time, signature) = match self.kind {
            Kind::Note => (None, signature),
            Kind::Cosignature => {
                let (time, signature) = signature.split_first_chunk::<8>().ok_or(NoteError::Forged)?;
                (Some(u64::from_be_bytes(*time)).filter(|time| *time < 1 << 63), signature)
            }
        };
        let signed = match (self.kind, time) {
            (Kind::Note, _) => text.to_owned(),
            (Kind::Cosignature, Some(time)) => cosigned(time, text),
            (Kind::Cosignature, None) => return Err(NoteError::Forged),
        };
        UnparsedPublicKey::new(&ED25519, &self.key)
            .verify(signed.as_bytes(), signature)
            .map(|()| time)
            .map_err(|_| NoteError::Forged)
    }
}

impl fmt::Display for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = [&[self.kind as u8][..], &self.key].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(value))
    }
}

/// A key that signs. Its seed is wiped when it is dropped.
pub struct Signer {
    seed: DataKey,
    public: VerifyKey,
}

impl Signer {
    /// # Errors
    /// If the library does not take the seed, or the name is none.
    pub(crate) fn new(name: &str, kind: Kind, seed: DataKey) -> Result<Self, LogError> {
        let pair = pair(&seed)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| LogError::Sealing)?;
        if !is_name(name) {
            return Err(LogError::Origin);
        }
        let name = name.to_owned();
        Ok(Self {
            seed,
            public: VerifyKey { name, kind, key },
        })
    }

    /// The key that verifies.
    pub fn public(&self) -> &VerifyKey {
        &self.public
    }

    /// Signs the text of a note; as a witness with the time, in seconds.
    ///
    /// # Errors
    /// [`LogError::Sealing`].
    pub fn sign(&self, text: &str, now_s: u64) -> Result<Signature, LogError> {
        let pair = pair(&self.seed)?;
        let bytes = match self.public.kind {
            Kind::Note => pair.sign(text.as_bytes()).as_ref().to_vec(),
            Kind::Cosignature => {
                let signature = pair.sign(cosigned(now_s, text).as_bytes());
                [&now_s.to_be_bytes()[..], signature.as_ref()].concat()
            }
        };
        Ok(Signature {
            name: self.public.name.clone(),
            id: self.public.id(),
            bytes,
        })
    }
}

fn pair(seed: &DataKey) -> Result<Ed25519KeyPair, LogError> {
    Ed25519KeyPair::from_seed_unchecked(seed.bytes()).map_err(|_| LogError::Sealing)
}

fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
