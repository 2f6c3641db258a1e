//! The grammar of `_filter` (R4, `_filter` parameter): from text to a tree that knows nothing of types.

/// How deep parentheses and brackets may stand in each other.
const DEPTH: usize = 16;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression<'a> {
    All(Vec<Expression<'a>>),
    Either(Vec<Expression<'a>>),
    Not(Box<Expression<'a>>),
    Comparison(Comparison<'a>),
}

/// `path operator value`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparison<'a> {
    /// At least one step.
    pub path: Vec<Step<'a>>,
    pub operator: &'a str,
    pub value: String,
    /// Whether the value stood in quotes.
    pub quoted: bool,
}

/// One name of a path, and what stands in brackets after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step<'a> {
    pub name: &'a str,
    pub filter: Option<Expression<'a>>,
}

/// Reads a whole expression; `None` if it is none.
pub(super) fn read(text: &str) -> Option<Expression<'_>> {
    let mut reader = Reader { rest: text.trim_start() };
    let expression = reader.expression(0)?;
    reader.rest.is_empty().then_some(expression)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn sign(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// What stands before the next blank or one of these, and whether a blank follows it.
    fn until(&mut self, ends: &[char]) -> (&'a str, bool) {
        let end = self.rest.find(|c: char| c.is_whitespace() || ends.contains(&c));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        (word, rest.len() != self.rest.len())
    }

    /// Terms joined by `and` and `or`, taken from left to right.
    fn expression(&mut self, depth: usize) -> Option<Expression<'a>> {
        let mut left = self.term(depth)?;
        while !self.rest.is_empty() && !self.rest.starts_with([')', ']']) {
            let word = self.until(&['(', ')', ']']).0;
            if !matches!(word, "and" | "or") {
                return None;
            }
            let right = self.term(depth)?;
            left = match (word, left) {
                ("and", Expression::All(mut all)) => {
                    all.push(right);
                    Expression::All(all)
                }
                ("and", left) => Expression::All(vec![left, right]),
                (_, Expression::Either(mut any)) => {
                    any.push(right);
                    Expression::Either(any)
                }
                (_, left) => Expression::Either(vec![left, right]),
            };
        }
        Some(left)
    }

    fn term(&mut self, depth: usize) -> Option<Expression<'a>> {
        if depth > DEPTH {
            return None;
        }
        if self.sign('(') {
            return self.closed(')', depth);
        }
        let start = self.rest;
        if self.until(&['(', ')', '[', ']']).0 == "not" && self.sign('(') {
            return Some(Expression::Not(Box::new(self.closed(')', depth)?)));
        }
        self.rest = start;
        let path = self.path(depth)?;
        let operator = self.until(&['(', ')', '[', ']']).0;
        let (value, quoted) = self.value()?;
        Some(Expression::Comparison(Comparison {
            path,
            operator,
            value,
            quoted,
        }))
    }

    fn closed(&mut self, end: char, depth: usize) -> Option<Expression<'a>> {
        let inner = self.expression(depth + 1)?;
        // One group is one condition, so that what follows does not become part of it.
        self.sign(end).then(|| Expression::All(vec![inner]))
    }

    /// `name`, `name.name`, `name[expression].name`: a blank ends it.
    fn path(&mut self, depth: usize) -> Option<Vec<Step<'a>>> {
        let mut steps = Vec::new();
        loop {
            let (name, blank) = self.until(&['.', '(', ')', '[', ']', '"']);
            if name.is_empty() {
                return None;
            }
            let mut step = Step { name, filter: None };
            let bracket = !blank && self.sign('[');
            if bracket {
                step.filter = Some(self.closed(']', depth)?);
            }
            steps.push(step);
            // A path does not end with a bracket.
            let more = !blank && self.sign('.');
            if !more {
                return (!bracket).then_some(steps);
            }
        }
    }

    /// A value, and whether it stood in quotes.
    fn value(&mut self) -> Option<(String, bool)> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let word = self.until(&[')', ']']).0;
            return (!word.is_empty()).then(|| (word.to_owned(), false));
        };
        let (mut out, mut chars) = (String::new(), quoted.char_indices());
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = quoted[at + 1..].trim_start();
                    return Some((out, true));
                }
                '\\' => match chars.next()?.1 {
                    'u' => out.push(unit(&mut chars)?),
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    'b' => out.push('\u{8}'),
                    'f' => out.push('\u{c}'),
                    other => out.push(other),
                },
                _ => out.push(c),
            }
        }
        None
    }
}

