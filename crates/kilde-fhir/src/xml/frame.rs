//! The elements that are open, and the path to the one being read.

use super::tree::Of;
use crate::definitions::{Element, ElementType, Primitive, TypeDef, TypeKind, type_by_id, type_of};
use crate::validate::place::push_name;
use smallvec::SmallVec;

/// What may stand inside an open element.
#[derive(Debug, Clone, Copy)]
pub(super) enum Inside {
    /// The elements of a type.
    Type(&'static TypeDef),
    /// One resource.
    Resource,
}

/// An element that is open.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) node: u32,
    pub(super) of: Of,
    /// Its number among those of its name.
    index: u32,
    pub(super) inside: Inside,
    /// How deep the JSON object that it becomes is nested.
    pub(super) depth: usize,
    /// Elements seen in it, and how many of each.
    seen: SmallVec<[(&'static Element, u32); 8]>,
    /// A resource stands in it already.
    pub(super) filled: bool,
    /// Elements in the wrong order have been told.
    pub(super) disorder: bool,
}

impl Frame {
    pub(super) fn new(node: u32, of: Of, index: u32, depth: usize) -> Self {
        let inside = match of {
            Of::Resource(def) => Inside::Type(def),
            Of::Element(element) => inside(element),
        };
        Frame {
            node,
            of,
            index,
            inside,
            depth,
            seen: SmallVec::new(),
            filled: false,
            disorder: false,
        }
    }

    /// Counts an element; gives how many of it there were, and whether it should have stood earlier.
    pub(super) fn count(&mut self, element: &'static Element) -> (u32, bool) {
        if let Some((last, n)) = self.seen.last_mut()
            && std::ptr::eq(*last, element)
        {
            *n += 1;
            return (*n - 1, false);
        }
        let late = self.seen.iter().any(|(e, _)| e.slot() > element.slot());
        match self.seen.iter().position(|(e, _)| std::ptr::eq(*e, element)) {
            Some(at) => {
                let (e, n) = self.seen.remove(at);
                self.seen.push((e, n + 1));
                (n, true)
            }
            None => {
                self.seen.push((element, 1));
                (0, late)
            }
        }
    }
}

/// What may stand inside an element of that type.
fn inside(element: &'static Element) -> Inside {
    match element.ty() {
        ElementType::Resource => Inside::Resource,
        ElementType::Complex(id) => Inside::Type(type_by_id(id)),
        ElementType::Primitive(_) => match type_of("Element") {
            Some(def) => Inside::Type(def),
            None => Inside::Resource,
        },
    }
}

/// Whether an element of a type is an attribute in XML: `id` of everything but resources, and
/// `Extension.url`.
pub(super) fn is_attribute(def: &TypeDef, element: &Element) -> bool {
    match element.name() {
        "id" => element.ty() == ElementType::Primitive(Primitive::String) && !matches!(def.kind(), TypeKind::Resource(_)),
        "url" => def.name() == "Extension",
        _ => false,
    }
}

/// FHIRPath to the innermost open element: `Patient.contact[1].name`.
pub(super) fn path(open: &[Frame]) -> String {
    let mut out = String::new();
    for frame in open {
        match frame.of {
            Of::Resource(def) if out.is_empty() => out.push_str(def.name()),
            Of::Resource(_) => {}
            Of::Element(element) => step(element, frame.index, &mut out),
        }
    }
    out
}

/// Adds one element's step to a path.
pub(super) fn step(element: &Element, index: u32, out: &mut String) {
    push_name(element, out);
    if element.is_list() {
        out.push_str(&format!("[{index}]"));
    }
}
