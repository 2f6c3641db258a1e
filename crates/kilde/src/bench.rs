//! `kilde bench`: workloads P1, P2, P3, P5, P6, P7, P9, P11, P12, T10 and of decisions, beside what the machine can do at most, in one run.
//! Identity, proofs, policy, access log and sealing are on; there is no other mode.

mod bare;
mod client;
mod deciding;
mod limits;
mod load;
mod report;
mod requests;
mod sealing;
mod searches;
mod target;
mod telling;
mod validation;

use crate::assembly::{Stores, instance, master_key};
use anyhow::{Context, bail};
use bare::Bare;
use clap::Args;
use client::Arrival::{AtOnce, PerSecond};
use kilde_http::server::now_ms;
use kilde_sandbox::people::{generate_as_of, last_whole_day};
use limits::Limits;
use load::{Imported, Loaded};
use report::{Figure, Report};
use std::collections::HashSet;
use std::path::PathBuf;
use target::Target;

/// Measure, beside what the machine can do at most
#[derive(Args)]
pub struct Bench {
    /// Workloads (P1 P2 P3 P5 P6 P7 P9 P11 P12 T10 decision, and of P5 one kind, such as P5/sort); all of them if none is named
    #[arg(long, num_args = 1..)]
    workload: Vec<String>,
    /// Citizens in the municipality for P2, P3, P7, P11, T10 and decisions
    #[arg(long, default_value_t = 10_000)]
    size: usize,
    /// Resources to import in P1, and to search in P5 and P6
    #[arg(long, default_value_t = 100_000)]
    resources: u64,
    /// Folder with bundles for P1 (default: Synthea bundles beside the checkout, else synthetic citizens)
    #[arg(long)]
    bundles: Option<PathBuf>,
    /// Folder with FHIR packages for P12 (default: packages beside the checkout)
    #[arg(long)]
    packages: Option<PathBuf>,
    /// Requests in P7; a fourth as many in P2, three times as many in P3, a tenth at most of each kind in P5, ten times as many decisions
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// Access-log entries to write in P9
    #[arg(long, default_value_t = 500_000)]
    entries: u64,
    /// Leaves of the larger tree that P9 makes proofs over (32 bytes each on disk)
    #[arg(long, default_value_t = 10_000_000)]
    leaves: u64,
    /// Where to put the data (a temporary folder within it, removed afterwards)
    #[arg(long, default_value = ".")]
    data: PathBuf,
    /// Also write the report as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What runs over imported bundles.
const IMPORTED: [&str; 3] = ["P1", "P5", "P6"];
/// What needs no server.
const ENGINE: &str = "P12";
/// The access log alone.
const SEALING: &str = "P9";
/// What runs over citizens.
const CITIZENS: [&str; 6] = ["P2", "P3", "P7", "P11", "T10", "decision"];

/// Figures with one decimal.
fn spread(of: &[f64]) -> String {
    of.iter().map(|ms| format!("{ms:.1}")).collect::<Vec<_>>().join(" ")
}

impl Bench {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        for id in &self.workload {
            let whole = id.split('/').next().unwrap_or(id);
            if !IMPORTED.contains(&whole) && !CITIZENS.contains(&whole) && ![ENGINE, SEALING].contains(&whole) {
                bail!(
                    "{id} is not measured yet; there are {}, {}, {SEALING}, {ENGINE}",
                    IMPORTED.join(", "),
                    CITIZENS.join(", ")
                );
            }
        }
        let wanted = |id: &str| self.wanted(id);
        let dir = tempfile::Builder::new()
            .prefix("kilde-bench-")
            .tempdir_in(&self.data)
            .context("cannot make a folder for the data")?;
        eprintln!("limits of the machine ...");
        let bundles = load::bundles(self.bundles.as_deref())?;
        let limits = limits::measure(dir.path(), bundles.largest()).await?;
        let mut report = Report {
            machine: limits.clone(),
            workloads: Vec::new(),
        };