/// The character of `\u` and four digits, or of two such that stand for one.
fn unit(chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let mut four = || (0..4).try_fold(0u32, |n, _| Some(n * 16 + chars.next()?.1.to_digit(16)?));
    let high = four()?;
    if !(0xD800..0xDC00).contains(&high) {
        return char::from_u32(high);
    }
    let escape = (chars.next()?.1, chars.next()?.1);
    let mut four = || (0..4).try_fold(0u32, |n, _| Some(n * 16 + chars.next()?.1.to_digit(16)?));
    let low = four()?.checked_sub(0xDC00).filter(|low| *low < 0x400 && escape == ('\\', 'u'))?;
    char::from_u32(0x10000 + ((high - 0xD800) << 10) + low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn comparison<'a>(path: &[&'a str], operator: &'a str, value: &str, quoted: bool) -> Expression<'a> {
        Expression::Comparison(Comparison {
            path: path.iter().map(|name| Step { name, filter: None }).collect(),
            operator,
            value: value.to_owned(),
            quoted,
        })
    }

    #[test]
    fn forms() {
        assert_eq!(
            read("code eq http://loinc.org|1234-5"),
            Some(comparison(&["code"], "eq", "http://loinc.org|1234-5", false))
        );
        assert_eq!(
            read(r#"subject:Patient.name co "p \"é\u00e5\ud83d\ude00""#),
            Some(comparison(&["subject:Patient", "name"], "co", "p \"éå😀", true))
        );
        let Some(Expression::Comparison(c)) = read(r#"subject[family eq x and not(gender eq "a b")].birthdate ge 2000"#) else {
            panic!("no comparison")
        };
        assert_eq!((c.path.len(), c.operator, c.value.as_str()), (2, "ge", "2000"));
        assert!(matches!(&c.path[0].filter, Some(Expression::All(all)) if all.len() == 1));
        let a = || comparison(&["a"], "eq", "1", false);
        assert_eq!(
            read("a eq 1 or a eq 1 and a eq 1"),
            Some(Expression::All(vec![Expression::Either(vec![a(), a()]), a()]))
        );
        assert_eq!(
            read("a eq 1 and (a eq 1 or a eq 1)"),
            Some(Expression::All(vec![
                a(),
                Expression::All(vec![Expression::Either(vec![a(), a()])])
            ]))
        );
        assert_eq!(read("not (a eq 1)").map(|e| matches!(e, Expression::Not(_))), Some(true));
        assert_eq!(read("not eq 1"), Some(comparison(&["not"], "eq", "1", false)));
    }

    #[test]
    fn what_is_no_filter() {
        for text in [
            "",
            "a",
            "a eq",
            "a eq \"x",
            "(a eq 1",
            "a eq 1)",
            "a eq 1 b eq 2",
            "a[b eq 1] eq 1",
            "a[b eq 1.c eq 1",
            "a[].b eq 1",
            "a..b eq 1",
            ".a eq 1",
            "a. eq 1",
            "a eq 1 xor a eq 2",
            "a eq 1 and",
            "not(a eq 1",
            "a eq \"\\ud800\"",
            "a eq \"\\u12\"",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let deep = |open: &str, close: &str| format!("{}a eq 1{}", open.repeat(100), close.repeat(100));
        assert_eq!(read(&deep("(", ")")), None);
        assert_eq!(read(&deep("a[", "].b eq 1")), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), like in "[ab:. ()\\[\\]\"\\\\u0-9]{0,40}", words in "(a|not|and|or|eq|\\(|\\)|\\[|\\]|\\.| |\"x\"){0,30}") {
            let _ = (read(&text), read(&like), read(&words));
        }
    }
}
