//! P12: what the validator does, in this process: no request, no store. Each resource of the bundles is examined by
//! R4's definitions, with invariants and codes. Synthea claims no profiles.

use anyhow::Context;
use indicatif::ProgressBar;
use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::library::{Library, Sources};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long is measured, at least.
const LONG: Duration = Duration::from_secs(5);

/// The folder of packages: the one named, else the one beside the checkout, if it is there.
pub fn packages(named: Option<&Path>) -> Option<PathBuf> {
    let beside = || PathBuf::from(std::env::var_os("KILDE_SHARED").unwrap_or_else(|| "../shared".into())).join("data/packages");
    Some(named.map_or_else(beside, Path::to_owned)).filter(|folder| folder.is_dir())
}

/// Resources a second on all processors, and how many different ones there were.
pub fn measure(packages: PathBuf, texts: &[Vec<u8>], threads: usize) -> anyhow::Result<(f64, u64)> {
    let bar = ProgressBar::new_spinner().with_message("loading packages");
    bar.enable_steady_tick(Duration::from_millis(200));
    let library = Library::load(&Sources {
        packages: Some(packages),
        ..Sources::default()
    });
    library.compile();
    bar.finish_and_clear();
    let documents: Vec<Document> = texts
        .iter()
        .map(|text| parse(&text[..], Limits::default()).map_err(|_| anyhow::anyhow!("a bundle is no JSON")))
        .collect::<Result<_, _>>()?;
    let resources: usize = documents.iter().map(|d| d.root().items("entry").count()).sum();
    anyhow::ensure!(resources > 0, "the bundles hold nothing that P12 could examine");
    // Once without counting: what is made at first use is made then.
    examine(&library, &documents, &AtomicUsize::new(0), documents.len());
    let (next, started) = (AtomicUsize::new(0), Instant::now());
    let mut rounds = 0;
    while started.elapsed() < LONG {
        rounds += 1;
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let workers: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| examine(&library, &documents, &next, rounds * documents.len())))
                .collect();
            for worker in workers {
                worker.join().ok().context("a thread that examines has stopped")?;
            }
            Ok(())
        })?;
        next.store(rounds * documents.len(), Ordering::Relaxed);
    }
    Ok(((rounds * resources) as f64 / started.elapsed().as_secs_f64(), resources as u64))
}

/// Takes bundles by turn until so many have been taken.
fn examine(library: &Library, documents: &[Document], next: &AtomicUsize, most: usize) {
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= most {
            return;
        }
        let Some(document) = documents.get(at % documents.len()) else {
            return;
        };
        for resource in document.root().items("entry").filter_map(|e| e.get("resource")) {
            std::hint::black_box(library.validator().validate(resource, &[]));
        }
    }
}
