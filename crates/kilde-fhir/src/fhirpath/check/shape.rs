//! What is known of a collection before there is one.

use crate::definitions::{self, Element, ElementType, Primitive};
use crate::fhirpath::system::SystemType;
use crate::fhirpath::types::{FhirType, TypeSpecifier};

/// A type that items may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum One {
    Fhir(FhirType),
    System(SystemType),
}

/// What is known of a collection.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// The types that items may have; `None` if that is not known.
    pub(super) types: Option<Vec<One>>,
    /// Whether there is at most one item.
    pub(super) one: bool,
    /// Whether the items have an order.
    pub(super) ordered: bool,
}

impl Shape {
    pub(super) fn of(one: One) -> Self {
        Shape {
            types: Some(vec![one]),
            one: true,
            ordered: true,
        }
    }

    pub(super) fn boolean() -> Self {
        Shape::of(One::System(SystemType::Boolean))
    }

    pub(super) fn unknown() -> Self {
        Shape {
            types: None,
            one: false,
            ordered: true,
        }
    }

    pub(super) fn nothing() -> Self {
        Shape {
            types: Some(Vec::new()),
            one: true,
            ordered: true,
        }
    }

    pub(super) fn single(mut self) -> Self {
        self.one = true;
        self
    }

    pub(super) fn unordered(mut self) -> Self {
        self.ordered = false;
        self
    }

    /// Both together.
    pub(super) fn and(self, other: Shape) -> Self {
        Shape {
            types: self.types.zip(other.types).map(|(mut a, b)| {
                a.extend(b);
                a.truncate(64);
                a
            }),
            one: false,
            ordered: self.ordered && other.ordered,
        }
    }

    /// The names of the types.
    pub(super) fn names(&self) -> String {
        let name = |one: &One| match one {
            One::Fhir(FhirType::Complex(def)) => def.name(),
            One::Fhir(t) => t.name(),
            One::System(t) => t.name(),
        };
        let names: Vec<&str> = self.types.iter().flatten().map(name).take(4).collect();
        names.join(" or ")
    }

    /// The items of a type, if there may be any.
    pub(super) fn narrowed(&self, wanted: FhirType) -> Option<Shape> {
        let Some(types) = &self.types else {
            return Some(Shape { types: None, ..*self });
        };
        let fits = |one: &&One| match one {
            One::Fhir(t) => t.is(wanted) || wanted.is(*t),
            One::System(_) => false,
        };
        let types: Vec<One> = types.iter().filter(fits).copied().collect();
        (!types.is_empty()).then_some(Shape {
            types: Some(types),
            ..*self
        })
    }

    /// The items of a type.
    pub(super) fn as_type(&self, wanted: &TypeSpecifier) -> Shape {
        let fhir = wanted.fhir.map(One::Fhir);
        let system = wanted.system.map(One::System);
        Shape {
            types: Some(fhir.into_iter().chain(system).collect()),
            ..*self
        }
    }

    /// The children of that name; `None` if there can be none.
    pub(super) fn member(&self, name: &str) -> Option<Shape> {
        let Some(types) = &self.types else {
            return Some(Shape {
                one: false,
                ..self.clone()
            });
        };
        if types.is_empty() {
            return Some(Shape::nothing());
        }
        let mut found = Vec::new();
        let mut one = self.one;
        let mut open = false;
        for t in types {
            match t {
                One::Fhir(FhirType::Complex(def)) => {
                    let before = found.len();
                    for element in def.elements().iter().filter(|e| is_named(e, name)) {
                        one &= !element.is_list();
                        open |= element.ty() == ElementType::Resource;
                        found.push(One::Fhir(type_of(element)));
                    }
                    open |= found.len() == before && is_abstract(def.name());
                }
                One::Fhir(FhirType::Unknown) => open = true,
                One::Fhir(FhirType::Primitive(_)) => match name {
                    "id" => found.push(One::Fhir(FhirType::Primitive(Primitive::String))),
                    "extension" => {
                        one = false;
                        found.extend(FhirType::of("Extension").map(One::Fhir));
                    }
                    "value" => open = true,
                    _ => {}
                },
                One::System(SystemType::Quantity) => open |= matches!(name, "value" | "unit"),
                One::System(SystemType::Any) => open = true,
                One::System(_) => {}
            }
        }
        if found.is_empty() && !open {
            return None;
        }
        Some(Shape {
            types: Some(found).filter(|_| !open),
            one,
            ordered: self.ordered,
        })
    }

    fn all(&self, fits: impl Fn(&One) -> bool) -> bool {
        self.types.as_ref().is_some_and(|types| !types.is_empty() && types.iter().all(fits))
    }

    /// Whether no item can be a string.
    pub(super) fn is_never_text(&self) -> bool {
        self.all(|one| match one {
            One::Fhir(FhirType::Complex(def)) => !is_abstract(def.name()),
            One::System(t) => !matches!(t, SystemType::String | SystemType::Any),
            One::Fhir(FhirType::Primitive(p)) => p.json_kind() != crate::json::Kind::String,
            One::Fhir(FhirType::Unknown) => false,
        })
    }

    /// Whether no item can be a boolean.
    pub(super) fn is_never_boolean(&self) -> bool {
        self.all(|one| match one {
            One::Fhir(FhirType::Complex(def)) => !is_abstract(def.name()),
            One::Fhir(FhirType::Primitive(p)) => *p != Primitive::Boolean,
            One::Fhir(FhirType::Unknown) => false,
            One::System(t) => !matches!(t, SystemType::Boolean | SystemType::Any),
        })
    }

    pub(super) fn is_number(&self) -> bool {
        self.all(|one| match one {
            One::Fhir(FhirType::Primitive(p)) => p.json_kind() == crate::json::Kind::Number,
            One::System(t) => matches!(t, SystemType::Integer | SystemType::Decimal),
            One::Fhir(_) => false,
        })
    }

    pub(super) fn is_temporal(&self) -> bool {
        use Primitive::{Date, DateTime, Instant, Time};
        self.all(|one| match one {
            One::Fhir(FhirType::Primitive(p)) => matches!(p, Date | DateTime | Instant | Time),
            One::System(t) => matches!(t, SystemType::Date | SystemType::DateTime | SystemType::Time),
            One::Fhir(_) => false,
        })
    }
}

/// `value` names `value[x]`; `valueQuantity` names nothing.
fn is_named(element: &Element, name: &str) -> bool {
    element.stem() == name && (element.is_choice() || element.name() == name)
}

fn type_of(element: &Element) -> FhirType {
    match element.ty() {
        ElementType::Primitive(p) => FhirType::Primitive(p),
        ElementType::Complex(id) => FhirType::Complex(definitions::type_by_id(id)),
        ElementType::Resource => FhirType::Unknown,
    }
}

/// Types that are never an item's own: it may have more elements.
fn is_abstract(name: &str) -> bool {
    matches!(name, "Resource" | "DomainResource" | "Element" | "BackboneElement")
}
