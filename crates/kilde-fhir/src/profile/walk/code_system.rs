//! A CodeSystem by itself: its properties, what its concepts say of them, and supplements.

use super::Run;
use crate::json::Value;
use crate::profile::codes::{Coded, Membership};
use crate::profile::say;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Concepts within concepts deeper than this are not examined.
const MAX_DEPTH: usize = 60;

/// The properties that HL7 defines for all code systems, by the end of their address, and their types
/// ([R4, CodeSystem, defined properties](https://hl7.org/fhir/R4/codesystem.html#defined-props), and those added since).
const DEFINED: &[(&str, &str)] = &[
    ("inactive", "boolean"),
    ("deprecated", "dateTime"),
    ("deprecationDate", "dateTime"),
    ("retirementDate", "dateTime"),
    ("notSelectable", "boolean"),
    ("parent", "code"),
    ("child", "code"),
    ("partOf", "code"),
    ("synonym", "code"),
    ("status", "code"),
    ("comment", "string"),
    ("itemWeight", "decimal"),
];

const HOME: &str = "http://hl7.org/fhir/concept-properties#";

impl<'a> Run<'_, 'a> {
    pub(super) fn code_system(&mut self, system: Value<'a>) {
        let types = self.properties(system);
        let supplemented = system.str("supplements");
        let content = system.get("content");
        let is_supplement = content.and_then(Value::as_str).as_deref() == Some("supplement");
        if supplemented.is_some() && !is_supplement {
            self.note(content.unwrap_or(system), false, say::supplement_content);
        }
        self.concepts(system, &types, supplemented.as_deref(), 0);
    }

    /// Properties are defined once, and HL7's as HL7 defines them. Gives the type of each.
    fn properties(&mut self, system: Value<'a>) -> FxHashMap<Cow<'a, str>, Cow<'a, str>> {
        let mut types: FxHashMap<Cow<'a, str>, Cow<'a, str>> = FxHashMap::default();
        let mut addresses: Vec<Cow<'a, str>> = Vec::new();
        for property in system.items("property") {
            if !self.step() {
                break;
            }
            let kind = property.str("type").unwrap_or_default();
            if let Some(place) = property.get("uri")
                && let Some(uri) = place.as_str()
            {
                let defined = uri.strip_prefix(HOME).and_then(|name| DEFINED.iter().find(|(n, _)| *n == name));
                if let Some((_, expected)) = defined.filter(|(_, expected)| kind != *expected) {
                    self.note(property.get("type").unwrap_or(property), false, || say::property_type(expected));
                }
                if addresses.contains(&uri) {
                    self.note(place, false, say::property_twice);
                } else if addresses.len() < 1000 {
                    addresses.push(uri);
                }
            }
            let Some(place) = property.get("code") else { continue };
            let Some(code) = place.as_str() else { continue };
            match types.entry(code) {
                std::collections::hash_map::Entry::Occupied(_) => self.note(place, false, say::property_twice),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(kind);
                }
            }
        }
        types
    }

    fn concepts(&mut self, around: Value<'a>, types: &FxHashMap<Cow<'a, str>, Cow<'a, str>>, supplemented: Option<&str>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for concept in around.items("concept") {
            if !self.step() {
                return;
            }
            if let (Some(base), Some(place)) = (supplemented, concept.get("code"))
                && let Some(code) = place.as_str()
                && self.v.codes.known(&Coded {
                    system: Some(base),
                    code: &code,
                    ..Coded::default()
                }) == Membership::No
            {
                let severity = self.v.options.unknown_code;
                self.note(place, false, || say::code_not_in_system(base, severity));
            }
            for property in concept.items("property") {
                let Some(kind) = property.str("code").and_then(|c| types.get(&c)) else {
                    continue;
                };
                let value = property.children().find(|c| c.key().is_some_and(|k| k.starts_with("value")));
                let Some(value) = value else { continue };
                let found = value.key().unwrap_or_default();
                if !found.strip_prefix("value").is_some_and(|f| f.eq_ignore_ascii_case(kind)) {
                    self.note(value, true, || say::property_value(kind));
                }
            }
            self.concepts(concept, types, supplemented, depth + 1);
        }
    }
}
