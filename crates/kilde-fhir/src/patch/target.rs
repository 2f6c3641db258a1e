//! Where in the JSON an element of a resource is: the object that has it, its name and number.

use crate::definitions::{Element, ElementType, TypeDef, type_by_id, type_of};
use crate::json::Value;
use crate::validate::place;

/// An element of the resource.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The way to the object that has it.
    pub(super) owner: Vec<String>,
    /// The type of that object.
    pub(super) owner_def: &'static TypeDef,
    /// Which of its elements.
    pub(super) element: &'static Element,
    /// Its number if it may repeat.
    pub(super) index: Option<usize>,
}

/// The resource itself, or an element of it.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The resource.
    Root(&'static TypeDef),
    /// An element.
    Element(Target),
}

impl Target {
    /// Whether it is a primitive.
    pub(super) fn is_primitive(&self) -> bool {
        matches!(self.element.ty(), ElementType::Primitive(_))
    }

    /// The way to its own value.
    pub(super) fn way(&self) -> Vec<String> {
        let mut way = self.owner.clone();
        way.push(self.element.name().to_owned());
        way.extend(self.index.map(|i| i.to_string()));
        way
    }
}

/// Finds out where a value of a resource is; `None` if it is no element of it.
pub(super) fn locate(root: Value<'_>, wanted: Value<'_>) -> Option<Place> {
    if !std::ptr::eq(root.document(), wanted.document()) {
        return None;
    }
    let mut def = place::type_of(root)?;
    if root.place() == wanted.place() {
        return Some(Place::Root(def));
    }
    let (mut at, mut way) = (root, Vec::new());
    loop {
        let child = at.children().take_while(|c| c.place() <= wanted.place()).last()?;
        let key = child.key()?.into_owned();
        let element = def.element(key.strip_prefix('_').unwrap_or(&key))?;
        let owner = way.clone();
        way.push(key);
        let (mut index, mut value) = (None, child);
        if child.is_array() {
            let (i, item) = child.children().take_while(|c| c.place() <= wanted.place()).enumerate().last()?;
            way.push(i.to_string());
            (index, value) = (Some(i), item);
        }
        if value.place() == wanted.place() {
            return Some(Place::Element(Target {
                owner,
                owner_def: def,
                element,
                index,
            }));
        }
        def = match element.ty() {
            ElementType::Primitive(_) => type_of("Element")?,
            ElementType::Resource => place::type_of(value)?,
            ElementType::Complex(id) => type_by_id(id),
        };
        at = value;
    }
}
