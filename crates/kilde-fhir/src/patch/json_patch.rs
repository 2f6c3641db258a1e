//! JSON Patch (RFC 6902).

use super::pointer::{Astray, Pointer, at, at_mut, index};
use super::same::same;
use super::tree::Tree;
use super::{Fault, MAX_DEPTH, PatchError, Wrong, error, operations, say};
use crate::json::{Kind, Limits, Value};
use std::borrow::Cow;

/// All operations together may pass over so many bytes: each may move all of the resource.
const MOST_WORK: usize = 512 << 20;

/// Applies a JSON Patch to a resource; gives the changed resource as JSON without white space.
/// The limits bound the result, and all that the operations add on the way.
///
/// # Errors
/// Everything that is wrong with the patch itself, or the first operation that does not fit.
pub fn json_patch(resource: Value<'_>, patch: Value<'_>, limits: Limits) -> Result<String, PatchError> {
    let operations = read(patch).map_err(|wrongs| error(patch, wrongs))?;
    let most = limits.depth.min(MAX_DEPTH);
    let Some(tree) = Tree::new(resource, most) else {
        return Err(error(patch, vec![Wrong::inapplicable(patch, say::too_large())]));
    };
    let mut work = Work {
        tree,
        bytes: resource.raw().len(),
        most: limits.bytes,
        depth: most,
    };
    let mut passed = 0;
    for operation in operations {
        passed += work.bytes;
        if passed > MOST_WORK {
            return Err(error(patch, vec![Wrong::inapplicable(operation.place, say::too_large())]));
        }
        work.apply(&operation).map_err(|wrong| error(patch, vec![wrong]))?;
    }
    let mut out = String::with_capacity(resource.raw().len());
    work.tree.write(&mut out);
    Ok(out)
}

/// One operation as the patch has it.
struct Operation<'p> {
    place: Value<'p>,
    path_place: Value<'p>,
    path: Pointer,
    kind: What<'p>,
}

