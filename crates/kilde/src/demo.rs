//! `kilde demo`: a sandbox with two invented municipalities, synthetic citizens and two stories told
//! as real HTTP calls. Keeps running for others to go on.

mod stories;

use crate::assembly::{import_scope, sandbox};
use crate::config::{Config, Instance, Limits, Packages, Proof, Terminology, Validation};
use crate::import;
use crate::rebuild::bar;
use crate::serve::Running;
use anyhow::Context;
use clap::Args;
use kilde_http::server::{Municipality, now_ms};
use kilde_intake::{Kind, Submission};
use kilde_sandbox::People;
use kilde_sandbox::people::{Citizen, generate_as_of, last_whole_day};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Start a sandbox with two invented municipalities and tell the stories
#[derive(Args)]
pub struct Demo {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where /metrics listens
    #[arg(long, default_value = "127.0.0.1:8081")]
    admin_listen: SocketAddr,
    /// Data directory; what is there stays there
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Synthetic citizens, four of five in Nordvik
    #[arg(long, default_value_t = 500)]
    people: usize,
    /// Also import these files and folders into Nordvik
    #[arg(long, num_args = 1..)]
    load: Vec<PathBuf>,
    /// Load the FHIR packages of this folder
    #[arg(long)]
    packages: Option<PathBuf>,
    /// Load the terminology of this folder
    #[arg(long)]
    terminology: Option<PathBuf>,
    /// Start and load, but tell no stories
    #[arg(long)]
    quiet: bool,
}

/// The seed of the sandbox's citizens.
const SEED: u64 = 1;

impl Demo {
    /// Runs until stopped.
    pub async fn run(self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.data).with_context(|| format!("cannot make {}", self.data.display()))?;
        let config = Config {
            listen: self.listen,
            public_url: format!("http://{}", self.listen),
            admin_listen: self.admin_listen,
            master_key: self.data.join("master.key"),
            data: self.data.clone(),
            proof: Proof::Dpop,
            issuer: Vec::new(),
            sandbox: true,
            id_porten: None,
            smart: None,
            limits: Limits::default(),
            packages: Packages { directory: self.packages },
            validator: Default::default(),
            text: None,
            terminology: Terminology {
                directory: self.terminology,
                ..Terminology::default()
            },
            instance: sandbox::INSTANCES
                .iter()
                .map(|(number, _)| Instance {
                    number: (*number).to_owned(),
                    policy: None,
                    services: sandbox::services(),
                    validation: Validation::default(),
                    update_create: true,
                    seal: Default::default(),
                    review: Default::default(),
                    record: Default::default(),
                })
                .collect(),
        };
        let running = Running::start(&config).await?;
        let url = config.public_url.clone();
        println!("Kilde sandbox on {url} (data in {})", self.data.display());
        let server = running.server.clone();
        let (people, load) = (self.people, self.load.clone());
        let directory = tokio::task::spawn_blocking(move || -> anyhow::Result<People> {
            let mut directory = People::default();
            for (number, share) in [("9901", people - people / 5), ("9902", people / 5)] {
                let place = server.municipalities.get(number).context("no such instance")?;
                citizens(place, share, &mut directory)?;
            }
            if !load.is_empty() {
                let place = server.municipalities.get("9901").context("no such instance")?;
                let (organisation, _) = sandbox::source("9901");
                let scope = import_scope(&place.instance, organisation, "import");
                let imported = import::files(&place.intake, &scope, &load)?;
                println!(
                    "loaded {} resources in {} messages into Nordvik ({} were there already, {} refused)",
                    imported.resources, imported.messages, imported.repeated, imported.refused
                );
            }
            Ok(directory)
        })
        .await??;
        if let Some(issuer) = &running.issuer {
            let directory = Arc::new(directory);
            issuer.set_people(directory.clone());
            if let Some(id_porten) = &running.id_porten {
                id_porten.set_people(directory);
            }
        }
        if !self.quiet {
            stories::tell(&url).await?;
        }
        println!("\nIt keeps running. Open {url}/ or go on with curl:\n");
        println!(
            "  kilde proxy --persona sykepleier-legevakt-nordvik --patient {} --to {url}",
            stories::OLAV
        );
        println!("  curl -s http://127.0.0.1:8090/9901/fhir/r4/EpisodeOfCare\n");
        running.until_stopped().await
    }
}

/// Loads the citizens of an instance, unless it already has them, and enters them in the directory.
pub fn citizens(place: &Municipality, n: usize, directory: &mut People) -> anyhow::Result<()> {
    let number = place.instance.as_str().to_owned();
    let today = last_whole_day(now_ms());
    let fresh = place.log.last().0 == 0;
    let (organisation, client) = sandbox::source(&number);
    let scope = import_scope(&place.instance, organisation, client);
    let submit = |body: String| -> anyhow::Result<()> {
        let submission = Submission::new(scope.clone(), Kind::Bundle, body, now_ms());
        place.intake.submit_blocking(submission).map(|_| ()).map_err(|rejected| {
            let why = rejected
                .findings
                .iter()
                .find(|f| f.is_error())
                .map_or(String::new(), |f| format!("{} {}", f.expression, f.en));
            anyhow::anyhow!("a synthetic citizen was refused ({}): {why}", rejected.status)
        })
    };
    let all: Vec<Citizen> = generate_as_of(&number, n, SEED, today).collect();
    for citizen in &all {
        directory.add(citizen);
    }
    if !fresh {
        println!("{}: {} events, as they were left", place.name, place.log.last().0);
        return Ok(());
    }
    submit(kilde_sandbox::organisations::organisations_bundle(&number))?;
    let bar = bar(all.len() as u64);
    let chunk = all.len().div_ceil(8).max(1);
    std::thread::scope(|threads| -> anyhow::Result<()> {
        let workers: Vec<_> = all
            .chunks(chunk)
            .map(|part| {
                let (bar, submit) = (&bar, &submit);
                threads.spawn(move || -> anyhow::Result<()> {
                    for citizen in part {
                        submit(citizen.bundle())?;
                        bar.inc(1);
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a loading thread stopped"))??;
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    println!("{}: {} citizens, {} events", place.name, all.len(), place.log.last().0);
    Ok(())
}
