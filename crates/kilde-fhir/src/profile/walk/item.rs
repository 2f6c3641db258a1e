//! An element against its rule.

use super::node::{Node, Nodes};
use super::{MAX_DEPTH, Run};
use crate::package::PackageId;
use crate::profile::invariants::Focus;
use crate::profile::rule::{Invariant, Profile, Rule, RuleId};
use crate::profile::say;
use crate::profile::snapshot::profile_part;
use std::sync::Arc;

impl<'a> Run<'_, 'a> {
    /// One element: what its definition asks, and then what stands below it.
    pub(super) fn item(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        if !self.step() || self.depth > MAX_DEPTH {
            return;
        }
        self.own(profile, rule, node);
        self.below(profile, rule, node);
    }

    /// What stands below an element.
    pub(super) fn below(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        if rule.children.is_empty() {
            return;
        }
        let around = self.enter(node);
        self.depth += 1;
        for child in &rule.children {
            let child = profile.rule(*child);
            self.element(profile, child, node);
        }
        self.depth -= 1;
        if let Some(around) = around {
            self.scope = around;
        }
    }

    /// All elements of one name below a parent.
    fn element(&mut self, profile: &Arc<Profile>, rule: &Rule, parent: Node<'a>) {
        if !self.step() {
            return;
        }
        // What a primitive has inside stands in `_name`; without one nothing is asked but presence.
        let nodes: Nodes<'a> = parent.children(&rule.name, rule.choice);
        self.cardinality(profile, rule, parent, &nodes);
        match &rule.slicing {
            Some(slicing) => self.slices(profile, rule, slicing, parent, &nodes),
            None => {
                for node in nodes {
                    self.item(profile, rule, node);
                }
            }
        }
    }

    /// How often an element is there.
    pub(super) fn cardinality(&mut self, profile: &Arc<Profile>, rule: &Rule, parent: Node<'a>, nodes: &[Node<'a>]) {
        let count = nodes.len();
        if count < rule.min as usize && !(parent.primitive && parent.value.is_some() && &*rule.name == "value") {
            self.report(parent, || say::min(profile, rule, count));
        } else if rule.must_support && count == 0 {
            self.report(parent, || say::must_support(profile, rule));
        }
        if let Some(max) = rule.max
            && count > max as usize
        {
            let extra = nodes.get(max as usize).copied().unwrap_or(parent);
            self.report(extra, || say::max(profile, rule, max, count));
        }
    }

    /// What the definition of an element itself asks.
    pub(super) fn own(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        if rule.narrowed && !rule.types.is_empty() && !rule.types.iter().any(|t| node.is_of_type(&t.code)) {
            self.report(node, || say::types(profile, rule, node.type_name));
            return;
        }
        self.values(profile, rule, node);
        if let Some(binding) = &rule.binding {
            self.binding(profile, rule, binding, node);
        }
        for invariant in &rule.invariants {
            self.invariant(profile, rule, invariant, node);
        }
        if !rule.types.is_empty() {
            self.type_profiles(profile, rule, node);
            if node.type_name == "Reference" {
                self.reference(profile, rule, node);
            }
        }
    }

    fn invariant(&mut self, profile: &Arc<Profile>, rule: &Rule, invariant: &Invariant, node: Node<'a>) {
        if !self.step() {
            return;
        }
        let v = self.v;
        let Some(evaluator) = v.invariants.as_deref() else { return };
        let focus = Focus {
            value: node.value,
            companion: node.companion,
            type_name: node.type_name,
            resource: self.scope.resource,
            root_resource: self.scope.container,
            whole: self.root,
        };
        match evaluator.holds(invariant.expression, &focus) {
            Ok(true) => {}
            Ok(false) => self.report(node, || say::invariant(profile, rule, invariant)),
            Err(why) => {
                let what = format!("{}{}", profile.url, invariant.key);
                self.tell_once(node, what, || say::invariant_undecided(profile, rule, invariant, &why));
            }
        }
    }

    /// Profiles on the element's type: one of them must hold.
    fn type_profiles(&mut self, profile: &Arc<Profile>, rule: &Rule, node: Node<'a>) {
        let Some(of_type) = rule.types.iter().find(|t| !t.profiles.is_empty() && node.is_of_type(&t.code)) else {
            return;
        };
        // An untyped alternative of the same type asks nothing.
        if rule.types.iter().any(|t| t.profiles.is_empty() && node.is_of_type(&t.code)) {
            return;
        }
        let mut choices = Vec::new();
        for canonical in &of_type.profiles {
            match self.profile_or_part(canonical, profile.package) {
                Some(found) => choices.push(found),
                None => {
                    self.tell_once(node, canonical.to_string(), || say::profile_unknown(canonical));
                    return;
                }
            }
        }
        match choices.as_slice() {
            [(one, part)] => self.apply_part(one, *part, node),
            many => self.one_of(profile, rule, many, node),
        }
    }

    /// A profile, and the rule of its root or of the element that is meant.
    pub(super) fn profile_or_part(&self, canonical: &str, from: PackageId) -> Option<(Arc<Profile>, RuleId)> {
        let (url, element) = profile_part(canonical);
        let found = self.v.profile(url, Some(from))?;
        let rule = element.map_or(Some(0), |e| found.part(e))?;
        Some((found, rule))
    }

    fn one_of(&mut self, profile: &Arc<Profile>, rule: &Rule, choices: &[(Arc<Profile>, RuleId)], node: Node<'a>) {
        let mut first = None;
        for (choice, part) in choices {
            match self.conforms_to_part(choice, *part, node) {
                None => return,
                Some(error) => first = first.or(Some(error)),
            }
        }
        let names: Vec<String> = choices.iter().map(|(p, _)| p.canonical()).collect();
        self.report(node, || say::no_profile(profile, rule, &names, first.as_deref()));
    }
}
