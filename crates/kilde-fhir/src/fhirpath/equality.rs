//! When items are equal (`=`), when they are equivalent (`~`), and keys by which equal items meet.

use super::item::Item;
use super::quantity::{Quantity, same_when_rounded};
use super::system::{System, decimal};
use crate::json::{Kind, Value};
use rustc_hash::FxHasher;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Values nested deeper than this are not the same as anything.
const MAX_DEPTH: usize = 200;

/// Objects with more properties than this are compared by hash.
const FEW: usize = 16;

/// Steps that a comparison may take. When none are left it ends with any answer: the evaluation
/// ends with an error.
pub(super) struct Work {
    pub(super) left: u64,
}

impl Work {
    /// Takes steps; `false` if none are left.
    fn take(&mut self, steps: usize) -> bool {
        self.left = self.left.saturating_sub(steps as u64);
        self.left > 0
    }
}

/// Whether two items are equal; `None` if it cannot be told.
pub(super) fn equal(a: &Item<'_>, b: &Item<'_>, work: &mut Work) -> Option<bool> {
    work.take(1);
    match (a.system(), b.system()) {
        (Some(System::Quantity(q)), other) => quantity_equal(&q, b, other.as_ref(), work),
        (other, Some(System::Quantity(q))) => quantity_equal(&q, a, other.as_ref(), work),
        (Some(System::String(a)), Some(System::String(b))) => {
            work.take(if a.len() == b.len() { a.len() / 256 } else { 0 });
            Some(a == b)
        }
        (Some(a), Some(b)) => values_equal(&a, &b),
        (None, None) => {
            if nodes_same(a, b, false, work) {
                return Some(true);
            }
            match (a.quantity(), b.quantity()) {
                (Some(a), Some(b)) => {
                    work.take(UNITS);
                    a.equal(&b)
                }
                _ => Some(false),
            }
        }
        _ => Some(false),
    }
}

/// Steps for reading two units.
pub(super) const UNITS: usize = 16;

fn quantity_equal(quantity: &Quantity<'_>, other: &Item<'_>, value: Option<&System<'_>>, work: &mut Work) -> Option<bool> {
    work.take(UNITS);
    match other.quantity().or_else(|| value.and_then(Quantity::of_number)) {
        Some(other) => quantity.equal(&other),
        None => Some(false),
    }
}

fn values_equal(a: &System<'_>, b: &System<'_>) -> Option<bool> {
    match (a, b) {
        (System::Boolean(a), System::Boolean(b)) => Some(a == b),
        (System::String(a), System::String(b)) => Some(a == b),
        (System::Time(a), System::Time(b)) => a.compare(*b).map(|o| o == Ordering::Equal),
        (System::Type(a), System::Type(b)) => Some(a == b),
        _ => {
            if let (Some(a), Some(b)) = (a.number(), b.number()) {
                Some(a == b)
            } else if let (Some(a), Some(b)) = (a.date_time(), b.date_time()) {
                a.compare(b).map(|o| o == Ordering::Equal)
            } else {
                Some(false)
            }
        }
    }
}

/// Whether two items are equivalent.
pub(super) fn equivalent(a: &Item<'_>, b: &Item<'_>, work: &mut Work) -> bool {
    work.take(1);
    if let (Some(a), Some(b)) = (a.quantity(), b.quantity()) {
        work.take(UNITS);
        return a.equivalent(&b);
    }
    match (a.system(), b.system()) {
        (Some(System::String(a)), Some(System::String(b))) => {
            work.take((a.len() + b.len()) / 64);
            folded(&a) == folded(&b)
        }
        (Some(a), Some(b)) => values_equivalent(&a, &b),
        (None, None) => nodes_same(a, b, true, work),
        _ => false,
    }
}

fn values_equivalent(a: &System<'_>, b: &System<'_>) -> bool {
    match (a.number(), b.number()) {
        (Some(a), Some(b)) => same_when_rounded(a, b),
        _ => match (a.date_time(), b.date_time()) {
            (Some(a), Some(b)) => a.key() == b.key(),
            _ => values_equal(a, b) == Some(true),
        },
    }
}

/// Without differences of case and white space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn nodes_same(a: &Item<'_>, b: &Item<'_>, loose: bool, work: &mut Work) -> bool {
    let (Some(a), Some(b)) = (a.node(), b.node()) else { return false };
    match (a.value(), b.value(), a.companion(), b.companion()) {
        (Some(a), Some(b), _, _) | (None, None, Some(a), Some(b)) => same(a, b, loose, MAX_DEPTH, work),
        _ => false,
    }
}

