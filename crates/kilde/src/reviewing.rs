//! Keeps the lookup beside each access log up with it, and runs the rules of the review over what is new.

use crate::config::Config;
use kilde_http::server::{Server, now_ms};
use std::sync::Arc;
use std::time::Duration;

/// Begins, for every instance, at its own pace. Nobody who reads waits for it.
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
                let reviewed = place.clone();
                let done = tokio::task::spawn_blocking(move || reviewed.review.turn(&reviewed, now_ms())).await;
                match done {
                    Ok(Ok(found)) => metrics::counter!("kilde_review_findings_total", "instance" => place.instance.as_str().to_owned())
                        .increment(found as u64),
                    Ok(Err(cause)) => tracing::error!(%cause, instance = %place.instance, "the access log could not be reviewed"),
                    Err(cause) => tracing::error!(%cause, instance = %place.instance, "the access log could not be reviewed"),
                }
            }
        });
    }
}
