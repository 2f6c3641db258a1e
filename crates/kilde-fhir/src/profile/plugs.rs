//! FHIRPath and terminology of this crate as what the validator asks.

use super::codes::{Coded, Codes, Membership};
use super::invariants::{Focus, Invariants};
use crate::fhirpath::{self, Context, Expression, Item, Node, Resolve};
use crate::json::Value;
use crate::terminology::{Answer, Terminology};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, OnceLock};

/// Steps that one invariant may take.
const STEPS: u64 = 500_000;

/// Expressions in one part of the list of those that are compiled, and parts.
const PART: usize = 256;
const PARTS: usize = 1024;

/// Invariants by [`crate::fhirpath`]; `memberOf()` asks the codes.
pub struct FhirPath {
    codes: Arc<dyn Codes>,
    /// In parts that never move, so that evaluating waits for nobody.
    expressions: Vec<OnceLock<Vec<OnceLock<Expression>>>>,
    numbers: Mutex<FxHashMap<String, u32>>,
}

impl FhirPath {
    /// An evaluator that asks these codes.
    pub fn new(codes: Arc<dyn Codes>) -> Self {
        FhirPath {
            codes,
            expressions: (0..PARTS).map(|_| OnceLock::new()).collect(),
            numbers: Mutex::default(),
        }
    }
}

impl Invariants for FhirPath {
    fn compile(&self, expression: &str) -> Result<u32, String> {
        let mut numbers = self.numbers.lock().map_err(|_| "another thread failed".to_owned())?;
        if let Some(number) = numbers.get(expression) {
            return Ok(*number);
        }
        let new = Expression::compile(expression).map_err(|e| e.to_string())?;
        let number = numbers.len();
        let part = self
            .expressions
            .get(number / PART)
            .ok_or_else(|| "too many expressions".to_owned())?;
        let part = part.get_or_init(|| (0..PART).map(|_| OnceLock::new()).collect());
        if let Some(place) = part.get(number % PART) {
            place.get_or_init(|| new);
        }
        let number = u32::try_from(number).map_err(|e| e.to_string())?;
        numbers.insert(expression.to_owned(), number);
        Ok(number)
    }

    fn holds(&self, expression: u32, focus: &Focus<'_>) -> Result<bool, String> {
        let number = expression as usize;
        let part = self.expressions.get(number / PART).and_then(OnceLock::get);
        let found = part.and_then(|p| p.get(number % PART)?.get());
        let expression = found.ok_or_else(|| "no such expression".to_owned())?;
        let entries = Entries(focus.whole);
        let member = Member(&*self.codes);
        let context = Context::new(focus.root_resource)
            .with_resource(focus.resource)
            .with_resolver(&entries)
            .with_terminology(&member)
            .with_steps(STEPS);
        let node = Node::element(focus.value, focus.companion, focus.type_name);
        expression
            .evaluate_to_boolean(&context, &[Item::Node(node)])
            .map_err(|e| e.to_string())
    }
}

/// The entries of the Bundle that is validated.
struct Entries<'a>(Value<'a>);

impl<'a> Resolve<'a> for Entries<'a> {
    fn resolve(&self, reference: &str) -> Option<Value<'a>> {
        let plain = reference.split_once("/_history/").map_or(reference, |(p, _)| p);
        let named = |r: Value<'_>| {
            let (name, id) = plain.split_once('/').unwrap_or_default();
            r.str("resourceType").as_deref() == Some(name) && r.str("id").as_deref() == Some(id)
        };
        let mut entries = self
            .0
            .items("entry")
            .take(10_000)
            .filter_map(|e| Some((e.str("fullUrl"), e.get("resource")?)));
        entries.find(|(url, r)| url.as_deref() == Some(plain) || named(*r)).map(|(_, r)| r)
    }
}

struct Member<'c>(&'c dyn Codes);

impl fhirpath::Terminology for Member<'_> {
    fn member_of(&self, codes: &[fhirpath::Coded<'_>], value_set: &str) -> Option<bool> {
        let mut unknown = false;
        for coded in codes {
            let asked = Coded {
                system: coded.system.as_deref(),
                version: coded.version.as_deref(),
                code: &coded.code,
                display: None,
            };
            match self.0.member(value_set, &asked) {
                Membership::Yes => return Some(true),
                Membership::No => {}
                Membership::Unknown => unknown = true,
            }
        }
        (!unknown).then_some(false)
    }

    fn subsumes(&self, _: &fhirpath::Coded<'_>, _: &fhirpath::Coded<'_>) -> Option<bool> {
        None
    }
}

impl From<Answer> for Membership {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Membership::Yes,
            Answer::No => Membership::No,
            Answer::Unknown => Membership::Unknown,
        }
    }
}

impl Codes for Terminology {
    fn member(&self, value_set: &str, coded: &Coded<'_>) -> Membership {
        self.in_value_set(value_set, coded.system, coded.code).into()
    }

    fn known(&self, coded: &Coded<'_>) -> Membership {
        coded.system.map_or(Membership::Unknown, |s| self.has_code(s, coded.code).into())
    }

    fn term(&self, coded: &Coded<'_>) -> Membership {
        match (coded.system, coded.display) {
            (Some(system), Some(display)) => self.is_term(system, coded.version, coded.code, display).into(),
            _ => Membership::Unknown,
        }
    }
}

/// Terminology of all code systems, value sets and concept maps of the packages, and what of it
/// could not be used.
pub fn terminology_of(packages: &crate::package::Packages) -> (Terminology, Vec<crate::finding::Finding>) {
    let mut builder = crate::terminology::TerminologyBuilder::new();
    builder.packages(packages);
    builder.build()
}
