//! What this machine can do at most, measured in the same run as the workloads.

use super::client::{self, Arrival};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The limits, each with its unit in the name.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Limits {
    /// fsync/s of one writer appending 512 bytes.
    pub fsync_per_s: f64,
    /// Appends/s of 64 waiting writers who share an fsync.
    pub appends_per_s_64_writers: f64,
    /// Sequential write, MB/s, fsync at the end.
    pub write_mb_per_s: f64,
    /// Requests/s of an empty handler with a 900-byte body on the same HTTP stack, 64 connections.
    pub bare_http_per_s: f64,
    /// JSON parse, MB/s, one thread.
    pub json_parse_mb_per_s: f64,
    /// zstd decompression, MB/s of plain text, one thread.
    pub decompress_mb_per_s: f64,
    /// Processors.
    pub cores: usize,
}

/// Measures all limits; `dir` is on the disk that the data will be on, `sample` a typical document.
pub async fn measure(dir: &Path, sample: &[u8]) -> anyhow::Result<Limits> {
    Ok(Limits {
        fsync_per_s: fsync(dir, 1)?,
        appends_per_s_64_writers: fsync(dir, 64)?,
        write_mb_per_s: sequential(dir)?,
        bare_http_per_s: bare_http().await?,
        json_parse_mb_per_s: throughput(sample.len(), || kilde_fhir::json::parse(sample, Default::default()).is_ok()),
        decompress_mb_per_s: {
            let packed = zstd::bulk::compress(sample, 1)?;
            throughput(sample.len(), || zstd::bulk::decompress(&packed, sample.len()).is_ok())
        },
        cores: std::thread::available_parallelism().map_or(1, |n| n.get()),
    })
}

fn fsync(dir: &Path, group: usize) -> anyhow::Result<f64> {
    let mut file = File::create(dir.join("limit-fsync"))?;
    let block = vec![0x5au8; 512 * group];
    let started = Instant::now();
    let mut rounds = 0;
    while started.elapsed() < Duration::from_millis(800) {
        file.write_all(&block)?;
        file.sync_data()?;
        rounds += 1;
    }
    std::fs::remove_file(dir.join("limit-fsync"))?;
    Ok((rounds * group) as f64 / started.elapsed().as_secs_f64())
}

fn sequential(dir: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(dir.join("limit-write"))?;
    let block = vec![0x5au8; 1 << 20];
    let started = Instant::now();
    for _ in 0..256 {
        file.write_all(&block)?;
    }
    file.sync_data()?;
    let rate = 256.0 * 1.048_576 / started.elapsed().as_secs_f64();
    std::fs::remove_file(dir.join("limit-write"))?;
    Ok(rate)
}

async fn bare_http() -> anyhow::Result<f64> {
    let body = "x".repeat(900);
    let app = axum::Router::new().route("/", axum::routing::get(move || std::future::ready(body.clone())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let one = client::request("GET", "/", "127.0.0.1", &[], b"");
    let load = client::run(address, vec![one; 100_000], 64, Arrival::AtOnce, 200).await?;
    server.abort();
    Ok(load.per_second)
}

fn throughput(bytes: usize, mut work: impl FnMut() -> bool) -> f64 {
    let started = Instant::now();
    let mut rounds = 0usize;
    while started.elapsed() < Duration::from_millis(500) && work() {
        rounds += 1;
    }
    (rounds * bytes) as f64 / 1e6 / started.elapsed().as_secs_f64()
}
