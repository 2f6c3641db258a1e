//! The master key: 32 bytes from outside the data directory.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use zeroize::{Zeroize, Zeroizing};

use super::DataKey;
use crate::LogError;

/// A key from outside: the one that wraps instance keys, or one that seals backups. It comes from outside: a file on other storage, later a key service.
#[derive(Clone)]
pub struct MasterKey(DataKey);

impl MasterKey {
    /// A key that was obtained in some other way.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(DataKey::from_bytes(bytes))
    }

    /// Reads a key file: 64 hexadecimal digits, white space around them allowed.
    pub fn read_file(path: &Path) -> Result<Self, LogError> {
        let text = Zeroizing::new(std::fs::read(path).map_err(|cause| LogError::io("read", path, cause))?);
        let wrong = || LogError::KeyFile {
            path: path.to_owned(),
            what: "expected 64 hexadecimal digits",
        };
        let digits = text.trim_ascii();
        if digits.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])
                .zip(hex(pair[1]))
                .map(|(high, low)| high << 4 | low)
                .ok_or_else(wrong)?;
        }
        let key = Self::from_bytes(bytes);
        bytes.zeroize();
        Ok(key)
    }

    /// Creates a random key and writes it to a new file that only its owner can read. Refuses when the file exists.
    pub fn create_file(path: &Path) -> Result<Self, LogError> {
        let key = Self(DataKey::random()?);
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in key.bytes() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|cause| LogError::io("create", path, cause))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|cause| LogError::io("write", path, cause))?;
        super::file::sync_parent(path)?;
        Ok(key)
    }

    /// A key for a purpose that is not an instance's: sealing backups. Unrelated to those that wrap instance keys.
    pub fn subkey(&self, purpose: &'static str) -> super::Subkey {
        let root = blake3::derive_key(&format!("kilde-log 1 outside: {purpose}"), self.bytes());
        super::Subkey::new(DataKey::from_bytes(root))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.bytes()
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_created_key_is_read_again_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let key = MasterKey::create_file(&path).unwrap();
        assert_eq!(MasterKey::read_file(&path).unwrap().bytes(), key.bytes());
        assert!(MasterKey::create_file(&path).is_err());
        assert_eq!(format!("{key:?}"), "MasterKey(..)");
        std::fs::write(&path, "abc").unwrap();
        assert!(matches!(MasterKey::read_file(&path), Err(LogError::KeyFile { .. })));
        std::fs::write(&path, "z".repeat(64)).unwrap();
        assert!(matches!(MasterKey::read_file(&path), Err(LogError::KeyFile { .. })));
    }
}
