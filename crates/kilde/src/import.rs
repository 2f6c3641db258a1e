//! `kilde import`: bundles, single resources and NDJSON, also gzipped, into an instance. The server of
//! that instance must be stopped; a running one takes the same over HTTP.

use crate::assembly::{Stores, directory, guard, import_scope, sandbox};
use crate::noted::at_the_machine;
use crate::place::IndexedPlace;
use anyhow::Context;
use clap::Args;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use kilde_access::{AccessLog, AccessScope};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::World;
use kilde_intake::{Intake, Kind, Submission, line};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Put bundles, resources and NDJSON (also .gz) into an instance
#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    place: IndexedPlace,
    /// Organisation number of the source (default: the sandbox's municipality)
    #[arg(long)]
    organisation: Option<String>,
    /// Client id of the source
    #[arg(long, default_value = "import")]
    client: String,
    /// Take only real national ids, as production does
    #[arg(long)]
    production: bool,
    /// Files and folders
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What an import did.
#[derive(Debug, Default, Clone, Copy)]
pub struct Imported {
    /// Messages accepted.
    pub messages: u64,
    /// Resources in them.
    pub resources: u64,
    /// Messages that had been accepted before.
    pub repeated: u64,
    /// Messages refused (in quarantine).
    pub refused: u64,
}

impl Import {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let place = self.place.prepare()?;
        let number = place.number()?;
        let stores = Stores::open(&place.data, &number, &place.master()?).context("is the server stopped?")?;
        let world = if self.production { World::Production } else { World::Sandbox };
        guard::one_world(&directory(&place.data, &number), world)?;
        let organisation = self.organisation.unwrap_or_else(|| sandbox::source(number.as_str()).0.to_owned());
        let scope = import_scope(&number, &organisation, &self.client);
        let access = AccessLog::open(&directory(&place.data, &number).join("access"), &number, stores.keys.clone())?;
        at_the_machine(&access, "kilde import", &format!("source {organisation}, client {}", self.client))?;
        let started = Instant::now();
        let imported = files(&stores.intake(world), &scope, &self.files)?;
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{} messages with {} resources in {seconds:.1} s ({:.0} resources/s); {} were there already, {} refused",
            imported.messages,
            imported.resources,
            imported.resources as f64 / seconds,
            imported.repeated,
            imported.refused
        );
        stores.index.flush()?;
        anyhow::ensure!(imported.refused == 0, "refused messages are in quarantine with their findings");
        Ok(())
    }
}

/// Imports files and folders on all processors, with a progress bar. In NDJSON a line is a message, and those with patients go
/// first, of all files: the rest refers to them. Every other file is one message.
///
/// A message is known again by its content: an import that was stopped is just started once more.
pub fn files(intake: &Arc<Intake>, scope: &Arc<AccessScope>, paths: &[PathBuf]) -> anyhow::Result<Imported> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, &mut found)?;
    }
    found.sort();
    let bar = ProgressBar::new(found.iter().filter_map(|p| p.metadata().ok()).map(|m| m.len()).sum());
    let style =
        ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta} left, {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    let importing = Importing {
        intake,
        scope,
        bar,
        started: Instant::now(),
        resources: AtomicU64::new(0),
    };
    let mut total = Imported::default();
    let lines: VecDeque<PathBuf> = found.iter().filter(|p| is_lines(p)).cloned().collect();
    for (queue, patients) in [(lines, true), (VecDeque::from(found), false)] {
        total.add(importing.round(queue, patients)?);
    }
    importing.bar.finish_and_clear();
    Ok(total)
}

/// Whether a file has a message on each line.
fn is_lines(path: &Path) -> bool {
    path.to_string_lossy().contains(".ndjson")
}

impl Imported {
    fn add(&mut self, other: Imported) {
        self.messages += other.messages;
        self.resources += other.resources;
        self.repeated += other.repeated;
        self.refused += other.refused;
    }
}

struct Importing<'a> {
    intake: &'a Arc<Intake>,
    scope: &'a Arc<AccessScope>,
    bar: ProgressBar,
    started: Instant,
    resources: AtomicU64,
}

