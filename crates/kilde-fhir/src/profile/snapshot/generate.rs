//! Snapshots of all loaded StructureDefinitions, each made when it is first asked for.

use super::Snapshot;
use super::differential::Merge;
use crate::finding::Finding;
use crate::package::{Conformance, PackageId, Packages, ResourceId};
use crate::profile::say;
use std::sync::{Arc, OnceLock};

/// A chain of bases longer than this is refused.
const MAX_BASES: usize = 32;

/// A snapshot, and what could not be done for it.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    pub(crate) findings: Vec<Finding>,
}

/// Snapshots by resource.
#[derive(Debug)]
pub(crate) struct Snapshots {
    pub(crate) packages: Arc<Packages>,
    made: Vec<OnceLock<Arc<Made>>>,
}

impl Snapshots {
    pub(crate) fn new(packages: Arc<Packages>) -> Self {
        let made = (0..packages.len()).map(|_| OnceLock::new()).collect();
        Snapshots { packages, made }
    }

    /// The StructureDefinition with that canonical, as seen from a package.
    pub(crate) fn find(&self, canonical: &str, from: Option<PackageId>) -> Option<ResourceId> {
        self.packages.resolve("StructureDefinition", canonical, from)
    }

    /// The snapshot of that canonical.
    pub(crate) fn of(&self, canonical: &str, from: Option<PackageId>) -> Option<Arc<Snapshot>> {
        self.get(self.find(canonical, from)?).snapshot.clone()
    }

    /// The snapshot of a StructureDefinition: as published, or else made.
    pub(crate) fn get(&self, id: ResourceId) -> Arc<Made> {
        self.make(id, &mut Vec::new())
    }

    /// `making`: what is being made now. One that needs itself cannot be made.
    pub(super) fn make(&self, id: ResourceId, making: &mut Vec<ResourceId>) -> Arc<Made> {
        let Some(cell) = self.made.get(id.0 as usize) else {
            return Arc::default();
        };
        if let Some(made) = cell.get() {
            return Arc::clone(made);
        }
        let resource = self.packages.resource(id);
        if making.contains(&id) || making.len() > MAX_BASES {
            return Arc::new(Made {
                snapshot: None,
                findings: vec![say::snapshot_circle(resource.url())],
            });
        }
        let made = match Snapshot::published(resource) {
            Some(snapshot) => Made {
                snapshot: Some(Arc::new(snapshot)),
                findings: Vec::new(),
            },
            None => {
                making.push(id);
                let made = self.generate(id, making);
                making.pop();
                made
            }
        };
        // Another thread may have been faster; both made the same.
        Arc::clone(cell.get_or_init(|| Arc::new(made)))
    }

    /// The snapshot from the differential, whether or not one is published.
    pub(crate) fn generate(&self, id: ResourceId, making: &mut Vec<ResourceId>) -> Made {
        self.generate_for(self.packages.resource(id), making)
    }

    /// The same for a resource that need not be loaded.
    pub(crate) fn generate_for(&self, resource: &Conformance, making: &mut Vec<ResourceId>) -> Made {
        let Some(document) = resource.document() else {
            return Made::default();
        };
        let Some(own) = Snapshot::empty(resource, document) else {
            return Made {
                snapshot: None,
                findings: vec![say::snapshot_no_type(resource.url())],
            };
        };
        let mut findings = Vec::new();
        let base = document.root().str("baseDefinition");
        let mut snapshot = match base.as_deref() {
            // The logical models of some packages name a type that R4 does not have.
            None | Some("http://hl7.org/fhir/StructureDefinition/Base") => own,
            Some(base) => {
                let found = self.find(base, Some(resource.package())).map(|b| self.make(b, making));
                let Some(base) = found.as_ref().and_then(|m| m.snapshot.as_deref()) else {
                    findings.push(say::snapshot_no_base(resource.url(), base));
                    findings.extend(found.into_iter().flat_map(|m| m.findings.clone()));
                    return Made { snapshot: None, findings };
                };
                let mut snapshot = Snapshot {
                    elements: base.elements.clone(),
                    ..own
                };
                if snapshot.specialization {
                    snapshot.elements[0].name = snapshot.type_name.clone();
                }
                snapshot
            }
        };
        let mut merge = Merge {
            snapshots: self,
            snapshot: &mut snapshot,
            findings: &mut findings,
            making,
        };
        merge.differential(document);
        Made {
            snapshot: Some(Arc::new(snapshot)),
            findings,
        }
    }
}
