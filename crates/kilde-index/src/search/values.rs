//! Values of parameters as text: separators, escapes (R4, Search, 3.1.1.4.0.1).

use super::clause::{System, Token, Unit};

/// The parts of a value between unescaped separators, escapes left in place.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == separator {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The text without its escapes (`\,` `\|` `\$` `\\`). A backslash before anything else stands for itself.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ (',' | '|' | '$' | '\\'))) => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// `code`, `|code`, `system|`, `system|code`.
pub(super) fn token(text: &str) -> Option<Token> {
    let code = |text: &str| (!text.is_empty()).then(|| unescape(text));
    match split(text, '|')[..] {
        [one] => code(one).map(|code| Token {
            system: System::Any,
            code: Some(code),
        }),
        ["", last] => code(last).map(|code| Token {
            system: System::Without,
            code: Some(code),
        }),
        [system, last] => Some(Token {
            system: System::Is(unescape(system)),
            code: code(last),
        }),
        _ => None,
    }
}

/// The number, and `system|code` after it, of a quantity value.
pub(super) fn quantity(text: &str) -> Option<(&str, Unit)> {
    match split(text, '|')[..] {
        [number] => Some((number, Unit::Any)),
        [number, "", ""] => Some((number, Unit::Any)),
        [number, "", unit] => Some((number, Unit::Named(unescape(unit)))),
        [number, system, code] if !code.is_empty() => Some((
            number,
            Unit::Coded {
                system: unescape(system),
                code: unescape(code),
            },
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tok(system: System, code: Option<&str>) -> Option<Token> {
        Some(Token {
            system,
            code: code.map(Into::into),
        })
    }

    #[test]
    fn tokens() {
        assert_eq!(token("a"), tok(System::Any, Some("a")));
        assert_eq!(token("|a"), tok(System::Without, Some("a")));
        assert_eq!(token("s|"), tok(System::Is("s".into()), None));
        assert_eq!(token("s|a"), tok(System::Is("s".into()), Some("a")));
        assert_eq!(token(r"s\|t|a\,b"), tok(System::Is("s|t".into()), Some("a,b")));
        assert_eq!((token(""), token("|"), token("a|b|c")), (None, None, None));
    }

    #[test]
    fn escapes() {
        assert_eq!(split(r"a\,b,c", ','), [r"a\,b", "c"]);
        assert_eq!(split(r"a\\,c", ','), [r"a\\", "c"]);
        assert_eq!(unescape(r"a\,b\\\x"), r"a,b\\x");
        assert_eq!(unescape(r"end\"), r"end\");
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(parts in proptest::collection::vec("[a,|$\\\\ø]{0,6}", 1..5)) {
            let escape = |s: &String| s.replace('\\', "\\\\").replace(',', "\\,").replace('|', "\\|").replace('$', "\\$");
            let text = parts.iter().map(escape).collect::<Vec<_>>().join(",");
            let back: Vec<String> = split(&text, ',').into_iter().map(unescape).collect();
            prop_assert_eq!(back, parts);
        }

        #[test]
        fn never_panics(text: String) {
            let _ = (token(&text), quantity(&text), unescape(&text));
        }
    }
}
