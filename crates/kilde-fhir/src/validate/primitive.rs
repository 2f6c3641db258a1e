//! The formats of the primitive datatypes, as the regular expressions of R4 have them.

use super::{Walk, calendar, say, xhtml};
use crate::definitions::Primitive;
use crate::json::Value;
use std::borrow::Cow;

/// The longest string that R4 allows: 1 MiB characters.
const MAX_STRING: usize = 1 << 20;

impl<'a> Walk<'a> {
    /// The format of a value whose JSON kind is right.
    pub(super) fn format(&mut self, value: Value<'a>, primitive: Primitive) {
        if primitive == Primitive::Boolean {
            return;
        }
        let text = value.as_str().unwrap_or(Cow::Borrowed(value.raw()));
        if text.is_empty() {
            self.report(value, || say::empty(crate::json::Kind::String));
            return;
        }
        let good = match primitive {
            Primitive::String | Primitive::Markdown => {
                self.string(value, &text);
                return;
            }
            Primitive::Xhtml => {
                if let Err(what) = xhtml::check(&text) {
                    self.report(value, || say::xhtml(what));
                }
                return;
            }
            Primitive::Boolean | Primitive::Decimal => true,
            Primitive::Integer => is_integer(&text, i64::from(i32::MIN)),
            Primitive::UnsignedInt => is_integer(&text, 0) && !text.starts_with('-'),
            Primitive::PositiveInt => is_integer(&text, 1),
            Primitive::Date => calendar::is_date(&text),
            Primitive::DateTime => calendar::is_date_time(&text),
            Primitive::Instant => calendar::is_instant(&text),
            Primitive::Time => calendar::is_time(&text),
            Primitive::Code => is_code(&text),
            Primitive::Id => is_id(&text),
            Primitive::Oid => is_oid_uri(&text),
            Primitive::Uuid => is_uuid_uri(&text, false),
            Primitive::Uri | Primitive::Url | Primitive::Canonical => {
                let good = is_uri(&text);
                // A fragment is no part of the name.
                let name = text.split('#').next().unwrap_or(&text);
                if good
                    && ((name.starts_with("urn:oid:") && !is_oid_uri(name)) || (name.starts_with("urn:uuid:") && !is_uuid_uri(name, true)))
                {
                    self.report(value, say::urn);
                }
                good
            }
            Primitive::Base64Binary => is_base64(&text),
        };
        if !good {
            self.report(value, || say::format(primitive));
        }
    }

    fn string(&mut self, value: Value<'a>, text: &str) {
        // A control character can only stand in a string as an escape.
        if matches!(value.as_str(), Some(Cow::Owned(_))) && text.bytes().any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
            self.report(value, say::control_character);
        }
        if text.len() > MAX_STRING && text.chars().count() > MAX_STRING {
            self.report(value, say::string_too_long);
        }
        if text.chars().next().is_some_and(char::is_whitespace) && text.trim().is_empty() {
            self.report(value, say::blank);
        }
    }
}

/// Digits without sign (but `-`) or superfluous zeros, from `least` to what 32 bits hold.
fn is_integer(text: &str, least: i64) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|n: i64| (least..=i64::from(i32::MAX)).contains(&n))
}

/// Words with single white space between them.
fn is_code(text: &str) -> bool {
    let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    let bytes = text.as_bytes();
    let edges = bytes.first().is_none_or(space) || bytes.last().is_none_or(space);
    let control = bytes.iter().any(|b| *b < b' ' && !space(b));
    !edges && !control && !bytes.windows(2).any(|pair| space(&pair[0]) && space(&pair[1]))
}

/// 1 to 64 letters, digits, `-` and `.`.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

fn is_uri(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().all(|b| b > b' ')
    } else {
        !text.contains(|c: char| c.is_whitespace() || c.is_control())
    }
}

/// `urn:oid:` and numbers with dots between.
pub(super) fn is_oid_uri(text: &str) -> bool {
    let Some(oid) = text.strip_prefix("urn:oid:") else { return false };
    let mut parts = oid.split('.');
    let first = parts.next().is_some_and(|p| matches!(p, "0" | "1" | "2"));
    let mut more = 0;
    let rest = parts.all(|p| {
        more += 1;
        !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && (p == "0" || !p.starts_with('0'))
    });
    first && rest && more > 0
}

/// `urn:uuid:` and 36 characters; capital letters only if `any_case`.
pub(super) fn is_uuid_uri(text: &str, any_case: bool) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || (any_case && (b'A'..=b'F').contains(&b)),
        })
}

/// Groups of four characters with white space between or inside; `=` only at the end.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    for b in text.bytes() {
        match b {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'=' => padding += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count > 0 && count.is_multiple_of(4) && padding <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert!(
            ["0", "-0", "7", "-2147483648", "2147483647"]
                .iter()
                .all(|t| is_integer(t, i64::from(i32::MIN)))
        );
        assert!(
            !["1.0", "1e3", "2147483648", "-2147483649", "99999999999999999999"]
                .iter()
                .any(|t| is_integer(t, i64::from(i32::MIN)))
        );
        assert!(is_integer("1", 1) && !is_integer("0", 1) && is_integer("0", 0) && !is_integer("-1", 0));
    }

    #[test]
    fn codes_and_ids() {
        assert!(["a", "a b", "<=", "æ-ø"].iter().all(|t| is_code(t)));
        assert!(!["", " a", "a ", "a\u{2}", "a  b", "a\n\nb"].iter().any(|t| is_code(t)));
        assert!(is_id("A-1.b") && !is_id("") && !is_id("a_b") && !is_id("ø") && !is_id(&"x".repeat(65)));
    }

    #[test]
    fn uris() {
        assert!(is_uri("http://x.no/a|1#b") && is_uri("å") && !is_uri("a b") && !is_uri("a\u{a0}b"));
        assert!(
            is_oid_uri("urn:oid:2.16.578.1")
                && is_oid_uri("urn:oid:1.0")
                && !is_oid_uri("urn:oid:2")
                && !is_oid_uri("urn:oid:3.1")
                && !is_oid_uri("urn:oid:1.01")
                && !is_oid_uri("1.2")
        );
        assert!(is_uuid_uri("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", false));
        assert!(
            !is_uuid_uri("urn:uuid:0C3151bd-1cbf-4d64-b04d-cd9187a4c6e0", false)
                && is_uuid_uri("urn:uuid:0C3151bd-1cbf-4d64-b04d-cd9187a4c6e0", true)
        );
        assert!(!is_uuid_uri("0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", true));
    }

    #[test]
    fn base64() {
        assert!(is_base64("QUJD") && is_base64("QUI=") && is_base64("QQ==") && is_base64("QU\nJD QUJD"));
        assert!(!is_base64("QUJ") && !is_base64("Q===") && !is_base64("QQ==QUJD") && !is_base64("Q-_=") && !is_base64(" "));
    }
}
