//! What could not be taken in: kept with its findings, listed without content, replayed after a mend.

use crate::config::IntakeLimits;
use crate::done::Failed;
use crate::intake::Intake;
use crate::submission::{Accepted, Kind, Notation, PatchForm, Rejected, Submission, Whom};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::operation_outcome;
use kilde_log::{Envelope, LogError, Quarantine, QuarantineItem, Resolution};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An item as it is listed: no content, nobody's name.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Number, from 1.
    pub no: u64,
    /// The interaction: `create`, `update`, `bundle`, `batch-entry`, `message`, `okt`.
    pub kind: String,
    /// Organisation number of the sender.
    pub organisation: String,
    /// Client of the sender.
    pub client: String,
    /// When it came, Unix ms.
    pub received_ms: i64,
    /// The status it was refused with.
    pub status: u16,
    /// The findings as `OperationOutcome`.
    pub outcome: serde_json::Value,
    /// Bytes of the original; 0 if it was too large to keep.
    pub size: u64,
    /// `open`, `replayed` or `discarded`.
    pub state: &'static str,
    /// The event it became, if it was replayed.
    pub event: Option<u64>,
    /// Why it was set aside.
    pub reason: Option<String>,
}

/// Why an item was not replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No such open item.
    #[error("quarantine has no open item with that number")]
    NotOpen,
    /// The scope is for another source than the one that delivered it.
    #[error("the item was delivered by another source")]
    OtherSource,
    /// It was too large to keep and no replacement was given.
    #[error("the original was too large to keep; a replacement is needed")]
    NotKept,
    /// It was refused again; the item stays open.
    #[error("refused again")]
    Rejected(Rejected),
    /// Storage failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What is kept beside the findings so that the item can be replayed. The item is sealed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    status: u16,
    outcome: serde_json::Value,
    kept: bool,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    rtype: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
}

/// Puts things into quarantine, within bounds.
pub(crate) struct Keeper {
    pub(crate) quarantine: Arc<Quarantine>,
    most_bytes: usize,
    most_open: usize,
    /// Open items; and held while one is replayed.
    open: Mutex<usize>,
    replaying: Mutex<()>,
}

const PART: &str = "batch-entry";

impl Keeper {
    pub(crate) fn new(quarantine: Arc<Quarantine>, limits: &IntakeLimits) -> Keeper {
        let listed = quarantine.list(None, limits.quarantine_open).unwrap_or_default();
        let open = listed.iter().filter(|i| i.resolution.is_none()).count();
        Keeper {
            quarantine,
            most_bytes: limits.quarantine_bytes,
            most_open: limits.quarantine_open,
            open: Mutex::new(open),
            replaying: Mutex::new(()),
        }
    }

    /// Keeps a refused delivery, or the refused part of a batch, if its fault lies in the content.
    pub(crate) fn keep(&self, submission: &Submission, failed: &Failed, part: bool) -> Option<u64> {
        let rejected = &failed.rejected;
        let content = matches!(rejected.status, 400 | 409 | 422) || rejected.findings.iter().any(|f| f.rule == "author-organisation");
        if !content || !submission.scope.may_write() || matches!(submission.kind, Kind::Delete { .. } | Kind::ConditionalDelete { .. }) {
            return None;
        }
        let mut open = self.open.lock();
        if *open >= self.most_open {
            tracing::warn!(open = *open, "quarantine is full; a refused delivery is not kept");
            return None;
        }
        let original = if part { &failed.original } else { &submission.body };
        let kept = original.len() <= self.most_bytes;
        let (rtype, id, query) = match &submission.kind {
            Kind::Create { rtype, if_none_exist } => (Some(rtype), None, if_none_exist.clone()),
            Kind::Update { rtype, id, .. } => (Some(rtype), Some(id.clone()), None),
            Kind::ConditionalUpdate { rtype, query, .. } => (Some(rtype), None, Some(query.clone())),
            Kind::Patch {
                rtype, whom: Whom::Id(id), ..
            } => (Some(rtype), Some(id.clone()), None),
            Kind::Patch {
                rtype,
                whom: Whom::Query(query),
                ..
            } => (Some(rtype), None, Some(query.clone())),
            _ => (None, None, None),
        };
        let note = Note {
            status: rejected.status,
            outcome: serde_json::from_str(&operation_outcome(&rejected.findings)).unwrap_or_default(),
            kept,
            rtype: rtype.map(|t| t.name().to_owned()),
            id,
            query,
            base_url: submission.base_url.clone(),
        };
        let scope = &submission.scope;
        let envelope = Envelope {
            kind: if part { PART.to_owned() } else { submission.kind.name().to_owned() },
            source: scope.source().unwrap_or_default().to_owned(),
            organisation: scope.organisation().unwrap_or_default().to_owned(),
            client: scope.client().to_owned(),
            received_ms: submission.received_ms,
            message_id: submission.message_id.clone().filter(|_| !part),
            format: submission.kind.format(submission.notation).to_owned(),
            ..Envelope::default()
        };
        let note = serde_json::to_vec(&note).unwrap_or_default();
        match self.quarantine.put(&envelope, if kept { original } else { &[] }, &note) {
            Ok(no) => {
                *open += 1;
                Some(no)
            }
            Err(error) => {
                tracing::error!(%error, "a refused delivery could not be kept in quarantine");
                None
            }
        }
    }

    pub(crate) fn settled(&self) {
        let mut open = self.open.lock();
        *open = open.saturating_sub(1);
    }
}

impl Intake {
    /// Items of the quarantine with numbers below `before`, newest first.
    ///
    /// # Errors
    /// The store refused.
    pub fn quarantine_list(&self, before: Option<u64>, limit: usize) -> Result<Vec<Kept>, LogError> {
        Ok(self.keeper.quarantine.list(before, limit)?.into_iter().map(listed).collect())
    }

