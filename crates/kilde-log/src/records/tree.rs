//! The tree over the records: its tiles are written with the records, in one write.
//!
//! Full tiles of hashes of leaves, and all tiles above, are on disk. The hashes of the last leaves, those of no full tile,
//! are made anew from the records when the log is opened.

use std::sync::Arc;

use rocksdb::{ReadOptions, WriteBatch};

use super::RecordLog;
use crate::LogError;
use crate::merkle::{self, Edge, Hash, Tiles, Tree, WIDTH};
use crate::store::Store;

/// Column family of the tiles.
pub(super) const TILES: &str = "tiles";

/// The first leaves of a record log, as far as they were there when it was made.
pub type RecordTree<'a> = Tree<RecordTiles<'a>>;

/// Tiles of a record log.
pub struct RecordTiles<'a> {
    store: &'a Store,
    edge: Arc<Edge>,
}

impl Tiles for RecordTiles<'_> {
    type Error = LogError;

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, LogError> {
        let mut hashes = if level == 0 && index == self.edge.size() / WIDTH as u64 {
            self.edge.tile(0).to_vec()
        } else {
            stored(self.store, usize::from(level), index)?.ok_or_else(|| missing(usize::from(level), index))?
        };
        if hashes.len() < width {
            return Err(self.short(level, index));
        }
        hashes.truncate(width);
        Ok(hashes)
    }

    fn short(&self, level: u8, index: u64) -> LogError {
        damaged(usize::from(level), index, "the tile is shorter than the tree needs it")
    }
}

