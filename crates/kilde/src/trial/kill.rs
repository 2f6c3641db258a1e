//! `kilde trial kill`: load a server, kill it with SIGKILL at a random moment, open what it left, and
//! hold it against what was acknowledged. Again and again.

use crate::assembly::{Stores, directory, instance, master_key};
use crate::demo::persona::{Asking, Holder};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use kilde_access::AccessLog;
use kilde_index::Index;
use kilde_log::EventNo;
use parking_lot::Mutex;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Trials of survival
#[derive(Subcommand)]
pub enum TrialCommand {
    /// Kill a loaded server with SIGKILL at random moments and check what it left
    Kill(Kill),
}

impl TrialCommand {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            TrialCommand::Kill(kill) => kill.run().await,
        }
    }
}

/// Kill a loaded server with SIGKILL at random moments and check what it left
#[derive(Args)]
pub struct Kill {
    /// Rounds
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// Writers at once
    #[arg(long, default_value_t = 8)]
    writers: usize,
}

/// A version of a resource: `Type/id` and number.
type Version = (String, u32);

/// One acknowledged write.
struct Write {
    event: u64,
    versions: Vec<Version>,
}

/// What the server has acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Writes.
    writes: Vec<Write>,
    /// Answers given to readers.
    reads: u64,
}

/// A new data directory after so many rounds, so that a round's cost stays the same.
const ROUNDS_A_DIRECTORY: u32 = 25;

impl Kill {
    async fn run(self) -> anyhow::Result<()> {
        let bar = ProgressBar::new(u64::from(self.rounds));
        let (mut writes, mut reads, mut unacknowledged) = (0, 0, 0);
        let mut place = tempfile::tempdir()?;
        let mut all = Acknowledged::default();
        for round in 0..self.rounds {
            if round > 0 && round % ROUNDS_A_DIRECTORY == 0 {
                place = tempfile::tempdir()?;
                all = Acknowledged::default();
            }
            let before = (all.writes.len(), all.reads);
            let now = one_round(place.path(), self.writers, round).await?;
            all.writes.extend(now.writes);
            all.reads += now.reads;
            let events = check(place.path(), &all).with_context(|| format!("round {round}"))?;
            writes += all.writes.len() - before.0;
            reads += all.reads - before.1;
            unacknowledged += events.saturating_sub(all.writes.len() as u64);
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!(
            "{} rounds: {writes} acknowledged writes and {reads} acknowledged reads all there, once; no gap; rebuild identical ({unacknowledged} durable but unacknowledged when killed)",
            self.rounds
        );
        ensure!(writes > 0 && reads > 0, "nothing was acknowledged, so nothing was tried");
        Ok(())
    }
}

async fn one_round(data: &Path, writers: usize, round: u32) -> anyhow::Result<Acknowledged> {
    let address = free_address().await?;
    let config = configuration(data, address, free_address().await?)?;
    let mut server = Server(
        Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .stderr(Stdio::null())
            .spawn()?,
    );
    let url = format!("http://{address}");
    ready(&url, &mut server).await?;
    let done = Arc::new(Mutex::new(Acknowledged::default()));
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let holder = Holder::new(
            &url,
            Asking {
                persona: "epj-nordvik".to_owned(),
                ..Asking::default()
            },
        )?;
        tasks.push(tokio::spawn(write(holder, done.clone(), round, writer)));
    }
    for _ in 0..2 {
        let asking = Asking {
            persona: "sykepleier-legevakt-nordvik".to_owned(),
            patient: Some(PATIENTS[0].to_owned()),
            ..Asking::default()
        };
        tasks.push(tokio::spawn(read(Holder::new(&url, asking)?, done.clone())));
    }
    tokio::time::sleep(Duration::from_millis(100 + random() % 400)).await;
    server.0.kill()?;
    server.0.wait()?;
    for task in tasks {
        // The clients end when their connections do.
        task.await?;
    }
    Ok(std::mem::take(&mut *done.lock()))
}

