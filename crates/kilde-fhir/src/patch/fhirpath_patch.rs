//! FHIRPath Patch.

use super::edit;
use super::new_value::{choose, taken};
use super::operations::{Operation, What, read};
use super::pointer::at_mut;
use super::target::{Place, Target, locate};
use super::tree::Tree;
use super::{MAX_DEPTH, PatchError, Wrong, error, say};
use crate::definitions::{Element, TypeDef, type_of};
use crate::fhirpath::{Context, Expression, Item, Node};
use crate::json::{Limits, Value, parse, write_compact};

/// All operations together may read so many bytes: each reads the resource anew.
const MOST_WORK: usize = 64 << 20;

/// Following one path may take so many steps.
const MOST_STEPS: u64 = 100_000;

/// Applies a FHIRPath Patch (a Parameters resource) to a resource; gives the changed resource as
/// JSON without white space. A path is any FHIRPath that gives elements of the resource.
///
/// # Errors
/// Everything that is wrong with the patch itself, or the first operation that does not fit.
pub fn fhirpath_patch(resource: Value<'_>, parameters: Value<'_>, limits: Limits) -> Result<String, PatchError> {
    let operations = read(parameters).map_err(|wrongs| error(parameters, wrongs))?;
    let mut text = String::with_capacity(resource.raw().len());
    write_compact(resource, &mut text);
    let mut work = 0;
    for operation in operations {
        work += text.len();
        text = apply(text, &operation, limits, work).map_err(|wrong| error(parameters, vec![wrong]))?;
    }
    Ok(text)
}

fn apply<'p>(text: String, operation: &Operation<'p>, limits: Limits, work: usize) -> Result<String, Wrong<'p>> {
    let too_large = || Wrong::inapplicable(operation.place, say::too_large());
    let limits = Limits {
        depth: limits.depth.min(MAX_DEPTH),
        ..limits
    };
    let document = parse(text, limits).ok().filter(|_| work <= MOST_WORK).ok_or_else(too_large)?;
    let root = document.root();
    let mut tree = Tree::new(root, limits.depth).ok_or_else(too_large)?;
    Step { operation, root }.apply(&mut tree)?;
    let mut out = String::with_capacity(document.text().len());
    tree.write(&mut out);
    match parse(out.as_str(), limits) {
        Ok(_) => Ok(out),
        Err(_) => Err(too_large()),
    }
}

/// One operation on the resource as it is by then.
struct Step<'o, 'p, 'a> {
    operation: &'o Operation<'p>,
    root: Value<'a>,
}

