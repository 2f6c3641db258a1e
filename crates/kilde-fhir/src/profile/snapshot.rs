//! Snapshots: all elements of a profile as a tree, read as published or made from the
//! differential and the snapshot of the base.
//!
//! An [`Element`] keeps the definitions it was put together from as layers, the base first; a
//! property is that of the last layer that has it. So nothing is copied and nothing is lost.

mod differential;
mod element;
mod generate;
mod path;
mod read;
mod unfold;
mod write;

pub(crate) use element::profile_part;
pub use element::{Element, ElementId, TypeRef};
pub(crate) use generate::Snapshots;

use crate::package::PackageId;

/// All elements of a StructureDefinition.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) url: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) type_name: Box<str>,
    pub(crate) specialization: bool,
    pub(crate) package: PackageId,
    pub(crate) elements: Vec<Element>,
}

impl Snapshot {
    /// The canonical url.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The business version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The type that is constrained or defined.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Whether it defines a type (else it constrains one).
    pub fn is_specialization(&self) -> bool {
        self.specialization
    }

    /// The root element.
    pub fn root(&self) -> ElementId {
        ElementId(0)
    }

    /// An element by number (numbers come from here, so it is there).
    pub fn element(&self, id: ElementId) -> &Element {
        &self.elements[id.0 as usize]
    }

    /// The element with that id: `Composition.section:a.code`.
    pub fn by_id(&self, id: &str) -> Option<ElementId> {
        let mut at = self.root();
        for step in id.split('.').skip(1) {
            let (name, slice) = step.split_once(':').map_or((step, None), |(n, s)| (n, Some(s)));
            at = self.child(at, name)?;
            if let Some(slice) = slice {
                let sliced = self.outer_slice(at, slice);
                at = self.slice(sliced, slice)?;
            }
        }
        Some(at)
    }

    /// The child element of that name (`value[x]` for a choice), not sliced.
    pub fn child(&self, parent: ElementId, name: &str) -> Option<ElementId> {
        let parent = self.element(parent);
        parent.children.iter().copied().find(|id| &*self.element(*id).name == name)
    }

    /// The slice of that name.
    pub fn slice(&self, sliced: ElementId, name: &str) -> Option<ElementId> {
        let sliced = self.element(sliced);
        sliced
            .slices
            .iter()
            .copied()
            .find(|id| self.element(*id).slice.as_deref() == Some(name))
    }

    /// The element that a content reference (`#Questionnaire.item`) names.
    pub fn referred(&self, reference: &str) -> Option<ElementId> {
        let path = reference.rsplit_once('#').map_or(reference, |(_, path)| path);
        let mut names = path.split('.').skip(1);
        let mut at = self.root();
        names
            .all(|name| match self.child(at, name) {
                Some(child) => {
                    at = child;
                    true
                }
                None => false,
            })
            .then_some(at)
    }

    /// Every element with its id (`Observation.component:SystolicBP.code`) and path, in order.
    pub fn all(&self) -> Vec<(String, String, ElementId)> {
        let mut out = Vec::new();
        let root = self.element(self.root());
        self.list(self.root(), root.name.to_string(), root.name.to_string(), 0, &mut out);
        out
    }

    fn list(&self, at: ElementId, id: String, path: String, depth: usize, out: &mut Vec<(String, String, ElementId)>) {
        let element = self.element(at);
        out.push((id.clone(), path.clone(), at));
        if depth > path::MAX_DEPTH {
            return;
        }
        for child in &element.children {
            let name = &self.element(*child).name;
            self.list(*child, format!("{id}.{name}"), format!("{path}.{name}"), depth + 1, out);
        }
        for slice in &element.slices {
            let name = self.element(*slice).slice.as_deref().unwrap_or_default();
            let plain = id.rsplit_once(':').filter(|(_, s)| !s.contains('.') && element.slice.is_some());
            let id = plain.map_or(id.as_str(), |(plain, _)| plain);
            self.list(*slice, format!("{id}:{name}"), path.clone(), depth + 1, out);
        }
    }
}