impl RecordLog {
    /// The tree over all records.
    pub fn tree(&self) -> RecordTree<'_> {
        let tiles = self.tiles();
        let size = tiles.edge.size();
        Tree::new(tiles, size)
    }

    /// The tree over the first `size` records; `None` when there are fewer.
    pub fn tree_of(&self, size: u64) -> Option<RecordTree<'_>> {
        let tiles = self.tiles();
        (size <= tiles.edge.size()).then(|| Tree::new(tiles, size))
    }

    /// A tile as it is published: the first `width` hashes. `None` when the tree has not grown so far.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tile(&self, path: &crate::TilePath) -> Result<Option<Vec<u8>>, LogError> {
        let tiles = self.tiles();
        if !path.is_within(tiles.edge.size()) {
            return Ok(None);
        }
        tiles
            .tile(path.level, path.index, path.width)
            .map(|hashes| Some(merkle::to_bytes(&hashes)))
    }

    fn tiles(&self) -> RecordTiles<'_> {
        RecordTiles {
            store: &self.store,
            edge: self.edge.lock().clone(),
        }
    }

    /// The edge of the tree over `last` records, `hashes` being those of the leaves in no full tile.
    pub(super) fn recover_edge(&self, last: u64, hashes: Vec<Hash>) -> Result<Edge, LogError> {
        if last >= WIDTH as u64 && stored(&self.store, 0, 0)?.is_none() {
            tracing::warn!(records = last, "the access log has no tree yet; it is made from the records");
            return self.make_tree();
        }
        let mut levels = vec![hashes];
        for level in 1.. {
            let (width, index) = Edge::growing(last, level);
            if (width, index) == (0, 0) {
                break;
            }
            let tile = stored(&self.store, level as usize, index)?.unwrap_or_default();
            if tile.len() != width {
                return Err(damaged(level as usize, index, "the tree does not end where the records do"));
            }
            levels.push(tile);
        }
        let (width, index) = Edge::growing(last, 0);
        if levels[0].len() != width || stored(&self.store, 0, index)?.is_some() {
            return Err(damaged(0, index, "the tree does not end where the records do"));
        }
        Ok(Edge::new(last, levels))
    }

    /// Makes all tiles from the records. The very first one is written last: without it, it is begun anew.
    fn make_tree(&self) -> Result<Edge, LogError> {
        let (mut edge, mut batch, mut first) = (Edge::default(), WriteBatch::default(), None);
        let family = self.store.cf(TILES)?;
        self.walk(1, super::genesis(&self.instance), ReadOptions::default(), |record| {
            edge.push(record.leaf(), |level, index, tile| {
                let bytes = merkle::to_bytes(tile);
                match (level, index) {
                    (0, 0) => first = Some(bytes),
                    _ => batch.put_cf(family, key(level, index), bytes),
                }
            });
            if batch.len() >= 256 {
                self.store.write(std::mem::take(&mut batch), None)?;
            }
            Ok(())
        })?;
        put_growing(&edge, usize::MAX, |key, tile| batch.put_cf(family, key, tile));
        if let Some(first) = first {
            batch.put_cf(family, key(0, 0), first);
        }
        self.store.write(batch, None)?;
        Ok(edge)
    }

    /// Adds a leaf's tiles to a write; gives the highest level that changed.
    pub(super) fn push_leaf(&self, edge: &mut Edge, leaf: Hash, batch: &mut WriteBatch) -> Result<usize, LogError> {
        let family = self.store.cf(TILES)?;
        Ok(edge.push(leaf, |level, index, tile| {
            batch.put_cf(family, key(level, index), merkle::to_bytes(tile));
        }))
    }

    /// Adds the growing tiles up to a level to a write.
    pub(super) fn put_edge(&self, edge: &Edge, highest: usize, batch: &mut WriteBatch) -> Result<(), LogError> {
        let family = self.store.cf(TILES)?;
        put_growing(edge, highest, |key, tile| batch.put_cf(family, key, tile));
        Ok(())
    }

    /// Holds a tile that the records make against the one that is stored.
    pub(super) fn check_tile(&self, level: usize, index: u64, made: &[Hash]) -> Result<(), LogError> {
        let found = stored(&self.store, level, index)?.ok_or_else(|| missing(level, index))?;
        match made.iter().zip(&found).position(|(made, found)| made != found) {
            Some(at) if level == 0 => Err(LogError::damaged(
                super::RECORDS,
                index * WIDTH as u64 + at as u64 + 1,
                "the record is not the one that was sealed: its leaf in the tree is another",
            )),
            Some(_) => Err(damaged(level, index, "the tile is not the root of the tiles below it")),
            None if found.len() < made.len() => Err(damaged(level, index, "the tile is shorter than the tree needs it")),
            None => Ok(()),
        }
    }
}

/// The tiles above the leaves that are not full.
fn put_growing(edge: &Edge, highest: usize, mut put: impl FnMut([u8; 9], Vec<u8>)) {
    for level in 1..=highest.min(8) {
        let tile = edge.tile(level);
        if !tile.is_empty() {
            let (_, index) = Edge::growing(edge.size(), level as u32);
            put(key(level, index), merkle::to_bytes(tile));
        }
    }
}

fn key(level: usize, index: u64) -> [u8; 9] {
    let mut key = [level as u8; 9];
    key[1..].copy_from_slice(&index.to_be_bytes());
    key
}

fn stored(store: &Store, level: usize, index: u64) -> Result<Option<Vec<Hash>>, LogError> {
    let Some(bytes) = store.get(TILES, &key(level, index))? else {
        return Ok(None);
    };
    let wrong = || damaged(level, index, "the tile cannot be read");
    merkle::from_bytes(&bytes).ok_or_else(wrong).map(Some)
}

/// The place is told as the first record under the tile.
fn damaged(level: usize, index: u64, what: &'static str) -> LogError {
    LogError::damaged(TILES, first_record(level, index), what)
}

fn missing(level: usize, index: u64) -> LogError {
    LogError::Missing {
        family: TILES,
        key: first_record(level, index),
    }
}

fn first_record(level: usize, index: u64) -> u64 {
    (index << (8 * (level + 1)).min(63)).saturating_add(1)
}
