//! `[instance.review]`: what counts as unusual access, and how often the log is looked at.

use kilde_access::review::Thresholds;
use serde::Deserialize;

/// The review of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Review {
    /// Seconds between two looks at what is new in the log, 1 to 3600.
    pub every_seconds: u64,
    /// `[instance.review.thresholds]`
    pub thresholds: Thresholds,
}

impl Default for Review {
    /// Every 10 seconds, with the thresholds' own defaults.
    fn default() -> Self {
        Review {
            every_seconds: 10,
            thresholds: Thresholds::default(),
        }
    }
}
