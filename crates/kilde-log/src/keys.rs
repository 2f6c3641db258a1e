//! Keys: the master key from outside, the instance key it wraps, and the keys derived from that.

mod data;
mod file;
mod master;

use std::path::Path;

pub(crate) use data::DataKey;
pub use data::Subkey;
pub(crate) use file::sync_parent;
pub use master::MasterKey;

use crate::{Instance, LogError};

/// The opened keys of one instance. Everything derives from one random key that lies wrapped in a file.
///
/// Subkeys are derived per purpose (blake3 `derive_key`), so that no key serves two ends:
/// wrapping persons' data keys, envelopes, the instance's own data, identities, message keys, the record
/// logs, the quarantine, and whatever [`InstanceKeys::subkey`] is asked for.
pub struct InstanceKeys {
    instance: Instance,
    root: DataKey,
    pub(crate) wrapping: DataKey,
    pub(crate) envelope: DataKey,
    pub(crate) own: DataKey,
    pub(crate) quarantine: DataKey,
    identity: DataKey,
    message: DataKey,
}

impl InstanceKeys {
    /// Creates a random instance key and writes it, wrapped, to `file`. Refuses when the file exists.
    pub fn create(file: &Path, instance: &Instance, master: &MasterKey) -> Result<Self, LogError> {
        let root = DataKey::random()?;
        file::write(file, instance, master, &root)?;
        Ok(Self::from_root(*instance, root))
    }

    /// Opens the instance key wrapped in `file`.
    pub fn open(file: &Path, instance: &Instance, master: &MasterKey) -> Result<Self, LogError> {
        Ok(Self::from_root(*instance, file::read(file, instance, master)?))
    }

    /// Opens the instance key, or creates it when there is no file yet. Data sealed with a lost key is not
    /// taken over by a new one: opening such data with the new key is refused.
    pub fn open_or_create(file: &Path, instance: &Instance, master: &MasterKey) -> Result<Self, LogError> {
        match Self::open(file, instance, master) {
            Err(LogError::Io { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => Self::create(file, instance, master),
            other => other,
        }
    }

    fn from_root(instance: Instance, root: DataKey) -> Self {
        let sub = |purpose| derive(&root, purpose);
        Self {
            instance,
            wrapping: sub("person-key wrapping"),
            envelope: sub("envelope"),
            own: sub("own data"),
            quarantine: sub("quarantine"),
            identity: sub("person identity"),
            message: sub("message key"),
            root,
        }
    }

    /// The instance they belong to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// A key for another purpose. Two different purposes give unrelated keys; the names above are kept apart.
    pub fn subkey(&self, purpose: &'static str) -> Subkey {
        Subkey::new(derive(&self.root, &format!("other: {purpose}")))
    }

    pub(crate) fn record_key(&self, purpose: &str) -> DataKey {
        derive(&self.root, &format!("records: {purpose}"))
    }

    /// A value by which a store recognises the instance key its contents were sealed with.
    pub(crate) fn check(&self) -> [u8; 16] {
        short(derive(&self.root, "check").bytes())
    }

    pub(crate) fn identity_hash(&self, identity: &str) -> [u8; 16] {
        short(blake3::keyed_hash(self.identity.bytes(), identity.as_bytes()).as_bytes())
    }

    pub(crate) fn message_hash(&self, key: &[u8]) -> [u8; 16] {
        short(blake3::keyed_hash(self.message.bytes(), key).as_bytes())
    }
}

impl std::fmt::Debug for InstanceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InstanceKeys({})", self.instance)
    }
}

fn derive(root: &DataKey, purpose: &str) -> DataKey {
    DataKey::from_bytes(blake3::derive_key(&format!("kilde-log 1 {purpose}"), root.bytes()))
}

fn short(hash: &[u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash[..16]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Instance {
        Instance::parse("9901").unwrap()
    }

    #[test]
    fn the_key_survives_and_a_wrong_master_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("instance.key");
        let master = MasterKey::from_bytes([7; 32]);
        let made = InstanceKeys::open_or_create(&file, &instance(), &master).unwrap();
        let opened = InstanceKeys::open_or_create(&file, &instance(), &master).unwrap();
        assert_eq!(made.check(), opened.check());
        assert_eq!(made.identity_hash("Patient/a"), opened.identity_hash("Patient/a"));
        let wrong = InstanceKeys::open_or_create(&file, &instance(), &MasterKey::from_bytes([8; 32]));
        assert!(matches!(wrong, Err(LogError::WrongMasterKey { .. })), "{wrong:?}");
        let other = InstanceKeys::open(&file, &Instance::parse("9902").unwrap(), &master);
        assert!(matches!(other, Err(LogError::OtherInstance { .. })), "{other:?}");
        assert!(matches!(
            InstanceKeys::create(&file, &instance(), &master),
            Err(LogError::Io { .. })
        ));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_the_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("instance.key");
        let master = MasterKey::from_bytes([7; 32]);
        InstanceKeys::create(&file, &instance(), &master).unwrap();
        let good = std::fs::read(&file).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&file, &bad).unwrap();
            assert!(InstanceKeys::open(&file, &instance(), &master).is_err(), "byte {at}");
            std::fs::write(&file, &good[..at]).unwrap();
            assert!(InstanceKeys::open(&file, &instance(), &master).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn purposes_are_kept_apart() {
        let keys = InstanceKeys::from_root(instance(), DataKey::random().unwrap());
        assert_ne!(keys.subkey("index").hash(b"x"), keys.subkey("cursor").hash(b"x"));
        assert_ne!(keys.identity_hash("x"), keys.message_hash(b"x"));
        assert_ne!(keys.envelope.bytes(), derive(&keys.root, "other: envelope").bytes());
    }
}
