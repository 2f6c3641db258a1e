//! Review of unusual access: findings computed from the access log, and what came of them. Both are entries of that log: they are sealed
//! with it, and there is no second truth. Findings say which rule and which figures; they hold nothing of what was seen.

mod queue;
mod rules;
mod thresholds;
mod words;

#[cfg(test)]
mod tests;

pub use queue::{Closing, Item, Queue};
pub use rules::{Facts, Near, Rules};
pub use thresholds::Thresholds;

use crate::log::LoggedActor;
use serde::{Deserialize, Serialize};

/// A day in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// Why an access is found unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Emergency access.
    Emergency,
    /// The reader declared her own need.
    SelfDeclared,
    /// The reader looked at herself.
    OwnRecord,
    /// Reader and patient have a family name in common.
    OwnName,
    /// Reader and patient live at the same address.
    OwnAddress,
    /// The patient works in the reader's organisation.
    Colleague,
    /// Many patients in a day.
    Volume,
    /// At night, where the reader and her kind of unit do not use to work then.
    Night,
    /// Nobody of the organisation documented anything, or saw to the patient again, afterwards.
    NoFollowUp,
}

impl Rule {
    /// All of them.
    pub const EVERY: [Rule; 9] = [
        Rule::Emergency,
        Rule::SelfDeclared,
        Rule::OwnRecord,
        Rule::OwnName,
        Rule::OwnAddress,
        Rule::Colleague,
        Rule::Volume,
        Rule::Night,
        Rule::NoFollowUp,
    ];

    /// The name in log, configuration and API.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Emergency => "emergency",
            Rule::SelfDeclared => "self-declared",
            Rule::OwnRecord => "own-record",
            Rule::OwnName => "own-name",
            Rule::OwnAddress => "own-address",
            Rule::Colleague => "colleague",
            Rule::Volume => "volume",
            Rule::Night => "night",
            Rule::NoFollowUp => "no-follow-up",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::EVERY.into_iter().find(|rule| rule.name() == name)
    }
}

/// What is unusual about whose access to whom, by which figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The same for the same rule, reader, patient and day.
    pub id: String,
    /// Which rule.
    pub rule: Rule,
    /// Handle of the reader ([`crate::AccessLog::handle`]).
    pub reader: String,
    /// Her name, as her login said it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Her authorisation category (Volven 9060).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// Her organisation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<String>,
    /// Her unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// The patient, by person number; 0 where the finding is about no single one.
    pub person: u32,
    /// The first entry that it is about.
    pub entry: u64,
    /// When that was (Unix ms).
    pub time_ms: i64,
    /// The figures that the rule went by.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub figures: Vec<(Figure, i64)>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Different patients.
    Patients,
    /// The limit that was passed, or not reached.
    Limit,
    /// Median of the reader's own days.
    Own,
    /// Median of days in the unit.
    Unit,
    /// Days that were looked at.
    Days,
    /// Nights with access.
    Nights,
    /// Hour of the day.
    Hour,
}

impl Figure {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Figure::Patients => "patients",
            Figure::Limit => "limit",
            Figure::Own => "own",
            Figure::Unit => "unit",
            Figure::Days => "days",
            Figure::Nights => "nights",
            Figure::Hour => "hour",
        }
    }
}

/// What came of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The access was in order.
    Justified,
    /// It was not: a breach, followed up as such elsewhere.
    Unjustified,
    /// It cannot be found out.
    Unclear,
    /// The finding is open again.
    Reopened,
}

impl Outcome {
    /// All of them.
    pub const EVERY: [Outcome; 4] = [Outcome::Justified, Outcome::Unjustified, Outcome::Unclear, Outcome::Reopened];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Justified => "justified",
            Outcome::Unjustified => "unjustified",
            Outcome::Unclear => "unclear",
            Outcome::Reopened => "reopened",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Outcome> {
        Outcome::EVERY.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What an entry of the access log says of a review. The words to an outcome are the entry's reason, who gave it is its actor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewNote {
    /// Something was found.
    Found(Finding),
    /// What came of it.
    Outcome {
        /// The finding.
        finding: String,
        /// What came of it.
        outcome: Outcome,
    },
}

impl Finding {
    /// With what the log says of the reader, but her numbers.
    fn by(mut self, actor: &LoggedActor) -> Finding {
        self.name.clone_from(&actor.name);
        self.role.clone_from(&actor.role);
        self.organisation.clone_from(&actor.organisation);
        self.unit.clone_from(&actor.unit);
        self
    }

    /// A figure by what it counts; 0 if the rule has none.
    fn figure(&self, figure: Figure) -> i64 {
        self.figures.iter().find(|(kind, _)| *kind == figure).map_or(0, |(_, value)| *value)
    }
}
