//! RocksDB settings.

use std::sync::LazyLock;

use rocksdb::{BlockBasedOptions, Cache, ChecksumType, DBCompressionType, DBRecoveryMode, DataBlockIndexType, Options};

const CACHE_BYTES: usize = 512 << 20;

/// What a column family holds; decides compression, block size and filters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Sealed blocks under ascending keys: not compressible, written once, read one at a time.
    Sealed,
    /// Small values under ascending numbers.
    Small,
    /// Small values under keyed hashes; mostly asked for what is not there.
    Hashed,
}

/// The block cache of all stores of the process, so that memory is bounded however many instances there are.
pub(crate) fn cache() -> Cache {
    static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::new_lru_cache(CACHE_BYTES));
    CACHE.clone()
}

/// Settings of the whole database. Only a fresh one is ever created: a missing file of an existing one is an error.
pub(crate) fn database(fresh: bool) -> Options {
    let mut options = Options::default();
    options.create_if_missing(fresh);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_max_total_wal_size(96 << 20);
    options.set_db_write_buffer_size(64 << 20);
    options.set_bytes_per_sync(1 << 20);
    options.set_max_background_jobs(2);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(4 << 20);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    options
}

pub(crate) fn family(contents: Contents, cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    // A large file's filter is larger than a shard of the cache, so there it would be read anew for every key.
    table.set_cache_index_and_filter_blocks(false);
    table.set_checksum_type(ChecksumType::XXH3);
    table.set_format_version(6);
    table.set_block_size(if contents == Contents::Sealed { 4 << 10 } else { 8 << 10 });
    let mut options = Options::default();
    options.set_write_buffer_size(if contents == Contents::Sealed { 32 << 20 } else { 8 << 20 });
    options.set_compression_type(if contents == Contents::Sealed {
        DBCompressionType::None
    } else {
        DBCompressionType::Lz4
    });
    if contents == Contents::Hashed {
        table.set_bloom_filter(10.0, false);
        table.set_whole_key_filtering(true);
        table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    }
    options.set_block_based_table_factory(&table);
    options
}