/// What to do.
enum What<'p> {
    Add(Tree<'p>),
    Remove,
    Replace(Tree<'p>),
    Move(Value<'p>, Pointer),
    Copy(Value<'p>, Pointer),
    Test(Tree<'p>),
}

fn read(patch: Value<'_>) -> Result<Vec<Operation<'_>>, Vec<Wrong<'_>>> {
    if !patch.is_array() {
        return Err(vec![Wrong::malformed(patch, say::not_a_json_patch())]);
    }
    operations(patch.children(), operation)
}

fn operation(place: Value<'_>) -> Result<Operation<'_>, Wrong<'_>> {
    if !place.is_object() {
        return Err(Wrong::malformed(place, say::not_an_operation()));
    }
    let member = |name: &'static str| place.get(name).ok_or_else(|| Wrong::malformed(place, say::member_missing(name)));
    let pointer = |name: &'static str| {
        let value = member(name)?;
        let pointer = value.as_str().and_then(|text| Pointer::parse(&text));
        Ok((value, pointer.ok_or_else(|| Wrong::malformed(value, say::not_a_pointer()))?))
    };
    let value = || Tree::new(member("value")?, MAX_DEPTH).ok_or_else(|| Wrong::malformed(place, say::too_large()));
    let op = member("op")?;
    let (path_place, path) = pointer("path")?;
    let kind = match op.as_str().as_deref() {
        Some("add") => What::Add(value()?),
        Some("remove") => What::Remove,
        Some("replace") => What::Replace(value()?),
        Some("test") => What::Test(value()?),
        Some(kind @ ("move" | "copy")) => {
            let (from_place, from) = pointer("from")?;
            if kind == "copy" {
                What::Copy(from_place, from)
            } else if from.is_above(&path) {
                return Err(Wrong::malformed(path_place, say::into_itself()));
            } else {
                What::Move(from_place, from)
            }
        }
        _ => return Err(Wrong::malformed(op, say::unknown_json_operation(op.kind() == Kind::String))),
    };
    Ok(Operation {
        place,
        path_place,
        path,
        kind,
    })
}

struct Work<'t> {
    tree: Tree<'t>,
    /// The size of the resource and of all that was added, and what that may be at most.
    bytes: usize,
    most: usize,
    depth: usize,
}

impl<'t> Work<'t> {
    fn apply(&mut self, operation: &Operation<'t>) -> Result<(), Wrong<'t>> {
        let Operation {
            place,
            path,
            path_place,
            kind,
        } = operation;
        let astray = |place: Value<'t>, pointer: &Pointer| {
            let shown = pointer.printable();
            move |a: Astray| Wrong::inapplicable(place, say::astray(a, shown.as_deref()))
        };
        match kind {
            What::Add(value) => {
                self.weigh(value, path, *place)?;
                self.add(path, value.clone()).map_err(astray(*path_place, path))
            }
            What::Replace(value) => {
                self.weigh(value, path, *place)?;
                *at_mut(&mut self.tree, &path.0).map_err(astray(*path_place, path))? = value.clone();
                Ok(())
            }
            What::Remove if path.0.is_empty() => Err(Wrong::inapplicable(*path_place, say::whole_resource())),
            What::Remove => self.remove(path).map(drop).map_err(astray(*path_place, path)),
            What::Test(value) => {
                let found = at(&self.tree, &path.0).map_err(astray(*path_place, path))?;
                if same(found, value) {
                    return Ok(());
                }
                Err(Wrong {
                    fault: Fault::TestFailed,
                    at: *place,
                    finding: say::test_failed(path.printable().as_deref()),
                })
            }
            What::Copy(from_place, from) => {
                let value = at(&self.tree, &from.0).map_err(astray(*from_place, from))?;
                let (depth, bytes) = value.measure();
                self.room(depth, bytes, path, *place)?;
                let value = at(&self.tree, &from.0).map_err(astray(*from_place, from))?.clone();
                self.add(path, value).map_err(astray(*path_place, path))
            }
            What::Move(from_place, from) => {
                let value = at(&self.tree, &from.0).map_err(astray(*from_place, from))?;
                if from == path {
                    return Ok(());
                }
                let (depth, _) = value.measure();
                self.room(depth, 0, path, *place)?;
                let value = self.remove(from).map_err(astray(*from_place, from))?;
                self.add(path, value).map_err(astray(*path_place, path))
            }
        }
    }

    fn weigh(&mut self, value: &Tree<'_>, path: &Pointer, place: Value<'t>) -> Result<(), Wrong<'t>> {
        let (depth, bytes) = value.measure();
        self.room(depth, bytes, path, place)
    }

    /// Whether a value of that depth and size may be put at a place.
    fn room(&mut self, depth: usize, bytes: usize, path: &Pointer, place: Value<'t>) -> Result<(), Wrong<'t>> {
        self.bytes += bytes;
        if bytes > 0 && self.bytes > self.most || path.0.len() + depth > self.depth {
            return Err(Wrong::inapplicable(place, say::too_large()));
        }
        Ok(())
    }

    fn add(&mut self, path: &Pointer, value: Tree<'t>) -> Result<(), Astray> {
        let Some((above, last)) = path.split() else {
            self.tree = value;
            return Ok(());
        };
        match at_mut(&mut self.tree, above)? {
            Tree::Object(members) => match members.iter_mut().find(|(k, _)| k == last) {
                Some((_, old)) => *old = value,
                None if last.is_empty() => return Err(Astray::NoName),
                None => members.push((Cow::Owned(last.to_owned()), value)),
            },
            Tree::Array(items) if last == "-" => items.push(value),
            Tree::Array(items) => match index(last).ok_or(Astray::NoIndex)? {
                i if i <= items.len() => items.insert(i, value),
                _ => return Err(Astray::Missing),
            },
            Tree::Leaf(_) => return Err(Astray::NoContainer),
        }
        Ok(())
    }

    fn remove(&mut self, path: &Pointer) -> Result<Tree<'t>, Astray> {
        let (above, last) = path.split().ok_or(Astray::NoContainer)?;
        match at_mut(&mut self.tree, above)? {
            Tree::Object(members) => {
                let i = members.iter().position(|(k, _)| k == last).ok_or(Astray::Missing)?;
                Ok(members.remove(i).1)
            }
            Tree::Array(items) => match index(last).ok_or(Astray::NoIndex)? {
                i if i < items.len() => Ok(items.remove(i)),
                _ => Err(Astray::Missing),
            },
            Tree::Leaf(_) => Err(Astray::NoContainer),
        }
    }
}
