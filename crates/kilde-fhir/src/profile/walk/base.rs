//! What R4's own definitions ask beyond structure, everywhere in a resource.

use super::extension_context::Host;
use super::node::Node;
use super::{MAX_DEPTH, Run};
use crate::definitions::{ElementType, TypeDef, type_of};
use crate::json::Value;
use crate::profile::say;

impl<'a> Run<'_, 'a> {
    /// An object of that type and all below it.
    pub(super) fn object(&mut self, node: Node<'a>, host: Host<'_, 'a>) {
        let (Some(object), Some(def)) = (node.object(), node.def) else {
            return;
        };
        if !self.step() || self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        // The element definitions of a primitive are those of its parent.
        let def: &'static TypeDef = if node.primitive { type_of("Element").unwrap_or(def) } else { def };
        let rules = self.v.base(def);
        if let Some(rules) = rules
            && let Some(root) = rules.root
            && !node.primitive
        {
            self.own(&rules.profile, rules.profile.rule(root), node);
        }
        match def.name() {
            "Attachment" => self.attachment(object),
            "Quantity" | "Age" | "Count" | "Distance" | "Duration" => self.unit_itself(object),
            "Reference" => self.reference_itself(object),
            "Coding" if !node.primitive => self.coding_itself(object),
            _ => {}
        }
        let companions = has_companions(object);
        for child in object.children() {
            let Some(key) = child.key() else { continue };
            if key == "id" && !node.is_resource() {
                self.element_id(child, def);
            }
            let bare = key.strip_prefix('_');
            let Some(element) = def.element(bare.unwrap_or(&key)) else {
                continue;
            };
            let primitive = matches!(element.ty(), ElementType::Primitive(_));
            if bare.is_some() && (!primitive || object.get(element.name()).is_some()) {
                continue;
            }
            if bare.is_none()
                && let ElementType::Primitive(primitive) = element.ty()
            {
                self.text(primitive, child);
            }
            let rule = rules.and_then(|r| Some((r, (*r.elements.get(usize::from(element.slot()))?)?)));
            if primitive && rule.is_none() && bare.is_none() && !companions {
                continue;
            }
            let nodes = if element.is_choice() {
                node.children(element.stem(), true)
            } else {
                node.children(element.name(), false)
            };
            for item in nodes {
                self.not_only_id(item);
                if let Some((rules, rule)) = rule {
                    self.own(&rules.profile, rules.profile.rule(rule), item);
                }
                let inner = Host {
                    owner: Some((def.name(), element)),
                    around: Some(&host),
                    node: item,
                };
                match element.ty() {
                    ElementType::Resource if element.name() == "contained" && !self.v.options.contained => {}
                    ElementType::Resource => self.inner_resource(item, element.name() == "contained"),
                    _ if item.type_name == "Extension" => {
                        self.extension(item, element.name() == "modifierExtension", &host);
                        self.object(item, inner);
                    }
                    _ => self.object(item, inner),
                }
            }
        }
        self.depth -= 1;
    }
}

impl<'a> Run<'_, 'a> {
    /// An element has a value or children besides its id (ele-1).
    fn not_only_id(&mut self, node: Node<'a>) {
        if node.primitive && node.value.is_some() || node.is_resource() {
            return;
        }
        let mut properties = node.object().into_iter().flat_map(Value::children).peekable();
        if properties.peek().is_some() && properties.all(|p| p.key().as_deref() == Some("id")) {
            self.report(node, say::only_id);
        }
    }

    /// An element's id stands once in its resource (Element.id). Those of ElementDefinitions are paths,
    /// which stand in snapshot and differential.
    fn element_id(&mut self, id: Value<'a>, def: &'static TypeDef) {
        let Some(text) = id.as_str().filter(|_| def.name() != "ElementDefinition") else {
            return;
        };
        let resource = self.scope.resource.place();
        if !self.ids.insert((resource, text.into_owned())) {
            self.note(id, false, say::id_twice);
        }
    }

    /// `size` is the number of bytes of `data`.
    fn attachment(&mut self, attachment: Value<'a>) {
        let data = attachment.get("data").and_then(|d| Some(decoded_length(&d.as_str()?)));
        let size = attachment.get("size").filter(|s| s.as_number().is_some());
        if let (Some(data), Some(size)) = (data, size)
            && size.raw().parse() != Ok(data)
        {
            self.note(size, false, || say::attachment_size(data));
        }
    }
}

/// How many bytes a base64 text stands for.
pub(super) fn decoded_length(base64: &str) -> usize {
    let digits = base64.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    digits * 3 / 4
}

/// Whether any primitive in the object has an id or extensions.
fn has_companions(object: Value<'_>) -> bool {
    object.children().any(|c| c.key().is_some_and(|k| k.starts_with('_')))
}
