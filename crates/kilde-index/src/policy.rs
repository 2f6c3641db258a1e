//! Changes of policy: where each step stands in the log, and what has become of them. The index holds the places, never what they say.

use crate::batch::Batch;
use crate::error::IndexError;
use crate::index::Index;
use crate::keys;
use kilde_access::Ledger;
use kilde_log::{Entry, EventNo};
use std::sync::Arc;

impl Batch<'_> {
    /// Takes in a step of a change of policy.
    pub(crate) fn policy(&mut self, event: EventNo, received_ms: i64, number: u32, entry: &Entry) {
        let key = keys::key(keys::POLICY, &[&event.0.to_be_bytes(), &number.to_be_bytes()]);
        self.write.put(key, []);
        let ledger = self.ledger.get_or_insert_with(|| (*self.index.shared.read().ledger).clone());
        ledger.take(event, received_ms, &entry.id, &entry.payload);
    }
}

impl Index {
    /// Reads the changes of policy that the index knows into memory. Before anything is taken in.
    pub(crate) fn load_policy(&self) -> Result<(), IndexError> {
        let look = self.look_inside();
        let mut ledger = Ledger::default();
        let prefix = keys::key(keys::POLICY, &[]);
        let mut range = look.view.prefix(&prefix);
        while let Some((key, _)) = range.item()? {
            let place = || {
                let (event, rest) = key.get(1..)?.split_first_chunk::<8>()?;
                let number = u32::from_be_bytes(rest.try_into().ok()?);
                Some((EventNo(u64::from_be_bytes(*event)), number))
            };
            let (no, number) = place().ok_or(IndexError::Damaged("change of policy"))?;
            let event = self.log.event(no)?.ok_or(IndexError::MissingEvent(no))?;
            let head = event.entries.get(number as usize).ok_or(IndexError::MissingEvent(no))?;
            let payload = self.log.payload(no, number)?.unwrap_or_default();
            ledger.take(no, event.envelope.received_ms, &head.id, &payload);
            range.next();
        }
        self.shared.write().ledger = Arc::new(ledger);
        Ok(())
    }

    /// Every change of policy that has been proposed, and which is in force.
    pub fn ledger(&self) -> Arc<Ledger> {
        self.shared.read().ledger.clone()
    }
}
