//! A delivery in XML: worked on as JSON, kept as it came, and told about by lines and columns of the XML.

use crate::config::IntakeConfig;
use crate::rules;
use crate::submission::Rejected;
use crate::unit::{Prepared, Unit};
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::{Limits, Position, Value};
use kilde_fhir::xml::{Converted, to_json};

/// The XML and what was made of it.
pub(crate) struct Delivered<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) converted: Converted,
}

impl<'a> Delivered<'a> {
    /// Reads it within the bounds of the instance.
    pub(crate) fn read(body: &'a [u8], config: &IntakeConfig) -> Result<Self, Rejected> {
        let limits = Limits {
            bytes: config.limits.bytes,
            depth: config.limits.depth,
        };
        if body.len() > limits.bytes {
            return Err(Rejected::one(413, rules::too_long(limits.bytes)));
        }
        match to_json(body, limits) {
            Ok(converted) => Ok(Delivered { body, converted }),
            Err(findings) => Err(Rejected {
                status: super::STRUCTURE,
                findings,
                quarantine: None,
            }),
        }
    }

    /// The XML of a value, from its start tag to its end tag.
    pub(crate) fn part(&self, value: Value<'_>) -> Vec<u8> {
        let part = self.converted.part(self.body, value.offset());
        part.map_or_else(|| value.raw().as_bytes().to_vec(), |text| text.as_bytes().to_vec())
    }

    /// Puts places in the XML for those in the JSON, and adds what is good to know of the conversion.
    pub(crate) fn relocate(&self, prepared: Result<Prepared, Rejected>) -> Result<Prepared, Rejected> {
        match prepared {
            Err(mut rejected) => {
                self.converted.relocate(self.body, &mut rejected.findings);
                Err(rejected)
            }
            Ok(mut prepared) => {
                let mut notes = Some(self.converted.notes.clone());
                for unit in &mut prepared.units {
                    match unit {
                        Ok(unit) => {
                            self.unit(unit);
                            unit.warnings.extend(notes.take().into_iter().flatten());
                        }
                        Err(refused) => self.converted.relocate(self.body, &mut refused.rejected.findings),
                    }
                }
                Ok(prepared)
            }
        }
    }

    fn unit(&self, unit: &mut Unit) {
        self.converted.relocate(self.body, &mut unit.warnings);
        let drafts = unit.drafts.iter_mut().map(|d| &mut d.position);
        let conditions = unit.conditions.iter_mut().map(|c| &mut c.position);
        self.positions(drafts.chain(conditions));
        for draft in &mut unit.drafts {
            if !draft.warnings.is_empty() {
                self.converted.relocate(self.body, &mut draft.warnings);
            }
        }
    }

    /// All at once, in one pass over the text.
    fn positions<'p>(&self, places: impl Iterator<Item = &'p mut Option<Position>>) {
        let (mut places, mut carriers) = (places.collect::<Vec<_>>(), Vec::new());
        for place in &places {
            let mut carrier = Finding::error("informational", "", "", "", "").severity(Severity::Information);
            carrier.position = **place;
            carriers.push(carrier);
        }
        self.converted.relocate(self.body, &mut carriers);
        for (place, carrier) in places.iter_mut().zip(carriers) {
            **place = carrier.position;
        }
    }
}
