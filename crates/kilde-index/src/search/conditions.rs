//! From a name and a value to a condition: modifiers, chains, `_has`.

use super::clause::{Asked, Clause, System, Test, Token};
use super::content::{OfType, add_words};
use super::how::How;
use super::near::Near;
use super::{Limits, findings, values};
use kilde_fhir::date::Prefix;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::Finding;
use kilde_fhir::search::{Number, Param, ParamType, fold, get, param};

/// Parameters of the specification that are refused by name, not as unknown.
const UNSUPPORTED: [&str; 3] = ["_query", "_score", "_graph"];

/// A reference that may point to more types than this needs one named in a chain.
const TYPES: usize = 20;

/// So many conditions may come of one parameter: a chain that may go through several types at each step multiplies.
const BRANCHES: usize = 500;

/// Why a name and value are no condition.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The name is not known or not supported: passed over where the client asked for that.
    Unknown(Finding),
    /// It is wrong.
    Wrong(Finding),
}

/// Reads conditions, and counts the values in them.
pub(super) struct Conditions {
    pub now_ms: i64,
    pub limits: Limits,
    pub values: usize,
    /// Conditions read for the parameter at hand.
    pub branches: usize,
    /// Whether what is read stands in a `_filter`.
    pub in_filter: bool,
}

impl Conditions {
    /// The condition that a parameter of a type stands for.
    pub fn clause(&mut self, rtype: ResourceType, name: &str, value: &str) -> Result<Clause, Fault> {
        if !self.in_filter {
            self.branches = 0;
        }
        self.at_depth(rtype, name, value, 0)
    }

    /// Counts a condition of the parameter at hand.
    pub fn branch(&mut self) -> Result<(), Fault> {
        self.branches += 1;
        if self.branches > BRANCHES {
            return Err(Fault::Wrong(findings::too_much(
                "En kjede i søket går gjennom for mange typer: nevn typen i hvert ledd («parameter:Type.parameter»).".to_owned(),
                "A chain in the search goes through too many types: name the type in each step ('parameter:Type.parameter').".to_owned(),
            )));
        }
        Ok(())
    }

    /// Whether so many conditions have come of the parameter that no more are read.
    pub fn exhausted(&self) -> bool {
        self.branches > BRANCHES
    }

    fn at_depth(&mut self, rtype: ResourceType, name: &str, value: &str, depth: usize) -> Result<Clause, Fault> {
        if depth > self.limits.depth {
            return Err(Fault::Wrong(findings::too_much(
                format!("En kjede i søket har for mange ledd: høyst {}.", self.limits.depth),
                format!("A chain in the search has too many steps: at most {}.", self.limits.depth),
            )));
        }
        self.branch()?;
        if let Some(rest) = name.strip_prefix("_has:") {
            return self.has(rtype, name, rest, value, depth);
        }
        if let Some((head, tail)) = name.split_once('.') {
            return self.chain(rtype, name, (head, tail), value, depth);
        }
        let (code, modifier) = name.split_once(':').map_or((name, None), |(code, modifier)| (code, Some(modifier)));
        if code == "_filter" && modifier.is_none() {
            return super::filter::read(self, rtype, value);
        }
        if UNSUPPORTED.contains(&code) {
            return Err(Fault::Unknown(findings::unsupported(name)));
        }
        let parts = values::split(value, ',');
        self.values += parts.len();
        match (code, param(rtype, code)) {
            ("_id" | "_lastUpdated", _) if modifier == Some("missing") => always(name, &parts),
            ("_id" | "_lastUpdated" | "_list" | "_text" | "_content" | "_filter" | "near", _) if modifier.is_some() => {
                Err(Fault::Wrong(findings::modifier(name)))
            }
            ("_id", _) => ids(&parts),
            ("_lastUpdated", _) => self.updated(&parts),
            ("_list", _) => lists(&parts),
            ("_text" | "_content", _) => words(code, &parts),
            (_, None) => Err(Fault::Unknown(findings::unknown(rtype.name(), name))),
            (_, Some(param)) if param.is_composite() => self.composite(param, name, modifier, &parts),
            ("near", Some(param)) if param.kind == ParamType::Special => near(&parts),
            (_, Some(param)) if !param.extracted() => Err(Fault::Unknown(findings::unsupported(name))),
            (_, Some(param)) => self.tests(param, name, modifier, &parts),
        }
    }

