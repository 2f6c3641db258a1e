//! P5 and P6: searches. What is asked for is taken from what was loaded, so that the same workload runs over any bundles.

use super::client::{self, Arrival::AtOnce, Arrival::PerSecond, Load};
use super::requests;
use super::target::Target;
use anyhow::Context;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, Value, parse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Connections of P5.
pub const CLIENTS: usize = 30;

/// What a search is made of: one Observation with a quantity, and her whom it is about.
pub struct Sample {
    code: String,
    value: String,
    unit: String,
    day: String,
    family: String,
}

impl Sample {
    /// From the resources of one event: its Patient, and each Observation with a code, a day and a quantity.
    pub fn of(entries: &[(ResourceType, Vec<u8>)]) -> Vec<Sample> {
        let documents: Vec<_> = entries
            .iter()
            .filter(|(rtype, _)| matches!(rtype.name(), "Patient" | "Observation"))
            .filter_map(|(rtype, text)| Some((rtype.name(), parse(&text[..], Limits::default()).ok()?)))
            .collect();
        let family = documents.iter().filter(|(name, _)| *name == "Patient").find_map(|(_, d)| {
            let name = d.root().items("name").next()?;
            Some(name.str("family")?.into_owned())
        });
        let Some(family) = family else { return Vec::new() };
        documents
            .iter()
            .filter(|(name, _)| *name == "Observation")
            .filter_map(|(_, d)| Sample::observation(d.root(), &family))
            .collect()
    }

    fn observation(root: Value<'_>, family: &str) -> Option<Sample> {
        let coding = root.path(&["code"])?.items("coding").next()?;
        let quantity = root.get("valueQuantity")?;
        Some(Sample {
            code: format!("{}|{}", coding.str("system")?, coding.str("code")?),
            value: quantity.get("value")?.raw().to_owned(),
            unit: format!("{}|{}", quantity.str("system")?, quantity.str("code")?),
            day: root.str("effectiveDateTime")?.get(..10)?.to_owned(),
            family: family.to_owned(),
        })
    }
}

/// A kind of search: its name, the type, and the conditions for a sample.
type Kind = (&'static str, &'static str, fn(&Sample) -> Vec<(&'static str, String)>);

/// The kinds of `6-measures`, each for 20 hits.
pub const KINDS: [Kind; 9] = [
    ("token", "Observation", |s| vec![("code", s.code.clone())]),
    ("string", "Patient", |s| vec![("family", s.family.clone())]),
    ("date", "Observation", |s| vec![("date", s.day.clone())]),
    ("quantity", "Observation", |s| {
        vec![("value-quantity", format!("ge{}|{}", s.value, s.unit))]
    }),
    ("composite", "Observation", |s| {
        vec![("code-value-quantity", format!("{}$ge{}", s.code, s.value))]
    }),
    ("chained", "Observation", |s| {
        vec![("code", s.code.clone()), ("subject:Patient.family", s.family.clone())]
    }),
    ("has", "Patient", |s| vec![("_has:Observation:patient:code", s.code.clone())]),
    ("include", "Observation", |s| {
        vec![("code", s.code.clone()), ("_include", "Observation:patient".to_owned())]
    }),
    ("sort", "Observation", |s| {
        vec![("code", s.code.clone()), ("_sort", "-date".to_owned())]
    }),
];

/// What a kind of search gave.
pub struct Measured {
    /// One after the other: what a question costs by itself.
    pub alone: Load,
    /// As many as the server can answer.
    pub most: Load,
    /// Requests that come at half of that rate: of several runs the one in the middle, by p99.
    pub half: Load,
    /// The p99 of each of those runs in milliseconds, the least first.
    pub spread: Vec<f64>,
}

/// A shared machine stands still now and then; of so many runs the one in the middle counts.
const RUNS: usize = 3;

/// Asks `samples` with one kind of search, at most `n` times.
pub async fn measure(target: &Target, samples: &[Sample], kind: &Kind, n: usize) -> anyhow::Result<Measured> {
    let run = async |n: usize, clients, arrival| -> anyhow::Result<Load> {
        client::run(
            target.server.address,
            questions(target, samples, kind, n).await?,
            clients,
            arrival,
            200,
        )
        .await
    };
    let first = run(100.min(n), CLIENTS, AtOnce).await?;
    // A proof lives for a minute; no run is to last longer than a few seconds.
    let n = ((first.per_second * 10.0) as usize).clamp(100.min(n), n);
    let most = run(n, CLIENTS, AtOnce).await?;
    let half = most.per_second / 2.0;
    let n = ((half * 15.0) as usize).clamp(100.min(n), n);
    let alone = run(n.min(1000), 1, AtOnce).await?;
    let mut halves = Vec::new();
    for _ in 0..RUNS {
        halves.push(run(n, CLIENTS, PerSecond(half)).await?);
    }
    halves.sort_by(|a, b| a.percentile_ms(99.0).total_cmp(&b.percentile_ms(99.0)));
    let spread = halves.iter().map(|run| run.percentile_ms(99.0)).collect();
    Ok(Measured {
        alone,
        half: halves.swap_remove(RUNS / 2),
        spread,
        most,
    })
}

async fn questions(target: &Target, samples: &[Sample], kind: &Kind, n: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let (_, rtype, conditions) = kind;
    let forms = requests::scattered(n, samples.len()).map(|at| {
        let mut conditions = conditions(&samples[at]);
        conditions.push(("_count", "20".to_owned()));
        form(&conditions)
    });
    requests::searches(target, rtype, forms).await
}

fn form(conditions: &[(&str, String)]) -> String {
    let pairs: Vec<String> = conditions
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    pairs.join("&")
}

/// P6: how many resources a `_summary=count` counts a second, and how many there are to be counted.
pub async fn count(target: &Target, rounds: usize) -> anyhow::Result<(Load, u64)> {
    let form = || "status=final&_summary=count".to_owned();
    let one = requests::searches(target, "Observation", std::iter::once(form())).await?;
    let reply = client::Connection::open(target.server.address).await?.send(&one[0]).await?;
    let document = parse(&reply.body[..], Limits::default()).map_err(|_| anyhow::anyhow!("the count is no JSON"))?;
    let total = document
        .root()
        .get("total")
        .and_then(|t| t.raw().parse().ok())
        .context("no total")?;
    let many = requests::searches(target, "Observation", (0..rounds).map(|_| form())).await?;
    Ok((client::run(target.server.address, many, 1, AtOnce, 200).await?, total))
}
