//! What comes in and what goes back.

use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_log::{EventNo, PersonNo};
use std::sync::Arc;

/// The interaction a body came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `POST /[type]`, with the header `If-None-Exist` if it was given.
    Create {
        /// Type of the URL.
        rtype: ResourceType,
        /// A search query without the type, e.g. `identifier=system|value`.
        if_none_exist: Option<String>,
    },
    /// `PUT /[type]/[id]`, with the version of `If-Match` if it was given.
    Update {
        /// Type of the URL.
        rtype: ResourceType,
        /// Id of the URL.
        id: String,
        /// The version in `W/"3"`.
        if_match: Option<u32>,
        /// `If-None-Match: *`: only if there is no such resource yet.
        if_none_match: bool,
    },
    /// `PATCH /[type]/[id]` and `PATCH /[type]?query`; the body is the patch.
    Patch {
        /// Type of the URL.
        rtype: ResourceType,
        /// Which resource of that type.
        whom: Whom,
        /// What kind of patch the body is.
        form: PatchForm,
        /// The version in `W/"3"`.
        if_match: Option<u32>,
    },
    /// `PUT /[type]?query`.
    ConditionalUpdate {
        /// Type of the URL.
        rtype: ResourceType,
        /// The query of the URL, percent-encoded as it came.
        query: String,
        /// The version in `W/"3"`.
        if_match: Option<u32>,
        /// `If-None-Match: *`: only if nothing meets the query.
        if_none_match: bool,
    },
    /// `DELETE /[type]/[id]`; the body is empty.
    Delete {
        /// Type of the URL.
        rtype: ResourceType,
        /// Id of the URL.
        id: String,
        /// The version in `W/"3"`.
        if_match: Option<u32>,
    },
    /// `DELETE /[type]?query`: the one match is deleted, several are refused; the body is empty.
    ConditionalDelete {
        /// Type of the URL.
        rtype: ResourceType,
        /// The query of the URL, percent-encoded as it came.
        query: String,
        /// The version in `W/"3"`.
        if_match: Option<u32>,
    },
    /// `POST /` with a transaction or batch.
    Bundle,
    /// `POST /$process-message`.
    ProcessMessage,
    /// `POST /okt-events`.
    Okt,
}

impl Kind {
    /// The name under which the event stands in the log and the quarantine.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Create { .. } => "create",
            Kind::Update { .. } | Kind::ConditionalUpdate { .. } => "update",
            Kind::Delete { .. } | Kind::ConditionalDelete { .. } => "delete",
            Kind::Patch { form, .. } => form.name(),
            Kind::Bundle => "bundle",
            Kind::ProcessMessage => "message",
            Kind::Okt => "okt",
        }
    }

    /// Media type or name of the format that a body in this notation has.
    pub fn format(&self, notation: Notation) -> &'static str {
        match (self, notation) {
            (Kind::Okt, _) => "application/json; profile=okt-event",
            (Kind::Patch { form: PatchForm::Json, .. }, _) => "application/json-patch+json",
            (_, Notation::Json) => "application/fhir+json",
            (_, Notation::Xml) => FHIR_XML,
        }
    }
}

const FHIR_XML: &str = "application/fhir+xml";

/// Which resource a patch is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The one with this id.
    Id(String),
    /// The one that this query finds (percent-encoded as it came).
    Query(String),
}

/// Kinds of patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// JSON Patch: an array of operations.
    Json,
    /// FHIRPath Patch: a Parameters resource.
    FhirPath,
    /// `$meta-add`: a Parameters resource with `meta`.
    MetaAdd,
    /// `$meta-delete`: the same.
    MetaDelete,
}

impl PatchForm {
    /// The name under which the event stands in the log and the quarantine.
    pub fn name(self) -> &'static str {
        match self {
            PatchForm::Json | PatchForm::FhirPath => "patch",
            PatchForm::MetaAdd => "meta-add",
            PatchForm::MetaDelete => "meta-delete",
        }
    }
}

/// How a FHIR body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// JSON.
    #[default]
    Json,
    /// XML.
    Xml,
}

impl Notation {
    /// The notation of a format as the log has it.
    pub fn of_format(format: &str) -> Notation {
        if format == FHIR_XML { Notation::Xml } else { Notation::Json }
    }
}

/// One delivery.
#[derive(Debug, Clone)]
pub struct Submission {
    /// What the writer may write, and who it is.
    pub scope: Arc<AccessScope>,
    /// The interaction.
    pub kind: Kind,
    /// The body as it came; it is what the log keeps as the original.
    pub body: Vec<u8>,
    /// How the body is written.
    pub notation: Notation,
    /// The message id of a header, if one was given.
    pub message_id: Option<String>,
    /// When it came, Unix ms: `meta.lastUpdated` of everything in it.
    pub received_ms: i64,
    /// Our own base (`https://host/9901/fhir/r4`): references that start with it are made relative.
    pub base_url: Option<String>,
}

impl Submission {
    /// A delivery without message id and base.
    pub fn new(scope: Arc<AccessScope>, kind: Kind, body: impl Into<Vec<u8>>, received_ms: i64) -> Self {
        Submission {
            scope,
            kind,
            body: body.into(),
            notation: Notation::Json,
            message_id: None,
            received_ms,
            base_url: None,
        }
    }
}

/// A version that an event made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRef {
    /// Type.
    pub rtype: ResourceType,
    /// Id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
}

/// The answer to a delivery that is durable.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The event; for a batch the last one. `EventNo(0)` if nothing had to be stored (a
    /// conditional create that matched, a delete of what is not there).
    pub event: EventNo,
    /// Whether this delivery was known already and `body` is the first answer again.
    pub repeated: bool,
    /// HTTP status.
    pub status: u16,
    /// The body of the answer: the resource, or the response bundle; empty for a delete.
    pub body: Vec<u8>,
    /// `Type/id/_history/version` for `Location`, without base.
    pub location: Option<String>,
    /// `W/"1"`.
    pub etag: Option<String>,
    /// When, for `Last-Modified`, Unix ms.
    pub last_modified_ms: i64,
    /// The versions made, in the order of the delivery.
    pub entries: Vec<EntryRef>,
    /// Persons concerned, each once.
    pub persons: Vec<PersonNo>,
    /// Warnings.
    pub findings: Vec<Finding>,
}

/// The answer to a delivery of which nothing was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// HTTP status.
    pub status: u16,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// Number in quarantine, if it is kept there.
    pub quarantine: Option<u64>,
}

impl Rejected {
    /// A refusal by one finding.
    pub fn one(status: u16, finding: Finding) -> Self {
        Rejected {
            status,
            findings: vec![finding],
            quarantine: None,
        }
    }
}
