//! The FHIRPath that search parameters are written in: paths, unions, type filters, and the few
//! conditions that R4 uses.

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// `.name`
    Child(&'a str),
    /// `.ofType(T)`, `.as(T)` or `as T`
    OfType(&'a str),
    /// `.where(name = 'text')`
    WhereEquals(&'a str, &'a str),
    /// `.where(resolve() is T)`
    WhereResolves(&'a str),
    /// `[n]`
    Index(usize),
}

/// A path from a resource type; without a root, from the parameter's base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path<'a> {
    pub root: &'a str,
    pub steps: Vec<Step<'a>>,
}

/// One alternative of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Alternative<'a> {
    /// The elements at a path.
    Path(Path<'a>),
    /// `path.exists() and path != false`: whether there is such an element other than `false`.
    Truth(Path<'a>),
}

/// Why an expression cannot be compiled, and what was left of it there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} before `{rest}`")]
pub(super) struct ExpressionError {
    pub what: &'static str,
    pub rest: String,
}

type Parsed<T> = Result<T, ExpressionError>;

/// Parses an expression: its alternatives.
pub(super) fn parse(text: &str) -> Parsed<Vec<Alternative<'_>>> {
    let mut parser = Parser { rest: text.trim_start() };
    let mut alternatives = vec![parser.alternative()?];
    while parser.sign("|") {
        alternatives.push(parser.alternative()?);
    }
    if parser.rest.is_empty() {
        Ok(alternatives)
    } else {
        parser.fail("an operator that search parameters do not use")
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, what: &'static str) -> Parsed<T> {
        Err(ExpressionError {
            what,
            rest: self.rest.to_owned(),
        })
    }

    /// Takes a sign and the space after it, if it comes next.
    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        if let Some(rest) = rest {
            self.rest = rest.trim_start();
        }
        rest.is_some()
    }

    fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { self.fail("a sign is missing") }
    }

    /// Takes a word, if it comes next and stands alone.
    fn keyword(&mut self, word: &str) -> bool {
        let mut ahead = Parser { rest: self.rest };
        let found = ahead.name().is_ok_and(|name| name == word);
        if found {
            self.rest = ahead.rest;
        }
        found
    }

    fn name(&mut self) -> Parsed<&'a str> {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return self.fail("a name is missing");
        }
        self.rest = rest.trim_start();
        Ok(name)
    }

    fn alternative(&mut self) -> Parsed<Alternative<'a>> {
        let (path, exists) = self.path()?;
        if !exists {
            return Ok(Alternative::Path(path));
        }
        if !self.keyword("and") {
            return self.fail("`exists()` without a comparison");
        }
        let (compared, _) = self.path()?;
        self.expect("!=")?;
        if compared != path || !self.keyword("false") {
            return self.fail("`exists()` with another comparison than `!= false`");
        }
        Ok(Alternative::Truth(path))
    }

    /// A path and whether `.exists()` ends it.
    fn path(&mut self) -> Parsed<(Path<'a>, bool)> {
        let mut path = if self.sign("(") {
            let (path, exists) = self.path()?;
            if exists {
                return self.fail("`exists()` in parentheses");
            }
            self.expect(")")?;
            path
        } else {
            match self.name()? {
                name if name.starts_with(|c: char| c.is_ascii_uppercase()) => Path {
                    root: name,
                    steps: Vec::new(),
                },
                name => Path {
                    root: "",
                    steps: vec![Step::Child(name)],
                },
            }
        };
        loop {
            if self.sign("[") {
                let digits = self.name()?;
                let Ok(index) = digits.parse() else {
                    return self.fail("an index is no number");
                };
                self.expect("]")?;
                path.steps.push(Step::Index(index));
            } else if self.sign(".") {
                let name = self.name()?;
                if !self.sign("(") {
                    path.steps.push(Step::Child(name));
                } else if name == "exists" {
                    self.expect(")")?;
                    return Ok((path, true));
                } else if name == "extension" {
                    path.steps.push(Step::Child("extension"));
                    path.steps.push(Step::WhereEquals("url", self.quoted()?));
                    self.expect(")")?;
                } else {
                    path.steps.push(self.function(name)?);
                    self.expect(")")?;
                }
            } else if self.keyword("as") {
                path.steps.push(Step::OfType(self.name()?));
            } else {
                return Ok((path, false));
            }
        }
    }

    /// `'text'`
    fn quoted(&mut self) -> Parsed<&'a str> {
        self.expect("'")?;
        let Some((text, rest)) = self.rest.split_once('\'') else {
            return self.fail("a quote is not closed");
        };
        self.rest = rest.trim_start();
        Ok(text)
    }

    fn function(&mut self, name: &str) -> Parsed<Step<'a>> {
        match name {
            "ofType" | "as" => Ok(Step::OfType(self.name()?)),
            "where" => {
                let left = self.name()?;
                if left == "resolve" && self.sign("(") {
                    self.expect(")")?;
                    return if self.keyword("is") {
                        Ok(Step::WhereResolves(self.name()?))
                    } else {
                        self.fail("`resolve()` without `is`")
                    };
                }
                self.expect("=")?;
                Ok(Step::WhereEquals(left, self.quoted()?))
            }
            _ => self.fail("a function that search parameters do not use"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path<'a>(root: &'a str, steps: &[Step<'a>]) -> Alternative<'a> {
        Alternative::Path(Path {
            root,
            steps: steps.to_vec(),
        })
    }

    #[test]
    fn the_forms_that_r4_uses() {
        use Step::*;
        for (text, want) in [
            ("Encounter.status", vec![path("Encounter", &[Child("status")])]),
            (
                "(Goal.target.due.ofType(date))",
                vec![path("Goal", &[Child("target"), Child("due"), OfType("date")])],
            ),
            (
                "(Observation.value as Quantity).code",
                vec![path("Observation", &[Child("value"), OfType("Quantity"), Child("code")])],
            ),
            (
                "Observation.value.as(Period)",
                vec![path("Observation", &[Child("value"), OfType("Period")])],
            ),
            (
                "Bundle.entry[0].resource",
                vec![path("Bundle", &[Child("entry"), Index(0), Child("resource")])],
            ),
            (
                "Person.telecom.where(system='email')",
                vec![path("Person", &[Child("telecom"), WhereEquals("system", "email")])],
            ),
            (
                "Flag.subject.where(resolve() is Patient) | Goal.subject",
                vec![
                    path("Flag", &[Child("subject"), WhereResolves("Patient")]),
                    path("Goal", &[Child("subject")]),
                ],
            ),
            (
                "Patient.deceased.exists() and Patient.deceased != false",
                vec![Alternative::Truth(Path {
                    root: "Patient",
                    steps: vec![Child("deceased")],
                })],
            ),
            (
                "Patient.extension('http://a').value.as(Coding)",
                vec![path(
                    "Patient",
                    &[Child("extension"), WhereEquals("url", "http://a"), Child("value"), OfType("Coding")],
                )],
            ),
            ("Observation", vec![path("Observation", &[])]),
            ("name | alias", vec![path("", &[Child("name")]), path("", &[Child("alias")])]),
        ] {
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "|",
            "A.",
            "A.b |",
            "A.b()",
            "A.first()",
            "A.b[x]",
            "A.b[0",
            "(A.b",
            "A.b)",
            "A.b + 1",
            "A.where(b=c)",
            "A.where(b='c)",
            "A.exists()",
            "A.exists() and B != false",
            "A.exists() and A != true",
            "A.where(resolve() as B)",
            "A.ofType(B",
            "%resource.a",
            "A..b",
            "A.b as",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), like in "[A-Ca-c.()|\\[\\]0'= ]{0,30}") {
            let _ = (parse(&text), parse(&like));
        }
    }
}
