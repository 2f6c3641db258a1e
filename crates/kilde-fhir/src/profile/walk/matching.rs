//! Whether an item belongs to a slice: discriminators evaluated on the resource.

use super::Run;
use super::node::{Node, Nodes};
use super::reference::type_in;
use super::values::{has_pattern, is_fixed};
use crate::package::Canonical;
use crate::profile::codes::Membership;
use crate::profile::rule::{Check, Profile, Step, Test};
use std::sync::Arc;

/// Tests within tests deeper than this fail.
const MAX_DEPTH: usize = 24;

impl<'a> Run<'_, 'a> {
    /// Whether an item passes a test.
    pub(super) fn passes(&mut self, profile: &Arc<Profile>, test: &Test, node: Node<'a>, depth: usize) -> bool {
        if depth > MAX_DEPTH || !self.step() {
            return false;
        }
        if let (Check::Types(types), Some((Step::Resolve, before))) = (&test.check, test.path.split_last()) {
            let references = self.at_path(before, node);
            return references.into_iter().any(|r| self.leads_to(r, types));
        }
        let found = self.at_path(&test.path, node);
        match &test.check {
            Check::Exists(wanted) => found.is_empty() != *wanted,
            Check::Nothing => false,
            Check::Fixed(source) => found.iter().any(|n| is_fixed(n.value, source.value())),
            Check::Pattern(source) => found.iter().any(|n| n.value.is_some_and(|v| has_pattern(v, source.value(), 0))),
            Check::Text(text) => found
                .iter()
                .any(|n| n.text().is_some_and(|t| *t == **text || Canonical::new(&t).url == &**text)),
            Check::Types(types) => found.iter().any(|n| types.iter().any(|t| n.is_of_type(t))),
            Check::Binding(binding) => found.iter().any(|n| match self.in_value_set(&binding.value_set, *n) {
                Some(Membership::Unknown) => {
                    self.unsure = true;
                    false
                }
                found => found == Some(Membership::Yes),
            }),
            Check::All(tests) => found
                .into_iter()
                .any(|n| tests.iter().all(|t| self.passes(profile, t, n, depth + 1))),
            Check::Profiles(profiles) => found.into_iter().any(|n| {
                profiles
                    .iter()
                    .any(|canonical| match self.profile_or_part(canonical, profile.package) {
                        Some((wanted, part)) => self.conforms_to_part(&wanted, part, n).is_none(),
                        None => false,
                    })
            }),
        }
    }

    fn leads_to(&mut self, reference: Node<'a>, types: &[Box<str>]) -> bool {
        let Some(value) = reference.value else { return false };
        let literal = value.str("reference");
        let target = literal.as_deref().map(|r| self.scope.follow(r));
        let found = target
            .and_then(|t| self.scope.at(t))
            .and_then(|(_, v)| v.str("resourceType"))
            .or_else(|| literal.as_deref().and_then(type_in).map(|t| t.name().into()))
            .or_else(|| value.str("type"));
        found.is_some_and(|f| types.iter().any(|t| **t == *f || matches!(&**t, "Resource" | "DomainResource")))
    }

    /// The elements at a path.
    pub(super) fn at_path(&mut self, path: &[Step], node: Node<'a>) -> Nodes<'a> {
        let mut nodes = Nodes::from_slice(&[node]);
        for step in path {
            nodes = nodes.into_iter().flat_map(|n| self.at_step(step, n)).collect();
        }
        nodes
    }

    fn at_step(&mut self, step: &Step, node: Node<'a>) -> Nodes<'a> {
        match step {
            Step::Child(name) => node.named(name),
            Step::OfType(name) => std::iter::once(node).filter(|n| n.is_of_type(name)).collect(),
            Step::Extension(url) => node
                .children("extension", false)
                .into_iter()
                .filter(|e| e.value.and_then(|v| v.str("url")).is_some_and(|u| *u == **url))
                .collect(),
            Step::Resolve => {
                let literal = node.value.and_then(|v| v.str("reference"));
                let target = literal.map(|r| self.scope.follow(&r));
                target
                    .and_then(|t| self.scope.at(t))
                    .and_then(|(_, v)| Node::resource(v))
                    .into_iter()
                    .collect()
            }
        }
    }
}
