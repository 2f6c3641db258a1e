//! The same message again.

use super::batch::Batch;
use super::persons::is_about_some;
use super::store::Current;
use crate::done::{Done, Refusal};
use crate::key::{generation, same_content};
use crate::rules;
use crate::unit::{Key, KeyRule, Prepared, Unit};
use kilde_fhir::definitions::ResourceType;
use kilde_log::EventNo;

/// How often the same content may become news again and still be recognised when repeated.
const GENERATIONS: u32 = 64;

impl Batch<'_> {
    /// The first answer if the unit's message is known. The unit's key becomes the one to store under.
    pub(super) fn repeated(&mut self, request: &Prepared, unit: &mut Unit) -> Result<Option<Done>, Refusal> {
        let Some(key) = unit.key.clone() else { return Ok(None) };
        let generations = if key.rule == KeyRule::Content { GENERATIONS } else { 1 };
        for n in 0..generations {
            let bytes = generation(&key, n);
            let Some(event) = self.appender().by_message(&bytes)? else {
                unit.key = Some(Key { bytes, rule: key.rule });
                return Ok(None);
            };
            let Some(done) = self.first_answer(request, event, &key, unit)? else {
                // What the message made is out of the writer's reach: for her it never came.
                break;
            };
            // The same content, but something else came between: it is news again.
            if key.rule == KeyRule::Named || self.all_current(request, &done)? {
                return Ok(Some(done));
            }
        }
        unit.key = None;
        Ok(None)
    }

    /// `None` if the writer does not reach what the message made: then neither its id nor its content is told to be known.
    fn first_answer(&mut self, request: &Prepared, event: EventNo, key: &Key, unit: &Unit) -> Result<Option<Done>, Refusal> {
        if self.first_pending().is_some_and(|first| event >= first) {
            self.flush();
            if self.broken() {
                return Err(Refusal::Storage);
            }
        }
        let log = self.committer.log.clone();
        let kept = log.answer(event)?.as_deref().and_then(Done::from_bytes);
        if let Some(done) = &kept
            && is_about_some(request)
            && !self.all_reached(request, done)?
        {
            return Ok(None);
        }
        if key.rule == KeyRule::Named {
            let Some(original) = log.original(event)? else {
                return Err(Refusal::one(410, rules::message_destroyed()));
            };
            if !same_content(&original, &unit.original) {
                return Err(Refusal::one(409, rules::message_reused()));
            }
        }
        let Some(mut done) = kept else {
            return Err(Refusal::one(410, rules::message_destroyed()));
        };
        self.complete(&mut done, event)?;
        Ok(Some(done))
    }

    /// Whether the writer reaches everything that the message made or met.
    fn all_reached(&mut self, request: &Prepared, done: &Done) -> Result<bool, Refusal> {
        for entry in done.entries.iter().filter(|entry| !entry.id.is_empty()) {
            let reached = match ResourceType::from_name(&entry.rtype) {
                Some(rtype) => matches!(self.current(request, rtype, &entry.id)?, Current::Known(_)),
                None => false,
            };
            if !reached {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn all_current(&mut self, request: &Prepared, done: &Done) -> Result<bool, Refusal> {
        for entry in &done.entries {
            let Some(rtype) = ResourceType::from_name(&entry.rtype) else {
                return Ok(false);
            };
            match self.current(request, rtype, &entry.id)? {
                Current::Known(head) if head.version == entry.version && !head.deleted => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Fills in what is not kept with the answer.
    fn complete(&self, done: &mut Done, event: EventNo) -> Result<(), Refusal> {
        let log = &self.committer.log;
        done.event = event;
        done.repeated = true;
        if let Some(stored) = log.event(event)? {
            done.persons = stored.envelope.persons.clone();
            if done.entries.len() == 1 && stored.entries.len() == 1 {
                done.body = log.payload(event, 0)?.unwrap_or_default();
            }
        }
        Ok(())
    }
}
