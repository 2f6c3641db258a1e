//! One entry of the access log, and the bytes it is stored as.

use crate::identity::Actor;
use crate::question::{Action, Decision, Question};
use crate::review::ReviewNote;
use kilde_log::PersonNo;
use serde::{Deserialize, Serialize};

/// First byte of a stored entry. Entries of every earlier version stay readable.
const VERSION: u8 = 1;
/// No more resources are named in one entry; beyond that they are counted.
const MOST_RESOURCES: usize = 5_000;
/// No more parameter names are kept.
const MOST_PARAMETERS: usize = 32;
/// No more characters of a reason are kept.
const LONGEST_REASON: usize = 500;

/// The action of what is done at the machine, beside those that policies know.
pub const OPERATION: &str = "operation";
/// Instead of a policy: what was done at the machine was decided by no policy.
pub const AT_THE_MACHINE: &str = "command-line";

/// Who did something, as it was proven at the time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct LoggedActor {
    /// `personnel`, `citizen` or `system`.
    #[serde(rename = "k")]
    pub kind: String,
    /// National id. Sealed in the log; never in an answer to a citizen.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<String>,
    /// Name.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// HPR number.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    pub hpr: Option<String>,
    /// Authorisation category (Volven 9060).
    #[serde(rename = "r", skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// Organisation number of the legal entity.
    #[serde(rename = "o", skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<String>,
    /// The unit, by identifier.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Client id.
    #[serde(rename = "c")]
    pub client: String,
    /// Organisation number of the supplier that runs the client.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    pub supplier: Option<String>,
}

/// What an attestation said of itself, permitted or refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct LoggedAttestation {
    /// When it was made (Unix ms), if it said so.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    pub time_ms: Option<i64>,
    /// Whether the reader herself chose to have a need.
    #[serde(rename = "s", skip_serializing_if = "is_false", default)]
    pub self_declared: bool,
    /// What the decision that gives access is, in words; the first 500 characters. Sealed in the log; never in an answer to a citizen.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
}

/// A resource that was shown or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedResource(
    /// Type.
    pub String,
    /// Id.
    pub String,
    /// Version.
    pub u32,
);

/// One entry: one person (or none), one request, permitted or refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct AccessEntry {
    /// When (Unix ms).
    #[serde(rename = "t")]
    pub time_ms: i64,
    /// Who.
    #[serde(rename = "a")]
    pub actor: LoggedActor,
    /// About whom; 0 for nobody known.
    #[serde(rename = "p")]
    pub person: u32,
    /// What was asked of the policy ([`Action::name`]).
    #[serde(rename = "x")]
    pub action: String,
    /// The interaction at the interface: `read`, `search-type`, `$overview`, ...
    #[serde(rename = "i", skip_serializing_if = "String::is_empty", default)]
    pub interaction: String,
    /// The information service.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    pub service: Option<String>,
    /// What was shown or written. At most 5,000; `total` tells how many there were.
    #[serde(rename = "q", skip_serializing_if = "Vec::is_empty", default)]
    pub resources: Vec<LoggedResource>,
    /// How many resources were shown or written.
    #[serde(rename = "m", skip_serializing_if = "is_zero", default)]
    pub total: u32,
    /// Names of the query's parameters; never their values.
    #[serde(rename = "n", skip_serializing_if = "Vec::is_empty", default)]
    pub parameters: Vec<String>,
    /// The ground of a permit ([`crate::Ground::name`]).
    #[serde(rename = "g", skip_serializing_if = "Option::is_none", default)]
    pub ground: Option<String>,
    /// Purpose of use.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Reference to the decision that gives access, as attested.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    pub decision_ref: Option<String>,
    /// What the attestation said of itself; `None` without one, and in entries from before this was kept.
    #[serde(rename = "j", skip_serializing_if = "Option::is_none", default)]
    pub attested: Option<Box<LoggedAttestation>>,
    /// The reader's reason in words.
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The deciding policy.
    #[serde(rename = "y")]
    pub policy: String,
    /// The code of a refusal; `None` is a permit.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// How many elements were withheld.
    #[serde(rename = "b", skip_serializing_if = "is_zero", default)]
    pub withheld: u32,
    /// Whether no human being looked: a system, or a look-up that software made by itself.
    #[serde(rename = "z", skip_serializing_if = "is_false", default)]
    pub automatic: bool,
    /// Whose entries a search of the log was for, by her handle.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    pub sought: Option<String>,
    /// A finding of the municipality's review, or its outcome.
    #[serde(rename = "v", skip_serializing_if = "Option::is_none", default)]
    pub review: Option<Box<ReviewNote>>,
    /// Version of the municipality's own part of the policy that decided; 0 for that of the instance's file.
    #[serde(rename = "l", skip_serializing_if = "is_zero", default)]
    pub version: u32,
    /// The instance where it happened, in the log of the reader's own municipality.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none", default)]
    pub elsewhere: Option<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(value: &bool) -> bool {
    !value
}

impl std::fmt::Debug for AccessEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessEntry")
            .field("time_ms", &self.time_ms)
            .field("person", &self.person)
            .field("action", &self.action)
            .field("policy", &self.policy)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

fn shortened(words: &str) -> String {
    words.chars().take(LONGEST_REASON).collect()
}

impl AccessEntry {
    /// What somebody does at the machine, where no policy is asked: the command as people write it, and what there is to tell of it.
    pub fn at_the_machine(command: &str, told: &str, time_ms: i64) -> AccessEntry {
        AccessEntry {
            time_ms,
            actor: LoggedActor {
                kind: "system".to_owned(),
                client: command.to_owned(),
                ..LoggedActor::default()
            },
            action: OPERATION.to_owned(),
            interaction: OPERATION.to_owned(),
            reason: (!told.is_empty()).then(|| shortened(told)),
            policy: AT_THE_MACHINE.to_owned(),
            automatic: true,
            ..AccessEntry::default()
        }
    }

