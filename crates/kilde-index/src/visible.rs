//! Whether a scope reaches a version. The one place that asks it.

use crate::index::Shared;
use crate::people::People;
use crate::record::{Header, Record};
use kilde_access::{AccessScope, Category, Element, Persons};
use kilde_fhir::definitions::ResourceType;
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

/// What is judged: a version, by the header of the newest one.
#[derive(Clone, Copy)]
pub(crate) struct What<'a> {
    pub rtype: ResourceType,
    pub id: &'a str,
    pub header: &'a Header,
}

impl<'a> What<'a> {
    pub fn new(rtype: ResourceType, id: &'a str, header: &'a Header) -> Self {
        What { rtype, id, header }
    }

    pub fn record(rtype: ResourceType, record: &'a Record<'a>) -> Self {
        What::new(rtype, record.id, &record.header)
    }
}

/// What the scope says of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It is reached.
    Visible,
    /// It would be reached if the citizen had not blocked it.
    Closed,
    /// It is kept from this member of the family: for her it is not there.
    Concealed,
    /// It is not reached.
    Hidden,
}

/// Whether the scope reaches a version.
pub(crate) fn visible(scope: &AccessScope, shared: &Shared, what: What<'_>, reach: Reach) -> bool {
    judged(scope, shared, what, reach) == Judged::Visible
}

/// Whether the scope reaches a version, and if not, whether that is the citizen's choice.
pub(crate) fn judged(scope: &AccessScope, shared: &Shared, what: What<'_>, reach: Reach) -> Judged {
    if !scope.covers(what.rtype.name()) || !permitted(scope, shared, what.header, reach) {
        Judged::Hidden
    } else if scope.may_conceal() && scope.conceals(&element(shared, what)) {
        Judged::Concealed
    } else if scope.is_hindered() && closed(scope, shared, what) {
        Judged::Closed
    } else {
        Judged::Visible
    }
}

fn source<'a>(shared: &'a Shared, header: &Header) -> &'a str {
    let index = (header.source as usize).wrapping_sub(1);
    shared.sources.get(index).map_or("", AsRef::as_ref)
}

fn permitted(scope: &AccessScope, shared: &Shared, header: &Header, reach: Reach) -> bool {
    let source = source(shared, header);
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

/// Whether a block of the person's, under any of her numbers, closes the version.
fn closed(scope: &AccessScope, shared: &Shared, what: What<'_>) -> bool {
    let element = element(shared, what);
    if shared.groups.alone(element.person) {
        return scope.closes(&element);
    }
    let mut group = shared.groups.of(element.person).into_iter();
    group.any(|person| scope.closes(&Element { person, ..element }))
}

fn element<'a>(shared: &'a Shared, what: What<'a>) -> Element<'a> {
    let header = what.header;
    Element {
        person: header.person,
        category: header.category,
        source: source(shared, header),
        rtype: what.rtype.name(),
        id: what.id,
        documented: header.documented,
        marks: header.marks,
    }
}

/// Whether the person is within the scope, under any of her numbers.
pub(crate) fn within(scope: &AccessScope, shared: &Shared, person: PersonNo) -> bool {
    match scope.persons() {
        Persons::None => false,
        Persons::Every => true,
        Persons::Only(list) => shared.groups.of(person).iter().any(|p| list.contains(p)),
    }
}
