//! The responsible unit and how to reach it.

use crate::record::{ReadError, Record, Records, rtype};
use kilde_fhir::json::Value;

/// A unit, the units it is part of (nearest first), and a telephone number.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub name: String,
    pub chain: Vec<String>,
    /// The number, and whose it is if not the unit's own.
    pub phone: Option<(String, Option<String>)>,
}

/// Units met so far in one answer: each organisation is read once.
#[derive(Default)]
pub(super) struct Units {
    read: Vec<(Key, Option<Record>)>,
}

/// How a reference names an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Id(String),
    Identifier(String, String),
}

/// Longer hierarchies than this do not exist; a circle of `partOf` ends here.
const DEPTH: usize = 6;

impl Units {
    /// The unit that `managingOrganization` names, as far as it is known here.
    pub fn of(&mut self, episode: Value<'_>, records: &dyn Records) -> Result<Option<Unit>, ReadError> {
        let Some(reference) = episode.get("managingOrganization") else {
            return Ok(None);
        };
        let display = reference.str("display").map(|d| d.trim().to_owned()).filter(|d| !d.is_empty());
        let mut found: Vec<usize> = Vec::new();
        let mut next = self.meet(reference, records)?;
        while let Some(at) = next.take().filter(|at| found.len() < DEPTH && !found.contains(at)) {
            found.push(at);
            let above = self.met(at).and_then(|r| r.resource().get("partOf")).map(keys).unwrap_or_default();
            next = self.first(above, records)?;
        }
        let found: Vec<&Record> = found.into_iter().filter_map(|at| self.met(at)).collect();
        let name = |r: &&Record| r.resource().str("name").map(|n| n.into_owned());
        let mut names = found.iter().map(|r| name(r).unwrap_or_default());
        let Some(own) = names.next().filter(|n| !n.is_empty()) else {
            return Ok(display.map(|d| from_display(&d)));
        };
        let phone = found
            .iter()
            .find_map(|r| Some((phone(r.resource())?, name(r).filter(|n| *n != own))));
        let chain: Vec<String> = names.filter(|n| !n.is_empty()).collect();
        Ok(Some(match display.filter(|d| !same_name(d, &own)) {
            // The prototype's messages name the unit in words and deliver for the municipality.
            Some(display) => Unit {
                phone: phone.map(|(number, whose)| (number, Some(whose.unwrap_or_else(|| own.clone())))),
                chain: [own].into_iter().chain(chain).collect(),
                name: from_display(&display).name,
            },
            None => Unit { chain, name: own, phone },
        }))
    }

    /// The organisations that were read, to go along in the answer.
    pub fn into_records(self) -> impl Iterator<Item = Record> {
        self.read.into_iter().filter_map(|(_, record)| record)
    }

    fn meet(&mut self, reference: Value<'_>, records: &dyn Records) -> Result<Option<usize>, ReadError> {
        self.first(keys(reference), records)
    }

    /// The first of these that is found here.
    fn first(&mut self, keys: Vec<Key>, records: &dyn Records) -> Result<Option<usize>, ReadError> {
        for key in keys {
            if !self.read.iter().any(|(known, _)| *known == key) {
                let record = match &key {
                    Key::Id(id) => records.read(rtype("Organization"), id)?,
                    Key::Identifier(system, value) => records.find(rtype("Organization"), system, value)?,
                };
                // The same organisation may be met under its id and its number.
                let same = record
                    .as_ref()
                    .and_then(|new| self.read.iter().position(|(_, r)| r.as_ref().is_some_and(|r| r.id == new.id)));
                if let Some(at) = same {
                    return Ok(Some(at));
                }
                self.read.push((key.clone(), record));
            }
            let at = self.read.iter().position(|(known, record)| *known == key && record.is_some());
            if at.is_some() {
                return Ok(at);
            }
        }
        Ok(None)
    }

    fn met(&self, at: usize) -> Option<&Record> {
        self.read.get(at).and_then(|(_, record)| record.as_ref())
    }
}

/// What a reference says, the literal reference first.
fn keys(reference: Value<'_>) -> Vec<Key> {
    let identifier = reference.get("identifier").and_then(|i| {
        let (system, value) = (i.str("system")?, i.str("value")?);
        (!system.is_empty() && !value.is_empty()).then(|| Key::Identifier(system.into_owned(), value.into_owned()))
    });
    organisation_id(reference).map(Key::Id).into_iter().chain(identifier).collect()
}

/// The id of a relative or absolute reference to an Organization.
fn organisation_id(reference: Value<'_>) -> Option<String> {
    let text = reference.str("reference")?;
    let mut steps = text.rsplit('/');
    let mut id = steps.next()?;
    let mut kind = steps.next()?;
    if kind == "_history" {
        id = steps.next()?;
        kind = steps.next()?;
    }
    (kind == "Organization" && !id.is_empty()).then(|| id.to_owned())
}

