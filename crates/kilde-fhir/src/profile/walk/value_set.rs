//! A ValueSet by itself: the code systems that it names, the codes that it lists, and its filters.

use super::Run;
use crate::json::Value;
use crate::profile::codes::{Coded, Membership};
use crate::profile::say;
use crate::terminology::{EclError, SNOMED, SctId, check_ecl};
use std::borrow::Cow;

impl<'a> Run<'_, 'a> {
    pub(super) fn value_set(&mut self, set: Value<'a>) {
        let compose = set.get("compose");
        let parts = compose.into_iter().flat_map(|c| c.items("include").chain(c.items("exclude")));
        for part in parts {
            let Some(place) = part.get("system") else { continue };
            let Some(system) = place.as_str() else { continue };
            if !system.contains(':') {
                self.note(place, false, say::value_set_system);
                continue;
            }
            self.listed_codes(part, &system);
            for filter in part.items("filter") {
                if !self.step() {
                    return;
                }
                self.filter(&system, filter);
            }
        }
    }

    /// The codes that a value set lists, and their texts.
    fn listed_codes(&mut self, part: Value<'a>, system: &str) {
        let version = part.str("version");
        for concept in part.items("concept") {
            if !self.step() {
                return;
            }
            let Some(place) = concept.get("code") else { continue };
            let Some(code) = place.as_str() else { continue };
            let coded = Coded {
                system: Some(system),
                version: version.as_deref(),
                code: &code,
                display: None,
            };
            if self.v.codes.known(&coded) == Membership::No {
                let severity = self.v.options.unknown_code;
                self.note(place, false, || say::code_not_in_system(system, severity));
            }
        }
    }

    /// The value of a filter is one that the property can have.
    fn filter(&mut self, system: &str, filter: Value<'a>) {
        let (Some(property), Some(op), Some(place)) = (filter.str("property"), filter.str("op"), filter.get("value")) else {
            return;
        };
        let Some(value) = place.as_str() else { return };
        let one = |code: &str| match system {
            SNOMED => SctId::concept(code).is_ok(),
            _ => {
                self.v.codes.known(&Coded {
                    system: Some(system),
                    code,
                    ..Coded::default()
                }) != Membership::No
            }
        };
        let good = match (&*property, &*op) {
            ("constraint" | "expression", "=") if system == SNOMED => is_ecl(&value),
            ("concept", "is-a" | "descendent-of" | "is-not-a" | "generalizes") => one(&value),
            ("concept" | "code" | "display" | "definition", _) => true,
            (_, "exists") => matches!(&*value, "true" | "false"),
            (_, "=") => self.of_type(system, &property, &value),
            (_, "in" | "not-in") => value.split(',').all(|v| self.of_type(system, &property, v.trim())),
            _ => true,
        };
        if !good {
            self.note(place, false, || say::value_set_filter(&property));
        }
    }

    /// Whether a text is a value of the property's type, as the code system, if it is loaded, defines it. Numbers are given
    /// the benefit: servers take comparisons in them.
    fn of_type(&self, system: &str, property: &str, value: &str) -> bool {
        let packages = self.v.packages();
        let found = packages.resolve("CodeSystem", system, None);
        let Some(definition) = found.and_then(|id| packages.resource(id).root()) else {
            return true;
        };
        let stated = definition.items("property").find(|p| p.str("code").as_deref() == Some(property));
        let known = |system: &str, code: &str| {
            self.v.codes.known(&Coded {
                system: Some(system),
                code,
                ..Coded::default()
            }) != Membership::No
        };
        match stated.and_then(|p| p.str("type")).unwrap_or(Cow::Borrowed("string")).as_ref() {
            "boolean" => matches!(value, "true" | "false"),
            "dateTime" => crate::date::parse(value).is_some(),
            "code" => known(system, value),
            "Coding" => value
                .rsplit_once('#')
                .or_else(|| value.rsplit_once('|'))
                .is_none_or(|(s, code)| known(s, code)),
            _ => true,
        }
    }
}

/// Whether an expression is ECL; what is ECL but not supported is given the benefit.
fn is_ecl(expression: &str) -> bool {
    !matches!(
        check_ecl(expression),
        Err(EclError::Syntax { .. } | EclError::TooLong | EclError::TooDeep)
    )
}
