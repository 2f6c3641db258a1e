//! What a service reads: records of one person within one access decision.

use kilde_access::Categories;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Document, Limits, Value, parse};

/// A stored version of a resource, with its bytes as they are sent.
#[derive(Debug)]
pub struct Record {
    /// Resource type.
    pub rtype: ResourceType,
    /// Id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// When it was received (Unix ms).
    pub last_updated_ms: i64,
    /// Who delivered it: `<organisation number>/<client id>`; empty where that is not to be shown.
    pub source: String,
    /// The number of the event that it came with.
    pub event: u64,
    document: Document,
}

impl Record {
    /// From the stored bytes; `None` if they are no JSON object, which the log never holds.
    pub fn new(
        rtype: ResourceType,
        id: String,
        version: u32,
        last_updated_ms: i64,
        source: String,
        event: u64,
        body: Vec<u8>,
    ) -> Option<Record> {
        let document = parse(body, Limits::default()).ok().filter(|d| d.root().is_object())?;
        Some(Record {
            rtype,
            id,
            version,
            last_updated_ms,
            source,
            event,
            document,
        })
    }

    /// The same version with other bytes (something is taken out); `None` if they are no JSON object.
    pub fn with_body(self, body: Vec<u8>) -> Option<Record> {
        let document = parse(body, Limits::default()).ok().filter(|d| d.root().is_object())?;
        Some(Record { document, ..self })
    }

    /// The resource.
    pub fn resource(&self) -> Value<'_> {
        self.document.root()
    }

    /// The resource's exact text.
    pub fn text(&self) -> &str {
        self.document.text()
    }

    /// The organisation number of who delivered it.
    pub fn organisation(&self) -> &str {
        self.source.split('/').next().unwrap_or_default()
    }

    /// `Type/id`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.rtype.name(), self.id)
    }
}

/// Records and how many more there are that the access decision keeps back.
#[derive(Debug, Default)]
pub struct Found {
    /// What may be shown, newest received first.
    pub records: Vec<Record>,
    /// How many current resources are kept back.
    pub withheld: u32,
    /// How many elements are taken out of those that may be shown, because the person's address is secret.
    pub masked: u32,
}

/// Why records could not be read. The service is then shown as unavailable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("records could not be read: {0}")]
pub struct ReadError(pub String);

/// Whether a service has anything about the person, without saying what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Existence {
    /// Current resources that may be counted.
    pub count: u32,
    /// Current resources that may not.
    pub withheld: u32,
    /// When the newest of those that may be counted was received (Unix ms).
    pub last_updated_ms: Option<i64>,
}

/// One person's records within one access decision. [`crate::store::Store`] reads the index; tests
/// have their own.
pub trait Records {
    /// Current resources of the person of these types and categories, as far as the decision reaches.
    ///
    /// # Errors
    /// The index could not be read.
    fn of_person(&self, types: &[ResourceType], categories: Categories) -> Result<Found, ReadError>;

    /// One current resource, such as the organisation that another points to.
    ///
    /// # Errors
    /// The index could not be read.
    fn read(&self, rtype: ResourceType, id: &str) -> Result<Option<Record>, ReadError>;

    /// The newest current resource with that identifier, for logical references.
    ///
    /// # Errors
    /// The index could not be read.
    fn find(&self, rtype: ResourceType, system: &str, value: &str) -> Result<Option<Record>, ReadError>;

    /// How much there is of these types and categories, by the rules for existence checks.
    ///
    /// # Errors
    /// The index could not be read.
    fn existence(&self, types: &[ResourceType], categories: Categories) -> Result<Existence, ReadError>;

    /// How many of the person's resources, of whatever kind, she has blocked from this reader.
    ///
    /// # Errors
    /// The index could not be read.
    fn closed(&self) -> Result<u32, ReadError> {
        Ok(0)
    }

    /// Whether free-text descriptions of services may be shown.
    fn may_see_descriptions(&self) -> bool;
}

/// The resource type of that name.
///
/// # Panics
/// If R4 has no such type: names come from the program, and tests reach them all.
pub fn rtype(name: &str) -> ResourceType {
    ResourceType::from_name(name).expect("the program names resource types of R4")
}

#[cfg(test)]
pub(crate) mod fake {
    //! Records in memory, for tests.
    use super::*;

    /// Records of one person, and everything else that is read by id.
    #[derive(Default)]
    pub struct Fake {
        pub person: Vec<(String, i64)>,
        pub others: Vec<String>,
        pub withheld: u32,
        pub no_descriptions: bool,
        pub broken: bool,
    }

    pub const SOURCE: &str = "399901006/epj";

    impl Fake {
        pub fn with(resources: &[&str]) -> Fake {
            Fake {
                person: resources
                    .iter()
                    .enumerate()
                    .map(|(i, r)| ((*r).to_owned(), 1_790_000_000_000 - i as i64))
                    .collect(),
                ..Fake::default()
            }
        }

        fn record(text: &str, at: i64) -> Option<Record> {
            let probe = parse(text, Limits::default()).expect("test JSON");
            let kind = probe.root().str("resourceType")?.into_owned();
            let id = probe.root().str("id")?.into_owned();
            Record::new(
                ResourceType::from_name(&kind)?,
                id,
                1,
                at,
                SOURCE.to_owned(),
                7,
                text.as_bytes().to_vec(),
            )
        }
    }

    impl Records for Fake {
        fn of_person(&self, types: &[ResourceType], categories: Categories) -> Result<Found, ReadError> {
            if self.broken {
                return Err(ReadError("test".into()));
            }
            let mut records: Vec<Record> = self
                .person
                .iter()
                .filter_map(|(text, at)| Fake::record(text, *at))
                .filter(|r| types.contains(&r.rtype) && categories.contains(kilde_access::Category::of(r.resource())))
                .collect();
            records.sort_by_key(|r| std::cmp::Reverse(r.last_updated_ms));
            let counted = types.contains(&rtype("EpisodeOfCare")) || types.contains(&rtype("Observation"));
            Ok(Found {
                records,
                withheld: if counted { self.withheld } else { 0 },
                masked: 0,
            })
        }

        fn read(&self, rtype: ResourceType, id: &str) -> Result<Option<Record>, ReadError> {
            Ok(self
                .others
                .iter()
                .filter_map(|t| Fake::record(t, 1_790_000_000_000))
                .find(|r| r.rtype == rtype && r.id == id))
        }

        fn find(&self, rtype: ResourceType, system: &str, value: &str) -> Result<Option<Record>, ReadError> {
            let mut all = self.others.iter().filter_map(|t| Fake::record(t, 1_790_000_000_000));
            Ok(all.find(|r| {
                r.rtype == rtype
                    && r.resource()
                        .items("identifier")
                        .any(|i| i.str("system").as_deref() == Some(system) && i.str("value").as_deref() == Some(value))
            }))
        }

        fn existence(&self, types: &[ResourceType], categories: Categories) -> Result<Existence, ReadError> {
            let found = self.of_person(types, categories)?;
            Ok(Existence {
                count: found.records.len() as u32,
                withheld: found.withheld,
                last_updated_ms: found.records.first().map(|r| r.last_updated_ms),
            })
        }

        fn may_see_descriptions(&self) -> bool {
            !self.no_descriptions
        }
    }
}
