//! What an information service is, and what it answers.

use crate::lang::Lang;
use crate::manifest::Manifest;
use crate::record::{Existence, ReadError, Record, Records};
use serde_json::Value;

/// Which sources answer now.
pub trait SourceStatus {
    /// Names of the sources of that service that do not answer now, for people to read.
    fn down(&self, service: &str) -> Vec<String>;
}

/// Every source answers: the state of an instance that only has what is delivered to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllUp;

impl SourceStatus for AllUp {
    fn down(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What a service is given to answer with.
pub struct Context<'a> {
    /// The person's records; `None` if nobody here knows the person.
    pub records: Option<&'a dyn Records>,
    /// Now (Unix ms): nothing here looks at a clock.
    pub now_ms: i64,
    /// The language asked for.
    pub lang: Lang,
    /// Base of references, without a slash at the end: `https://host/9901/fhir/r4`.
    pub base: &'a str,
    /// Which sources answer.
    pub sources: &'a dyn SourceStatus,
}

impl Context<'_> {
    /// The absolute reference to a stored resource.
    pub fn url(&self, record: &Record) -> String {
        format!("{}/{}/{}", self.base, record.rtype.name(), record.id)
    }
}

/// An information service. Its particulars live in its own folder.
pub trait Service: Send + Sync {
    /// Short id: `okt`.
    fn id(&self) -> &'static str;

    /// What it says about itself.
    fn manifest(&self) -> &'static Manifest;

    /// Its profiles, as StructureDefinition JSON.
    fn profiles(&self) -> &'static [&'static str];

    /// Its section of the overview of one person. `context.records` is always there.
    ///
    /// # Errors
    /// The records could not be read; the overview then shows the service as unavailable.
    fn overview(&self, context: &Context<'_>, records: &dyn Records) -> Result<Content, ReadError>;

    /// Whether it has anything about the person.
    ///
    /// # Errors
    /// The records could not be read.
    fn exists(&self, records: &dyn Records) -> Result<Existence, ReadError> {
        records.existence(&self.manifest().types(), self.manifest().categories())
    }
}

/// Which kind of nothing (FHIR `list-empty-reason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyReason {
    /// The person is known here; there is nothing in this service now.
    NilKnown,
    /// The person is not registered in this service here.
    NotStarted,
    /// A source is down, so it is not known whether there is anything.
    Unavailable,
    /// There is something that is not shown.
    Withheld,
}

impl EmptyReason {
    /// The code of the code system `list-empty-reason`.
    pub fn code(self) -> &'static str {
        match self {
            EmptyReason::NilKnown => "nilknown",
            EmptyReason::NotStarted => "notstarted",
            EmptyReason::Unavailable => "unavailable",
            EmptyReason::Withheld => "withheld",
        }
    }
}

/// What a service shows of a person.
#[derive(Debug, Default)]
pub struct Content {
    /// Narrative of what is shown, most important first.
    pub html: crate::html::Html,
    /// What the section is about: listed in `section.entry`.
    pub focus: Vec<Entry>,
    /// Parts of the section with a title of their own.
    pub parts: Vec<Part>,
    /// Resources that the others point to; in the bundle, not listed in the section.
    pub support: Vec<Entry>,
    /// Current resources that are kept back.
    pub withheld: u32,
    /// Elements taken out of resources that are shown.
    pub masked: u32,
}

/// A part of a section: `section.section`.
#[derive(Debug)]
pub struct Part {
    /// Code in our code system of sections.
    pub code: &'static str,
    /// Title.
    pub title: String,
    /// Narrative.
    pub html: crate::html::Html,
    /// Its resources.
    pub entries: Vec<Entry>,
    /// Why it is empty, if it is.
    pub empty: Option<EmptyReason>,
}

/// A resource of the answer.
#[derive(Debug)]
pub enum Entry {
    /// A stored version, as stored or with something taken out.
    Stored(Record),
    /// Computed by Kilde, not stored.
    Derived {
        /// `urn:uuid:...`, the same for the same content.
        full_url: String,
        /// The resource.
        resource: Value,
    },
}

impl Entry {
    /// `fullUrl` of the bundle entry.
    pub fn full_url(&self, context: &Context<'_>) -> String {
        match self {
            Entry::Stored(record) => context.url(record),
            Entry::Derived { full_url, .. } => full_url.clone(),
        }
    }
}

/// A `urn:uuid:` (version 8) that depends on these parts alone. It names, it does not protect.
pub fn derived_url(parts: &[&str]) -> String {
    let hash = |salt: u64| {
        let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ salt;
        for b in parts.iter().flat_map(|p| p.bytes().chain([0xff])) {
            h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        h ^ (h >> 29)
    };
    let (a, b) = (hash(0), hash(0x9e37_79b9_7f4a_7c15));
    format!(
        "urn:uuid:{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        0x8000 | ((b >> 48) & 0x3fff),
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn derived_urls_are_stable_uuids() {
        let url = super::derived_url(&["a", "b"]);
        assert_eq!(url, super::derived_url(&["a", "b"]));
        assert_ne!(url, super::derived_url(&["ab"]));
        assert_eq!((url.len(), url.as_bytes()[23]), (45, b'8'));
    }
}
