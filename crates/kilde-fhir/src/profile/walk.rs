//! One validation by profiles.

mod base;
mod bundle;
mod code_system;
mod codes;
mod conformance;
mod elsewhere;
mod extension;
mod extension_context;
mod item;
mod matching;
mod measure;
mod node;
mod obligation;
mod questionnaire;
mod reference;
mod resource;
mod search_parameter;
mod searchset;
mod slices;
mod texts;
mod value_set;
mod values;

use super::rule::{Profile, Rule, RuleId};
use super::say;
use super::validator::Validator;
use crate::finding::Finding;
use crate::json::Value;
use crate::validate::MAX_FINDINGS;
use crate::validate::place::{self, Found};
use node::Node;
use reference::Scope;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Rules nested deeper than this (profiles in profiles) are not followed.
const MAX_DEPTH: usize = 120;

/// Everything that profiles and R4's definitions say of a resource.
pub(super) fn run(validator: &Validator, resource: Value<'_>, profiles: &[&str], claims: bool) -> Vec<Finding> {
    let Some(node) = Node::resource(resource) else { return Vec::new() };
    let mut run = Run::new(validator, resource, claims);
    run.given(node, profiles);
    run.resource(node);
    if run.budget == 0 {
        run.trial = None;
        run.note(resource, false, || say::too_costly(validator.options.budget));
    }
    let dropped = run.dropped;
    let mut findings = place::locate(resource, run.found);
    let mut seen = FxHashSet::default();
    findings.retain(|f| {
        let details = f.details.as_deref();
        let condition = details.map(|d| (d.condition.clone(), d.expected.clone(), d.slice.clone()));
        seen.insert((f.position, f.rule, f.expression.clone(), condition))
    });
    if dropped > 0 {
        findings.push(say::too_many(dropped));
    }
    findings
}

/// What may be told of a value that was found: nothing that could be personal data.
pub(super) trait Shown {
    /// A code or URI, or nothing.
    fn shown(self) -> String;
}

impl Shown for Node<'_> {
    fn shown(self) -> String {
        let tellable = matches!(self.type_name, "code" | "uri" | "canonical" | "boolean");
        let text = self
            .text()
            .filter(|t| tellable && t.len() <= 120 && t.bytes().filter(u8::is_ascii_digit).count() <= 8);
        text.map_or_else(String::new, |t| format!("\"{t}\""))
    }
}

/// The state of one validation.
struct Run<'v, 'a> {
    v: &'v Validator,
    root: Value<'a>,
    scope: Scope<'a>,
    found: Vec<Found<'a>>,
    dropped: usize,
    /// Set while it is tried whether something conforms: the first error, nothing is told.
    trial: Option<Option<Box<Finding>>>,
    /// Elements (by place) that were examined by a rule (by address).
    checked: FxHashSet<(u32, usize)>,
    conforms: FxHashMap<(u32, usize), bool>,
    busy: Vec<(u32, usize)>,
    /// Ids of elements, by the place of their resource.
    ids: FxHashSet<(u32, String)>,
    /// What could not be decided is told once.
    undecided: FxHashSet<String>,
    /// Set when a discriminator could not be decided because codes are not known.
    unsure: bool,
    budget: u64,
    /// References that are being followed out of the resource, and the profile (by address) asked there.
    followed: Vec<(String, usize)>,
    /// Whether the profiles that resources claim are asked.
    claims: bool,
    depth: usize,
}

impl<'v, 'a> Run<'v, 'a> {
    fn new(v: &'v Validator, root: Value<'a>, claims: bool) -> Self {
        Run {
            v,
            root,
            scope: Scope::new(root),
            found: Vec::new(),
            dropped: 0,
            trial: None,
            checked: FxHashSet::default(),
            conforms: FxHashMap::default(),
            busy: Vec::new(),
            ids: FxHashSet::default(),
            undecided: FxHashSet::default(),
            unsure: false,
            budget: v.options.budget,
            followed: Vec::new(),
            claims,
            depth: 0,
        }
    }
}

impl<'a> Run<'_, 'a> {
    /// Takes a step; `false` if no more are to be taken.
    fn step(&mut self) -> bool {
        if self.budget == 0 || self.failed() {
            return false;
        }
        self.budget -= 1;
        true
    }

    /// Whether a trial has failed already.
    fn failed(&self) -> bool {
        matches!(self.trial, Some(Some(_)))
    }

    #[cold]
    fn report(&mut self, node: Node<'a>, finding: impl FnOnce() -> Finding) {
        self.note(node.anchor(), false, finding);
    }

    #[cold]
    fn note(&mut self, value: Value<'a>, at_key: bool, finding: impl FnOnce() -> Finding) {
        let finding = finding();
        match &mut self.trial {
            Some(first) => {
                if finding.is_error() && first.is_none() {
                    *first = Some(Box::new(finding));
                }
            }
            None if self.found.len() < MAX_FINDINGS => self.found.push(Found { value, at_key, finding }),
            None => self.dropped += 1,
        }
    }

    /// Tells once that something could not be decided.
    #[cold]
    fn tell_once(&mut self, node: Node<'a>, what: String, finding: impl FnOnce() -> Finding) {
        if self.trial.is_none() && self.undecided.insert(what) {
            self.report(node, finding);
        }
    }

    /// Runs something without telling; the first error, if there was one.
    fn attempt(&mut self, run: impl FnOnce(&mut Self)) -> Option<Box<Finding>> {
        let around = self.trial.replace(None);
        let checked = std::mem::take(&mut self.checked);
        run(self);
        self.checked = checked;
        std::mem::replace(&mut self.trial, around).flatten()
    }

    /// Examines an element by a profile, once.
    fn apply(&mut self, profile: &Arc<Profile>, node: Node<'a>) {
        self.apply_part(profile, 0, node);
    }

    /// Examines an element by the rule of one element of a profile, once.
    fn apply_part(&mut self, profile: &Arc<Profile>, part: RuleId, node: Node<'a>) {
        let key = (node.anchor().place(), std::ptr::from_ref(profile.rule(part)) as usize);
        if self.busy.contains(&key) || !self.checked.insert(key) || self.depth > MAX_DEPTH {
            return;
        }
        if part == 0 && !node.is_of_type(&profile.type_name) {
            self.report(node, || say::profile_type(profile, node.type_name));
            return;
        }
        self.busy.push(key);
        self.depth += 1;
        let rule: &Rule = profile.rule(part);
        self.item(profile, rule, node);
        self.depth -= 1;
        self.busy.pop();
    }

    /// Whether an element conforms to a profile, and the first reason if not.
    fn conforms(&mut self, profile: &Arc<Profile>, node: Node<'a>) -> Option<Box<Finding>> {
        self.conforms_to_part(profile, 0, node)
    }

    fn conforms_to_part(&mut self, profile: &Arc<Profile>, part: RuleId, node: Node<'a>) -> Option<Box<Finding>> {
        let key = (node.anchor().place(), std::ptr::from_ref(profile.rule(part)) as usize);
        if self.busy.contains(&key) || self.conforms.get(&key) == Some(&true) {
            return None;
        }
        let error = self.attempt(|run| run.apply_part(profile, part, node));
        if self.busy.is_empty() {
            self.conforms.insert(key, error.is_none());
        }
        error
    }
}
