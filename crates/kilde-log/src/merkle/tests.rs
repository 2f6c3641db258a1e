//! Against an independent implementation of RFC 6962 (`ct-merkle`), and the published roots of the CT reference tests.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

/// Full tiles as `Edge` gives them, and the edge.
#[derive(Default)]
struct Kept {
    edge: Edge,
    full: std::collections::HashMap<(usize, u64), Vec<Hash>>,
}

impl Kept {
    fn of(leaves: impl Iterator<Item = u64>) -> Self {
        let mut kept = Self::default();
        for leaf in leaves {
            kept.push(leaf_hash(&leaf.to_be_bytes()));
        }
        kept
    }

    fn push(&mut self, leaf: Hash) {
        let full = &mut self.full;
        self.edge.push(leaf, |level, index, tile| {
            assert!(full.insert((level, index), tile.to_vec()).is_none(), "a tile is filled once");
        });
    }
}

impl Tiles for Kept {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, Infallible> {
        let level = usize::from(level);
        let hashes = match self.full.get(&(level, index)) {
            Some(full) => full.as_slice(),
            None => {
                assert_eq!(index, Edge::growing(self.edge.size(), level as u32).1);
                self.edge.tile(level)
            }
        };
        Ok(hashes[..width].to_vec())
    }

    fn short(&self, level: u8, index: u64) -> Infallible {
        panic!("tile {level}/{index} is short")
    }
}

fn oracle(size: u64) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    for leaf in 0..size {
        tree.push(leaf.to_be_bytes());
    }
    tree
}

#[test]
fn roots_of_the_reference_tests() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut kept = Kept::default();
    for (size, root) in roots.iter().enumerate() {
        let made: String = Tree::new(&kept, size as u64)
            .root()
            .unwrap()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(made, *root, "{size} leaves");
        if let Some(leaf) = leaves.get(size) {
            kept.push(leaf_hash(leaf));
        }
    }
}

#[test]
fn tiles_have_the_widths_of_the_specifications_example() {
    let widths: Vec<_> = (0..3).map(|level| Edge::growing(70_000, level)).collect();
    assert_eq!(widths, [(112, 273), (17, 1), (1, 0)]);
    let kept = Kept::of(0..70_000);
    assert_eq!((0..3).map(|level| kept.edge.tile(level).len()).collect::<Vec<_>>(), [112, 17, 1]);
    assert_eq!(kept.full.keys().filter(|(level, _)| *level == 0).count(), 273);
    assert_eq!(kept.full.keys().filter(|(level, _)| *level == 1).count(), 1);
    let proof = Tree::new(&kept, 70_000).inclusion(69_999).unwrap().unwrap();
    let oracle = oracle(70_000);
    assert_eq!(proof.concat(), oracle.prove_inclusion(69_999).as_bytes());
    assert_eq!(Tree::new(&kept, 70_000).root().unwrap()[..], oracle.root().as_bytes()[..]);
}

#[test]
fn every_small_tree_agrees_with_the_oracle() {
    let kept = Kept::of(0..70);
    for size in 1..70u64 {
        let (ours, theirs) = (Tree::new(&kept, size), oracle(size));
        let root = ours.root().unwrap();
        assert_eq!(root[..], theirs.root().as_bytes()[..]);
        for index in 0..size {
            let proof = ours.inclusion(index).unwrap().unwrap();
            assert_eq!(proof.concat(), theirs.prove_inclusion(index as usize).as_bytes());
            assert!(verify_inclusion(&leaf_hash(&index.to_be_bytes()), index, size, &proof, &root));
        }
        for old in 1..=size {
            let proof = ours.consistency(old).unwrap().unwrap();
            assert_eq!(
                proof.concat(),
                theirs.prove_consistency((size - old) as usize).as_bytes(),
                "{old} -> {size}"
            );
            assert!(verify_consistency(old, &Tree::new(&kept, old).root().unwrap(), size, &root, &proof));
        }
        assert!(ours.inclusion(size).unwrap().is_none() && ours.consistency(size + 1).unwrap().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn larger_trees_agree_with_the_oracle(size in 1u64..3000, index: prop::sample::Index, old: prop::sample::Index) {
        // More leaves than the tree that is asked for: earlier trees stay provable.
        let (kept, theirs) = (Kept::of(0..size + 300), oracle(size));
        let (index, old) = (index.index(size as usize) as u64, 1 + old.index(size as usize) as u64);
        let ours = Tree::new(&kept, size);
        prop_assert_eq!(ours.root().unwrap().to_vec(), theirs.root().as_bytes().to_vec());
        let inclusion = ours.inclusion(index).unwrap().unwrap();
        let expected = theirs.prove_inclusion(index as usize);
        prop_assert_eq!(inclusion.concat(), expected.as_bytes());
        let consistency = ours.consistency(old).unwrap().unwrap();
        let expected = theirs.prove_consistency((size - old) as usize);
        prop_assert_eq!(consistency.concat(), expected.as_bytes());
    }

    #[test]
    fn a_wrong_proof_never_verifies(size in 2u64..600, index: prop::sample::Index, old: prop::sample::Index, at: prop::sample::Index, bit in 0usize..256) {
        let kept = Kept::of(0..size);
        let (index, old) = (index.index(size as usize) as u64, 1 + old.index(size as usize - 1) as u64);
        let tree = Tree::new(&kept, size);
        let (root, leaf) = (tree.root().unwrap(), leaf_hash(&index.to_be_bytes()));
        let flip = |proof: &[Hash]| {
            let mut bad = proof.to_vec();
            bad[at.index(proof.len())][bit / 8] ^= 1 << (bit % 8);
            bad
        };
        let proof = tree.inclusion(index).unwrap().unwrap();
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root));
        prop_assert!(!verify_inclusion(&leaf, index, size, &flip(&proof), &root));
        prop_assert!(!verify_inclusion(&leaf, index, size, &proof[1..], &root));
        prop_assert!(!verify_inclusion(&leaf, index ^ 1, size, &proof, &root));
        prop_assert!(!verify_inclusion(&leaf_hash(b"another"), index, size, &proof, &root));
        let old_root = Tree::new(&kept, old).root().unwrap();
        let proof = tree.consistency(old).unwrap().unwrap();
        prop_assert!(verify_consistency(old, &old_root, size, &root, &proof));
        prop_assert!(!verify_consistency(old, &old_root, size, &root, &flip(&proof)));
        prop_assert!(!verify_consistency(old, &leaf_hash(b"another"), size, &root, &proof));
        prop_assert!(!verify_consistency(old, &old_root, size, &leaf_hash(b"another"), &proof));
        prop_assert!(!verify_consistency(old, &old_root, size, &root, &[]));
    }
}
