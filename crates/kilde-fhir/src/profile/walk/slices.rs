//! Slicing: which slice each item belongs to, and whether that is allowed.

use super::Run;
use super::node::Node;
use crate::profile::rule::{Check, Profile, Rule, Slice, Slicing};
use crate::profile::say;
use std::sync::Arc;

/// The slice for what no other slice takes.
const DEFAULT: &str = "@default";

/// How near the items came to a slice.
#[derive(Clone, Copy, Default)]
struct Near<'r> {
    passed: usize,
    /// The first discriminator that the nearest item failed.
    failed: Option<&'r str>,
    /// Whether it could not be decided for some item.
    unsure: bool,
}

impl<'a> Run<'_, 'a> {
    /// All items of a sliced element.
    pub(super) fn slices(&mut self, profile: &Arc<Profile>, rule: &Rule, slicing: &Slicing, parent: Node<'a>, nodes: &[Node<'a>]) {
        let mut counts = vec![0usize; slicing.slices.len()];
        let mut near: Vec<Near<'_>> = vec![Near::default(); slicing.slices.len()];
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
            if near[index].unsure || slice.tests.iter().any(|t| matches!(t.check, Check::Nothing)) {
                let what = format!("{}{}", profile.url, slice_rule.id);
                if !nodes.is_empty() || slice_rule.min > 0 {
                    self.tell_once(parent, what, || say::slicing_undecided(profile, slice_rule, &shown(slice)));
                }
                continue;
            }
            let count = counts[index];
            if count < slice_rule.min as usize {
                let failed = near[index].failed.map_or_else(|| shown(slice), str::to_owned);
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

    /// The first slice whose discriminators all hold; notes how near the item came to the others.
    fn slice_of<'r>(&mut self, profile: &Arc<Profile>, slicing: &'r Slicing, node: Node<'a>, near: &mut [Near<'r>]) -> Option<usize> {
        for (slice, near) in slicing.slices.iter().zip(near.iter_mut()) {
            if slice.tests.is_empty() || &*slice.name == DEFAULT {
                continue;
            }
            let mut passed = 0;
            let mut failed = None;
            self.unsure = false;
            for test in &slice.tests {
                if self.passes(profile, test, node, 0) {
                    passed += 1;
                } else {
                    failed = failed.or(Some(&*test.shown));
                }
            }
            if failed.is_some() && (near.failed.is_none() || passed > near.passed) {
                *near = Near {
                    passed,
                    failed,
                    unsure: near.unsure,
                };
            }
            near.unsure |= failed.is_some() && self.unsure;
            if failed.is_none() {
                return slicing.slices.iter().position(|s| std::ptr::eq(s, slice));
            }
        }
        None
    }

    /// An item of no slice: by the rules of the element, if slices leave room for it.
    fn unmatched(&mut self, profile: &Arc<Profile>, rule: &Rule, slicing: &Slicing, node: Node<'a>) {
        if slicing.closed || self.v.options.unmatched_slices {
            let mut near = vec![Near::default(); slicing.slices.len()];
            self.slice_of(profile, slicing, node, &mut near);
            let silent = slicing
                .slices
                .iter()
                .any(|s| s.tests.iter().any(|t| matches!(t.check, Check::Nothing)));
            if !silent && !near.iter().any(|n| n.unsure) {
                let nearest = (0..near.len()).rev().max_by_key(|i| near[*i].passed);
                let nearest = nearest.and_then(|i| Some((&*slicing.slices[i].name, near[i].failed?)));
                self.report(node, || match slicing.closed {
                    true => say::slice_closed(profile, rule, nearest),
                    false => say::slice_none(profile, rule, nearest),
                });
            }
        }
        self.own(profile, rule, node);
        self.below(profile, rule, node);
    }
}

/// A slice's discriminators, for findings.
fn shown(slice: &Slice) -> String {
    let all: Vec<&str> = slice.tests.iter().map(|t| &*t.shown).collect();
    all.join(", ")
}
