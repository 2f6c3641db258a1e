//! Unfolding: the elements of an element's type become its children.

use super::path::MAX_DEPTH;
use super::read::MAX_ELEMENTS;
use super::{Element, ElementId, Snapshot};

impl Snapshot {
    /// Whether another element still fits.
    pub(super) fn has_room(&self) -> bool {
        self.elements.len() < MAX_ELEMENTS
    }

    /// Copies the children of an element of another snapshot below one of this.
    pub(super) fn unfold(&mut self, at: ElementId, from: &Snapshot, source: ElementId) {
        for child in from.element(source).children.clone() {
            if let Some(copy) = self.copy(from, child, 0) {
                self.elements[at.0 as usize].children.push(copy);
            }
        }
    }

    /// The same within this snapshot, for a content reference.
    pub(super) fn unfold_referred(&mut self, at: ElementId, source: ElementId) {
        for child in self.element(source).children.clone() {
            if let Some(copy) = self.copy_own(child, 0) {
                self.elements[at.0 as usize].children.push(copy);
            }
        }
    }

    /// A new slice of an element: what holds for the element holds for the slice.
    pub(super) fn new_slice(&mut self, sliced: ElementId, slice: &str, narrowed: Option<&str>) -> ElementId {
        let around = self.element(sliced).clone();
        let narrowed = narrowed.map(Into::into).or_else(|| around.narrowed.clone());
        let id = self.add(Element {
            name: around.name,
            slice: Some(slice.into()),
            narrowed,
            inherited: around.layers.len(),
            layers: around.layers,
            children: Vec::new(),
            slices: Vec::new(),
        });
        for child in around.children {
            if let Some(copy) = self.copy_own(child, 0) {
                self.elements[id.0 as usize].children.push(copy);
            }
        }
        self.elements[sliced.0 as usize].slices.push(id);
        id
    }

    fn copy_own(&mut self, source: ElementId, depth: usize) -> Option<ElementId> {
        let element = self.element(source).clone();
        self.copy_with(element, depth, |this, id, depth| this.copy_own(id, depth))
    }

    fn copy(&mut self, from: &Snapshot, source: ElementId, depth: usize) -> Option<ElementId> {
        let element = from.element(source).clone();
        self.copy_with(element, depth, |this, id, depth| this.copy(from, id, depth))
    }

    fn copy_with(
        &mut self,
        element: Element,
        depth: usize,
        mut each: impl FnMut(&mut Self, ElementId, usize) -> Option<ElementId>,
    ) -> Option<ElementId> {
        if depth > MAX_DEPTH || !self.has_room() {
            return None;
        }
        let (children, slices) = (element.children, element.slices);
        let id = self.add(Element {
            children: Vec::new(),
            slices: Vec::new(),
            ..element
        });
        for child in children {
            if let Some(copy) = each(self, child, depth + 1) {
                self.elements[id.0 as usize].children.push(copy);
            }
        }
        for slice in slices {
            if let Some(copy) = each(self, slice, depth + 1) {
                self.elements[id.0 as usize].slices.push(copy);
            }
        }
        Some(id)
    }
}
