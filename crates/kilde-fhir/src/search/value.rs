//! From an element to what it is found by, by the element's type (R4, Search, 3.1.1.4).

use super::extract::Indexed;
use super::number::decimal;
use super::reference::{self, Reference};
use super::table::{ParamId, ParamType, get};
use crate::date;
use crate::json::Value;
use std::borrow::Cow;

/// How an element of a certain type is read for a parameter of a certain type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Code,
    Boolean,
    Coding,
    CodeableConcept,
    Identifier,
    ContactPoint,
    Text,
    HumanName,
    Address,
    Date,
    Period,
    Timing,
    Number,
    NumberRange,
    Quantity,
    Money,
    QuantityRange,
    SampledData,
    Uri,
    Reference,
    Canonical,
    Resource,
}

impl Reading {
    /// The reading for a parameter's type and an element's type; `None` if they do not go
    /// together (an age in a date parameter).
    pub fn of(kind: ParamType, element: &str) -> Option<Reading> {
        use ParamType as P;
        Some(match (kind, element) {
            (P::Token, "code" | "id" | "string" | "uri" | "oid" | "uuid" | "url" | "canonical" | "markdown") => Reading::Code,
            (P::Token, "boolean") => Reading::Boolean,
            (P::Token, "Coding") => Reading::Coding,
            (P::Token, "CodeableConcept") => Reading::CodeableConcept,
            (P::Token, "Identifier") => Reading::Identifier,
            (P::Token, "ContactPoint") => Reading::ContactPoint,
            (P::String, "string" | "markdown" | "code" | "id") => Reading::Text,
            (P::String, "HumanName") => Reading::HumanName,
            (P::String, "Address") => Reading::Address,
            (P::Date, "date" | "dateTime" | "instant") => Reading::Date,
            (P::Date, "Period") => Reading::Period,
            (P::Date, "Timing") => Reading::Timing,
            (P::Number, "decimal" | "integer" | "positiveInt" | "unsignedInt") => Reading::Number,
            (P::Number, "Range") => Reading::NumberRange,
            (P::Quantity, "Quantity" | "Age" | "Count" | "Distance" | "Duration") => Reading::Quantity,
            (P::Quantity, "Money") => Reading::Money,
            (P::Quantity, "Range") => Reading::QuantityRange,
            (P::Quantity, "SampledData") => Reading::SampledData,
            (P::Uri, "uri" | "url" | "canonical" | "oid" | "uuid") => Reading::Uri,
            (P::Reference, "Reference") => Reading::Reference,
            (P::Reference, "canonical" | "uri" | "url") => Reading::Canonical,
            (P::Reference, "Resource") => Reading::Resource,
            _ => return None,
        })
    }

    /// Gives what the element is found by.
    pub fn read<'a>(self, element: Value<'a>, param: ParamId, out: &mut dyn FnMut(ParamId, Indexed<'a>)) {
        let mut give = |indexed| out(param, indexed);
        match self {
            Reading::Code => token(None, filled(element), &mut give),
            Reading::Boolean => {
                if let Some(b) = element.as_bool() {
                    token(None, Some(if b { "true" } else { "false" }.into()), &mut give);
                }
            }
            Reading::Coding => token(text(element, "system"), text(element, "code"), &mut give),
            Reading::CodeableConcept => {
                for coding in element.items("coding") {
                    token(text(coding, "system"), text(coding, "code"), &mut give);
                }
            }
            Reading::Identifier => token(text(element, "system"), text(element, "value"), &mut give),
            Reading::ContactPoint => token(None, text(element, "value"), &mut give),
            Reading::Text => {
                if let Some(text) = filled(element) {
                    give(Indexed::String(text));
                }
            }
            Reading::HumanName => strings(element, &["family", "given", "prefix", "suffix", "text"], &mut give),
            Reading::Address => strings(
                element,
                &["line", "city", "district", "state", "postalCode", "country", "text"],
                &mut give,
            ),
            Reading::Date | Reading::Period | Reading::Timing => {
                if let Some(range) = self.time(element) {
                    give(Indexed::Date(range));
                }
            }
            Reading::Number => {
                if let Some(n) = element.as_number().and_then(decimal) {
                    give(Indexed::Number { low: n, high: n });
                }
            }
            Reading::NumberRange => {
                if let Some((low, high)) = range(element) {
                    give(Indexed::Number { low, high });
                }
            }
            Reading::Quantity | Reading::Money | Reading::QuantityRange | Reading::SampledData => {
                if let Some(quantity) = self.quantity(element) {
                    give(quantity);
                }
            }
            Reading::Uri => {
                if let Some(uri) = filled(element) {
                    give(Indexed::Uri(uri));
                }
            }
            Reading::Reference => reference::read(element, &mut |r| give(Indexed::Reference(r))),
            Reading::Canonical => canonical(element, &mut give),
            Reading::Resource => {
                let Some(local) = reference::to_resource(element) else { return };
                let wanted = get(param).is_some_and(|p| matches!(local, Reference::Local { rtype, .. } if p.targets.contains(&rtype)));
                if wanted {
                    give(Indexed::Reference(local));
                }
            }
        }
    }

