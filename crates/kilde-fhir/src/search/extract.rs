//! What a resource is found by.

use super::compile;
use super::reference::Reference;
use super::table::ParamId;
use crate::date;
use crate::json::Value;
use std::borrow::Cow;

/// One value under which a resource is found by a parameter. Borrowed from the resource wherever
/// its text can stand as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Indexed<'a> {
    /// Of `code`, `Coding`, `CodeableConcept` (each coding), `Identifier`, `boolean`,
    /// `ContactPoint`, `id`, `string`. At least one of the two is there. The system of a bare
    /// `code` is not given: its binding implies it.
    Token {
        /// System of the code or identifier.
        system: Option<Cow<'a, str>>,
        /// Code, identifier's value, contact point's value, `true` or `false`.
        code: Option<Cow<'a, str>>,
    },
    /// Text as it stands; each part of a name or an address by itself. [`super::fold`] makes it
    /// searchable.
    String(Cow<'a, str>),
    /// Of `date`, `dateTime`, `instant`, `Period`, and the outer limits of a `Timing`.
    Date(date::Range),
    /// A number, low and high the same; a `Range` from low to high, an absent bound being infinite.
    ///
    /// A stored number is as exact as R4 takes it to be; only the search value's digits imply a
    /// precision ([`super::Number`]).
    Number {
        /// Least.
        low: f64,
        /// Greatest.
        high: f64,
    },
    /// Of `Quantity` and its kinds, `Money` (system ISO 4217), `Range`, `SampledData` (least to
    /// greatest sample).
    Quantity {
        /// The number as it stands; of a range the low bound, else the high one.
        value: f64,
        /// Least that it may be: `value`, or minus infinity with a comparator `<`.
        low: f64,
        /// Greatest that it may be: `value`, or infinity with a comparator `>`.
        high: f64,
        /// System of the unit's code.
        system: Option<Cow<'a, str>>,
        /// The unit's code.
        code: Option<Cow<'a, str>>,
        /// The unit for people.
        unit: Option<Cow<'a, str>>,
    },
    /// Of `uri`, `url`, `canonical`, as it stands.
    Uri(Cow<'a, str>),
    /// Of `Reference`, of `canonical` in reference parameters ([`Reference::Absolute`], with its
    /// version and without), and of resources within a Bundle that have an id.
    Reference(Reference<'a>),
}

/// Gives everything a resource is found by: for each parameter of its type, each value at its
/// path. Values may repeat. What does not fit (another kind of JSON than the element has, a date
/// that is none) is passed over; nothing at all is given for what is no R4 resource.
pub fn extract<'a>(resource: Value<'a>, out: &mut dyn FnMut(ParamId, Indexed<'a>)) {
    if let Some(trees) = compile::of(resource) {
        trees.all.walk(resource, out);
        for evaluated in &trees.evaluated {
            evaluated.values(resource, out);
        }
    }
}
