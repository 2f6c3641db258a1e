//! From expression to concepts.

use super::{Attribute, Constraint, EclError, Focus, Operator, Refinement};
use crate::terminology::code_system::{self, CodeSystem, INACTIVE};
use crate::terminology::concept_set::{ConceptId, ConceptSet};
use rustc_hash::FxHashMap;

pub(super) struct Evaluation<'a> {
    system: &'a CodeSystem,
    steps: usize,
}

/// A refinement with its sets worked out.
enum Ready {
    And(Vec<Ready>),
    Or(Vec<Ready>),
    Group(super::Cardinality, Box<Ready>),
    Attribute {
        cardinality: super::Cardinality,
        names: ConceptSet,
        values: ConceptSet,
        not: bool,
    },
    /// Concepts already known: those of a reversed attribute.
    Known(ConceptSet),
}

impl<'a> Evaluation<'a> {
    pub fn new(system: &'a CodeSystem, steps: usize) -> Self {
        Evaluation { system, steps }
    }

    fn spend(&mut self, steps: usize) -> Result<(), EclError> {
        self.steps = self.steps.checked_sub(steps).ok_or(EclError::TooCostly)?;
        Ok(())
    }

    /// A set costs a step for each 64 concepts, what is walked a step each.
    fn spend_set(&mut self) -> Result<(), EclError> {
        self.spend(self.system.len() / 64 + 1)
    }

    pub fn constraint(&mut self, constraint: &Constraint) -> Result<ConceptSet, EclError> {
        self.spend_set()?;
        match constraint {
            Constraint::Focus(operator, member_of, focus) => self.focus(*operator, *member_of, focus),
            Constraint::And(parts) => {
                let mut found = ConceptSet::all(self.system.len());
                for part in parts {
                    found.intersect(&self.constraint(part)?);
                }
                Ok(found)
            }
            Constraint::Or(parts) => {
                let mut found = ConceptSet::empty(self.system.len());
                for part in parts {
                    found.unite(&self.constraint(part)?);
                }
                Ok(found)
            }
            Constraint::Minus(all, without) => {
                let mut found = self.constraint(all)?;
                found.subtract(&self.constraint(without)?);
                Ok(found)
            }
            Constraint::Refined(focus, refinement) => {
                let focus = self.constraint(focus)?;
                let ready = self.ready(refinement)?;
                let mut found = ConceptSet::empty(self.system.len());
                for concept in focus.iter() {
                    if self.holds(concept, &ready)? {
                        found.insert(concept);
                    }
                }
                Ok(found)
            }
            Constraint::Dotted(focus, attributes) => {
                let mut found = self.constraint(focus)?;
                for attribute in attributes {
                    let names = self.constraint(attribute)?;
                    let mut values = ConceptSet::empty(self.system.len());
                    for concept in found.iter() {
                        let of = self.system.attributes.of(concept);
                        self.spend(of.len() + 1)?;
                        of.iter()
                            .filter(|a| names.contains(a.kind))
                            .for_each(|a| _ = values.insert(a.target));
                    }
                    found = values;
                }
                Ok(found)
            }
        }
    }

    fn focus(&mut self, operator: Operator, member_of: bool, focus: &Focus) -> Result<ConceptSet, EclError> {
        let system = self.system;
        let mut found = match focus {
            Focus::Any => {
                self.spend(system.len())?;
                ConceptSet::filter(system.len(), |c| !system.has(*c, INACTIVE))
            }
            Focus::Concept(id) => {
                let concept = system.find(id).ok_or_else(|| EclError::UnknownConcept(id.clone()))?;
                let mut one = ConceptSet::empty(system.len());
                one.insert(concept);
                one
            }
            Focus::Nested(inner) => self.constraint(inner)?,
        };
        if member_of {
            let mut members = ConceptSet::empty(system.len());
            for (refset, concepts) in &system.refsets {
                if found.contains(*refset) {
                    self.spend_set()?;
                    members.unite(concepts);
                }
            }
            found = members;
        }
        self.around(operator, found)
    }

    fn around(&mut self, operator: Operator, from: ConceptSet) -> Result<ConceptSet, EclError> {
        use Operator::*;
        let system = self.system;
        let rows = match operator {
            Itself => return Ok(from),
            Descendants | DescendantsOrSelf | Children | ChildrenOrSelf => &system.children,
            Ancestors | AncestorsOrSelf | Parents | ParentsOrSelf => &system.parents,
        };
        let mut found = ConceptSet::empty(system.len());
        for concept in from.iter() {
            for next in rows.of(concept) {
                self.spend(1)?;
                if matches!(operator, Children | ChildrenOrSelf | Parents | ParentsOrSelf) {
                    found.insert(*next);
                } else {
                    system.reach(&mut found, *next, rows);
                }
            }
        }
        self.spend(found.len())?;
        if matches!(operator, DescendantsOrSelf | ChildrenOrSelf | AncestorsOrSelf | ParentsOrSelf) {
            found.unite(&from);
        }
        Ok(found)
    }

