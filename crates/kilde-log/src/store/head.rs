//! A small file beside the data that remembers the last durable number.
//!
//! Recovery cannot tell a record that was cut off while it was being written (never acknowledged, rightly
//! dropped) from an acknowledged one whose length was damaged later: both look like a torn end. This file can.
//! It is written after the commit is durable, without a sync of its own: it survives a killed process, and
//! after a power cut it can only be behind, never ahead. Two slots are written in turn.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::LogError;

const NAME: &str = "head";
const SLOT: usize = 16;

pub(super) struct HeadFile {
    file: File,
    path: PathBuf,
    acknowledged: AtomicU64,
    second_next: AtomicBool,
}

impl HeadFile {
    /// Whether a store's directory has the file: it is made last, when the store is there.
    pub(super) fn exists(dir: &Path) -> bool {
        dir.join(NAME).exists()
    }

    /// Makes the file, durably.
    pub(super) fn create(dir: &Path) -> Result<(), LogError> {
        let path = dir.join(NAME);
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|file| file.sync_all());
        made.map_err(|cause| LogError::io("create", &path, cause))?;
        crate::keys::sync_parent(&path)
    }

    /// Makes the file of a copy, durably: up to this number everything is in it.
    pub(super) fn create_at(dir: &Path, acknowledged: u64) -> Result<(), LogError> {
        Self::create(dir)?;
        let head = Self::open(dir)?;
        head.note(acknowledged)?;
        head.sync()
    }

    /// Opens the file in a store's directory.
    pub(super) fn open(dir: &Path) -> Result<Self, LogError> {
        let path = dir.join(NAME);
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let file = options.open(&path).map_err(|cause| LogError::io("open", &path, cause))?;
        let bytes = std::fs::read(&path).map_err(|cause| LogError::io("read", &path, cause))?;
        let slots = [bytes.get(..SLOT), bytes.get(SLOT..2 * SLOT)];
        let written = slots.iter().flatten().count();
        let [first, second] = slots.map(|slot| slot.and_then(read_slot));
        let best = first.max(second);
        let acknowledged = match best {
            Some(no) => no,
            // A store that was never written to, or whose first note did not reach the disk.
            None if written == 0 || bytes.iter().all(|byte| *byte == 0) => 0,
            None => return Err(LogError::damaged("head file", 0, "neither slot can be read")),
        };
        Ok(Self {
            file,
            path,
            acknowledged: AtomicU64::new(acknowledged),
            second_next: AtomicBool::new(first >= second),
        })
    }

    /// The last number known to have been durable.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    /// Notes that everything up to `no` is durable.
    pub(super) fn note(&self, no: u64) -> Result<(), LogError> {
        self.acknowledged.fetch_max(no, Ordering::AcqRel);
        let second = self.second_next.fetch_xor(true, Ordering::AcqRel);
        write_at(&self.file, &slot(no), if second { SLOT as u64 } else { 0 }).map_err(|cause| LogError::io("write", &self.path, cause))
    }

    pub(super) fn sync(&self) -> Result<(), LogError> {
        self.file.sync_all().map_err(|cause| LogError::io("sync", &self.path, cause))
    }
}

fn slot(no: u64) -> [u8; SLOT] {
    let mut out = [0; SLOT];
    out[..8].copy_from_slice(&no.to_be_bytes());
    out[8..].copy_from_slice(&check(no));
    out
}

fn read_slot(slot: &[u8]) -> Option<u64> {
    let no = u64::from_be_bytes(slot.get(..8)?.try_into().ok()?);
    (slot.get(8..)? == check(no)).then_some(no)
}

fn check(no: u64) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&blake3::derive_key("kilde-log 1 head file", &no.to_be_bytes())[..8]);
    out
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_readable_slot_counts() {
        let dir = tempfile::tempdir().unwrap();
        HeadFile::create(dir.path()).unwrap();
        let head = HeadFile::open(dir.path()).unwrap();
        assert_eq!(head.acknowledged(), 0);
        for no in [1, 2, 5, 6, 9] {
            head.note(no).unwrap();
        }
        assert_eq!(HeadFile::open(dir.path()).unwrap().acknowledged(), 9);
        let path = dir.path().join("head");
        let mut bytes = std::fs::read(&path).unwrap();
        let newest = if bytes[7] == 9 { 0 } else { SLOT };
        bytes[newest + 3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(HeadFile::open(dir.path()).unwrap().acknowledged(), 6);
        bytes[SLOT - newest + 1] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(HeadFile::open(dir.path()), Err(LogError::Damaged { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(HeadFile::open(dir.path()), Err(LogError::Io { .. })));
    }
}
