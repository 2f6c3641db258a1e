//! What counts as unusual: `[instance.review]` of the configuration.

use super::Rule;
use crate::instance::UnitKind;
use serde::Deserialize;

/// Thresholds of the rules. Whatever is not said is as [`Default`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// The rules that are in use.
    pub rules: Vec<Rule>,
    /// Days that a habit is made of: medians, nights, who works where.
    pub habit_days: u16,
    /// So many different patients in a day are never too many.
    pub volume_patients: u32,
    /// More than this percentage of the higher of the two medians (the reader's own days, days in her unit) are too many.
    pub volume_percent: u32,
    /// The night begins at this hour
    pub night_from: i8,
    /// and ends at this one.
    pub night_to: i8,
    /// Who had access on fewer nights of the habit's days does not use to work at night.
    pub night_usual: u32,
    /// Kinds of units where work at night is ordinary.
    pub night_units: Vec<UnitKind>,
    /// So many days the organisation has to document something, or to see to the patient again.
    pub follow_up_days: u16,
}

impl Default for Thresholds {
    /// All rules; 30 days; 30 patients and 300 %; 23 to 6 with 3 nights, but in emergency clinic, acute ward, nursing home, home
    /// nursing and hospital; 14 days.
    fn default() -> Self {
        Thresholds {
            rules: Rule::EVERY.to_vec(),
            habit_days: 30,
            volume_patients: 30,
            volume_percent: 300,
            night_from: 23,
            night_to: 6,
            night_usual: 3,
            night_units: vec![
                UnitKind::Legevakt,
                UnitKind::Kad,
                UnitKind::Sykehjem,
                UnitKind::Hjemmetjeneste,
                UnitKind::Sykehus,
            ],
            follow_up_days: 14,
        }
    }
}

impl Thresholds {
    /// Whether a rule is in use.
    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// Whether an hour is at night.
    pub fn is_night(&self, hour: i8) -> bool {
        match self.night_from <= self.night_to {
            true => (self.night_from..self.night_to).contains(&hour),
            false => hour >= self.night_from || hour < self.night_to,
        }
    }

    /// How far back the log is read so that every habit and every follow-up that is waited for is known (ms).
    pub fn memory_ms(&self) -> i64 {
        (i64::from(self.habit_days) + i64::from(self.follow_up_days) + 2) * super::DAY_MS
    }
}
