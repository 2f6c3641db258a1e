//! Units on their way into one append. What later units of the group must know of earlier ones is
//! kept beside; where that is not enough, the group is cut and what is pending made durable first.

use super::Committer;
use crate::condition::Condition;
use crate::done::{Done, Failed, Refusal, UnitReply};
use crate::rules;
use crate::submission::Rejected;
use crate::unit::{Prepared, Unit};
use kilde_access::Category;
use kilde_fhir::definitions::ResourceType;
use kilde_index::Applied;
use kilde_log::{Appender, Entry, EventNo, NewEvent, PersonNo};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Pending bytes after which the group is cut, so that memory stays bounded.
const MOST_PENDING: usize = 16 << 20;

/// Which delivery of the group and which unit of it.
pub(super) type Slot = (usize, usize);

/// What a writer must know of a resource.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) version: u32,
    pub(super) deleted: bool,
    pub(super) person: PersonNo,
    pub(super) category: Category,
    pub(super) source: Arc<str>,
}

/// An event that is pushed and not yet durable.
struct Pending {
    slot: Slot,
    done: Done,
    no: EventNo,
    received_ms: i64,
    source: String,
    organisation: String,
    links: Vec<(PersonNo, PersonNo)>,
    entries: Vec<Entry>,
    original: Vec<u8>,
}

/// What is pending, by what later units ask for.
#[derive(Default)]
struct Overlay {
    heads: FxHashMap<(ResourceType, String), Head>,
    identifiers: FxHashMap<ResourceType, FxHashSet<u64>>,
}

pub(super) struct Batch<'a> {
    pub(super) committer: &'a Committer,
    appender: Option<Appender<'a>>,
    pending: Vec<Pending>,
    bytes: usize,
    overlay: Overlay,
    replies: &'a mut [Vec<Option<UnitReply>>],
    /// A write failed: nothing more is taken.
    broken: bool,
}

/// An event ready to be pushed.
pub(super) struct Ready {
    pub(super) event: NewEvent,
    pub(super) done: Done,
    pub(super) heads: Vec<((ResourceType, String), Head)>,
    pub(super) identifiers: Vec<(ResourceType, Vec<u64>)>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(committer: &'a Committer, replies: &'a mut [Vec<Option<UnitReply>>]) -> Self {
        Batch {
            committer,
            appender: None,
            pending: Vec::new(),
            bytes: 0,
            overlay: Overlay::default(),
            replies,
            broken: false,
        }
    }

