//! Filling an instance: P1, and the citizens for the other workloads.

use super::limits::Limits;
use super::report::Figure;
use super::searches::Sample;
use super::stores;
use crate::assembly::{Stores, import_scope, sandbox};
use crate::rebuild::bar;
use anyhow::Context;
use flate2::read::GzDecoder;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::World;
use kilde_http::server::now_ms;
use kilde_intake::{Kind, Submission};
use kilde_log::{EventNo, StoredEvent};
use kilde_sandbox::people::{generate_as_of, last_whole_day};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Documents for P1.
pub struct Bundles {
    name: &'static str,
    texts: Vec<Vec<u8>>,
}

impl Bundles {
    /// The bundles.
    pub fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }

    /// The largest one: the sample for parse and decompression limits.
    pub fn largest(&self) -> &[u8] {
        self.texts.iter().max_by_key(|t| t.len()).map_or(b"{}", Vec::as_slice)
    }
}

/// Reads the bundles of a folder (also gzipped), or makes citizens where there is no folder.
pub fn bundles(folder: Option<&Path>) -> anyhow::Result<Bundles> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => PathBuf::from(std::env::var_os("KILDE_SHARED").unwrap_or_else(|| "../shared".into())).join("data/synthea-r4"),
    };
    if !folder.is_dir() {
        eprintln!("{} is not there: P1 imports synthetic citizens instead", folder.display());
        let texts = generate_as_of("9901", 500, 7, last_whole_day(now_ms()))
            .map(|c| c.bundle().into_bytes())
            .collect();
        return Ok(Bundles {
            name: "synthetic citizens",
            texts,
        });
    }
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy().into_owned();
        let raw = || std::fs::read(&path).with_context(|| name.clone());
        if name.ends_with(".json.gz") {
            let mut text = Vec::new();
            GzDecoder::new(raw()?.as_slice()).read_to_end(&mut text)?;
            texts.push(text);
        } else if name.ends_with(".json") {
            texts.push(raw()?);
        }
    }
    anyhow::ensure!(!texts.is_empty(), "{} holds no bundles", folder.display());
    Ok(Bundles {
        name: "Synthea bundles",
        texts,
    })
}

/// What P1 left.
pub struct Imported {
    /// How fast.
    pub figure: Figure,
    /// Resources in the instance.
    pub resources: u64,
    /// What can be searched for.
    pub samples: Vec<Sample>,
}

