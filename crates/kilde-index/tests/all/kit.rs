//! What the tests share: an instance in a temporary directory, and a loader that writes events
//! straight into the log.

use kilde_access::{AccessScope, Categories, Category, testing};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json;
use kilde_fhir::national_id::nin_of;
use kilde_fhir::search::{Reference, patient_references};
use kilde_index::{Applied, Index, Limits, Page, Read, Search, Version};
use kilde_log::{Change, Destruction, Entry, Envelope, EventLog, EventNo, Instance, InstanceKeys, MasterKey, NewEvent, PersonNo};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub const SOURCE: &str = "999999999/test";
pub const ORGANISATION: &str = "999999999";

pub struct Kit {
    pub dir: tempfile::TempDir,
    pub keys: Arc<InstanceKeys>,
    pub log: Arc<EventLog>,
    pub index: Index,
    versions: HashMap<(ResourceType, String), u32>,
    persons: HashMap<(ResourceType, String), PersonNo>,
    pub now_ms: i64,
    /// Whether searches walk lists that they could take at once.
    pub walk: bool,
    /// If they walk: the longest list that they take at once.
    pub short: usize,
}

pub fn rtype(name: &str) -> ResourceType {
    ResourceType::from_name(name).unwrap()
}

pub fn instance() -> Instance {
    Instance::parse("9901").unwrap()
}

impl Kit {
    pub fn new() -> Kit {
        let dir = tempfile::tempdir().unwrap();
        let master = MasterKey::from_bytes([5; 32]);
        let keys = Arc::new(InstanceKeys::open_or_create(&dir.path().join("instance.key"), &instance(), &master).unwrap());
        let log = Arc::new(EventLog::open(&dir.path().join("log"), &instance(), keys.clone()).unwrap());
        let index = Index::open(&dir.path().join("index"), &instance(), keys.clone(), log.clone()).unwrap();
        Kit {
            dir,
            keys,
            log,
            index,
            versions: HashMap::new(),
            persons: HashMap::new(),
            now_ms: 1_700_000_000_000,
            walk: false,
            short: 0,
        }
    }

    pub fn index_dir(&self) -> PathBuf {
        self.dir.path().join("index")
    }

    /// Closes the index and opens it again in the same directory.
    pub fn reopen(&mut self) {
        let elsewhere = tempfile::tempdir().unwrap();
        let spare = Index::open(&elsewhere.path().join("index"), &instance(), self.keys.clone(), self.log.clone()).unwrap();
        drop(std::mem::replace(&mut self.index, spare));
        self.index = Index::open(&self.index_dir(), &instance(), self.keys.clone(), self.log.clone()).unwrap();
    }

    /// A rebuild in another directory.
    pub fn rebuilt(&self) -> (tempfile::TempDir, Index) {
        let elsewhere = tempfile::tempdir().unwrap();
        let index = Index::rebuild(
            &elsewhere.path().join("index"),
            &instance(),
            self.keys.clone(),
            self.log.clone(),
            |_| (),
        )
        .unwrap();
        (elsewhere, index)
    }

    /// Writes resources (JSON with `resourceType` and `id`) as one event, and applies it.
    pub fn put(&mut self, resources: &[&str]) -> EventNo {
        self.put_from(SOURCE, ORGANISATION, resources)
    }

    pub fn put_from(&mut self, source: &str, organisation: &str, resources: &[&str]) -> EventNo {
        let (no, event) = self.put_in_log(source, organisation, resources, &[]);
        self.index.apply(&[Applied::of(no, &event)]).unwrap();
        no
    }

    /// Deletes a resource.
    pub fn delete(&mut self, rtype: ResourceType, id: &str) -> EventNo {
        let (no, event) = self.put_in_log(SOURCE, ORGANISATION, &[], &[(rtype, id)]);
        self.index.apply(&[Applied::of(no, &event)]).unwrap();
        no
    }