impl Importing<'_> {
    /// All files on all processors: of those with lines, the lines with patients, or the others.
    fn round(&self, queue: VecDeque<PathBuf>, patients: bool) -> anyhow::Result<Imported> {
        let queue = Mutex::new(queue);
        let total = Mutex::new(Imported::default());
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get()) * 2;
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| -> anyhow::Result<()> {
                        loop {
                            let Some(path) = queue.lock().pop_front() else { return Ok(()) };
                            let one = self.file(&path, patients).with_context(|| path.display().to_string())?;
                            total.lock().add(one);
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.join().map_err(|_| anyhow::anyhow!("an import thread stopped"))??;
            }
            Ok(())
        })?;
        Ok(total.into_inner())
    }

    fn file(&self, path: &Path, patients: bool) -> anyhow::Result<Imported> {
        let size = path.metadata()?.len();
        let raw = std::fs::File::open(path)?;
        let packed = path.to_string_lossy().ends_with(".gz");
        let mut reader: Box<dyn BufRead> = if packed {
            Box::new(BufReader::new(MultiGzDecoder::new(raw)))
        } else {
            Box::new(BufReader::new(raw))
        };
        let (mut imported, mut told) = (Imported::default(), 0);
        if is_lines(path) {
            for (number, text) in reader.lines().enumerate() {
                let text = text?;
                // What is packed is longer than the file.
                let length = if packed || patients {
                    0
                } else {
                    (text.len() as u64 + 1).min(size - told)
                };
                told += length;
                let line = line::read(text.as_bytes());
                if !text.trim().is_empty() && line.is_patient == patients {
                    let place = format!("{}:{}", path.display(), number + 1);
                    self.message(line.kind, text.into_bytes(), &place, &mut imported)?;
                }
                self.step(length);
            }
        } else {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)?;
            self.message(kind(&bytes), bytes, &path.display().to_string(), &mut imported)?;
        }
        self.step(if patients { 0 } else { size - told });
        Ok(imported)
    }

    fn step(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.set_message(format!(
            "{:.0} resources/s",
            self.resources.load(Ordering::Relaxed) as f64 / self.started.elapsed().as_secs_f64()
        ));
    }

    fn message(&self, kind: Kind, body: Vec<u8>, place: &str, imported: &mut Imported) -> anyhow::Result<()> {
        let id = format!("import:{}", blake3::hash(&body).to_hex());
        let mut submission = Submission::new(self.scope.clone(), kind, body, kilde_http::server::now_ms());
        submission.message_id = Some(id);
        match self.intake.submit_blocking(submission) {
            Ok(accepted) if accepted.repeated => imported.repeated += 1,
            Ok(accepted) => {
                imported.messages += 1;
                imported.resources += accepted.entries.len() as u64;
                self.resources.fetch_add(accepted.entries.len() as u64, Ordering::Relaxed);
            }
            Err(rejected) if rejected.status >= 500 => anyhow::bail!("{}", first(&rejected.findings)),
            Err(rejected) => {
                imported.refused += 1;
                self.bar
                    .suspend(|| eprintln!("{place} refused ({}): {}", rejected.status, first(&rejected.findings)));
            }
        }
        Ok(())
    }
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), found)?;
        }
        return Ok(());
    }
    anyhow::ensure!(path.exists(), "{} does not exist", path.display());
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if [".json", ".ndjson"].iter().any(|ending| name.ends_with(ending)) {
        found.push(path.to_owned());
    }
    Ok(())
}

fn first(findings: &[Finding]) -> String {
    match findings.iter().find(|f| f.is_error()) {
        Some(f) => format!("{} {} ({} findings)", f.expression, f.en, findings.len()),
        None => "no finding".to_owned(),
    }
}

/// How to submit a document: a bundle as a bundle, an OKT event as such, any other resource by itself.
fn kind(body: &[u8]) -> Kind {
    let parsed = kilde_fhir::json::parse(body, Default::default()).ok();
    let rtype = parsed.as_ref().and_then(|d| d.root().str("resourceType").map(|t| t.into_owned()));
    match rtype.as_deref() {
        Some("Bundle") => Kind::Bundle,
        None if parsed.as_ref().is_some_and(|d| d.root().get("oktMessages").is_some()) => Kind::Okt,
        Some(name) => match ResourceType::from_name(name) {
            Some(rtype) => Kind::Create {
                rtype,
                if_none_exist: None,
            },
            None => Kind::Bundle,
        },
        None => Kind::Bundle,
    }
}
