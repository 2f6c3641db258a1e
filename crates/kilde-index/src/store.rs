//! The storage engine as the index uses it: one key space, no fsync, everything can be rebuilt.

use crate::error::IndexError;
use crate::index::Options;
use crate::keys::{self, Key, Rid};
use crate::names::decode_named;
use crate::record::Header;
use rocksdb::{
    BlockBasedOptions, Cache, DB, DBCompressionType, DBPinnableSlice, DBRawIterator, DBRecoveryMode, DEFAULT_COLUMN_FAMILY_NAME,
    DataBlockIndexType, Env, ReadOptions, Snapshot,
};
use std::cell::RefCell;
use std::path::Path;
use std::sync::LazyLock;

const CACHE_BYTES: usize = 256 << 20;

/// What a key of a list takes on disk, compressed.
const KEY_BYTES: usize = 7;

/// The block cache of all indexes of the process, so that memory is bounded however many instances there are.
fn cache() -> Cache {
    static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::new_lru_cache(CACHE_BYTES));
    CACHE.clone()
}

/// Opens (and makes) the store.
pub(crate) fn open(dir: &Path, options: &Options) -> Result<DB, IndexError> {
    std::fs::create_dir_all(dir)?;
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(&cache());
    table.set_bloom_filter(10.0, false);
    table.set_block_size(8 << 10);
    table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    table.set_format_version(5);
    // A large file's filter is larger than a shard of the cache, so there it would be read anew for every key.
    table.set_cache_index_and_filter_blocks(false);
    let mut opts = rocksdb::Options::default();
    opts.create_if_missing(true);
    opts.set_block_based_table_factory(&table);
    opts.set_compression_type(DBCompressionType::Lz4);
    opts.set_write_buffer_size(options.write_buffer_bytes);
    opts.set_max_write_buffer_number(3);
    opts.set_max_total_wal_size(96 << 20);
    // The watermark is in the same batch as the event: any consistent beginning of the WAL is good.
    opts.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    opts.set_max_background_jobs(2);
    opts.set_bytes_per_sync(1 << 20);
    opts.set_level_compaction_dynamic_level_bytes(true);
    opts.set_keep_log_file_num(2);
    opts.set_max_open_files(512);
    // The list of files names keys, and with them beginnings of names: what was there once must not stay in it (`Index::scour`).
    opts.set_max_manifest_file_size(1);
    // Putting files in order can wait for a reader.
    if let Ok(mut env) = Env::new() {
        env.lower_thread_pool_cpu_priority();
        opts.set_env(&env);
    }
    // Named, so that many keys can be looked up together.
    Ok(DB::open_cf_with_opts(&opts, dir, [(DEFAULT_COLUMN_FAMILY_NAME, opts.clone())])?)
}

/// A consistent view of the index; every question uses one.
pub(crate) struct View<'a> {
    db: &'a DB,
    snapshot: Snapshot<'a>,
}

impl<'a> View<'a> {
    pub fn new(db: &'a DB) -> Self {
        View {
            db,
            snapshot: db.snapshot(),
        }
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, IndexError> {
        Ok(self.snapshot.get_pinned(key)?)
    }

    /// The values of these keys, which must be in order: asked together, since that costs less than asking one by one.
    pub fn all(&self, keys: &[Key]) -> Result<Vec<Option<DBPinnableSlice<'_>>>, IndexError> {
        let family = self.db.cf_handle(DEFAULT_COLUMN_FAMILY_NAME);
        let family = family.ok_or(IndexError::Damaged("column family"))?;
        let mut options = ReadOptions::default();
        options.set_snapshot(&self.snapshot);
        let found = self.db.batched_multi_get_cf_opt(&family, keys, true, &options).into_iter();
        found.map(|value| Ok(value?)).collect()
    }

    /// Which of these keys are there: asked together, as in [`all`](Self::all), but in any order.
    pub fn holds(&self, keys: &[Key]) -> Result<Vec<bool>, IndexError> {
        let found = self.snapshot.multi_get(keys).into_iter();
        found.map(|value| Ok(value?.is_some())).collect()
    }

    /// The number of a resource, if it was ever mentioned.
    pub fn rid(&self, rtype: u8, id: &str) -> Result<Option<Rid>, IndexError> {
        Ok(self.named(rtype, id)?.map(|(rid, _)| rid))
    }

    /// The number of a resource, and its newest version if it ever had one.
    pub fn named(&self, rtype: u8, id: &str) -> Result<Option<(Rid, Option<Header>)>, IndexError> {
        if id.is_empty() || id.len() > crate::names::ID {
            return Ok(None);
        }
        self.get(&keys::resource(rtype, id))?.map(|bytes| decode_named(&bytes)).transpose()
    }

