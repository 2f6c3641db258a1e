//! Types and their elements.

use super::{Primitive, ResourceType, Targets, ValueSet, type_by_id};
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Number of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(pub(super) u16);

impl TypeId {
    /// The number as an index: types are numbered from 0 without gaps.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A resource type, complex datatype or backbone element.
#[derive(Debug)]
pub struct TypeDef {
    pub(super) id: TypeId,
    pub(super) name: &'static str,
    pub(super) base: Option<TypeId>,
    pub(super) kind: TypeKind,
    pub(super) elements: Vec<Element>,
    pub(super) slots: NameIndex,
    pub(super) required: u64,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    /// A concrete resource type.
    Resource(ResourceType),
    /// A complex datatype or an abstract type.
    Datatype,
    /// A backbone element, named by its path.
    Backbone,
}

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// A primitive datatype.
    Primitive(Primitive),
    /// A complex datatype or a backbone element.
    Complex(TypeId),
    /// Any resource.
    Resource,
}

/// One property as JSON has it: `value[x]` is one element for each of its types.
#[derive(Debug)]
pub struct Element {
    pub(super) name: &'static str,
    pub(super) stem: &'static str,
    pub(super) type_name: &'static str,
    pub(super) slot: u8,
    pub(super) choice: bool,
    pub(super) min: bool,
    pub(super) list: bool,
    pub(super) modifier: bool,
    pub(super) summary: bool,
    pub(super) ty: ElementType,
    pub(super) value_set: Option<&'static ValueSet>,
    pub(super) targets: Option<Targets>,
}

impl TypeDef {
    /// The name: `Patient`, `HumanName`, `Patient.contact`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type's number.
    pub fn id(&self) -> TypeId {
        self.id
    }

    /// The type that this one specializes: `DomainResource` for `Patient`, `Quantity` for `Age`.
    pub fn base(&self) -> Option<&'static TypeDef> {
        self.base.map(type_by_id)
    }

    /// What the type is.
    pub fn kind(&self) -> TypeKind {
        self.kind
    }

    /// The elements in the order of the definition, inherited ones first.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The element of that property name (`valueQuantity`, not `value[x]`; without `_`).
    pub fn element(&self, name: &str) -> Option<&Element> {
        let mut at = self.slots.start(name);
        loop {
            let index = *self.slots.table.get(at)?;
            if index == NameIndex::EMPTY {
                return None;
            }
            let element = self.elements.get(usize::from(index))?;
            if element.name == name {
                return Some(element);
            }
            at = (at + 1) & self.slots.mask;
        }
    }

    /// The slots (see [`Element::slot`]) that must be filled, as bits.
    pub fn required(&self) -> u64 {
        self.required
    }
}

impl Element {
    /// The property name in JSON: `valueQuantity`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name in FHIRPath: `value` for `valueQuantity`.
    pub fn stem(&self) -> &'static str {
        self.stem
    }

    /// The name of its type; for a backbone element its path.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The element's number among the elements of the definition: the types of a choice share it.
    pub fn slot(&self) -> u8 {
        self.slot
    }

    /// Whether it is one of a choice (`value[x]`).
    pub fn is_choice(&self) -> bool {
        self.choice
    }

    /// Whether at least one must be there.
    pub fn is_required(&self) -> bool {
        self.min
    }

    /// Whether it may repeat (JSON writes an array).
    pub fn is_list(&self) -> bool {
        self.list
    }

    /// Whether it changes the meaning of what it stands in.
    pub fn is_modifier(&self) -> bool {
        self.modifier
    }

    /// Whether it is part of the summary of what it stands in.
    pub fn is_summary(&self) -> bool {
        self.summary
    }

    /// What it holds.
    pub fn ty(&self) -> ElementType {
        self.ty
    }

    /// The complex type that it holds, if it holds one.
    pub fn complex(&self) -> Option<&'static TypeDef> {
        match self.ty {
            ElementType::Complex(id) => Some(type_by_id(id)),
            _ => None,
        }
    }

    /// The value set that its code must be of, where its codes are known.
    pub fn value_set(&self) -> Option<&'static ValueSet> {
        self.value_set
    }

    /// What a Reference may point to; `None` if to anything.
    pub fn targets(&self) -> Option<&Targets> {
        self.targets.as_ref()
    }
}

/// Finds an element by name: open addressing over a table at most half full.
#[derive(Debug)]
pub(super) struct NameIndex {
    table: Vec<u16>,
    mask: usize,
}

impl NameIndex {
    const EMPTY: u16 = u16::MAX;

    pub(super) fn new(elements: &[Element]) -> Self {
        let size = (elements.len() * 2 + 1).next_power_of_two();
        let mut index = NameIndex {
            table: vec![Self::EMPTY; size],
            mask: size - 1,
        };
        for (i, element) in elements.iter().enumerate() {
            let mut at = index.start(element.name);
            while index.table[at] != Self::EMPTY {
                at = (at + 1) & index.mask;
            }
            index.table[at] = u16::try_from(i).unwrap_or(Self::EMPTY);
        }
        index
    }

    fn start(&self, name: &str) -> usize {
        let mut hasher = FxHasher::default();
        hasher.write(name.as_bytes());
        let hash = hasher.finish();
        (hash ^ (hash >> 32)) as usize & self.mask
    }
}
