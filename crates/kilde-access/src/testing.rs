//! Scopes for other crates' tests. Only with the feature `testing`, which no release enables.

use crate::block::Reader;
use crate::category::{Categories, Category};
use crate::declared::{Closing, Declared};
use crate::proxy::Marks;
use crate::scope::{AccessScope, Persons};
use kilde_log::{Instance, PersonNo};
use std::sync::Arc;

/// A scope that reads and writes everything as the source `<organisation>/<client>`.
pub fn everything(instance: Instance, organisation: &str, client: &str) -> AccessScope {
    AccessScope {
        read: Categories::ALL,
        own_source_only: false,
        descriptions: true,
        places: true,
        ..AccessScope::import(instance, organisation, client)
    }
}

/// A scope that reads these categories of these persons, and writes nothing.
pub fn reader(instance: Instance, persons: &[PersonNo], categories: &[Category]) -> AccessScope {
    let mut scope = everything(instance, "000000000", "test");
    scope.persons = Persons::Only(persons.iter().copied().collect());
    scope.read = Categories::of(categories);
    scope.write = Categories::NONE;
    scope.binding = binding(&scope);
    scope
}

/// A scope of a system: writes, and reads what it delivered itself.
pub fn system(instance: Instance, organisation: &str, client: &str) -> AccessScope {
    let mut scope = AccessScope {
        read: Categories::ALL,
        own_source_only: true,
        ..everything(instance, organisation, client)
    };
    scope.binding = binding(&scope);
    scope
}

/// The same scope without descriptions.
pub fn without_descriptions(scope: &AccessScope) -> AccessScope {
    AccessScope {
        descriptions: false,
        ..scope.clone()
    }
}

/// The same scope, from which places are kept.
pub fn without_places(scope: &AccessScope) -> AccessScope {
    let mut scope = AccessScope {
        places: false,
        ..scope.clone()
    };
    scope.binding = binding(&scope);
    scope
}

/// The same scope for existence only.
pub fn exists_only(scope: &AccessScope) -> AccessScope {
    AccessScope {
        exists_only: true,
        ..scope.clone()
    }
}

/// The same scope under the blocks that these declarations hold, for that reader.
pub fn hindered(scope: &AccessScope, declared: Arc<Declared>, reader: Reader) -> AccessScope {
    AccessScope {
        closing: Some(Arc::new(Closing { declared, reader })),
        ..scope.clone()
    }
}

fn binding(scope: &AccessScope) -> [u8; 16] {
    crate::scope::short(blake3::Hasher::new().update(format!("{scope:?}").as_bytes()))
}

/// A scope of a system that exports: reads what its organisation has delivered, by any client.
pub fn organisation(instance: Instance, organisation: &str, client: &str) -> AccessScope {
    let mut scope = AccessScope {
        own_organisation_only: true,
        write: Categories::NONE,
        ..everything(instance, organisation, client)
    };
    scope.binding = binding(&scope);
    scope
}

/// The same scope, which also writes these categories as a source.
pub fn writing(scope: &AccessScope, categories: &[Category], organisation: &str, client: &str) -> AccessScope {
    let mut scope = AccessScope {
        write: Categories::of(categories),
        source: Some(format!("{organisation}/{client}")),
        organisation: Some(organisation.to_owned()),
        client: client.to_owned(),
        ..scope.clone()
    };
    scope.binding = binding(&scope);
    scope
}

/// The same scope for somebody from whom marked resources are kept.
pub fn concealing(scope: &AccessScope, hides: Marks) -> AccessScope {
    AccessScope { hides, ..scope.clone() }
}
