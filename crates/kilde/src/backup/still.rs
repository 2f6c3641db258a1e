//! What is copied elsewhere: the files of an instance as they are at one moment, while others read and write.
//!
//! The order makes it consistent without stopping anybody. The seal first: the log holds what its checkpoint says. Then the access
//! log, then the event log: what the access log tells of is in the event log. Then, as a copy of its own, the key ring: it has the keys of
//! everybody in the event log.

use super::repository::Kind;
use anyhow::Context;
use jiff::Timestamp;
use kilde_log::{EventLog, RecordLog};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The directory of the content, below the instance's.
const CONTENT: &str = "backup";
/// Small files and folders that are copied before the logs.
const FIRST: [&str; 4] = ["instance.key", "world", "seal", "packages"];

/// A copy as it lies on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    /// Where.
    pub dir: PathBuf,
    /// When.
    #[serde(with = "super::moment")]
    pub made: Timestamp,
    /// Everything up to this event is in it.
    pub event: u64,
    /// Everything up to this access-log entry is in it.
    pub entries: u64,
}

/// Makes the copy below the instance's directory `dir`. [`remove`] takes it away.
pub fn take(asked: Kind, dir: &Path, log: &EventLog, records: &RecordLog) -> anyhow::Result<Taken> {
    let mut taken = Taken {
        dir: dir.join(CONTENT),
        made: Timestamp::now().round(jiff::Unit::Second)?,
        event: log.last().0,
        entries: records.last(),
    };
    match asked {
        Kind::Keys => taken.dir = log.copy_key_ring()?,
        Kind::Content => {
            remove_directory(&taken.dir)?;
            crate::assembly::guard::private_directory(&taken.dir)?;
            for name in FIRST {
                copy(&dir.join(name), &taken.dir.join(name))?;
            }
            records.copy_to(&taken.dir.join("access"))?;
            log.copy_to(&taken.dir.join("log"))?;
        }
    }
    Ok(taken)
}

/// Takes a copy away.
pub fn remove(asked: Kind, dir: &Path, log: &EventLog) -> anyhow::Result<()> {
    match asked {
        Kind::Keys => Ok(log.remove_key_ring_copy()?),
        Kind::Content => remove_directory(&dir.join(CONTENT)),
    }
}

fn remove_directory(dir: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(cause).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}

/// Copies a file, or a folder with all below. What is not there, or is a draft, is passed over: drafts come and go.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot copy {}", from.display());
    if from.is_dir() {
        std::fs::create_dir_all(to).with_context(failed)?;
        for item in std::fs::read_dir(from).with_context(failed)? {
            let name = item.with_context(failed)?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    match std::fs::copy(from, to) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        copied => copied.map(drop).with_context(failed),
    }
}

/// A copy that somebody reads. It goes when this is dropped.
pub struct Still {
    taken: Taken,
    release: Option<Box<dyn FnOnce(bool)>>,
}

impl std::ops::Deref for Still {
    type Target = Taken;

    fn deref(&self) -> &Taken {
        &self.taken
    }
}

impl Still {
    /// `release` is called when nobody reads it any more, with whether it was copied whole.
    pub fn new(taken: Taken, release: impl FnOnce(bool) + 'static) -> Self {
        Still {
            taken,
            release: Some(Box::new(release)),
        }
    }

    /// Its files, by their paths below it, in order.
    pub fn files(&self) -> anyhow::Result<Vec<String>> {
        let mut out = Vec::new();
        walk(&self.dir, "", &mut out)?;
        out.sort();
        Ok(out)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> anyhow::Result<u64> {
        let lengths = self
            .files()?
            .into_iter()
            .map(|path| std::fs::metadata(self.dir.join(path)).map_or(0, |file| file.len()));
        Ok(lengths.sum())
    }

    /// Whether it is there still: a destruction takes a copy of the key ring away.
    pub fn is_whole(&self) -> bool {
        self.dir.join("CURRENT").exists() || self.dir.join("log/CURRENT").exists()
    }

    /// It was copied whole.
    pub fn done(mut self) {
        if let Some(release) = self.release.take() {
            release(true);
        }
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release(false);
        }
    }
}

fn walk(dir: &Path, below: &str, out: &mut Vec<String>) -> anyhow::Result<()> {
    for item in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let item = item?;
        let name = item.file_name().into_string().ok().context("a file has no name that is text")?;
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if item.file_type()?.is_dir() {
            walk(&item.path(), &path, out)?;
        } else {
            out.push(path);
        }
    }
    Ok(())
}
