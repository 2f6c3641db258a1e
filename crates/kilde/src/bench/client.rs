//! A small HTTP/1.1 load client: one connection a worker, requests made beforehand, so that what is
//! measured is the server. Bounded in count; talks only to the address it is given.

use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body bytes.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Sends the bytes of one request and reads its answer.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Reply> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head_end, status, length) = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end]).context("answer head is not text")?;
                let status = head.get(9..12).and_then(|s| s.parse().ok()).context("no status in the answer")?;
                let length = head
                    .split("\r\n")
                    .filter_map(|line| line.split_once(':'))
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                    .and_then(|(_, v)| v.trim().parse::<usize>().ok());
                let length = match (length, status) {
                    (Some(n), _) => n,
                    (None, 204 | 304) => 0,
                    (None, _) => bail!("the answer has no content-length"),
                };
                break (end + 4, status, length);
            }
            self.fill().await?;
        };
        while self.buffer.len() < head_end + length {
            self.fill().await?;
        }
        Ok(Reply {
            status,
            body: self.buffer[head_end..head_end + length].to_vec(),
        })
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// The bytes of one request with `headers` (each without line end).
pub fn request(method: &str, path: &str, host: &str, headers: &[String], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
    for header in headers {
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        out.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// What a run of requests gave.
pub struct Load {
    /// Requests a second over the whole run.
    pub per_second: f64,
    /// Latencies in microseconds.
    pub latency: Histogram<u64>,
}

impl Load {
    /// A percentile of latency in milliseconds.
    pub fn percentile_ms(&self, p: f64) -> f64 {
        self.latency.value_at_percentile(p) as f64 / 1000.0
    }
}

/// When requests are sent.
#[derive(Clone, Copy)]
pub enum Arrival {
    /// As soon as a connection is free: the most that the server can do, and how long everybody waits then.
    AtOnce,
    /// At random moments, this many a second on average, whether or not earlier ones are answered. Latency counts from
    /// the moment when a request was due, so that a stall is seen by all who would have come during it.
    PerSecond(f64),
}

/// Sends every request once over `connections` connections; each must be answered with `expected`. All of them from
/// one thread of its own: the client shares the machine with what it measures, and should cost it little. The first
/// tenth warms the server up and is not counted.
pub async fn run(
    address: SocketAddr,
    mut requests: Vec<Vec<u8>>,
    connections: usize,
    arrival: Arrival,
    expected: u16,
) -> anyhow::Result<Load> {
    let measured = requests.split_off(requests.len() / 10);
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            send_all(address, requests, connections, arrival, expected).await?;
            send_all(address, measured, connections, arrival, expected).await
        })
    })
    .await?
}

/// Moments after the start at which requests are due: independent of each other (a Poisson process), the same every run.
fn moments(n: usize, per_second: f64) -> Vec<Duration> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut at = 0.0;
    let mut next = || {
        at -= (1.0 - random.random::<f64>()).ln() / per_second;
        Duration::from_secs_f64(at)
    };
    (0..n).map(|_| next()).collect()
}

async fn send_all(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
    arrival: Arrival,
    expected: u16,
) -> anyhow::Result<Load> {
    let due = Arc::new(match arrival {
        Arrival::AtOnce => Vec::new(),
        Arrival::PerSecond(rate) => moments(requests.len(), rate),
    });
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..connections {
        let (requests, next, due) = (requests.clone(), next.clone(), due.clone());
        workers.push(tokio::spawn(async move {
            let mut latency = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
            let mut connection = Connection::open(address).await?;
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(at) else { break };
                let mut from = Instant::now();
                if let Some(due) = due.get(at) {
                    from = started + *due;
                    tokio::time::sleep_until(from.into()).await;
                }
                let reply = tokio::time::timeout(Duration::from_secs(30), connection.send(request))
                    .await
                    .context("no answer in 30 s")??;
                if reply.status != expected {
                    bail!(
                        "answered {} instead of {expected}: {}",
                        reply.status,
                        String::from_utf8_lossy(&reply.body)
                    );
                }
                latency.record(from.elapsed().as_micros().max(1) as u64)?;
            }
            Ok::<_, anyhow::Error>(latency)
        }));
    }
    let mut latency = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    for worker in workers {
        latency.add(worker.await??)?;
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(Load {
        per_second: latency.len() as f64 / seconds,
        latency,
    })
}
