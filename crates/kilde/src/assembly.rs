//! Wiring: from a data directory and a policy to a running municipality, and from a
//! configuration to a server.

pub mod codes;
pub mod guard;
pub mod library;
pub mod sandbox;

use anyhow::Context;
use kilde_access::{AccessLog, AccessScope, InstancePolicy};
use kilde_http::jobs::Jobs;
use kilde_http::policy::PolicyInForce;
use kilde_http::server::Municipality;
use kilde_index::{Index, Options, Progress};
use kilde_intake::{Intake, IntakeConfig, Validation};
use kilde_log::{EventLog, Instance, InstanceKeys, MasterKey, Quarantine};
use kilde_services::Services;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is told how far an index has come that is built anew.
const TELL: Duration = Duration::from_secs(3);

/// Where an instance's files are.
pub fn directory(data: &Path, instance: &Instance) -> PathBuf {
    data.join("instances").join(instance.as_str())
}

/// The number as an instance.
pub fn instance(number: &str) -> anyhow::Result<Instance> {
    Instance::parse(number).with_context(|| format!("{number} is no instance number: four digits are expected"))
}

/// The outside key: read, or made for a sandbox that has none yet.
pub fn master_key(path: &Path, create: bool) -> anyhow::Result<MasterKey> {
    if create && !path.exists() {
        return Ok(MasterKey::create_file(path)?);
    }
    guard::secret(path)?;
    MasterKey::read_file(path).with_context(|| format!("the outside key {}", path.display()))
}

/// The parts of an instance that are on disk.
pub struct Stores {
    /// Keys.
    pub keys: Arc<InstanceKeys>,
    /// Event log.
    pub log: Arc<EventLog>,
    /// Index, caught up.
    pub index: Arc<Index>,
    /// Quarantine.
    pub quarantine: Arc<Quarantine>,
}

impl Stores {
    /// Opens (or makes) an instance's stores.
    pub fn open(data: &Path, instance: &Instance, master: &MasterKey) -> anyhow::Result<Self> {
        let dir = directory(data, instance);
        guard::private_directory(&dir)?;
        let keys = Arc::new(InstanceKeys::open_or_create(&dir.join("instance.key"), instance, master)?);
        let log = Arc::new(EventLog::open(&dir.join("log"), instance, keys.clone())?);
        let mut told = Instant::now();
        let progress = |p: Progress| {
            if told.elapsed() > TELL {
                told = Instant::now();
                eprintln!("index of {}: event {} of {}", instance.as_str(), p.applied.0, p.last.0);
            }
        };
        let index = Index::open_with(
            &dir.join("index"),
            instance,
            keys.clone(),
            log.clone(),
            Options::default(),
            progress,
        )?;
        let index = Arc::new(index);
        let quarantine = Arc::new(Quarantine::open(&log)?);
        Ok(Stores {
            keys,
            log,
            index,
            quarantine,
        })
    }

    /// Intake over these stores.
    pub fn intake(&self, policy_world: kilde_fhir::national_id::World) -> Arc<Intake> {
        self.intake_with(policy_world, Taking::default())
    }

    /// The same, as the instance is configured.
    fn intake_with(&self, policy_world: kilde_fhir::national_id::World, taking: Taking) -> Arc<Intake> {
        let mut config = IntakeConfig::new(policy_world);
        config.validation = taking.validation;
        config.update_create = taking.update_create;
        config.checks.push(Arc::new(kilde_services::news2::check_observation));
        Intake::new(self.log.clone(), self.index.clone(), self.quarantine.clone(), config)
    }
}

/// How an instance takes in, as it is configured.
pub struct Taking {
    /// What is asked beyond structure.
    pub validation: Option<Arc<Validation>>,
    /// Whether sources may choose the ids of new resources.
    pub update_create: bool,
}

impl Default for Taking {
    fn default() -> Self {
        Taking {
            validation: None,
            update_create: true,
        }
    }
}

/// A municipality from its directory, policy and activated services.
pub fn municipality(
    data: &Path,
    mut policy: InstancePolicy,
    services: &[String],
    names: BTreeMap<String, String>,
    master: &MasterKey,
    taking: Taking,
    origin: Option<&str>,
) -> anyhow::Result<Municipality> {
    policy.services = kilde_services::all()
        .iter()
        .map(|service| (service.id().to_owned(), service.manifest().categories()))
        .collect();
    let instance = policy.instance;
    let stores = Stores::open(data, &instance, master)?;
    guard::one_world(&directory(data, &instance), policy.world)?;
    let access_log = Arc::new(AccessLog::open_as(
        &directory(data, &instance).join("access"),
        &instance,
        stores.keys.clone(),
        origin,
    )?);
    let jobs = Jobs::open(&directory(data, &instance).join("jobs"), stores.keys.subkey("jobs")).context("cannot open the jobs")?;
    let services = Services::activated(services).map_err(|unknown| anyhow::anyhow!("no information service is called {unknown}"))?;
    let intake = stores.intake_with(policy.world, taking);
    intake
        .finish_destructions()
        .context("a destruction that was begun cannot be carried through")?;
    Ok(Municipality {
        instance,
        name: policy.name.clone(),
        world: policy.world,
        intake,
        policy: PolicyInForce::new(policy, &stores.index.ledger()),
        log: stores.log,
        index: stores.index,
        quarantine: stores.quarantine,
        access_log,
        services,
        names,
        library: Default::default(),
        jobs: Arc::new(jobs),
        seal: Default::default(),
        review: Default::default(),
        sources: Default::default(),
    })
}

/// The scope of a local import, delivered as a source of the municipality.
pub fn import_scope(instance: &Instance, organisation: &str, client: &str) -> Arc<AccessScope> {
    Arc::new(AccessScope::import(*instance, organisation, client))
}
