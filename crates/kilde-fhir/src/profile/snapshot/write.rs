//! A snapshot as JSON.

use super::{Element, Snapshot};
use crate::json::{Value, escape_into, write_compact};
use rustc_hash::FxHashSet;

/// Lists that grow from layer to layer, and what makes two of their items the same.
const GROWING: [(&str, &str); 4] = [("constraint", "key"), ("mapping", "identity"), ("condition", ""), ("alias", "")];

impl Snapshot {
    /// The `snapshot` element of a StructureDefinition: `{"element":[...]}`.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"element\":[");
        for (i, (id, path, at)) in self.all().into_iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str("{\"id\":");
            escape_into(&id, &mut out);
            out.push_str(",\"path\":");
            escape_into(&path, &mut out);
            self.element(at).properties(&mut out);
            out.push('}');
        }
        out.push_str("]}");
        out
    }
}

impl Element {
    fn properties(&self, out: &mut String) {
        if let Some(slice) = &self.slice {
            out.push_str(",\"sliceName\":");
            escape_into(slice, out);
        }
        out.push_str(&format!(",\"min\":{}", self.min()));
        match self.max() {
            Some(max) => out.push_str(&format!(",\"max\":\"{max}\"")),
            None => out.push_str(",\"max\":\"*\""),
        }
        let mut written: FxHashSet<String> = ["id", "path", "sliceName", "min", "max"].iter().map(|s| (*s).to_owned()).collect();
        for (i, layer) in self.layers.iter().enumerate().rev() {
            for property in layer.value().children() {
                let Some(name) = property.key() else { continue };
                if (i < self.inherited && name == "slicing") || !written.insert(name.clone().into_owned()) {
                    continue;
                }
                out.push(',');
                escape_into(&name, out);
                out.push(':');
                match GROWING.iter().find(|(list, _)| *list == name) {
                    Some((list, key)) => self.grown(list, key, out),
                    None => write_compact(property, out),
                }
            }
        }
    }

    fn grown(&self, list: &str, key: &str, out: &mut String) {
        let mut seen = FxHashSet::default();
        let mut items: Vec<Value<'_>> = Vec::new();
        for layer in self.layers() {
            let fresh = layer.value().items(list).filter(|item| {
                let same = if key.is_empty() { item.as_str() } else { item.str(key) };
                seen.insert(same.unwrap_or_default().into_owned())
            });
            items.extend(fresh);
        }
        out.push('[');
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_compact(item, out);
        }
        out.push(']');
    }
}
