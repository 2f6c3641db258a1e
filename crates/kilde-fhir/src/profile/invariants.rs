//! What the validator asks of FHIRPath.

use crate::json::Value;

/// The element that an invariant is about, and what surrounds it.
#[derive(Debug, Clone, Copy)]
pub struct Focus<'a> {
    /// The element's value; `None` for a primitive that only has `_name`.
    pub value: Option<Value<'a>>,
    /// The `_name` of a primitive.
    pub companion: Option<Value<'a>>,
    /// The element's type: `Patient`, `HumanName`, `Patient.contact`, `string`.
    pub type_name: &'a str,
    /// `%resource`: the resource that the element is in, a contained one included.
    pub resource: Value<'a>,
    /// `%rootResource`: the resource that contains it, if it is contained; else the same.
    pub root_resource: Value<'a>,
    /// What is validated: a Bundle, where references may lead to other entries.
    pub whole: Value<'a>,
}

/// Evaluates invariants.
pub trait Invariants: Send + Sync {
    /// Prepares an expression; the number is given back to [`Invariants::holds`].
    ///
    /// # Errors
    /// Why the expression cannot be understood.
    fn compile(&self, expression: &str) -> Result<u32, String>;

    /// Whether the expression holds for the element.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn holds(&self, expression: u32, focus: &Focus<'_>) -> Result<bool, String>;
}
