//! From bytes to characters: UTF-8 only, and only characters that XML 1.0 has.

use super::say;
use crate::finding::Finding;

/// The text without byte order mark, or the finding that refuses it and its offset in what could be read.
pub(super) fn decode(bytes: &[u8], most: usize) -> Result<&str, (usize, Finding)> {
    if bytes.len() > most.min(u32::MAX as usize - 1) {
        return Err((0, say::too_long(most)));
    }
    match bytes {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => return Err((0, say::encoding("UTF-16"))),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| (e.valid_up_to(), say::not_utf8()))?;
    match text.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
        Some(at) => Err((at, say::character())),
        None => match text.find(['\u{FFFE}', '\u{FFFF}']) {
            Some(at) => Err((at, say::character())),
            None => Ok(text),
        },
    }
}

/// Whether XML 1.0 has the character.
pub(super) fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// White space of XML.
pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether the text is a name; the names that FHIR and XHTML use are of these characters.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b >= 0x80)
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':') || b >= 0x80)
        && name.matches(':').count() <= 1
        && !name.ends_with(':')
}

/// The character that a reference (`amp`, `#229`, `#xE5`) stands for; `None` if XML without a
/// document type has no such entity.
pub(super) fn reference(name: &str) -> Option<char> {
    let number = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    if !digits.bytes().all(|b| (b as char).is_digit(radix)) {
        return None; // from_str_radix would take a sign
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| is_char(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stand_for_one_character() {
        for (name, c) in [
            ("amp", Some('&')),
            ("#229", Some('å')),
            ("#xE5", Some('å')),
            ("#x1F600", Some('😀')),
            ("#10", Some('\n')),
            ("#0", None),
            ("#xD800", None),
            ("#xFFFF", None),
            ("#+65", None),
            ("#", None),
            ("#x", None),
            ("#99999999999", None),
            ("nbsp", None),
            ("", None),
        ] {
            assert_eq!(reference(name), c, "{name}");
        }
    }

    #[test]
    fn only_utf8_is_read() {
        fn rule(bytes: &[u8]) -> Result<&str, (usize, &'static str)> {
            decode(bytes, 100).map_err(|(at, f)| (at, f.rule))
        }
        assert_eq!(rule(b"\xEF\xBB\xBF<a/>"), Ok("<a/>"));
        assert_eq!(rule(b"\xFF\xFE<\0"), Err((0, "fhir-xml-encoding")));
        assert_eq!(rule(b"\0<\0a"), Err((0, "fhir-xml-encoding")));
        assert_eq!(rule(b"<a>\xE5</a>"), Err((3, "fhir-xml-encoding")));
        assert_eq!(rule(b"<a>\x0C</a>"), Err((3, "fhir-xml-character")));
        assert_eq!(rule("<a>\u{FFFF}</a>".as_bytes()), Err((3, "fhir-xml-character")));
        assert_eq!(rule(&[b' '; 101]), Err((0, "fhir-xml-too-long")));
    }

    #[test]
    fn names() {
        for good in ["a", "Patient", "h:div", "_x", "data-a.b", "å"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1", ":a", "a:", "a:b:c", "a/b", "a\"b", "-a"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
