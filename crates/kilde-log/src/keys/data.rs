//! A data key, and the key given out for other purposes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::LogError;

/// 32 secret bytes, wiped when dropped. Never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct DataKey([u8; 32]);

impl DataKey {
    pub(crate) fn random() -> Result<Self, LogError> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| LogError::Sealing)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// A key derived from the instance key for one purpose of another crate: keyed hashes and sealed values.
#[derive(Clone)]
pub struct Subkey {
    hashing: DataKey,
    sealing: DataKey,
}

impl Subkey {
    pub(crate) fn new(root: DataKey) -> Self {
        let sub = |name| DataKey::from_bytes(blake3::derive_key(name, root.bytes()));
        Self {
            hashing: sub("kilde-log 1 subkey hashing"),
            sealing: sub("kilde-log 1 subkey sealing"),
        }
    }

    /// A keyed hash: equal for equal input, and says nothing about the input to who lacks the key.
    pub fn hash(&self, data: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(self.hashing.bytes(), data).as_bytes()
    }

    /// Seals a small value (a cursor, a setting), bound to `context`. Gives `nonce | ciphertext | tag`.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, LogError> {
        let nonce = crate::seal::fresh_nonce()?;
        let mut out = Vec::with_capacity(NONCE_LEN + plain.len() + 16);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let tag = self
            .key()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut out[NONCE_LEN..])
            .map_err(|_| LogError::Sealing)?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what [`Subkey::seal`] made with the same context; `None` for anything else.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = sealed.get(..NONCE_LEN)?.try_into().ok()?;
        let mut body = sealed.get(NONCE_LEN..)?.to_vec();
        let len = self
            .key()
            .ok()?
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
            .ok()?
            .len();
        body.truncate(len);
        Some(body)
    }

    fn key(&self) -> Result<LessSafeKey, LogError> {
        UnboundKey::new(&AES_256_GCM, self.sealing.bytes())
            .map(LessSafeKey::new)
            .map_err(|_| LogError::Sealing)
    }
}

impl std::fmt::Debug for Subkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subkey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_with_its_context_only() {
        let key = Subkey::new(DataKey::random().unwrap());
        let sealed = key.seal(b"cursor", b"page 2").unwrap();
        assert_eq!(key.open(b"cursor", &sealed).as_deref(), Some(&b"page 2"[..]));
        assert_eq!(key.open(b"other", &sealed), None);
        assert_eq!(Subkey::new(DataKey::random().unwrap()).open(b"cursor", &sealed), None);
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(key.open(b"cursor", &bad), None);
            assert_eq!(key.open(b"cursor", &sealed[..at]), None);
        }
    }
}
