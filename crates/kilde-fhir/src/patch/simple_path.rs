//! The grammar of [`super::SimplePaths`]: names, indexes and a few functions of FHIRPath.

/// A path has at most so many bytes.
const LONGEST: usize = 1000;
/// Conditions inside conditions, at most.
const MAX_NESTED: usize = 4;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `name`
    Name(String),
    /// `[0]`
    Index(usize),
    /// `.where(a = 'b' and c = 'd')`
    Where(Vec<(Vec<Step>, Literal)>),
    /// `.first()`
    First,
    /// `.last()`
    Last,
    /// `.single()`
    Single,
    /// `.ofType(Quantity)`, `.as(Quantity)`
    OfType(String),
    /// `.extension('url')`
    Extension(String),
}

/// What a condition compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// `'text'`, also for dates (`@2020-01-01`).
    Text(String),
    /// `1.0`
    Number(String),
    /// `true`
    Bool(bool),
}

/// Where in the path something else was expected, in characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misread(pub(super) usize);

/// Reads a path.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, Misread> {
    let mut reader = Reader { text, at: 0, nested: 0 };
    if text.len() > LONGEST {
        return Err(Misread(LONGEST));
    }
    let steps = reader
        .path()
        .and_then(|steps| if reader.at == text.len() { Some(steps) } else { None });
    steps.ok_or_else(|| Misread(text.get(..reader.at).map_or(0, |t| t.chars().count()) + 1))
}

struct Reader<'p> {
    text: &'p str,
    at: usize,
    nested: usize,
}

impl<'p> Reader<'p> {
    fn rest(&self) -> &'p str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Passes over a token if it comes next.
    fn eat(&mut self, token: &str) -> Option<()> {
        self.space();
        self.rest().starts_with(token).then(|| self.at += token.len())
    }

    fn path(&mut self) -> Option<Vec<Step>> {
        let mut steps = vec![self.step()?];
        loop {
            if self.eat("[").is_some() {
                self.space();
                let digits = self.take(|c| c.is_ascii_digit());
                let index = digits.parse().ok()?;
                self.eat("]")?;
                steps.push(Step::Index(index));
            } else if self.eat(".").is_some() {
                steps.push(self.step()?);
            } else {
                self.space();
                return Some(steps);
            }
        }
    }

    fn take(&mut self, good: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let end = rest.find(|c| !good(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> Option<&'p str> {
        self.space();
        if self.eat("`").is_some() {
            let name = self.take(|c| c != '`');
            self.eat("`")?;
            return Some(name);
        }
        let before = self.at;
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            self.at = before;
            return None;
        }
        Some(name)
    }

    fn step(&mut self) -> Option<Step> {
        let before = self.at;
        let name = self.name()?;
        if !self.rest().starts_with('(') {
            return Some(Step::Name(name.to_owned()));
        }
        self.at += 1;
        let step = match name {
            "first" => Step::First,
            "last" => Step::Last,
            "single" => Step::Single,
            "ofType" | "as" => {
                let name = self.name()?;
                let name = if name == "FHIR" && self.eat(".").is_some() {
                    self.name()?
                } else {
                    name
                };
                Step::OfType(name.to_owned())
            }
            "extension" => match self.literal()? {
                Literal::Text(url) => Step::Extension(url),
                _ => return None,
            },
            "where" => Step::Where(self.conditions()?),
            _ => {
                self.at = before;
                return None;
            }
        };
        self.eat(")")?;
        Some(step)
    }

    fn conditions(&mut self) -> Option<Vec<(Vec<Step>, Literal)>> {
        if self.nested == MAX_NESTED {
            return None;
        }
        self.nested += 1;
        let mut found = Vec::new();
        loop {
            let path = self.path()?;
            self.eat("=")?;
            found.push((path, self.literal()?));
            self.space();
            if self.eat("and ").is_none() {
                self.nested -= 1;
                return Some(found);
            }
        }
    }

    fn literal(&mut self) -> Option<Literal> {
        self.space();
        if self.eat("'").is_some() {
            return self.string().map(Literal::Text);
        }
        if self.eat("@").is_some() {
            let date = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+'));
            return Some(Literal::Text(date.to_owned()));
        }
        let word = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        match word {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Some(Literal::Number(number.to_owned())),
            _ => None,
        }
    }

    /// A string after its opening quote.
    fn string(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += i + 1;
                    return Some(out);
                }
                '\\' => out.push(match chars.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'f' => '\u{c}',
                    'u' => {
                        let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                        u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)?
                    }
                    c @ ('\'' | '"' | '`' | '\\' | '/') => c,
                    _ => return None,
                }),
                c => out.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths() {
        let name = |n: &str| Step::Name(n.into());
        let text = |t: &str| Literal::Text(t.into());
        assert_eq!(parse("Patient"), Ok(vec![name("Patient")]));
        assert_eq!(
            parse("Patient.name[1] . `given`"),
            Ok(vec![name("Patient"), name("name"), Step::Index(1), name("given")])
        );
        assert_eq!(
            parse("name.where(use='official' and period.start = @2020-01-01).first()"),
            Ok(vec![
                name("name"),
                Step::Where(vec![
                    (vec![name("use")], text("official")),
                    (vec![name("period"), name("start")], text("2020-01-01"))
                ]),
                Step::First
            ])
        );
        assert_eq!(
            parse("value.ofType(FHIR.Quantity).extension('http://x')"),
            Ok(vec![
                name("value"),
                Step::OfType("Quantity".into()),
                Step::Extension("http://x".into())
            ])
        );
        assert_eq!(
            parse("a.where(b = 'it\\'s \\u00e5' and c = true and d = 1.0)"),
            Ok(vec![
                name("a"),
                Step::Where(vec![
                    (vec![name("b")], text("it's å")),
                    (vec![name("c")], Literal::Bool(true)),
                    (vec![name("d")], Literal::Number("1.0".into()))
                ])
            ])
        );
    }

    #[test]
    fn what_is_not_understood_is_pointed_at() {
        for (text, at) in [
            ("", 1),
            ("a.", 3),
            ("a.resolve()", 3),
            ("a | b", 3),
            ("a[", 3),
            ("a[x]", 3),
            ("a.where(b)", 10),
            ("æ", 1),
            ("a + 1", 3),
        ] {
            assert_eq!(parse(text), Err(Misread(at)), "{text}");
        }
        let nested = |n: usize| format!("{}a='b'{}", "a.where(".repeat(n), ") = 'c'".repeat(n));
        assert!(parse(&nested(1000)).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "(a|name|\\.|\\[|\\]|0|9|where|first|\\(|\\)|'|=|and| |\\\\|u|`|@|æ|ofType|-){0,20}") {
            let _ = parse(&text);
        }
    }
}
