//! `kilde serve`: the instances of a configuration file.

use crate::assembly::codes::OfLibrary;
use crate::assembly::{self, Taking, library, master_key, municipality, sandbox};
use crate::config::{Config, Proof, login};
use crate::watching;
use anyhow::Context;
use axum::Router;
use clap::Args;
use kilde_access::authn::{HttpKeys, LocalKeys};
use kilde_access::{Authenticator, AuthenticatorConfig, InstancePolicy, Issuer};
use kilde_fhir::national_id::World;
use kilde_http::sandbox::Sandbox;
use kilde_http::server::{Limits, Municipality, Server};
use kilde_sandbox::{People, idporten, issuer};
use metrics_exporter_prometheus::PrometheusHandle;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Serve the instances of a configuration file
#[derive(Args)]
pub struct Serve {
    /// Configuration file
    #[arg(long)]
    config: PathBuf,
}

impl Serve {
    /// Runs until stopped.
    pub async fn run(self) -> anyhow::Result<()> {
        let config = Config::read(&self.config)?;
        for warning in config.warnings() {
            eprintln!("kilde: {warning}");
        }
        let running = Running::start(&config).await?;
        eprintln!("kilde serves {} on {}", running.numbers(), config.listen);
        running.until_stopped().await
    }
}

/// A server that answers.
pub struct Running {
    /// What it serves.
    pub server: Arc<Server>,
    /// The sandbox's issuer, if this is a sandbox.
    pub issuer: Option<Arc<issuer::Issuer>>,
    /// The sandbox's ID-porten.
    pub id_porten: Option<Arc<idporten::IdPorten>>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Opens the instances and begins to listen.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        // First of all: what is made before it has no metrics.
        let metrics = watching::recorder();
        let (server, issuer) = build(config)?;
        let mut server = server;
        let id_porten = id_porten(config, &mut server)?;
        let server = Arc::new(server);
        for place in server.municipalities.values() {
            crate::noted::start(place, config).await?;
            kilde_http::jobs::import::resume(place, &tokio::runtime::Handle::current())?;
            crate::backup::desk::listen(place.clone(), assembly::directory(&config.data, &place.instance))?;
        }
        let mut app = kilde_http::router(server.clone());
        if let (Some(issuer), Some(id_porten)) = (&issuer, &id_porten) {
            app = app.merge(kilde_http::sandbox_router(Arc::new(Sandbox {
                issuer: issuer.clone(),
                idporten: id_porten.clone(),
                ehr: Arc::new(kilde_sandbox::ehr::Ehr::new(&config.public_url, issuer.clone())),
                server: server.clone(),
            })));
        }
        admin(config.admin_listen, metrics.clone()).await;
        watching::start(server.clone(), config.data.clone(), metrics);
        crate::sealing::start(&server, config)?;
        crate::reviewing::start(&server, config);
        let task = tokio::spawn(async move { axum::serve(tcp_nodelay(listener), app).await });
        Ok(Running {
            server,
            issuer,
            id_porten,
            task,
        })
    }

    /// The instances' numbers, for people.
    pub fn numbers(&self) -> String {
        self.server.municipalities.keys().cloned().collect::<Vec<_>>().join(", ")
    }

    /// Waits for the end of the server, or for a signal to stop; then closes the stores.
    pub async fn until_stopped(self) -> anyhow::Result<()> {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            ended = self.task => ended??,
            _ = tokio::signal::ctrl_c() => eprintln!("stopping"),
            _ = terminate.recv() => eprintln!("stopping"),
        }
        for place in self.server.municipalities.values() {
            let jobs = place.jobs.clone();
            tokio::task::spawn_blocking(move || jobs.stop()).await?;
            place.index.flush()?;
            let place = place.clone();
            tokio::task::spawn_blocking(move || crate::sealing::stop(&place)).await?;
        }
        Ok(())
    }
}

fn tcp_nodelay(listener: tokio::net::TcpListener) -> impl axum::serve::Listener<Io = tokio::net::TcpStream, Addr = SocketAddr> {
    use axum::serve::ListenerExt;
    listener.tap_io(|stream| {
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "no TCP_NODELAY");
        }
    })
}

/// `/metrics`, on its own listener. Without it the server still serves.
async fn admin(address: SocketAddr, metrics: Option<PrometheusHandle>) {
    let Some(handle) = metrics else { return };
    let app = Router::new().route("/metrics", axum::routing::get(move || std::future::ready(handle.render())));
    match tokio::net::TcpListener::bind(address).await {
        Ok(listener) => drop(tokio::spawn(async move { axum::serve(listener, app).await })),
        Err(cause) => tracing::warn!(%cause, %address, "no admin listener"),
    }
}

