//! Signs checkpoints of each instance's access log while it is served, and asks witnesses to cosign them.
//!
//! Nobody who reads waits for any of this: an entry has its leaf when it is durable. What fails here is counted, told by
//! `/health/ready`, and tried again at the next turn.

use crate::config::Config;
use anyhow::{Context, bail};
use kilde_http::seal::Witness;
use kilde_http::server::{Municipality, Server, now_ms};
use kilde_log::note::{MOST_BYTES, signature_lines};
use kilde_log::{LogError, Signed};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a witness has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Begins to seal every instance, each at its own pace.
pub fn start(server: &Arc<Server>, config: &Config) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    for one in &config.instance {
        let Some(place) = server.municipalities.get(&one.number).cloned() else {
            continue;
        };
        let (client, every) = (client.clone(), one.seal.every());
        tokio::spawn(async move {
            let mut turns = tokio::time::interval(every);
            turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut known = BTreeMap::new();
            loop {
                turns.tick().await;
                turn(&place, &client, &mut known).await;
            }
        });
    }
    Ok(())
}

/// Signs a last time.
pub fn stop(place: &Municipality) {
    if let Err(cause) = sign(place) {
        tracing::error!(%cause, instance = %place.instance, "no checkpoint could be signed at the end");
    }
}

/// Binds the event log in and signs what there is.
fn sign(place: &Municipality) -> Result<Arc<Signed>, LogError> {
    let seals = place.access_log.seals();
    seals.bind(&place.log)?;
    seals.sign()
}

/// One turn: sign, and ask each witness that has not cosigned. `known` is what each of them cosigned last, as far as it has
/// said so since the start: a witness that has seen more than there is here must be heard, even if nothing is to be cosigned.
async fn turn(place: &Arc<Municipality>, client: &reqwest::Client, known: &mut BTreeMap<String, u64>) {
    let number = place.instance.as_str().to_owned();
    let signing = place.clone();
    let signed = match tokio::task::spawn_blocking(move || sign(&signing)).await {
        Ok(Ok(signed)) => signed,
        Ok(Err(cause)) => return failed(place, "checkpoint", &cause),
        Err(cause) => return failed(place, "checkpoint", &cause),
    };
    place.seal.note("checkpoint", None);
    metrics::gauge!("kilde_seal_signed_entries", "instance" => number.clone()).set(signed.checkpoint.size as f64);
    metrics::gauge!("kilde_seal_signed_seconds", "instance" => number.clone()).set((now_ms() / 1000) as f64);
    for witness in &place.seal.witnesses {
        let name = witness.key.name();
        if known.get(name) != Some(&signed.checkpoint.size) || signed.note.verify([&witness.key]).is_err() {
            let old = known.remove(name).unwrap_or(0);
            if let Err(cause) = ask(place, client, witness, &signed, old).await {
                failed(place, name, &format!("{cause:#}"));
                continue;
            }
            known.insert(name.to_owned(), signed.checkpoint.size);
        }
        place.seal.note(name, None);
        metrics::gauge!("kilde_seal_cosigned_seconds", "instance" => number.clone(), "witness" => name.to_owned())
            .set((now_ms() / 1000) as f64);
    }
}

fn failed(place: &Municipality, part: &str, cause: &dyn std::fmt::Display) {
    tracing::error!(%cause, part, instance = %place.instance, "the seal is not complete");
    metrics::counter!("kilde_seal_failures_total", "instance" => place.instance.as_str().to_owned(), "part" => part.to_owned())
        .increment(1);
    place.seal.note(part, Some(cause.to_string()));
}

/// Asks a witness. It says itself what it cosigned last, if that is not what is thought here.
async fn ask(place: &Municipality, client: &reqwest::Client, witness: &Witness, signed: &Signed, mut old: u64) -> anyhow::Result<()> {
    let seals = place.access_log.seals();
    for _ in 0..2 {
        let Some(request) = tokio::task::block_in_place(|| seals.request(signed, old))? else {
            bail!(
                "the witness has seen {old} entries, and here are {}: entries are missing",
                signed.checkpoint.size
            );
        };
        let url = format!("{}/add-checkpoint", witness.url);
        let answer = client.post(url).body(request.to_string()).send().await;
        let answer = answer.map_err(reqwest::Error::without_url).context("the witness does not answer")?;
        let status = answer.status().as_u16();
        let body = bounded(answer).await?;
        match status {
            200 => {
                let lines = signature_lines(&body).context("the witness's answer")?;
                let taken = tokio::task::block_in_place(|| {
                    lines
                        .into_iter()
                        .map(|line| seals.cosigned(signed, line, &witness.key))
                        .reduce(|one, other| one.or(other))
                });
                taken.context("the witness's answer is empty")?.context("the witness's answer")?;
                return Ok(());
            }
            409 => {
                let size = body.trim().parse().context("the witness's answer")?;
                if size == old {
                    bail!("the witness has seen another log of {size} entries");
                }
                old = size;
            }
            _ => bail!("the witness answered {status}"),
        }
    }
    bail!("the witness says something else each time")
}

async fn bounded(mut answer: reqwest::Response) -> anyhow::Result<String> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&part);
        anyhow::ensure!(body.len() <= MOST_BYTES, "the witness's answer is too long");
    }
    String::from_utf8(body).context("the witness's answer is no text")
}
