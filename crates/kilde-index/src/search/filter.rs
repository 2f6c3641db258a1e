//! `_filter` (R4, `_filter` parameter): an expression that is read into the same conditions that other parameters are.
//!
//! A comparison holds of the *set* of values at its path: `ne` means that some value is another one, `pr false` that there is
//! none. `and` and `or` are taken from left to right, as the specification says; parentheses group. Brackets say what the
//! resource that a reference leads to must meet besides.

mod read;

use super::check::Part;
use super::clause::{Asked, Clause, Test};
use super::conditions::{Conditions, Fault, led_to};
use super::content::{Compared, How};
use super::findings;
use kilde_fhir::date::{self, Prefix};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Number, Param, ParamType, fold, param};
use read::{Comparison, Expression, Step};

/// Names that stand for a code system in a value.
const SYSTEMS: [(&str, &str); 4] = [
    ("loinc", "http://loinc.org"),
    ("snomed", "http://snomed.info/sct"),
    ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("ucum", "http://unitsofmeasure.org"),
];

/// Reads an expression about resources of a type.
pub(super) fn read(conditions: &mut Conditions, rtype: ResourceType, text: &str) -> Result<Clause, Fault> {
    let expression = read::read(text).ok_or_else(wrong)?;
    meaning(conditions, rtype, &expression)
}

fn wrong() -> Fault {
    Fault::Wrong(findings::filter())
}

fn no_operator(operator: &str) -> Fault {
    Fault::Wrong(findings::filter_operator(operator))
}

