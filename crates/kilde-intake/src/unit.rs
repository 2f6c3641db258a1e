//! What the prepare stage hands to the commit stage.

use crate::condition::Condition;
use crate::submission::{Kind, Rejected};
use crate::template::Template;
use kilde_access::{AccessScope, Category};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Position;
use std::sync::Arc;

/// A delivery that has passed the prepare stage: everything that needs no state is done.
pub struct Prepared {
    pub(crate) scope: Arc<AccessScope>,
    pub(crate) kind: Kind,
    pub(crate) received_ms: i64,
    /// Media type or name of the format of the originals.
    pub(crate) format: &'static str,
    pub(crate) message_id: Option<String>,
    pub(crate) shape: Arc<Shape>,
    /// One for each event to be; several only for a batch, whose refused entries stand between.
    pub(crate) units: Vec<Result<Unit, Refused>>,
}

/// A part that prepare refused, with the text that goes into quarantine.
pub(crate) struct Refused {
    pub(crate) rejected: Rejected,
    pub(crate) original: Vec<u8>,
    pub(crate) full_url: Option<String>,
}

/// How the answer looks.
pub(crate) enum Shape {
    /// One resource.
    Single,
    /// `transaction-response`.
    Transaction,
    /// `batch-response`.
    Batch,
    /// A message whose header answers this one.
    Message(MessageFacts),
    /// JSON of the OKT prototype.
    Okt,
}

impl Shape {
    /// The name of the event's kind in the log.
    pub(crate) fn name(&self, kind: &Kind) -> &'static str {
        match self {
            Shape::Single => kind.name(),
            Shape::Transaction => "transaction",
            Shape::Batch => "batch",
            Shape::Message(_) => "message",
            Shape::Okt => "okt",
        }
    }
}

/// What the answer to a message repeats from it.
pub(crate) struct MessageFacts {
    /// `MessageHeader.id`, or the message's identifier.
    pub(crate) id: String,
    /// `"eventCoding":{..}` or `"eventUri":".."`.
    pub(crate) event: String,
}

/// One event to be: all of it or nothing.
pub(crate) struct Unit {
    pub(crate) original: Vec<u8>,
    pub(crate) key: Option<Key>,
    pub(crate) drafts: Vec<Draft>,
    /// Conditions of references, by the number in `Hole::Condition`.
    pub(crate) conditions: Vec<Condition>,
    /// Warnings that belong to no single entry.
    pub(crate) warnings: Vec<Finding>,
    pub(crate) full_url: Option<String>,
    /// When it happened according to the source.
    pub(crate) occurred_ms: Option<i64>,
}

/// What makes a repeat recognisable.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) bytes: Vec<u8>,
    pub(crate) rule: KeyRule,
}

/// What the key was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRule {
    /// A name the producer gave: other content under it is a conflict.
    Named,
    /// The content: a repeat only while the first answer's versions are current.
    Content,
}

/// One resource on its way in.
pub(crate) struct Draft {
    pub(crate) rtype: ResourceType,
    pub(crate) action: Action,
    /// Empty for a delete.
    pub(crate) template: Template,
    pub(crate) category: Category,
    pub(crate) person: PersonOf,
    /// Hashes of the resource's identifier values.
    pub(crate) identifiers: Vec<u64>,
    /// FHIRPath of the resource in what was delivered.
    pub(crate) expression: String,
    pub(crate) position: Option<Position>,
    pub(crate) warnings: Vec<Finding>,
}

/// What is to be done.
pub(crate) enum Action {
    /// A new resource with this id, unless the condition has an answer.
    Create {
        id: String,
        condition: Option<Condition>,
    },
    Update {
        id: String,
        expects: Expects,
    },
    /// The resource that the condition finds, or a new one.
    UpdateBy {
        condition: Condition,
        new_id: String,
        /// The id that stands in the resource, if that means something: not in what a source names by identifiers of its own.
        given: Option<String>,
        expects: Expects,
    },
    Delete {
        id: String,
        if_match: Option<u32>,
    },
    /// The resource that the condition finds.
    DeleteBy {
        condition: Condition,
        if_match: Option<u32>,
    },
    /// A GET or HEAD of a bundle: not intake's; its place is kept in the answer.
    Elsewhere,
}

/// What a writer takes for granted of what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expects {
    /// The current version.
    pub(crate) version: Option<u32>,
    /// The version comes from a patch that was applied to it, not from the client: if another came
    /// between, the patch is applied again.
    pub(crate) patched: bool,
    /// Nothing is there.
    pub(crate) absent: bool,
}

impl Action {
    /// Whether the entry stands without a resource that is to be stored.
    pub(crate) fn has_no_content(&self) -> bool {
        matches!(self, Action::Delete { .. } | Action::DeleteBy { .. } | Action::Elsewhere)
    }

    /// The id if it is certain before commit.
    pub(crate) fn certain_id(&self) -> Option<&str> {
        match self {
            Action::Create { id, condition: None } | Action::Update { id, .. } | Action::Delete { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// Whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PersonOf {
    /// Nobody's.
    Nobody,
    /// The Patient's own, with the national ids it holds (`nin|...`).
    Own(Vec<String>),
    /// That of a reference; `beside` is a national id that stands in the same Reference element.
    Referenced { by: PersonRef, beside: Option<String> },
}

/// A reference to a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PersonRef {
    /// `Patient/<id>`.
    Patient(String),
    /// A Patient of the same unit.
    Entry(u32),
    /// What the condition with this number finds.
    Condition(u32),
    /// `nin|...`
    Nin(String),
}