    /// Replays an item, with another body if one is given. The scope must be of the source that
    /// delivered it: a mend does not change who said it. Blocks.
    ///
    /// # Errors
    /// See [`ReplayError`]; if it is refused again it stays open.
    pub fn quarantine_replay(
        &self,
        no: u64,
        scope: Arc<AccessScope>,
        replacement: Option<Vec<u8>>,
        received_ms: i64,
    ) -> Result<Accepted, ReplayError> {
        let _one = self.keeper.replaying.lock();
        let (item, original) = self.keeper.quarantine.get(no)?.ok_or(ReplayError::NotOpen)?;
        let original = original.ok_or(ReplayError::NotOpen)?;
        if scope.source() != Some(item.envelope.source.as_str()) {
            return Err(ReplayError::OtherSource);
        }
        let note: Note = serde_json::from_slice(&item.findings_json).unwrap_or_default();
        if !note.kept && replacement.is_none() {
            return Err(ReplayError::NotKept);
        }
        // A mended body may be in the other notation.
        let notation = match &replacement {
            Some(body) if body.trim_ascii_start().starts_with(b"<") => Notation::Xml,
            Some(_) => Notation::Json,
            None => Notation::of_format(&item.envelope.format),
        };
        let body = replacement.unwrap_or(original);
        let part = item.envelope.kind == PART;
        let kind = kind_of(&item.envelope, &note).ok_or(ReplayError::NotOpen)?;
        let submission = Submission {
            scope,
            kind,
            body: if part { as_batch(&body, notation) } else { body },
            notation,
            message_id: item.envelope.message_id,
            received_ms,
            base_url: note.base_url,
        };
        let accepted = self.submit_keeping(submission, false).map_err(ReplayError::Rejected)?;
        if part && accepted.entries.is_empty() && !accepted.repeated && accepted.findings.iter().any(|f| f.is_error()) {
            return Err(ReplayError::Rejected(Rejected {
                status: 422,
                findings: accepted.findings,
                quarantine: Some(no),
            }));
        }
        self.keeper.quarantine.resolve(no, Resolution::Replayed(accepted.event))?;
        self.keeper.settled();
        Ok(accepted)
    }

    /// Sets an item aside for good; its original is removed.
    ///
    /// # Errors
    /// The store refused, or there is no such open item.
    pub fn quarantine_discard(&self, no: u64, reason: &str) -> Result<(), LogError> {
        self.keeper.quarantine.resolve(no, Resolution::Discarded(reason.to_owned()))?;
        self.keeper.settled();
        Ok(())
    }

    /// The source (`<organisation number>/<client>`) that delivered an item, for whoever makes the
    /// scope of a replay.
    ///
    /// # Errors
    /// The store refused.
    pub fn quarantine_source(&self, no: u64) -> Result<Option<(String, String)>, LogError> {
        Ok(self
            .keeper
            .quarantine
            .get(no)?
            .map(|(item, _)| (item.envelope.organisation, item.envelope.client)))
    }
}

fn listed(item: QuarantineItem) -> Kept {
    let note: Note = serde_json::from_slice(&item.findings_json).unwrap_or_default();
    let (state, event, reason) = match item.resolution {
        None => ("open", None, None),
        Some(Resolution::Replayed(event)) => ("replayed", Some(event.0), None),
        Some(Resolution::Discarded(reason)) => ("discarded", None, Some(reason)),
    };
    Kept {
        no: item.no,
        kind: item.envelope.kind,
        organisation: item.envelope.organisation,
        client: item.envelope.client,
        received_ms: item.envelope.received_ms,
        status: note.status,
        outcome: note.outcome,
        size: item.size,
        state,
        event,
        reason,
    }
}

fn kind_of(envelope: &Envelope, note: &Note) -> Option<Kind> {
    let rtype = || ResourceType::from_name(note.rtype.as_deref()?);
    Some(match envelope.kind.as_str() {
        "patch" | "meta-add" | "meta-delete" => Kind::Patch {
            rtype: rtype()?,
            whom: match (&note.id, &note.query) {
                (Some(id), _) => Whom::Id(id.clone()),
                (None, query) => Whom::Query(query.clone()?),
            },
            form: match (envelope.kind.as_str(), envelope.format.as_str()) {
                ("meta-add", _) => PatchForm::MetaAdd,
                ("meta-delete", _) => PatchForm::MetaDelete,
                (_, "application/json-patch+json") => PatchForm::Json,
                _ => PatchForm::FhirPath,
            },
            if_match: None,
        },
        "create" => Kind::Create {
            rtype: rtype()?,
            if_none_exist: note.query.clone(),
        },
        "update" => match (&note.id, &note.query) {
            (Some(id), _) => Kind::Update {
                rtype: rtype()?,
                id: id.clone(),
                if_match: None,
                if_none_match: false,
            },
            (None, Some(query)) => Kind::ConditionalUpdate {
                rtype: rtype()?,
                query: query.clone(),
                if_match: None,
                if_none_match: false,
            },
            _ => return None,
        },
        "bundle" | PART => Kind::Bundle,
        "message" => Kind::ProcessMessage,
        "okt" => Kind::Okt,
        _ => return None,
    })
}

/// A batch of one entry.
fn as_batch(entry: &[u8], notation: Notation) -> Vec<u8> {
    let (before, after): (&[u8], &[u8]) = match notation {
        Notation::Json => (b"{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[", b"]}"),
        Notation::Xml => (b"<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/>", b"</Bundle>"),
    };
    [before, entry, after].concat()
}
