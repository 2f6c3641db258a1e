//! Changes to the elements of an object, primitives with their companions (`_name`).

use super::pointer::at_mut;
use super::tree::Tree;
use crate::definitions::Element;
use std::borrow::Cow;

/// A value for an element: what stands under its name, and under `_name` if it is a primitive.
#[derive(Debug, Clone)]
pub(super) struct Pair<'t> {
    pub(super) value: Option<Tree<'t>>,
    pub(super) companion: Option<Tree<'t>>,
}

/// Takes an element, or one item of it, out of an object.
pub(super) fn remove(owner: &mut Tree<'_>, element: &Element, index: Option<usize>) {
    for name in names(element) {
        match (owner.get_mut(&name), index) {
            (Some(Tree::Array(items)), Some(index)) => {
                if index < items.len() {
                    items.remove(index);
                }
            }
            _ => drop_member(owner, &name),
        }
    }
    tidy(owner, element);
}

/// Puts an item into a list that may not be there yet.
pub(super) fn insert<'t>(owner: &mut Tree<'t>, element: &Element, index: usize, pair: Pair<'t>) {
    let length = length(owner, element);
    for (name, new) in names(element).into_iter().zip([pair.value, pair.companion]) {
        let list = list(owner, name, length);
        if let Some(Tree::Array(items)) = list {
            items.insert(index.min(items.len()), new.unwrap_or(Tree::NULL));
        }
    }
    tidy(owner, element);
}

/// Moves an item within its list.
pub(super) fn relocate(owner: &mut Tree<'_>, element: &Element, from: usize, to: usize) {
    let length = length(owner, element);
    for name in names(element) {
        if let Some(Tree::Array(items)) = list(owner, name, length)
            && from < items.len()
            && to < items.len()
        {
            let item = items.remove(from);
            items.insert(to, item);
        }
    }
    tidy(owner, element);
}

/// Sets an element that does not repeat, or the item of that number.
pub(super) fn set<'t>(owner: &mut Tree<'t>, element: &Element, index: Option<usize>, pair: Pair<'t>) {
    let length = length(owner, element);
    for (name, new) in names(element).into_iter().zip([pair.value, pair.companion]) {
        match index {
            Some(index) => {
                if let Some(item) = list(owner, name, length).and_then(|l| item(l, index)) {
                    *item = new.unwrap_or(Tree::NULL);
                }
            }
            None => match (new, owner.get_mut(&name)) {
                (Some(new), Some(old)) => *old = new,
                (Some(new), None) => push(owner, name, new),
                (None, _) => drop_member(owner, &name),
            },
        }
    }
    tidy(owner, element);
}

/// The companion of a primitive, made if it is not there.
pub(super) fn companion<'a, 't>(owner: &'a mut Tree<'t>, element: &Element, index: Option<usize>) -> Option<&'a mut Tree<'t>> {
    let name = format!("_{}", element.name());
    let length = length(owner, element);
    let place = match index {
        Some(index) => item(list(owner, name, length)?, index)?,
        None => {
            if owner.get(&name).is_none() {
                push(owner, name.clone(), Tree::NULL);
            }
            owner.get_mut(&name)?
        }
    };
    if place.is_null() {
        *place = Tree::Object(Vec::new());
    }
    Some(place)
}

/// Whether an object has anything for an element.
pub(super) fn has(owner: &Tree<'_>, element: &Element) -> bool {
    names(element).iter().any(|n| owner.get(n).is_some())
}

/// Takes away what has become empty, from the object at a place upwards; the resource stays.
pub(super) fn prune(tree: &mut Tree<'_>, mut way: Vec<String>) {
    while let Some(last) = way.last().cloned() {
        if !at_mut(tree, &way).is_ok_and(|t| t.is_empty()) {
            return;
        }
        way.pop();
        let in_companions = way.last().is_some_and(|n| n.starts_with('_'));
        match at_mut(tree, &way) {
            Ok(Tree::Array(items)) => {
                let Some(i) = last.parse::<usize>().ok().filter(|i| *i < items.len()) else {
                    return;
                };
                if !in_companions {
                    items.remove(i);
                } else {
                    items[i] = Tree::NULL;
                    drop_item_if_null(tree, &way, i);
                }
            }
            Ok(owner @ Tree::Object(_)) => drop_member(owner, &last),
            _ => return,
        }
    }
}

/// Takes an item of a list of companions away if its value is `null` too.
fn drop_item_if_null(tree: &mut Tree<'_>, companions: &[String], i: usize) {
    let Some((name, owner)) = companions.split_last() else { return };
    let Ok(owner) = at_mut(tree, owner) else { return };
    let value = name.trim_start_matches('_');
    match owner.get(value) {
        Some(Tree::Array(items)) if !items.get(i).is_none_or(Tree::is_null) => return,
        _ => {}
    }
    for name in [value, name] {
        if let Some(Tree::Array(items)) = owner.get_mut(name)
            && i < items.len()
        {
            items.remove(i);
        }
        if owner.get(name).is_some_and(Tree::is_empty) && name == value {
            drop_member(owner, name);
        }
    }
}

/// The names under which an element may stand.
fn names(element: &Element) -> [String; 2] {
    [element.name().to_owned(), format!("_{}", element.name())]
}

fn push<'t>(owner: &mut Tree<'t>, name: String, value: Tree<'t>) {
    if let Tree::Object(members) = owner {
        members.push((Cow::Owned(name), value));
    }
}

fn drop_member(owner: &mut Tree<'_>, name: &str) {
    if let Tree::Object(members) = owner {
        members.retain(|(k, _)| k != name);
    }
}

/// How many items there are.
pub(super) fn length(owner: &Tree<'_>, element: &Element) -> usize {
    let of = |name: &String| match owner.get(name) {
        Some(Tree::Array(items)) => items.len(),
        _ => 0,
    };
    names(element).iter().map(of).max().unwrap_or(0)
}

/// The array under a name, made if it is not there, filled up with `null`.
fn list<'a, 't>(owner: &'a mut Tree<'t>, name: String, length: usize) -> Option<&'a mut Tree<'t>> {
    if owner.get(&name).is_none() {
        push(owner, name.clone(), Tree::Array(Vec::new()));
    }
    let found = owner.get_mut(&name)?;
    if let Tree::Array(items) = found {
        while items.len() < length {
            items.push(Tree::NULL);
        }
    }
    Some(found)
}

fn item<'a, 't>(list: &'a mut Tree<'t>, index: usize) -> Option<&'a mut Tree<'t>> {
    match list {
        Tree::Array(items) => items.get_mut(index),
        _ => None,
    }
}

/// No item may be `null` in both lists, and no list may hold nothing but `null`.
fn tidy(owner: &mut Tree<'_>, element: &Element) {
    let names = names(element);
    if element.is_list() {
        let null = |owner: &Tree<'_>, name: &str, i: usize| match owner.get(name) {
            Some(Tree::Array(items)) => items.get(i).is_none_or(Tree::is_null),
            other => other.is_none(),
        };
        for i in (0..length(owner, element)).rev() {
            if names.iter().all(|n| null(owner, n, i)) {
                for name in &names {
                    if let Some(Tree::Array(items)) = owner.get_mut(name)
                        && i < items.len()
                    {
                        items.remove(i);
                    }
                }
            }
        }
    }
    for name in &names {
        if owner.get(name).is_some_and(|v| v.is_empty() || v.is_null()) {
            drop_member(owner, name);
        }
    }
}
