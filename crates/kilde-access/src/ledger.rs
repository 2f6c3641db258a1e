//! Changes of policy as they stand in the log: proposed, approved or withdrawn; and which version is in force. A pure fold over events.

use crate::widening::Widening;
use kilde_log::EventNo;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The type number under which changes of policy stand in the log, beside the resources: none of FHIR's.
pub const POLICY: u8 = 254;

/// First byte of a stored step. Those of every earlier version stay readable.
const VERSION: u8 = 1;

/// A person who took a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// National id. Sealed in the log, never shown: it shows whether two are the same.
    pub pid: String,
    /// Name, as the token had it.
    pub name: Option<String>,
    /// Client that it came through.
    pub client: String,
}

/// Shows no national id and no name.
impl std::fmt::Debug for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "By({})", self.client)
    }
}

/// One step of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// Somebody proposes a text.
    Proposed {
        /// The municipality's part in TOML, as it was written.
        text: String,
        /// The version in force that it is a change of.
        base: u32,
        /// How it widens; empty if it only narrows.
        widens: Vec<Widening>,
        /// Why, in words.
        why: String,
        /// Who.
        by: By,
    },
    /// It is in force from this event on.
    Approved {
        /// Who.
        by: By,
    },
    /// It came to nothing.
    Withdrawn {
        /// Who.
        by: By,
    },
}

impl Step {
    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut out = vec![VERSION];
        serde_json::to_writer(&mut out, self)?;
        Ok(out)
    }

    /// From stored bytes; `None` if they are of a version that is not known, or damaged.
    pub fn decode(bytes: &[u8]) -> Option<Step> {
        match bytes.split_first()? {
            (&VERSION, json) => serde_json::from_slice(json).ok(),
            _ => None,
        }
    }
}

/// A step with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Who.
    pub by: By,
    /// The event.
    pub event: EventNo,
    /// When, Unix ms.
    pub at_ms: i64,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    Open,
    /// It was in force, or is, as this version.
    Approved(u32, Taken),
    /// It came to nothing.
    Withdrawn(Taken),
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// The text; empty for one that is withdrawn.
    pub text: String,
    /// The version that it changes.
    pub base: u32,
    /// How it widens.
    pub widens: Vec<Widening>,
    /// Why.
    pub why: String,
    /// Who made it, and where it stands.
    pub proposed: Taken,
    /// What became of it.
    pub state: State,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStep {
    /// There is no such open proposal.
    #[error("no such open proposal")]
    Absent,
    /// Another version is in force than the one that it changes.
    #[error("version {0} is in force")]
    Outdated(u32),
    /// It widens, so somebody else must approve it than who proposed it.
    #[error("a second person is needed")]
    SecondPerson,
    /// There are too many open proposals.
    #[error("too many open proposals")]
    TooMany,
}

/// Open proposals at most.
const MOST_OPEN: usize = 20;

/// Every proposal of an instance.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    proposals: Vec<Arc<Proposal>>,
    versions: Vec<usize>,
    unknown: bool,
}

impl Ledger {
    /// Takes in a step at an event. One that is not understood (a newer program made it) leaves it unknown what is in force, until something that is
    /// understood comes into force.
    pub fn take(&mut self, event: EventNo, at_ms: i64, id: &str, bytes: &[u8]) {
        let taken = |by: By| Taken { by, event, at_ms };
        let open = self.proposals.iter().position(|one| one.id == id && one.state == State::Open);
        match (Step::decode(bytes), open) {
            (
                Some(Step::Proposed {
                    text,
                    base,
                    widens,
                    why,
                    by,
                }),
                _,
            ) => self.proposals.push(Arc::new(Proposal {
                id: id.to_owned(),
                text,
                base,
                widens,
                why,
                proposed: taken(by),
                state: State::Open,
            })),
            (Some(Step::Approved { by }), Some(at)) => {
                self.versions.push(at);
                let version = self.version();
                self.set(at, State::Approved(version, taken(by)));
                self.unknown = false;
            }
            (Some(Step::Withdrawn { by }), Some(at)) => {
                self.set(at, State::Withdrawn(taken(by)));
                // The log has it; here it would only take up memory.
                if let Some(one) = self.proposals.get_mut(at) {
                    Arc::make_mut(one).text = String::new();
                }
            }
            _ => {
                tracing::error!(event = event.0, "a change of policy cannot be understood; nothing is permitted");
                self.unknown = true;
            }
        }
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(one) = self.proposals.get_mut(at) {
            Arc::make_mut(one).state = state;
        }
    }

    /// The version in force; 0 is what the instance's file says.
    pub fn version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// What is in force, if it ever was changed, with the event from which it is.
    pub fn in_force(&self) -> Option<(&Proposal, EventNo)> {
        let proposal = self.proposals.get(*self.versions.last()?)?;
        match &proposal.state {
            State::Approved(_, taken) => Some((proposal, taken.event)),
            _ => None,
        }
    }

    /// Whether it is unknown what is in force.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Every proposal, in the order of their events.
    pub fn proposals(&self) -> impl DoubleEndedIterator<Item = &Proposal> {
        self.proposals.iter().map(AsRef::as_ref)
    }

