//! The elements of an object against the elements of its type.

use super::resource::Context;
use super::{MAX_DEPTH, Walk, place, say};
use crate::definitions::{Element, ElementType, Primitive, TypeDef, TypeKind, type_of};
use crate::json::{Kind, Value};

impl<'a> Walk<'a> {
    /// All properties of an object of that type. Gives the filled slots as bits.
    pub(super) fn object(&mut self, value: Value<'a>, def: &'static TypeDef, context: &Context<'_>, depth: usize) -> u64 {
        if depth > MAX_DEPTH {
            self.report(value, say::too_deep);
            return 0;
        }
        let is_resource = matches!(def.kind(), TypeKind::Resource(_));
        let mut seen = 0u64;
        let mut any = false;
        for child in value.children() {
            any = true;
            let Some(key) = child.key() else { continue };
            let companion = key.strip_prefix('_');
            let Some(element) = def.element(companion.unwrap_or(&key)) else {
                if !(is_resource && key == "resourceType") {
                    self.report_key(child, || say::unknown(&key, def));
                }
                continue;
            };
            let bit = 1u64 << element.slot();
            if element.is_choice() && seen & bit != 0 {
                self.choice(value, child, element, def);
            }
            seen |= bit;
            if companion.is_some() {
                self.companion(value, child, element, context, depth);
            } else {
                self.property(value, child, element, context, depth);
            }
        }
        if !any {
            self.report(value, || say::empty(Kind::Object));
        } else if def.required() & !seen != 0 {
            self.missing(value, def, seen);
        }
        seen
    }

    #[cold]
    fn missing(&mut self, value: Value<'a>, def: &'static TypeDef, seen: u64) {
        let mut told = seen;
        for element in def.elements() {
            let bit = 1u64 << element.slot();
            if def.required() & bit != 0 && told & bit == 0 {
                told |= bit;
                self.report(value, || say::missing(element, def));
            }
        }
    }

    /// Two of a choice's types at once.
    #[cold]
    fn choice(&mut self, value: Value<'a>, child: Value<'a>, element: &'static Element, def: &'static TypeDef) {
        let before = value.children().take_while(|c| c.place() < child.place());
        let other = before
            .filter_map(|c| c.key())
            .filter_map(|key| def.element(key.strip_prefix('_').unwrap_or(&key)))
            .find(|e| e.slot() == element.slot() && e.name() != element.name());
        if let Some(other) = other {
            self.report_key(child, || say::choice_twice(other, element));
        }
    }

    fn property(&mut self, parent: Value<'a>, value: Value<'a>, element: &'static Element, context: &Context<'_>, depth: usize) {
        match (element.is_list(), value.kind()) {
            (true, Kind::Array) => {
                let mut any = false;
                for item in value.children() {
                    any = true;
                    self.item(parent, item, element, context, depth);
                }
                if !any {
                    self.report(value, || say::empty(Kind::Array));
                }
            }
            (_, Kind::Null) => self.report(value, say::null),
            (true, _) => {
                self.report(value, || say::array_expected(element));
                self.single(value, element, context, depth);
            }
            (false, Kind::Array) => {
                self.report(value, || say::array_unexpected(element));
                for item in value.children().filter(|i| i.kind() != Kind::Null) {
                    self.single(item, element, context, depth);
                }
            }
            (false, _) => self.single(value, element, context, depth),
        }
    }

    /// One item of an array. A primitive may be null where its companion has something.
    fn item(&mut self, parent: Value<'a>, item: Value<'a>, element: &'static Element, context: &Context<'_>, depth: usize) {
        if item.kind() != Kind::Null {
            self.single(item, element, context, depth);
        } else if !matches!(element.ty(), ElementType::Primitive(_)) || parent.get(&format!("_{}", element.name())).is_none() {
            self.report(item, say::null);
        }
        // Whether the companion has something at the same place: see `companion`.
    }

