//! Items: what collections hold.

use super::quantity::{CalendarUnit, Quantity, Unit};
use super::system::{System, Text, decimal};
use super::temporal::{Date, DateTime, Time};
use super::types::FhirType;
use crate::definitions::{self, Primitive};
use crate::json::{Kind, Position, Value};
use crate::validate::place;

/// A member of a collection.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// A place in a resource.
    Node(Node<'a>),
    /// A value of FHIRPath's own types.
    Value(System<'a>),
}

/// A place in a resource: an element with its FHIR type.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    value: Option<Value<'a>>,
    companion: Option<Value<'a>>,
    fhir_type: FhirType,
}

impl<'a> Node<'a> {
    /// A resource, its type as it says itself.
    pub fn resource(value: Value<'a>) -> Self {
        Node {
            value: Some(value),
            companion: None,
            fhir_type: place::type_of(value).map_or(FhirType::Unknown, FhirType::Complex),
        }
    }

    /// An element, resource or datatype of the type with that name (`HumanName`, `code`,
    /// `Patient.contact`). `companion` is what stands under the name with `_` beside a primitive.
    pub fn element(value: Option<Value<'a>>, companion: Option<Value<'a>>, type_name: &str) -> Self {
        Node::new(value, companion, FhirType::of(type_name).unwrap_or(FhirType::Unknown))
    }

    pub(super) fn new(value: Option<Value<'a>>, companion: Option<Value<'a>>, fhir_type: FhirType) -> Self {
        Node {
            value: value.filter(|v| v.kind() != Kind::Null),
            companion: companion.filter(|c| c.is_object()),
            fhir_type,
        }
    }

    /// The JSON value; none for a primitive that has only extensions.
    pub fn value(self) -> Option<Value<'a>> {
        self.value
    }

    /// The object with id and extensions that stands beside a primitive.
    pub fn companion(self) -> Option<Value<'a>> {
        self.companion
    }

    /// Its type.
    pub fn fhir_type(self) -> FhirType {
        self.fhir_type
    }

    /// Whether there is nothing at all.
    pub(super) fn is_nothing(self) -> bool {
        self.value.is_none() && self.companion.is_none()
    }

    fn place(self) -> Option<Value<'a>> {
        self.value.or(self.companion)
    }

    /// FHIRPath from the document's root: `Patient.name[0].given[1]`.
    pub fn path(self) -> String {
        self.place().map_or_else(String::new, |v| place::expression(v.document().root(), v))
    }

    /// Line and column.
    pub fn position(self) -> Option<Position> {
        self.place().map(Value::position)
    }

    /// The value of a primitive as one of FHIRPath's types. A date that is none stays a text.
    pub(super) fn system(self) -> Option<System<'a>> {
        let value = self.value?;
        match self.fhir_type {
            FhirType::Primitive(p) => primitive(p, value),
            FhirType::Complex(_) => None,
            FhirType::Unknown => match value.kind() {
                Kind::Bool => value.as_bool().map(System::Boolean),
                Kind::Number => number(value),
                Kind::String => text(value),
                _ => None,
            },
        }
    }

    /// The value of a quantity as FHIRPath's.
    pub(super) fn quantity(self) -> Option<Quantity<'a>> {
        let object = self.value.filter(|_| self.fhir_type.is_quantity())?;
        let value = decimal(object.get("value")?.as_number()?)?;
        if object.get("comparator").is_some() {
            return None;
        }
        let part = |name| object.str(name).map(Text::from);
        let unit = match (part("system"), part("code"), part("unit")) {
            (Some(system), Some(code), _) if &*system == UCUM => match CalendarUnit::of_ucum(&code) {
                Some(unit) => Unit::Calendar(unit),
                None => Unit::Ucum(code),
            },
            (Some(system), Some(code), _) => Unit::Other(format!("{}|{}", &*system, &*code).into()),
            (None, Some(text), _) | (_, None, Some(text)) => Unit::Other(text),
            (_, None, None) => Unit::one(),
        };
        Some(Quantity { value, unit })
    }
}

/// The system of UCUM codes.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

fn primitive(p: Primitive, value: Value<'_>) -> Option<System<'_>> {
    let temporal = |parsed: Option<System<'static>>| parsed.or_else(|| text(value));
    match p {
        Primitive::Boolean => value.as_bool().map(System::Boolean),
        Primitive::Decimal => decimal(value.as_number()?).map(System::Decimal),
        Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => number(value),
        Primitive::Date => temporal(Date::parse(&value.as_str()?).map(System::Date)),
        Primitive::DateTime | Primitive::Instant => temporal(DateTime::parse(&value.as_str()?).map(System::DateTime)),
        Primitive::Time => temporal(Time::parse(&value.as_str()?).map(System::Time)),
        _ => text(value),
    }
}

fn text(value: Value<'_>) -> Option<System<'_>> {
    value.as_str().map(|s| System::String(s.into()))
}

fn number(value: Value<'_>) -> Option<System<'static>> {
    let digits = value.as_number()?;
    match digits.parse::<i32>() {
        Ok(integer) => Some(System::Integer(integer)),
        Err(_) => decimal(digits).map(System::Decimal),
    }
}

impl<'a> Item<'a> {
    /// The place in a resource, if it is one.
    pub fn node(&self) -> Option<Node<'a>> {
        match self {
            Item::Node(node) => Some(*node),
            Item::Value(_) => None,
        }
    }

    /// The value: FHIRPath's own, or that of a primitive element.
    pub fn system(&self) -> Option<System<'a>> {
        match self {
            Item::Node(node) => node.system(),
            Item::Value(value) => Some(value.clone()),
        }
    }

    /// The name of the type: `FHIR.Patient`, `System.String`.
    pub fn type_name(&self) -> String {
        let info = super::types::info(self);
        format!("{}.{}", info.namespace, info.name)
    }

    /// The quantity, if it is one.
    pub(super) fn quantity(&self) -> Option<Quantity<'a>> {
        match self {
            Item::Node(node) => node.quantity(),
            Item::Value(System::Quantity(quantity)) => Some((**quantity).clone()),
            Item::Value(_) => None,
        }
    }

    /// The text, if it is a string or a primitive that JSON writes as one.
    pub(super) fn text(&self) -> Option<Text<'a>> {
        match self {
            Item::Value(System::String(text)) => Some(text.clone()),
            Item::Value(_) => None,
            Item::Node(node) => match node.fhir_type() {
                FhirType::Complex(_) => None,
                FhirType::Primitive(_) | FhirType::Unknown => node.value()?.as_str().map(Text::from),
            },
        }
    }
}

impl<'a> From<Node<'a>> for Item<'a> {
    fn from(node: Node<'a>) -> Self {
        Item::Node(node)
    }
}

impl<'a> From<System<'a>> for Item<'a> {
    fn from(value: System<'a>) -> Self {
        Item::Value(value)
    }
}

/// The extension of a resource's element or of a primitive, for [`super::navigate`].
pub(super) fn element_type() -> FhirType {
    definitions::type_of("Element").map_or(FhirType::Unknown, FhirType::Complex)
}
