//! How backups of one instance and kind lie on disk. Everything but the marker is sealed, and bound to its name.
//!
//! ```text
//! FOLDER/9901/marker     kind, instance, and by what its key is known
//! FOLDER/9901/lock       one who writes at a time
//! FOLDER/9901/backups/00001-20261123T204455Z     files of that backup, and the parts that they are made of
//! FOLDER/9901/parts/3f/3f07...                   up to 16 MiB, named by a keyed hash of what is in it
//! ```
//! A part is written once, whoever needs it: so the next backup costs what is new. A file is written whole or not at all, durably, and the
//! list of a backup after all its parts: what was begun and not finished is no backup.

use super::size;
use super::still::Still;
use crate::assembly::guard;
use crate::rebuild::hex;
use anyhow::{Context, bail, ensure};
use indicatif::ProgressBar;
use jiff::Timestamp;
use kilde_log::{Instance, MasterKey, Subkey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

const FORMAT: u32 = 1;
/// Bytes of a part at most.
const PART: usize = 16 << 20;
/// What sealing adds to a part.
const SEAL: u64 = 12 + 16;

/// What is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Everything that is not derived, but the key ring.
    Content,
    /// The key ring.
    Keys,
}

impl Kind {
    /// What is copied, for the access log.
    pub fn told(self) -> &'static str {
        match self {
            Kind::Content => "the content, without the keys that open it",
            Kind::Keys => "the key ring, sealed",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Content => "content",
            Kind::Keys => "keys",
        }
    }
}

/// The list of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was copied.
    #[serde(with = "super::moment")]
    pub made: Timestamp,
    /// Everything up to this event is in it.
    pub event: u64,
    /// Everything up to this access-log entry is in it.
    pub entries: u64,
    /// Its files.
    pub files: Vec<Filed>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Where it lies below the instance's directory.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// What it is made of, in order.
    pub parts: Vec<String>,
}

impl Manifest {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

impl std::fmt::Display for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (event, entries, files) = (self.event, self.entries, self.files.len());
        write!(
            f,
            "event {event}, access-log entry {entries}, {files} files, {}",
            size(self.bytes())
        )
    }
}

/// What came of a backup.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// Its name.
    pub backup: String,
    /// Its files.
    pub files: usize,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Bytes of what no earlier backup had.
    pub new_bytes: u64,
    /// Everything up to this event is in it.
    pub event: u64,
    /// Everything up to this access-log entry is in it.
    pub access_entries: u64,
    #[serde(skip)]
    manifest: Manifest,
}

impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  {}, of it new {}", self.backup, self.manifest, size(self.new_bytes))
    }
}

/// What was thrown away.
#[derive(Debug, Default)]
pub struct Forgotten {
    /// Backups.
    pub backups: usize,
    /// Bytes of what only they held.
    pub bytes: u64,
}

/// What was found when everything was opened.
#[derive(Debug, Default)]
pub struct Examined {
    /// Backups.
    pub backups: usize,
    /// Bytes of parts that opened.
    pub bytes: u64,
    /// What is damaged or missing, and which file of which backup it is.
    pub wrong: Vec<String>,
}

/// Backups of one instance and kind.
pub struct Repository {
    dir: PathBuf,
    kind: Kind,
    instance: Instance,
    key: Subkey,
    _lock: File,
}

impl Repository {
    /// Opens the backups in a folder, or begins the first.
    pub fn open_or_create(folder: &Path, kind: Kind, instance: &Instance, key: &MasterKey) -> anyhow::Result<Self> {
        let dir = folder.join(instance.as_str());
        let marker = dir.join("marker");
        if !marker.exists() {
            guard::private_directory(&dir)?;
            let none = std::fs::read_dir(&dir)?.all(|item| item.is_ok_and(|item| item.file_name() == "marker.new"));
            ensure!(none, "{} holds something that is no backup", dir.display());
            for part in ["backups", "parts"] {
                guard::private_directory(&dir.join(part))?;
            }
            File::create(dir.join("lock"))?;
            let text = format!(
                "kilde backup {FORMAT} {} {} {}\n",
                kind.word(),
                instance.as_str(),
                check(&sealing(key))
            );
            write(&marker, text.as_bytes())?;
        }
        let repository = Self::open(folder, instance, key)?;
        ensure!(
            repository.kind == kind,
            "{} holds backups of another kind ({})",
            repository.dir.display(),
            repository.kind.word()
        );
        Ok(repository)
    }

