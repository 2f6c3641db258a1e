//! What an event did, as it is kept in the log for repeats of the same message.

use crate::problems::Problems;
use crate::submission::Rejected;
use kilde_fhir::finding::Finding;
use kilde_log::{EventNo, PersonNo};
use serde::{Deserialize, Serialize};

/// The first answer, in the parts it is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Done {
    /// When it was received.
    #[serde(rename = "at")]
    pub(crate) received_ms: i64,
    /// One for each entry of the delivery.
    #[serde(rename = "e")]
    pub(crate) entries: Vec<DoneEntry>,
    /// The event; not kept, since the log knows it.
    #[serde(skip)]
    pub(crate) event: EventNo,
    #[serde(skip)]
    pub(crate) repeated: bool,
    #[serde(skip)]
    pub(crate) persons: Vec<PersonNo>,
    #[serde(skip)]
    pub(crate) findings: Vec<Finding>,
    /// The resource, for the answer to a single one.
    #[serde(skip)]
    pub(crate) body: Vec<u8>,
    #[serde(skip)]
    pub(crate) full_url: Option<String>,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoneEntry {
    /// HTTP status.
    #[serde(rename = "s")]
    pub(crate) status: u16,
    /// Type name.
    #[serde(rename = "t")]
    pub(crate) rtype: String,
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// Version; 0 if there is none.
    #[serde(rename = "v")]
    pub(crate) version: u32,
    /// Whether the event made this version.
    #[serde(rename = "m")]
    pub(crate) made: bool,
    /// OperationOutcome with the warnings.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<String>,
}

impl Done {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Done> {
        serde_json::from_slice(bytes).ok()
    }
}

/// The reply of the commit thread for one unit.
pub(crate) type UnitReply = Result<Done, Failed>;

/// A unit of which nothing was stored.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) rejected: Rejected,
    /// The part's own text, for quarantine (parts of a batch).
    pub(crate) original: Vec<u8>,
    pub(crate) full_url: Option<String>,
}

/// Why a unit is not taken, inside the commit stage.
pub(crate) enum Refusal {
    /// The delivery is at fault.
    Input(Problems),
    /// Storage is at fault.
    Storage,
}

impl Refusal {
    pub(crate) fn one(status: u16, finding: Finding) -> Refusal {
        let mut problems = Problems::default();
        problems.add(status, finding);
        Refusal::Input(problems)
    }
}

impl From<kilde_log::LogError> for Refusal {
    fn from(error: kilde_log::LogError) -> Self {
        tracing::error!(%error, "the log refused");
        Refusal::Storage
    }
}

impl From<kilde_index::IndexError> for Refusal {
    fn from(error: kilde_index::IndexError) -> Self {
        tracing::error!(%error, "the index refused");
        Refusal::Storage
    }
}
