//! Keeps the lookup beside each access log up with it, and runs the rules of the review over what is new.

use crate::config::Config;
use kilde_http::server::{Municipality, Server, now_ms};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many entries are read at a time.
const PART: u64 = 500;
/// After each part it rests for so many times as long as that took: who reads and writes is not to feel it.
const REST: u32 = 6;

/// Begins, for every instance, at its own pace.
pub fn start(server: &Arc<Server>, config: &Config) {
    for one in &config.instance {
        let Some(place) = server.municipalities.get(&one.number).cloned() else {
            continue;
        };
        let every = Duration::from_secs(one.review.every_seconds.clamp(1, 3600));
        tokio::spawn(async move {
            let mut turns = tokio::time::interval(every);
            turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                while part(&place).await {}
            }
        });
    }
}

/// Reviews one part, and rests. Tells whether there is more.
async fn part(place: &Arc<Municipality>) -> bool {
    let started = Instant::now();
    let reviewed = place.clone();
    let done = tokio::task::spawn_blocking(move || reviewed.review.part(&reviewed, now_ms(), PART)).await;
    let more = match done {
        Ok(Ok((found, more))) => {
            metrics::counter!("kilde_review_findings_total", "instance" => place.instance.as_str().to_owned()).increment(found as u64);
            more
        }
        Ok(Err(cause)) => {
            tracing::error!(%cause, instance = %place.instance, "the access log could not be reviewed");
            false
        }
        Err(cause) => {
            tracing::error!(%cause, instance = %place.instance, "the access log could not be reviewed");
            false
        }
    };
    if more {
        tokio::time::sleep(started.elapsed() * REST).await;
    }
    more
}
