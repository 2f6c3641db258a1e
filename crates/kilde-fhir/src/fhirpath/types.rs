//! Types: those of FHIR and of FHIRPath itself, and what specializes what.

use super::item::Item;
use super::system::{SystemType, TypeInfo};
use crate::definitions::{self, Primitive, TypeDef, TypeKind};

/// The type of a place in a resource.
#[derive(Debug, Clone, Copy)]
pub enum FhirType {
    /// A resource type, a complex datatype or a backbone element.
    Complex(&'static TypeDef),
    /// A primitive datatype.
    Primitive(Primitive),
    /// Not known: something that R4 does not define.
    Unknown,
}

impl FhirType {
    /// The name, `""` if the type is not known. Backbone elements have no name of their own.
    pub fn name(self) -> &'static str {
        match self {
            FhirType::Complex(def) if def.kind() == TypeKind::Backbone => def.base().map_or("", TypeDef::name),
            FhirType::Complex(def) => def.name(),
            FhirType::Primitive(p) => p.name(),
            FhirType::Unknown => "",
        }
    }

    /// The type that it specializes.
    pub(super) fn base(self) -> Option<FhirType> {
        match self {
            FhirType::Complex(def) => def.base().map(FhirType::Complex),
            FhirType::Primitive(p) => match base_of_primitive(p) {
                Some(base) => Some(FhirType::Primitive(base)),
                None => definitions::type_of("Element").map(FhirType::Complex),
            },
            FhirType::Unknown => None,
        }
    }

    fn same(self, other: FhirType) -> bool {
        match (self, other) {
            (FhirType::Complex(a), FhirType::Complex(b)) => a.id() == b.id(),
            (FhirType::Primitive(a), FhirType::Primitive(b)) => a == b,
            _ => false,
        }
    }

    /// Whether it is the type or specializes it.
    pub(super) fn is(self, other: FhirType) -> bool {
        let mut at = Some(self);
        for _ in 0..8 {
            let Some(current) = at else { return false };
            if current.same(other) {
                return true;
            }
            at = current.base();
        }
        false
    }

    /// Whether the type or one that it specializes has that name.
    pub(super) fn is_named(self, name: &str) -> bool {
        let mut at = Some(self);
        for _ in 0..8 {
            let Some(current) = at else { return false };
            if current.name() == name {
                return true;
            }
            at = current.base();
        }
        false
    }

    /// The type of that name.
    pub(super) fn of(name: &str) -> Option<FhirType> {
        Primitive::from_name(name)
            .map(FhirType::Primitive)
            .or_else(|| definitions::type_of(name).map(FhirType::Complex))
    }

    /// Whether values of it are quantities.
    pub(super) fn is_quantity(self) -> bool {
        matches!(self, FhirType::Complex(_)) && self.is_named("Quantity")
    }
}

fn base_of_primitive(p: Primitive) -> Option<Primitive> {
    match p {
        Primitive::Code | Primitive::Id | Primitive::Markdown => Some(Primitive::String),
        Primitive::Canonical | Primitive::Oid | Primitive::Url | Primitive::Uuid => Some(Primitive::Uri),
        Primitive::PositiveInt | Primitive::UnsignedInt => Some(Primitive::Integer),
        _ => None,
    }
}

/// The name of a type in an expression, and what it means.
#[derive(Debug)]
pub(super) struct TypeSpecifier {
    pub(super) system: Option<SystemType>,
    pub(super) fhir: Option<FhirType>,
    /// Neither FHIR nor FHIRPath has such a type, and no namespace says that it is another's.
    pub(super) unknown: bool,
    pub(super) offset: usize,
}

impl TypeSpecifier {
    pub(super) fn new(namespace: Option<&str>, name: &str, offset: usize) -> Self {
        let system = SystemType::of(name).filter(|_| namespace != Some("FHIR"));
        let fhir = FhirType::of(name).filter(|_| namespace != Some("System"));
        TypeSpecifier {
            system,
            fhir,
            unknown: namespace.is_none() && system.is_none() && fhir.is_none(),
            offset,
        }
    }

    /// For `is`: whether the item has the type or one that specializes it.
    pub(super) fn matches(&self, item: &Item<'_>) -> bool {
        if self.system == Some(SystemType::Any) {
            return true;
        }
        match item {
            Item::Node(node) => self.fhir.is_some_and(|t| node.fhir_type().is(t)),
            Item::Value(value) => self.system == Some(value.system_type()),
        }
    }

    /// For `as` and `ofType`: like `is`, but a primitive must be of the very type. Types of a
    /// choice are told apart so: `value.ofType(string)` is not `valueCode`.
    pub(super) fn selects(&self, item: &Item<'_>) -> bool {
        match (item, self.fhir) {
            (Item::Node(node), Some(wanted @ FhirType::Primitive(_))) => node.fhir_type().same(wanted),
            _ => self.matches(item),
        }
    }
}

/// What `type()` tells.
pub(super) fn info(item: &Item<'_>) -> TypeInfo {
    match item {
        Item::Node(node) => {
            let t = node.fhir_type();
            TypeInfo {
                namespace: "FHIR",
                name: t.name(),
                base: t.base().map(|b| format!("FHIR.{}", b.name())),
            }
        }
        Item::Value(value) => TypeInfo {
            namespace: "System",
            name: value.system_type().name(),
            base: Some("System.Any".to_owned()),
        },
    }
}