    /// The keys from `low` up to but not with `high`, in order.
    pub fn range(&self, low: &[u8], high: Option<&[u8]>) -> Range<'_> {
        let mut options = ReadOptions::default();
        if let Some(high) = high {
            options.set_iterate_upper_bound(high);
        }
        let mut iter = self.snapshot.raw_iterator_opt(options);
        iter.seek(low);
        Range { iter }
    }

    /// How many keys lie from `low` up to but not with `high`, roughly: the newest may be left out, and it may be wrong several times
    /// over. To choose a way by, not to decide anything.
    pub fn about(&self, low: &[u8], high: Option<&[u8]>) -> usize {
        let high = high.unwrap_or(&[0xFF; 64]);
        let sizes = self.db.get_approximate_sizes(&[rocksdb::Range::new(low, high)]);
        sizes
            .first()
            .map_or(0, |bytes| usize::try_from(*bytes).unwrap_or(usize::MAX) / KEY_BYTES)
    }

    /// The keys that begin so.
    pub fn prefix(&self, prefix: &[u8]) -> Range<'_> {
        self.range(prefix, keys::after_prefix(prefix).as_deref())
    }

    /// The keys that begin so, downwards or upwards, from a place on if one is given: `from` itself and all keys that
    /// begin with it are there.
    pub fn lane(&self, prefix: &Key, from: Option<&Key>, down: bool) -> Lane<'_> {
        let end = |key: &Key| keys::after_prefix(key).unwrap_or_else(|| Key::from_slice(&[0xFF; 64]));
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(&prefix[..]);
        options.set_iterate_upper_bound(&end(prefix)[..]);
        let mut iter = self.snapshot.raw_iterator_opt(options);
        let from = from.unwrap_or(prefix);
        match down {
            false => iter.seek(from),
            true => iter.seek_for_prev(end(from)),
        }
        Lane { iter, down }
    }

    /// The resource numbers at the end of the keys that begin so.
    #[cfg(test)]
    pub fn rids(&self, prefix: &[u8]) -> Result<Vec<Rid>, IndexError> {
        let mut out = Vec::new();
        let mut range = self.prefix(prefix);
        while let Some((key, _)) = range.item()? {
            out.extend(keys::rid_of(key));
            range.next();
        }
        Ok(out)
    }
}

/// Iterators of one question that are used again and again: making one costs several times what a search with it costs.
#[derive(Default)]
pub(crate) struct Pool<'a>(RefCell<Vec<DBRawIterator<'a>>>);

impl<'a> Pool<'a> {
    /// As [`View::range`]; every walk of a pool must be of the same view.
    pub fn range(&self, view: &'a View<'_>, low: &[u8], high: Option<&[u8]>) -> Pooled<'_, 'a> {
        let mut range = self.unplaced(view, high);
        if let Some(iter) = &mut range.iter {
            iter.seek(low);
        }
        range
    }

    /// As [`range`](Self::range), to be placed with [`Pooled::seek`] before it is used.
    pub fn unplaced(&self, view: &'a View<'_>, high: Option<&[u8]>) -> Pooled<'_, 'a> {
        let made = self.0.borrow_mut().pop();
        Pooled {
            iter: Some(made.unwrap_or_else(|| view.snapshot.raw_iterator())),
            high: high.map(Key::from_slice),
            home: self,
        }
    }

    /// As [`View::prefix`].
    pub fn prefix(&self, view: &'a View<'_>, prefix: &[u8]) -> Pooled<'_, 'a> {
        self.range(view, prefix, keys::after_prefix(prefix).as_deref())
    }

    /// The resource numbers at the end of the keys that begin so.
    pub fn rids(&self, view: &'a View<'_>, prefix: &[u8]) -> Result<Vec<Rid>, IndexError> {
        let mut out = Vec::new();
        let mut range = self.prefix(view, prefix);
        while let Some((key, _)) = range.item()? {
            out.extend(keys::rid_of(key));
            range.next();
        }
        Ok(out)
    }
}

/// A walk over keys in order, whose iterator goes back to the pool.
pub(crate) struct Pooled<'p, 'a> {
    iter: Option<DBRawIterator<'a>>,
    high: Option<Key>,
    home: &'p Pool<'a>,
}

impl Pooled<'_, '_> {
    /// The key and value where the walk stands; `None` at the end.
    pub fn item(&self) -> Result<Option<Item<'_>>, IndexError> {
        let Some(iter) = &self.iter else { return Ok(None) };
        match iter.item() {
            Some((key, _)) if self.high.as_ref().is_some_and(|high| key >= &high[..]) => Ok(None),
            Some(item) => Ok(Some(item)),
            None => {
                iter.status()?;
                Ok(None)
            }
        }
    }

    pub fn next(&mut self) {
        if let Some(iter) = self.iter.as_mut().filter(|iter| iter.valid()) {
            iter.next();
        }
    }

    /// Goes to the first key that is not before this one.
    pub fn seek(&mut self, key: &Key) {
        if let Some(iter) = &mut self.iter {
            iter.seek(key);
        }
    }
}

impl Drop for Pooled<'_, '_> {
    fn drop(&mut self) {
        self.home.0.borrow_mut().extend(self.iter.take());
    }
}

/// A walk over keys in one direction.
pub(crate) struct Lane<'a> {
    iter: DBRawIterator<'a>,
    down: bool,
}

impl Lane<'_> {
    /// The key where the walk stands; `None` at the end.
    pub fn key(&self) -> Result<Option<&[u8]>, IndexError> {
        match self.iter.key() {
            Some(key) => Ok(Some(key)),
            None => {
                self.iter.status()?;
                Ok(None)
            }
        }
    }

    pub fn next(&mut self) {
        match self.down {
            _ if !self.iter.valid() => {}
            true => self.iter.prev(),
            false => self.iter.next(),
        }
    }
}

/// A key and its value.
pub(crate) type Item<'a> = (&'a [u8], &'a [u8]);

/// A walk over keys in order.
pub(crate) struct Range<'a> {
    iter: DBRawIterator<'a>,
}

impl Range<'_> {
    /// The key and value where the walk stands; `None` at the end.
    pub fn item(&self) -> Result<Option<Item<'_>>, IndexError> {
        match self.iter.item() {
            Some(item) => Ok(Some(item)),
            None => {
                self.iter.status()?;
                Ok(None)
            }
        }
    }

    pub fn next(&mut self) {
        if self.iter.valid() {
            self.iter.next();
        }
    }

    /// Goes to the first key that is not before this one.
    pub fn seek(&mut self, key: &Key) {
        self.iter.seek(key);
    }
}