    /// Writes to the log only.
    pub fn put_in_log(
        &mut self,
        source: &str,
        organisation: &str,
        resources: &[&str],
        deleted: &[(ResourceType, &str)],
    ) -> (EventNo, NewEvent) {
        self.now_ms += 1000;
        let mut appender = self.log.appender();
        let mut event = NewEvent {
            envelope: Envelope {
                kind: "transaction".into(),
                source: source.into(),
                organisation: organisation.into(),
                client: "test".into(),
                received_ms: self.now_ms,
                format: "application/fhir+json".into(),
                ..Envelope::default()
            },
            original: b"original".to_vec(),
            answer: b"answer".to_vec(),
            ..NewEvent::default()
        };
        for text in resources {
            let document = json::parse(*text, json::Limits::default()).unwrap();
            let root = document.root();
            let rtype = ResourceType::from_name(&root.str("resourceType").unwrap()).unwrap();
            let id = root.str("id").unwrap().into_owned();
            let identity = |reference: &Reference<'_>| match reference {
                Reference::Local { rtype, id, .. } if rtype.name() == "Patient" => Some(format!("Patient/{id}")),
                Reference::Logical { system, value, .. } => nin_of(system.as_deref(), value).map(|n| format!("nin|{}", n.as_str())),
                _ => None,
            };
            let person = if rtype.name() == "Patient" {
                let person = appender.person_or_new(&format!("Patient/{id}")).unwrap();
                for identifier in root.items("identifier") {
                    if let Some(nin) = nin_of(identifier.str("system").as_deref(), &identifier.str("value").unwrap_or_default()) {
                        let known = appender.also_known_as(person, &format!("nin|{}", nin.as_str())).unwrap();
                        if known != person {
                            event.links.push((person, known));
                        }
                    }
                }
                person
            } else {
                match patient_references(root).iter().find_map(identity) {
                    Some(identity) => appender.person_or_new(&identity).unwrap(),
                    None => PersonNo(0),
                }
            };
            let version = self.versions.entry((rtype, id.clone())).or_insert(0);
            *version += 1;
            self.persons.insert((rtype, id.clone()), person);
            event.entries.push(Entry {
                person,
                rtype: rtype.0,
                id,
                version: *version,
                change: if *version == 1 { Change::Created } else { Change::Updated },
                payload: text.as_bytes().to_vec(),
            });
        }
        for (rtype, id) in deleted {
            let version = self.versions.get_mut(&(*rtype, (*id).to_owned())).unwrap();
            *version += 1;
            let person = self.persons[&(*rtype, (*id).to_owned())];
            event.entries.push(Entry {
                person,
                rtype: rtype.0,
                id: (*id).to_owned(),
                version: *version,
                change: Change::Deleted,
                payload: Vec::new(),
            });
        }
        let no = appender.push(event.clone()).unwrap();
        appender.commit().unwrap();
        (no, event)
    }

    /// Destroys a person's key; the index follows the event that says so, and hears no more of it.
    pub fn destroy_key(&self, person: PersonNo) {
        let what = Destruction {
            persons: vec![person],
            ..Destruction::default()
        };
        self.destroy(NewEvent::default(), what);
    }

    /// Destroys resources, as intake does: with an event that tells how each is judged from then on.
    pub fn destroy_elements(&mut self, all: &[(ResourceType, &str)]) {
        self.now_ms += 1000;
        let (mut event, mut what) = (NewEvent::default(), Destruction::default());
        event.envelope.received_ms = self.now_ms;
        event.envelope.source = "controller/test".into();
        event.envelope.organisation = "controller".into();
        for (rtype, id) in all {
            let doomed = self.index.doomed(*rtype, id).unwrap().unwrap();
            what.entries.extend(doomed.places);
            self.versions.insert((*rtype, doomed.id.clone()), doomed.version + 1);
            event.entries.push(Entry {
                person: doomed.person,
                rtype: rtype.0,
                id: doomed.id,
                version: doomed.version + 1,
                change: Change::Destroyed(doomed.standing),
                payload: Vec::new(),
            });
        }
        self.destroy(event, what);
    }

    fn destroy(&self, event: NewEvent, what: Destruction) {
        let mut appender = self.log.appender();
        let no = appender.push_destroying(event.clone(), what).unwrap();
        appender.commit().unwrap();
        self.index.apply(&[Applied::of(no, &event)]).unwrap();
        self.log.destroy_keys().unwrap();
        self.log.destruction_done(no).unwrap();
    }

    pub fn person(&self, identity: &str) -> PersonNo {
        self.log.person(identity).unwrap().unwrap()
    }

    /// What a service would read of a person, and how much of it is withheld, over all types and categories.
    pub fn of_person(&self, scope: &AccessScope, person: PersonNo) -> (Vec<Version>, u32) {
        let types: Vec<ResourceType> = ResourceType::all().collect();
        let one = self.index.one_person(scope, person, &[]).unwrap();
        one.read(&types, Categories::ALL).unwrap()
    }

    /// How many resources of that type a service may tell of, and how many it may not.
    pub fn presence(&self, scope: &AccessScope, person: PersonNo, name: &str) -> (u32, u32) {
        let one = self.index.one_person(scope, person, &[]).unwrap();
        let presence = one.presence(&[rtype(name)], Categories::ALL).unwrap();
        (presence.seen, presence.withheld)
    }

    pub fn search(&self, scope: &AccessScope, name: &str, query: &[(&str, &str)]) -> Page {
        let search = match self.walk {
            true => within(self.short, name, query),
            false => search(name, query),
        };
        self.index.search(scope, &search).unwrap()
    }

    /// Ids on the first page.
    pub fn ids(&self, scope: &AccessScope, name: &str, query: &[(&str, &str)]) -> Vec<String> {
        self.search(scope, name, query).matches.into_iter().map(|v| v.id).collect()
    }

    /// Ids on the first page, sorted.
    pub fn found(&self, scope: &AccessScope, name: &str, query: &[(&str, &str)]) -> Vec<String> {
        let mut ids = self.ids(scope, name, query);
        ids.sort();
        ids
    }
}

pub fn search(name: &str, query: &[(&str, &str)]) -> Search {
    parse(name, query).unwrap()
}

/// The same search, but no list is short enough to be tested at once: lists are walked.
pub fn walking(name: &str, query: &[(&str, &str)]) -> Search {
    within(0, name, query)
}

/// The same search, where only lists so short are tested at once.
fn within(short: usize, name: &str, query: &[(&str, &str)]) -> Search {
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    Search::parse(
        rtype(name),
        &query,
        false,
        Limits {
            short,
            ..Limits::default()
        },
    )
    .map(|(search, _)| search)
    .unwrap()
}

pub fn parse(name: &str, query: &[(&str, &str)]) -> Result<Search, Vec<kilde_fhir::finding::Finding>> {
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    Search::parse(rtype(name), &query, false, Limits::default()).map(|(search, _)| search)
}

/// A scope that reads and writes everything.
pub fn all() -> AccessScope {
    testing::everything(instance(), ORGANISATION, "test")
}

/// A scope over some persons, all categories.
pub fn over(persons: &[PersonNo]) -> AccessScope {
    testing::reader(instance(), persons, &Category::EVERY)
}

pub fn body(read: Read) -> Vec<u8> {
    match read {
        Read::Found(version) => version.body,
        other => panic!("{other:?}"),
    }
}

/// The folder of shared data, or `None` with a word about it.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("KILDE_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("data").join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not there", folder.display());
    None
}