    /// `_has:[type]:[reference parameter]:[parameter]`
    fn has(&mut self, base: ResourceType, name: &str, rest: &str, value: &str, depth: usize) -> Result<Clause, Fault> {
        let wrong = || Fault::Wrong(findings::has(name, base.name()));
        let mut pieces = rest.splitn(3, ':');
        let (Some(rtype), Some(code), Some(inner)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Err(wrong());
        };
        let rtype = ResourceType::from_name(rtype).ok_or_else(wrong)?;
        let param = param(rtype, code)
            .filter(|p| p.kind == ParamType::Reference && p.extracted() && p.targets.contains(&base))
            .ok_or_else(wrong)?;
        let clause = Box::new(self.at_depth(rtype, inner, value, depth + 1)?);
        Ok(Clause::Has { rtype, param, clause })
    }

    /// `[reference parameter].[parameter]`, `[reference parameter]:[type].[parameter]`
    fn chain(&mut self, rtype: ResourceType, name: &str, (head, tail): (&str, &str), value: &str, depth: usize) -> Result<Clause, Fault> {
        let (code, named) = head.split_once(':').map_or((head, None), |(code, named)| (code, Some(named)));
        let Some(param) = param(rtype, code) else {
            return Err(Fault::Unknown(findings::unknown(rtype.name(), name)));
        };
        if param.kind != ParamType::Reference || !param.extracted() {
            return Err(Fault::Wrong(findings::modifier(name)));
        }
        let types = led_to(param, named, name)?;
        if tail == "identifier" {
            return self.by_identifier(param, name, &types, value, depth);
        }
        Ok(Clause::Chain {
            param,
            to: self.inner(&types, tail, value, depth)?,
        })
    }

    /// The rest of a chain for each type that has it.
    fn inner(&mut self, types: &[ResourceType], tail: &str, value: &str, depth: usize) -> Result<Vec<(ResourceType, Clause)>, Fault> {
        let (mut to, mut fault) = (Vec::new(), None);
        // Of a value that is meant for several types, the parts are counted once.
        let values = self.values;
        for rtype in types {
            self.values = values;
            match self.at_depth(*rtype, tail, value, depth + 1) {
                Ok(clause) => to.push((*rtype, clause)),
                Err(fault) if self.exhausted() => return Err(fault),
                // What is wrong with the value says more than that some other type lacks the parameter.
                Err(wrong @ Fault::Wrong(_)) if !matches!(fault, Some(Fault::Wrong(_))) => fault = Some(wrong),
                Err(other) => fault = fault.or(Some(other)),
            }
        }
        match fault {
            Some(fault) if to.is_empty() => Err(fault),
            _ => Ok(to),
        }
    }

    /// A chain to an identifier is also met by a reference that has that identifier itself.
    fn by_identifier(
        &mut self,
        param: &'static Param,
        name: &str,
        types: &[ResourceType],
        value: &str,
        depth: usize,
    ) -> Result<Clause, Fault> {
        let parts = values::split(value, ',');
        self.values += parts.len();
        if types.iter().any(|t| t.name() == "Patient") {
            return self.read(param, name, How::PatientIdentifier, &parts);
        }
        let logical = self.read(param, name, How::Identifier, &parts)?;
        Ok(Clause::Either(vec![
            logical,
            Clause::Chain {
                param,
                to: self.inner(types, "identifier", value, depth)?,
            },
        ]))
    }

    /// `component$component`, each as its own parameter reads it.
    fn composite(&mut self, param: &'static Param, name: &str, modifier: Option<&str>, parts: &[&str]) -> Result<Clause, Fault> {
        if modifier == Some("missing") {
            let complete = Clause::Complete { param };
            return Ok(if is_missing(name, parts)? {
                Clause::Not(Box::new(complete))
            } else {
                complete
            });
        }
        if modifier.is_some() {
            return Err(Fault::Wrong(findings::modifier(name)));
        }
        let components: Vec<How> = param.components.iter().filter_map(|c| How::of(get(c.param?)?, None)).collect();
        let mut values = Vec::new();
        for part in parts {
            let pieces = values::split(part, '$');
            self.values += pieces.len() - 1;
            let tests: Option<Vec<Test>> = components.iter().zip(&pieces).map(|(how, piece)| self.test(*how, piece)).collect();
            match tests.filter(|tests| tests.len() == pieces.len() && tests.len() == param.components.len()) {
                Some(tests) => values.push(tests),
                None => return Err(Fault::Wrong(findings::composite(name, param))),
            }
        }
        Ok(Clause::Composite { param, values })
    }

    fn updated(&mut self, parts: &[&str]) -> Result<Clause, Fault> {
        let ranges: Option<Vec<_>> = parts.iter().map(|p| self.date(p)).collect();
        ranges
            .map(Clause::Updated)
            .ok_or_else(|| Fault::Wrong(findings::value("_lastUpdated", "en dato eller et tidspunkt", "a date or a time")))
    }

    fn date(&self, text: &str) -> Option<(Prefix, kilde_fhir::date::Range)> {
        let (prefix, range) = Prefix::date(&values::unescape(text))?;
        let range = if prefix == Prefix::Ap {
            range.approximately(self.now_ms)
        } else {
            range
        };
        Some((prefix, range))
    }

