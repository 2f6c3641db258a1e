//! The files of an instance: searched, copied as a backup does, and as a kill leaves them.

use crate::common::{World9901, world_in};
use kilde_fhir::national_id::World;
use kilde_intake::IntakeConfig;
use rocksdb::{ColumnFamilyDescriptor, DB, IteratorMode, Options};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many bytes of a mark in a row are told from chance.
const PIECE: usize = 7;

/// The files below a directory.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut out, mut ahead) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(at) = ahead.pop() {
        for item in std::fs::read_dir(at).expect("a directory") {
            let path = item.expect("an entry").path();
            if path.is_dir() { ahead.push(path) } else { out.push(path) }
        }
    }
    out
}

/// Which marks, or pieces of them (tables leave out what neighbours have in common), are in some bytes.
pub fn marks_in(bytes: &[u8], marks: &[&str]) -> Vec<String> {
    let found = marks.iter().filter(|mark| {
        mark.as_bytes()
            .windows(PIECE)
            .any(|piece| memchr::memmem::find(bytes, piece).is_some())
    });
    found.map(|mark| (*mark).to_owned()).collect()
}

/// What is found in the files as they lie, and in what the engine reads out of its compressed blocks.
pub fn search(dir: &Path, marks: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for path in files_below(dir) {
        let bytes = std::fs::read(&path).expect("a file");
        out.extend(
            marks_in(&bytes, marks)
                .into_iter()
                .map(|mark| format!("{mark} in {}", path.display())),
        );
    }
    for part in ["log", "keys", "index"]
        .map(|part| dir.join(part))
        .iter()
        .filter(|part| part.exists())
    {
        let names = DB::list_cf(&Options::default(), part).expect("families");
        let all = names.iter().map(|name| ColumnFamilyDescriptor::new(name, Options::default()));
        let db = DB::open_cf_descriptors_read_only(&Options::default(), part, all, false).expect("a store");
        for name in &names {
            for item in db.iterator_cf(db.cf_handle(name).expect("a family"), IteratorMode::Start) {
                let (key, value) = item.expect("a pair");
                for bytes in [key, value] {
                    out.extend(
                        marks_in(&bytes, marks)
                            .into_iter()
                            .map(|mark| format!("{mark} in {name} of {}", part.display())),
                    );
                }
            }
        }
    }
    out
}

/// Copies some parts of an instance's directory.
pub fn copy(from: &Path, to: &Path, parts: &[&str]) {
    for part in parts {
        for path in files_below(&from.join(part)) {
            let target = to.join(path.strip_prefix(from).expect("inside"));
            std::fs::create_dir_all(target.parent().expect("a parent")).expect("a directory");
            std::fs::copy(path, target).expect("copied");
        }
    }
}

/// A stopped instance, opened again.
pub fn open(dir: tempfile::TempDir) -> World9901 {
    world_in(dir, IntakeConfig::new(World::Sandbox))
}

/// Stops an instance and gives its directory.
pub fn stop(world: World9901) -> tempfile::TempDir {
    let World9901 {
        intake,
        index,
        log,
        quarantine,
        keys,
        dir,
    } = world;
    drop((intake, quarantine));
    for _ in 0..500 {
        if Arc::strong_count(&log) == 2 && Arc::strong_count(&index) == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop((index, log, keys));
    dir
}

/// What a kill leaves: the files as they are, copied while the stores are open, with the ring as it was at another time if one is given.
pub fn crashed(world: &World9901, ring: Option<&Path>) -> tempfile::TempDir {
    let named = |dir: &Path| -> Vec<(PathBuf, u64)> {
        let mut all: Vec<_> = files_below(dir)
            .into_iter()
            .map(|path| {
                let size = std::fs::metadata(&path).map_or(0, |data| data.len());
                (path, size)
            })
            .collect();
        all.sort();
        all
    };
    // The engine makes and removes files in the background: what is copied is what lay there at one moment.
    loop {
        let copied = tempfile::tempdir().expect("a directory");
        let before = named(world.dir.path());
        let whole = before.iter().all(|(path, _)| {
            let target = copied.path().join(path.strip_prefix(world.dir.path()).expect("inside"));
            std::fs::create_dir_all(target.parent().expect("a parent")).expect("a directory");
            std::fs::copy(path, target).is_ok()
        });
        if whole && named(world.dir.path()) == before {
            if let Some(ring) = ring {
                std::fs::remove_dir_all(copied.path().join("keys")).expect("removed");
                copy(ring, copied.path(), &["keys"]);
            }
            return copied;
        }
    }
}
