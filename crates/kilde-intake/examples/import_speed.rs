//! How fast bundles are taken in: `import_speed DIR [THREADS] [ROUNDS] [LEVEL PACKAGES]`, DIR with
//! transaction bundles (`.json` or `.json.gz`). Prints resources a second, prepare alone and the whole
//! way. LEVEL is `base` or `profiles`: examined by the packages of that folder, which costs more.

use kilde_access::AccessScope;
use kilde_fhir::library::{Library, Sources};
use kilde_fhir::national_id::World;
use kilde_index::Index;
use kilde_intake::{Intake, IntakeConfig, Kind, Level, Submission, Validation};
use kilde_log::{EventLog, Instance, InstanceKeys, MasterKey, Quarantine};
use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: import_speed DIR [THREADS] [ROUNDS]")?;
    let threads: usize = args.next().map_or(Ok(3), |t| t.parse())?;
    let rounds: usize = args.next().map_or(Ok(1), |t| t.parse())?;
    let mut config = IntakeConfig::new(World::Sandbox);
    if let Some(level) = args.next() {
        config.validation = validation(&level, args.next().ok_or("LEVEL needs PACKAGES")?)?;
    }
    let bodies = read(&dir)?;
    let bytes: usize = bodies.iter().map(Vec::len).sum();

    let place = tempfile::tempdir()?;
    let instance = Instance::parse("9901").ok_or("instance")?;
    let keys = Arc::new(InstanceKeys::open_or_create(
        &place.path().join("instance.key"),
        &instance,
        &MasterKey::from_bytes([1; 32]),
    )?);
    let log = Arc::new(EventLog::open(&place.path().join("log"), &instance, keys.clone())?);
    let index = Arc::new(Index::open(&place.path().join("index"), &instance, keys, log.clone())?);
    let quarantine = Arc::new(Quarantine::open(&log)?);
    let intake = Intake::new(log.clone(), index, quarantine, config);
    let scope = Arc::new(AccessScope::import(instance, "974760673", "import"));
    let submission = |body: &Vec<u8>| Submission::new(scope.clone(), Kind::Bundle, body.clone(), 1_795_376_165_123);

    for body in bodies.iter().take(5) {
        // Tables are read at first use.
        intake.prepare(&submission(body)).map_err(|r| format!("{:?}", r.findings.first()))?;
    }
    let started = Instant::now();
    for body in &bodies {
        intake.prepare(&submission(body)).map_err(|r| format!("{:?}", r.findings.first()))?;
    }
    let prepare = started.elapsed();

    let next = AtomicUsize::new(0);
    let resources = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= bodies.len() * rounds {
                        return;
                    }
                    match intake.submit_blocking(submission(&bodies[n % bodies.len()])) {
                        Ok(accepted) => resources.fetch_add(accepted.entries.len(), Ordering::Relaxed),
                        Err(rejected) => panic!("{:?}", rejected.findings.first()),
                    };
                }
            });
        }
    });
    let whole = started.elapsed();
    let resources = resources.into_inner();
    let each = resources / rounds;
    println!(
        "{} bundles, {each} resources, {:.1} MB, {rounds} rounds, {threads} threads",
        bodies.len(),
        bytes as f64 / 1e6
    );
    println!("prepare, one thread: {:.0} resources/s", each as f64 / prepare.as_secs_f64());
    println!(
        "whole way, durable:  {:.0} resources/s ({:.1} MB/s)",
        resources as f64 / whole.as_secs_f64(),
        (bytes * rounds) as f64 / 1e6 / whole.as_secs_f64()
    );
    Ok(())
}

fn validation(level: &str, packages: String) -> Result<Option<Arc<Validation>>, Box<dyn Error>> {
    let level = match level {
        "base" => Level::Base,
        "profiles" => Level::Profiles,
        other => return Err(format!("{other} is no level").into()),
    };
    let library = Library::load(&Sources {
        packages: Some(packages.into()),
        ..Sources::default()
    });
    println!(
        "{} resources of packages loaded in {:.1?}",
        library.packages().len(),
        library.report().took
    );
    library.compile();
    Ok(Validation::new(level, library.into(), []).map(Arc::new))
}

fn read(dir: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut files: Vec<_> = std::fs::read_dir(dir)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let name = file.to_string_lossy().into_owned();
        let mut body = Vec::new();
        if name.ends_with(".gz") {
            flate2::read::GzDecoder::new(std::fs::File::open(&file)?).read_to_end(&mut body)?;
        } else if name.ends_with(".json") {
            std::fs::File::open(&file)?.read_to_end(&mut body)?;
        } else {
            continue;
        }
        out.push(body);
    }
    Ok(out)
}