/// Whether two trees say the same, whatever the order of properties and, if `loose`, of items.
fn same(a: Value<'_>, b: Value<'_>, loose: bool, depth: usize, work: &mut Work) -> bool {
    if !work.take(1 + a.raw().len().min(b.raw().len()) / 256) || depth == 0 || a.kind() != b.kind() {
        return false;
    }
    if std::ptr::eq(a.document(), b.document()) && a.place() == b.place() {
        return true;
    }
    match a.kind() {
        Kind::Object => same_object(a, b, loose, depth, work),
        Kind::Array if loose => {
            let mut left: Vec<Value<'_>> = b.children().collect();
            let all = a.children().all(|item| {
                let at = left.iter().position(|other| same(item, *other, loose, depth - 1, work));
                at.map(|at| left.swap_remove(at)).is_some()
            });
            all && left.is_empty()
        }
        Kind::Array => {
            a.children().count() == b.children().count() && a.children().zip(b.children()).all(|(a, b)| same(a, b, loose, depth - 1, work))
        }
        Kind::String if loose => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => folded(&a) == folded(&b),
            _ => false,
        },
        Kind::String => a.as_str() == b.as_str(),
        Kind::Number => a.raw() == b.raw() || (decimal(a.raw()).is_some() && decimal(a.raw()) == decimal(b.raw())),
        Kind::Bool | Kind::Null => a.raw() == b.raw(),
    }
}

fn same_object(a: Value<'_>, b: Value<'_>, loose: bool, depth: usize, work: &mut Work) -> bool {
    let count = a.children().count();
    if count != b.children().count() {
        return false;
    }
    let many: Option<HashMap<_, _>> = (count > FEW).then(|| b.children().filter_map(|c| Some((c.key()?, c))).collect());
    a.children().all(|child| {
        let Some(key) = child.key() else { return false };
        let other = match &many {
            Some(many) => many.get(&key).copied(),
            None => b.get(&key),
        };
        other.is_some_and(|other| same(child, other, loose, depth - 1, work))
    })
}

/// A number that equal items share. Unequal ones seldom do, but for quantities.
pub(super) fn key(item: &Item<'_>, work: &mut Work) -> u64 {
    let mut hasher = FxHasher::default();
    if item.quantity().is_some() {
        return 1;
    }
    match item.system() {
        Some(System::Boolean(value)) => (1, value).hash(&mut hasher),
        Some(System::String(text)) => {
            work.take(text.len() / 256);
            (2, &*text).hash(&mut hasher);
        }
        Some(System::Time(time)) => (3, time.key()).hash(&mut hasher),
        Some(value) => match (value.number(), value.date_time()) {
            (Some(number), _) => (4, number.normalize()).hash(&mut hasher),
            (_, Some(at)) => (5, at.key()).hash(&mut hasher),
            _ => 6.hash(&mut hasher),
        },
        None => {
            if let Some(value) = item.node().and_then(|n| n.value().or(n.companion())) {
                return tree_key(value, MAX_DEPTH, work);
            }
        }
    }
    hasher.finish()
}

/// The same for trees that are the same, whatever the order of their properties.
fn tree_key(value: Value<'_>, depth: usize, work: &mut Work) -> u64 {
    let mut hasher = FxHasher::default();
    match value.kind() {
        _ if depth == 0 || !work.take(1) => {}
        Kind::Object => {
            return value.children().fold(7, |sum: u64, child| {
                let mut hasher = FxHasher::default();
                (child.key(), tree_key(child, depth - 1, work)).hash(&mut hasher);
                sum.wrapping_add(hasher.finish())
            });
        }
        Kind::Array => value
            .children()
            .for_each(|child| tree_key(child, depth - 1, work).hash(&mut hasher)),
        Kind::String => {
            work.take(value.raw().len() / 256);
            value.as_str().hash(&mut hasher);
        }
        Kind::Number => match decimal(value.raw()) {
            Some(number) => number.normalize().hash(&mut hasher),
            None => value.raw().hash(&mut hasher),
        },
        Kind::Bool | Kind::Null => value.raw().hash(&mut hasher),
    }
    hasher.finish()
}