fn meaning(conditions: &mut Conditions, rtype: ResourceType, expression: &Expression<'_>) -> Result<Clause, Fault> {
    let mut each = |all: &[Expression<'_>]| all.iter().map(|e| meaning(conditions, rtype, e)).collect::<Result<Vec<_>, _>>();
    Ok(match expression {
        Expression::All(all) => Clause::All(each(all)?),
        Expression::Either(all) => Clause::Either(each(all)?),
        Expression::Not(inner) => Clause::Not(Box::new(meaning(conditions, rtype, inner)?)),
        Expression::Comparison(comparison) => {
            let steps: Vec<(&str, Option<&Expression<'_>>)> = comparison.path.iter().map(step).collect();
            let clause = path(conditions, rtype, &steps, comparison, 0)?;
            match (comparison.operator, comparison.value.as_str()) {
                ("pr", "true") => clause,
                ("pr", "false") => Clause::Not(Box::new(clause)),
                ("pr", _) => return Err(wrong()),
                _ => clause,
            }
        }
    })
}

/// A name and what stands in brackets after it.
type StepRef<'s, 'a> = (&'s str, Option<&'s Expression<'a>>);

fn step<'s, 'a>(step: &'s Step<'a>) -> StepRef<'s, 'a> {
    (step.name, step.filter.as_ref())
}

/// What a comparison asks of a type at the end of a path.
fn path(
    conditions: &mut Conditions,
    rtype: ResourceType,
    steps: &[StepRef<'_, '_>],
    comparison: &Comparison<'_>,
    depth: usize,
) -> Result<Clause, Fault> {
    conditions.branch()?;
    if depth > conditions.limits.depth {
        return Err(Fault::Wrong(findings::too_much(
            format!("En sti i «_filter» har for mange ledd: høyst {}.", conditions.limits.depth),
            format!("A path in '_filter' has too many steps: at most {}.", conditions.limits.depth),
        )));
    }
    let Some(((name, filter), rest)) = steps.split_first() else {
        return Err(wrong());
    };
    if let Some(has) = name.strip_prefix("_has:") {
        return reverse(conditions, rtype, (name, has), *filter, rest, comparison, depth);
    }
    if rest.is_empty() {
        return leaf(conditions, rtype, name, comparison);
    }
    let (code, named) = name.split_once(':').map_or((*name, None), |(code, named)| (code, Some(named)));
    let Some(param) = param(rtype, code) else {
        return Err(Fault::Unknown(findings::unknown(rtype.name(), name)));
    };
    if param.kind != ParamType::Reference || !param.extracted() {
        return Err(Fault::Wrong(match filter {
            Some(_) => findings::filter_brackets(name),
            None => findings::modifier(name),
        }));
    }
    if let ([("identifier", None)], None, "eq") = (rest, filter, comparison.operator) {
        // Also what refers by that identifier itself, as in a chain.
        return plain(
            conditions,
            rtype,
            &format!("{name}.identifier"),
            &value(comparison, ParamType::Token),
        );
    }
    let (mut to, mut fault) = (Vec::new(), None);
    let values = conditions.values;
    for target in led_to(param, named, name)? {
        conditions.values = values;
        let clause = path(conditions, target, rest, comparison, depth + 1).and_then(|end| match filter {
            Some(filter) => Ok(Clause::All(vec![meaning(conditions, target, filter)?, end])),
            None => Ok(end),
        });
        match clause {
            Ok(clause) => to.push((target, clause)),
            Err(fault) if conditions.exhausted() => return Err(fault),
            // What is wrong with the value says more than that some other type lacks the parameter.
            Err(wrong @ Fault::Wrong(_)) if !matches!(fault, Some(Fault::Wrong(_))) => fault = Some(wrong),
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    match fault {
        Some(fault) if to.is_empty() => Err(fault),
        _ => Ok(Clause::Chain { param, to }),
    }
}

/// `_has:[type]:[reference parameter]:[rest of the path]`
fn reverse(
    conditions: &mut Conditions,
    base: ResourceType,
    (name, has): (&str, &str),
    filter: Option<&Expression<'_>>,
    rest: &[StepRef<'_, '_>],
    comparison: &Comparison<'_>,
    depth: usize,
) -> Result<Clause, Fault> {
    let wrong = || Fault::Wrong(findings::has(name, base.name()));
    let mut pieces = has.splitn(3, ':');
    let (Some(source), Some(code), Some(inner)) = (pieces.next(), pieces.next(), pieces.next()) else {
        return Err(wrong());
    };
    let rtype = ResourceType::from_name(source).ok_or_else(wrong)?;
    let param = param(rtype, code)
        .filter(|p| p.kind == ParamType::Reference && p.extracted() && p.targets.contains(&base))
        .ok_or_else(wrong)?;
    let mut steps = vec![(inner, filter)];
    steps.extend(rest);
    let clause = Box::new(path(conditions, rtype, &steps, comparison, depth + 1)?);
    Ok(Clause::Has { rtype, param, clause })
}

/// The comparison with a parameter of the type itself. Of `pr` only whether there is a value; the caller turns it round.
fn leaf(conditions: &mut Conditions, rtype: ResourceType, name: &str, comparison: &Comparison<'_>) -> Result<Clause, Fault> {
    let name = if name == "id" { "_id" } else { name };
    let operator = comparison.operator;
    let Some(param) = param(rtype, name) else {
        return Err(Fault::Unknown(findings::unknown(rtype.name(), name)));
    };
    if operator == "pr" {
        return plain(conditions, rtype, &format!("{name}:missing"), "false");
    }
    let value = value(comparison, param.kind);
    if let Some(clause) = by_itself(conditions, param, operator, comparison, name)? {
        return Ok(clause);
    }
    use ParamType::{Composite, Date, Number, Quantity, Reference, Special, String as Text, Token, Uri};
    let modified = |modifier: &str| format!("{name}:{modifier}");
    let (name, value) = match (param.kind, operator) {
        (Text, "eq" | "ne") => (modified("eq"), value),
        (Text, "co") => (modified("contains"), value),
        (Text, "ew") => (modified("ew"), value),
        (Text, "sw") => (name.to_owned(), value),
        (Token | Uri | Reference | Composite, "eq" | "ne") | (Reference, "re") | (Date | Number | Quantity, "eq") => {
            (name.to_owned(), value)
        }
        (Date | Number | Quantity, "ne" | "gt" | "lt" | "ge" | "le" | "ap" | "sa" | "eb") => {
            (name.to_owned(), format!("{operator}{value}"))
        }
        (Special, "eq") if name == "near" => (name.to_owned(), value),
        (Token, "in") => (modified("in"), value),
        (Token, "ni") => (modified("not-in"), value),
        (Token | Uri, "ss") => (modified("below"), value),
        (Token | Uri, "sb") => (modified("above"), value),
        _ => return Err(no_operator(operator)),
    };
    let clause = plain(conditions, rtype, &name, &value)?;
    Ok(match (operator, clause) {
        ("ne", Clause::Any { param, tests, .. }) if matches!(param.kind, Text | Token | Uri) => Clause::Other { param, tests },
        // Several terms may stand for one reference or element: there is one, and none is this.
        ("ne", clause @ Clause::Any { .. }) if param.kind == Reference => Clause::All(vec![
            Clause::Missing {
                param: param.id,
                missing: false,
            },
            Clause::Not(Box::new(clause)),
        ]),
        ("ne", clause @ Clause::Composite { .. }) => Clause::All(vec![Clause::Complete { param }, Clause::Not(Box::new(clause))]),
        ("ne", clause @ Clause::Id(_)) => Clause::Not(Box::new(clause)),
        (_, clause) => clause,
    })
}

/// Comparisons that no parameter by itself can make.
fn by_itself(
    conditions: &mut Conditions,
    param: &'static Param,
    operator: &str,
    comparison: &Comparison<'_>,
    name: &str,
) -> Result<Option<Clause>, Fault> {
    let text = comparison.value.as_str();
    let invalid = |nb, en| Fault::Wrong(findings::value(name, nb, en));
    let test = match (param.kind, operator) {
        (ParamType::Date, "po" | "co") => {
            let range = date::parse(text).ok_or_else(|| invalid("en dato eller et tidspunkt", "a date or a time"))?;
            if param.code == "_lastUpdated" {
                // A moment spans nothing else, and overlaps with what contains it.
                let prefix = if operator == "po" {
                    Prefix::Eq
                } else {
                    return Err(no_operator(operator));
                };
                return Ok(Some(Clause::Updated(vec![(prefix, range)])));
            }
            if operator == "po" {
                Test::Date(Prefix::Ap, range)
            } else {
                Test::Spans(range)
            }
        }
        (ParamType::Number, "co") => Test::MayBe(Number::parse(text).ok_or_else(|| invalid("et tall", "a number"))?.value),
        (ParamType::String, "gt" | "lt" | "ge" | "le") => Test::Ordered(Prefix::split(operator).0, fold(text)),
        (ParamType::Uri, "sw" | "co" | "ew") => {
            let part = match operator {
                "sw" => Part::Start,
                "ew" => Part::End,
                _ => Part::Any,
            };
            Test::UriPart(part, text.to_owned())
        }
        (ParamType::Token, "sw" | "co" | "ew" | "gt" | "lt" | "ge" | "le") if param.extracted() => {
            let how = match operator {
                "sw" => How::Part(Part::Start),
                "ew" => How::Part(Part::End),
                "co" => How::Part(Part::Any),
                _ => How::Order(Prefix::split(operator).0),
            };
            let written = unshortened(comparison, ParamType::Token);
            let (system, text) = match written.split_once('|') {
                Some((system, text)) => (Some(system.to_owned()), text),
                None => (None, written.as_str()),
            };
            let text = fold(text);
            conditions.branch()?;
            conditions.values += 1;
            return Ok(Some(Clause::Content(Asked::Code {
                param,
                compared: Compared { system, how, text },
            })));
        }
        _ => return Ok(None),
    };
    conditions.branch()?;
    conditions.values += 1;
    Ok(Some(Clause::Any {
        param,
        not: false,
        tests: vec![test],
    }))
}

/// A parameter as it is read elsewhere. It counts as a branch of the parameter that the filter stands in.
fn plain(conditions: &mut Conditions, rtype: ResourceType, name: &str, value: &str) -> Result<Clause, Fault> {
    conditions.in_filter = true;
    let clause = conditions.clause(rtype, name, value);
    conditions.in_filter = false;
    clause
}

/// The value as it stands in a parameter of its own: what separates there is escaped here, and short names of code systems
/// are written out.
fn value(comparison: &Comparison<'_>, kind: ParamType) -> String {
    let text = unshortened(comparison, kind);
    let all =
        kind == ParamType::String || (comparison.quoted && !matches!(kind, ParamType::Token | ParamType::Quantity | ParamType::Special));
    escaped(&text, all, kind == ParamType::Composite)
}

/// The value with short names of code systems written out.
fn unshortened(comparison: &Comparison<'_>, kind: ParamType) -> String {
    let mut text = comparison.value.clone();
    if matches!(kind, ParamType::Token | ParamType::Quantity) {
        for (short, system) in SYSTEMS {
            let (at, end) = match kind {
                ParamType::Token => (0, format!("{short}|")),
                _ => (text.find('|').map_or(0, |at| at + 1), format!("{short}|")),
            };
            if text[at..].starts_with(&end) {
                text.replace_range(at..at + short.len(), system);
            }
        }
    }
    text
}

fn escaped(value: &str, all: bool, composite: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',') || (c == '$' && !composite) || (all && c == '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
