//! Requests made beforehand: token, proof and body, so that the load generator costs little.

use super::client::request;
use super::target::Target;
use kilde_fhir::definitions::ResourceType;
use kilde_http::server::now_ms;
use kilde_sandbox::DpopKey;
use serde_json::json;

const JSON: &str = "application/fhir+json";

fn proven(target: &Target, key: &DpopKey, token: &str, method: &str, path: &str, (media, body): (&str, &[u8])) -> anyhow::Result<Vec<u8>> {
    let url = format!("http://{}{path}", target.server.address);
    let proof = key.proof(method, &url, Some(token), now_ms())?;
    let mut headers = vec![format!("authorization: DPoP {token}"), format!("dpop: {proof}")];
    if !body.is_empty() {
        headers.push(format!("content-type: {media}"));
    }
    Ok(request(method, path, &target.server.address.to_string(), &headers, body))
}

/// Spreads choices over a list without favour; the same every run.
pub fn scattered(n: usize, length: usize) -> impl Iterator<Item = usize> {
    (0..n as u64).map(move |i| (i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % length.max(1))
}

/// P2: transactions of two observations of a citizen.
pub async fn transactions(target: &Target, n: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let token = target.token(&target.key, "epj-nordvik", None).await?;
    let observation = |code: &str, value: u64| {
        json!({ "request": { "method": "POST", "url": "Observation" }, "resource": {
            "resourceType": "Observation", "status": "final",
            "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
            "subject": { "identifier": { "system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "19779998080" } },
            "effectiveDateTime": "2026-11-22T10:00:00Z",
            "valueQuantity": { "value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" } } })
    };
    (0..n as u64)
        .map(|i| {
            let bundle = json!({ "resourceType": "Bundle", "type": "transaction",
                "entry": [observation("8867-4", 60 + i % 40), observation("9279-1", 12 + i % 8)] });
            proven(
                target,
                &target.key,
                &token,
                "POST",
                "/9901/fhir/r4",
                (JSON, bundle.to_string().as_bytes()),
            )
        })
        .collect()
}

/// P3: reads of scattered resources, with proofs of that key.
pub async fn reads(target: &Target, key: &DpopKey, ids: &[(ResourceType, String)], n: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let token = target.token(key, "system-test", None).await?;
    let chosen: Vec<usize> = scattered(n, ids.len()).collect();
    let make = |at: &usize| {
        let (rtype, id) = &ids[*at];
        proven(
            target,
            key,
            &token,
            "GET",
            &format!("/9901/fhir/r4/{}/{id}", rtype.name()),
            (JSON, b""),
        )
    };
    // An RSA proof takes a millisecond to make, and none may be older than a minute when it is used.
    let threads = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let parts = chosen.chunks(n.div_ceil(threads).max(1));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(make).collect::<anyhow::Result<Vec<_>>>()))
            .collect();
        let mut out = Vec::with_capacity(n);
        for part in parts {
            out.extend(
                part.join()
                    .map_err(|_| anyhow::anyhow!("a thread that makes proofs has stopped"))??,
            );
        }
        Ok(out)
    })
}

/// P5 and P6: searches of a type with these forms.
pub async fn searches(target: &Target, rtype: &str, forms: impl Iterator<Item = String>) -> anyhow::Result<Vec<Vec<u8>>> {
    let token = target.token(&target.key, "system-test", None).await?;
    let path = format!("/9901/fhir/r4/{rtype}/_search");
    let media = "application/x-www-form-urlencoded";
    forms
        .map(|form| proven(target, &target.key, &token, "POST", &path, (media, form.as_bytes())))
        .collect()
}

fn oid(nin: &str) -> String {
    let kind = if nin.as_bytes().first().is_some_and(|b| *b >= b'4') { 2 } else { 1 };
    format!("urn:oid:2.16.578.1.12.4.1.4.{kind}")
}

fn overview_of(nin: &str) -> String {
    let patient = json!({ "name": "patient", "valueIdentifier": { "system": oid(nin), "value": nin } });
    json!({ "resourceType": "Parameters", "parameter": [patient] }).to_string()
}

/// A nurse with an attestation for one citizen.
pub struct Nurse<'a> {
    target: &'a Target,
    token: String,
}

impl<'a> Nurse<'a> {
    /// She gets a token.
    pub async fn attested(target: &'a Target, nin: &str) -> anyhow::Result<Self> {
        let token = target.token(&target.key, "sykepleier-legevakt-nordvik", Some(nin)).await?;
        Ok(Nurse { target, token })
    }

    fn ask(&self, method: &str, path: &str, body: (&str, &[u8])) -> anyhow::Result<Vec<u8>> {
        proven(self.target, &self.target.key, &self.token, method, path, body)
    }

    /// An Observation by id.
    pub fn read(&self, id: &str) -> anyhow::Result<Vec<u8>> {
        self.ask("GET", &format!("/9901/fhir/r4/Observation/{id}"), (JSON, b""))
    }

    /// The overview of a citizen.
    pub fn overview(&self, nin: &str) -> anyhow::Result<Vec<u8>> {
        self.ask("POST", "/9901/fhir/r4/$overview", (JSON, overview_of(nin).as_bytes()))
    }

    /// The Observations of a citizen.
    pub fn search(&self, nin: &str) -> anyhow::Result<Vec<u8>> {
        let form = format!("patient:identifier={}%7C{nin}", oid(nin));
        let media = "application/x-www-form-urlencoded";
        self.ask("POST", "/9901/fhir/r4/Observation/_search", (media, form.as_bytes()))
    }
}

/// P7: overviews of scattered citizens, each with an attestation for that citizen.
pub async fn overviews(target: &Target, people: &[String], n: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut out = Vec::with_capacity(n);
    for at in scattered(n, people.len()) {
        let nin = &people[at];
        out.push(Nurse::attested(target, nin).await?.overview(nin)?);
    }
    Ok(out)
}
