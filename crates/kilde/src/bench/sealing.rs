//! P9: access-log entries that are sealed and durable, a second, and how long a proof takes. In this process, without HTTP:
//! `kilde-access`'s own log with its group commit, as the entrance writes to it.

use super::client::Load;
use super::report::Figure;
use crate::assembly::{instance, master_key};
use anyhow::Context;
use hdrhistogram::Histogram;
use kilde_access::log::LoggedActor;
use kilde_access::{AccessEntry, AccessLog};
use kilde_http::server::now_ms;
use kilde_log::InstanceKeys;
use kilde_log::merkle::{Hash, Tiles, Tree, WIDTH, from_bytes, leaf_hash, root_of_tile, verify_inclusion};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Readers who wait for their entries at once.
const READERS: usize = 512;
/// Proofs that are made.
const PROOFS: u64 = 20_000;
/// Citizens whom the entries are about.
const CITIZENS: u32 = 10_000;

/// The rows of P9: `entries` written, then proofs over them and over a tree of `leaves`.
pub async fn measure(dir: &Path, entries: u64, leaves: u64) -> anyhow::Result<Vec<Figure>> {
    std::fs::create_dir_all(dir)?;
    let instance = instance("9901")?;
    let master = master_key(&dir.join("master.key"), true)?;
    let keys = Arc::new(InstanceKeys::open_or_create(&dir.join("instance.key"), &instance, &master)?);
    let log = Arc::new(AccessLog::open(&dir.join("access"), &instance, keys)?);
    let (next, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let (log, next) = (log.clone(), next.clone());
        readers.push(tokio::spawn(async move {
            loop {
                let no = next.fetch_add(1, Ordering::Relaxed);
                if no >= entries {
                    return Ok::<_, anyhow::Error>(());
                }
                log.write(&[entry(no)]).await?;
            }
        }));
    }
    for reader in readers {
        reader.await??;
    }
    let per_second = entries as f64 / started.elapsed().as_secs_f64();
    let what = format!("access-log entries, durable and sealed, {READERS} readers at once");
    let mut rows = vec![Figure::new("P9", what, per_second, "entries/s", None, entries)];
    let started = Instant::now();
    let signed = log.seals().sign()?;
    let what = "to sign and keep a checkpoint";
    rows.push(Figure::new(
        "P9/sign",
        what,
        started.elapsed().as_secs_f64() * 1000.0,
        "ms",
        None,
        entries,
    ));
    let root = signed.checkpoint.root;
    let leaf = |no: u64| -> anyhow::Result<Hash> { Ok(log.records().read(no + 1)?.context("the entry is gone")?.leaf()) };
    let run = proofs(entries, root, || Ok(log.records().tree()), leaf)?;
    rows.push(
        Figure::new(
            "P9/proof",
            "inclusion proofs over the same log, one thread",
            run.per_second,
            "proofs/s",
            None,
            entries,
        )
        .with_latency(&run),
    );
    drop(log);
    let flat = Flat::make(&dir.join("tiles"), leaves)?;
    let root = Tree::new(&flat, leaves).root()?;
    let run = proofs(leaves, root, || Ok(Tree::new(&flat, leaves)), |no| Ok(leaf_hash(&no.to_be_bytes())))?;
    let what = "the same over a tree of tiles in files, made for it";
    rows.push(Figure::new("P9/proof/tiles", what, run.per_second, "proofs/s", None, leaves).with_latency(&run));
    Ok(rows)
}

/// An entry such as a nurse's look at an overview leaves.
fn entry(no: u64) -> AccessEntry {
    AccessEntry {
        time_ms: now_ms(),
        actor: LoggedActor {
            kind: "personnel".to_owned(),
            pid: Some("00000000000".to_owned()),
            name: Some("Nina Havnes".to_owned()),
            hpr: Some("999000002".to_owned()),
            role: Some("SP".to_owned()),
            organisation: Some("399901006".to_owned()),
            unit: Some("399901014".to_owned()),
            client: "legevaktjournal-nordvik".to_owned(),
            supplier: None,
        },
        person: (no % u64::from(CITIZENS)) as u32 + 1,
        action: "overview".to_owned(),
        interaction: "overview".to_owned(),
        service: Some("okt".to_owned()),
        ground: Some("attested".to_owned()),
        purpose: Some("TREAT".to_owned()),
        policy: "need-attested".to_owned(),
        ..AccessEntry::default()
    }
    .resources((0..6).map(|_| ("EpisodeOfCare", "01a20531-0000-7000-8000-000000000000", 1)))
}

/// Proofs for random leaves, each from a tree opened anew. Each is verified too, outside what is measured.
fn proofs<T: Tiles<Error = E>, E: std::error::Error + Send + Sync + 'static>(
    size: u64,
    root: Hash,
    tree: impl Fn() -> anyhow::Result<Tree<T>>,
    leaf: impl Fn(u64) -> anyhow::Result<Hash>,
) -> anyhow::Result<Load> {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut latency = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let mut seconds = 0.0;
    for _ in 0..PROOFS {
        let index = random.random_range(0..size);
        let started = Instant::now();
        let proof = tree()?.inclusion(index)?.context("the leaf is not in the tree")?;
        let taken = started.elapsed();
        seconds += taken.as_secs_f64();
        latency.record((taken.as_micros() as u64).max(1))?;
        anyhow::ensure!(
            verify_inclusion(&leaf(index)?, index, size, &proof, &root),
            "a proof does not verify"
        );
    }
    let per_second = PROOFS as f64 / seconds;
    Ok(Load { per_second, latency })
}

/// The hashes of each level of tiles, in one file a level.
struct Flat {
    levels: Vec<File>,
}

impl Flat {
    /// A tree over the numbers below `leaves`.
    fn make(dir: &Path, leaves: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let new = |level: usize| {
            let file = File::options()
                .create_new(true)
                .read(true)
                .write(true)
                .open(dir.join(level.to_string()));
            file.context("cannot make a file for tiles")
        };
        let mut lowest = BufWriter::new(new(0)?);
        for leaf in 0..leaves {
            lowest.write_all(&leaf_hash(&leaf.to_be_bytes()))?;
        }
        let mut flat = Flat {
            levels: vec![lowest.into_inner().map_err(|cause| cause.into_error())?],
        };
        let mut tiles = leaves / WIDTH as u64;
        while tiles > 0 {
            let level = flat.levels.len();
            let mut file = BufWriter::new(new(level)?);
            for index in 0..tiles {
                file.write_all(&root_of_tile(&flat.tile((level - 1) as u8, index, WIDTH)?))?;
            }
            flat.levels.push(file.into_inner().map_err(|cause| cause.into_error())?);
            tiles /= WIDTH as u64;
        }
        Ok(flat)
    }
}

impl Tiles for Flat {
    type Error = std::io::Error;

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, std::io::Error> {
        let mut bytes = vec![0; width * 32];
        let file = self.levels.get(usize::from(level)).ok_or(std::io::ErrorKind::NotFound)?;
        file.read_exact_at(&mut bytes, index * WIDTH as u64 * 32)?;
        from_bytes(&bytes).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }

    fn short(&self, _level: u8, _index: u64) -> std::io::Error {
        std::io::ErrorKind::UnexpectedEof.into()
    }
}