    fn tests(&mut self, param: &'static Param, name: &str, modifier: Option<&str>, parts: &[&str]) -> Result<Clause, Fault> {
        if modifier == Some("missing") {
            return Ok(Clause::Missing {
                param: param.id,
                missing: is_missing(name, parts)?,
            });
        }
        match (param.kind, modifier) {
            (ParamType::Token, Some("text")) => return beside_code(param, name, parts),
            (ParamType::Token, Some("of-type")) if identifies(param) => return of_type(param, name, parts),
            _ => {}
        }
        let how = if self.in_filter {
            How::in_filter(param, modifier)
        } else {
            How::of(param, modifier)
        };
        let how = how.ok_or_else(|| Fault::Wrong(findings::modifier(name)))?;
        self.read(param, name, how, parts)
    }

    fn read(&mut self, param: &'static Param, name: &str, how: How, parts: &[&str]) -> Result<Clause, Fault> {
        let tests: Option<Vec<Test>> = parts.iter().map(|part| self.test(how, part)).collect();
        let tests = tests.ok_or_else(|| {
            let (nb, en) = how.expected();
            Fault::Wrong(findings::value(name, nb, en))
        })?;
        Ok(Clause::Any {
            param,
            not: matches!(how, How::NotToken | How::NotIn),
            tests,
        })
    }

    fn test(&self, how: How, part: &str) -> Option<Test> {
        if part.is_empty() {
            return None;
        }
        let folded = || Some(fold(&values::unescape(part))).filter(|f| !f.is_empty());
        Some(match how {
            How::Token | How::NotToken => Test::Token(values::token(part)?),
            How::Identifier => Test::Identifier(values::token(part)?),
            How::PatientIdentifier => Test::PatientIdentifier(values::token(part)?),
            How::Date => self.date(part).map(|(prefix, range)| Test::Date(prefix, range))?,
            How::Number => {
                let (prefix, number) = Number::search(part)?;
                Test::Number(prefix, widened(prefix, number))
            }
            How::Quantity => {
                let (number, unit) = values::quantity(part)?;
                let (prefix, number) = Number::search(number)?;
                Test::Quantity {
                    prefix,
                    number: widened(prefix, number),
                    unit,
                }
            }
            How::Starts => Test::Starts(folded()?),
            How::Contains => Test::Contains(folded()?),
            How::Exact => Test::Exact(values::unescape(part)),
            How::Equal => Test::Equal(folded()?),
            How::Ends => Test::Ends(folded()?),
            How::In | How::NotIn => Test::In(values::unescape(part)),
            How::Below => Test::Below(whole_token(part)?),
            How::Above => Test::Above(whole_token(part)?),
            How::Uri => Test::Uri(values::unescape(part)),
            How::UriBelow => Test::UriBelow(values::unescape(part)),
            How::UriAbove => Test::UriAbove(values::unescape(part)),
            How::Reference => reference(part),
            How::Hierarchy(way) => match reference(part) {
                Test::Local(rtype, _) if super::hierarchy::part_of(rtype).is_none() => return None,
                Test::Local(rtype, id) => Test::Hierarchy {
                    way,
                    rtype: Some(rtype),
                    id,
                },
                Test::Id(id) => Test::Hierarchy { way, rtype: None, id },
                _ => return None,
            },
            How::ReferenceTo(rtype) => match reference(part) {
                Test::Id(id) => Test::Local(rtype, id),
                Test::Local(named, id) if named == rtype => Test::Local(named, id),
                _ => return None,
            },
        })
    }
}

/// The types that a step of a chain leads to.
pub(super) fn led_to(param: &Param, named: Option<&str>, name: &str) -> Result<Vec<ResourceType>, Fault> {
    match named {
        None if param.targets.len() > TYPES => Err(Fault::Wrong(findings::chain_type(name))),
        None => Ok(param.targets.to_vec()),
        Some(named) => match ResourceType::from_name(named).filter(|t| param.targets.contains(t)) {
            Some(named) => Ok(vec![named]),
            None => Err(Fault::Wrong(findings::modifier(name))),
        },
    }
}

/// The value of `:missing`.
fn is_missing(name: &str, parts: &[&str]) -> Result<bool, Fault> {
    match parts {
        ["true"] => Ok(true),
        ["false"] => Ok(false),
        _ => Err(Fault::Wrong(findings::value(name, "«true» eller «false»", "'true' or 'false'"))),
    }
}

/// `:missing` on what every resource here has.
fn always(name: &str, parts: &[&str]) -> Result<Clause, Fault> {
    Ok(match is_missing(name, parts)? {
        true => Clause::Either(Vec::new()),
        false => Clause::All(Vec::new()),
    })
}

