//! From JSON to XML.

use super::attributes::escape_into;
use super::frame::is_attribute;
use super::text::is_char;
use super::{Layout, MAX_DEPTH, namespaces::FHIR, narrative, say};
use crate::definitions::{Element, ElementType, Primitive, TypeDef, TypeKind, type_of};
use crate::finding::Finding;
use crate::json::{Kind, Value, pairs};
use crate::validate::place::{Found, type_of as type_of_resource};
use crate::validate::{MAX_FINDINGS, say as structure};
use smallvec::SmallVec;

/// Writes a resource; what could not be written is in the findings.
pub(super) fn write(resource: Value<'_>, layout: Layout) -> (String, Vec<Found<'_>>) {
    let mut writer = Writer {
        out: String::with_capacity(resource.raw().len() * 2),
        found: Vec::new(),
        pretty: layout == Layout::Pretty,
    };
    writer.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if writer.pretty {
        writer.out.push('\n');
    }
    writer.resource(resource, 0, true);
    if writer.pretty {
        writer.out.push('\n');
    }
    (writer.out, writer.found)
}

struct Writer<'a> {
    out: String,
    found: Vec<Found<'a>>,
    pretty: bool,
}

/// One element of an object: what stands under its name, and under `_name`.
struct Property<'a> {
    element: &'static Element,
    value: Option<Value<'a>>,
    companion: Option<Value<'a>>,
}

