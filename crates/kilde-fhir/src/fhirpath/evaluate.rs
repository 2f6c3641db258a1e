//! Evaluation: walks the compiled form.

use super::ast::{Call, Expr, Kind, Right, Step, StepKind};
use super::context::Context;
use super::equality::{self, Work};
use super::error::{ErrorKind, EvaluationError, fault};
use super::item::{Item, Node};
use super::navigate::member_of_value;
use super::system::{System, Text};
use super::{functions, operators};
use regex::Regex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

pub(super) type Items<'a> = Vec<Item<'a>>;
pub(super) type Outcome<'a> = Result<Items<'a>, EvaluationError>;

/// Texts longer than this are not made.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// One evaluation.
pub(super) struct Evaluator<'e, 'a> {
    pub(super) context: &'e Context<'a>,
    /// `%context`
    pub(super) origin: &'e [Item<'a>],
    pub(super) left: u64,
    pub(super) regexes: FxHashMap<String, Arc<Regex>>,
}

/// What `$this`, `$index` and `$total` are.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) this: &'s [Item<'a>],
    pub(super) index: Option<usize>,
    pub(super) total: Option<&'s [Item<'a>]>,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// The scope of an expression about one item of a collection.
    pub(super) fn of_item<'t>(self, item: &'t Item<'a>, index: usize) -> Scope<'t, 'a>
    where
        's: 't,
    {
        Scope {
            this: std::slice::from_ref(item),
            index: Some(index),
            total: self.total,
        }
    }
}

pub(super) fn one<'a>(value: System<'a>) -> Items<'a> {
    vec![Item::Value(value)]
}

pub(super) fn boolean_item<'a>(value: bool) -> Items<'a> {
    one(System::Boolean(value))
}

