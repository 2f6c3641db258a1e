//! Load on a server: writers and readers who remember what was acknowledged.

use crate::holder::{Asking, Holder};
use parking_lot::Mutex;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

/// A version of a resource: `Type/id` and number.
pub type Version = (String, u32);

/// One acknowledged write.
#[derive(Clone)]
pub struct Write {
    /// Its event.
    pub event: u64,
    /// The versions that it made.
    pub versions: Vec<Version>,
}

/// What the server has acknowledged.
#[derive(Default, Clone)]
pub struct Acknowledged {
    /// Writes.
    pub writes: Vec<Write>,
    /// Answers given to readers.
    pub reads: u64,
}

impl Acknowledged {
    /// Adds what others have got.
    pub fn extend(&mut self, more: Acknowledged) {
        self.writes.extend(more.writes);
        self.reads += more.reads;
    }
}

/// Clients at work.
pub struct Load {
    done: Arc<Mutex<Acknowledged>>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins: so many writers, and so many readers of overviews. `name` is in the ids of the messages.
    pub fn start(url: &str, writers: usize, readers: usize, name: &str) -> anyhow::Result<Self> {
        let (done, stop) = (Arc::new(Mutex::new(Acknowledged::default())), Arc::new(AtomicBool::new(false)));
        let mut tasks = Vec::new();
        for writer in 0..writers {
            let asking = Asking {
                persona: "epj-nordvik".to_owned(),
                ..Asking::default()
            };
            let name = format!("{name}-{writer}");
            tasks.push(tokio::spawn(write(
                Holder::new(url, asking)?,
                done.clone(),
                stop.clone(),
                name,
                writer,
            )));
        }
        for _ in 0..readers {
            let asking = Asking {
                persona: "sykepleier-legevakt-nordvik".to_owned(),
                patient: Some(PATIENTS[0].to_owned()),
                ..Asking::default()
            };
            tasks.push(tokio::spawn(read(Holder::new(url, asking)?, done.clone(), stop.clone())));
        }
        Ok(Load { done, stop, tasks })
    }

    /// What has been acknowledged so far.
    pub fn so_far(&self) -> Acknowledged {
        self.done.lock().clone()
    }

    /// Waits until everybody has got the last answer, or has lost the server, and gives what was acknowledged.
    pub async fn end(self) -> anyhow::Result<Acknowledged> {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await?;
        }
        Ok(std::mem::take(&mut *self.done.lock()))
    }
}

/// The fixed citizens of the sandbox whom trials write about.
pub const PATIENTS: [&str; 3] = ["19779998080", "16758532406", "11833810555"];

async fn write(holder: Holder, done: Arc<Mutex<Acknowledged>>, stop: Arc<AtomicBool>, name: String, writer: usize) {
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("{name}-{n}");
        let (method, path, body) = if n % 2 == 0 {
            (Method::POST, "/9901/fhir/r4".to_owned(), transaction(writer))
        } else {
            (
                Method::PUT,
                format!("/9901/fhir/r4/Observation/{name}"),
                observation(writer, Some(&name)),
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
        let Ok(made) = acknowledged(answer).await else { return };
        assert!(status.is_success(), "a write was refused: {status}");
        done.lock().writes.push(made);
    }
}

/// What an answer to a write says that it made.
pub async fn acknowledged(answer: reqwest::Response) -> reqwest::Result<Write> {
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (event, location) = (header("kilde-event"), header("location"));
    let bytes = answer.bytes().await?;
    let versions = match location {
        Some(location) => versions([location.as_str()]),
        None => {
            let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let entries = answer["entry"].as_array().cloned().unwrap_or_default();
            versions(entries.iter().filter_map(|e| e["response"]["location"].as_str()))
        }
    };
    let event = event.and_then(|event| event.parse().ok()).unwrap_or(0);
    Ok(Write { event, versions })
}

async fn read(holder: Holder, done: Arc<Mutex<Acknowledged>>, stop: Arc<AtomicBool>) {
    let body = overview();
    while let Ok((status, _)) = holder.post("/9901/fhir/r4/$overview", &body).await {
        assert_eq!(status, 200, "an overview was refused");
        done.lock().reads += 1;
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// A question for an overview of the first of them.
pub fn overview() -> serde_json::Value {
    let system = "urn:oid:2.16.578.1.12.4.1.4.1";
    json!({ "resourceType": "Parameters",
        "parameter": [{ "name": "patient", "valueIdentifier": { "system": system, "value": PATIENTS[0] } }] })
}

/// Two observations.
pub fn transaction(writer: usize) -> serde_json::Value {
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

/// A random number.
pub fn random() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}
