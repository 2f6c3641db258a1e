//! Composite parameters: all components of a value are met by one element (R4, Search, 3.1.1.5.3).

use super::check::Probe;
use crate::record::Record;
use crate::terms::Term;
use kilde_fhir::search::ParamId;

/// A composite parameter with its values resolved.
#[derive(Debug)]
pub(crate) struct Composite {
    pub param: ParamId,
    /// The parameters of the components.
    pub components: Vec<ParamId>,
    /// One of these must be met; of each, every component by one of its probes.
    pub values: Vec<Vec<Vec<Probe>>>,
}

impl Composite {
    /// Whether some element has all components, whatever their values.
    pub fn complete(&self, record: &Record<'_>) -> bool {
        let mut terms = record.terms.of(self.param);
        if terms.next() != Some(Term::Several) {
            return self.components.iter().all(|param| record.terms.of(*param).next().is_some());
        }
        // Only complete elements are kept.
        terms.next().is_some()
    }

    pub fn matches(&self, record: &Record<'_>) -> bool {
        let mut terms = record.terms.of(self.param);
        if terms.next() != Some(Term::Several) {
            // One element: what it has is what the components' own parameters have.
            let meets = |(param, probes): (&ParamId, &Vec<Probe>)| {
                record.terms.of(*param).any(|term| probes.iter().any(|probe| probe.matches(&term)))
            };
            return self.values.iter().any(|value| self.components.iter().zip(value).all(meets));
        }
        let parts: Vec<(u16, u8, Term<'_>)> = terms
            .filter_map(|term| match term {
                Term::Part { element, component, term } => Some((element, component, Term::of_part(term)?)),
                _ => None,
            })
            .collect();
        // Terms are sorted: those of an element stand together.
        parts.chunk_by(|a, b| a.0 == b.0).any(|element| {
            self.values.iter().any(|value| {
                (0u8..).zip(value).all(|(component, probes)| {
                    let mut of_component = element.iter().filter(|(_, c, _)| *c == component);
                    of_component.any(|(_, _, term)| probes.iter().any(|probe| probe.matches(term)))
                })
            })
        })
    }
}