impl<'a> Writer<'a> {
    #[cold]
    fn note(&mut self, value: Value<'a>, at_key: bool, finding: Finding) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(Found { value, at_key, finding });
        }
    }

    fn resource(&mut self, value: Value<'a>, level: usize, root: bool) {
        if !value.is_object() {
            return self.note(value, false, structure::not_an_object());
        }
        let Some(def) = type_of_resource(value) else {
            let finding = match value.get("resourceType") {
                Some(name) => structure::resource_type_unknown(&name.as_str().unwrap_or_default()),
                None => structure::resource_type_missing(),
            };
            return self.note(value, false, finding);
        };
        let properties = self.properties(value, def);
        self.begin(def.name(), level);
        if root {
            self.out.push_str(" xmlns=\"");
            self.out.push_str(FHIR);
            self.out.push('"');
        }
        self.content(&properties, def.name(), level);
    }

    /// The elements of an object, in the order of the definition.
    fn properties(&mut self, object: Value<'a>, def: &'static TypeDef) -> SmallVec<[Property<'a>; 16]> {
        let mut found: SmallVec<[Property<'a>; 16]> = SmallVec::new();
        let resource = matches!(def.kind(), TypeKind::Resource(_));
        for child in object.children() {
            let Some(key) = child.key() else { continue };
            if resource && key == "resourceType" {
                continue;
            }
            let companion = key.strip_prefix('_');
            let Some(element) = def.element(companion.unwrap_or(&key)) else {
                self.note(child, true, structure::unknown(&key, def));
                continue;
            };
            if companion.is_some() && (!matches!(element.ty(), ElementType::Primitive(_))) {
                self.note(child, true, structure::companion_of_complex(element));
                continue;
            }
            if companion.is_some() && (is_attribute(def, element) || element.ty() == ElementType::Primitive(Primitive::Xhtml)) {
                self.note(child, true, say::companion_of_attribute(element));
                continue;
            }
            let at = found.iter().position(|p| std::ptr::eq(p.element, element)).unwrap_or_else(|| {
                found.push(Property {
                    element,
                    value: None,
                    companion: None,
                });
                found.len() - 1
            });
            if let Some(property) = found.get_mut(at) {
                let place = if companion.is_some() {
                    &mut property.companion
                } else {
                    &mut property.value
                };
                *place = Some(child);
            }
        }
        if !found.is_sorted_by_key(|p| p.element.slot()) {
            found.sort_by_key(|p| p.element.slot());
        }
        found
    }

    /// Attributes, children and end tag of an element whose `<name` has been written.
    fn content(&mut self, properties: &[Property<'a>], name: &str, level: usize) {
        let mut inside = false;
        for property in properties {
            if !std::mem::replace(&mut inside, true) {
                self.out.push('>');
            }
            self.property(property, level + 1);
        }
        self.finish(name, inside, level);
    }

    fn begin(&mut self, name: &str, level: usize) {
        if self.pretty && level > 0 {
            self.out.push('\n');
            (0..level).for_each(|_| self.out.push_str("  "));
        }
        self.out.push('<');
        self.out.push_str(name);
    }

    fn finish(&mut self, name: &str, inside: bool, level: usize) {
        if !inside {
            self.out.push_str("/>");
            return;
        }
        if self.pretty {
            self.out.push('\n');
            (0..level).for_each(|_| self.out.push_str("  "));
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn property(&mut self, property: &Property<'a>, level: usize) {
        let element = property.element;
        let (mut value, mut companion) = (property.value, property.companion);
        for v in [&mut value, &mut companion] {
            let Some(found) = *v else { continue };
            let finding = match (element.is_list(), found.kind()) {
                (true, Kind::Array) | (false, Kind::Object | Kind::String | Kind::Number | Kind::Bool) => continue,
                (_, Kind::Null) => structure::null(),
                (true, _) => structure::array_expected(element),
                (false, Kind::Array) => structure::array_unexpected(element),
            };
            self.note(found, false, finding);
            *v = None;
        }
        if !element.is_list() {
            return self.single(element, value, companion, level);
        }
        let mut any = false;
        for pair in pairs(value, companion) {
            let real = |v: Option<Value<'a>>| v.filter(|v| v.kind() != Kind::Null);
            match pair {
                (v, c) if real(v).is_none() && real(c).is_none() => {
                    if let Some(at) = v.or(c) {
                        self.note(at, false, structure::null());
                    }
                }
                (v, c) => self.single(element, real(v), real(c), level),
            }
            any = true;
        }
        if let (false, Some(empty)) = (any, value.or(companion)) {
            self.note(empty, false, structure::empty(Kind::Array));
        }
    }

    /// One XML element.
    fn single(&mut self, element: &'static Element, value: Option<Value<'a>>, companion: Option<Value<'a>>, level: usize) {
        let Some(any) = value.or(companion) else { return };
        if level > MAX_DEPTH {
            return self.note(any, false, structure::too_deep());
        }
        let def = match element.ty() {
            ElementType::Primitive(primitive) => return self.primitive(element, primitive, value, companion, level),
            ElementType::Resource => None,
            ElementType::Complex(_) => element.complex(),
        };
        let Some(def) = def else {
            self.begin(element.name(), level);
            self.out.push('>');
            self.resource(any, level + 1, false);
            return self.finish(element.name(), true, level);
        };
        if !any.is_object() {
            return self.note(any, false, structure::wrong_kind(element.type_name(), Kind::Object, any.kind()));
        }
        let properties = self.properties(any, def);
        self.begin(element.name(), level);
        for property in properties.iter().filter(|p| is_attribute(def, p.element)) {
            self.attribute(property.element.name(), property.value);
        }
        let children: SmallVec<[Property<'a>; 16]> = properties.into_iter().filter(|p| !is_attribute(def, p.element)).collect();
        self.content(&children, element.name(), level);
    }

    fn attribute(&mut self, name: &str, value: Option<Value<'a>>) {
        let Some(value) = value else { return };
        match value.as_str() {
            Some(text) => self.attribute_text(name, &text, value),
            None => self.note(value, false, structure::wrong_kind("string", Kind::String, value.kind())),
        }
    }

    fn attribute_text(&mut self, name: &str, text: &str, value: Value<'a>) {
        if text.contains(|c| !is_char(c)) {
            return self.note(value, false, say::character());
        }
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape_into(text, &mut self.out);
        self.out.push('"');
    }

    fn primitive(
        &mut self,
        element: &'static Element,
        primitive: Primitive,
        value: Option<Value<'a>>,
        companion: Option<Value<'a>>,
        level: usize,
    ) {
        if let Some(value) = value.filter(|v| v.kind() != primitive.json_kind()) {
            return self.note(
                value,
                false,
                structure::wrong_kind(primitive.name(), primitive.json_kind(), value.kind()),
            );
        }
        if primitive == Primitive::Xhtml {
            let Some((value, text)) = value.and_then(|v| Some((v, v.as_str()?))) else {
                return;
            };
            match narrative::to_xml(&text) {
                Ok(div) => {
                    if self.pretty {
                        self.begin("", level);
                        self.out.pop();
                    }
                    self.out.push_str(&div);
                }
                Err(finding) => self.note(value, false, finding),
            }
            return;
        }
        let mut extensions = SmallVec::new();
        let mut id = None;
        if let Some(companion) = companion {
            let Some(def) = type_of("Element").filter(|_| companion.is_object()) else {
                return self.note(companion, false, structure::wrong_kind("Element", Kind::Object, companion.kind()));
            };
            extensions = self.properties(companion, def);
            id = extensions.iter().find(|p| is_attribute(def, p.element)).and_then(|p| p.value);
            extensions.retain(|p| !is_attribute(def, p.element));
        }
        self.begin(element.name(), level);
        self.attribute("id", id);
        if let Some(value) = value {
            match value.as_str() {
                Some(text) => self.attribute_text("value", &text, value),
                None => self.attribute_text("value", value.raw(), value),
            }
        }
        self.content(&extensions, element.name(), level);
    }
}