    /// One value of an element.
    fn single(&mut self, value: Value<'a>, element: &'static Element, context: &Context<'_>, depth: usize) {
        match element.ty() {
            ElementType::Primitive(primitive) => self.primitive(value, primitive, element),
            ElementType::Resource => {
                if !value.is_object() {
                    self.report(value, || say::wrong_kind(element.type_name(), Kind::Object, value.kind()));
                } else if element.name() == "contained" {
                    self.contained(value, context, depth + 1);
                } else {
                    self.nested(value, context, depth + 1);
                }
            }
            ElementType::Complex(id) => {
                if !value.is_object() {
                    self.report(value, || say::wrong_kind(element.type_name(), Kind::Object, value.kind()));
                    return;
                }
                let def = crate::definitions::type_by_id(id);
                let seen = self.object(value, def, context, depth + 1);
                self.special(value, def, element, seen, context);
            }
        }
    }

    /// What some datatypes ask for beyond their elements.
    fn special(&mut self, value: Value<'a>, def: &'static TypeDef, element: &'static Element, seen: u64, context: &Context<'_>) {
        match def.name() {
            "Extension" => {
                let filled = |name| def.element(name).is_some_and(|e| seen >> e.slot() & 1 == 1);
                let (has_value, nested) = (filled("valueString"), filled("extension"));
                if has_value == nested {
                    self.report(value, || say::extension(has_value));
                }
            }
            "Reference" => self.reference(value, element, context),
            "CodeableConcept" => {
                if let Some(set) = element.value_set() {
                    self.codeable_concept(value, set);
                }
            }
            _ => {}
        }
    }

    /// `_name`: id and extensions of a primitive.
    fn companion(&mut self, parent: Value<'a>, value: Value<'a>, element: &'static Element, context: &Context<'_>, depth: usize) {
        let (ElementType::Primitive(_), Some(def)) = (element.ty(), type_of("Element")) else {
            self.report_key(value, || say::companion_of_complex(element));
            return;
        };
        let beside = parent.get(element.name());
        if !element.is_list() {
            if value.is_object() {
                self.object(value, def, context, depth + 1);
            } else {
                self.report(value, || say::wrong_kind("Element", Kind::Object, value.kind()));
            }
            return;
        }
        if !value.is_array() {
            self.report(value, || say::array_expected(element));
            return;
        }
        let mut values = beside.filter(|b| b.is_array()).map(Value::children);
        let mut count = 0usize;
        for item in value.children() {
            count += 1;
            let partner = values.as_mut().and_then(Iterator::next);
            match item.kind() {
                Kind::Object => {
                    self.object(item, def, context, depth + 1);
                }
                Kind::Null if partner.is_some_and(|p| p.kind() != Kind::Null) => {}
                Kind::Null => self.report(item, say::null),
                other => self.report(item, || say::wrong_kind("Element", Kind::Object, other)),
            }
        }
        if count == 0 {
            self.report(value, || say::empty(Kind::Array));
        } else if beside.is_some_and(|b| b.is_array() && b.children().count() != count) {
            self.report_key(value, || say::companion_length(element));
        }
    }

    fn primitive(&mut self, value: Value<'a>, primitive: Primitive, element: &'static Element) {
        if value.kind() != primitive.json_kind() {
            self.report(value, || say::wrong_kind(primitive.name(), primitive.json_kind(), value.kind()));
            return;
        }
        self.format(value, primitive);
        if let Some(set) = element.value_set()
            && let Some(code) = value.as_str()
            && !set.has_code(&code)
        {
            self.report(value, || say::code_unknown(set, &code));
        }
    }
}

/// The nearest of the type's property names, if one is near enough to be meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    place::printable(name)?;
    let most = (name.len() / 3).clamp(1, 3);
    names
        .map(|known| {
            (
                if known.eq_ignore_ascii_case(name) {
                    0
                } else {
                    distance(name.as_bytes(), known.as_bytes(), most)
                },
                known,
            )
        })
        .filter(|(d, _)| *d <= most)
        .min()
        .map(|(_, known)| known)
}

/// Edits from one word to the other; more than `most` when they are further apart than that.
fn distance(a: &[u8], b: &[u8], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