    /// The appender of what is pending.
    pub(super) fn appender(&mut self) -> &mut Appender<'a> {
        let log = &self.committer.log;
        self.appender.get_or_insert_with(|| log.appender())
    }

    pub(super) fn reply(&mut self, slot: Slot, reply: UnitReply) {
        if let Some(place) = self.replies.get_mut(slot.0).and_then(|r| r.get_mut(slot.1)) {
            *place = Some(reply);
        }
    }

    fn fail(&mut self, slot: Slot, refusal: Refusal, original: Vec<u8>, full_url: Option<String>) {
        let rejected = match refusal {
            Refusal::Storage => Rejected::one(503, rules::unavailable()),
            Refusal::Input(problems) => match problems.verdict(self.committer.most_findings) {
                Err(rejected) => rejected,
                Ok(_) => Rejected::one(503, rules::unavailable()),
            },
        };
        self.reply(
            slot,
            Err(Failed {
                rejected,
                original,
                full_url,
            }),
        );
    }

    /// Takes one unit: it becomes pending, or is answered at once.
    pub(super) fn take(&mut self, request: &Prepared, mut unit: Unit, slot: Slot) {
        if self.broken {
            return;
        }
        let full_url = unit.full_url.take();
        let outcome = match self.repeated(request, &mut unit) {
            Ok(Some(done)) => Ok(Err(done)),
            Ok(None) => self.ready(request, &mut unit),
            Err(refusal) => Err(refusal),
        };
        match outcome {
            // Nothing to store.
            Ok(Err(mut done)) => {
                done.full_url = full_url;
                self.reply(slot, Ok(done));
            }
            Ok(Ok(ready)) => {
                if let Err((refusal, original)) = self.push(slot, ready, full_url.clone()) {
                    self.fail(slot, refusal, original, full_url);
                }
            }
            Err(refusal) => {
                let original = std::mem::take(&mut unit.original);
                self.fail(slot, refusal, original, full_url);
            }
        }
        if self.bytes > MOST_PENDING {
            self.flush();
        }
    }

    fn push(&mut self, slot: Slot, ready: Ready, full_url: Option<String>) -> Result<(), (Refusal, Vec<u8>)> {
        let Ready {
            event,
            mut done,
            heads,
            identifiers,
        } = ready;
        let copy = Pending {
            slot,
            no: EventNo(0),
            received_ms: event.envelope.received_ms,
            source: event.envelope.source.clone(),
            organisation: event.envelope.organisation.clone(),
            links: event.links.clone(),
            entries: event.entries.clone(),
            original: Vec::new(),
            done: Done::default(),
        };
        let bytes = event.original.len() + event.entries.iter().map(|e| e.payload.len()).sum::<usize>();
        let original = if slot.1 > 0 || self.replies.get(slot.0).is_some_and(|r| r.len() > 1) {
            event.original.clone()
        } else {
            Vec::new()
        };
        let no = match self.appender().push(event) {
            Ok(no) => no,
            Err(error) => return Err((error.into(), original)),
        };
        done.event = no;
        done.full_url = full_url;
        self.bytes += bytes;
        self.overlay.heads.extend(heads);
        for (rtype, hashes) in identifiers {
            self.overlay.identifiers.entry(rtype).or_default().extend(hashes);
        }
        self.pending.push(Pending {
            no,
            done,
            original,
            ..copy
        });
        Ok(())
    }

    /// The first number that is not durable yet.
    pub(super) fn first_pending(&self) -> Option<EventNo> {
        self.pending.first().map(|p| p.no)
    }

    /// The head of a resource that is pending.
    pub(super) fn pending_head(&self, rtype: ResourceType, id: &str) -> Option<&Head> {
        if self.overlay.heads.is_empty() {
            return None;
        }
        self.overlay.heads.get(&(rtype, id.to_owned()))
    }

    /// Cuts the group if something pending could answer the condition.
    pub(super) fn settle(&mut self, condition: &Condition) -> Result<(), Refusal> {
        let Some(pending) = self.overlay.identifiers.get(&condition.rtype) else {
            return Ok(());
        };
        if condition.identifier_hash().is_none_or(|hash| pending.contains(&hash)) {
            self.flush();
        }
        if self.broken { Err(Refusal::Storage) } else { Ok(()) }
    }

    /// Whether a write has failed.
    pub(super) fn broken(&self) -> bool {
        self.broken
    }

    /// Makes what is pending durable, takes it into the index, and answers.
    pub(super) fn flush(&mut self) {
        let appender = self.appender.take();
        let pending = std::mem::take(&mut self.pending);
        self.overlay = Overlay::default();
        self.bytes = 0;
        if pending.is_empty() || self.broken {
            return;
        }
        let durable = match appender {
            Some(appender) => appender.commit().map_err(Refusal::from).is_ok(),
            None => false,
        };
        if !durable {
            self.broken = true;
            for p in pending {
                self.fail(p.slot, Refusal::Storage, p.original, p.done.full_url);
            }
            return;
        }
        let applied: Vec<Applied<'_>> = pending
            .iter()
            .map(|p| Applied {
                no: p.no,
                received_ms: p.received_ms,
                source: &p.source,
                organisation: &p.organisation,
                links: &p.links,
                entries: &p.entries,
            })
            .collect();
        if let Err(error) = self.committer.index.apply(&applied) {
            // The events are durable and stay; the next group waits until the index follows.
            tracing::error!(%error, "the index did not take a durable event");
            self.broken = true;
        }
        for mut p in pending {
            if let Some(first) = p.entries.first_mut()
                && p.done.entries.len() == 1
            {
                p.done.body = std::mem::take(&mut first.payload);
            }
            self.reply(p.slot, Ok(p.done));
        }
    }
}