/// The fixed citizens of the sandbox whom the trial writes about.
const PATIENTS: [&str; 3] = ["19779998080", "16758532406", "11833810555"];

async fn write(holder: Holder, done: Arc<Mutex<Acknowledged>>, round: u32, writer: usize) {
    for n in 0.. {
        let id = format!("trial-{round}-{writer}-{n}");
        let (method, path, body) = if n % 2 == 0 {
            (Method::POST, "/9901/fhir/r4".to_owned(), transaction(writer))
        } else {
            let own = format!("trial-{round}-{writer}");
            (
                Method::PUT,
                format!("/9901/fhir/r4/Observation/{own}"),
                observation(writer, Some(&own)),
            )
        };
        let headers = HeaderMap::from_iter(
            [("content-type", "application/fhir+json"), ("kilde-message-id", id.as_str())]
                .into_iter()
                .filter_map(|(n, v)| Some((n.parse().ok()?, HeaderValue::from_str(v).ok()?))),
        );
        let Ok(answer) = holder.send(method, &path, headers, body.to_string().into_bytes()).await else {
            return;
        };
        let status = answer.status();
        let event = answer
            .headers()
            .get("kilde-event")
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.parse().ok());
        let location = answer.headers().get("location").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let Ok(bytes) = answer.bytes().await else { return };
        assert!(
            status.is_success(),
            "a write was refused: {status} {}",
            String::from_utf8_lossy(&bytes)
        );
        let versions = match location {
            Some(location) => versions([location.as_str()]),
            None => {
                let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let entries = answer["entry"].as_array().cloned().unwrap_or_default();
                versions(entries.iter().filter_map(|e| e["response"]["location"].as_str()))
            }
        };
        done.lock().writes.push(Write {
            event: event.unwrap_or(0),
            versions,
        });
    }
}

async fn read(holder: Holder, done: Arc<Mutex<Acknowledged>>) {
    let system = "urn:oid:2.16.578.1.12.4.1.4.1";
    let body = json!({ "resourceType": "Parameters",
        "parameter": [{ "name": "patient", "valueIdentifier": { "system": system, "value": PATIENTS[0] } }] });
    while let Ok((status, _)) = holder.post("/9901/fhir/r4/$overview", &body).await {
        assert_eq!(status, 200, "an overview was refused");
        done.lock().reads += 1;
    }
}

fn transaction(writer: usize) -> serde_json::Value {
    let entry = || json!({ "resource": observation(writer, None), "request": { "method": "POST", "url": "Observation" } });
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry(), entry()] })
}

fn observation(writer: usize, id: Option<&str>) -> serde_json::Value {
    let mut observation = json!({
        "resourceType": "Observation", "status": "final",
        "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "identifier": { "system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": PATIENTS[writer % PATIENTS.len()] } },
        "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": { "value": 60 + random() % 40, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    });
    if let Some(id) = id {
        observation["id"] = id.into();
    }
    observation
}

/// `.../Type/id/_history/version` as (`Type/id`, version).
fn versions<'a>(locations: impl IntoIterator<Item = &'a str>) -> Vec<Version> {
    locations
        .into_iter()
        .filter_map(|location| {
            let (resource, version) = location.split_once("/_history/")?;
            let mut parts = resource.rsplitn(3, '/');
            let (id, rtype) = (parts.next()?, parts.next()?);
            Some((format!("{rtype}/{id}"), version.parse().ok()?))
        })
        .collect()
}

