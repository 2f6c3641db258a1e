//! Roots and proofs of a tree of which only the tiles are at hand.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::{Hash, WIDTH, node_hash, subtree};

/// Where tiles come from.
pub trait Tiles {
    /// Why a tile is not there.
    type Error;

    /// The first `width` hashes of a tile.
    ///
    /// # Errors
    /// When it cannot be read, or is shorter.
    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, Self::Error>;

    /// The error for a tile that is shorter than it must be.
    fn short(&self, level: u8, index: u64) -> Self::Error;
}

impl<T: Tiles> Tiles for &T {
    type Error = T::Error;

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, T::Error> {
        (**self).tile(level, index, width)
    }

    fn short(&self, level: u8, index: u64) -> T::Error {
        (**self).short(level, index)
    }
}

/// The tree of the first `size` leaves. Reads each tile once; a proof needs two on each level at most.
pub struct Tree<T> {
    tiles: T,
    size: u64,
    held: RefCell<FxHashMap<(u8, u64), Vec<Hash>>>,
}

impl<T: Tiles> Tree<T> {
    /// The tree of the first `size` leaves; `tiles` must have at least as many.
    pub fn new(tiles: T, size: u64) -> Self {
        Self {
            tiles,
            size,
            held: RefCell::default(),
        }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    ///
    /// # Errors
    /// Those of the tiles.
    pub fn root(&self) -> Result<Hash, T::Error> {
        self.range(0, self.size)
    }

    /// The proof that the leaf at `index` (from 0) is in the tree, from the leaf up; `None` when it has no such leaf.
    ///
    /// # Errors
    /// Those of the tiles.
    pub fn inclusion(&self, index: u64) -> Result<Option<Vec<Hash>>, T::Error> {
        if index >= self.size {
            return Ok(None);
        }
        let (mut from, mut to, mut proof) = (0, self.size, Vec::new());
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                proof.push(self.range(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range(from, middle)?);
                from = middle;
            }
        }
        proof.reverse();
        Ok(Some(proof))
    }

    /// The proof that the tree of the first `old` leaves is its beginning; `None` when it has fewer leaves than that.
    ///
    /// # Errors
    /// Those of the tiles.
    pub fn consistency(&self, old: u64) -> Result<Option<Vec<Hash>>, T::Error> {
        if old > self.size {
            return Ok(None);
        }
        let (mut from, mut to, mut proof) = (0, self.size, Vec::new());
        if old == 0 {
            return Ok(Some(proof));
        }
        while old != to {
            let middle = from + split(to - from);
            if old <= middle {
                proof.push(self.range(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range(from, middle)?);
                from = middle;
            }
        }
        // The old root itself is known to who asks.
        if from > 0 {
            proof.push(self.range(from, to)?);
        }
        proof.reverse();
        Ok(Some(proof))
    }

    /// The root over the leaves `from..to`; where it is no full subtree it is made of those that are.
    fn range(&self, from: u64, to: u64) -> Result<Hash, T::Error> {
        let wide = to - from;
        if wide == 0 {
            return Ok(subtree(&[]));
        }
        if wide.is_power_of_two() && from.is_multiple_of(wide) {
            return self.node(wide.trailing_zeros(), from / wide);
        }
        let middle = from + split(wide);
        Ok(node_hash(&self.range(from, middle)?, &self.range(middle, to)?))
    }

    /// The root of a full subtree of that height: made from a part of one tile.
    fn node(&self, height: u32, index: u64) -> Result<Hash, T::Error> {
        let (level, inside) = ((height / 8) as u8, height % 8);
        let first = index << inside;
        let (tile, at) = (first / WIDTH as u64, (first % WIDTH as u64) as usize);
        let mut held = self.held.borrow_mut();
        let hashes = match held.entry((level, tile)) {
            std::collections::hash_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let all = self.size >> (8 * u32::from(level));
                let width = (all - tile * WIDTH as u64).min(WIDTH as u64) as usize;
                free.insert(self.tiles.tile(level, tile, width)?)
            }
        };
        match hashes.get(at..at + (1 << inside)) {
            Some(part) => Ok(subtree(part)),
            None => Err(self.tiles.short(level, tile)),
        }
    }
}

/// The largest power of two below `n`, for `n` > 1 (RFC 6962, 2.1).
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}
