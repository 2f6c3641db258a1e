//! Writes a resource without some of its elements.

use crate::definitions::{Element, ElementType, TypeDef, type_by_id};
use crate::json::{Kind, Value, escape_into, write_compact};

/// Whether an element of a type is kept.
pub(super) type Keep<'k> = dyn Fn(&Element, &TypeDef) -> bool + 'k;

const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
const CODE: &str = "SUBSETTED";

/// Values nested deeper than this are kept whole.
const MAX_DEPTH: usize = 100;

/// Writes a part of a resource.
pub(super) struct Subset<'k> {
    keep: &'k Keep<'k>,
    /// Whether elements of elements are left out too.
    deep: bool,
    out: String,
}

impl<'k> Subset<'k> {
    pub(super) fn new(keep: &'k Keep<'k>, deep: bool) -> Self {
        Subset {
            keep,
            deep,
            out: String::new(),
        }
    }

    /// The resource with the tag SUBSETTED.
    pub(super) fn resource(mut self, resource: Value<'_>, def: &'static TypeDef) -> String {
        // The tag comes with `meta`; without one, after `id` or else the type.
        let after = ["meta", "id", "resourceType"].into_iter().find(|n| resource.get(n).is_some());
        self.out.push('{');
        for child in resource.children() {
            let Some(key) = child.key() else { continue };
            match &*key {
                "meta" if child.is_object() => {
                    self.key(&key);
                    self.meta(Some(child));
                    continue;
                }
                "resourceType" => {
                    self.key(&key);
                    write_compact(child, &mut self.out);
                }
                _ => {
                    self.property(resource, child, &key, def, 0);
                }
            }
            if after == Some(&*key) && key != "meta" {
                self.key("meta");
                self.meta(None);
            }
        }
        self.out.push('}');
        self.out
    }

    fn key(&mut self, key: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        escape_into(key, &mut self.out);
        self.out.push(':');
    }

    fn meta(&mut self, meta: Option<Value<'_>>) {
        self.out.push('{');
        for child in meta.into_iter().flat_map(Value::children) {
            if let Some(key) = child.key().filter(|k| k != "tag") {
                self.key(&key);
                write_compact(child, &mut self.out);
            }
        }
        self.key("tag");
        self.out.push('[');
        let mut marked = false;
        for tag in meta.into_iter().flat_map(|m| m.items("tag")) {
            marked |= tag.str("system").as_deref() == Some(SYSTEM) && tag.str("code").as_deref() == Some(CODE);
            write_compact(tag, &mut self.out);
            self.out.push(',');
        }
        if marked {
            self.out.pop();
        } else {
            self.out.push_str(&format!("{{\"system\":\"{SYSTEM}\",\"code\":\"{CODE}\"}}"));
        }
        self.out.push_str("]}");
    }

    fn property(&mut self, parent: Value<'_>, value: Value<'_>, key: &str, def: &'static TypeDef, depth: usize) {
        let companion = key.strip_prefix('_');
        let Some(element) = def.element(companion.unwrap_or(key)).filter(|e| (self.keep)(e, def)) else {
            return;
        };
        let before = self.out.len();
        if companion.is_some() {
            if !self.deep || lacks_value(parent.get(element.name())) {
                self.key(key);
                write_compact(value, &mut self.out);
            }
            return;
        }
        self.key(key);
        if !self.value(value, element, depth) {
            self.out.truncate(before);
        }
    }

    /// Writes what is left of a value; `false` if that is nothing.
    fn value(&mut self, value: Value<'_>, element: &'static Element, depth: usize) -> bool {
        let def = match element.ty() {
            ElementType::Complex(id) if self.deep && depth < MAX_DEPTH => type_by_id(id),
            _ => {
                write_compact(value, &mut self.out);
                return true;
            }
        };
        // An extension means nothing without its value.
        if def.name() == "Extension" {
            write_compact(value, &mut self.out);
            return true;
        }
        if !value.is_array() {
            return self.object(value, element, def, depth);
        }
        self.out.push('[');
        let mut any = false;
        for item in value.children() {
            let before = self.out.len();
            if any {
                self.out.push(',');
            }
            if self.object(item, element, def, depth) {
                any = true;
            } else {
                self.out.truncate(before);
            }
        }
        self.out.push(']');
        any
    }

    fn object(&mut self, value: Value<'_>, element: &Element, def: &'static TypeDef, depth: usize) -> bool {
        let before = self.out.len();
        self.out.push('{');
        for child in value.children() {
            if let Some(key) = child.key() {
                self.property(value, child, &key, def, depth + 1);
            }
        }
        if !self.out.ends_with('{') {
            self.out.push('}');
            return true;
        }
        // A required element stays, whatever it has.
        self.out.truncate(before);
        if element.is_required() {
            write_compact(value, &mut self.out);
        }
        element.is_required()
    }
}

/// Whether a primitive has no value, or one of its items has none.
fn lacks_value(value: Option<Value<'_>>) -> bool {
    value.is_none_or(|v| v.children().any(|c| c.kind() == Kind::Null))
}