    /// What a question and its decision say; interaction, resources, parameters and number withheld
    /// are added by the caller before it is written.
    pub fn of(question: &Question<'_>, decision: &Decision) -> AccessEntry {
        let identity = question.identity;
        let attestation = identity.attestation.as_ref();
        let (hpr, proven_role) = match &identity.actor {
            Actor::Personnel { hpr, professions, .. } => (hpr.clone(), professions.first().cloned()),
            _ => (None, None),
        };
        let place = attestation.and_then(|a| a.point_of_care.clone().or_else(|| a.department.clone()));
        let mut entry = AccessEntry {
            time_ms: question.now_ms,
            actor: LoggedActor {
                kind: identity.actor.kind().to_owned(),
                pid: identity.actor.pid().map(str::to_owned),
                name: identity.actor.name().map(str::to_owned),
                hpr,
                role: attestation.and_then(|a| a.authorization.clone()).or(proven_role),
                organisation: identity.legal_entity.clone().or_else(|| identity.unit.clone()),
                unit: place.or_else(|| identity.unit.clone()),
                client: identity.client.clone(),
                supplier: identity.supplier.clone(),
            },
            person: question.person.unwrap_or(PersonNo(0)).0,
            action: question.action.name().to_owned(),
            service: question.service.map(str::to_owned),
            purpose: attestation.and_then(|a| a.purpose).map(|p| p.code().to_owned()),
            decision_ref: attestation.and_then(|a| a.decision_ref.clone()),
            attested: attestation.map(|a| {
                Box::new(LoggedAttestation {
                    time_ms: a.time_ms,
                    self_declared: a.user_selected,
                    description: a.decision_description.as_deref().map(shortened),
                })
            }),
            reason: question.reason.map(shortened),
            automatic: matches!(identity.actor, Actor::System),
            version: question.instance.in_force().version,
            ..AccessEntry::default()
        };
        match decision {
            Decision::Permit(permit) => {
                entry.ground = Some(permit.ground.name().to_owned());
                entry.policy = permit.policy.clone();
            }
            Decision::Refuse(refusal) => {
                entry.refused = Some(refusal.code.to_owned());
                entry.policy = refusal.policy.clone();
            }
        }
        entry
    }

    /// With the name of the interaction at the interface.
    pub fn interaction(mut self, name: &str) -> Self {
        self.interaction = name.to_owned();
        self
    }

    /// With the resources that were shown or written: type, id, version.
    pub fn resources<'a>(mut self, resources: impl IntoIterator<Item = (&'a str, &'a str, u32)>) -> Self {
        for (kind, id, version) in resources {
            self.total = self.total.saturating_add(1);
            if self.resources.len() < MOST_RESOURCES {
                self.resources.push(LoggedResource(kind.to_owned(), id.to_owned(), version));
            }
        }
        self
    }

    /// With the names of the query's parameters. What does not look like a name, or could hold a
    /// national id, is left out.
    pub fn parameters<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let proper = |name: &&str| {
            name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-:.".contains(&b))
                && name.bytes().filter(u8::is_ascii_digit).count() < 6
        };
        self.parameters = names.into_iter().filter(proper).take(MOST_PARAMETERS).map(str::to_owned).collect();
        self
    }

    /// With the number of elements withheld.
    pub fn withheld(mut self, number: u32) -> Self {
        self.withheld = number;
        self
    }

    /// For another person: the same request concerned several.
    pub fn about(mut self, person: PersonNo) -> Self {
        self.person = person.0;
        self
    }

    /// Marked as made without a human being looking.
    pub fn automatic(mut self, automatic: bool) -> Self {
        self.automatic = automatic;
        self
    }

    /// Whether it was a look at information, not a delivery.
    pub fn is_reading(&self) -> bool {
        self.action != Action::Write.name()
    }

    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut out = vec![VERSION];
        serde_json::to_writer(&mut out, self)?;
        Ok(out)
    }

    /// From stored bytes; `None` if they are of a version that is not known, or damaged.
    pub fn decode(bytes: &[u8]) -> Option<AccessEntry> {
        match bytes.split_first()? {
            (&VERSION, json) => serde_json::from_slice(json).ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_and_numbers_do_not_get_in_as_parameters() {
        let entry = AccessEntry::default().parameters(["patient:identifier", "date", "22750884907", "a b", "x\u{e6}", "code"]);
        assert_eq!(entry.parameters, ["patient:identifier", "date", "code"]);
    }

    #[test]
    fn many_resources_are_counted() {
        let ids: Vec<String> = (0..6000).map(|i| i.to_string()).collect();
        let entry = AccessEntry::default().resources(ids.iter().map(|id| ("Observation", id.as_str(), 1)));
        assert_eq!((entry.resources.len(), entry.total), (MOST_RESOURCES, 6000));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(time in any::<i64>(), person in any::<u32>(), name in proptest::option::of("\\PC{0,20}"),
            policy in "\\PC{0,10}", refused in proptest::option::of("[a-z_]{1,10}"), withheld in any::<u32>(), automatic in any::<bool>(),
            ids in proptest::collection::vec(("[A-Za-z]{1,10}", "[a-z0-9-]{1,20}", any::<u32>()), 0..5)) {
            let mut entry = AccessEntry { time_ms: time, person, policy, refused, withheld, automatic, ..AccessEntry::default() };
            entry.actor.name = name;
            let entry = entry.resources(ids.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), *c)));
            let bytes = entry.encode().map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(AccessEntry::decode(&bytes), Some(entry));
        }

        #[test]
        fn any_bytes_are_decoded_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = AccessEntry::decode(&bytes);
        }
    }
}
