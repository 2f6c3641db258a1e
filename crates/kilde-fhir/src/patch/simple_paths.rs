//! Paths that patches need most: names, indexes, `where` with equalities, `first`, `last`,
//! `single`, `ofType`, `extension`.

use super::same::numbers;
use super::simple_path::{Literal, Misread, Step, parse};
use super::{PathError, Paths};
use crate::definitions::{ElementType, TypeDef, TypeKind, type_by_id, type_of};
use crate::json::{Kind, Value};
use crate::validate::place;

/// Resolves simple paths without an engine for all of FHIRPath.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimplePaths;

impl Paths for SimplePaths {
    fn resolve<'a>(&self, resource: Value<'a>, path: &str) -> Result<Vec<Value<'a>>, PathError> {
        let steps = parse(path).map_err(|Misread(at)| misread(at))?;
        let Some(def) = place::type_of(resource) else {
            return Ok(Vec::new());
        };
        let root = Item {
            value: Some(resource),
            companion: None,
            def: Some(def),
            type_name: def.name(),
        };
        let relative = match steps.split_first() {
            Some((Step::Name(name), rest)) if [def.name(), "DomainResource", "Resource"].contains(&name.as_str()) => rest,
            Some((Step::Name(name), _)) if name.starts_with(|c: char| c.is_ascii_uppercase()) => return Err(other_type(def)),
            _ => &steps,
        };
        let found = walk(vec![root], relative)?;
        Ok(found.into_iter().filter_map(|i| i.value.or(i.companion)).collect())
    }
}

/// An element of the resource.
#[derive(Debug, Clone)]
struct Item<'a> {
    value: Option<Value<'a>>,
    companion: Option<Value<'a>>,
    /// The type whose elements stand in it.
    def: Option<&'static TypeDef>,
    type_name: &'static str,
}

fn walk<'a>(mut items: Vec<Item<'a>>, steps: &[Step]) -> Result<Vec<Item<'a>>, PathError> {
    for step in steps {
        items = match step {
            Step::Name(name) => items.iter().flat_map(|i| children(i, name)).collect(),
            Step::Index(index) => items.into_iter().skip(*index).take(1).collect(),
            Step::First => items.into_iter().take(1).collect(),
            Step::Last => items.pop().into_iter().collect(),
            Step::Single if items.len() > 1 => return Err(not_single()),
            Step::Single => items,
            Step::OfType(name) => items.into_iter().filter(|i| i.type_name == name).collect(),
            Step::Extension(url) => items
                .iter()
                .flat_map(|i| children(i, "extension"))
                .filter(|e| e.value.and_then(|v| v.str("url")).as_deref() == Some(url))
                .collect(),
            Step::Where(conditions) => {
                let mut kept = Vec::new();
                for item in items {
                    if holds(&item, conditions)? {
                        kept.push(item);
                    }
                }
                kept
            }
        };
    }
    Ok(items)
}

fn holds(item: &Item<'_>, conditions: &[(Vec<Step>, Literal)]) -> Result<bool, PathError> {
    for (path, literal) in conditions {
        let found = walk(vec![item.clone()], path)?;
        let [Item { value: Some(value), .. }] = found.as_slice() else {
            return Ok(false);
        };
        let equal = match literal {
            Literal::Text(text) => value.as_str().is_some_and(|v| v == text.as_str()),
            Literal::Number(number) => value.as_number().is_some_and(|v| numbers(v, number)),
            Literal::Bool(truth) => value.as_bool() == Some(*truth),
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The elements of that name in an element.
fn children<'a>(item: &Item<'a>, name: &str) -> Vec<Item<'a>> {
    let mut found = Vec::new();
    let primitive = item.value.is_none_or(|v| !v.is_object());
    let inside = if primitive { item.companion } else { item.value };
    let def = if primitive { type_of("Element") } else { item.def };
    let (Some(inside), Some(def)) = (inside, def) else { return found };
    for element in def.elements().iter().filter(|e| e.stem() == name || e.name() == name) {
        let value = inside.get(element.name());
        let companion = match element.ty() {
            ElementType::Primitive(_) => inside.get(&format!("_{}", element.name())),
            _ => None,
        };
        let item = |value: Option<Value<'a>>, companion: Option<Value<'a>>| {
            let def = match element.ty() {
                ElementType::Primitive(_) => None,
                ElementType::Resource => value.and_then(place::type_of),
                ElementType::Complex(id) => Some(type_by_id(id)),
            };
            let resource = def.filter(|d| matches!(d.kind(), TypeKind::Resource(_)));
            Item {
                value,
                companion,
                def,
                type_name: resource.map_or(element.type_name(), TypeDef::name),
            }
        };
        if value.or(companion).is_some_and(Value::is_array) {
            let mut values = value.map(Value::children);
            let mut companions = companion.map(Value::children);
            loop {
                let pair = (
                    values.as_mut().and_then(Iterator::next),
                    companions.as_mut().and_then(Iterator::next),
                );
                let real = |v: Option<Value<'a>>| v.filter(|v| v.kind() != Kind::Null);
                match pair {
                    (None, None) => break,
                    (v, c) => found.push(item(real(v), real(c))),
                }
            }
        } else if value.or(companion).is_some() {
            found.push(item(value, companion));
        }
    }
    found
}

fn misread(at: usize) -> PathError {
    PathError {
        nb: format!("stien er ikke forstått fra tegn {at}"),
        en: format!("the path is not understood from character {at} on"),
    }
}

fn other_type(def: &TypeDef) -> PathError {
    PathError {
        nb: format!("stien begynner med en annen ressurstype enn {}", def.name()),
        en: format!("the path begins with another resource type than {}", def.name()),
    }
}

fn not_single() -> PathError {
    PathError {
        nb: "single() fant flere elementer".into(),
        en: "single() found several elements".into(),
    }
}
