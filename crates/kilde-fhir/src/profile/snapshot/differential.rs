//! Lays a differential over the snapshot of the base.

use super::path::{Paths, Step};
use super::profile_part;
use super::read::MAX_ELEMENTS;
use super::{ElementId, Snapshot, Snapshots};
use crate::finding::Finding;
use crate::json::{Document, Value};
use crate::package::ResourceId;
use crate::profile::say;
use crate::profile::source::Source;
use std::sync::Arc;

pub(super) struct Merge<'m> {
    pub(super) snapshots: &'m Snapshots,
    pub(super) snapshot: &'m mut Snapshot,
    pub(super) findings: &'m mut Vec<Finding>,
    pub(super) making: &'m mut Vec<ResourceId>,
}

impl Merge<'_> {
    /// All elements of the differential, in their order.
    pub(super) fn differential(&mut self, document: &Arc<Document>) {
        let mut paths = Paths::default();
        let type_name = self.snapshot.type_name.clone();
        let list = document.root().get("differential");
        for element in list.into_iter().flat_map(|d| d.items("element")).take(MAX_ELEMENTS) {
            let shown = element.str("path").unwrap_or_default();
            let Some(steps) = paths.steps(element, &type_name) else {
                self.findings.push(say::snapshot_path(&self.snapshot.url, &shown));
                continue;
            };
            if steps.is_empty() && element.get("slicing").is_some() {
                self.findings.push(say::snapshot_root_sliced(&self.snapshot.url));
            }
            match self.locate(&steps) {
                Some(at) => self.lay(at, document, element, &shown),
                None => self.findings.push(say::snapshot_path(&self.snapshot.url, &shown)),
            }
        }
    }

    /// Puts a layer on an element; it may not be looser than what is there.
    fn lay(&mut self, at: ElementId, document: &Arc<Document>, element: Value<'_>, path: &str) {
        let there = &self.snapshot.elements[at.0 as usize];
        let own = there.layers.len() > there.inherited;
        let min = element.get("min").and_then(|m| m.as_number()?.parse::<u32>().ok());
        let max = element.str("max").and_then(|m| m.parse::<u32>().ok());
        let looser_min = own && min.is_some_and(|m| m < there.min());
        let looser_max = match (there.max(), element.get("max").is_some(), max) {
            (Some(before), true, Some(now)) => now > before,
            (Some(_), true, None) => true,
            _ => false,
        };
        if looser_min || looser_max {
            self.findings.push(say::snapshot_looser(&self.snapshot.url, path));
        }
        let layer = Source::new(document, element);
        if let Some((_, before)) = there.property_of_type("fixed")
            && let Some(now) = before.key().and_then(|k| layer.value().get(&k))
            && now.raw() != before.raw()
        {
            self.findings.push(say::snapshot_fixed(&self.snapshot.url, path));
        }
        self.snapshot.elements[at.0 as usize].layers.push(layer);
    }

    /// The element at those steps; types are unfolded on the way, slices are made.
    fn locate(&mut self, steps: &[Step]) -> Option<ElementId> {
        let mut at = self.snapshot.root();
        for step in steps {
            if !self.snapshot.has_room() {
                return None;
            }
            let mut child = self.snapshot.child(at, &step.name);
            if child.is_none() && self.snapshot.element(at).children.is_empty() && at != self.snapshot.root() {
                self.unfold(at);
                child = self.snapshot.child(at, &step.name);
            }
            at = match child {
                Some(child) => child,
                // A type defines its elements, a profile only constrains them.
                None if self.snapshot.specialization => self.snapshot.add_child(at, &step.name),
                None => return None,
            };
            if let Some(slice) = step.slice.as_deref() {
                let sliced = self.snapshot.outer_slice(at, slice);
                at = match self.snapshot.slice(sliced, slice) {
                    Some(slice) => slice,
                    None => self.snapshot.new_slice(sliced, slice, step.narrowed.as_deref()),
                };
            }
        }
        Some(at)
    }

    fn unfold(&mut self, at: ElementId) {
        let element = self.snapshot.element(at);
        if let Some(reference) = element.content_reference() {
            // What a profile says of the element referred to does not hold for this one.
            let reference = reference.into_owned();
            let (package, own) = (
                self.snapshot.package,
                format!("http://hl7.org/fhir/StructureDefinition/{}", self.snapshot.type_name),
            );
            let base = if self.snapshot.specialization {
                None
            } else {
                self.made(&own, package)
            };
            match base {
                Some(base) => {
                    if let Some(source) = base.referred(&reference) {
                        self.snapshot.unfold(at, &base, source);
                    }
                }
                None => {
                    if let Some(source) = self.snapshot.referred(&reference) {
                        self.snapshot.unfold_referred(at, source);
                    }
                }
            }
            return;
        }
        let mut types = element.types();
        types.dedup_by(|a, b| a.code == b.code && a.profiles == b.profiles);
        let canonical = match types.as_slice() {
            [] => return,
            [one] => match one.profiles.as_slice() {
                [profile] => profile.clone(),
                _ => format!("http://hl7.org/fhir/StructureDefinition/{}", one.code),
            },
            _ => "http://hl7.org/fhir/StructureDefinition/Element".to_owned(),
        };
        let package = self.snapshot.package;
        let mut found = self.made(&canonical, package);
        if found.is_none()
            && let [one] = types.as_slice()
        {
            found = self.made(&format!("http://hl7.org/fhir/StructureDefinition/{}", one.code), package);
        }
        match found {
            Some(from) => {
                let element = profile_part(&canonical).1;
                let source = element.and_then(|e| from.by_id(e)).unwrap_or(from.root());
                self.snapshot.unfold(at, &from, source);
            }
            None => self.findings.push(say::snapshot_no_base(&self.snapshot.url, &canonical)),
        }
    }

    fn made(&mut self, canonical: &str, package: crate::package::PackageId) -> Option<Arc<Snapshot>> {
        let id = self.snapshots.find(profile_part(canonical).0, Some(package))?;
        self.snapshots.make(id, self.making).snapshot.clone()
    }
}
