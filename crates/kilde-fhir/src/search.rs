//! Search: the R4 search parameters of every resource type, compiled to extractors that run over
//! JSON, and what else a search needs to know about values.
//!
//! Each pair of base type and code is a [`Param`] of its own with a [`ParamId`]. [`extract`] gives
//! what a resource is to be found by; [`crate::date::Prefix`], [`Number`] and [`fold`] say how a
//! search value compares to it.
//!
//! [`composites`] gives what belongs together in composite parameters.
//!
//! Not extracted: `special` parameters, `_id`, `_lastUpdated`, `_text`, `_content`
//! and `_query` ([`Param::extracted`]).

mod added;
mod compartment;
mod compile;
mod composite;
mod evaluated;
mod expression;
mod extract;
mod fold;
mod number;
mod reference;
mod table;
mod tree;
mod value;

pub use added::{Additions, TooLate};
pub use compartment::{compartment_params, has_compartment, of_patients};
pub use compile::Elements;
pub use composite::{Part, composites};
pub use extract::{Indexed, extract};
pub use fold::fold;
pub use number::Number;
pub use reference::{Reference, patient_references, references};
pub use table::{Component, Param, ParamId, ParamType, by_id, get, param, params_of, table_digest};

#[cfg(test)]
mod tests;
