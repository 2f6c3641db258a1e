//! The prepare stage: from a body to units that wait only for the state of the store.

mod author;
mod bundle;
mod draft;
mod links;
mod message;
mod meta_edit;
mod okt;
mod patch;
mod references;
mod request;
mod single;
mod xml;

pub(crate) use references::relocate;
pub use request::version_of_etag;

use crate::config::IntakeConfig;
use crate::meta::Stamp;
use crate::problems::Problems;
use crate::rules;
use crate::submission::{Kind, Notation, Rejected, Submission};
use crate::unit::{Key, Prepared, Refused, Shape, Unit};
use kilde_access::AccessScope;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{self, Document, Value};
use kilde_index::Index;
use kilde_log::Subkey;
use std::sync::Arc;

/// What all parts of one delivery have in common.
pub(crate) struct Context<'a> {
    pub(crate) scope: &'a AccessScope,
    pub(crate) config: &'a IntakeConfig,
    /// The instance's key for identifiers that Kilde gives.
    pub(crate) naming: &'a Subkey,
    pub(crate) stamp: Stamp,
    pub(crate) base_url: Option<&'a str>,
    pub(crate) received_ms: i64,
    pub(crate) message_id: Option<&'a str>,
    /// What patches are applied to. Nothing else here asks it.
    pub(crate) index: &'a Index,
    /// The body as it came, if it is not the JSON that is worked on.
    pub(crate) xml: Option<&'a xml::Delivered<'a>>,
    /// Of a batch, this entry alone.
    pub(crate) only: Option<usize>,
}

impl Context<'_> {
    /// The delivery as the log keeps it.
    pub(crate) fn original(&self, root: Value<'_>) -> Vec<u8> {
        self.xml.map_or_else(|| root.document().text().as_bytes(), |xml| xml.body).to_vec()
    }

    /// Whether a delivery with this key is in the log.
    pub(crate) fn is_known(&self, key: Option<&Key>) -> bool {
        key.is_some_and(|key| self.index.log().by_message(&key.bytes).is_ok_and(|event| event.is_some()))
    }
}

/// Prepares a delivery. Needs no state but for patches; runs on any thread.
///
/// # Errors
/// Everything that is wrong with it, if no part of it can be taken.
pub(crate) fn prepare(
    submission: &Submission,
    config: &IntakeConfig,
    naming: &Subkey,
    index: &Index,
    only: Option<usize>,
) -> Result<Prepared, Rejected> {
    let delivered = match submission.notation {
        Notation::Xml if !submission.body.is_empty() => Some(xml::Delivered::read(&submission.body, config)?),
        _ => None,
    };
    let prepared = parts(submission, config, naming, index, delivered.as_ref(), only);
    match delivered {
        Some(delivered) => delivered.relocate(prepared),
        None => prepared,
    }
}

fn parts(
    submission: &Submission,
    config: &IntakeConfig,
    naming: &Subkey,
    index: &Index,
    xml: Option<&xml::Delivered<'_>>,
    only: Option<usize>,
) -> Result<Prepared, Rejected> {
    let cx = Context {
        index,
        xml,
        only,
        scope: &submission.scope,
        config,
        naming,
        stamp: Stamp::new(&submission.scope, submission.received_ms),
        base_url: submission.base_url.as_deref().map(|b| b.trim_end_matches('/')),
        received_ms: submission.received_ms,
        message_id: submission.message_id.as_deref().filter(|id| !id.trim().is_empty()),
    };
    let (shape, units, message_id) = match &submission.kind {
        Kind::Delete { rtype, id, if_match } => {
            let unit = single::delete(&cx, *rtype, id, *if_match)?;
            (Shape::Single, vec![Ok(unit)], None)
        }
        Kind::ConditionalDelete { rtype, query, if_match } => {
            let unit = single::conditional_delete(&cx, *rtype, query, *if_match)?;
            (Shape::Single, vec![Ok(unit)], None)
        }
        kind => {
            let body = xml.map_or(submission.body.as_slice(), |xml| xml.converted.json.as_bytes());
            let doc = read(body, config)?;
            match kind {
                Kind::Bundle => bundle::prepare(&cx, doc.root())?,
                Kind::ProcessMessage => message::prepare(&cx, doc.root())?,
                Kind::Okt => (Shape::Okt, vec![Ok(okt::prepare(&cx, doc.root())?)], None),
                Kind::Patch { .. } => (Shape::Single, vec![Ok(single::patch(&cx, kind, doc.root())?)], None),
                _ => (Shape::Single, vec![Ok(single::prepare(&cx, kind, doc.root())?)], None),
            }
        }
    };
    Ok(Prepared {
        scope: submission.scope.clone(),
        kind: submission.kind.clone(),
        received_ms: submission.received_ms,
        format: submission.kind.format(submission.notation),
        message_id: cx.message_id.map(str::to_owned).or(message_id),
        shape: Arc::new(shape),
        units,
    })
}

/// Shape, units, and the message id found inside.
type Parts = (Shape, Vec<Result<Unit, Refused>>, Option<String>);

fn read(body: &[u8], config: &IntakeConfig) -> Result<Document, Rejected> {
    let limits = config.limits;
    if body.len() > limits.bytes {
        return Err(Rejected::one(413, rules::too_long(limits.bytes)));
    }
    json::parse(
        body,
        json::Limits {
            bytes: limits.bytes,
            depth: limits.depth,
        },
    )
    .map_err(|e| Rejected::one(400, e.finding()))
}

/// Structure and national ids of a whole document.
fn examine(cx: &Context<'_>, root: Value<'_>) -> (Vec<Finding>, Vec<Finding>) {
    (
        kilde_fhir::validate::structure(root),
        kilde_fhir::national_id::identifiers(root, cx.config.world),
    )
}

/// The status of a structural finding and of one about national ids.
const STRUCTURE: u16 = 400;
const BUSINESS: u16 = 422;

/// The unit if nothing refuses it; warnings go to the entry they are about.
fn verdict(cx: &Context<'_>, problems: Problems, unit: impl FnOnce(Vec<Finding>) -> Unit) -> Result<Unit, Rejected> {
    let warnings = problems.verdict(cx.config.limits.findings)?;
    let mut unit = unit(Vec::new());
    let alone = unit.drafts.len() == 1;
    for warning in warnings {
        let about = if alone { Some(0) } else { bundle::entry_of(&warning) };
        match about.and_then(|i| unit.drafts.get_mut(i)) {
            Some(draft) => draft.warnings.push(warning),
            None => unit.warnings.push(warning),
        }
    }
    Ok(unit)
}
