//! What a municipality's record of processing (GDPR article 30 no. 1) says about each activity: of the services in their
//! manifests, of what every instance does in `common.toml`.
//!
//! The texts are bokmål, for the record is the municipality's own document. Legal bases and retention are proposals: the
//! controller decides them.

use serde::{Deserialize, Serialize};

/// What is said of one activity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Processing {
    /// Why it is done.
    pub purpose: String,
    /// Proposed legal bases, one an item.
    pub legal_basis: Vec<String>,
    /// Categories of data subjects.
    pub persons: Vec<String>,
    /// Categories of personal data.
    pub data: Vec<String>,
    /// Categories of recipients.
    pub recipients: Vec<String>,
    /// How long, and what the product does about it.
    pub retention: String,
}

/// An activity that every instance has, whichever services are in use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Short id, as in `[instance.record]` of the configuration.
    pub id: String,
    /// Title.
    pub title: String,
    /// What the record says about it.
    pub processing: Processing,
}

/// What every instance does, and how it is secured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// The technical measures, in general (article 30 no. 1 g).
    pub security: Vec<String>,
    /// The activities.
    pub activity: Vec<Activity>,
}

/// What every instance does.
///
/// # Panics
/// If the text in the program is none; a test reads it.
pub fn common() -> Common {
    toml::from_str(include_str!("processing/common.toml")).expect("the text in the program is right")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_is_said_of_every_activity_and_ids_are_unique() {
        let common = common();
        let services = crate::all().iter().map(|s| (s.id().to_owned(), s.manifest().processing.clone()));
        let all: Vec<(String, Processing)> = common.activity.into_iter().map(|a| (a.id, a.processing)).chain(services).collect();
        let ids: BTreeSet<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        assert!(!common.security.is_empty());
        for (id, one) in &all {
            let lists = [&one.legal_basis, &one.persons, &one.data, &one.recipients];
            assert!(
                lists.iter().all(|l| !l.is_empty() && l.iter().all(|item| !item.trim().is_empty())),
                "{id}"
            );
            assert!(!one.purpose.is_empty() && !one.retention.is_empty(), "{id}");
        }
    }
}
