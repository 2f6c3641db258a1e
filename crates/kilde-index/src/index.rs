//! The index of one instance: what it holds open.

use crate::error::IndexError;
use crate::keys::{self, Key, Rid};
use crate::lists::{Known, Lists, Seen};
use crate::names::Names;
use crate::people::Groups;
use crate::search::Codes;
use crate::secret::Secret;
use crate::store::{self, View};
use kilde_access::{AccessScope, Declared, Ledger};
use kilde_fhir::definitions::ResourceType;
use kilde_log::{EventLog, EventNo, Instance, InstanceKeys, Subkey};
use parking_lot::{Mutex, RwLock};
use rocksdb::DB;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How the index uses the machine.
#[derive(Debug, Clone)]
pub struct Options {
    /// Memory for what is not yet written to files; up to three times this.
    pub write_buffer_bytes: usize,
    /// How long a page link is good for, in milliseconds.
    pub cursor_ms: i64,
}

impl Default for Options {
    /// 32 MiB, one hour.
    fn default() -> Self {
        Options {
            write_buffer_bytes: 32 << 20,
            cursor_ms: 3_600_000,
        }
    }
}

/// Index and query engine of one instance. Share it in an `Arc`; every question takes the scope of
/// who asks.
pub struct Index {
    pub(crate) db: DB,
    pub(crate) instance: Instance,
    pub(crate) hashing: Subkey,
    pub(crate) sealing: Subkey,
    pub(crate) log: Arc<EventLog>,
    pub(crate) options: Options,
    pub(crate) writer: Mutex<Names>,
    pub(crate) applied: AtomicU64,
    pub(crate) shared: RwLock<Shared>,
    pub(crate) types: Types,
    /// Terminology, if the index was given one.
    pub(crate) codes: RwLock<Option<Arc<dyn Codes>>>,
    /// Lists that were read lately.
    pub(crate) lists: Lists,
}

/// Small tables that every question needs.
#[derive(Clone)]
pub(crate) struct Shared {
    /// Sources and organisations by number minus one.
    pub sources: Arc<Vec<Arc<str>>>,
    /// Person numbers that are the same human being.
    pub groups: Arc<Groups>,
    /// Who has a secret address.
    pub secret: Arc<Secret>,
    /// What citizens have declared, as it is in force.
    pub declared: Arc<Declared>,
    /// Changes of policy.
    pub ledger: Arc<Ledger>,
}

impl Shared {
    /// The name of a source.
    pub fn source(&self, number: u32) -> Arc<str> {
        (number as usize)
            .checked_sub(1)
            .and_then(|at| self.sources.get(at))
            .cloned()
            .unwrap_or_default()
    }
}

/// Resource types that the index knows by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types {
    pub patient: ResourceType,
    pub organization: ResourceType,
    pub episode: ResourceType,
    pub encounter: ResourceType,
    pub care_team: ResourceType,
    pub task: ResourceType,
    pub appointment: ResourceType,
    /// What belongs to an organisation, and is named in its place.
    pub places: [ResourceType; 3],
}

impl Types {
    fn load() -> Result<Types, IndexError> {
        let named = |name| ResourceType::from_name(name).ok_or(IndexError::Damaged("table of resource types"));
        Ok(Types {
            patient: named("Patient")?,
            organization: named("Organization")?,
            episode: named("EpisodeOfCare")?,
            encounter: named("Encounter")?,
            care_team: named("CareTeam")?,
            task: named("Task")?,
            appointment: named("Appointment")?,
            places: [named("HealthcareService")?, named("Location")?, named("PractitionerRole")?],
        })
    }
}

impl Index {
    /// Opens the index in `dir` with what is in the store, without looking at the log.
    pub(crate) fn open_store(
        dir: &Path,
        instance: &Instance,
        keys: &InstanceKeys,
        log: Arc<EventLog>,
        options: Options,
    ) -> Result<Self, IndexError> {
        let db = store::open(dir, &options)?;
        let names = Names::load(&db)?;
        let groups = Groups::load(&db)?;
        let secret = Secret::load(&db)?;
        Ok(Index {
            instance: *instance,
            hashing: keys.subkey("index"),
            sealing: keys.subkey("index cursor"),
            log,
            options,
            applied: AtomicU64::new(names.counters.applied),
            shared: RwLock::new(Shared {
                sources: Arc::new(names.source_names.clone()),
                groups: Arc::new(groups),
                secret: Arc::new(secret),
                declared: Arc::default(),
                ledger: Arc::default(),
            }),
            writer: Mutex::new(names),
            types: Types::load()?,
            codes: RwLock::new(None),
            lists: Lists::default(),
            db,
        })
    }

    /// The last event that the index has taken in.
    pub fn applied(&self) -> EventNo {
        EventNo(self.applied.load(Ordering::Acquire))
    }

    /// The instance it belongs to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The log it follows.
    pub fn log(&self) -> &Arc<EventLog> {
        &self.log
    }

    /// A hash over every key and value in order: equal for an index and its rebuild.
    ///
    /// # Errors
    /// The store refused.
    pub fn digest(&self) -> Result<[u8; 32], IndexError> {
        let view = View::new(&self.db);
        let mut hasher = blake3::Hasher::new();
        let mut range = view.range(&[keys::META], None);
        while let Some((key, value)) = range.item()? {
            for part in [key, value] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            range.next();
        }
        Ok(*hasher.finalize().as_bytes())
    }

    /// Writes what is in memory to files. Call before closing, so that the next start is quick.
    ///
    /// # Errors
    /// The store refused.
    pub fn flush(&self) -> Result<(), IndexError> {
        Ok(self.db.flush()?)
    }

    /// Waits until the store has put its files in order, as it does in the background after much was written.
    ///
    /// # Errors
    /// The store refused.
    pub fn settle(&self) -> Result<(), IndexError> {
        Ok(self.db.wait_for_compact(&rocksdb::WaitForCompactOptions::default())?)
    }

    /// A consistent view for one question of this scope.
    pub(crate) fn look(&self, scope: &AccessScope) -> Result<Looking<'_>, IndexError> {
        if scope.instance() != &self.instance {
            return Err(IndexError::OtherInstance);
        }
        Ok(self.look_inside())
    }

    /// A consistent view for the index's own questions.
    pub(crate) fn look_inside(&self) -> Looking<'_> {
        // The view before the tables: a record in it never names a source that they lack.
        let seen = self.lists.seen();
        let view = View::new(&self.db);
        Looking {
            index: self,
            seen,
            view,
            shared: self.shared.read().clone(),
        }
    }
}

/// What one question sees.
pub(crate) struct Looking<'a> {
    pub index: &'a Index,
    /// Which of the lists in memory are as this view has them.
    pub seen: Seen,
    pub view: View<'a>,
    pub shared: Shared,
}

impl Looking<'_> {
    /// What is known in memory of the list whose keys begin so, as this view has it.
    pub fn known(&self, prefix: &Key) -> Known {
        self.index.lists.get(self.seen, prefix)
    }

    /// Keeps in memory a list that was read whole in this view.
    pub fn keep(&self, prefix: &Key, rids: Arc<[Rid]>) {
        self.index.lists.put(self.seen, prefix, Some(rids));
    }

    /// Remembers that a list was asked for that was too long.
    pub fn asked_for(&self, prefix: &Key) {
        self.index.lists.put(self.seen, prefix, None);
    }
}
