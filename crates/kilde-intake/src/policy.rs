//! Changes of policy go into the log as any event does: one append, one fsync, the index, and only then the answer. What is approved is in force from
//! the event that approves it.

use crate::intake::Intake;
use crate::own::Own;
use kilde_access::ledger::{By, NoStep, POLICY, Step};
use kilde_index::IndexError;
use kilde_log::{Change, Entry, EventNo, LogError, PersonNo};

/// Kind of the event in the log.
const KIND: &str = "policy";
/// Stands for the source and organisation of what the municipality decides.
const MUNICIPALITY: &str = "municipality";

/// Why a step was not taken. Nothing of it was stored, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum PolicyStepError {
    /// It may not be taken now.
    #[error(transparent)]
    Refused(#[from] NoStep),
    /// It cannot be put into bytes.
    #[error("change of policy: {0}")]
    Form(#[from] serde_json::Error),
    /// The log refused it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It is in the log, and the index did not take it.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Intake {
    /// Takes a step of a change of policy: the proposal with this id, or a new one under a new id. When it returns, the step is durable. Waits for
    /// the disk. Gives the id and the event.
    ///
    /// # Errors
    /// See [`PolicyStepError`].
    pub fn policy_step(&self, id: Option<&str>, step: &Step, original: Vec<u8>, now_ms: i64) -> Result<(String, EventNo), PolicyStepError> {
        let appender = self.log.appender();
        // Nobody else writes now, so what the index has is all there is.
        self.index.catch_up(&mut |_| ())?;
        let id = id.map_or_else(|| format!("proposal-{}", uuid::Uuid::new_v4()), str::to_owned);
        self.index.ledger().permits(&id, step)?;
        let (by, first): (&By, bool) = match step {
            Step::Proposed { by, .. } => (by, true),
            Step::Approved { by } | Step::Withdrawn { by } => (by, false),
        };
        let own = Own {
            kind: KIND,
            by: MUNICIPALITY,
            client: &by.client,
            original,
            entries: vec![Entry {
                person: PersonNo::NONE,
                rtype: POLICY,
                id: id.clone(),
                version: if first { 1 } else { 2 },
                change: if first { Change::Created } else { Change::Updated },
                payload: step.encode()?,
            }],
            destroys: None,
            now_ms,
        };
        let no = self.record_own::<PolicyStepError>(appender, own)?;
        metrics::counter!("kilde_policy_steps_total").increment(1);
        Ok((id, no))
    }
}
