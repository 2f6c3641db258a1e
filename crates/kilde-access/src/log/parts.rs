//! An entry in two parts: what a receipt may tell the citizen, and what it keeps back (a reader's national id and HPR
//! number, free text that may hold anybody's). The first is the entry itself without those; together they are the entry.

use super::citizen::without_numbers;
use super::entry::{AccessEntry, LoggedActor, LoggedAttestation};
use crate::review::ReviewNote;
use kilde_log::StoredRecord;
use serde::{Deserialize, Serialize};

/// What a receipt keeps back. What the told part has in another form stands here as it was.
#[derive(Serialize, Deserialize, Default, PartialEq, Eq)]
struct Kept {
    /// National id of who looked.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    pid: Option<String>,
    /// HPR number.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    hpr: Option<String>,
    /// Reference to a decision.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    decision_ref: Option<String>,
    /// What that decision is, in words.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    /// Name, where it held a number.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    /// Reason, where the citizen is told another or none.
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    /// Whose entries a search was for.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    sought: Option<String>,
    /// A finding of the review, or its outcome.
    #[serde(rename = "v", skip_serializing_if = "Option::is_none", default)]
    review: Option<Box<ReviewNote>>,
}

impl AccessEntry {
    /// The bytes of the two parts.
    pub(super) fn parts(&self) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
        // Every field by its name: whoever adds one decides here whether a receipt may tell it.
        let AccessEntry {
            time_ms: _,
            actor,
            person: _,
            action: _,
            interaction: _,
            service: _,
            resources: _,
            total: _,
            parameters: _,
            ground: _,
            purpose: _,
            decision_ref: _,
            attested,
            reason: _,
            policy: _,
            refused: _,
            withheld: _,
            automatic: _,
            sought: _,
            review: _,
            version: _,
            elsewhere: _,
        } = self;
        let LoggedActor {
            kind: _,
            pid: _,
            name: _,
            hpr: _,
            role: _,
            organisation: _,
            unit: _,
            client: _,
            supplier: _,
        } = actor;
        if let Some(attested) = attested {
            let LoggedAttestation {
                time_ms: _,
                self_declared: _,
                description: _,
            } = &**attested;
        }
        let mut told = self.clone();
        let mut kept = Kept {
            pid: told.actor.pid.take(),
            hpr: told.actor.hpr.take(),
            decision_ref: told.decision_ref.take(),
            description: told.attested.as_mut().and_then(|attested| attested.description.take()),
            sought: told.sought.take(),
            review: told.review.take(),
            ..Kept::default()
        };
        // As in the citizen's own log: words of a reader only where she is told them.
        let emergency = self.ground.as_deref() == Some("emergency");
        told.reason = told.reason.filter(|_| emergency).map(|reason| without_numbers(&reason));
        told.actor.name = told.actor.name.map(|name| without_numbers(&name));
        if told.reason != self.reason {
            kept.reason.clone_from(&self.reason);
        }
        if told.actor.name != self.actor.name {
            kept.name.clone_from(&self.actor.name);
        }
        let rest = if kept == Kept::default() {
            Vec::new()
        } else {
            serde_json::to_vec(&kept)?
        };
        Ok((serde_json::to_vec(&told)?, rest))
    }

    /// The entry that a record of the log is; `None` if it is none, or of a version that is not known.
    pub fn of_record(record: &StoredRecord) -> Option<AccessEntry> {
        if record.body.is_empty() {
            // From before there were two parts.
            return AccessEntry::decode(&record.kept);
        }
        let mut entry: AccessEntry = serde_json::from_slice(&record.body).ok()?;
        if record.kept.is_empty() {
            return Some(entry);
        }
        let kept: Kept = serde_json::from_slice(&record.kept).ok()?;
        entry.actor.pid = kept.pid;
        entry.actor.hpr = kept.hpr;
        entry.decision_ref = kept.decision_ref;
        if let Some(attested) = &mut entry.attested {
            attested.description = kept.description;
        }
        entry.sought = kept.sought;
        entry.review = kept.review;
        entry.actor.name = kept.name.or(entry.actor.name);
        entry.reason = kept.reason.or(entry.reason);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_log::PersonNo;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_make_the_entry_and_the_told_part_holds_no_number(pid in "[0-9]{11}", hpr in proptest::option::of("[0-9]{9}"),
            name in "[A-Za-z ]{0,9}([0-9]{11})?", reason in proptest::option::of("[a-z ]{0,9}([0-9]{11})?"), emergency: bool, described in proptest::option::of("[a-z ]{0,9}([0-9]{11})?"), declared: bool, reference in proptest::option::of("[a-z0-9]{1,8}")) {
            let mut entry = AccessEntry { reason: reason.clone(), decision_ref: reference, ..AccessEntry::default() };
            entry.actor.pid = Some(pid.clone());
            entry.actor.hpr = hpr;
            entry.actor.name = Some(name);
            entry.attested = Some(Box::new(LoggedAttestation { time_ms: Some(7), self_declared: declared, description: described }));
            entry.ground = emergency.then(|| "emergency".to_owned());
            let (body, kept) = entry.parts().map_err(|e| TestCaseError::fail(e.to_string()))?;
            let told = String::from_utf8_lossy(&body).into_owned();
            prop_assert!(!told.contains(&pid), "{}", told);
            let digits = told.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            prop_assert!(digits < Some(9), "{}", told);
            let record = StoredRecord { no: 1, person: PersonNo(1), body, kept, salts: Default::default(), hash: [0; 32] };
            prop_assert_eq!(AccessEntry::of_record(&record), Some(entry));
        }

        #[test]
        fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..40), kept in proptest::collection::vec(any::<u8>(), 0..40)) {
            let record = StoredRecord { no: 1, person: PersonNo(1), body, kept, salts: Default::default(), hash: [0; 32] };
            let _ = AccessEntry::of_record(&record);
        }
    }
}