impl<'a> Evaluator<'_, 'a> {
    /// Takes steps from those that are left.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), EvaluationError> {
        match self.left.checked_sub(steps as u64) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(fault(
                ErrorKind::Cost,
                format!("more than the {} steps that an evaluation may take", self.context.steps),
            )),
        }
    }

    /// Bounds a text that is about to be made.
    pub(super) fn spend_text(&mut self, bytes: usize) -> Result<(), EvaluationError> {
        if bytes > MAX_TEXT {
            return Err(fault(ErrorKind::Cost, "a text longer than an evaluation may make"));
        }
        self.spend(bytes / 16)
    }

    pub(super) fn eval(&mut self, expr: &Expr, scope: Scope<'_, 'a>) -> Outcome<'a> {
        self.spend(1).map_err(|e| e.at(expr.offset))?;
        match &expr.kind {
            Kind::Empty => Ok(Vec::new()),
            Kind::Constant(value) => Ok(one(value.clone())),
            Kind::This => Ok(scope.this.to_vec()),
            Kind::Index => Ok(scope
                .index
                .and_then(|i| i32::try_from(i).ok())
                .map_or(Vec::new(), |i| one(System::Integer(i)))),
            Kind::Total => Ok(scope.total.map(<[Item<'a>]>::to_vec).unwrap_or_default()),
            Kind::Variable(name) => self.variable(name).map_err(|e| e.at(expr.offset)),
            Kind::Member(name) => self.head(name, scope.this).map_err(|e| e.at(expr.offset)),
            Kind::Call(call) => self.call(call, scope.this, scope).map_err(|e| e.at(expr.offset)),
            Kind::Chain(first, steps) => {
                let (first, steps) = match (&first.kind, steps.split_first()) {
                    // Without a copy of the focus.
                    (Kind::This, Some((step, rest))) => (self.step(step, scope.this, scope)?, rest),
                    _ => (self.eval(first, scope)?, steps.as_slice()),
                };
                steps.iter().try_fold(first, |items, step| self.step(step, &items, scope))
            }
            Kind::Sign(minus, term) => {
                let items = self.eval(term, scope)?;
                operators::sign(*minus, &items).map_err(|e| e.at(expr.offset))
            }
            Kind::Operators(first, rest) => {
                let first = self.eval(first, scope)?;
                rest.iter().try_fold(first, |left, operation| {
                    let result = match &operation.right {
                        Right::Type(t) => self.type_operator(operation.operator, &left, t),
                        Right::Expr(right) => self.operator(operation.operator, left, right, scope),
                    };
                    result.map_err(|e| e.at(operation.offset))
                })
            }
        }
    }

    fn step(&mut self, step: &Step, items: &[Item<'a>], scope: Scope<'_, 'a>) -> Outcome<'a> {
        match &step.kind {
            StepKind::Member(name) => self.members(name, items),
            StepKind::Call(call) => self.call(call, items, scope),
            StepKind::Index(index) => {
                let index = self.eval(index, scope)?;
                self.indexed(items, &index)
            }
        }
        .map_err(|e| e.at(step.offset))
    }

    fn call(&mut self, call: &Call, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Outcome<'a> {
        self.spend(1)?;
        functions::call(self, call, input, scope)
    }

    fn indexed(&mut self, items: &[Item<'a>], index: &[Item<'a>]) -> Outcome<'a> {
        let index = integer(index)?;
        let found = index.and_then(|i| usize::try_from(i).ok()).and_then(|i| items.get(i));
        Ok(found.cloned().into_iter().collect())
    }

    /// The children of that name of all items.
    pub(super) fn members(&mut self, name: &str, items: &[Item<'a>]) -> Outcome<'a> {
        let mut found = Vec::new();
        for item in items {
            let before = found.len();
            let looked_at = match item {
                Item::Node(node) => node.member(name, &mut found),
                Item::Value(value) => {
                    found.extend(member_of_value(value, name));
                    1
                }
            };
            self.spend(1 + looked_at / 8 + found.len() - before)?;
        }
        Ok(found)
    }

    /// A name at the beginning of a path: the items that have the type of that name, else children.
    fn head(&mut self, name: &str, items: &[Item<'a>]) -> Outcome<'a> {
        let may_be_type = name.starts_with(|c: char| c.is_ascii_uppercase());
        let is_type = |item: &Item<'a>| item.node().is_some_and(|n| n.fhir_type().is_named(name));
        if may_be_type && items.iter().any(is_type) {
            return Ok(items.iter().filter(|i| is_type(i)).cloned().collect());
        }
        self.members(name, items)
    }

    fn variable(&mut self, name: &str) -> Outcome<'a> {
        if let Some(items) = self.context.variables.get(name) {
            return Ok(items.clone());
        }
        let text = |text: &str| Ok(one(System::string(text)));
        match name {
            "context" => Ok(self.origin.to_vec()),
            "resource" => Ok(self.resource(&self.context.resource)),
            "rootResource" => Ok(self.resource(&self.context.root_resource)),
            "ucum" => text(super::item::UCUM),
            "sct" => text("http://snomed.info/sct"),
            "loinc" => text("http://loinc.org"),
            _ => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
                (Some(vs), _) => text(&format!("http://hl7.org/fhir/ValueSet/{vs}")),
                (_, Some(ext)) => text(&format!("http://hl7.org/fhir/StructureDefinition/{ext}")),
                _ => Err(fault(ErrorKind::Unknown, "a variable that is not defined")),
            },
        }
    }

    /// What the context says, else the resource that the focus is in.
    fn resource(&self, given: &Option<Item<'a>>) -> Items<'a> {
        let focus = || {
            let value = self.origin.first()?.node()?.value()?;
            Some(Item::Node(Node::resource(value.document().root())))
        };
        given.clone().or_else(focus).into_iter().collect()
    }

    /// Items that are not yet among those found, by equality.
    pub(super) fn distinct(&mut self, items: impl IntoIterator<Item = Item<'a>>) -> Outcome<'a> {
        let mut seen = Seen::default();
        let mut found = Vec::new();
        for item in items {
            if seen.insert(self, &item)? {
                found.push(item);
            }
        }
        Ok(found)
    }

    /// Lets a comparison take from the steps that are left.
    pub(super) fn with_work<T>(&mut self, compare: impl FnOnce(&mut Work) -> T) -> Result<T, EvaluationError> {
        let mut work = Work { left: self.left };
        let result = compare(&mut work);
        self.left = work.left;
        self.spend(1)?;
        Ok(result)
    }

    pub(super) fn equal(&mut self, a: &Item<'a>, b: &Item<'a>) -> Result<Option<bool>, EvaluationError> {
        self.with_work(|work| equality::equal(a, b, work))
    }
}

/// A set of items by equality.
#[derive(Default)]
pub(super) struct Seen<'a> {
    by_key: FxHashMap<u64, Vec<Item<'a>>>,
}

impl<'a> Seen<'a> {
    /// The set of all these.
    pub(super) fn of(evaluator: &mut Evaluator<'_, 'a>, items: &[Item<'a>]) -> Result<Self, EvaluationError> {
        let mut seen = Seen::default();
        for item in items {
            seen.insert(evaluator, item)?;
        }
        Ok(seen)
    }

    /// Adds an item; `false` if it is there.
    pub(super) fn insert(&mut self, evaluator: &mut Evaluator<'_, 'a>, item: &Item<'a>) -> Result<bool, EvaluationError> {
        let key = evaluator.with_work(|work| equality::key(item, work))?;
        let same_key = self.by_key.entry(key).or_default();
        for other in same_key.iter() {
            if evaluator.equal(item, other)? == Some(true) {
                return Ok(false);
            }
        }
        same_key.push(item.clone());
        Ok(true)
    }

    /// Whether an item is there.
    pub(super) fn contains(&self, evaluator: &mut Evaluator<'_, 'a>, item: &Item<'a>) -> Result<bool, EvaluationError> {
        let key = evaluator.with_work(|work| equality::key(item, work))?;
        for other in self.by_key.get(&key).into_iter().flatten() {
            if evaluator.equal(item, other)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The one item, if there is one.
pub(super) fn single<'i, 'a>(items: &'i [Item<'a>]) -> Result<Option<&'i Item<'a>>, EvaluationError> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        _ => Err(fault(ErrorKind::NotSingle, "several items where one is allowed")),
    }
}

/// As a condition: a single item that is no boolean counts as true.
pub(super) fn boolean(items: &[Item<'_>]) -> Result<Option<bool>, EvaluationError> {
    Ok(single(items)?.and_then(|item| match item.system() {
        Some(System::Boolean(value)) => Some(value),
        Some(_) => Some(true),
        None => Some(true).filter(|_| item.node().is_none_or(|n| n.value().is_some())),
    }))
}

pub(super) fn integer(items: &[Item<'_>]) -> Result<Option<i32>, EvaluationError> {
    match single(items)?.map(Item::system) {
        None => Ok(None),
        Some(Some(System::Integer(value))) => Ok(Some(value)),
        _ => Err(fault(ErrorKind::Type, "expected an integer")),
    }
}

pub(super) fn text<'a>(items: &[Item<'a>]) -> Result<Option<Text<'a>>, EvaluationError> {
    match single(items)? {
        None => Ok(None),
        Some(item) => match item.text() {
            Some(text) => Ok(Some(text)),
            None if is_primitive_without_value(item) => Ok(None),
            None => Err(fault(ErrorKind::Type, "expected a string")),
        },
    }
}

fn is_primitive_without_value(item: &Item<'_>) -> bool {
    use super::types::FhirType::Primitive;
    item.node()
        .is_some_and(|n| matches!(n.fhir_type(), Primitive(_)) && n.value().is_none())
}
