//! Quantities as answers: their bounds, in whatever unit, and the units that are allowed.

use super::extension;
use crate::json::Value;
use crate::profile::codes::{Coded, Membership};
use crate::profile::say::{self, Asked};
use crate::profile::walk::Run;
use crate::units;
use std::cmp::Ordering;

impl<'a> Run<'_, 'a> {
    /// `minQuantity`, `maxQuantity`, `unitOption` and `unitValueSet` of a question.
    pub(super) fn quantity(&mut self, question: Value<'_>, value: Value<'a>) {
        for (name, wrong) in [
            ("sdc-questionnaire-minQuantity", Ordering::Less),
            ("sdc-questionnaire-maxQuantity", Ordering::Greater),
        ] {
            let Some(bound) = extension(question, name).and_then(|e| e.get("valueQuantity")) else {
                continue;
            };
            match compare(value, bound) {
                Some(order) if order == wrong => self.note(value, false, || say::questionnaire(Asked::Bounds)),
                Some(_) => {}
                None => self.note(value, false, || say::questionnaire(Asked::Incomparable)),
            }
        }
        self.unit(question, value);
    }

    /// The unit is one of the options, or of the value set.
    fn unit(&mut self, question: Value<'_>, value: Value<'a>) {
        let mut options = question
            .items("extension")
            .filter(|e| e.str("url").is_some_and(|u| u.ends_with("/questionnaire-unitOption")))
            .filter_map(|e| e.get("valueCoding"))
            .peekable();
        let same = |o: Value<'_>| o.str("code") == value.str("code") && o.str("system") == value.str("system");
        if options.peek().is_some() && !options.any(same) {
            self.note(value, false, || say::questionnaire(Asked::Unit));
            return;
        }
        let Some(set) = extension(question, "questionnaire-unitValueSet").and_then(|e| e.str("valueCanonical")) else {
            return;
        };
        let (system, code) = (value.str("system"), value.str("code"));
        let member = match code.as_deref() {
            Some(code) if system.is_some() => self.v.codes.member(
                &set,
                &Coded {
                    system: system.as_deref(),
                    code,
                    ..Coded::default()
                },
            ),
            // A unit without code and system is in no value set.
            _ => Membership::No,
        };
        if member == Membership::No {
            self.note(value, false, || say::questionnaire(Asked::Unit));
        }
    }
}

/// Two quantities: by UCUM if both have its codes, else only if their units are the same.
pub(super) fn compare(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    let (x, y) = (a.get("value")?.raw(), b.get("value")?.raw());
    let code = |v: Value<'_>| v.str("code").map(std::borrow::Cow::into_owned);
    let ucum = |v: Value<'_>| v.str("system").as_deref() == Some(units::SYSTEM);
    if ucum(a) && ucum(b) {
        return units::compare((x, &code(a)?), (y, &code(b)?)).ok();
    }
    let unit = |v: Value<'_>| v.str("code").or_else(|| v.str("unit")).map(std::borrow::Cow::into_owned);
    if unit(a) != unit(b) {
        return None;
    }
    x.parse::<f64>().ok()?.partial_cmp(&y.parse().ok()?)
}
