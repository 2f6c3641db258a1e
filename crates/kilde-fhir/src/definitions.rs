//! The R4 definitions: resource types and the elements of every type, from the tables in
//! `tables/` (see `tables/README.md`).

mod resource_type;

pub use resource_type::ResourceType;
