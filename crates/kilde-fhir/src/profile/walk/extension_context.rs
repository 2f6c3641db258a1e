//! Whether an extension may be used where it stands.

use super::Run;
use super::node::Node;
use crate::definitions::{self, Element, ElementType};
use crate::profile::rule::ExtensionRule;

/// An element that may have extensions, and what it stands in.
#[derive(Clone, Copy)]
pub(super) struct Host<'h, 'a> {
    /// The type that has the element, and the element; `None` for a resource.
    pub(super) owner: Option<(&'static str, &'static Element)>,
    pub(super) around: Option<&'h Host<'h, 'a>>,
    pub(super) node: Node<'a>,
}

impl Host<'_, '_> {
    /// `Patient.name` and `HumanName` and so on: all names under which contexts may know it.
    fn is(&self, expression: &str) -> bool {
        let expression = expression.split_once('#').map_or(expression, |(_, path)| path);
        let expression = expression
            .strip_prefix("http://hl7.org/fhir/StructureDefinition/")
            .unwrap_or(expression);
        let canonical = matches!(expression, "CanonicalResource" | "MetadataResource");
        if canonical && self.node.is_resource() && self.node.def.is_some_and(|d| d.element("url").is_some()) {
            return true;
        }
        if expression == "Element" || self.node.is_of_type(expression) {
            return true;
        }
        let mut path = String::new();
        self.within(expression, &mut path)
    }

    /// Whether `expression` is the path from one of the types around.
    fn within(&self, expression: &str, below: &mut String) -> bool {
        let mut at = Some(self);
        for _ in 0..40 {
            let Some(host) = at else { return false };
            let Some((owner, element)) = host.owner else { return false };
            let name = if element.is_choice() {
                format!("{}[x]", element.stem())
            } else {
                element.name().to_owned()
            };
            let candidates = [name.as_str(), element.name(), element.stem()];
            if candidates.iter().any(|n| expression == format!("{owner}.{n}{below}")) {
                return true;
            }
            // An element defined by a base type is known by that type's name as well.
            if let Some(rest) = expression.split_once('.')
                && candidates.iter().any(|n| rest.1 == format!("{n}{below}"))
                && host.around.is_some_and(|h| h.node.is_of_type(rest.0))
            {
                return true;
            }
            below.insert_str(0, &format!(".{}", element.stem()));
            at = host.around;
        }
        false
    }

    /// The extension of which it is the value, or itself.
    fn whole_extension(&self) -> &Self {
        match (self.owner, self.around) {
            (Some(("Extension", element)), Some(around)) if element.is_choice() => around,
            _ => self,
        }
    }

    /// The url of the extension that it is.
    fn extension_url(&self) -> Option<String> {
        let value = self.node.value.filter(|_| self.node.type_name == "Extension")?;
        Some(value.str("url")?.into_owned())
    }
}

impl<'a> Run<'_, 'a> {
    /// Whether one of the extension's contexts is where it stands.
    pub(super) fn allowed_here(&self, rule: &ExtensionRule, host: &Host<'_, '_>) -> bool {
        rule.contexts.iter().any(|(kind, expression)| match &**kind {
            "element" => host.is(expression) || (is_unknown_path(expression) && host.is(parent_path(expression))),
            "extension" => {
                let (url, part) = expression.split_once('#').unwrap_or((expression, ""));
                let host = host.whole_extension();
                let own = host.extension_url();
                let around = host.around.and_then(Host::extension_url);
                if part.is_empty() {
                    own.as_deref() == Some(url)
                } else {
                    own.as_deref() == Some(part) && around.as_deref() == Some(url)
                }
            }
            // The element it ends at decides; conditions on it are given the benefit.
            "fhirpath" => leading_path(expression).is_none_or(|path| host.is(path)),
            _ => true,
        })
    }
}

/// The path that a FHIRPath is, or that it puts a condition on.
fn leading_path(expression: &str) -> Option<&str> {
    let path = expression.split_once(".where(").map_or(expression, |(path, _)| path);
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    (plain && path.starts_with(|c: char| c.is_ascii_uppercase())).then_some(path)
}

/// A path that R4 does not have (an element of another version): its parent is used for it.
fn is_unknown_path(path: &str) -> bool {
    let mut names = path.split('.');
    let mut def = names.next().and_then(definitions::type_of);
    for name in names {
        let Some(d) = def else { return false };
        let stem = name.strip_suffix("[x]");
        let found = d
            .elements()
            .iter()
            .find(|e| e.name() == name || (e.is_choice() && stem.unwrap_or(name) == e.stem()));
        match found.map(Element::ty) {
            None => return true,
            Some(ElementType::Complex(id)) => def = Some(definitions::type_by_id(id)),
            Some(_) => def = None,
        }
    }
    false
}

fn parent_path(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(parent, _)| parent)
}