impl<'p, 'a> Step<'_, 'p, 'a> {
    fn apply<'t>(&self, tree: &mut Tree<'t>) -> Result<(), Wrong<'p>>
    where
        'p: 't,
    {
        match &self.operation.kind {
            What::Add(name, value) => self.add(tree, name, *value),
            What::Insert(index, value) => self.insert(tree, *index, *value),
            What::Delete => self.delete(tree),
            What::Replace(value) => self.replace(tree, *value),
            What::Move(from, to) => self.relocate(tree, *from, *to),
        }
    }

    fn add<'t>(&self, tree: &mut Tree<'t>, name: &str, value: Value<'p>) -> Result<(), Wrong<'p>>
    where
        'p: 't,
    {
        let place = self.one()?.ok_or_else(|| self.wrong(say::nothing_there()))?;
        let (owner, def) = self.inside(tree, &place)?;
        let (element, pair) = choose(def, name, value).map_err(|(at, finding)| Wrong::inapplicable(at, finding))?;
        if element.is_list() {
            let end = edit::length(owner, element);
            edit::insert(owner, element, end, pair);
        } else if taken(owner, def, element) {
            return Err(self.wrong(say::taken(element)));
        } else {
            edit::set(owner, element, None, pair);
        }
        Ok(())
    }

    fn insert<'t>(&self, tree: &mut Tree<'t>, index: usize, value: Value<'p>) -> Result<(), Wrong<'p>>
    where
        'p: 't,
    {
        let Some(list) = self.list()? else {
            return self.insert_first(tree, index, value);
        };
        let owner = self.owner(tree, &list)?;
        let length = edit::length(owner, list.element);
        if index > length {
            return Err(self.wrong(say::index(length)));
        }
        let (element, pair) =
            choose(list.owner_def, list.element.name(), value).map_err(|(at, finding)| Wrong::inapplicable(at, finding))?;
        edit::insert(owner, element, index, pair);
        Ok(())
    }

    /// Into a list that has no items yet: found by the path without its last name.
    fn insert_first<'t>(&self, tree: &mut Tree<'t>, index: usize, value: Value<'p>) -> Result<(), Wrong<'p>>
    where
        'p: 't,
    {
        let plain = |n: &str| n.bytes().all(|b| b.is_ascii_alphanumeric());
        let Some((above, name)) = self.operation.path.rsplit_once('.').filter(|(_, n)| plain(n)) else {
            return Err(self.wrong(say::nothing_there()));
        };
        let place = self.one_at(above)?.ok_or_else(|| self.wrong(say::nothing_there()))?;
        let (owner, def) = self.inside(tree, &place)?;
        let (element, pair) = choose(def, name, value).map_err(|(at, finding)| Wrong::inapplicable(at, finding))?;
        if !element.is_list() {
            return Err(self.wrong(say::no_list()));
        }
        if index > 0 {
            return Err(self.wrong(say::index(0)));
        }
        edit::insert(owner, element, 0, pair);
        Ok(())
    }

    fn delete(&self, tree: &mut Tree<'_>) -> Result<(), Wrong<'p>> {
        let target = match self.one()? {
            None => return Ok(()),
            Some(Place::Root(_)) => return Err(self.wrong(say::whole_resource())),
            Some(Place::Element(target)) => target,
        };
        edit::remove(self.owner(tree, &target)?, target.element, target.index);
        edit::prune(tree, target.owner);
        Ok(())
    }

    fn replace<'t>(&self, tree: &mut Tree<'t>, value: Value<'p>) -> Result<(), Wrong<'p>>
    where
        'p: 't,
    {
        let target = match self.one()? {
            None => return Err(self.wrong(say::nothing_there())),
            Some(Place::Root(_)) => return Err(self.wrong(say::whole_resource())),
            Some(Place::Element(target)) => target,
        };
        let owner = self.owner(tree, &target)?;
        let (element, pair) =
            choose(target.owner_def, target.element.stem(), value).map_err(|(at, finding)| Wrong::inapplicable(at, finding))?;
        if !std::ptr::eq(element, target.element) {
            // Another type of the same choice.
            edit::remove(owner, target.element, None);
        }
        edit::set(owner, element, target.index, pair);
        Ok(())
    }

    fn relocate(&self, tree: &mut Tree<'_>, from: usize, to: usize) -> Result<(), Wrong<'p>> {
        let list = self.list()?.ok_or_else(|| self.wrong(say::nothing_there()))?;
        let owner = self.owner(tree, &list)?;
        let length = edit::length(owner, list.element);
        if from >= length || to >= length {
            return Err(self.wrong(say::index(length.saturating_sub(1))));
        }
        edit::relocate(owner, list.element, from, to);
        Ok(())
    }

    fn wrong(&self, finding: crate::finding::Finding) -> Wrong<'p> {
        Wrong::inapplicable(self.operation.path_place, finding)
    }

    fn resolve(&self, path: &str) -> Result<Vec<Place>, Wrong<'p>> {
        let unfit = |what: &str, offset: usize| Wrong::malformed(self.operation.path_place, say::path(what, offset));
        let expression = Expression::compile(path).map_err(|e| unfit(&e.what, e.offset))?;
        let type_name = self.root.str("resourceType").unwrap_or_default();
        expression.check(&type_name).map_err(|e| unfit(&e.what, e.offset))?;
        let context = Context::new(self.root).with_steps(MOST_STEPS);
        let focus = [Item::Node(Node::resource(self.root))];
        let found = expression.evaluate(&context, &focus).map_err(|e| unfit(&e.what, e.offset))?;
        let place = |item: Item<'a>| {
            let value = item.node().and_then(|node| node.value().or(node.companion()));
            value.and_then(|v| locate(self.root, v)).ok_or_else(|| self.wrong(say::elsewhere()))
        };
        found.into_iter().map(place).collect()
    }

    /// The one element that the path leads to, if there is any.
    fn one(&self) -> Result<Option<Place>, Wrong<'p>> {
        self.one_at(&self.operation.path)
    }

    fn one_at(&self, path: &str) -> Result<Option<Place>, Wrong<'p>> {
        let mut found = self.resolve(path)?;
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(self.wrong(say::several())),
        }
    }

    /// The list that the path leads to: all its items and nothing else.
    fn list(&self) -> Result<Option<Target>, Wrong<'p>> {
        let mut targets = Vec::new();
        for place in self.resolve(&self.operation.path)? {
            match place {
                Place::Element(target) if target.element.is_list() => targets.push(target),
                _ => return Err(self.wrong(say::no_list())),
            }
        }
        let Some(first) = targets.first().cloned() else { return Ok(None) };
        let whole = targets
            .iter()
            .enumerate()
            .all(|(i, t)| t.index == Some(i) && t.owner == first.owner && std::ptr::eq(t.element, first.element));
        if whole { Ok(Some(first)) } else { Err(self.wrong(say::no_list())) }
    }

    /// The object that has an element.
    fn owner<'x, 't>(&self, tree: &'x mut Tree<'t>, target: &Target) -> Result<&'x mut Tree<'t>, Wrong<'p>> {
        at_mut(tree, &target.owner).map_err(|_| self.wrong(say::elsewhere()))
    }

    /// The object that has the elements of a place, and its type.
    fn inside<'x, 't>(&self, tree: &'x mut Tree<'t>, place: &Place) -> Result<(&'x mut Tree<'t>, &'static TypeDef), Wrong<'p>> {
        let elsewhere = || self.wrong(say::elsewhere());
        let target = match place {
            Place::Root(def) => return Ok((tree, def)),
            Place::Element(target) => target,
        };
        if target.is_primitive() {
            let def = type_of("Element").ok_or_else(elsewhere)?;
            let owner = self.owner(tree, target)?;
            let companion = edit::companion(owner, target.element, target.index).ok_or_else(elsewhere)?;
            return Ok((companion, def));
        }
        let object = at_mut(tree, &target.way()).map_err(|_| elsewhere())?;
        let def = target.element.complex().or_else(|| resource_type(target.element, object));
        Ok((object, def.ok_or_else(elsewhere)?))
    }
}

/// The type that a contained resource says it is.
fn resource_type(element: &Element, object: &Tree<'_>) -> Option<&'static TypeDef> {
    let Tree::Leaf(name) = object.get("resourceType")? else {
        return None;
    };
    let name = name.trim_matches('"');
    type_of(name).filter(|_| element.complex().is_none())
}
