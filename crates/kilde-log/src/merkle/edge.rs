//! The right edge of a growing tree: the tiles that are not full yet.

use super::{Hash, WIDTH, subtree};

/// The tiles that still grow, by level, and how many leaves there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of a tree of that size; `levels` must have the widths that follow from it.
    pub(crate) fn new(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    /// How many leaves there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// How many hashes the growing tile of a level has in a tree of that size, and which tile of the level it is.
    pub(crate) fn growing(size: u64, level: u32) -> (usize, u64) {
        let hashes = size.checked_shr(8 * level).unwrap_or(0);
        ((hashes % WIDTH as u64) as usize, hashes / WIDTH as u64)
    }

    /// The growing tile of a level.
    pub(crate) fn tile(&self, level: usize) -> &[Hash] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }

    /// Adds a leaf. `full` gets every tile that it fills: level, number of the tile, hashes. Gives the highest level that
    /// it changed.
    pub(crate) fn push(&mut self, leaf: Hash, mut full: impl FnMut(usize, u64, &[Hash])) -> usize {
        let mut hash = leaf;
        self.size += 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let tile = &mut self.levels[level];
            tile.push(hash);
            if tile.len() < WIDTH {
                return level;
            }
            full(level, (self.size >> (8 * (level + 1))) - 1, tile);
            hash = subtree(tile);
            tile.clear();
        }
        0
    }
}
