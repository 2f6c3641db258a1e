//! From a reference to the resource: contained, in the Bundle, or as the caller finds it.

use super::context::Context;
use super::item::{Item, Node};
use crate::json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The entries of a Bundle by full url and by `Type/id`. Made at the first `resolve()`.
/// It hashes with a secret: the urls come from outside.
#[derive(Default)]
pub(super) struct BundleIndex<'a> {
    by_url: HashMap<Cow<'a, str>, Value<'a>>,
}

impl<'a> BundleIndex<'a> {
    fn of(root: Option<Value<'a>>) -> Self {
        let mut index = BundleIndex::default();
        let bundle = root.filter(|r| r.str("resourceType").as_deref() == Some("Bundle"));
        for entry in bundle.into_iter().flat_map(|b| b.items("entry")) {
            let Some(resource) = entry.get("resource") else { continue };
            if let Some(url) = entry.str("fullUrl") {
                index.by_url.entry(url).or_insert(resource);
            }
            if let (Some(kind), Some(id)) = (resource.str("resourceType"), resource.str("id")) {
                index.by_url.entry(format!("{kind}/{id}").into()).or_insert(resource);
            }
        }
        index
    }
}

/// The resource that a reference points to.
pub(super) fn resolve<'a>(context: &Context<'a>, reference: &str) -> Option<Item<'a>> {
    let found = match reference.strip_prefix('#') {
        Some(id) => contained(context, id),
        None => in_bundle(context, reference).or_else(|| context.resolver?.resolve(reference)),
    };
    found.map(|value| Item::Node(Node::resource(value)))
}

fn value_of<'a>(item: &Option<Item<'a>>) -> Option<Value<'a>> {
    item.as_ref()?.node()?.value()
}

fn contained<'a>(context: &Context<'a>, id: &str) -> Option<Value<'a>> {
    let roots = [value_of(&context.resource), value_of(&context.root_resource)];
    roots.into_iter().flatten().find_map(|root| {
        if id.is_empty() {
            return Some(root);
        }
        root.items("contained").find(|c| c.str("id").as_deref() == Some(id))
    })
}

fn in_bundle<'a>(context: &Context<'a>, reference: &str) -> Option<Value<'a>> {
    let index = context.index.get_or_init(|| BundleIndex::of(value_of(&context.root_resource)));
    let plain = reference.split_once("/_history/").map_or(reference, |(r, _)| r);
    index.by_url.get(plain).copied()
}
