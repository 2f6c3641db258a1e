//! Strings. Positions and lengths count characters.

use super::Made;
use crate::fhirpath::error::EvaluationError;
use crate::fhirpath::evaluate::{Evaluator, Items, Outcome, boolean_item, one, text};
use crate::fhirpath::function::Id;
use crate::fhirpath::item::Item;
use crate::fhirpath::regular;
use crate::fhirpath::system::System;

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    if made.id() == Id::Join {
        return join(evaluator, made);
    }
    let Some(input) = text(made.input)? else { return Ok(Vec::new()) };
    let input = &*input;
    evaluator.spend(input.len() / 64)?;
    match made.id() {
        Id::Length => Ok(number(input.chars().count())),
        Id::Upper => made_text(evaluator, input.len(), || input.to_uppercase()),
        Id::Lower => made_text(evaluator, input.len(), || input.to_lowercase()),
        Id::Trim => made_text(evaluator, input.len(), || input.trim().to_owned()),
        Id::ToChars => {
            evaluator.spend(input.len())?;
            Ok(input.chars().map(|c| Item::Value(System::string(c.to_string()))).collect())
        }
        Id::Substring => substring(evaluator, made, input),
        Id::Replace => replace(evaluator, made, input),
        Id::Matches | Id::MatchesFull => match regular::of_argument(evaluator, made.call, made.scope, made.id() == Id::MatchesFull)? {
            Some(regex) => Ok(boolean_item(regex.is_match(input))),
            None => Ok(Vec::new()),
        },
        Id::ReplaceMatches => replace_matches(evaluator, made, input),
        _ => {
            let Some(part) = made.text(evaluator, 0)? else {
                return Ok(Vec::new());
            };
            let part = &*part;
            Ok(match made.id() {
                Id::StartsWith => boolean_item(input.starts_with(part)),
                Id::EndsWith => boolean_item(input.ends_with(part)),
                Id::Contains => boolean_item(input.contains(part)),
                Id::IndexOf => index(input, input.find(part)),
                Id::LastIndexOf => index(input, input.rfind(part)),
                _ => return split(evaluator, input, part),
            })
        }
    }
}

fn number<'a>(n: usize) -> Items<'a> {
    i32::try_from(n).map_or(Vec::new(), |n| one(System::Integer(n)))
}

fn made_text<'a>(evaluator: &mut Evaluator<'_, 'a>, bytes: usize, make: impl FnOnce() -> String) -> Outcome<'a> {
    evaluator.spend_text(bytes)?;
    Ok(one(System::string(make())))
}

/// A place in bytes as one in characters; -1 for none.
fn index<'a>(input: &str, at: Option<usize>) -> Items<'a> {
    match at {
        None => one(System::Integer(-1)),
        Some(at) => number(input.get(..at).unwrap_or("").chars().count()),
    }
}

fn substring<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, input: &str) -> Outcome<'a> {
    let start = made.integer(evaluator, 0)?;
    let length = if made.has(1) { made.integer(evaluator, 1)? } else { None };
    let Some(start) = start.and_then(|s| usize::try_from(s).ok()) else {
        return Ok(Vec::new());
    };
    let length = length.map_or(usize::MAX, |l| usize::try_from(l).unwrap_or(0));
    let mut rest = input.chars().skip(start).peekable();
    if rest.peek().is_none() {
        return Ok(Vec::new());
    }
    made_text(evaluator, input.len(), || rest.take(length).collect())
}

fn replace<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, input: &str) -> Outcome<'a> {
    let (Some(pattern), Some(by)) = (made.text(evaluator, 0)?, made.text(evaluator, 1)?) else {
        return Ok(Vec::new());
    };
    let times = input.matches(&*pattern).count();
    made_text(evaluator, input.len().saturating_add(times.saturating_mul(by.len())), || {
        input.replace(&*pattern, &by)
    })
}

fn replace_matches<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>, input: &str) -> Outcome<'a> {
    let Some(regex) = regular::of_argument(evaluator, made.call, made.scope, false)? else {
        return Ok(Vec::new());
    };
    let Some(by) = made.text(evaluator, 1)? else {
        return Ok(Vec::new());
    };
    if regex.as_str().is_empty() {
        return Ok(one(System::string(input)));
    }
    let by = regular::substitution(&by);
    let mut result = String::new();
    let mut at = 0;
    for captures in regex.captures_iter(input) {
        let Some(whole) = captures.get(0) else { continue };
        result.push_str(input.get(at..whole.start()).unwrap_or(""));
        captures.expand(&by, &mut result);
        at = whole.end();
        // The search for the next match may look at all that is left.
        evaluator.spend(1 + (input.len() - at) / 256)?;
        evaluator.spend_text(by.len() + whole.len())?;
        too_long(evaluator, result.len())?;
    }
    result.push_str(input.get(at..).unwrap_or(""));
    evaluator.spend_text(result.len())?;
    Ok(one(System::string(result)))
}

fn too_long(evaluator: &mut Evaluator<'_, '_>, bytes: usize) -> Result<(), EvaluationError> {
    if bytes > crate::fhirpath::evaluate::MAX_TEXT {
        evaluator.spend_text(bytes)?;
    }
    Ok(())
}

fn split<'a>(evaluator: &mut Evaluator<'_, 'a>, input: &str, separator: &str) -> Outcome<'a> {
    evaluator.spend(input.len())?;
    if separator.is_empty() {
        return Ok(one(System::string(input)));
    }
    Ok(input.split(separator).map(|part| Item::Value(System::string(part))).collect())
}

fn join<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let separator = if made.has(0) { made.text(evaluator, 0)? } else { None };
    let separator = separator.as_deref().unwrap_or("");
    if made.input.is_empty() {
        return Ok(Vec::new());
    }
    let mut result = String::new();
    for (n, item) in made.input.iter().enumerate() {
        if n > 0 {
            result.push_str(separator);
        }
        result.push_str(text(std::slice::from_ref(item))?.as_deref().unwrap_or(""));
        too_long(evaluator, result.len())?;
    }
    evaluator.spend_text(result.len())?;
    Ok(one(System::string(result)))
}