/// P1: imports the bundles over and over (each time with new ids) until there are `wanted` resources.
pub fn import(data: &Path, bundles: &Bundles, wanted: u64, limits: &Limits) -> anyhow::Result<Imported> {
    let stores = stores(data)?;
    let (organisation, client) = sandbox::source("9901");
    let scope = import_scope(stores.log.instance(), organisation, client);
    let intake = stores.intake(World::Sandbox);
    let (done, bytes, next) = (AtomicU64::new(0), AtomicU64::new(0), AtomicUsize::new(0));
    let bar = bar(wanted);
    let started = Instant::now();
    std::thread::scope(|threads| -> anyhow::Result<()> {
        let workers: Vec<_> = (0..limits.cores * 2)
            .map(|_| {
                threads.spawn(|| -> anyhow::Result<()> {
                    while done.load(Ordering::Relaxed) < wanted {
                        let text = &bundles.texts[next.fetch_add(1, Ordering::Relaxed) % bundles.texts.len()];
                        let submission = Submission::new(scope.clone(), Kind::Bundle, text.clone(), now_ms());
                        let accepted = intake
                            .submit_blocking(submission)
                            .map_err(|r| anyhow::anyhow!("refused: {:?}", r.findings.first()))?;
                        bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
                        bar.set_position(done.fetch_add(accepted.entries.len() as u64, Ordering::Relaxed));
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("an import thread stopped"))??;
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    let (resources, bytes) = (done.into_inner(), bytes.into_inner());
    let rate = resources as f64 / started.elapsed().as_secs_f64();
    let parse_limit = limits.json_parse_mb_per_s * 1e6 * limits.cores as f64 * resources as f64 / bytes as f64;
    let figure = Figure::new(
        "P1",
        format!("import of {} (limit: JSON parse)", bundles.name),
        rate,
        "res/s",
        Some(parse_limit),
        resources,
    );
    let mut samples = Vec::new();
    for event in some_events(&stores, 500)? {
        let payloads = stores.log.payloads(&event)?;
        let types = event.entries.iter().map(|e| ResourceType(e.rtype));
        let entries: Vec<_> = types.zip(payloads).filter_map(|(rtype, payload)| Some((rtype, payload?))).collect();
        samples.extend(Sample::of(&entries));
    }
    at_rest(&stores)?;
    Ok(Imported {
        figure,
        resources,
        samples,
    })
}

/// Some of the events, from the first to the last.
fn some_events(stores: &Stores, most: usize) -> anyhow::Result<Vec<StoredEvent>> {
    let last = stores.log.last().0;
    let numbers = (1..=last).step_by((last as usize / most).max(1));
    Ok(numbers
        .filter_map(|no| stores.log.event(EventNo(no)).transpose())
        .collect::<Result<_, _>>()?)
}

/// What loading leaves to be done in the background is not measured with what follows.
fn at_rest(stores: &Stores) -> anyhow::Result<()> {
    stores.index.flush()?;
    stores.index.settle()?;
    stores.log.settle()?;
    Ok(())
}

/// What was loaded.
pub struct Loaded {
    /// How fast.
    pub figure: Figure,
    /// Resources in the instance.
    pub resources: u64,
    /// Some resources by type and id.
    pub ids: Vec<(ResourceType, String)>,
    /// National ids of citizens.
    pub people: Vec<String>,
}

/// Citizens into the instance that the server will serve.
pub fn citizens(data: &Path, n: usize) -> anyhow::Result<Loaded> {
    let stores = stores(data)?;
    let (organisation, client) = sandbox::source("9901");
    let scope = import_scope(stores.log.instance(), organisation, client);
    let intake = stores.intake(World::Sandbox);
    let submit = |body: String| {
        let submission = Submission::new(scope.clone(), Kind::Bundle, body, now_ms());
        intake
            .submit_blocking(submission)
            .map(|a| a.entries.len() as u64)
            .map_err(|r| anyhow::anyhow!("refused: {:?}", r.findings.first()))
    };
    let started = Instant::now();
    let resources = AtomicU64::new(submit(kilde_sandbox::organisations::organisations_bundle("9901"))?);
    let people = parking_lot::Mutex::new(Vec::with_capacity(n));
    let generator = parking_lot::Mutex::new(generate_as_of("9901", n, 1, last_whole_day(now_ms())));
    let bar = bar(n as u64);
    std::thread::scope(|threads| -> anyhow::Result<()> {
        let workers: Vec<_> = (0..16)
            .map(|_| {
                threads.spawn(|| -> anyhow::Result<()> {
                    loop {
                        let Some(citizen) = generator.lock().next() else { return Ok(()) };
                        resources.fetch_add(submit(citizen.bundle())?, Ordering::Relaxed);
                        people.lock().push(citizen.nin().to_owned());
                        bar.inc(1);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a loading thread stopped"))??;
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    let resources = resources.into_inner();
    let mut ids = Vec::new();
    for event in some_events(&stores, 5_000)? {
        ids.extend(event.entries.into_iter().take(4).map(|entry| (ResourceType(entry.rtype), entry.id)));
    }
    at_rest(&stores)?;
    let figure = Figure::new(
        "load",
        "citizens, one transaction each",
        resources as f64 / seconds,
        "res/s",
        None,
        resources,
    );
    Ok(Loaded {
        figure,
        resources,
        ids,
        people: people.into_inner(),
    })
}
