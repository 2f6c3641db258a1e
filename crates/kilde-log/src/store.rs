//! One RocksDB directory with the settings the log stands on.
//!
//! Why these settings (measured, see the architecture): every commit is synced; recovery refuses a damaged
//! journal instead of dropping what follows the damage; the journal is kept below 96 MB so that a start after
//! a crash is quick; blocks carry checksums that every read verifies; memory is flushed before closing, so
//! that a clean stop leaves nothing in the journal.

mod head;
mod options;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{
    BottommostLevelCompaction, ColumnFamily, ColumnFamilyDescriptor, CompactOptions, DB, DBPinnableSlice, Direction, FlushOptions,
    IteratorMode, ReadOptions, WaitForCompactOptions, WriteBatch, WriteOptions,
};

pub(crate) use options::Contents;

use crate::{InstanceKeys, LogError};
use head::HeadFile;

const META: &str = "default";
const META_KEY: &[u8] = b"kilde";

/// A column family: its name and what it holds.
pub(crate) type Family = (&'static str, Contents);

/// A key and its value.
pub(crate) type Pair = (Box<[u8]>, Box<[u8]>);

/// Pairs of a family in the order of their keys.
pub(crate) type Scan<'a> = Box<dyn Iterator<Item = Result<Pair, LogError>> + 'a>;

/// An open RocksDB directory.
pub(crate) struct Store {
    db: DB,
    path: PathBuf,
    families: Vec<&'static str>,
    head: HeadFile,
    poisoned: AtomicBool,
    /// The format it was found in, or made with.
    format: u32,
    #[cfg(test)]
    pub(crate) fail_next_write: AtomicBool,
}

impl Store {
    /// Opens or creates the directory, checks that it belongs to these keys, and leaves it ready for use. A new one is made in the
    /// format `known`; one of an earlier format is opened as it is ([`Store::format`]), one of a later is refused.
    pub(crate) fn open(path: &Path, kind: &str, known: u32, families: &[Family], keys: &InstanceKeys) -> Result<Self, LogError> {
        std::fs::create_dir_all(path).map_err(|cause| LogError::io("create", path, cause))?;
        let cache = options::cache();
        let mut descriptors = vec![ColumnFamilyDescriptor::new(META, options::family(Contents::Small, &cache))];
        descriptors.extend(
            families
                .iter()
                .map(|(name, contents)| ColumnFamilyDescriptor::new(*name, options::family(*contents, &cache))),
        );
        let fresh = !HeadFile::exists(path);
        if fresh {
            check_nothing_there(path)?;
        }
        let db = DB::open_cf_descriptors(&options::database(fresh), path, descriptors).map_err(|cause| engine(path, &cause))?;
        if fresh {
            HeadFile::create(path)?;
        }
        let head = HeadFile::open(path)?;
        let mut store = Self {
            db,
            path: path.to_owned(),
            families: families.iter().map(|(name, _)| *name).collect(),
            head,
            poisoned: AtomicBool::new(false),
            format: known,
            #[cfg(test)]
            fail_next_write: AtomicBool::new(false),
        };
        store.format = store.check_owner(kind, known, keys)?;
        Ok(store)
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The format that it is in.
    pub(crate) fn format(&self) -> u32 {
        self.format
    }

    /// From now on it is in this format: with what the caller has in the batch, all at once.
    pub(crate) fn set_format(&mut self, format: u32, mut batch: WriteBatch) -> Result<(), LogError> {
        let Some(owner) = self.get(META, META_KEY)?.map(|found| found.to_vec()) else {
            return Err(LogError::damaged(META, 0, "the owner of the data is not recorded"));
        };
        let rest = owner.get(4..).unwrap_or_default();
        batch.put_cf(self.cf(META)?, META_KEY, [&format.to_be_bytes()[..], rest].concat());
        self.write(batch, None)?;
        self.format = format;
        Ok(())
    }

    /// A number that is remembered under a name; `None` when there is none.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, LogError> {
        let Some(found) = self.get(META, name.as_bytes())? else {
            return Ok(None);
        };
        let number = found[..].try_into().map(u64::from_be_bytes);
        number
            .map(Some)
            .map_err(|_| LogError::damaged(META, 0, "a number has a wrong length"))
    }

    /// Adds to a batch: a number to be remembered under a name, or forgotten.
    pub(crate) fn put_number(&self, batch: &mut WriteBatch, name: &str, number: Option<u64>) -> Result<(), LogError> {
        match number {
            Some(number) => batch.put_cf(self.cf(META)?, name.as_bytes(), number.to_be_bytes()),
            None => batch.delete_cf(self.cf(META)?, name.as_bytes()),
        }
        Ok(())
    }

    /// `kind | format | instance | check`: who made this directory, and with which keys.
    fn check_owner(&self, kind: &str, known: u32, keys: &InstanceKeys) -> Result<u32, LogError> {
        let expected = [&known.to_be_bytes()[..], keys.instance().as_bytes(), &keys.check(), kind.as_bytes()].concat();
        match self.get(META, META_KEY)? {
            None if self.is_empty()? => {
                let mut batch = WriteBatch::default();
                batch.put_cf(self.cf(META)?, META_KEY, &expected);
                self.write(batch, None).map(|()| known)
            }
            None => Err(LogError::damaged(META, 0, "the owner of the data is not recorded")),
            Some(found) => match found.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes)) {
                Some(format) if (1..=known).contains(&format) && found[4..] == expected[4..] => Ok(format),
                format => Err(self.owner_error(&found, &expected, format.unwrap_or_default(), known, keys)),
            },
        }
    }

    fn owner_error(&self, found: &[u8], expected: &[u8], format: u32, known: u32, keys: &InstanceKeys) -> LogError {
        let path = self.path.clone();
        match format {
            found if !(1..=known).contains(&found) => LogError::Format { path, found, known },
            _ if found.get(4..8) != expected.get(4..8) => LogError::OtherInstance {
                path,
                instance: *keys.instance(),
            },
            _ if found.get(8..24) != expected.get(8..24) => LogError::WrongInstanceKey { path },
            _ => LogError::damaged(META, 0, "the directory holds another kind of data"),
        }
    }

    fn is_empty(&self) -> Result<bool, LogError> {
        for family in &self.families {
            if self.last_key(family)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn cf(&self, family: &'static str) -> Result<&ColumnFamily, LogError> {
        self.db
            .cf_handle(family)
            .ok_or_else(|| LogError::damaged(family, 0, "the column family is missing"))
    }

    pub(crate) fn get(&self, family: &'static str, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, LogError> {
        self.db.get_pinned_cf(self.cf(family)?, key).map_err(|cause| self.error(&cause))
    }

    /// Key and value pairs of a family from `from` on, in either direction.
    pub(crate) fn scan<'a>(
        &'a self,
        family: &'static str,
        from: &[u8],
        direction: Direction,
        options: ReadOptions,
    ) -> Result<Scan<'a>, LogError> {
        let iterator = self
            .db
            .iterator_cf_opt(self.cf(family)?, options, IteratorMode::From(from, direction));
        Ok(Box::new(iterator.map(|item| item.map_err(|cause| self.error(&cause)))))
    }

    /// An iterator over a family that is not placed yet.
    pub(crate) fn raw(&self, family: &'static str) -> Result<rocksdb::DBRawIterator<'_>, LogError> {
        Ok(self.db.raw_iterator_cf(self.cf(family)?))
    }

    pub(crate) fn last_key(&self, family: &'static str) -> Result<Option<Box<[u8]>>, LogError> {
        self.edge(family, IteratorMode::End)
    }

    pub(crate) fn first_key(&self, family: &'static str) -> Result<Option<Box<[u8]>>, LogError> {
        self.edge(family, IteratorMode::Start)
    }

    fn edge(&self, family: &'static str, mode: IteratorMode<'_>) -> Result<Option<Box<[u8]>>, LogError> {
        match self.db.iterator_cf(self.cf(family)?, mode).next() {
            None => Ok(None),
            Some(Ok((key, _))) => Ok(Some(key)),
            Some(Err(cause)) => Err(self.error(&cause)),
        }
    }

    /// One synced write. With `head`, remembers that everything up to that number is durable.
    /// After a failure nothing more is written until the store is opened again.
    pub(crate) fn write(&self, batch: WriteBatch, head: Option<u64>) -> Result<(), LogError> {
        self.check_poisoned()?;
        let mut options = WriteOptions::default();
        options.set_sync(true);
        #[cfg(test)]
        if self.fail_next_write.swap(false, Ordering::SeqCst) {
            self.poisoned.store(true, Ordering::SeqCst);
            return Err(LogError::io("sync", &self.path, std::io::Error::other("simulated")));
        }
        let written = self.db.write_opt(batch, &options).map_err(|cause| self.error(&cause));
        let written = written.and_then(|()| head.map_or(Ok(()), |no| self.head.note(no)));
        if let Err(error) = &written {
            self.poisoned.store(true, Ordering::SeqCst);
            tracing::error!(%error, "write failed; no more writes are taken until the store is opened again");
        }
        written
    }

    pub(crate) fn snapshot(&self) -> rocksdb::Snapshot<'_> {
        self.db.snapshot()
    }

    /// Takes no more writes until it is opened again.
    pub(crate) fn poison(&self) {
        self.poisoned.store(true, Ordering::SeqCst);
    }

    pub(crate) fn check_poisoned(&self) -> Result<(), LogError> {
        if self.poisoned.load(Ordering::SeqCst) {
            Err(LogError::Poisoned { path: self.path.clone() })
        } else {
            Ok(())
        }
    }

    /// Refuses when the data ends before a number that was durable once.
    pub(crate) fn check_head(&self, found: u64) -> Result<(), LogError> {
        let acknowledged = self.head.acknowledged();
        if found < acknowledged {
            Err(LogError::Lost {
                path: self.path.clone(),
                found,
                acknowledged,
            })
        } else {
            Ok(())
        }
    }

    /// Writes what is in memory to table files, so that the journal holds nothing that is needed.
    pub(crate) fn flush(&self) -> Result<(), LogError> {
        let mut options = FlushOptions::default();
        options.set_wait(true);
        let mut handles = vec![self.cf(META)?];
        for family in &self.families {
            handles.push(self.cf(family)?);
        }
        self.db.flush_cfs_opt(&handles, &options).map_err(|cause| self.error(&cause))
    }

    pub(crate) fn settle(&self) -> Result<(), LogError> {
        self.flush()?;
        self.db
            .wait_for_compact(&WaitForCompactOptions::default())
            .map_err(|cause| self.error(&cause))
    }

    /// Rewrites the tables of a family, so that overwritten values are in no live file any more.
    pub(crate) fn rewrite(&self, family: &'static str) -> Result<(), LogError> {
        self.flush()?;
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(true);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        self.db
            .compact_range_cf_opt(self.cf(family)?, None::<&[u8]>, None::<&[u8]>, &options);
        Ok(())
    }

    /// Makes a copy of all files in `to`, a new directory on the same file system, as they are at one moment while others read and write.
    /// Everything that was durable before the call is in it. Tables are linked, not copied: whoever asks removes them soon.
    pub(crate) fn copy_to(&self, to: &Path) -> Result<(), LogError> {
        self.check_poisoned()?;
        // The head before the rest: it may be behind, never ahead.
        let acknowledged = self.head.acknowledged();
        let copied = Checkpoint::new(&self.db).and_then(|checkpoint| checkpoint.create_checkpoint(to));
        copied.map_err(|cause| self.error(&cause))?;
        HeadFile::create_at(to, acknowledged)
    }

    pub(crate) fn error(&self, cause: &rocksdb::Error) -> LogError {
        engine(&self.path, cause)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.check_poisoned().is_ok()
            && let Err(error) = self.flush().and_then(|()| self.head.sync())
        {
            tracing::error!(%error, "flush before closing failed; the journal still holds the data");
        }
        self.db.cancel_all_background_work(true);
    }
}

/// A store whose marker is missing must not be made anew over data that is there.
fn check_nothing_there(path: &Path) -> Result<(), LogError> {
    for item in std::fs::read_dir(path).map_err(|cause| LogError::io("read", path, cause))? {
        let item = item.map_err(|cause| LogError::io("read", path, cause))?;
        if item.path().extension().is_some_and(|extension| extension == "sst") {
            return Err(LogError::damaged("head file", 0, "it is missing beside existing data"));
        }
    }
    Ok(())
}

fn engine(path: &Path, cause: &rocksdb::Error) -> LogError {
    let text: &str = cause.as_ref();
    if text.contains("lock") && text.contains("LOCK") {
        return LogError::InUse { path: path.to_owned() };
    }
    LogError::Engine {
        path: path.to_owned(),
        cause: text.to_owned(),
    }
}
