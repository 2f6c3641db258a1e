//! Merkle trees of RFC 6962 (SHA-256), kept as the tiles of <https://c2sp.org/tlog-tiles>.
//!
//! A tile is 256 hashes side by side. On level 0 they are hashes of leaves; on level *l* each is the root of a full
//! tile of level *l - 1*. Every hash that a proof needs lies in a tile or is made from a part of one.

mod edge;
mod path;
mod proof;
mod tree;

#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};

pub(crate) use edge::Edge;
pub use path::TilePath;
pub use proof::{verify_consistency, verify_inclusion};
pub use tree::{Tiles, Tree};

/// A node of the tree.
pub type Hash = [u8; 32];

/// Hashes in a full tile.
pub const WIDTH: usize = 256;
/// Bytes of a hash.
pub(crate) const HASH: usize = 32;

/// SHA-256.
pub fn sha256(data: &[u8]) -> Hash {
    let mut out = [0; HASH];
    out.copy_from_slice(digest(&SHA256, data).as_ref());
    out
}

/// The hash of a leaf: SHA-256 of 0x00 and the leaf's data (RFC 6962, 2.1).
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut whole = Vec::with_capacity(1 + data.len());
    whole.push(0);
    whole.extend_from_slice(data);
    sha256(&whole)
}

/// The hash over two nodes: SHA-256 of 0x01 and both (RFC 6962, 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut whole = [1; 1 + 2 * HASH];
    whole[1..1 + HASH].copy_from_slice(left);
    whole[1 + HASH..].copy_from_slice(right);
    sha256(&whole)
}

/// The root over a power of two of nodes of one height. Of nothing it is the root of the empty tree.
pub(crate) fn subtree(hashes: &[Hash]) -> Hash {
    let mut level = match hashes {
        [] => return sha256(b""),
        [one] => return *one,
        many => pairs(many),
    };
    while level.len() > 1 {
        level = pairs(&level);
    }
    level[0]
}

fn pairs(hashes: &[Hash]) -> Vec<Hash> {
    hashes
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => node_hash(left, right),
            rest => rest[0],
        })
        .collect()
}

/// The hash that stands for a full tile on the level above it.
pub fn root_of_tile(tile: &[Hash]) -> Hash {
    subtree(tile)
}

/// Hashes as a tile's bytes.
pub fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// A tile's bytes as hashes; `None` when they are no whole number of hashes, or more than a tile holds.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH>();
    (rest.is_empty() && hashes.len() <= WIDTH).then(|| hashes.to_vec())
}
