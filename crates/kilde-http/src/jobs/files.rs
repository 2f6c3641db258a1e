//! The files of jobs: sealed with a key of the instance, written whole or not at all, durable.

use kilde_log::Subkey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the files are, and what they are sealed with.
pub struct Files {
    dir: PathBuf,
    key: Subkey,
}

impl Files {
    /// Opens the directory. Drafts that a crash left are removed.
    ///
    /// # Errors
    /// It cannot be made or read.
    pub fn open(dir: &Path, key: Subkey) -> io::Result<Files> {
        std::fs::create_dir_all(dir)?;
        let files = Files { dir: dir.to_owned(), key };
        for path in files.listed()? {
            if path.extension().is_some_and(|e| e == "new") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(files)
    }

    fn listed(&self) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(&self.dir)?.map(|entry| Ok(entry?.path())).collect()
    }

    /// The path of a file of a job; `None` for what is no id of ours.
    pub fn path(&self, kind: &str, id: &str) -> Option<PathBuf> {
        let proper = id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        proper.then(|| self.dir.join(format!("{id}.{kind}")))
    }

    /// Ids of the jobs that have a file of that kind.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn ids(&self, kind: &str) -> io::Result<Vec<String>> {
        let of_kind = |path: PathBuf| {
            let id = path.file_stem()?.to_str()?.to_owned();
            (path.extension()?.to_str()? == kind).then_some(id)
        };
        Ok(self.listed()?.into_iter().filter_map(of_kind).collect())
    }

    /// Writes a record; when it returns, the record is durable.
    ///
    /// # Errors
    /// The disk refused.
    pub fn put<T: Serialize>(&self, kind: &str, id: &str, value: &T) -> io::Result<()> {
        let path = self.path(kind, id).ok_or(io::ErrorKind::InvalidInput)?;
        let sealed = self.seal(&format!("{kind} {id}"), &serde_json::to_vec(value)?)?;
        let draft = path.with_extension("new");
        let mut file = File::create(&draft)?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&draft, &path)?;
        self.sync()
    }

    /// Reads a record; `None` if there is none.
    ///
    /// # Errors
    /// The disk refused, or the record is damaged.
    pub fn get<T: DeserializeOwned>(&self, kind: &str, id: &str) -> io::Result<Option<T>> {
        let Some(path) = self.path(kind, id) else { return Ok(None) };
        let sealed = match std::fs::read(path) {
            Ok(sealed) => sealed,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(cause),
        };
        let plain = self.open_sealed(&format!("{kind} {id}"), &sealed)?;
        Ok(Some(serde_json::from_slice(&plain)?))
    }

    /// Removes every file of a job.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove_all(&self, id: &str) -> io::Result<()> {
        for path in self.listed()? {
            if path.file_stem().is_some_and(|stem| stem == id) {
                std::fs::remove_file(path)?;
            }
        }
        self.sync()
    }

    /// Removes one file of a job, if it is there.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove(&self, kind: &str, id: &str) -> io::Result<()> {
        let Some(path) = self.path(kind, id) else { return Ok(()) };
        match std::fs::remove_file(path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
            _ => self.sync(),
        }
    }

    /// Makes names in the directory durable.
    ///
    /// # Errors
    /// The disk refused.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }

    /// Seals bytes for a place.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn seal(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.key.seal(place.as_bytes(), plain).map_err(io::Error::other)
    }

    /// Opens what was sealed for a place.
    ///
    /// # Errors
    /// It was not.
    pub fn open_sealed(&self, place: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        self.key
            .open(place.as_bytes(), sealed)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a job's file is damaged"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use kilde_log::{Instance, InstanceKeys, MasterKey};

    pub fn files(dir: &Path) -> Files {
        let instance = Instance::parse("9901").expect("four digits");
        let keys = InstanceKeys::open_or_create(&dir.join("instance.key"), &instance, &MasterKey::from_bytes([7; 32])).expect("keys");
        Files::open(&dir.join("jobs"), keys.subkey("jobs")).expect("a directory")
    }

    #[test]
    fn records_are_sealed_durable_and_bound_to_their_place() {
        let dir = tempfile::tempdir().expect("a folder");
        let files = files(dir.path());
        let (a, b) = (crate::jobs::new_id(), crate::jobs::new_id());
        files.put("export", &a, &"hemmelig").expect("written");
        assert_eq!(files.get::<String>("export", &a).expect("read").as_deref(), Some("hemmelig"));
        let path = files.path("export", &a).expect("a path");
        let bytes = std::fs::read(&path).expect("a file");
        assert!(!bytes.windows(8).any(|w| w == b"hemmelig"));
        std::fs::copy(&path, files.path("export", &b).expect("a path")).expect("copied");
        assert!(files.get::<String>("export", &b).is_err(), "sealed for another job");
        assert_eq!(files.ids("export").expect("listed").len(), 2);
        files.remove_all(&a).expect("removed");
        assert_eq!(files.get::<String>("export", &a).expect("read"), None);
    }

    #[test]
    fn no_id_leads_out_of_the_directory() {
        let dir = tempfile::tempdir().expect("a folder");
        let files = files(dir.path());
        for id in [
            "../instance",
            "",
            "ABC",
            "0123456789abcdef0123456789abcde/",
            "0123456789abcdef0123456789abcdeG",
        ] {
            assert!(
                files.path("export", id).is_none() && files.get::<String>("export", id).expect("none").is_none(),
                "{id}"
            );
        }
    }

    #[test]
    fn what_a_crash_left_half_written_is_removed() {
        let dir = tempfile::tempdir().expect("a folder");
        drop(files(dir.path()));
        let draft = dir.path().join("jobs/0123456789abcdef0123456789abcdef.new");
        std::fs::write(&draft, b"x").expect("written");
        files(dir.path());
        assert!(!draft.exists());
    }
}