/// Opens what the server left and compares. Gives the number of events.
fn check(data: &Path, acknowledged: &Acknowledged) -> anyhow::Result<u64> {
    let instance = instance("9901")?;
    let master = master_key(&data.join("master.key"), false)?;
    let stores = Stores::open(data, &instance, &master)?;
    let verified = stores.log.verify(|_| ())?;
    ensure!(
        verified.events == stores.log.last().0,
        "the chain has {} events, the log says {}",
        verified.events,
        stores.log.last().0
    );

    let mut made: HashMap<(String, u32), u64> = HashMap::new();
    let mut messages: HashSet<String> = HashSet::new();
    for (at, event) in stores.log.events_from(EventNo(1))?.enumerate() {
        let event = event?;
        ensure!(event.no.0 == at as u64 + 1, "event {} stands at place {}", event.no.0, at + 1);
        if let Some(id) = &event.envelope.message_id {
            ensure!(messages.insert(id.clone()), "a message is there twice");
        }
        for (n, entry) in event.entries.iter().enumerate() {
            let name = format!("{}/{}", kilde_fhir::definitions::ResourceType(entry.rtype).name(), entry.id);
            let known = made.insert((name, entry.version), event.no.0);
            ensure!(known.is_none(), "a version is there twice");
            ensure!(stores.log.payload(event.no, n as u32)?.is_some(), "a version has no content");
        }
    }
    for Write { event, versions } in &acknowledged.writes {
        ensure!(!versions.is_empty(), "an acknowledgement named no version");
        for version in versions {
            match made.get(version) {
                None => bail!("an acknowledged version is lost: {} {} of event {event}", version.0, version.1),
                Some(no) => ensure!(no == event, "a version is in event {no}, acknowledged as {event}"),
            }
        }
    }
    access_log(data, &stores, acknowledged)?;

    let before = stores.index.digest()?;
    let Stores { keys, log, index, .. } = stores;
    let last = log.last().0;
    drop(index);
    let rebuilt = Index::rebuild(&directory(data, &instance).join("index"), &instance, keys, log, |_| ())?;
    ensure!(rebuilt.digest()? == before, "the rebuilt index differs");
    Ok(last)
}

/// Every acknowledged write and read has its entry.
fn access_log(data: &Path, stores: &Stores, acknowledged: &Acknowledged) -> anyhow::Result<()> {
    let instance = instance("9901")?;
    let log = AccessLog::open(&directory(data, &instance).join("access"), &instance, stores.keys.clone())?;
    log.records().verify(|_| ())?;
    let mut written: HashSet<(String, u32)> = HashSet::new();
    let (mut reads, mut before) = (0, None);
    loop {
        let entries = log.newest(before, 1000)?;
        let Some((last, _)) = entries.last() else { break };
        before = Some(*last);
        for (_, entry) in entries {
            if entry.interaction == "overview" {
                reads += 1;
            }
            written.extend(entry.resources.into_iter().map(|r| (format!("{}/{}", r.0, r.1), r.2)));
        }
    }
    ensure!(
        reads >= acknowledged.reads,
        "{} reads were answered, {reads} are logged",
        acknowledged.reads
    );
    for Write { versions, .. } in &acknowledged.writes {
        ensure!(
            versions.iter().all(|v| written.contains(v)),
            "an acknowledged write has no access-log entry"
        );
    }
    Ok(())
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever went wrong, the server does not outlive the trial; it may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn configuration(data: &Path, address: SocketAddr, admin: SocketAddr) -> anyhow::Result<PathBuf> {
    let file = data.join("kilde.toml");
    let text = format!(
        "listen = \"{address}\"\npublic_url = \"http://{address}\"\nadmin_listen = \"{admin}\"\ndata = {data:?}\nmaster_key = {:?}\nsandbox = true\n\n[[instance]]\nnumber = \"9901\"\nservices = [\"okt\", \"maaledata\"]\n",
        data.join("master.key")
    );
    std::fs::write(&file, text)?;
    Ok(file)
}

async fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

async fn ready(url: &str, server: &mut Server) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    for _ in 0..600 {
        if let Ok(answer) = client.get(format!("{url}/health/ready")).send().await
            && answer.status().is_success()
        {
            return Ok(());
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("the server did not start: {status}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the server was not ready in 30 s")
}

fn random() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}
