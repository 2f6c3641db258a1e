//! The same questions to the bare index, in process: what reads and overviews cost without HTTP, identity, decision, access log and seal.

use super::load::Loaded;
use super::requests::scattered;
use super::stores;
use crate::assembly::{Stores, sandbox};
use anyhow::{Context, bail};
use kilde_access::authn::{LocalKeys, Presented};
use kilde_access::{AccessScope, Action, Authenticator, AuthenticatorConfig, Decision, Identity, Issuer, Proof, Question, decide};
use kilde_http::server::now_ms;
use kilde_index::Read;
use kilde_sandbox::issuer::{self, PersonaRequest};
use kilde_sandbox::{DpopKey, People};
use kilde_services::lang::Lang;
use kilde_services::overview::Request;
use kilde_services::service::AllUp;
use kilde_services::services::Services;
use kilde_services::store::Store;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long each is measured.
const MEASURED: Duration = Duration::from_secs(3);

/// Questions a second, all processors together.
pub struct Bare {
    /// Reads by id (P3).
    pub reads: f64,
    /// Overviews (P7).
    pub overviews: f64,
}

impl Bare {
    /// The share of a request's cost that is neither HTTP nor index, from three rates of the same machine: in microseconds of all processors, the
    /// price, and what the request costs in all. Never below 0.
    pub fn price(cores: usize, per_second: f64, bare: f64, http: f64) -> (f64, f64) {
        let us = |rate: f64| cores as f64 * 1e6 / rate.max(1.0);
        ((us(per_second) - us(bare) - us(http)).max(0.0), us(per_second))
    }
}

/// Asks the index over a data directory that no server has open.
pub fn measure(data: &Path, loaded: &Loaded, cores: usize) -> anyhow::Result<Bare> {
    let stores = stores(data)?;
    let scope = scope(&stores)?;
    let services = Services::activated(&["okt", "maaledata"]).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let types = services.types_read();
    let order: Vec<usize> = scattered(100_000, loaded.ids.len().max(loaded.people.len())).collect();
    let reads = rate(cores, |n| {
        let (rtype, id) = &loaded.ids[order[n % order.len()] % loaded.ids.len()];
        match stores.index.read(&scope, *rtype, id)? {
            Read::Found(_) => Ok(()),
            _ => bail!("a resource is not there"),
        }
    })?;
    let overviews = rate(cores, |n| {
        let nin = &loaded.people[order[n % order.len()] % loaded.people.len()];
        let person = stores.log.person(&format!("nin|{nin}"))?.context("a citizen is not there")?;
        let records = Store::new(&stores.index, &scope, person, &types)?;
        let request = Request {
            records: Some(&records),
            patient: (kilde_fhir::national_id::FNR, nin),
            services: &[],
            now_ms: now_ms(),
            lang: Lang::Nb,
            base: "http://localhost/9901/fhir/r4",
            sources: &AllUp,
        };
        match services.overview(&request).body.is_empty() {
            false => Ok(()),
            true => bail!("an overview is empty"),
        }
    })?;
    Ok(Bare { reads, overviews })
}

/// The scope of the sandbox's test system: by a token of an issuer, and the decision, as any other.
fn scope(stores: &Stores) -> anyhow::Result<AccessScope> {
    let identity = Askers::new()?.identity(PersonaRequest::new("system-test", ""))?;
    let policy = sandbox::policy("9901").context("the sandbox has no policy")?;
    match decide(&Question::new(&identity, &policy, Action::Read, now_ms(), &*stores.index)) {
        Decision::Permit(permit) => Ok(permit.scope),
        Decision::Refuse(refusal) => bail!("the test system is refused: {}", refusal.code),
    }
}

/// Personas, each by a token that an issuer in this process gives and the authenticator verifies.
pub struct Askers {
    issuer: Arc<issuer::Issuer>,
    authenticator: Authenticator,
    key: DpopKey,
}

impl Askers {
    const ADDRESS: &str = "http://127.0.0.1";

    /// An issuer that knows the sandbox's people.
    pub fn new() -> anyhow::Result<Askers> {
        let issuer = Arc::new(issuer::Issuer::new(Askers::ADDRESS, Arc::new(People::fixed()))?);
        let keys = issuer.clone();
        let trusted = Issuer {
            url: issuer.url().to_owned(),
            keys: Arc::new(LocalKeys::new(move || keys.jwks())),
        };
        Ok(Askers {
            issuer,
            authenticator: Authenticator::new(AuthenticatorConfig::new(vec![trusted], "nhn:kilde", Proof::Dpop)),
            key: DpopKey::generate()?,
        })
    }

    /// Who a persona is, by her token; the thumbprint of the request is filled in.
    pub fn identity(&self, mut request: PersonaRequest) -> anyhow::Result<Arc<Identity>> {
        let now = now_ms();
        request.jkt = self.key.thumbprint().to_owned();
        let token = self
            .issuer
            .persona_token(&request, now)
            .map_err(|e| anyhow::anyhow!(e.description))?;
        let proof = self.key.proof("GET", Askers::ADDRESS, Some(&token.access_token), now)?;
        let presented = Presented {
            authorization: &[&format!("DPoP {}", token.access_token)],
            dpop: &[&proof],
            method: "GET",
            url: Askers::ADDRESS,
            now_ms: now,
        };
        self.authenticator
            .authenticate_at_hand(&presented)
            .map_err(|_| anyhow::anyhow!("the token of {} is refused", request.persona))
    }
}

/// How often a second the work is done, on so many threads; `work` is given a number that grows.
fn rate(threads: usize, work: impl Fn(usize) -> anyhow::Result<()> + Sync) -> anyhow::Result<f64> {
    let (next, until) = (AtomicUsize::new(0), Instant::now() + MEASURED);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<()> {
                    while Instant::now() < until {
                        work(next.fetch_add(1, Ordering::Relaxed))?;
                    }
                    Ok(())
                })
            })
            .collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread stopped"))?)
    })?;
    Ok(next.into_inner() as f64 / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_what_is_left() {
        // Of 200 us on two processors, 40 are HTTP and 10 the index.
        let (price, whole) = Bare::price(2, 10_000.0, 200_000.0, 50_000.0);
        assert!((price - 150.0).abs() < 1e-6 && (whole - 200.0).abs() < 1e-6);
        assert_eq!(Bare::price(2, 10_000.0, 5_000.0, 50_000.0).0, 0.0);
    }
}
