//! Family names and addresses of a person, for the review of unusual access. No scope is asked: they are compared, and never shown.

use crate::error::IndexError;
use crate::index::Index;
use crate::index::Looking;
use kilde_fhir::json::{self, Value};
use kilde_log::PersonNo;

/// Family names and addresses as her Patient resources have them, in lower case.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Household {
    /// Family names.
    pub families: Vec<String>,
    /// Addresses: lines and postal code.
    pub addresses: Vec<String>,
}

impl Index {
    /// What is registered of a person's household; empty where nothing is.
    ///
    /// # Errors
    /// The store refused.
    pub fn household(&self, person: PersonNo) -> Result<Household, IndexError> {
        self.look_inside().household(person)
    }
}

impl Looking<'_> {
    fn household(&self, person: PersonNo) -> Result<Household, IndexError> {
        let mut out = Household::default();
        if !person.is_some() {
            return Ok(out);
        }
        let mut places = Vec::new();
        self.each_of_person(person, &[self.index.types.patient], |_, record| {
            if !record.header.deleted {
                places.push((record.header.event, record.header.entry));
            }
            Ok(true)
        })?;
        for (event, entry) in places {
            let Some(body) = self.index.log.payload(event, entry)? else {
                continue;
            };
            if let Ok(document) = json::parse(body, json::Limits::default()) {
                read(document.root(), &mut out);
            }
        }
        Ok(out)
    }
}

fn read(patient: Value<'_>, out: &mut Household) {
    let current = |item: &Value<'_>| item.str("use").as_deref() != Some("old") && item.get("period").and_then(|p| p.get("end")).is_none();
    for name in patient.items("name").filter(current) {
        out.families
            .extend(name.str("family").map(|family| folded(&family)).filter(|f| !f.is_empty()));
    }
    for address in patient.items("address").filter(current) {
        let lines: Vec<String> = address
            .items("line")
            .filter_map(|line| line.as_str().map(|text| folded(&text)))
            .collect();
        let code = address.str("postalCode").map(|code| folded(&code)).unwrap_or_default();
        if !lines.is_empty() && !code.is_empty() {
            out.addresses.push(format!("{}|{code}", lines.join("|")));
        }
    }
}

/// Lower case, with single spaces.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_in_use() {
        let text = r#"{"resourceType":"Patient","name":[{"family":" Havnes "},{"use":"old","family":"Moe"}],
            "address":[{"line":["Storgata  1"],"postalCode":"9901"},{"line":["Storgata 2"]},{"line":["Gammel 3"],"postalCode":"1","period":{"end":"2020"}}]}"#;
        let document = json::parse(text.as_bytes().to_vec(), json::Limits::default()).unwrap();
        let mut out = Household::default();
        read(document.root(), &mut out);
        assert_eq!(
            (out.families, out.addresses),
            (vec!["havnes".to_owned()], vec!["storgata 1|9901".to_owned()])
        );
    }
}