        if IMPORTED.iter().any(|id| wanted(id)) {
            eprintln!("P1: import ...");
            let place = dir.path().join("p1");
            let imported = tokio::task::block_in_place(|| load::import(&place, &bundles, self.resources, &limits))?;
            report.workloads.push(imported.figure.clone());
            if IMPORTED[1..].iter().any(|id| wanted(id)) {
                to_disk()?;
                let target = Target::start(&place).await?;
                self.search(&target, &imported, &mut report).await?;
            }
            std::fs::remove_dir_all(&place)?;
        }
        if wanted(ENGINE) {
            eprintln!("P12: validation ...");
            match validation::packages(self.packages.as_deref()) {
                Some(folder) => {
                    let threads = limits.cores;
                    let measure = || validation::measure(folder, bundles.texts(), threads);
                    let (per_second, resources) = tokio::task::block_in_place(measure)?;
                    let what = format!("validation by R4's definitions, in process, {threads} threads");
                    report
                        .workloads
                        .push(Figure::new(ENGINE, what, per_second, "res/s", None, resources));
                }
                None => eprintln!("P12 is left out: there is no folder of packages (--packages)"),
            }
        }
        drop(bundles);
        if wanted(SEALING) {
            eprintln!("P9: the access log ...");
            let place = dir.path().join("p9");
            report
                .workloads
                .extend(sealing::measure(&place, self.entries.max(1), self.leaves.max(1)).await?);
            std::fs::remove_dir_all(&place)?;
        }
        if CITIZENS.iter().any(|id| wanted(id)) {
            eprintln!("loading {} citizens ...", self.size);
            let place = dir.path().join("data");
            let loaded = tokio::task::block_in_place(|| load::citizens(&place, self.size))?;
            report.workloads.push(loaded.figure.clone());
            let bare = match wanted("P3") || wanted("P7") {
                true => Some(tokio::task::block_in_place(|| bare::measure(&place, &loaded, limits.cores))?),
                false => None,
            };
            if wanted("decision") {
                eprintln!("decisions ...");
                let n = self.requests * 10;
                let rows = tokio::task::block_in_place(|| deciding::measure(&place, &loaded, n))?;
                report.workloads.extend(rows);
            }
            to_disk()?;
            let target = Target::start(&place).await?;
            if wanted("P11") {
                report.workloads.push(Figure::new(
                    "P11",
                    "cold start to first answer",
                    target.server.started_in.as_secs_f64() * 1000.0,
                    "ms",
                    None,
                    loaded.resources,
                ));
                report.workloads.push(Figure::new(
                    "P11",
                    "resident memory, idle",
                    target.server.memory_mib()?,
                    "MiB",
                    None,
                    loaded.resources,
                ));
            }
            self.load(&target, &loaded, &limits, &mut report).await?;
            if let Some(bare) = &bare {
                bare_rows(bare, &mut report);
            }
        }
        report.print();
        if let Some(file) = &self.json {
            std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
        }
        Ok(())
    }

