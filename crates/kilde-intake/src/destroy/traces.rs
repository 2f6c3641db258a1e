//! What the quarantine holds of something that is destroyed. Nobody knows for certain whom a message there concerns: an item goes if its text has a
//! national number or a Patient's id that names the person, or the element's id.

use super::DestroyError;
use crate::intake::Intake;
use kilde_access::Relations;
use kilde_log::{Destruction, EventNo, PersonNo};
use std::collections::HashSet;

/// Items that are looked at together.
const PAGE: usize = 100;
/// Why an item is settled.
const WHY: &str = "destroyed with what it concerns";
/// A longer word is no id.
const LONGEST: usize = 64;

impl Intake {
    /// Erases items of the quarantine that concern what an event destroys.
    pub(super) fn erase_traces(&self, no: EventNo, what: &Destruction) -> Result<(), DestroyError> {
        let mut persons: HashSet<PersonNo> = HashSet::new();
        for person in &what.persons {
            persons.extend(self.index.same_person(*person));
        }
        let ids: HashSet<String> = match self.log.event(no)? {
            Some(event) => event.entries.into_iter().map(|entry| entry.id).collect(),
            None => HashSet::new(),
        };
        let mut erased = Vec::new();
        let mut before = None;
        loop {
            let items = self.keeper.quarantine.list(before, PAGE)?;
            let Some(last) = items.last() else { break };
            before = Some(last.no);
            for item in items {
                let original = self.keeper.quarantine.get(item.no)?.and_then(|(_, original)| original);
                let texts = [original.as_deref().unwrap_or_default(), &item.findings_json[..]];
                let mut concerned = false;
                for text in texts {
                    concerned = concerned || self.concerns(text, &persons, &ids)?;
                }
                if concerned {
                    erased.push((item.no, item.resolution.is_none()));
                }
            }
        }
        let numbers: Vec<u64> = erased.iter().map(|(no, _)| *no).collect();
        self.keeper.quarantine.erase(&numbers, WHY)?;
        for (_, open) in erased {
            if open {
                self.keeper.settled();
            }
        }
        Ok(())
    }

    fn concerns(&self, text: &[u8], persons: &HashSet<PersonNo>, ids: &HashSet<String>) -> Result<bool, DestroyError> {
        let mut seen = HashSet::new();
        for word in words(text) {
            if !seen.insert(word) {
                continue;
            }
            if ids.contains(word) {
                return Ok(true);
            }
            if persons.is_empty() {
                continue;
            }
            let names = [format!("Patient/{word}"), format!("nin|{word}")];
            for name in &names[..1 + usize::from(word.len() == 11)] {
                if self.log.person(name)?.is_some_and(|person| persons.contains(&person)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The words that could be ids.
fn words(text: &[u8]) -> impl Iterator<Item = &str> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    text.split(move |byte| !is_part(byte))
        .filter(|word| !word.is_empty() && word.len() <= LONGEST)
        .filter_map(|word| std::str::from_utf8(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_words() {
        let found: Vec<&str> = words(br#"{"id":"a-1.b","subject":{"reference":"Patient/19779998080"},"x":""#).collect();
        assert_eq!(found, ["id", "a-1.b", "subject", "reference", "Patient", "19779998080", "x"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            prop_assert!(words(&bytes).all(|word| word.len() <= LONGEST));
        }
    }
}
