//! The R4 definitions: resource types, the elements of every type, and the codes of required
//! bindings, from the tables in `tables/` (see `tables/README.md`). Read once, at the first use.

mod codes;
mod element;
mod load;
mod primitive;
mod resource_type;
mod targets;

pub use codes::ValueSet;
pub use element::{Element, ElementType, TypeDef, TypeId, TypeKind};
pub use primitive::Primitive;
pub use resource_type::ResourceType;
pub use targets::Targets;

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(load::definitions);

/// All types.
struct Definitions {
    types: Vec<TypeDef>,
    by_name: FxHashMap<&'static str, TypeId>,
    of_resource: Vec<Option<TypeId>>,
}

/// The type of that name: a resource type (`Patient`), a complex datatype (`HumanName`) or a
/// backbone element by its path (`Patient.contact`).
pub fn type_of(name: &str) -> Option<&'static TypeDef> {
    Some(type_by_id(*DEFINITIONS.by_name.get(name)?))
}

/// The type with that number.
pub fn type_by_id(id: TypeId) -> &'static TypeDef {
    &DEFINITIONS.types[usize::from(id.0)]
}

/// The elements of a resource type.
pub fn type_of_resource(resource: ResourceType) -> Option<&'static TypeDef> {
    DEFINITIONS
        .of_resource
        .get(usize::from(resource.0))
        .copied()
        .flatten()
        .map(type_by_id)
}

/// All types, abstract ones included.
pub fn types() -> impl Iterator<Item = &'static TypeDef> {
    DEFINITIONS.types.iter()
}

#[cfg(test)]
mod tests;
