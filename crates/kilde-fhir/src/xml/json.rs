//! From tree to JSON text.

use super::attributes::value;
use super::tree::{Node, Of, Span, Tree};
use super::{Places, say};
use crate::definitions::{Element, ElementType, Primitive};
use crate::finding::Finding;
use crate::json::{Kind, escape_into};
use smallvec::SmallVec;

/// Whether JSON can have the value of a primitive.
pub(super) fn check(primitive: Primitive, raw: &str) -> Result<(), Finding> {
    let good = match primitive.json_kind() {
        Kind::Bool => matches!(plain(raw), "true" | "false"),
        Kind::Number => is_number(plain(raw)),
        _ => true,
    };
    if good { Ok(()) } else { Err(say::value(primitive)) }
}

/// Numbers and booleans may have white space around them, as XML Schema has it.
fn plain(raw: &str) -> &str {
    raw.trim_matches([' ', '\t', '\n', '\r'])
}

/// Whether JSON would read the text as a number.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

/// Writes the tree; it must have been read without errors.
pub(super) fn write(text: &str, tree: &Tree) -> (String, Places) {
    let mut writer = Writer {
        text,
        tree,
        out: String::with_capacity(text.len()),
        places: Places::with_capacity(tree.len()),
    };
    if let Some(root) = tree.get(0) {
        writer.object(root);
    }
    (writer.out, writer.places)
}

struct Writer<'t> {
    text: &'t str,
    tree: &'t Tree,
    out: String,
    places: Places,
}

type Group<'g, 't> = &'g [(&'static Element, &'t Node)];

impl<'t> Writer<'t> {
    /// A resource, or anything else with elements; for a primitive its id and extensions.
    fn object(&mut self, node: &'t Node) {
        self.place(node);
        self.out.push('{');
        let mut first = true;
        if let Of::Resource(def) = node.of {
            first = false;
            self.out.push_str("\"resourceType\":");
            escape_into(def.name(), &mut self.out);
        }
        if let Some(id) = node.id {
            self.key("", "id", &mut first);
            self.string(id);
        }
        let mut children: SmallVec<[(&'static Element, &'t Node); 16]> = SmallVec::new();
        for child in self.tree.children(node) {
            if let Of::Element(element) = child.of {
                children.push((element, child));
            }
        }
        let order = |e: &Element| (e.slot(), e.name());
        if !children.is_sorted_by_key(|(e, _)| order(e)) {
            children.sort_by_key(|(e, _)| order(e));
        }
        let mut url = node.url;
        for group in children.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
            let Some((element, _)) = group.first() else { continue };
            // `Extension.url` stands after its extensions and before its value.
            if element.is_choice()
                && let Some(url) = url.take()
            {
                self.key("", "url", &mut first);
                self.string(url);
            }
            self.property(element, group, &mut first);
        }
        if let Some(url) = url {
            self.key("", "url", &mut first);
            self.string(url);
        }
        self.out.push('}');
    }

    fn key(&mut self, prefix: &str, name: &str, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(prefix);
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn place(&mut self, node: &Node) {
        self.places.note(self.out.len(), node.at);
    }

    fn string(&mut self, span: Span) {
        escape_into(&value(span.of(self.text)), &mut self.out);
    }

    /// All elements of one name.
    fn property(&mut self, element: &'static Element, group: Group<'_, 't>, first: &mut bool) {
        let Some((_, node)) = group.first() else { return };
        self.place(node);
        let ElementType::Primitive(primitive) = element.ty() else {
            self.key("", element.name(), first);
            self.list(element, group, |writer, node| match writer.tree.children(node).next() {
                Some(resource @ Node { of: Of::Resource(_), .. }) => writer.object(resource),
                _ => writer.object(node),
            });
            return;
        };
        if group.iter().any(|(_, n)| n.value.is_some()) {
            self.key("", element.name(), first);
            self.list(element, group, |writer, node| match node.value {
                Some(span) => writer.primitive(primitive, span),
                None => writer.out.push_str("null"),
            });
        }
        let has_companion = |tree: &Tree, n: &Node| n.id.is_some() || tree.children(n).next().is_some();
        if group.iter().any(|(_, n)| has_companion(self.tree, n)) {
            self.key("_", element.name(), first);
            self.list(element, group, |writer, node| {
                if has_companion(writer.tree, node) {
                    writer.object(node);
                } else {
                    writer.out.push_str("null");
                }
            });
        }
    }

    /// One value, or an array where the element may repeat.
    fn list(&mut self, element: &Element, group: Group<'_, 't>, mut each: impl FnMut(&mut Self, &'t Node)) {
        if element.is_list() {
            self.out.push('[');
        }
        for (i, (_, node)) in group.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.place(node);
            each(self, node);
        }
        if element.is_list() {
            self.out.push(']');
        }
    }

    fn primitive(&mut self, primitive: Primitive, span: Span) {
        match (primitive, primitive.json_kind()) {
            (Primitive::Xhtml, _) => match self.tree.narratives.get(span.number()) {
                Some(div) => escape_into(div, &mut self.out),
                None => self.out.push_str("\"\""),
            },
            (_, Kind::String) => self.string(span),
            _ => self.out.push_str(plain(span.of(self.text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_what_json_reads_as_numbers(text in "[-+]?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][-+]?[0-9]{0,2})?") {
            let read = parse(text.as_str(), Limits::default()).is_ok_and(|d| d.root().as_number().is_some());
            prop_assert_eq!(is_number(&text), read, "{}", text);
        }
    }
}
