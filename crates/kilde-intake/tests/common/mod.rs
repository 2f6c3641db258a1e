//! An instance in a temporary directory.
#![allow(dead_code)]

use kilde_access::AccessScope;
use kilde_access::testing::everything;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::national_id::World;
use kilde_index::{Index, Read, Search, Version};
use kilde_intake::{Accepted, Intake, IntakeConfig, Kind, Rejected, Submission};
use kilde_log::{EventLog, EventNo, Instance, InstanceKeys, MasterKey, Quarantine};
use std::path::PathBuf;
use std::sync::Arc;

pub const ORGANISATION: &str = "974760673";
pub const OTHER: &str = "889640782";
pub const PERSON: &str = "19779998080";
pub const NOW: i64 = 1_795_376_165_123;

pub struct World9901 {
    pub intake: Arc<Intake>,
    pub index: Arc<Index>,
    pub log: Arc<EventLog>,
    pub quarantine: Arc<Quarantine>,
    pub keys: Arc<InstanceKeys>,
    pub dir: tempfile::TempDir,
}

pub fn instance() -> Instance {
    Instance::parse("9901").unwrap()
}

pub fn world() -> World9901 {
    world_with(IntakeConfig::new(World::Sandbox))
}

pub fn world_with(config: IntakeConfig) -> World9901 {
    world_in(tempfile::tempdir().unwrap(), config)
}

/// The instance in a directory, new or from before.
pub fn world_in(dir: tempfile::TempDir, config: IntakeConfig) -> World9901 {
    let master = MasterKey::from_bytes([7; 32]);
    let keys = Arc::new(InstanceKeys::open_or_create(&dir.path().join("instance.key"), &instance(), &master).unwrap());
    let log = Arc::new(EventLog::open(&dir.path().join("log"), &instance(), keys.clone()).unwrap());
    let index = Arc::new(Index::open(&dir.path().join("index"), &instance(), keys.clone(), log.clone()).unwrap());
    let quarantine = Arc::new(Quarantine::open(&log).unwrap());
    let intake = Intake::new(log.clone(), index.clone(), quarantine.clone(), config);
    World9901 {
        intake,
        index,
        log,
        quarantine,
        keys,
        dir,
    }
}

pub fn rtype(name: &str) -> ResourceType {
    ResourceType::from_name(name).unwrap()
}

pub fn json(bytes: &[u8]) -> Document {
    parse(bytes, Limits::default()).unwrap()
}

impl World9901 {
    pub fn scope(&self) -> Arc<AccessScope> {
        Arc::new(everything(instance(), ORGANISATION, "epj"))
    }

    pub fn other(&self) -> Arc<AccessScope> {
        Arc::new(everything(instance(), OTHER, "other"))
    }

    pub fn submission(&self, kind: Kind, body: &str) -> Submission {
        Submission::new(self.scope(), kind, body, NOW)
    }

    pub fn submit(&self, kind: Kind, body: &str) -> Result<Accepted, Rejected> {
        self.intake.submit_blocking(self.submission(kind, body))
    }

    pub fn create(&self, name: &str, body: &str) -> Result<Accepted, Rejected> {
        self.submit(
            Kind::Create {
                rtype: rtype(name),
                if_none_exist: None,
            },
            body,
        )
    }

    pub fn update(&self, name: &str, id: &str, if_match: Option<u32>, body: &str) -> Result<Accepted, Rejected> {
        self.submit(
            Kind::Update {
                rtype: rtype(name),
                id: id.into(),
                if_match,
                if_none_match: false,
            },
            body,
        )
    }

    pub fn bundle(&self, body: &str) -> Result<Accepted, Rejected> {
        self.submit(Kind::Bundle, body)
    }

    pub fn read(&self, name: &str, id: &str) -> Option<Version> {
        match self.index.read(&self.scope(), rtype(name), id).unwrap() {
            Read::Found(version) => Some(version),
            _ => None,
        }
    }

    pub fn count(&self, name: &str, query: &[(&str, &str)]) -> usize {
        let params: Vec<(String, String)> = query.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let (search, _) = Search::parse(rtype(name), &params, false, kilde_index::Limits::default()).unwrap();
        self.index.matching(&self.scope(), &search, 10_000).unwrap().len()
    }

    pub fn last(&self) -> EventNo {
        self.log.last()
    }
}

pub fn rules(rejected: &Rejected) -> Vec<&'static str> {
    rejected.findings.iter().map(|f| f.rule).collect()
}

/// The folder with published examples, if it is there.
pub fn shared(what: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("KILDE_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("data").join(what);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

pub fn files(dir: PathBuf) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}
