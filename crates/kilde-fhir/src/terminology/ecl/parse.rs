//! From text to expression.

use super::{Attribute, Cardinality, Constraint, DEEPEST, EclError, Focus, LONGEST, Operator, Refinement};
use crate::terminology::sctid::SctId;

pub(super) fn parse(text: &str) -> Result<Constraint, EclError> {
    if text.len() > LONGEST {
        return Err(EclError::TooLong);
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    let parsed = parser.constraint()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.expected("the end, or an operator"));
    }
    Ok(parsed)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// What joins parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    And,
    Or,
    Minus,
}

const OPERATORS: [(&str, Operator); 8] = [
    ("<<!", Operator::ChildrenOrSelf),
    (">>!", Operator::ParentsOrSelf),
    ("<<", Operator::DescendantsOrSelf),
    (">>", Operator::AncestorsOrSelf),
    ("<!", Operator::Children),
    (">!", Operator::Parents),
    ("<", Operator::Descendants),
    (">", Operator::Ancestors),
];

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, expected: &'static str) -> EclError {
        EclError::Syntax {
            at: self.text[..self.at].chars().count(),
            expected,
        }
    }

    /// Passes over white space and comments.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            match trimmed.strip_prefix("/*").and_then(|c| c.find("*/")) {
                Some(end) => self.at += end + 4,
                None => return,
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.rest().bytes().next()
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn need(&mut self, token: &str, name: &'static str) -> Result<(), EclError> {
        if self.take(token) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn join(&mut self) -> Option<Join> {
        self.space();
        if self.take(",") {
            return Some(Join::And);
        }
        for (word, join) in [("and", Join::And), ("or", Join::Or), ("minus", Join::Minus)] {
            let rest = self.rest();
            if rest.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word))
                && !rest[word.len()..].starts_with(|c: char| c.is_alphanumeric())
            {
                self.at += word.len();
                return Some(join);
            }
        }
        None
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, EclError>) -> Result<T, EclError> {
        if self.depth >= DEEPEST {
            return Err(EclError::TooDeep);
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn constraint(&mut self) -> Result<Constraint, EclError> {
        let first = self.sub()?;
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                let refinement = self.refinement()?;
                Ok(Constraint::Refined(Box::new(first), refinement))
            }
            Some(b'.') => {
                let mut attributes = Vec::new();
                while self.take(".") {
                    attributes.push(self.sub()?);
                }
                Ok(Constraint::Dotted(Box::new(first), attributes))
            }
            _ => self.compound(first),
        }
    }

    fn compound(&mut self, first: Constraint) -> Result<Constraint, EclError> {
        let Some(join) = self.join() else { return Ok(first) };
        let second = self.sub()?;
        if join == Join::Minus {
            return Ok(Constraint::Minus(Box::new(first), Box::new(second)));
        }
        let mut parts = vec![first, second];
        let mut before = self.at;
        while let Some(next) = self.join() {
            if next != join {
                self.at = before;
                return Err(self.expected("parentheses, or the same operator as before"));
            }
            parts.push(self.sub()?);
            before = self.at;
        }
        Ok(if join == Join::And {
            Constraint::And(parts)
        } else {
            Constraint::Or(parts)
        })
    }

    /// A focus with the operators before it.
    fn sub(&mut self) -> Result<Constraint, EclError> {
        let operator = OPERATORS
            .iter()
            .find(|(token, _)| self.take(token))
            .map_or(Operator::Itself, |(_, o)| *o);
        let member_of = self.take("^");
        let focus = match self.peek() {
            Some(b'*') => {
                self.at += 1;
                Focus::Any
            }
            Some(b'(') => {
                self.at += 1;
                let inner = self.deeper(Self::constraint)?;
                self.need(")", "a closing parenthesis")?;
                Focus::Nested(Box::new(inner))
            }
            Some(b'0'..=b'9') => Focus::Concept(self.concept()?),
            Some(b'{' | b'!' | b'[') => return Err(EclError::NotSupported("{{ }}, !!, [ ] before a concept")),
            _ => return Err(self.expected("a concept, * or (")),
        };
        self.space();
        if self.rest().starts_with("{{") {
            return Err(EclError::NotSupported("{{ }}"));
        }
        Ok(Constraint::Focus(operator, member_of, focus))
    }

    /// An identifier, and the term behind it if there is one.
    fn concept(&mut self) -> Result<String, EclError> {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let id = &rest[..digits];
        if SctId::concept(id).is_err() {
            return Err(self.expected("a valid concept identifier"));
        }
        self.at += digits;
        if self.take("|") {
            let Some(end) = self.rest().find('|') else {
                return Err(self.expected("| at the end of the term"));
            };
            self.at += end + 1;
        }
        Ok(id.to_owned())
    }

    fn refinement(&mut self) -> Result<Refinement, EclError> {
        let first = self.part()?;
        let mut before = self.at;
        let Some(join) = self.join() else { return Ok(first) };
        let mut parts = vec![first];
        let mut next = join;
        loop {
            if next != join || next == Join::Minus {
                self.at = before;
                return Err(self.expected("parentheses, or the same operator as before"));
            }
            parts.push(self.part()?);
            before = self.at;
            match self.join() {
                Some(join) => next = join,
                None => break,
            }
        }
        Ok(if join == Join::And {
            Refinement::And(parts)
        } else {
            Refinement::Or(parts)
        })
    }

    fn part(&mut self) -> Result<Refinement, EclError> {
        let cardinality = self.cardinality()?;
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let inner = self.deeper(Self::refinement)?;
                self.need("}", "a closing brace")?;
                Ok(Refinement::Group(cardinality, Box::new(inner)))
            }
            Some(b'(') if !self.names_attribute() => {
                self.at += 1;
                let inner = self.deeper(Self::refinement)?;
                self.need(")", "a closing parenthesis")?;
                Ok(inner)
            }
            _ => self.attribute(cardinality),
        }
    }

    fn attribute(&mut self, cardinality: Cardinality) -> Result<Refinement, EclError> {
        self.space();
        let reverse = self.rest().starts_with('R');
        self.at += usize::from(reverse);
        let name = self.sub()?;
        let not = if self.take("!=") {
            true
        } else {
            match self.peek() {
                Some(b'=') => self.at += 1,
                Some(b'<' | b'>') => return Err(EclError::NotSupported("comparison of numbers")),
                _ => return Err(self.expected("= or !=")),
            }
            false
        };
        if let Some(b'#' | b'"' | b't' | b'f') = self.peek() {
            return Err(EclError::NotSupported("values that are numbers, texts or truth values"));
        }
        let value = self.sub()?;
        Ok(Refinement::Attribute(Box::new(Attribute {
            cardinality,
            reverse,
            name,
            not,
            value,
        })))
    }

    fn cardinality(&mut self) -> Result<Cardinality, EclError> {
        if !self.take("[") {
            return Ok(Cardinality::SOME);
        }
        let (Some(min), true) = (self.number(), self.take("..")) else {
            return Err(self.expected("a cardinality such as [0..1]"));
        };
        let max = if self.take("*") {
            None
        } else {
            Some(self.number().ok_or_else(|| self.expected("a number or *"))?)
        };
        self.need("]", "]")?;
        Ok(Cardinality { min, max })
    }

    fn number(&mut self) -> Option<u32> {
        self.space();
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = rest[..digits].parse().ok()?;
        self.at += digits;
        Some(number)
    }

    /// Whether the parenthesis that begins here ends before `=` or `!=`: then it names attributes.
    fn names_attribute(&self) -> bool {
        let mut probe = Parser {
            text: self.text,
            at: self.at,
            depth: 0,
        };
        let mut open = 0usize;
        loop {
            match probe.peek() {
                Some(b'(') => open += 1,
                Some(b')') => open = open.saturating_sub(1),
                Some(b'|') => match probe.rest()[1..].find('|') {
                    Some(end) => probe.at += end + 1,
                    None => return false,
                },
                Some(_) => {}
                None => return false,
            }
            probe.at += probe.rest().chars().next().map_or(0, char::len_utf8);
            if open == 0 {
                return matches!(probe.peek(), Some(b'=' | b'!'));
            }
        }
    }
}
