//! Whether a scope reaches a version. The one place that asks it.

use crate::index::Shared;
use crate::people::People;
use crate::record::Header;
use kilde_access::{AccessScope, Category, Persons};
use kilde_log::PersonNo;

/// For what a version is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To show its content.
    Read,
    /// To count it.
    Exists,
    /// To write a later version, or refer to it: what may be read or written.
    Write,
}

/// Whether the scope reaches a version with this header.
pub(crate) fn visible(scope: &AccessScope, shared: &Shared, header: &Header, reach: Reach) -> bool {
    let index = (header.source as usize).wrapping_sub(1);
    let source = shared.sources.get(index).map_or("", AsRef::as_ref);
    let permits = |person: PersonNo, category: Category| match reach {
        Reach::Read => scope.permits_read(person, category, source),
        Reach::Exists => scope.permits_exists(person, category, source),
        Reach::Write => scope.permits_read(person, category, source) || scope.permits_write(person, category, source),
    };
    if shared.groups.alone(header.person) {
        return permits(header.person, header.category);
    }
    // Several numbers of one human being: what is closed under one of them is closed, and one of
    // them within the scope is enough to be within it.
    let group = shared.groups.of(header.person);
    let within: People = match scope.persons() {
        Persons::Only(list) => group.into_iter().filter(|p| list.contains(p)).collect(),
        _ => group,
    };
    !within.is_empty() && within.into_iter().all(|p| permits(p, header.category))
}

/// Whether the person is within the scope, under any of her numbers.
pub(crate) fn within(scope: &AccessScope, shared: &Shared, person: PersonNo) -> bool {
    match scope.persons() {
        Persons::None => false,
        Persons::Every => true,
        Persons::Only(list) => shared.groups.of(person).iter().any(|p| list.contains(p)),
    }
}
