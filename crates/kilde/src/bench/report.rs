//! Results as a table for people and JSON for machines.

use super::limits::Limits;

/// One measured figure beside its limit.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Figure {
    /// Workload id and variant, e.g. `P2/8`.
    pub id: String,
    /// What was measured.
    pub what: String,
    /// The value.
    pub value: f64,
    /// Unit of value and limit.
    pub unit: &'static str,
    /// The machine's limit for it, where one is known.
    pub limit: Option<f64>,
    /// value / limit.
    pub share: Option<f64>,
    /// Median latency.
    pub p50_ms: Option<f64>,
    /// 99th percentile of latency.
    pub p99_ms: Option<f64>,
    /// Size the workload ran at (resources or citizens, as the workload says).
    pub size: u64,
}

impl Figure {
    /// A figure; the share follows from value and limit.
    pub fn new(id: impl Into<String>, what: impl Into<String>, value: f64, unit: &'static str, limit: Option<f64>, size: u64) -> Self {
        let share = limit.filter(|l| *l > 0.0).map(|l| value / l);
        Figure {
            id: id.into(),
            what: what.into(),
            value,
            unit,
            limit,
            share,
            p50_ms: None,
            p99_ms: None,
            size,
        }
    }

    /// With latencies of a load.
    pub fn with_latency(mut self, load: &super::client::Load) -> Self {
        self.p50_ms = Some(load.percentile_ms(50.0));
        self.p99_ms = Some(load.percentile_ms(99.0));
        self
    }
}

/// Everything that one run measured.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    /// Limits of the machine, in the same run.
    pub machine: Limits,
    /// The figures.
    pub workloads: Vec<Figure>,
}

impl Report {
    /// Prints the table.
    pub fn print(&self) {
        let m = &self.machine;
        println!("\nmachine: {} cores", m.cores);
        for (name, value) in [
            ("fsync/s, one writer", m.fsync_per_s),
            ("appends/s, 64 waiting writers", m.appends_per_s_64_writers),
            ("sequential write MB/s", m.write_mb_per_s),
            ("bare HTTP requests/s", m.bare_http_per_s),
            ("JSON parse MB/s", m.json_parse_mb_per_s),
            ("decompress MB/s", m.decompress_mb_per_s),
        ] {
            println!("  {name:<32} {value:>12.0}");
        }
        println!(
            "\n{:<8} {:<44} {:>10} {:>12} {:<12} {:>12} {:>6} {:>9} {:>9}",
            "id", "what", "size", "value", "unit", "limit", "share", "p50 ms", "p99 ms"
        );
        for f in &self.workloads {
            let number = |n: Option<f64>, digits: usize| n.map_or("-".to_string(), |n| format!("{n:.digits$}"));
            println!(
                "{:<8} {:<44} {:>10} {:>12.1} {:<12} {:>12} {:>6} {:>9} {:>9}",
                f.id,
                f.what,
                f.size,
                f.value,
                f.unit,
                number(f.limit, 0),
                f.share.map_or("-".into(), |s| format!("{:.0}%", s * 100.0)),
                number(f.p50_ms, 2),
                number(f.p99_ms, 2)
            );
        }
    }
}
