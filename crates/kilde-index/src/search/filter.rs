//! `_filter` (R4, `_filter` parameter): an expression that is read into the same conditions that other parameters are.
//!
//! `and` and `or` are taken from left to right, as the specification says; parentheses group. A path may be a chain
//! (`subject.name`); conditions in brackets are not read.

use super::clause::Clause;
use super::conditions::{Conditions, Fault};
use super::findings;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{ParamType, param};

/// How deep parentheses may stand.
const DEPTH: usize = 16;

/// Reads an expression about resources of a type.
pub(super) fn read(conditions: &mut Conditions, rtype: ResourceType, text: &str) -> Result<Clause, Fault> {
    let mut filter = Filter {
        conditions,
        rtype,
        rest: text.trim_start(),
    };
    let clause = filter.expression(0)?;
    if filter.rest.is_empty() { Ok(clause) } else { Err(filter.wrong()) }
}

struct Filter<'a> {
    conditions: &'a mut Conditions,
    rtype: ResourceType,
    rest: &'a str,
}

impl<'a> Filter<'a> {
    fn wrong(&self) -> Fault {
        Fault::Wrong(findings::filter())
    }

    fn sign(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// What stands before the next blank or parenthesis.
    fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t', '(', ')']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn expression(&mut self, depth: usize) -> Result<Clause, Fault> {
        let mut left = self.term(depth)?;
        loop {
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Ok(left);
            }
            let word = self.word();
            let right = match word {
                "and" | "or" => self.term(depth)?,
                _ => return Err(self.wrong()),
            };
            left = match (word, left) {
                ("and", Clause::All(mut all)) => {
                    all.push(right);
                    Clause::All(all)
                }
                ("and", left) => Clause::All(vec![left, right]),
                (_, Clause::Either(mut any)) => {
                    any.push(right);
                    Clause::Either(any)
                }
                (_, left) => Clause::Either(vec![left, right]),
            };
        }
    }

    fn term(&mut self, depth: usize) -> Result<Clause, Fault> {
        if depth > DEPTH {
            return Err(self.wrong());
        }
        if self.sign('(') {
            return self.closed(depth);
        }
        let path = self.word();
        if path == "not" && self.sign('(') {
            return Ok(Clause::Not(Box::new(self.closed(depth)?)));
        }
        let operator = self.word();
        let (value, quoted) = self.value()?;
        self.comparison(path, operator, &value, quoted)
    }

    fn closed(&mut self, depth: usize) -> Result<Clause, Fault> {
        let inner = self.expression(depth + 1)?;
        // One group is one condition, so that what follows does not become part of it.
        if self.sign(')') {
            Ok(Clause::All(vec![inner]))
        } else {
            Err(self.wrong())
        }
    }

    /// A value, and whether it stood in quotes.
    fn value(&mut self) -> Result<(String, bool), Fault> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let word = self.word();
            return if word.is_empty() {
                Err(self.wrong())
            } else {
                Ok((word.to_owned(), false))
            };
        };
        let (mut out, mut escaped) = (String::new(), false);
        for (at, c) in quoted.char_indices() {
            match (escaped, c) {
                (false, '\\') => escaped = true,
                (false, '"') => {
                    self.rest = quoted[at + 1..].trim_start();
                    return Ok((out, true));
                }
                _ => {
                    out.push(c);
                    escaped = false;
                }
            }
        }
        Err(self.wrong())
    }

    fn comparison(&mut self, path: &str, operator: &str, value: &str, quoted: bool) -> Result<Clause, Fault> {
        let rtype = self.rtype;
        let Some(kind) = kind(rtype, path) else {
            return Err(Fault::Unknown(findings::unknown(rtype.name(), path)));
        };
        if operator == "pr" {
            let missing = match value {
                "true" => "false",
                "false" => "true",
                _ => return Err(self.wrong()),
            };
            return self.clause(&format!("{path}:missing"), missing);
        }
        use ParamType::{Date, Number, Quantity, Reference, String as Text, Token, Uri};
        let plain = (path.to_owned(), escaped(value, kind == Text || quoted && kind != Token));
        let with = |modifier: &str| (format!("{path}:{modifier}"), plain.1.clone());
        let prefixed = || (path.to_owned(), format!("{operator}{}", plain.1));
        let (name, value) = match (kind, operator) {
            (Text, "eq" | "ne") => with("eq"),
            (Text, "co") => with("contains"),
            (Text, "ew") => with("ew"),
            (Text, "sw") => plain,
            (Token | Uri | Reference, "eq" | "ne") | (Reference, "re") | (Date | Number | Quantity, "eq" | "ne") => plain,
            (Date | Number | Quantity, "gt" | "lt" | "ge" | "le" | "ap" | "sa" | "eb") => prefixed(),
            (Token, "in") => with("in"),
            (Token | Uri, "sb") => with("below"),
            (Token | Uri, "ss") => with("above"),
            _ => return Err(Fault::Wrong(findings::filter_operator(operator))),
        };
        let clause = self.clause(&name, &value)?;
        Ok(match operator {
            "ne" => Clause::Not(Box::new(clause)),
            _ => clause,
        })
    }

    /// A comparison as a condition. It counts as a branch of the parameter that the filter stands in.
    fn clause(&mut self, name: &str, value: &str) -> Result<Clause, Fault> {
        self.conditions.in_filter = true;
        let clause = self.conditions.clause(self.rtype, name, value);
        self.conditions.in_filter = false;
        clause
    }
}

/// A value as it stands in a parameter of its own: what separates there is escaped here.
fn escaped(value: &str, all: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '$') || (all && c == '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The kind of the parameter that a path ends in: of the first type that has it.
fn kind(rtype: ResourceType, path: &str) -> Option<ParamType> {
    let mut types = vec![rtype];
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let (code, named) = step.split_once(':').map_or((step, None), |(code, named)| (code, Some(named)));
        let params: Vec<_> = types.iter().filter_map(|t| param(*t, code)).collect();
        types = match (steps.peek(), named) {
            (None, None) => return params.first().map(|p| p.kind),
            (None, Some(_)) => return None,
            (Some(_), Some(named)) => vec![ResourceType::from_name(named)?],
            (Some(_), None) => params.iter().flat_map(|p| p.targets.iter().copied()).collect(),
        };
        types.sort_unstable();
        types.dedup();
    }
    None
}