    /// Whether a step may be taken now.
    ///
    /// # Errors
    /// Why not.
    pub fn permits(&self, id: &str, step: &Step) -> Result<(), NoStep> {
        let open = || self.proposals().filter(|one| one.state == State::Open);
        let current = |base: u32| match self.version() {
            version if version == base => Ok(()),
            version => Err(NoStep::Outdated(version)),
        };
        match step {
            Step::Proposed { base, .. } if open().count() < MOST_OPEN => current(*base),
            Step::Proposed { .. } => Err(NoStep::TooMany),
            Step::Withdrawn { .. } => open().find(|one| one.id == id).map(|_| ()).ok_or(NoStep::Absent),
            Step::Approved { by } => {
                let proposal = open().find(|one| one.id == id).ok_or(NoStep::Absent)?;
                current(proposal.base)?;
                // Without a number nobody is shown to be somebody else.
                let same = by.pid == proposal.proposed.by.pid || by.pid.is_empty() || proposal.proposed.by.pid.is_empty();
                if same && !proposal.widens.is_empty() {
                    Err(NoStep::SecondPerson)
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by(pid: &str) -> By {
        By {
            pid: pid.to_owned(),
            name: None,
            client: "c".to_owned(),
        }
    }

    fn proposed(base: u32, widens: bool) -> Step {
        Step::Proposed {
            text: "self_declared = true".to_owned(),
            base,
            widens: if widens { vec![Widening::SelfDeclared] } else { Vec::new() },
            why: "why".to_owned(),
            by: by("1"),
        }
    }

    fn taken(ledger: &mut Ledger, event: u64, id: &str, step: &Step) {
        ledger.take(EventNo(event), 5, id, &step.encode().expect("bytes"));
    }

    #[test]
    fn what_widens_needs_a_second_person() {
        let mut ledger = Ledger::default();
        taken(&mut ledger, 1, "a", &proposed(0, true));
        assert_eq!(ledger.permits("a", &Step::Approved { by: by("1") }), Err(NoStep::SecondPerson));
        assert_eq!(ledger.permits("a", &Step::Approved { by: by("") }), Err(NoStep::SecondPerson));
        assert_eq!(ledger.permits("b", &Step::Approved { by: by("2") }), Err(NoStep::Absent));
        assert_eq!(ledger.permits("a", &Step::Approved { by: by("2") }), Ok(()));
        assert!(ledger.in_force().is_none());
        taken(&mut ledger, 2, "a", &Step::Approved { by: by("2") });
        assert_eq!((ledger.version(), ledger.in_force().map(|(_, event)| event)), (1, Some(EventNo(2))));
        assert_eq!(ledger.permits("a", &Step::Approved { by: by("3") }), Err(NoStep::Absent));
    }

    #[test]
    fn what_narrows_needs_one_and_what_is_outdated_comes_to_nothing() {
        let mut ledger = Ledger::default();
        taken(&mut ledger, 1, "a", &proposed(0, false));
        taken(&mut ledger, 2, "b", &proposed(0, false));
        assert_eq!(ledger.permits("a", &Step::Approved { by: by("1") }), Ok(()));
        taken(&mut ledger, 3, "a", &Step::Approved { by: by("1") });
        assert_eq!(ledger.permits("b", &Step::Approved { by: by("2") }), Err(NoStep::Outdated(1)));
        assert_eq!(ledger.permits("c", &proposed(0, false)), Err(NoStep::Outdated(1)));
        taken(&mut ledger, 4, "b", &Step::Withdrawn { by: by("2") });
        assert_eq!(ledger.permits("b", &Step::Withdrawn { by: by("2") }), Err(NoStep::Absent));
        assert_eq!(ledger.version(), 1);
    }

    #[test]
    fn what_is_not_understood_closes_until_something_is() {
        let mut ledger = Ledger::default();
        taken(&mut ledger, 1, "a", &proposed(0, false));
        ledger.take(EventNo(2), 5, "a", &[99]);
        assert!(ledger.is_unknown());
        taken(&mut ledger, 3, "a", &Step::Approved { by: by("1") });
        assert!(!ledger.is_unknown());
    }

    #[test]
    fn open_proposals_are_bounded() {
        let mut ledger = Ledger::default();
        for event in 0..MOST_OPEN as u64 {
            taken(&mut ledger, event, &event.to_string(), &proposed(0, false));
        }
        assert_eq!(ledger.permits("x", &proposed(0, false)), Err(NoStep::TooMany));
    }

    proptest! {
        #[test]
        fn a_proposal_never_comes_into_force_by_its_own_hand_if_it_widens(steps in proptest::collection::vec((0u8..3, 0u8..3, 0u8..3, any::<bool>()), 0..40)) {
            let mut ledger = Ledger::default();
            for (event, (kind, id, who, widens)) in (1u64..).zip(steps) {
                let by = by(&who.to_string());
                let id = if kind == 0 { format!("{id}-{event}") } else {
                    ledger.proposals().nth(usize::from(id)).map_or_else(String::new, |one| one.id.clone())
                };
                let step = match kind {
                    0 => Step::Proposed { text: String::new(), base: ledger.version(), widens: if widens { vec![Widening::SelfDeclared] } else { vec![] }, why: String::new(), by },
                    1 => Step::Approved { by },
                    _ => Step::Withdrawn { by },
                };
                if ledger.permits(&id, &step).is_ok() {
                    taken(&mut ledger, event, &id, &step);
                }
            }
            prop_assert!(!ledger.is_unknown());
            let mut versions = Vec::new();
            for one in ledger.proposals() {
                if let State::Approved(version, taken) = &one.state {
                    prop_assert!(one.widens.is_empty() || taken.by.pid != one.proposed.by.pid);
                    prop_assert!(one.base + 1 == *version);
                    versions.push(*version);
                }
            }
            versions.sort_unstable();
            prop_assert!(versions.iter().copied().eq(1..=ledger.version()));
        }

        #[test]
        fn any_bytes_are_taken_in_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            Ledger::default().take(EventNo(1), 0, "a", &bytes);
        }
    }
}
