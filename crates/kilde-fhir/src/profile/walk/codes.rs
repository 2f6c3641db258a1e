//! Codes and the value sets they are bound to.

use super::Run;
use super::node::Node;
use crate::finding::Severity;
use crate::json::Value;
use crate::profile::codes::{Coded, Membership};
use crate::profile::rule::{Binding, Profile, Rule, Strength};
use crate::profile::say;
use std::sync::Arc;

impl<'a> Run<'_, 'a> {
    /// An element's code or codes against its binding.
    pub(super) fn binding(&mut self, profile: &Arc<Profile>, rule: &Rule, binding: &Binding, node: Node<'a>) {
        if !self.step() {
            return;
        }
        let severity = match binding.strength {
            Strength::Required => Severity::Error,
            Strength::Extensible => Severity::Warning,
            Strength::Preferred => Severity::Information,
        };
        match self.in_value_set(&binding.value_set, node) {
            None => {
                if binding.strength == Strength::Required && node.type_name == "CodeableConcept" && !has_extension(node) {
                    self.report(node, || say::no_code(profile, rule, &binding.value_set));
                }
            }
            Some(Membership::Yes) => {}
            Some(Membership::No) => {
                self.report(node, || say::binding(profile, rule, &binding.value_set, severity));
            }
            Some(Membership::Unknown) if binding.strength == Strength::Preferred => {}
            Some(Membership::Unknown) => {
                let severity = match binding.strength {
                    Strength::Required => Severity::Warning,
                    _ => Severity::Information,
                };
                // Once for each value set: the same would be said of every code.
                let what = binding.value_set.to_string();
                self.tell_once(node, what, || say::binding_unknown(profile, rule, &binding.value_set, severity));
            }
        }
        if let Some(max) = &binding.max
            && self.in_value_set(max, node) == Some(Membership::No)
        {
            self.report(node, || say::binding(profile, rule, max, Severity::Error));
        }
    }

    /// Whether one of the element's codes is in the value set; `None` if it has no code.
    pub(super) fn in_value_set(&self, value_set: &str, node: Node<'a>) -> Option<Membership> {
        match node.type_name {
            "CodeableConcept" => {
                let mut best = None;
                for coding in node.value?.items("coding") {
                    match self.coding(value_set, coding) {
                        Some(Membership::Yes) => return Some(Membership::Yes),
                        Some(Membership::Unknown) => best = Some(Membership::Unknown),
                        Some(Membership::No) => best = best.or(Some(Membership::No)),
                        None => {}
                    }
                }
                best
            }
            "Coding" | "Quantity" | "Age" | "Count" | "Distance" | "Duration" => self.coding(value_set, node.value?),
            _ if node.primitive => {
                let code = node.text()?;
                Some(self.v.codes.member(
                    value_set,
                    &Coded {
                        code: &code,
                        ..Coded::default()
                    },
                ))
            }
            _ => None,
        }
    }

    fn coding(&self, value_set: &str, coding: Value<'a>) -> Option<Membership> {
        let code = coding.str("code")?;
        let (system, version, display) = (coding.str("system"), coding.str("version"), coding.str("display"));
        // A code without system is in no value set.
        let Some(system) = system else { return Some(Membership::No) };
        Some(self.v.codes.member(
            value_set,
            &Coded {
                system: Some(&system),
                version: version.as_deref(),
                code: &code,
                display: display.as_deref(),
            },
        ))
    }
}

fn has_extension(node: Node<'_>) -> bool {
    node.value.is_some_and(|v| v.get("extension").is_some())
}