    fn time(self, element: Value<'_>) -> Option<date::Range> {
        match self {
            Reading::Date => date::parse(&element.as_str()?),
            Reading::Period => date::period(text(element, "start").as_deref(), text(element, "end").as_deref()),
            Reading::Timing => {
                let events = element.items("event").filter_map(|e| date::parse(&e.as_str()?));
                let bounds = element.path(&["repeat", "boundsPeriod"]).and_then(|p| Reading::Period.time(p));
                events.chain(bounds).reduce(|a, b| date::Range {
                    from_ms: a.from_ms.min(b.from_ms),
                    to_ms: a.to_ms.max(b.to_ms),
                })
            }
            _ => None,
        }
    }

    fn quantity<'a>(self, element: Value<'a>) -> Option<Indexed<'a>> {
        let number = |v: Value<'_>, name: &str| v.get(name)?.as_number().and_then(decimal);
        match self {
            Reading::Quantity => {
                let value = number(element, "value")?;
                let (low, high) = match element.get("comparator").and_then(Value::as_plain_str) {
                    Some("<" | "<=") => (f64::NEG_INFINITY, value),
                    Some(">" | ">=") => (value, f64::INFINITY),
                    _ => (value, value),
                };
                Some(measured(element, value, low, high))
            }
            Reading::Money => {
                let value = number(element, "value")?;
                let code = text(element, "currency");
                let system = code.is_some().then_some(Cow::Borrowed("urn:iso:std:iso:4217"));
                Some(Indexed::Quantity {
                    value,
                    low: value,
                    high: value,
                    system,
                    unit: code.clone(),
                    code,
                })
            }
            Reading::QuantityRange => {
                let (low, high) = range(element)?;
                let bound = element.get("low").or_else(|| element.get("high"))?;
                Some(measured(bound, number(bound, "value")?, low, high))
            }
            Reading::SampledData => {
                let origin = element.get("origin")?;
                let zero = number(origin, "value")?;
                let factor = number(element, "factor").unwrap_or(1.0);
                let data = text(element, "data")?;
                let samples = data.split_ascii_whitespace().filter_map(decimal).map(|n| zero + n * factor);
                let (low, high) = samples.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| (low.min(n), high.max(n)));
                (low <= high && low.is_finite() && high.is_finite()).then(|| measured(origin, low, low, high))
            }
            _ => None,
        }
    }
}

/// A quantity's number with its units.
fn measured<'a>(quantity: Value<'a>, value: f64, low: f64, high: f64) -> Indexed<'a> {
    Indexed::Quantity {
        value,
        low,
        high,
        system: text(quantity, "system"),
        code: text(quantity, "code"),
        unit: text(quantity, "unit"),
    }
}

/// The bounds of a `Range`; a bound that is not given is open.
fn range(element: Value<'_>) -> Option<(f64, f64)> {
    let bound = |name: &str| element.path(&[name, "value"])?.as_number().and_then(decimal);
    let (low, high) = (bound("low"), bound("high"));
    if low.is_none() && high.is_none() {
        return None;
    }
    let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    (low <= high).then_some((low, high))
}

/// A string that is not empty.
fn filled(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.as_str().filter(|s| !s.is_empty())
}

/// The string of a property, if it is there and not empty.
fn text<'a>(object: Value<'a>, property: &str) -> Option<Cow<'a, str>> {
    object.get(property).and_then(filled)
}

fn token<'a>(system: Option<Cow<'a, str>>, code: Option<Cow<'a, str>>, give: &mut dyn FnMut(Indexed<'a>)) {
    if system.is_some() || code.is_some() {
        give(Indexed::Token { system, code });
    }
}

fn strings<'a>(element: Value<'a>, properties: &[&str], give: &mut dyn FnMut(Indexed<'a>)) {
    for property in element.children() {
        if property.key().is_some_and(|key| properties.contains(&key.as_ref())) {
            let mut give = |value| {
                if let Some(text) = filled(value) {
                    give(Indexed::String(text));
                }
            };
            if property.is_array() {
                property.children().for_each(give)
            } else {
                give(property)
            }
        }
    }
}

/// A canonical is found with its version and without.
fn canonical<'a>(element: Value<'a>, give: &mut dyn FnMut(Indexed<'a>)) {
    let Some(url) = filled(element).filter(|url| !url.starts_with('#')) else {
        return;
    };
    if let Some((bare, _)) = url.split_once('|').filter(|(bare, _)| !bare.is_empty()) {
        let bare = match &url {
            Cow::Borrowed(_) => element.as_plain_str().and_then(|plain| plain.get(..bare.len())).map(Cow::Borrowed),
            Cow::Owned(_) => Some(Cow::Owned(bare.to_owned())),
        };
        if let Some(bare) = bare {
            give(Indexed::Reference(Reference::Absolute(bare)));
        }
    }
    give(Indexed::Reference(Reference::Absolute(url)));
}
