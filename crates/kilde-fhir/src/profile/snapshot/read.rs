//! A snapshot as published.

use super::path::{Paths, Step};
use super::{Element, ElementId, Snapshot};
use crate::json::Document;
use crate::package::Conformance;
use crate::profile::source::Source;
use std::sync::Arc;

/// More elements than this make no profile.
pub(super) const MAX_ELEMENTS: usize = 20_000;

impl Snapshot {
    /// A snapshot with the root element only.
    pub(super) fn empty(resource: &Conformance, document: &Arc<Document>) -> Option<Self> {
        let root = document.root();
        let type_name = root.str("type")?;
        let name = type_name.rsplit('/').next().unwrap_or(&type_name).to_owned();
        Some(Snapshot {
            url: resource.url().into(),
            version: resource.version().into(),
            type_name: name.as_str().into(),
            specialization: root.str("derivation").as_deref() != Some("constraint"),
            package: resource.package(),
            elements: vec![Element {
                name: name.into(),
                ..Element::default()
            }],
        })
    }

    /// The published snapshot; `None` if the resource has none.
    pub(super) fn published(resource: &Conformance) -> Option<Self> {
        let document = resource.document()?;
        let list = document.root().get("snapshot")?;
        let mut snapshot = Snapshot::empty(resource, document)?;
        let mut paths = Paths::default();
        let type_name = snapshot.type_name.clone();
        let mut any = false;
        for element in list.items("element").take(MAX_ELEMENTS) {
            let Some(steps) = paths.steps(element, &type_name) else { continue };
            any = true;
            let at = snapshot.place(&steps);
            snapshot.elements[at.0 as usize].layers.push(Source::new(document, element));
        }
        any.then_some(snapshot)
    }

    /// The element at those steps, made if it is not there.
    fn place(&mut self, steps: &[Step]) -> ElementId {
        let mut at = self.root();
        for step in steps {
            at = match self.child(at, &step.name) {
                Some(child) => child,
                None => self.add_child(at, &step.name),
            };
            if let Some(slice) = step.slice.as_deref() {
                let sliced = self.outer_slice(at, slice);
                at = match self.slice(sliced, slice) {
                    Some(slice) => slice,
                    None => self.add_slice(sliced, slice, step.narrowed.as_deref()),
                };
            }
        }
        at
    }

    /// The element of which `name` is a slice: for `a/b` the slice `a` if there is one.
    pub(super) fn outer_slice(&self, sliced: ElementId, name: &str) -> ElementId {
        let outer = name.rsplit_once('/').map(|(outer, _)| outer);
        match outer {
            Some(outer) => {
                let around = self.outer_slice(sliced, outer);
                self.slice(around, outer).unwrap_or(sliced)
            }
            None => sliced,
        }
    }

    pub(super) fn add(&mut self, element: Element) -> ElementId {
        let id = ElementId(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
        self.elements.push(element);
        id
    }

    pub(super) fn add_child(&mut self, parent: ElementId, name: &str) -> ElementId {
        let id = self.add(Element {
            name: name.into(),
            ..Element::default()
        });
        self.elements[parent.0 as usize].children.push(id);
        id
    }

    /// A slice without anything of the sliced element.
    fn add_slice(&mut self, sliced: ElementId, slice: &str, narrowed: Option<&str>) -> ElementId {
        let id = self.add(Element {
            name: self.element(sliced).name.clone(),
            slice: Some(slice.into()),
            narrowed: narrowed.map(Into::into),
            ..Element::default()
        });
        self.elements[sliced.0 as usize].slices.push(id);
        id
    }
}
