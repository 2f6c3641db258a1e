//! Fixed values, patterns, bounds and length.

use super::Run;
use super::node::Node;
use crate::json::{Kind, Value};
use crate::profile::rule::{Presence, Profile, Rule};
use crate::profile::say;
use std::cmp::Ordering;
use std::sync::Arc;

/// Values nested deeper than this differ.
const MAX_DEPTH: usize = 40;

impl<'a> Run<'_, 'a> {
    pub(super) fn values(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        if let Some(fixed) = &rule.fixed
            && !is_fixed(node.value, fixed.value())
        {
            let place = node.value.and_then(|v| differing(v, fixed.value(), true));
            self.note(place.unwrap_or(node.anchor()), false, || {
                say::fixed(profile, rule, node, fixed.value())
            });
        }
        if let Some(pattern) = &rule.pattern
            && !node.value.is_some_and(|v| has_pattern(v, pattern.value(), 0))
        {
            let place = node.value.and_then(|v| differing(v, pattern.value(), false));
            self.note(place.unwrap_or(node.anchor()), false, || {
                say::pattern(profile, rule, node, pattern.value())
            });
        }
        if let Some(presence) = &rule.presence {
            self.presence(profile, rule, presence, node);
        }
        for asked in &rule.sections {
            self.sections(profile, rule, asked, node);
        }
        if let (Some(length), Some(text)) = (rule.max_length, node.text())
            && text.chars().count() > length
        {
            self.report(node, || say::max_length(profile, rule, length));
        }
        for (bound, wrong) in [(&rule.min_value, Ordering::Less), (&rule.max_value, Ordering::Greater)] {
            if let Some(bound) = bound
                && compare(node, bound.value()) == Some(wrong)
            {
                let low = wrong == Ordering::Less;
                self.report(node, || say::bound(profile, rule, bound.value(), low));
            }
        }
    }
}

impl<'a> Run<'_, 'a> {
    /// A primitive that must have a value, or an extension that stands for it.
    fn presence(&mut self, profile: &Arc<Profile>, rule: &Rule, presence: &Presence, node: Node<'a>) {
        if !node.primitive || node.value.is_some() {
            return;
        }
        match presence {
            Presence::Value => self.report(node, || say::value_missing(profile, rule)),
            Presence::Or(urls) => {
                let mut extensions = node.companion.into_iter().flat_map(|c| c.items("extension"));
                if !extensions.any(|e| e.str("url").is_some_and(|u| urls.iter().any(|w| **w == *u))) {
                    self.report(node, || say::value_alternatives(profile, rule, urls));
                }
            }
        }
    }

    /// A narrative's sections by language.
    fn sections(&mut self, profile: &Arc<Profile>, rule: &Rule, asked: &str, node: Node<'a>) {
        let Some(text) = node.value.and_then(|v| v.str("div")) else {
            return;
        };
        let found = crate::validate::narrative_sections(&text);
        let of_resource = self.scope.resource.str("language");
        let good = match asked {
            "_no" => found.is_empty(),
            "_yes" => !found.is_empty(),
            "_resource" => of_resource.is_none_or(|l| found.contains(&&*l)),
            language => found.contains(&language),
        };
        if !good {
            self.report(node, || say::narrative_sections(profile, rule, asked));
        }
    }
}

/// Whether a value is exactly the fixed one.
pub(super) fn is_fixed(value: Option<Value<'_>>, fixed: Value<'_>) -> bool {
    value.is_some_and(|v| same(v, fixed, 0))
}

fn same(a: Value<'_>, b: Value<'_>, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) => {
            a.children().count() == b.children().count()
                && b.children()
                    .all(|y| y.key().and_then(|k| a.get(&k)).is_some_and(|x| same(x, y, depth + 1)))
        }
        (Kind::Array, Kind::Array) => {
            a.children().count() == b.children().count() && a.children().zip(b.children()).all(|(x, y)| same(x, y, depth + 1))
        }
        _ => same_primitive(a, b),
    }
}

/// Whether a value has all that the pattern has; a list has, for each item of the pattern's list,
/// one that has it.
pub(super) fn has_pattern(value: Value<'_>, pattern: Value<'_>, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (value.kind(), pattern.kind()) {
        (Kind::Object, Kind::Object) => pattern
            .children()
            .all(|p| p.key().and_then(|k| value.get(&k)).is_some_and(|v| has_pattern(v, p, depth + 1))),
        (Kind::Array, Kind::Array) => pattern.children().all(|p| value.children().any(|v| has_pattern(v, p, depth + 1))),
        (Kind::Array, _) => value.children().any(|v| has_pattern(v, pattern, depth + 1)),
        _ => same_primitive(value, pattern),
    }
}

fn same_primitive(a: Value<'_>, b: Value<'_>) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::String, Kind::String) => a.as_str() == b.as_str(),
        (Kind::Number, Kind::Number) => a.raw() == b.raw() || number(a.raw()).is_some_and(|x| number(b.raw()) == Some(x)),
        (x, y) => x == y && a.raw() == b.raw(),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The first part of the value that is not as asked, if it can be pointed at.
fn differing<'a>(value: Value<'a>, asked: Value<'_>, exact: bool) -> Option<Value<'a>> {
    if !value.is_object() || !asked.is_object() {
        return None;
    }
    let wrong = |child: &Value<'a>| {
        let Some(key) = child.key() else { return false };
        match asked.get(&key) {
            Some(a) if exact => !same(*child, a, 0),
            Some(a) => !has_pattern(*child, a, 0),
            None => exact,
        }
    };
    value.children().find(wrong)
}

/// Where a value stands towards a bound; `None` if they cannot be compared.
fn compare(node: Node<'_>, bound: Value<'_>) -> Option<Ordering> {
    if bound.is_object() {
        let value = node.value?;
        let (ours, theirs) = (value.get("value")?, bound.get("value")?);
        let unit = |v: Value<'_>| {
            v.str("code")
                .or_else(|| v.str("unit"))
                .map(std::borrow::Cow::into_owned)
                .unwrap_or_default()
        };
        let (ours, theirs) = (number(ours.raw())?, number(theirs.raw())?);
        if unit(value) != unit(bound) {
            // Without conversion only signs can be told apart.
            return match (ours < 0.0, theirs >= 0.0) {
                (true, true) => Some(Ordering::Less),
                _ => None,
            };
        }
        return ours.partial_cmp(&theirs);
    }
    let text = node.text()?;
    match bound.kind() {
        Kind::Number => number(&text)?.partial_cmp(&number(bound.raw())?),
        Kind::String => {
            let bound = bound.as_str()?;
            if node.type_name == "time" {
                return Some(text.as_ref().cmp(bound.as_ref()));
            }
            let (ours, theirs) = (crate::date::parse(&text)?, crate::date::parse(&bound)?);
            Some(if ours.to_ms <= theirs.from_ms {
                Ordering::Less
            } else if ours.from_ms >= theirs.to_ms {
                Ordering::Greater
            } else {
                Ordering::Equal
            })
        }
        _ => None,
    }
}