    fn ready(&mut self, refinement: &Refinement) -> Result<Ready, EclError> {
        Ok(match refinement {
            Refinement::And(parts) => Ready::And(parts.iter().map(|p| self.ready(p)).collect::<Result<_, _>>()?),
            Refinement::Or(parts) => Ready::Or(parts.iter().map(|p| self.ready(p)).collect::<Result<_, _>>()?),
            Refinement::Group(cardinality, inner) => {
                if reversed(inner) {
                    return Err(EclError::NotSupported("R inside { }"));
                }
                Ready::Group(*cardinality, Box::new(self.ready(inner)?))
            }
            Refinement::Attribute(attribute) => {
                let names = self.constraint(&attribute.name)?;
                let values = self.constraint(&attribute.value)?;
                if attribute.reverse {
                    Ready::Known(self.reverse(attribute, &names, &values)?)
                } else {
                    Ready::Attribute {
                        cardinality: attribute.cardinality,
                        names,
                        values,
                        not: attribute.not,
                    }
                }
            }
        })
    }

    /// The concepts that are the value of such an attribute of one of `values`.
    fn reverse(&mut self, attribute: &Attribute, names: &ConceptSet, values: &ConceptSet) -> Result<ConceptSet, EclError> {
        let mut counts: FxHashMap<ConceptId, u32> = FxHashMap::default();
        for concept in 0..self.system.len() as ConceptId {
            if values.contains(concept) == attribute.not {
                continue;
            }
            let of = self.system.attributes.of(concept);
            self.spend(of.len() + 1)?;
            for a in of.iter().filter(|a| names.contains(a.kind)) {
                *counts.entry(a.target).or_default() += 1;
            }
        }
        self.spend(self.system.len())?;
        let count = |c: &ConceptId| counts.get(c).copied().unwrap_or_default();
        Ok(ConceptSet::filter(self.system.len(), |c| attribute.cardinality.holds(count(c))))
    }

    fn holds(&mut self, concept: ConceptId, ready: &Ready) -> Result<bool, EclError> {
        let attributes = self.system.attributes.of(concept);
        self.among(concept, attributes, ready)
    }

    /// Whether the refinement holds for these attributes of the concept.
    fn among(&mut self, concept: ConceptId, attributes: &[code_system::Attribute], ready: &Ready) -> Result<bool, EclError> {
        self.spend(attributes.len() + 1)?;
        match ready {
            Ready::And(parts) => {
                for part in parts {
                    if !self.among(concept, attributes, part)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Ready::Or(parts) => {
                for part in parts {
                    if self.among(concept, attributes, part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Ready::Group(cardinality, inner) => {
                let mut count = 0;
                for group in groups(attributes) {
                    count += u32::from(self.among(concept, &group, inner)?);
                }
                Ok(cardinality.holds(count))
            }
            Ready::Attribute {
                cardinality,
                names,
                values,
                not,
            } => {
                let count = attributes
                    .iter()
                    .filter(|a| names.contains(a.kind) && values.contains(a.target) != *not)
                    .count();
                Ok(cardinality.holds(count as u32))
            }
            Ready::Known(concepts) => Ok(concepts.contains(concept)),
        }
    }
}

/// The groups of attributes; those of group 0 stand alone.
fn groups(attributes: &[code_system::Attribute]) -> Vec<Vec<code_system::Attribute>> {
    let mut groups: Vec<Vec<code_system::Attribute>> = Vec::new();
    let mut places: FxHashMap<u32, usize> = FxHashMap::default();
    for attribute in attributes {
        match places.get(&attribute.group) {
            Some(place) if attribute.group != 0 => groups[*place].push(*attribute),
            _ => {
                places.insert(attribute.group, groups.len());
                groups.push(vec![*attribute]);
            }
        }
    }
    groups
}

fn reversed(refinement: &Refinement) -> bool {
    match refinement {
        Refinement::And(parts) | Refinement::Or(parts) => parts.iter().any(reversed),
        Refinement::Group(_, inner) => reversed(inner),
        Refinement::Attribute(attribute) => attribute.reverse,
    }
}
