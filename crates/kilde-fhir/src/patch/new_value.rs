//! The value that a FHIRPath Patch gives: `value[x]`, a resource, or parts named as the elements
//! of a backbone element.

use super::edit::{self, Pair};
use super::say;
use super::tree::Tree;
use crate::definitions::{Element, ElementType, TypeDef, type_of};
use crate::finding::Finding;
use crate::json::Value;

/// Parts inside parts, at most.
const MAX_NESTED: usize = 16;
/// Parts of one value, at most.
const MAX_PARTS: usize = 1000;

/// What a part of the Parameters gives.
#[derive(Debug, Clone, Copy)]
enum Given<'p> {
    /// `value[x]`: its type, the value, its companion.
    Typed(&'static Element, Option<Value<'p>>, Option<Value<'p>>),
    /// A resource.
    Resource(Value<'p>),
    /// Parts.
    Parts(Value<'p>),
}

/// The element of a type that a value is for, and the value as JSON has it.
///
/// # Errors
/// At which value of the patch, and what is wrong.
pub(super) fn choose<'p>(def: &'static TypeDef, name: &str, part: Value<'p>) -> Result<(&'static Element, Pair<'p>), (Value<'p>, Finding)> {
    chosen(def, name, part, 0)
}

fn chosen<'p>(
    def: &'static TypeDef,
    name: &str,
    part: Value<'p>,
    nested: usize,
) -> Result<(&'static Element, Pair<'p>), (Value<'p>, Finding)> {
    let mut candidates = def.elements().iter().filter(|e| e.stem() == name || e.name() == name).peekable();
    let Some(first) = candidates.peek().copied() else {
        return Err((part, crate::validate::say::unknown(name, def)));
    };
    let given = given(part).ok_or_else(|| (part, say::no_value()))?;
    let wrong_type = || (part, say::wrong_type(first));
    let element = candidates.find(|e| fits(e, &given)).ok_or_else(wrong_type)?;
    let tree = |v: Value<'p>| Tree::new(v, super::MAX_DEPTH).ok_or_else(|| (v, say::too_large()));
    let pair = match given {
        Given::Typed(_, value, companion) => Pair {
            value: value.map(tree).transpose()?,
            companion: companion.map(tree).transpose()?,
        },
        Given::Resource(resource) => Pair {
            value: Some(tree(resource)?),
            companion: None,
        },
        Given::Parts(parts) => Pair {
            value: Some(object(element, parts, nested)?),
            companion: None,
        },
    };
    Ok((element, pair))
}

/// An object from parts.
fn object<'p>(element: &'static Element, parts: Value<'p>, nested: usize) -> Result<Tree<'p>, (Value<'p>, Finding)> {
    let Some(def) = element.complex().filter(|_| nested < MAX_NESTED) else {
        return Err((parts, say::too_large()));
    };
    let mut object = Tree::Object(Vec::new());
    for (count, part) in parts.children().enumerate() {
        if count == MAX_PARTS {
            return Err((part, say::too_large()));
        }
        let name = part.str("name").ok_or_else(|| (part, say::part_without_name()))?;
        let (element, pair) = chosen(def, &name, part, nested + 1)?;
        if element.is_list() {
            let end = edit::length(&object, element);
            edit::insert(&mut object, element, end, pair);
        } else if taken(&object, def, element) {
            return Err((part, say::taken(element)));
        } else {
            edit::set(&mut object, element, None, pair);
        }
    }
    Ok(object)
}

/// Whether an object has an element that may not repeat, or another type of the same choice.
pub(super) fn taken(object: &Tree<'_>, def: &TypeDef, element: &Element) -> bool {
    def.elements().iter().any(|e| e.slot() == element.slot() && edit::has(object, e))
}

fn given(part: Value<'_>) -> Option<Given<'_>> {
    if let Some(resource) = part.get("resource") {
        return Some(Given::Resource(resource));
    }
    if let Some(parts) = part.get("part") {
        return parts.is_array().then_some(Given::Parts(parts));
    }
    let def = type_of("Parameters.parameter")?;
    let typed = part.children().find_map(|c| {
        let key = c.key()?;
        def.element(key.strip_prefix('_').unwrap_or(&key)).filter(|e| e.stem() == "value")
    })?;
    let companion = part.get(&format!("_{}", typed.name()));
    Some(Given::Typed(typed, part.get(typed.name()), companion))
}

/// Whether an element may have what is given. Primitives of the same kind in JSON stand for each
/// other (a code may be given as a string); whether the value is right is for validation.
fn fits(element: &Element, given: &Given<'_>) -> bool {
    match given {
        Given::Typed(typed, value, _) => match (element.ty(), typed.ty()) {
            _ if element.is_choice() => element.type_name() == typed.type_name(),
            (ElementType::Primitive(a), ElementType::Primitive(b)) => {
                a.json_kind() == b.json_kind() && value.is_none_or(|v| v.kind() == a.json_kind())
            }
            (ElementType::Complex(a), ElementType::Complex(b)) => a == b && value.is_none_or(Value::is_object),
            _ => false,
        },
        Given::Resource(resource) => element.ty() == ElementType::Resource && resource.is_object(),
        Given::Parts(_) => matches!(element.ty(), ElementType::Complex(_)),
    }
}
