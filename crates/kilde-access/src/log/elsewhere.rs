//! What is told at home of somebody who read in another municipality.

use super::{AccessEntry, LoggedAttestation};

impl AccessEntry {
    /// The entry for the reader's own organisation: who, when, why, how much, and where. Whom she read about is told there and not here: no person, no
    /// resources, no words, no reference to a decision.
    pub fn at_home(&self, instance: &str) -> AccessEntry {
        AccessEntry {
            person: 0,
            resources: Vec::new(),
            parameters: Vec::new(),
            decision_ref: None,
            reason: None,
            attested: self.attested.clone().map(|attested| {
                Box::new(LoggedAttestation {
                    description: None,
                    ..*attested
                })
            }),
            sought: None,
            review: None,
            elsewhere: Some(instance.to_owned()),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_patient_is_told_at_home() {
        let entry = AccessEntry {
            time_ms: 5,
            person: 7,
            reason: Some("Kari falt".to_owned()),
            decision_ref: Some("sak-1".to_owned()),
            attested: Some(Box::new(LoggedAttestation {
                time_ms: Some(4),
                self_declared: true,
                description: Some("Olav falt".to_owned()),
            })),
            purpose: Some("TREAT".to_owned()),
            ..AccessEntry::default()
        };
        let entry = entry.resources([("Observation", "abc", 1)]).parameters(["subject"]);
        let told = entry.at_home("9901");
        let bytes = told.encode().expect("bytes");
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("Kari") && !text.contains("sak-1") && !text.contains("abc") && !text.contains("subject"),
            "{text}"
        );
        assert_eq!(
            (told.person, told.total, told.time_ms, told.elsewhere.as_deref()),
            (0, 1, 5, Some("9901"))
        );
        assert_eq!(told.purpose.as_deref(), Some("TREAT"));
    }
}