fn build(config: &Config) -> anyhow::Result<(Server, Option<Arc<issuer::Issuer>>)> {
    let master = master_key(&config.master_key, config.sandbox)?;
    let mut libraries = library::libraries(config)?;
    let mut municipalities: BTreeMap<String, Arc<Municipality>> = BTreeMap::new();
    for one in &config.instance {
        let policy = policy(config, one)?;
        let names = if config.sandbox {
            sandbox::names()
        } else {
            policy.units.iter().map(|u| (u.id.clone(), u.name.clone())).collect()
        };
        let library = libraries.remove(&one.number).unwrap_or_default();
        let validation = library::validation(one, &library.shelf)?;
        let mut place = municipality(
            &config.data,
            policy,
            &one.services,
            names,
            &master,
            Taking {
                validation,
                update_create: one.update_create,
            },
            one.seal.origin.as_deref(),
        )?;
        place.review = kilde_http::oversight::Review::new(one.review.thresholds.clone());
        place.seal = one.seal.sealing().with_context(|| format!("instance {}", one.number))?;
        place.index.set_codes(Arc::new(OfLibrary(library.shelf.clone())));
        place.library = library;
        municipalities.insert(one.number.clone(), Arc::new(place));
    }
    if config.sandbox && config.instance.iter().all(|one| one.seal.is_alone()) {
        sandbox::witness_each_other(&mut municipalities, &config.public_url);
    }
    let mut issuers: Vec<Issuer> = Vec::new();
    let mut audience = issuer::AUDIENCE.to_owned();
    for one in &config.issuer {
        audience.clone_from(&one.audience);
        issuers.push(Issuer {
            url: one.url.clone(),
            keys: Arc::new(HttpKeys::new(&one.url)?),
        });
    }
    let own = if config.sandbox {
        Some(Arc::new(issuer::Issuer::new(&config.public_url, Arc::new(People::fixed()))?))
    } else {
        None
    };
    if let Some(own) = &own {
        let keys = own.clone();
        issuers.push(Issuer {
            url: own.url().to_owned(),
            keys: Arc::new(LocalKeys::new(move || keys.jwks())),
        });
    }
    let proof = match config.proof {
        Proof::Dpop => kilde_access::Proof::Dpop,
        Proof::None => kilde_access::Proof::None,
    };
    let authenticator = Arc::new(Authenticator::new(AuthenticatorConfig {
        since_s: kilde_http::server::now_ms().div_euclid(1000),
        ..AuthenticatorConfig::new(issuers, &audience, proof)
    }));
    let public_url = config.public_url.trim_end_matches('/').to_owned();
    Ok((
        Server {
            municipalities,
            authenticator,
            public_url,
            logins: None,
            smart: smart(config),
            limits: Limits {
                body: config.limits.body_mib << 20,
                concurrent: config.limits.requests,
                body_time: std::time::Duration::from_secs(config.limits.body_seconds),
            },
            room: AtomicU64::new(u64::MAX),
        },
        own,
    ))
}

/// Where apps get their tokens: as configured, else in a sandbox from its own journal.
fn smart(config: &Config) -> Option<kilde_http::smart::Endpoints> {
    let own = || kilde_http::smart::Endpoints::of_the_sandbox(&config.public_url);
    config.smart.clone().or_else(|| config.sandbox.then(own))
}

/// How citizens log in: as configured, else in a sandbox with its own ID-porten.
fn id_porten(config: &Config, server: &mut Server) -> anyhow::Result<Option<Arc<idporten::IdPorten>>> {
    let own = match config.sandbox {
        true => Some(Arc::new(idporten::IdPorten::new(&config.public_url, Arc::new(People::fixed()))?)),
        false => None,
    };
    let numbers: Vec<String> = server.municipalities.keys().cloned().collect();
    server.logins = match (&config.id_porten, &own) {
        (Some(configured), _) => Some(Arc::new(configured.logins()?)),
        (None, Some(own)) => Some(login::of_sandbox(own, &config.public_url, &numbers)?),
        (None, None) => None,
    };
    Ok(own)
}

/// The policy of an instance: its file, or in a sandbox the sandbox's own.
///
/// # Errors
/// A file that cannot be used; one for production in a sandbox.
pub fn policy(config: &Config, one: &crate::config::Instance) -> anyhow::Result<InstancePolicy> {
    match &one.policy {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let policy = InstancePolicy::from_toml(&text).with_context(|| format!("in {}", file.display()))?;
            anyhow::ensure!(
                policy.instance == assembly::instance(&one.number)?,
                "{} is for another instance",
                file.display()
            );
            anyhow::ensure!(
                !config.sandbox || policy.world == World::Sandbox,
                "{} is for production, and sandbox = true lets anybody be anybody: one of them must go",
                file.display()
            );
            Ok(policy)
        }
        None if config.sandbox => {
            sandbox::policy(&one.number).with_context(|| format!("{} is none of the sandbox's instances", one.number))
        }
        None => anyhow::bail!("instance {} has no policy file", one.number),
    }
}