    /// Opens the backups in a folder.
    pub fn open(folder: &Path, instance: &Instance, key: &MasterKey) -> anyhow::Result<Self> {
        let dir = folder.join(instance.as_str());
        let marker = dir.join("marker");
        let text =
            std::fs::read_to_string(&marker).with_context(|| format!("no backup of {} in {}", instance.as_str(), folder.display()))?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let (kind, known) = match words[..] {
            ["kilde", "backup", format, kind, number, known] => {
                ensure!(
                    format == FORMAT.to_string(),
                    "{} has format {format}, this program knows {FORMAT}",
                    marker.display()
                );
                ensure!(number == instance.as_str(), "{} is of another instance", marker.display());
                let kind = [Kind::Content, Kind::Keys].into_iter().find(|one| one.word() == kind);
                (kind.with_context(|| format!("{} is damaged", marker.display()))?, known)
            }
            _ => bail!("{} is damaged", marker.display()),
        };
        let key = sealing(key);
        ensure!(
            known == check(&key),
            "the backups in {} were made with another backup key (or {} is damaged)",
            dir.display(),
            marker.display()
        );
        let lock = File::options().read(true).write(true).open(dir.join("lock"));
        let lock = lock.with_context(|| format!("cannot open {}", dir.join("lock").display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => bail!("{} is in use by another command", dir.display()),
            Err(std::fs::TryLockError::Error(cause)) => return Err(cause).with_context(|| format!("cannot lock {}", dir.display())),
        }
        Ok(Repository {
            dir,
            kind,
            instance: *instance,
            key,
            _lock: lock,
        })
    }

    /// What is backed up here.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Names of the backups, the oldest first.
    pub fn backups(&self) -> anyhow::Result<Vec<String>> {
        let mut names = BTreeSet::new();
        for item in std::fs::read_dir(self.dir.join("backups")).with_context(|| format!("cannot read {}", self.dir.display()))? {
            let name = item?.file_name().to_string_lossy().into_owned();
            if when(&name).is_some() {
                names.insert(name);
            }
        }
        Ok(names.into_iter().collect())
    }

    /// The list of a backup.
    pub fn manifest(&self, name: &str) -> anyhow::Result<Manifest> {
        let path = self.dir.join("backups").join(name);
        let plain = self.unseal(&path, "backup", name)?;
        serde_json::from_slice(&plain).with_context(|| format!("{} cannot be understood", path.display()))
    }

    /// Copies the parts of all files that are not here yet. It is a backup when it is [finished](Self::finish).
    pub fn add(&mut self, still: &Still, bar: &ProgressBar) -> anyhow::Result<Made> {
        let mut manifest = Manifest {
            made: still.made,
            event: still.event,
            entries: still.entries,
            files: Vec::new(),
        };
        let (mut new_bytes, mut folders) = (0, BTreeSet::new());
        let mut buffer = Vec::with_capacity(PART);
        for path in still.files()? {
            let whole = still.dir.join(&path);
            let mut file = File::open(&whole).with_context(|| format!("cannot open {}", whole.display()))?;
            let mut filed = Filed {
                path,
                size: 0,
                parts: Vec::new(),
            };
            loop {
                buffer.clear();
                let read = (&mut file).take(PART as u64).read_to_end(&mut buffer);
                if read.with_context(|| format!("cannot read {}", whole.display()))? == 0 {
                    break;
                }
                let name = hex(&self.key.hash(&buffer));
                let target = self.part(&name);
                let length = buffer.len() as u64;
                if std::fs::metadata(&target).map_or(0, |there| there.len()) != length + SEAL {
                    folders.extend(target.parent().map(Path::to_owned));
                    new_bytes += length;
                    write(&target, &self.seal("part", &name, &buffer)?)?;
                }
                filed.size += length;
                filed.parts.push(name);
                bar.inc(length);
            }
            manifest.files.push(filed);
        }
        for folder in folders {
            sync(&folder)?;
        }
        sync(&self.dir.join("parts"))?;
        let number = self.backups()?.last().and_then(|name| name.split('-').next()?.parse::<u64>().ok());
        let backup = format!("{:05}-{}", number.unwrap_or(0) + 1, manifest.made.strftime("%Y%m%dT%H%M%SZ"));
        Ok(Made {
            backup,
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            new_bytes,
            event: manifest.event,
            access_entries: manifest.entries,
            manifest,
        })
    }

    /// Writes the list, durably: now it is a backup.
    pub fn finish(&mut self, made: Made) -> anyhow::Result<Made> {
        let path = self.dir.join("backups").join(&made.backup);
        let text = serde_json::to_vec(&made.manifest)?;
        write(&path, &self.seal("backup", &made.backup, &text)?)?;
        sync(&self.dir.join("backups"))?;
        Ok(made)
    }

    /// Puts the files of a backup into a directory, each opened and compared.
    pub fn restore(&self, manifest: &Manifest, to: &Path, bar: &ProgressBar) -> anyhow::Result<()> {
        let mut folders = BTreeSet::new();
        for filed in &manifest.files {
            let path = Path::new(&filed.path);
            let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            ensure!(inside, "a file of the backup would lie outside of the instance");
            let target = to.join(path);
            let folder = target.parent().unwrap_or(to);
            guard::private_directory(folder)?;
            folders.insert(folder.to_owned());
            let failed = || format!("cannot write {}", target.display());
            let mut options = File::options();
            std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
            let mut file = options.open(&target).with_context(failed)?;
            for part in &filed.parts {
                let plain = self.open_part(part).with_context(|| format!("in the file {}", filed.path))?;
                file.write_all(&plain).with_context(failed)?;
                bar.inc(plain.len() as u64);
            }
            file.sync_all().with_context(failed)?;
            let size = file.metadata().with_context(failed)?.len();
            ensure!(
                size == filed.size,
                "{} has {size} bytes, the backup says {}",
                filed.path,
                filed.size
            );
        }
        folders.iter().try_for_each(|folder| sync(folder))
    }

    /// Throws away backups from before, and the parts that no other needs. The newest stays.
    pub fn forget(&mut self, before: Timestamp) -> anyhow::Result<Forgotten> {
        let mut names = self.backups()?;
        let newest = names.pop();
        let (gone, mut kept): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| when(name).is_some_and(|made| made < before));
        kept.extend(newest);
        let mut needed = BTreeSet::new();
        for name in &kept {
            needed.extend(self.manifest(name)?.files.into_iter().flat_map(|file| file.parts));
        }
        for name in &gone {
            let path = self.dir.join("backups").join(name);
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        sync(&self.dir.join("backups"))?;
        let mut out = Forgotten {
            backups: gone.len(),
            bytes: 0,
        };
        for (path, length) in self.parts()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !needed.contains(name.as_ref()) {
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                out.bytes += length;
            }
        }
        Ok(out)
    }

