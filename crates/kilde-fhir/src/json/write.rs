//! From tree to text: compact, and with places replaced.

use super::{Kind, Value};
use rustc_hash::FxHashMap;

/// Replacements for [`write_edited`]: what to write instead of the value at a place, or before
/// the first property of the object at a place.
#[derive(Debug, Default)]
pub struct Edits {
    replace: FxHashMap<u32, Option<String>>,
    prepend: FxHashMap<u32, String>,
}

impl Edits {
    /// Writes `json` (already JSON) where `value` stands.
    pub fn replace(&mut self, value: Value<'_>, json: String) {
        self.replace.insert(value.place(), Some(json));
    }

    /// Leaves `value` out (its property name too).
    pub fn remove(&mut self, value: Value<'_>) {
        self.replace.insert(value.place(), None);
    }

    /// Writes `members` (`"a":1,"b":2`, no comma at the end) as the first of `object`.
    pub fn prepend(&mut self, object: Value<'_>, members: String) {
        self.prepend.insert(object.place(), members);
    }

    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        self.replace.is_empty() && self.prepend.is_empty()
    }
}

/// Writes a value without white space outside strings; strings and numbers keep their text.
pub fn write_compact(value: Value<'_>, out: &mut String) {
    write(value, None, out);
}

/// Writes a value like [`write_compact`], with places replaced, left out or added to.
pub fn write_edited(value: Value<'_>, edits: &Edits, out: &mut String) {
    write(value, if edits.is_empty() { None } else { Some(edits) }, out);
}

fn write(value: Value<'_>, edits: Option<&Edits>, out: &mut String) {
    if let Some(edits) = edits
        && let Some(Some(json)) = edits.replace.get(&value.place())
    {
        out.push_str(json);
        return;
    }
    let kind = value.kind();
    match kind {
        Kind::Object | Kind::Array => {
            let object = kind == Kind::Object;
            out.push(if object { '{' } else { '[' });
            let mut first = true;
            if let Some(members) = edits.and_then(|e| e.prepend.get(&value.place())) {
                out.push_str(members);
                first = members.is_empty();
            }
            for child in value.children() {
                if let Some(edits) = edits
                    && let Some(None) = edits.replace.get(&child.place())
                {
                    continue;
                }
                if !first {
                    out.push(',');
                }
                first = false;
                if object {
                    out.push('"');
                    out.push_str(child.raw_key());
                    out.push_str("\":");
                }
                write(child, edits, out);
            }
            out.push(if object { '}' } else { ']' });
        }
        _ => out.push_str(value.raw()),
    }
}

/// Appends `text` as a JSON string, quotes included.
pub fn escape_into(text: &str, out: &mut String) {
    out.push('"');
    let mut plain_from = 0;
    for (i, b) in text.bytes().enumerate() {
        let short = match b {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[plain_from..i]);
        if short.is_empty() {
            out.push_str(&format!("\\u{b:04x}"));
        } else {
            out.push_str(short);
        }
        plain_from = i + 1;
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}
