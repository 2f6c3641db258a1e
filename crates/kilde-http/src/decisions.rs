//! Decisions of this very second, so that a burst of the same question is decided once.
//!
//! A decision depends on the token, the question, the policy (fixed while the process runs), what the
//! index knows about relations, and the time. Times in policies count whole seconds. So a decision
//! is used again only within the same second and while the index has taken in no further event: a
//! relation that ends, an attestation that expires, is seen at once.

use kilde_access::{Action, Decision, Identity};
use kilde_log::{EventNo, PersonNo};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What makes two questions the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Where the verified token lies in memory; the value keeps it there.
    identity: usize,
    action: Action,
    person: Option<PersonNo>,
    nin: Option<String>,
    service: Option<String>,
    reason: Option<String>,
}

impl Key {
    /// The key of a question by the holder of a verified token.
    pub fn new(identity: &Arc<Identity>, action: Action, person: Option<PersonNo>) -> Self {
        Key {
            identity: Arc::as_ptr(identity) as usize,
            action,
            person,
            nin: None,
            service: None,
            reason: None,
        }
    }

    /// With what else the question holds.
    pub fn with(mut self, nin: Option<&str>, service: Option<&str>, reason: Option<&str>) -> Self {
        self.nin = nin.map(str::to_owned);
        self.service = service.map(str::to_owned);
        self.reason = reason.map(str::to_owned);
        self
    }
}

/// The decisions of one instance in one second.
#[derive(Default)]
pub struct Decisions(Mutex<Second>);

#[derive(Default)]
struct Second {
    second: i64,
    applied: EventNo,
    made: FxHashMap<Key, (Arc<Identity>, Decision)>,
}

/// No more decisions are kept for a second; beyond that each is made anew.
const MOST: usize = 4096;

impl Decisions {
    /// The decision made for that key in this second and state, or a new one.
    pub fn get(&self, key: Key, identity: &Arc<Identity>, now_ms: i64, applied: EventNo, make: impl FnOnce() -> Decision) -> Decision {
        let second = now_ms.div_euclid(1000);
        {
            let mut kept = self.0.lock();
            if (kept.second, kept.applied) != (second, applied) {
                *kept = Second {
                    second,
                    applied,
                    made: FxHashMap::default(),
                };
            } else if let Some((_, decision)) = kept.made.get(&key) {
                return decision.clone();
            }
        }
        let decision = make();
        let mut kept = self.0.lock();
        if (kept.second, kept.applied) == (second, applied) && kept.made.len() < MOST {
            kept.made.insert(key, (identity.clone(), decision.clone()));
        }
        decision
    }
}
