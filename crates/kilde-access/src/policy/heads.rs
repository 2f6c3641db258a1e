//! Where policies begin in a text, and how much there is in each: found without reading them as Cedar.

/// Where policies begin, and how deep and long they are.
#[derive(Debug, Default)]
pub struct Heads {
    /// The byte at which each policy's `permit` or `forbid` stands, in the order of the text.
    pub at: Vec<usize>,
    /// The deepest nesting of brackets, and where.
    deepest: (usize, usize),
    /// The most operators in one policy, and where they end.
    operators: (usize, usize),
}

impl Heads {
    /// Where there is too much of something, if anywhere.
    pub fn too_much(&self, depth: usize, operators: usize, policies: usize) -> Option<usize> {
        if self.deepest.0 > depth {
            Some(self.deepest.1)
        } else if self.operators.0 > operators {
            Some(self.operators.1)
        } else {
            self.at.get(policies).copied()
        }
    }
}

/// Looks through a text. Strings and comments say nothing.
pub fn of(text: &str) -> Heads {
    let bytes = text.as_bytes();
    let mut heads = Heads::default();
    let (mut depth, mut operators, mut at) = (0usize, 0usize, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end);
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                heads.deepest = heads.deepest.max((depth, at));
                at += 1;
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b';' => {
                (depth, operators) = (0, 0);
                at += 1;
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let word = word(bytes, at);
                let before = bytes[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
                if matches!(word, b"permit" | b"forbid") && !before.is_some_and(|b| b"@.:".contains(b)) && depth == 0 {
                    heads.at.push(at);
                } else if matches!(word, b"if" | b"has" | b"in" | b"is" | b"like") {
                    operators += 1;
                }
                at += word.len();
            }
            b => {
                operators += usize::from(b"&|!<>=+-*.".contains(&b));
                at += 1;
            }
        }
        heads.operators = heads.operators.max((operators, at));
    }
    heads
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn word(bytes: &[u8], start: usize) -> &[u8] {
    let end = bytes[start..].iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    &bytes[start..end.map_or(bytes.len(), |end| start + end)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_are_found_and_nothing_else() {
        let text = "// forbid (\n@id(\"permit\") @forbid(\"x\")\nforbid (principal, action, resource) when { context.permit };\npermit(a);";
        let at = of(text).at;
        assert_eq!(at.len(), 2);
        assert!(text[at[0]..].starts_with("forbid (principal") && text[at[1]..].starts_with("permit(a)"));
    }

    #[test]
    fn depth_and_length_are_bounded() {
        assert!(of(&"(".repeat(40)).too_much(30, 200, 100).is_some());
        assert!(of(&"a || ".repeat(200)).too_much(30, 200, 100).is_some());
        assert!(of(&"forbid();".repeat(101)).too_much(30, 200, 100).is_some());
        assert!(of(&"forbid((a || b));".repeat(100)).too_much(30, 200, 100).is_none());
    }

    proptest! {
        #[test]
        fn any_text_without_panic(text in "\\PC*") {
            let heads = of(&text);
            prop_assert!(heads.at.iter().all(|at| *at < text.len()));
        }
    }
}
