//! JSON for people.

use crate::json::{Kind, Value};

/// Writes a value one property or item a line, indented by two spaces. Numbers, strings and names
/// keep their text.
pub fn pretty(value: Value<'_>, out: &mut String) {
    write(value, 0, out);
}

fn write(value: Value<'_>, level: usize, out: &mut String) {
    let kind = value.kind();
    let (open, close) = match kind {
        Kind::Object => ('{', '}'),
        Kind::Array => ('[', ']'),
        _ => return out.push_str(value.raw()),
    };
    out.push(open);
    let mut any = false;
    for child in value.children() {
        if std::mem::replace(&mut any, true) {
            out.push(',');
        }
        line(level + 1, out);
        if kind == Kind::Object {
            out.push('"');
            out.push_str(child.raw_key());
            out.push_str("\": ");
        }
        write(child, level + 1, out);
    }
    if any {
        line(level, out);
    }
    out.push(close);
}

fn line(level: usize, out: &mut String) {
    out.push('\n');
    (0..level).for_each(|_| out.push_str("  "));
}
