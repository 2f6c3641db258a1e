//! An entry as the controller sees it: everything that it says but national ids of readers, with the codes beside the words.

use super::citizen::{what, why, without_numbers};
use super::entry::AccessEntry;
use super::words::{self, Lang};
use super::{AccessLog, Names};
use serde::Serialize;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedReader {
    /// `personnel`, `citizen` or `system`.
    pub kind: String,
    /// The same over all entries of one human being, and nothing can be read from it; absent for systems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// HPR number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hpr: Option<String>,
    /// Authorisation category (Volven 9060).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profession: Option<&'static str>,
    /// Organisation number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_name: Option<String>,
    /// Unit, by identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// Client id.
    pub client: String,
    /// Organisation number of the supplier that runs the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier_name: Option<String>,
}

/// One entry, for the controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControllerEntry {
    /// Number in the log.
    pub no: u64,
    /// When, in local words.
    pub when: String,
    /// The same as Unix ms.
    pub time_ms: i64,
    /// Who.
    pub reader: LoggedReader,
    /// About whom: the number that this instance gives a person; absent for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<u32>,
    /// What was done, in words.
    pub what: String,
    /// Why it was permitted or refused: what the deciding policy says.
    pub why: String,
    /// Whether access was given.
    pub permitted: bool,
    /// Code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The deciding policy.
    pub policy: String,
    /// Ground of a permit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<String>,
    /// Purpose of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The reader's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Reference to the decision that gives access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_ref: Option<String>,
    /// What that decision is, in the words of the attestation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_description: Option<String>,
    /// When the attestation was made (Unix ms).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attested_ms: Option<i64>,
    /// Whether the reader herself chose to have a need; `None` without an attestation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_declared: Option<bool>,
    /// What was asked of the policies.
    pub action: String,
    /// The interaction.
    pub interaction: String,
    /// What was shown or written: `type/id/version`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// How many that were, named or not.
    pub total: u32,
    /// Names of the query's parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// How many elements were withheld.
    pub withheld: u32,
    /// Whether no human being looked.
    pub automatic: bool,
    /// Whose entries were searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sought: Option<String>,
}

/// Words that are made for the citizen, without speaking to her.
fn said_to_nobody(text: &str) -> String {
    let to_her = [" om deg", " fra deg", " frå deg", " about you", " from you"];
    to_her.iter().fold(text.to_owned(), |text, words| text.replace(words, ""))
}

impl AccessLog {
    /// Who made an entry, for the controller.
    pub fn reader_of(&self, entry: &AccessEntry, lang: Lang, names: &dyn Names) -> LoggedReader {
        let actor = &entry.actor;
        let named = |number: &Option<String>| number.as_deref().and_then(|number| names.organisation(number));
        LoggedReader {
            kind: actor.kind.clone(),
            handle: (actor.kind != "system").then(|| self.handle(actor)),
            name: actor.name.as_deref().map(without_numbers),
            hpr: actor.hpr.clone(),
            role: actor.role.clone(),
            profession: actor.role.as_deref().and_then(|role| words::profession(role, lang)),
            organisation_name: named(&actor.organisation),
            organisation: actor.organisation.clone(),
            unit_name: named(&actor.unit),
            unit: actor.unit.clone(),
            client: actor.client.clone(),
            supplier_name: named(&actor.supplier),
            supplier: actor.supplier.clone(),
        }
    }

    /// An entry for the controller.
    pub fn for_controller(&self, no: u64, entry: &AccessEntry, lang: Lang, names: &dyn Names) -> ControllerEntry {
        let permitted = entry.refused.is_none();
        let attested = entry.attested.as_deref();
        ControllerEntry {
            no,
            when: words::when(entry.time_ms, lang),
            time_ms: entry.time_ms,
            reader: self.reader_of(entry, lang, names),
            person: (entry.person != 0).then_some(entry.person),
            what: said_to_nobody(&what(entry, permitted, lang, names)),
            why: why(&entry.policy, lang),
            permitted,
            code: entry.refused.clone(),
            policy: entry.policy.clone(),
            ground: entry.ground.clone(),
            purpose: entry.purpose.clone(),
            reason: entry.reason.as_deref().map(without_numbers),
            decision_ref: entry.decision_ref.as_deref().map(without_numbers),
            decision_description: attested.and_then(|a| a.description.as_deref()).map(without_numbers),
            attested_ms: attested.and_then(|a| a.time_ms),
            self_declared: attested.map(|a| a.self_declared),
            action: entry.action.clone(),
            interaction: entry.interaction.clone(),
            resources: entry.resources.iter().map(|r| format!("{}/{}/{}", r.0, r.1, r.2)).collect(),
            total: entry.total,
            parameters: entry.parameters.clone(),
            withheld: entry.withheld,
            automatic: entry.automatic,
            sought: entry.sought.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use crate::log::NoNames;

    #[test]
    fn the_controller_is_not_spoken_to_as_the_citizen() {
        for action in Action::EVERY {
            for lang in [Lang::Nb, Lang::Nn, Lang::En] {
                let entry = AccessEntry {
                    action: action.name().to_owned(),
                    ..AccessEntry::default()
                };
                let words = said_to_nobody(&what(&entry, true, lang, &NoNames));
                let spoken_to = words.split(' ').any(|word| ["deg", "du", "din", "you", "your"].contains(&word));
                assert!(!spoken_to && !words.is_empty(), "{words}");
            }
        }
    }
}
