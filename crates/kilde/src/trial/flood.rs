//! `kilde trial flood`: twice as many requests as a server can answer, for as long as is said. What it cannot take is refused at once with a time to
//! come again; what it holds in memory is bounded; when the flood is over it is itself again; and what it acknowledged is there.

use super::check::check;
use super::load::{Acknowledged, Load, PATIENTS, acknowledged, overview, transaction};
use crate::holder::{Asking, Holder};
use crate::own_server::Server;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::ProgressBar;
use parking_lot::Mutex;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Send twice what a server can take, and see what it refuses, what it holds and how soon it is itself again
#[derive(Args)]
pub struct Flood {
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many times its capacity is sent
    #[arg(long, default_value_t = 2.0)]
    times: f64,
    /// More memory than this is a failure, MiB
    #[arg(long, default_value_t = 2048)]
    memory_mib: u64,
}

/// Requests that the server lets in at once; the rest is refused.
const LET_IN: usize = 64;
/// Connections of the flood at most.
const CONNECTIONS: usize = 512;
/// How long the capacity is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// The goal: itself again within this.
const GOAL: Duration = Duration::from_secs(5);
/// A failure if it is not itself again within this, however busy the machine is otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Default)]
struct Seen {
    statuses: BTreeMap<u16, u64>,
    /// Refused without saying when to come again.
    without_time: u64,
    /// The connection failed.
    lost: u64,
    done: Acknowledged,
}

struct Clients {
    writer: Holder,
    reader: Holder,
    seen: Mutex<Seen>,
}

impl Clients {
    fn new(url: &str) -> anyhow::Result<Arc<Self>> {
        let asking = |persona: &str, patient: Option<&str>| Asking {
            persona: persona.to_owned(),
            patient: patient.map(str::to_owned),
            ..Asking::default()
        };
        Ok(Arc::new(Clients {
            writer: Holder::new(url, asking("epj-nordvik", None))?,
            reader: Holder::new(url, asking("sykepleier-legevakt-nordvik", Some(PATIENTS[0])))?,
            seen: Mutex::default(),
        }))
    }

    /// One request: every other writes. Gives its status.
    async fn ask(&self, n: usize) -> Option<u16> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"))]);
        let writes = n.is_multiple_of(2);
        let (holder, path, body) = match writes {
            true => (&self.writer, "/9901/fhir/r4", transaction(n / 2)),
            false => (&self.reader, "/9901/fhir/r4/$overview", overview()),
        };
        let Ok(answer) = holder.send(Method::POST, path, headers, body.to_string().into_bytes()).await else {
            self.seen.lock().lost += 1;
            return None;
        };
        let status = answer.status().as_u16();
        let timed = answer.headers().contains_key(RETRY_AFTER);
        let made = acknowledged(answer).await;
        let mut seen = self.seen.lock();
        *seen.statuses.entry(status).or_default() += 1;
        match (status, made) {
            (200, Ok(made)) if writes => seen.done.writes.push(made),
            (200, Ok(_)) => seen.done.reads += 1,
            (200, Err(_)) => seen.lost += 1,
            _ => seen.without_time += u64::from(!timed),
        }
        Some(status)
    }
}

impl Flood {
    /// Runs the command.
    pub async fn run(self) -> anyhow::Result<()> {
        let place = tempfile::tempdir()?;
        let mut server = Server::start(place.path(), &format!("[limits]\nrequests = {LET_IN}\n"), super::PATIENCE).await?;
        let load = Load::start(&server.url, LET_IN / 4, LET_IN / 4, "capacity")?;
        tokio::time::sleep(MEASURED).await;
        let mut all = load.end().await?;
        let capacity = (all.writes.len() as f64 + all.reads as f64) / MEASURED.as_secs_f64();
        let calm = server.memory_mib()?;

        let clients = Clients::new(&server.url)?;
        clients.ask(0).await;
        clients.ask(1).await;
        let (sent, most) = self.pour(&clients, capacity * self.times, &server).await?;
        let over = Instant::now();
        let recovered = recovery(&clients).await;
        let seen = std::mem::take(&mut *clients.seen.lock());
        let after = server.memory_mib()?;
        server.kill()?;
        all.extend(seen.done);
        let events = check(place.path(), &all)?;

        let refused: u64 = seen.statuses.iter().filter(|(status, _)| **status != 200).map(|(_, n)| n).sum();
        println!(
            "capacity {capacity:.0} requests/s; wanted {:.0}/s, sent {:.0}/s from the same machine, for {} s",
            capacity * self.times,
            sent as f64 / self.seconds as f64,
            self.seconds
        );
        println!(
            "answered by status {:?}; {refused} refused, {} connections lost",
            seen.statuses, seen.lost
        );
        println!("memory {calm:.0} MiB before, {most:.0} at most, {after:.0} after");
        println!("{events} events; all that was acknowledged is there, once; rebuild identical");
        match recovered {
            Some(time) => {
                let goal = if time <= GOAL { "within" } else { "NOT within" };
                println!(
                    "itself again after {:.1} s, {goal} the goal of {} s",
                    time.as_secs_f64(),
                    GOAL.as_secs()
                );
            }
            None => println!("not itself again after {:.1} s", over.elapsed().as_secs_f64()),
        }
        let strange: Vec<_> = seen.statuses.keys().filter(|status| ![200, 429, 503].contains(*status)).collect();
        ensure!(strange.is_empty(), "answered with {strange:?}");
        ensure!(
            seen.without_time == 0,
            "{} refusals did not say when to come again",
            seen.without_time
        );
        ensure!(refused > 0, "nothing was refused: it was no flood");
        ensure!(most <= self.memory_mib as f64, "the server took {most:.0} MiB");
        recovered.context("the server did not recover")?;
        Ok(())
    }

    /// Sends at a rate, whatever comes back. Gives how many were sent, and the most memory that was seen.
    async fn pour(&self, clients: &Arc<Clients>, rate: f64, server: &Server) -> anyhow::Result<(usize, f64)> {
        let bar = ProgressBar::new(self.seconds);
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let (begun, mut sent, mut most) = (Instant::now(), 0, 0.0);
        let mut turns = tokio::time::interval(Duration::from_millis(5));
        let mut looked = begun;
        while begun.elapsed().as_secs() < self.seconds {
            turns.tick().await;
            let due = (begun.elapsed().as_secs_f64() * rate) as usize;
            while sent < due {
                // With no connection left it is sent when there is one.
                let Ok(one) = connections.clone().try_acquire_owned() else { break };
                let (clients, n) = (clients.clone(), sent);
                tokio::spawn(async move {
                    clients.ask(n).await;
                    drop(one);
                });
                sent += 1;
            }
            if looked.elapsed() > Duration::from_millis(500) {
                looked = Instant::now();
                most = server.memory_mib()?.max(most);
                bar.set_position(begun.elapsed().as_secs());
            }
        }
        bar.finish_and_clear();
        Ok((sent, most))
    }
}

/// How long it takes until ten requests in a row are answered, each within a second; `None` if it takes too long.
async fn recovery(clients: &Clients) -> Option<Duration> {
    let (begun, mut row) = (Instant::now(), 0);
    let mut first = begun;
    for n in 0.. {
        if begun.elapsed() > PATIENCE {
            return None;
        }
        let asked = Instant::now();
        let good = clients.ask(n).await == Some(200) && asked.elapsed() < Duration::from_secs(1);
        if !good {
            row = 0;
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        if row == 0 {
            first = asked;
        }
        row += 1;
        if row == 10 {
            return Some(first - begun);
        }
    }
    None
}