fn near(parts: &[&str]) -> Result<Clause, Fault> {
    let places: Option<Vec<Near>> = parts.iter().map(|part| Near::parse(part)).collect();
    let places = places.ok_or_else(|| {
        Fault::Wrong(findings::value(
            "near",
            "«bredde|lengde|avstand|enhet» i grader og en lengdeenhet fra UCUM (km hvis den mangler)",
            "'latitude|longitude|distance|unit' in degrees and a unit of length of UCUM (km if there is none)",
        ))
    })?;
    Ok(Clause::Content(Asked::Near(places)))
}

/// A token with system and code.
fn whole_token(part: &str) -> Option<Token> {
    values::token(part).filter(|t| matches!(t.system, System::Is(_)) && t.code.is_some())
}

fn lists(parts: &[&str]) -> Result<Clause, Fault> {
    let ids = parts.iter().map(|p| p.strip_prefix("List/").unwrap_or(p));
    if ids.clone().any(|id| id.is_empty() || id.starts_with('$')) {
        return Err(Fault::Wrong(findings::value(
            "_list",
            "id-en til en List; funksjonelle lister («$current-...») er ikke her",
            "the id of a List; functional lists ('$current-...') are not here",
        )));
    }
    Ok(Clause::List(ids.map(values::unescape).collect()))
}

/// Words of the narrative or the whole: a blank is `and`, a comma `or`.
fn words(code: &str, parts: &[&str]) -> Result<Clause, Fault> {
    let lists: Vec<Vec<String>> = parts
        .iter()
        .map(|part| {
            let mut words = Vec::new();
            add_words(&values::unescape(part), &mut words);
            words
        })
        .collect();
    if lists.iter().any(Vec::is_empty) {
        return Err(Fault::Wrong(findings::value(code, "ord", "words")));
    }
    Ok(Clause::Content(match code {
        "_text" => Asked::Narrative(lists),
        _ => Asked::Anywhere(lists),
    }))
}

/// `:text` on a token.
fn beside_code(param: &'static Param, name: &str, parts: &[&str]) -> Result<Clause, Fault> {
    let starts: Vec<String> = parts.iter().map(|part| fold(&values::unescape(part))).collect();
    if starts.iter().any(String::is_empty) {
        return Err(Fault::Wrong(findings::value(name, "en tekst", "a text")));
    }
    Ok(Clause::Content(Asked::Text { param, starts }))
}

/// `:of-type`: `system|code|value`.
fn of_type(param: &'static Param, name: &str, parts: &[&str]) -> Result<Clause, Fault> {
    let values: Option<Vec<OfType>> = parts
        .iter()
        .map(|part| match values::split(part, '|')[..] {
            [system, code, value] if ![system, code, value].contains(&"") => Some(OfType {
                system: values::unescape(system),
                code: values::unescape(code),
                value: values::unescape(value),
            }),
            _ => None,
        })
        .collect();
    match values {
        Some(values) => Ok(Clause::Content(Asked::OfType { param, values })),
        None => Err(Fault::Wrong(findings::value(
            name,
            "«system|kode|verdi»: identifikatorens type og verdi",
            "'system|code|value': the type and the value of the identifier",
        ))),
    }
}

/// Whether a parameter is about identifiers.
pub(super) fn identifies(param: &Param) -> bool {
    param.kind == ParamType::Token
        && param
            .expression
            .split(" | ")
            .all(|e| e.to_ascii_lowercase().ends_with("identifier"))
}

fn ids(parts: &[&str]) -> Result<Clause, Fault> {
    if parts.iter().any(|p| p.is_empty()) {
        return Err(Fault::Wrong(findings::value("_id", "en id", "an id")));
    }
    Ok(Clause::Id(parts.iter().map(|p| values::unescape(p)).collect()))
}

fn widened(prefix: Prefix, number: Number) -> Number {
    if prefix == Prefix::Ap { number.approximately() } else { number }
}

/// `Type/id` (a version after it is passed over), `id`, or a url.
fn reference(part: &str) -> Test {
    let text = values::unescape(part);
    let mut pieces = text.split('/');
    let local = match (pieces.next(), pieces.next(), pieces.next(), pieces.next(), pieces.next()) {
        (Some(rtype), Some(id), None, ..) => Some((rtype, id)),
        (Some(rtype), Some(id), Some("_history"), Some(_), None) => Some((rtype, id)),
        (Some(id), None, ..) if !id.contains(':') => return Test::Id(id.to_owned()),
        _ => None,
    };
    match local.and_then(|(rtype, id)| Some((ResourceType::from_name(rtype)?, id))) {
        Some((rtype, id)) => Test::Local(rtype, id.to_owned()),
        None => Test::Absolute(text),
    }
}