    /// Opens every part of every backup.
    pub fn verify(&self, bar: &ProgressBar) -> anyhow::Result<Examined> {
        let mut out = Examined::default();
        let mut opened: BTreeMap<String, Result<u64, String>> = BTreeMap::new();
        for name in self.backups()? {
            out.backups += 1;
            let manifest = match self.manifest(&name) {
                Ok(manifest) => manifest,
                Err(cause) => {
                    out.wrong.push(format!("{cause:#}"));
                    continue;
                }
            };
            for file in &manifest.files {
                let mut size = 0;
                for part in &file.parts {
                    let found = opened.entry(part.clone()).or_insert_with(|| {
                        let found = self.open_part(part);
                        if let Ok(plain) = &found {
                            bar.inc(plain.len() as u64);
                        }
                        found.map(|plain| plain.len() as u64).map_err(|cause| format!("{cause:#}"))
                    });
                    match found {
                        Ok(length) => size += *length,
                        Err(cause) => out.wrong.push(format!("{cause}: file {} of backup {name}", file.path)),
                    }
                }
                if size != file.size && file.parts.iter().all(|part| matches!(opened.get(part), Some(Ok(_)))) {
                    out.wrong
                        .push(format!("file {} of backup {name} has {size} bytes, not {}", file.path, file.size));
                }
            }
        }
        out.bytes = opened.values().flatten().sum();
        Ok(out)
    }

    /// Bytes of all parts.
    pub fn stored(&self) -> anyhow::Result<u64> {
        Ok(self.parts()?.into_iter().map(|(_, length)| length).sum())
    }

    fn parts(&self) -> anyhow::Result<Vec<(PathBuf, u64)>> {
        let mut out = Vec::new();
        for folder in std::fs::read_dir(self.dir.join("parts")).with_context(|| format!("cannot read {}", self.dir.display()))? {
            for item in std::fs::read_dir(folder?.path())? {
                let item = item?;
                out.push((item.path(), item.metadata()?.len()));
            }
        }
        Ok(out)
    }

    fn part(&self, name: &str) -> PathBuf {
        self.dir.join("parts").join(name.get(..2).unwrap_or("x")).join(name)
    }

    fn open_part(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        self.unseal(&self.part(name), "part", name)
    }

    fn seal(&self, what: &str, name: &str, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        Ok(self.key.seal(&self.context(what, name), plain)?)
    }

    fn unseal(&self, path: &Path, what: &str, name: &str) -> anyhow::Result<Vec<u8>> {
        let sealed = std::fs::read(path).with_context(|| format!("{} is missing or cannot be read", path.display()))?;
        let plain = self.key.open(&self.context(what, name), &sealed);
        plain.with_context(|| format!("{} is damaged", path.display()))
    }

    fn context(&self, what: &str, name: &str) -> Vec<u8> {
        format!("{FORMAT} {what} {} {} {name}", self.kind.word(), self.instance.as_str()).into_bytes()
    }
}

fn sealing(key: &MasterKey) -> Subkey {
    key.subkey("backup")
}

/// By what a key is known, that says nothing about it.
fn check(key: &Subkey) -> String {
    hex(&key.hash(b"which key is it")[..8])
}

/// When a backup of this name was made; `None` if it is none.
fn when(name: &str) -> Option<Timestamp> {
    let (number, time) = name.split_once('-')?;
    number.parse::<u64>().ok()?;
    let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp())
}

/// Writes a file whole or not at all; its name is durable when its folder is synced.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension("new");
    if let Some(folder) = path.parent() {
        guard::private_directory(folder)?;
    }
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create(true).truncate(true), 0o600);
    let written = options
        .open(&draft)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&draft, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn sync(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|dir| dir.sync_all());
    synced.with_context(|| format!("cannot sync {}", folder.display()))
}

#[cfg(test)]
mod tests;
