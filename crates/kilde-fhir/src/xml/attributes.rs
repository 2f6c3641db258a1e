//! The attributes of a start tag, and their values.

use super::say;
use super::text::{is_name, is_space, reference};
use crate::finding::Finding;
use smallvec::SmallVec;
use std::borrow::Cow;

/// A start tag has at most so many attributes.
const MOST: usize = 64;

/// One attribute: name, raw value (as it stands between the quotes), offsets of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    pub(super) raw: &'t str,
    pub(super) at: usize,
    pub(super) value_at: usize,
}

impl<'t> Attribute<'t> {
    /// The part of the name after the prefix, and the prefix.
    pub(super) fn split(self) -> (&'t str, Option<&'t str>) {
        split(self.name)
    }
}

/// `h:div` gives `div` and `h`.
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once(':') {
        Some((prefix, local)) => (local, Some(prefix)),
        None => (name, None),
    }
}

pub(super) type Attributes<'t> = SmallVec<[Attribute<'t>; 4]>;

/// Reads what stands between a tag's name and its end. `at` is the text's own offset.
pub(super) fn parse(text: &str, at: usize) -> Result<Attributes<'_>, (usize, Finding)> {
    let bytes = text.as_bytes();
    let mut found = Attributes::new();
    let mut i = 0;
    let space = |mut i: usize| {
        while bytes.get(i).is_some_and(|b| is_space(*b)) {
            i += 1;
        }
        i
    };
    loop {
        let start = space(i);
        if start >= bytes.len() {
            return Ok(found);
        }
        let bad = |i: usize| (at + i, say::attribute());
        let end = memchr::memchr(b'=', &bytes[start..]).ok_or_else(|| bad(start))? + start;
        let name = text[start..end].trim_end_matches(|c: char| c.is_ascii() && is_space(c as u8));
        if start == i || !is_name(name) {
            return Err(bad(start));
        }
        let open = space(end + 1);
        let quote = *bytes.get(open).filter(|b| matches!(b, b'"' | b'\'')).ok_or_else(|| bad(start))?;
        let close = memchr::memchr(quote, &bytes[open + 1..]).ok_or_else(|| bad(start))? + open + 1;
        let raw = &text[open + 1..close];
        if raw.contains('<') {
            return Err(bad(start));
        }
        if found.len() == MOST || found.iter().any(|a| a.name == name) {
            return Err((at + start, say::attribute_twice(found.len() == MOST)));
        }
        references(raw).map_err(|i| (at + open + 1 + i, say::entity()))?;
        found.push(Attribute {
            name,
            raw,
            at: at + start,
            value_at: at + open + 1,
        });
        i = close + 1;
    }
}

/// Examines the references in a text; gives the place of one that does not resolve.
pub(super) fn references(raw: &str) -> Result<(), usize> {
    for at in memchr::memchr_iter(b'&', raw.as_bytes()) {
        let rest = &raw[at + 1..];
        // The longest there is: &#x10FFFF; with some zeros before.
        let end = rest.bytes().take(32).position(|b| b == b';').ok_or(at)?;
        rest.get(..end).and_then(reference).ok_or(at)?;
    }
    Ok(())
}

/// The value of an attribute that [`parse`] gave: references resolved, white space as XML asks.
pub(super) fn value(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\n' | b'\r' | b'\t')) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(i) = rest.find(['&', '\n', '\r', '\t']) {
        out.push_str(&rest[..i]);
        let tail = &rest[i..];
        let resolved = tail.strip_prefix('&').and_then(|r| r.split_once(';'));
        rest = match resolved.and_then(|(name, after)| Some((reference(name)?, after))) {
            Some((c, after)) => {
                out.push(c);
                after
            }
            None => {
                out.push(' ');
                tail.strip_prefix("\r\n").or_else(|| tail.get(1..)).unwrap_or("")
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes a text as an attribute's value, so that [`value`] gives it again.
pub(super) fn escape_into(text: &str, out: &mut String) {
    let mut plain_from = 0;
    for (i, b) in text.bytes().enumerate() {
        let escaped = match b {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\n' => "&#10;",
            b'\r' => "&#13;",
            b'\t' => "&#9;",
            _ => continue,
        };
        out.push_str(&text[plain_from..i]);
        out.push_str(escaped);
        plain_from = i + 1;
    }
    out.push_str(&text[plain_from..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::text::is_char;
    use proptest::prelude::*;

    #[test]
    fn attributes() {
        let found = parse(" a=\"1\"\n b = '2 \"'\t", 10).unwrap();
        let found: Vec<_> = found.iter().map(|a| (a.name, a.raw, a.at)).collect();
        assert_eq!(found, [("a", "1", 11), ("b", "2 \"", 18)]);
        for (text, at) in [
            (" a", 1),
            (" a=", 1),
            (" a=1", 1),
            (" a='1", 1),
            (" a='1'b='2'", 6),
            (" a='1' a='2'", 7),
            (" a='<'", 1),
            (" a='&nbsp;'", 4),
            (" a='x &'", 6),
            (" ='1'", 1),
            (" /='1'", 1),
        ] {
            assert_eq!(parse(text, 0).map_err(|(at, _)| at), Err(at), "{text}");
        }
        let many: String = (0..100).map(|i| format!(" a{i}=''")).collect();
        assert!(parse(&many, 0).is_err());
    }

    #[test]
    fn values_are_normalized() {
        for (raw, expected) in [("a", "a"), ("a\nb\tc\r\nd\re", "a b c d e"), ("&#10;&amp;amp;&#xe5;", "\n&amp;å")] {
            assert_eq!(value(raw), expected);
        }
    }

    proptest! {
        #[test]
        fn escaping_goes_round(text in any::<String>()) {
            let text: String = text.chars().filter(|c| is_char(*c)).collect();
            let mut raw = String::new();
            escape_into(&text, &mut raw);
            let tag = format!(" value=\"{raw}\"");
            let found = parse(&tag, 0).unwrap();
            prop_assert_eq!(value(found[0].raw), text);
        }

        #[test]
        fn never_panics(text in "[ a-c=\"'<>&;#x0-9\u{e5}\n]{0,40}") {
            if let Ok(found) = parse(&text, 0) {
                for a in found {
                    value(a.raw);
                }
            }
            value(&text);
        }
    }
}