fn phone(organisation: Value<'_>) -> Option<String> {
    let number = |t: Value<'_>| {
        let usable = t.str("system").as_deref() == Some("phone") && t.str("use").as_deref() != Some("old");
        if usable {
            t.str("value").map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
        } else {
            None
        }
    };
    organisation
        .items("telecom")
        .find_map(number)
        .or_else(|| organisation.items("contact").find_map(|c| c.items("telecom").find_map(number)))
}

/// Whether a display names the organisation itself: one of them is within the other.
fn same_name(display: &str, name: &str) -> bool {
    let (display, name) = (display.to_lowercase(), name.to_lowercase());
    display.contains(&name) || name.contains(&display)
}

/// `1.1.2.6 Kommune - Hjemmeboende - Sone Vest`: the unit is last, what it is part of before it.
fn from_display(display: &str) -> Unit {
    let text = display.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
    let mut names: Vec<String> = if text.is_empty() { display } else { text }
        .split(" - ")
        .map(|n| n.trim().to_owned())
        .filter(|n| !n.is_empty())
        .collect();
    let name = names.pop().unwrap_or_else(|| display.to_owned());
    names.reverse();
    Unit {
        name,
        chain: names,
        phone: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fake::Fake;
    use kilde_fhir::json::{Limits, parse};

    fn unit(others: &[&str], reference: &str) -> Option<Unit> {
        let fake = Fake {
            others: others.iter().map(|o| (*o).to_owned()).collect(),
            ..Fake::default()
        };
        let document = parse(format!(r#"{{"managingOrganization":{reference}}}"#), Limits::default()).unwrap();
        Units::default().of(document.root(), &fake).unwrap()
    }

    #[test]
    fn hierarchy_and_phone_of_the_nearest() {
        let zone = r#"{"resourceType":"Organization","id":"a","name":"Sone Vest","partOf":{"reference":"Organization/b"}}"#;
        let home = r#"{"resourceType":"Organization","id":"b","name":"Hjemmeboende","contact":[{"telecom":[{"system":"email","value":"x"},{"system":"phone","value":"23101600"}]}],"partOf":{"reference":"Organization/c"}}"#;
        let town = r#"{"resourceType":"Organization","id":"c","name":"Nordvik","telecom":[{"system":"phone","value":"1"}]}"#;
        let found = unit(&[zone, home, town], r#"{"reference":"Organization/a"}"#).unwrap();
        assert_eq!(found.name, "Sone Vest");
        assert_eq!(found.chain, vec!["Hjemmeboende", "Nordvik"]);
        assert_eq!(found.phone, Some(("23101600".into(), Some("Hjemmeboende".into()))));
    }

    #[test]
    fn by_organisation_number() {
        let zone = r#"{"resourceType":"Organization","id":"a","identifier":[{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"399901006"}],"name":"Sone Vest","telecom":[{"system":"phone","value":"1"}]}"#;
        let found = unit(
            &[zone],
            r#"{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"399901006"},"display":"Sone"}"#,
        )
        .unwrap();
        assert_eq!((found.name.as_str(), found.phone), ("Sone Vest", Some(("1".to_owned(), None))));
        let unknown = unit(
            &[zone],
            r#"{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"1"},"display":"Sone"}"#,
        )
        .unwrap();
        assert_eq!((unknown.name.as_str(), unknown.phone), ("Sone", None));
    }

    #[test]
    fn a_display_beside_the_municipality_names_the_unit() {
        let town = r#"{"resourceType":"Organization","id":"a","identifier":[{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"399901006"}],"name":"Nordvik kommune","telecom":[{"system":"phone","value":"1"}]}"#;
        let found = unit(
            &[town],
            r#"{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"399901006"},"display":"Hjemmetjenesten, sone Nord"}"#,
        )
        .unwrap();
        assert_eq!(found.name, "Hjemmetjenesten, sone Nord");
        assert_eq!(found.chain, ["Nordvik kommune"]);
        assert_eq!(found.phone, Some(("1".to_owned(), Some("Nordvik kommune".to_owned()))));
    }

    #[test]
    fn a_circle_ends() {
        let a = r#"{"resourceType":"Organization","id":"a","name":"A","partOf":{"reference":"Organization/b"}}"#;
        let b = r#"{"resourceType":"Organization","id":"b","name":"B","partOf":{"reference":"https://x/fhir/Organization/a/_history/2"}}"#;
        assert_eq!(unit(&[a, b], r#"{"reference":"Organization/a"}"#).unwrap().chain, vec!["B"]);
    }

    #[test]
    fn only_a_display() {
        let found = unit(&[], r#"{"display":"1.1.2.6 Test kommune - Hjemmeboende - Sone Vest"}"#).unwrap();
        assert_eq!(
            (found.name.as_str(), found.chain),
            ("Sone Vest", vec!["Hjemmeboende".to_owned(), "Test kommune".to_owned()])
        );
        assert_eq!(
            unit(&[], r#"{"reference":"Organization/gone","display":"Sone"}"#).unwrap().name,
            "Sone"
        );
        assert_eq!(unit(&[], r#"{"reference":"Organization/gone"}"#), None);
        assert_eq!(unit(&[], r#"{"reference":"Patient/a"}"#), None);
    }
}
