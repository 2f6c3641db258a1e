//! A resource: at the root, in a Bundle entry or a parameter, or contained.

use super::{Walk, bundle, place, say};
use crate::definitions::{self, ResourceType, TypeDef};
use crate::finding::Severity;
use crate::json::Value;
use std::borrow::Cow;

/// What surrounds an element, as far as references need to know.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    /// The contained resources that `#id` may name.
    pub(super) contained: Option<&'c Contained<'c>>,
    /// Whether this is inside a contained resource.
    pub(super) inside_contained: bool,
    /// Whether this is inside a transaction or batch, where references may be conditional.
    pub(super) in_transaction: bool,
}

/// Ids and types of the contained resources, ordered by id.
pub(super) struct Contained<'c>(Vec<(Cow<'c, str>, Option<ResourceType>)>);

impl Contained<'_> {
    /// The type of the contained resource with that id; the inner `None` if it has no known type.
    pub(super) fn find(&self, id: &str) -> Option<Option<ResourceType>> {
        let at = self.0.binary_search_by(|(known, _)| known.as_ref().cmp(id)).ok()?;
        Some(self.0[at].1)
    }
}

impl<'a> Walk<'a> {
    /// The resource that is validated.
    pub(super) fn root(&mut self, value: Value<'a>) {
        if !value.is_object() {
            self.report(value, || say::not_an_object().severity(Severity::Fatal));
            return;
        }
        self.resource(
            value,
            &Context {
                contained: None,
                inside_contained: false,
                in_transaction: false,
            },
            0,
        );
    }

    /// A resource that stands in another: `Bundle.entry.resource`, a parameter, an outcome.
    pub(super) fn nested(&mut self, value: Value<'a>, around: &Context<'_>, depth: usize) {
        self.resource(
            value,
            &Context {
                contained: None,
                inside_contained: false,
                ..*around
            },
            depth,
        );
    }

    fn resource(&mut self, value: Value<'a>, around: &Context<'_>, depth: usize) {
        let Some(def) = self.resource_type(value) else { return };
        let contained = value.get("contained");
        let list = contained.map(|c| self.contained_list(c));
        let is_bundle = def.name() == "Bundle";
        let context = Context {
            contained: list.as_ref(),
            inside_contained: false,
            in_transaction: around.in_transaction || (is_bundle && bundle::takes_conditional_references(value)),
        };
        self.object(value, def, &context, depth);
        if is_bundle {
            self.bundle(value);
        }
    }

    /// A contained resource: references in it look at the containing resource's list.
    pub(super) fn contained(&mut self, value: Value<'a>, around: &Context<'_>, depth: usize) {
        let Some(def) = self.resource_type(value) else { return };
        if let Some(nested) = value.get("contained") {
            self.report_key(nested, say::contained_nested);
        }
        if value.get("id").is_none() {
            self.report(value, say::contained_without_id);
        }
        self.object(
            value,
            def,
            &Context {
                inside_contained: true,
                ..*around
            },
            depth,
        );
    }

    fn resource_type(&mut self, value: Value<'a>) -> Option<&'static TypeDef> {
        let Some(name) = value.get("resourceType") else {
            self.report(value, say::resource_type_missing);
            return None;
        };
        let Some(text) = name.as_str() else {
            self.report(name, || say::wrong_kind("code", crate::json::Kind::String, name.kind()));
            return None;
        };
        let found = ResourceType::from_name(&text).and_then(definitions::type_of_resource);
        if found.is_none() {
            self.report(name, || say::resource_type_unknown(&text));
        }
        found
    }

    fn contained_list(&mut self, contained: Value<'a>) -> Contained<'a> {
        let mut list: Vec<(Cow<'a, str>, Option<ResourceType>)> = contained
            .children()
            .filter(|c| c.is_object())
            .filter_map(|c| Some((c.str("id")?, c.str("resourceType").and_then(|t| ResourceType::from_name(&t)))))
            .collect();
        list.sort();
        if list.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            self.report_key(contained, say::contained_twice);
        }
        Contained(list)
    }
}

/// The resource type of a resource, for messages.
pub(super) fn name_of(value: Value<'_>) -> Option<&'static str> {
    place::type_of(value).map(TypeDef::name)
}
