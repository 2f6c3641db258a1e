//! From an element to its children.

use super::item::{Item, Node, element_type};
use super::system::System;
use super::types::FhirType;
use crate::definitions::{self, Element, ElementType, TypeDef};
use crate::json::{Kind, Value, pairs};

type Found<'a> = Vec<Item<'a>>;

impl<'a> Node<'a> {
    /// Adds the children of that name. Gives how many properties were looked at.
    pub(super) fn member(self, name: &str, found: &mut Found<'a>) -> usize {
        match (self.fhir_type(), self.value()) {
            (FhirType::Complex(def), Some(object)) => typed_member(def, object, name, found),
            (FhirType::Primitive(_), _) if name == "value" => {
                found.extend(self.system().map(Item::Value));
                1
            }
            (FhirType::Primitive(_), _) => match (self.companion(), element_type()) {
                (Some(object), FhirType::Complex(def)) => typed_member(def, object, name, found),
                _ => 1,
            },
            (FhirType::Unknown, Some(object)) => {
                let (value, companion, looked_at) = pair(object, name);
                pairs(value, companion).for_each(|(v, c)| push(found, untyped(v, c)));
                looked_at
            }
            _ => 1,
        }
    }

    /// Adds all children. Gives how many properties were looked at.
    pub(super) fn children(self, found: &mut Found<'a>) -> usize {
        let (def, object) = match (self.fhir_type(), self.value()) {
            (FhirType::Complex(def), Some(object)) => (def, object),
            (FhirType::Primitive(_), _) => match (self.companion(), element_type()) {
                (Some(object), FhirType::Complex(def)) => (def, object),
                _ => return 1,
            },
            (FhirType::Unknown, Some(object)) if object.is_object() => {
                for child in object.children().filter(|c| c.key().is_some_and(|k| !k.starts_with('_'))) {
                    pairs(Some(child), None).for_each(|(v, c)| push(found, untyped(v, c)));
                }
                return object.children().count();
            }
            _ => return 1,
        };
        let mut looked_at = 0;
        for child in object.children() {
            looked_at += 1;
            let Some(key) = child.key() else { continue };
            let name = key.strip_prefix('_').unwrap_or(&key);
            if let Some(element) = def.element(name)
                && (name.len() == key.len() || object.get(name).is_none())
            {
                let (value, companion, more) = values(object, element);
                looked_at += more;
                pairs(value, companion).for_each(|(v, c)| push(found, typed(element, v, c)));
            }
        }
        looked_at
    }
}

fn typed_member<'a>(def: &'static TypeDef, object: Value<'a>, name: &str, found: &mut Found<'a>) -> usize {
    let mut looked_at = 1;
    let element = match def.element(name) {
        Some(element) if !element.is_choice() => Some(element),
        _ => {
            looked_at += object.children().count();
            chosen(def, object, name)
        }
    };
    if let Some(element) = element {
        let (value, companion, more) = values(object, element);
        looked_at += more;
        pairs(value, companion).for_each(|(v, c)| push(found, typed(element, v, c)));
    }
    looked_at
}

/// The type of a choice (`value` for `value[x]`) that is there.
fn chosen(def: &'static TypeDef, object: Value<'_>, name: &str) -> Option<&'static Element> {
    object.children().find_map(|child| {
        let key = child.key()?;
        let key = key.strip_prefix('_').unwrap_or(&key);
        if !key.starts_with(name) {
            return None;
        }
        def.element(key).filter(|e| e.is_choice() && e.stem() == name)
    })
}

/// What stands under an element's name and, for primitives, under the name with `_`.
fn values<'a>(object: Value<'a>, element: &Element) -> (Option<Value<'a>>, Option<Value<'a>>, usize) {
    match element.ty() {
        ElementType::Primitive(_) => pair(object, element.name()),
        _ => (object.get(element.name()), None, 1),
    }
}

fn pair<'a>(object: Value<'a>, name: &str) -> (Option<Value<'a>>, Option<Value<'a>>, usize) {
    let (mut value, mut companion, mut looked_at) = (None, None, 0);
    if object.is_object() {
        for child in object.children() {
            looked_at += 1;
            match child.key() {
                Some(key) if key == name => value = Some(child),
                Some(key) if key.strip_prefix('_') == Some(name) => companion = Some(child),
                _ => {}
            }
        }
    }
    (value, companion, looked_at)
}

fn push<'a>(found: &mut Found<'a>, node: Node<'a>) {
    if !node.is_nothing() {
        found.push(Item::Node(node));
    }
}

fn typed<'a>(element: &Element, value: Option<Value<'a>>, companion: Option<Value<'a>>) -> Node<'a> {
    match element.ty() {
        ElementType::Primitive(p) => Node::new(value, companion, FhirType::Primitive(p)),
        ElementType::Complex(id) => Node::new(value, None, FhirType::Complex(definitions::type_by_id(id))),
        ElementType::Resource => value
            .filter(|v| v.kind() != Kind::Null)
            .map_or(Node::new(None, None, FhirType::Unknown), Node::resource),
    }
}

fn untyped<'a>(value: Option<Value<'a>>, companion: Option<Value<'a>>) -> Node<'a> {
    match value {
        Some(v) if v.is_object() => Node::resource(v),
        _ => Node::new(value, companion, FhirType::Unknown),
    }
}

/// A member of what `type()` gives.
pub(super) fn member_of_value<'a>(value: &System<'a>, name: &str) -> Option<Item<'a>> {
    match (value, name) {
        (System::Type(info), "namespace") => Some(Item::Value(System::string(info.namespace))),
        (System::Type(info), "name") => Some(Item::Value(System::string(info.name))),
        (System::Type(info), "baseType") => info.base.clone().map(|b| Item::Value(System::string(b))),
        (System::Quantity(quantity), "value") => Some(Item::Value(System::Decimal(quantity.value))),
        _ => None,
    }
}
