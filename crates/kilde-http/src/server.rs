//! What the program serves: municipalities, each with its own log, index, access log and policy.

use kilde_access::{AccessLog, Authenticator};
use kilde_fhir::national_id::World;
use kilde_index::Index;
use kilde_intake::Intake;
use kilde_log::{EventLog, Instance, Quarantine};
use kilde_services::Services;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// One municipality's instance.
pub struct Municipality {
    /// Its number.
    pub instance: Instance,
    /// Its name, for people.
    pub name: String,
    /// Which national ids it takes.
    pub world: World,
    /// Its policy: organisations, units, agreements, clients, as they are now.
    pub policy: crate::policy::PolicyInForce,
    /// The event log.
    pub log: Arc<EventLog>,
    /// The index.
    pub index: Arc<Index>,
    /// Messages in.
    pub intake: Arc<Intake>,
    /// What could not be accepted.
    pub quarantine: Arc<Quarantine>,
    /// Who looked.
    pub access_log: Arc<AccessLog>,
    /// Activated information services.
    pub services: Services,
    /// Names of organisations and units by organisation number, for the citizen's log.
    pub names: BTreeMap<String, String>,
    /// Packages, terminology and the validator of this instance.
    pub library: crate::packages::OwnLibrary,
    /// Bulk exports and imports.
    pub jobs: Arc<crate::jobs::Jobs>,
    /// Who witnesses its seal, and whose it witnesses.
    pub seal: crate::seal::Sealing,
    /// Findings of unusual access.
    pub review: crate::oversight::Review,
    /// Sources that are known to be down.
    pub sources: crate::sources::Sources,
}

/// Routes that only a sandbox has (issuer, personas).
pub type SandboxRoutes = axum::Router;

/// Everything one listener serves.
pub struct Server {
    /// By instance number.
    pub municipalities: BTreeMap<String, Arc<Municipality>>,
    /// Verifies tokens and proofs.
    pub authenticator: Arc<Authenticator>,
    /// The address clients use, without a slash at the end: `https://kilde.example`.
    pub public_url: String,
    /// Where apps get their tokens (SMART App Launch), where that is configured.
    pub smart: Option<crate::smart::Endpoints>,
    /// Logging citizens in with a browser, where that is configured.
    pub logins: Option<Arc<crate::innbygger::login::Logins>>,
    /// Bounds.
    pub limits: Limits,
    /// Bytes that are free on the disk of the data, looked at from time to time; `u64::MAX` when that is not known.
    pub room: AtomicU64,
}

/// Bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request body.
    pub body: usize,
    /// Requests under way at once; more get 429.
    pub concurrent: usize,
    /// How long a body may take to arrive; then 408.
    pub body_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: 64 << 20,
            concurrent: 1024,
            body_time: Duration::from_secs(60),
        }
    }
}

impl Server {
    /// The FHIR base of an instance.
    pub fn fhir_base(&self, place: &Municipality) -> String {
        format!("{}/{}/fhir/r4", self.public_url, place.instance.as_str())
    }
}

/// Now, Unix ms.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
