//! An element of a resource with its type.

use crate::definitions::{self, Element, ElementType, ResourceType, TypeDef, TypeKind, type_of};
use crate::json::{Kind, Value, pairs};
use smallvec::SmallVec;

/// An element: its value, the `_name` of a primitive, and what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: Option<Value<'a>>,
    pub(super) companion: Option<Value<'a>>,
    pub(super) type_name: &'static str,
    /// The elements below it: for a primitive those of Element.
    pub(super) def: Option<&'static TypeDef>,
    pub(super) primitive: bool,
    either: Value<'a>,
}

pub(super) type Nodes<'a> = SmallVec<[Node<'a>; 4]>;

impl<'a> Node<'a> {
    /// A resource; `None` if its type is not known.
    pub(super) fn resource(value: Value<'a>) -> Option<Self> {
        let name = value.str("resourceType")?;
        let def = definitions::type_of_resource(ResourceType::from_name(&name)?)?;
        Some(Node {
            value: Some(value),
            companion: None,
            type_name: def.name(),
            def: Some(def),
            primitive: false,
            either: value,
        })
    }

    /// The value of an element.
    pub(super) fn of(element: &'static Element, value: Option<Value<'a>>, companion: Option<Value<'a>>) -> Option<Self> {
        let value = value.filter(|v| v.kind() != Kind::Null);
        let companion = companion.filter(|v| v.is_object());
        let either = value.or(companion)?;
        let (type_name, def, primitive) = match element.ty() {
            ElementType::Primitive(_) => (element.type_name(), type_of("Element"), true),
            ElementType::Complex(id) => {
                let def = definitions::type_by_id(id);
                (def.name(), Some(def), false)
            }
            ElementType::Resource => return Node::resource(either),
        };
        if primitive == either.is_object() && value.is_some() {
            return None;
        }
        Some(Node {
            value,
            companion,
            type_name,
            def,
            primitive,
            either,
        })
    }

    /// Where findings about it are placed.
    pub(super) fn anchor(self) -> Value<'a> {
        self.either
    }

    /// The object that holds its elements.
    pub(super) fn object(self) -> Option<Value<'a>> {
        if self.primitive { self.companion } else { self.value }
    }

    /// A primitive's text.
    pub(super) fn text(self) -> Option<std::borrow::Cow<'a, str>> {
        let value = self.value.filter(|_| self.primitive)?;
        value.as_str().or(Some(std::borrow::Cow::Borrowed(value.raw())))
    }

    /// Whether it is a resource.
    pub(super) fn is_resource(self) -> bool {
        self.def.is_some_and(|d| matches!(d.kind(), TypeKind::Resource(_)))
    }

    /// Whether it has that type or one derived from it.
    pub(super) fn is_of_type(self, name: &str) -> bool {
        self.type_name == name
            || (self.is_resource() && is_abstract_of(name, self.type_name))
            || match name {
                "Element" => !self.is_resource(),
                "BackboneElement" => self.def.is_some_and(|d| d.kind() == TypeKind::Backbone),
                "Quantity" => matches!(self.type_name, "Age" | "Count" | "Distance" | "Duration"),
                _ => false,
            }
    }

    /// The elements of that name below it (`value` for a choice).
    pub(super) fn children(self, name: &str, choice: bool) -> Nodes<'a> {
        let mut found = Nodes::new();
        let (Some(object), Some(def)) = (self.object(), self.def) else {
            return found;
        };
        if choice {
            for child in object.children() {
                let Some(key) = child.key() else { continue };
                let bare = key.strip_prefix('_');
                let Some(element) = def.element(bare.unwrap_or(&key)).filter(|e| e.is_choice() && e.stem() == name) else {
                    continue;
                };
                match bare {
                    Some(bare) if object.get(bare).is_some() => {}
                    Some(_) => items(element, None, Some(child), &mut found),
                    None => items(element, Some(child), companion(object, element), &mut found),
                }
            }
        } else if let Some(element) = def.element(name) {
            items(element, object.get(name), companion(object, element), &mut found);
        }
        found
    }

    /// The same, whether or not the name is a choice.
    pub(super) fn named(self, name: &str) -> Nodes<'a> {
        let found = self.children(name, false);
        if found.is_empty() { self.children(name, true) } else { found }
    }
}

fn companion<'a>(object: Value<'a>, element: &Element) -> Option<Value<'a>> {
    if !matches!(element.ty(), ElementType::Primitive(_)) {
        return None;
    }
    let wanted = element.name();
    object
        .children()
        .find(|c| c.key().is_some_and(|k| k.strip_prefix('_') == Some(wanted)))
}

fn items<'a>(element: &'static Element, value: Option<Value<'a>>, companion: Option<Value<'a>>, found: &mut Nodes<'a>) {
    for (value, companion) in pairs(value, companion) {
        found.extend(Node::of(element, value, companion));
    }
}

/// Whether the abstract type is a base of the resource type.
fn is_abstract_of(name: &str, resource: &str) -> bool {
    match name {
        "Resource" => true,
        "DomainResource" => !matches!(resource, "Bundle" | "Binary" | "Parameters"),
        _ => false,
    }
}