    /// Whether a workload, or a part of it (`P5/token`), is to run.
    fn wanted(&self, id: &str) -> bool {
        let inside = |whole: &str, part: &str| {
            part.strip_prefix(whole)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.workload.is_empty() || self.workload.iter().any(|w| inside(w, id) || inside(id, w))
    }

    /// The searches against the running server.
    async fn search(&self, target: &Target, imported: &Imported, report: &mut Report) -> anyhow::Result<()> {
        if self.wanted("P5") {
            anyhow::ensure!(
                !imported.samples.is_empty(),
                "the bundles hold no Observation that P5 could ask for"
            );
            for kind in &searches::KINDS {
                let (name, rtype, _) = kind;
                if !self.wanted(&format!("P5/{name}")) {
                    continue;
                }
                eprintln!("P5: {name} ...");
                let measured = searches::measure(target, &imported.samples, kind, (self.requests / 10).max(100)).await?;
                let what = |how: &str| format!("search {rtype} by {name}, 20 hits, {how}");
                let many = |how: &str| what(&format!("{} clients, {how}", searches::CLIENTS));
                let row = |id: String, what: String, run: &client::Load| {
                    Figure::new(id, what, run.per_second, "req/s", None, imported.resources).with_latency(run)
                };
                report.workloads.push(row(
                    format!("P5/{name}"),
                    many(&format!("half of the most, in the middle of p99 {}", spread(&measured.spread))),
                    &measured.half,
                ));
                report
                    .workloads
                    .push(row(format!("P5/{name}/max"), many("as many as it can"), &measured.most));
                report
                    .workloads
                    .push(row(format!("P5/{name}/1"), what("one client"), &measured.alone));
            }
        }
        if self.wanted("P6") {
            eprintln!("P6: counts ...");
            let (run, hits) = searches::count(target, 20).await?;
            let what = "resources counted, one client";
            let figure = Figure::new("P6", what, run.per_second * hits as f64, "res/s", None, hits);
            report.workloads.push(figure.with_latency(&run));
        }
        Ok(())
    }

    /// The workloads against the running server.
    async fn load(&self, target: &Target, loaded: &Loaded, limits: &Limits, report: &mut Report) -> anyhow::Result<()> {
        let wanted = |id: &str| self.wanted(id);
        let at = target.server.address;
        if wanted("P2") {
            for clients in [1, 8, 64] {
                eprintln!("P2: small transactions, {clients} clients ...");
                let n = (self.requests / 8 * if clients == 1 { 1 } else { 2 }).max(200);
                let run = client::run(at, requests::transactions(target, n).await?, clients, AtOnce, 200).await?;
                let limit = if clients == 1 {
                    limits.fsync_per_s
                } else {
                    limits.appends_per_s_64_writers
                };
                let what = format!("transactions of 2 resources, {clients} clients");
                let figure = Figure::new(format!("P2/{clients}"), what, run.per_second, "tx/s", Some(limit), loaded.resources);
                report.workloads.push(figure.with_latency(&run));
            }
        }
        let answers = |id: &str, what: &str, run: &client::Load, size: u64| {
            Figure::new(id, what, run.per_second, "req/s", Some(limits.bare_http_per_s), size).with_latency(run)
        };
        if wanted("P3") {
            eprintln!("P3: reads by id ...");
            let kinds = [
                ("P3", "read by id, 64 connections, PS256 proofs, as many as it can", &target.rsa_key),
                ("P3/es256", "the same, ES256 proofs", &target.key),
            ];
            for (id, what, key) in kinds {
                // Reads are quick: as many more make the time measured as long as the others'.
                let reads = requests::reads(target, key, &loaded.ids, self.requests * 3).await?;
                let run = client::run(at, reads, 64, AtOnce, 200).await?;
                report.workloads.push(answers(id, what, &run, loaded.resources));
            }
        }
        if wanted("P7") {
            let people = self.size as u64;
            eprintln!("P7: overviews ...");
            let most = client::run(
                at,
                requests::overviews(target, &loaded.people, self.requests).await?,
                64,
                AtOnce,
                200,
            )
            .await?;
            let half = (most.per_second / 2.0).round();
            // A proof lives for a minute.
            let n = self.requests.min((half * 30.0) as usize).max(200);
            let run = client::run(at, requests::overviews(target, &loaded.people, n).await?, 64, PerSecond(half), 200).await?;
            let few = client::run(at, requests::overviews(target, &loaded.people, n / 10).await?, 4, AtOnce, 200).await?;
            report.workloads.extend([
                answers("P7", "overview of S1 and S2, 64 connections, half of the most", &run, people),
                answers("P7/max", "the same, as many as it can", &most, people),
                answers("P7/4", "the same, 4 connections, as many as it can", &few, people),
                Figure::new(
                    "P11",
                    "resident memory after P7",
                    target.server.memory_mib()?,
                    "MiB",
                    None,
                    loaded.resources,
                ),
            ]);
        }
        if wanted("T10") {
            eprintln!("T10: what the time of a refusal tells ...");
            let n = (self.requests / 10).clamp(200, 2_000);
            let known: HashSet<&String> = loaded.people.iter().collect();
            let others = generate_as_of("9901", n + known.len().min(1_000), 99, last_whole_day(now_ms()));
            let strangers: Vec<String> = others.map(|c| c.nin().to_owned()).filter(|nin| !known.contains(nin)).collect();
            for name in telling::DOORS {
                let door = telling::door(name, target, &loaded.ids, &loaded.people, &strangers, n).await?;
                report.workloads.extend(telling::measure(target, door).await?);
            }
        }
        Ok(())
    }
}

/// What the same questions cost the bare index, and which share of a request is identity, decision, log and seal.
fn bare_rows(bare: &Bare, report: &mut Report) {
    let (cores, http) = (report.machine.cores, report.machine.bare_http_per_s);
    for (of, most, rate) in [("P3", "P3", bare.reads), ("P7", "P7/max", bare.overviews)] {
        let Some(served) = report.workloads.iter().find(|f| f.id == most) else {
            continue;
        };
        let (price, whole) = Bare::price(cores, served.value, rate, http);
        let size = served.size;
        let what = format!("the same questions to the bare index, in process, {cores} threads");
        let asked = Figure::new(format!("{of}/bare"), what, rate, "req/s", None, size);
        let what = "of a request, what is neither HTTP nor index: identity, decision, log, seal, load generator (limit: the whole)";
        let price = Figure::new(format!("{of}/price"), what, price, "us", Some(whole), size);
        report.workloads.extend([asked, price]);
    }
}

/// What loading left in memory goes to disk, so that its writing is not measured with what follows.
fn to_disk() -> anyhow::Result<()> {
    std::process::Command::new("sync").status().context("cannot run sync")?;
    Ok(())
}

/// The stores of Nordvik in a data directory of its own.
fn stores(data: &std::path::Path) -> anyhow::Result<Stores> {
    std::fs::create_dir_all(data)?;
    let master = master_key(&data.join("master.key"), true)?;
    Stores::open(data, &instance("9901")?, &master)
}
