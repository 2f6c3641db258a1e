//! Metrics that somebody has to look for: room on the disk, memory, what is open in each instance. And the recorder of all of them. In mebibytes, so
//! that no figure can be taken for a national id.

use kilde_http::health::Told;
use kilde_http::server::{Municipality, Server};
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);
/// Bounds of what is measured in seconds: from 50 microseconds to 10 seconds.
const SECONDS: [f64; 17] = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Bounds of how many share a group.
const TOGETHER: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The recorder of the process. `None`, with a warning, where there can be none: the server serves all the same.
pub fn recorder() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full("kilde_group_size".to_owned()), &TOGETHER));
    let installed = builder.and_then(PrometheusBuilder::install_recorder);
    installed.inspect_err(|cause| tracing::warn!(%cause, "no metrics")).ok()
}

/// Looks from time to time, and takes in what was measured since: what nobody fetches must not gather in memory.
pub fn start(server: Arc<Server>, data: PathBuf, metrics: Option<PrometheusHandle>) {
    tokio::spawn(async move {
        let mut turn = tokio::time::interval(EVERY);
        loop {
            turn.tick().await;
            look(&server, &data);
            if let Some(metrics) = &metrics {
                metrics.run_upkeep();
            }
        }
    });
}

fn look(server: &Server, data: &Path) {
    if let Some(free) = room(data) {
        server.room.store(free, Ordering::Relaxed);
        gauge!("kilde_disk_free_mebibytes").set((free >> 20) as f64);
    }
    if let Some(bytes) = memory() {
        gauge!("kilde_memory_mebibytes").set((bytes >> 20) as f64);
    }
    server.municipalities.values().for_each(|place| look_at(place));
}

fn look_at(place: &Municipality) {
    let told = Told::of(place);
    let one = |yes: bool| if yes { 1.0 } else { 0.0 };
    for (what, value) in [
        ("kilde_ready", one(told.is_ready())),
        ("kilde_index_behind_events", told.behind() as f64),
        ("kilde_events", place.log.last().0 as f64),
        ("kilde_access_log_entries", place.access_log.records().last() as f64),
        ("kilde_sources_down", place.sources.number_down() as f64),
    ] {
        gauge!(what, "instance" => place.instance.as_str().to_owned()).set(value);
    }
}

/// Bytes that are free for us on the disk of a directory.
fn room(data: &Path) -> Option<u64> {
    let of = rustix::fs::statvfs(data).ok()?;
    Some(of.f_bavail.saturating_mul(of.f_frsize))
}

/// Bytes of memory that the process has (Linux).
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = status.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Names in a text that begin as metrics do.
    fn named(text: &str) -> BTreeSet<String> {
        let names = text.split(|c: char| !c.is_ascii_lowercase() && c != '_');
        let metric = |name: &&str| name.starts_with("kilde_") && name.len() > 6;
        let plain = |name: &str| {
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name)
                .to_owned()
        };
        names.filter(metric).map(plain).collect()
    }

    /// The names of metrics in the program's own source.
    fn counted() -> BTreeSet<String> {
        fn walk(dir: &Path, out: &mut BTreeSet<String>) {
            for item in std::fs::read_dir(dir).expect("readable").flatten() {
                let path = item.path();
                if path.is_dir() {
                    walk(&path, out);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    let text = std::fs::read_to_string(&path).expect("text");
                    let literals = text
                        .split('"')
                        .skip(1)
                        .step_by(2)
                        .filter(|literal| literal.starts_with("kilde_") && literal.len() > 6);
                    out.extend(
                        literals
                            .filter(|literal| literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
                            .map(str::to_owned),
                    );
                }
            }
        }
        let mut out = BTreeSet::new();
        for name in [
            "kilde",
            "kilde-http",
            "kilde-log",
            "kilde-index",
            "kilde-intake",
            "kilde-access",
            "kilde-services",
        ] {
            walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"), &mut out);
        }
        out
    }

    #[test]
    fn dashboard_and_alerts_use_the_metrics_that_there_are_and_the_dashboard_all_of_them() {
        let guide = |file: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../docs/guides/monitoring")
                .join(file);
            std::fs::read_to_string(path).expect("a file")
        };
        let (counted, dashboard, alerts) = (counted(), guide("dashboard.json"), guide("alerts.yml"));
        assert!(counted.len() > 25, "{counted:?}");
        let panels: serde_json::Value = serde_json::from_str(&dashboard).expect("JSON");
        assert!(panels["panels"].as_array().is_some_and(|all| all.len() > 10));
        assert_eq!(named(&dashboard), counted);
        let unknown: Vec<_> = named(&alerts).difference(&counted).cloned().collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn disk_and_memory_are_told() {
        assert!(room(Path::new(".")).is_some_and(|free| free > 0));
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
        assert_eq!(room(Path::new("/no/such/place")), None);
    }
}
