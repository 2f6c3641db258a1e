//! Slicing: which slice each item belongs to, and whether that is allowed.

use super::Run;
use super::node::Node;
use crate::profile::rule::{Check, Profile, Rule, Slice, Slicing};
use crate::profile::say;
use std::sync::Arc;

/// The slice for what no other slice takes.
const DEFAULT: &str = "@default";

/// The slice that an item came nearest to, and the first discriminator that it failed.
struct Near<'r> {
    slice: &'r Slice,
    passed: usize,
    failed: &'r str,
}

impl<'a> Run<'_, 'a> {
    /// All items of a sliced element.
    pub(super) fn slices(&mut self, profile: &Arc<Profile>, rule: &Rule, slicing: &Slicing, parent: Node<'a>, nodes: &[Node<'a>]) {
        let mut counts = vec![0usize; slicing.slices.len()];
        let mut near: Vec<Option<(usize, &str)>> = vec![None; slicing.slices.len()];
        let (mut last, mut unmatched_before) = (0usize, false);
        let default = slicing.slices.iter().position(|s| &*s.name == DEFAULT);
        for node in nodes {
            if !self.step() {
                return;
            }
            let found = self.slice_of(profile, slicing, *node, &mut near);
            let Some(index) = found.or(default) else {
                unmatched_before = true;
                self.unmatched(profile, rule, slicing, *node);
                continue;
            };
            let slice = &slicing.slices[index];
            counts[index] += 1;
            if slicing.open_at_end && unmatched_before {
                self.report(*node, || say::slice_end(profile, rule, &slice.name));
            }
            if slicing.ordered && index < last {
                self.report(*node, || say::slice_order(profile, rule, &slice.name, &slicing.slices[last].name));
            }
            last = last.max(index);
            let slice_rule = profile.rule(slice.rule);
            if let Some(inner) = &slice_rule.slicing {
                self.slices(profile, slice_rule, inner, parent, std::slice::from_ref(node));
            }
            self.item(profile, slice_rule, *node);
        }
        for (index, slice) in slicing.slices.iter().enumerate() {
            let slice_rule = profile.rule(slice.rule);
            if slice.tests.iter().any(|t| matches!(t.check, Check::Nothing)) {
                let what = format!("{}{}", profile.url, slice_rule.id);
                if !nodes.is_empty() || slice_rule.min > 0 {
                    self.tell_once(parent, what, || say::slicing_undecided(profile, slice_rule, &shown(slice)));
                }
                continue;
            }
            let count = counts[index];
            if count < slice_rule.min as usize {
                let failed = near[index].map_or_else(|| shown(slice), |(_, failed)| failed.to_owned());
                self.report(parent, || say::slice_min(profile, slice_rule, &slice.name, count, &failed));
            } else if slice_rule.must_support && count == 0 {
                self.report(parent, || say::must_support(profile, slice_rule));
            }
            if let Some(max) = slice_rule.max
                && count > max as usize
            {
                self.report(parent, || say::slice_max(profile, slice_rule, &slice.name, max, count));
            }
        }
    }

    /// The first slice whose discriminators all hold; notes how near the others came.
    fn slice_of<'r>(
        &mut self,
        profile: &Arc<Profile>,
        slicing: &'r Slicing,
        node: Node<'a>,
        near: &mut [Option<(usize, &'r str)>],
    ) -> Option<usize> {
        for (index, slice) in slicing.slices.iter().enumerate() {
            if slice.tests.is_empty() || &*slice.name == DEFAULT {
                continue;
            }
            let mut passed = 0;
            let mut failed = None;
            for test in &slice.tests {
                if self.passes(profile, test, node, 0) {
                    passed += 1;
                } else {
                    failed = failed.or(Some(&*test.shown));
                }
            }
            match failed {
                None => return Some(index),
                Some(failed) if near[index].is_none_or(|(before, _)| passed > before) => near[index] = Some((passed, failed)),
                Some(_) => {}
            }
        }
        None
    }

    /// An item of no slice: by the rules of the element, if slices leave room for it.
    fn unmatched(&mut self, profile: &Arc<Profile>, rule: &Rule, slicing: &Slicing, node: Node<'a>) {
        if slicing.closed {
            let undecided = slicing.slices.iter().any(|s| s.tests.iter().any(|t| matches!(t.check, Check::Nothing)));
            if !undecided {
                let near = self.nearest(profile, slicing, node);
                self.report(node, || say::slice_closed(profile, rule, near.as_ref().map(|n| (&*n.slice.name, n.failed))));
            }
        }
        self.own(profile, rule, node);
        self.below(profile, rule, node);
    }

    fn nearest<'r>(&mut self, profile: &Arc<Profile>, slicing: &'r Slicing, node: Node<'a>) -> Option<Near<'r>> {
        let mut best: Option<Near<'r>> = None;
        for slice in &slicing.slices {
            let mut passed = 0;
            let mut failed = None;
            for test in &slice.tests {
                if self.passes(profile, test, node, 0) {
                    passed += 1;
                } else {
                    failed = failed.or(Some(&*test.shown));
                }
            }
            if let Some(failed) = failed
                && best.as_ref().is_none_or(|b| passed > b.passed)
            {
                best = Some(Near { slice, passed, failed });
            }
        }
        best
    }
}

/// A slice's discriminators, for findings.
fn shown(slice: &Slice) -> String {
    let all: Vec<&str> = slice.tests.iter().map(|t| &*t.shown).collect();
    all.join(", ")
}
