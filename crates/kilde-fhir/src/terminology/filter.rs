//! Filters of value sets: which concepts of a code system a property picks.

use super::code_system::{ABSTRACT, CodeSystem, DEFINED, INACTIVE};
use super::concept_set::{ConceptId, ConceptSet};
use super::error::{Missing, short};
use super::sctid::SNOMED;
use super::value_set::Filter;
use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashSet;

/// The concepts for which the filter holds.
pub(super) fn evaluate(filter: &Filter, system: &CodeSystem, ecl_steps: usize) -> Result<ConceptSet, Missing> {
    let unsupported = || Missing::Filter(system.info.url.clone(), short(&filter.property), short(&filter.op));
    let snomed = system.info.url == SNOMED;
    match (filter.property.as_str(), filter.op.as_str()) {
        ("expression" | "constraint", "=") if snomed => super::ecl::evaluate(&filter.value, system, ecl_steps).map_err(Missing::Expression),
        // Whether post-coordinated expressions are meant too: there are none here.
        ("expressions", "=") if snomed => Ok(ConceptSet::all(system.len())),
        ("concept", "in") if snomed && !filter.value.contains(',') => {
            let refset = start(&filter.value, system)?;
            let members = system.refsets.get(&refset);
            members
                .cloned()
                .ok_or_else(|| Missing::Code(system.info.url.clone(), short(&filter.value)))
        }
        ("concept" | "code", op) => {
            hierarchy(op, &filter.value, system).unwrap_or_else(|| property(filter, system).ok_or_else(unsupported)?)
        }
        _ => property(filter, system).ok_or_else(unsupported)?,
    }
}

/// The concept that a filter starts from.
fn start(code: &str, system: &CodeSystem) -> Result<ConceptId, Missing> {
    let code = code.trim();
    system.find(code).ok_or_else(|| Missing::Code(system.info.url.clone(), short(code)))
}

/// Operators of the hierarchy; `None` if it is another.
fn hierarchy(op: &str, code: &str, system: &CodeSystem) -> Option<Result<ConceptSet, Missing>> {
    let around = |make: fn(&CodeSystem, ConceptId) -> ConceptSet| Some(start(code, system).map(|c| make(system, c)));
    match op {
        "is-a" => around(|s, c| s.descendants_or_self(c)),
        "descendent-of" => around(|s, c| {
            let mut found = s.descendants_or_self(c);
            found.remove(c);
            found
        }),
        "is-not-a" => around(|s, c| {
            let mut found = ConceptSet::all(s.len());
            found.subtract(&s.descendants_or_self(c));
            found
        }),
        "generalizes" => around(|s, c| s.ancestors_or_self(c)),
        _ => None,
    }
}

/// What a property's values are compared with.
enum Test {
    Equals(String),
    OneOf(FxHashSet<String>),
    Matches(Regex),
    Exists,
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Test::Equals(wanted) => wanted == value,
            Test::OneOf(wanted) => wanted.contains(value),
            Test::Matches(pattern) => pattern.is_match(value),
            Test::Exists => true,
        }
    }
}

/// Filters on values. The outer `None`: no such operator or property.
fn property(filter: &Filter, system: &CodeSystem) -> Option<Result<ConceptSet, Missing>> {
    let list = || filter.value.split(',').map(|v| v.trim().to_owned()).collect();
    let (test, negated) = match filter.op.as_str() {
        "=" => (Test::Equals(filter.value.clone()), false),
        "in" => (Test::OneOf(list()), false),
        "not-in" => (Test::OneOf(list()), true),
        "exists" => (Test::Exists, filter.value == "false"),
        "regex" => (Test::Matches(pattern(&filter.value)?), false),
        _ => return None,
    };
    let mut found = values(&filter.property, &test, system)?;
    if negated {
        let mut rest = ConceptSet::all(system.len());
        rest.subtract(&found);
        found = rest;
    }
    Some(Ok(found))
}

/// A pattern for the whole value, bounded in size.
fn pattern(text: &str) -> Option<Regex> {
    if text.len() > 1000 {
        return None;
    }
    RegexBuilder::new(&format!("^(?:{text})$"))
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .ok()
}

/// The concepts of which a value of the property passes the test. `None`: no such property.
fn values(name: &str, test: &Test, system: &CodeSystem) -> Option<ConceptSet> {
    let all = |holds: &mut dyn FnMut(&ConceptId) -> bool| Some(ConceptSet::filter(system.len(), holds));
    let flag = |bit: u8| all(&mut |c| test.holds(if system.has(*c, bit) { "true" } else { "false" }));
    let linked = |rows: &super::rows::Rows<ConceptId>| all(&mut |c| rows.of(*c).iter().any(|p| test.holds(system.code(*p))));
    match name {
        "code" | "concept" => return all(&mut |c| test.holds(system.code(*c))),
        "display" => return all(&mut |c| system.display(*c).is_some_and(|d| test.holds(d))),
        "definition" => return all(&mut |c| system.definition(*c).is_some_and(|d| test.holds(d))),
        "parent" => return linked(&system.parents),
        "child" => return linked(&system.children),
        "ancestor" => {
            // LOINC's: above, however far.
            let tops = all(&mut |c| test.holds(system.code(*c)))?;
            let mut found = ConceptSet::empty(system.len());
            tops.iter()
                .flat_map(|t| system.children.of(t))
                .for_each(|c| system.reach(&mut found, *c, &system.children));
            return Some(found);
        }
        "inactive" => return flag(INACTIVE),
        "notSelectable" | "abstract" => return flag(ABSTRACT),
        "sufficientlyDefined" => return flag(DEFINED),
        _ => {}
    }
    if let Some(at) = system.property_names.iter().position(|n| n == name) {
        let holds = |c: &ConceptId| {
            let mut of = system.properties.of(*c).iter().filter(|p| p.name as usize == at);
            of.any(|p| test.holds(system.value_text(p.value)))
        };
        return Some(ConceptSet::filter(system.len(), holds));
    }
    // An attribute of SNOMED CT, by its identifier.
    let kind = system.find(name).filter(|_| system.info.url == SNOMED)?;
    let holds = |c: &ConceptId| {
        let mut of = system.attributes.of(*c).iter().filter(|a| a.kind == kind);
        of.any(|a| test.holds(system.code(a.target)))
    };
    Some(ConceptSet::filter(system.len(), holds))
}
