//! Regular expressions. They take time linear in the text; what that excludes (look-around and
//! references back) is an error.

use super::ast::{Call, Kind};
use super::error::{ErrorKind, EvaluationError, fault};
use super::evaluate::{Evaluator, Scope, text};
use super::system::System;
use regex::{Regex, RegexBuilder};
use std::sync::Arc;

/// Bytes that a compiled expression may take.
const MAX_SIZE: usize = 1 << 20;

/// Expressions that are not constant and are kept during an evaluation.
const MAX_KEPT: usize = 16;

/// `.` matches line ends too. If `full`, only the whole text matches.
fn compile(pattern: &str, full: bool) -> Option<Arc<Regex>> {
    let build = |pattern: &str| {
        RegexBuilder::new(pattern)
            .dot_matches_new_line(true)
            .size_limit(MAX_SIZE)
            .dfa_size_limit(MAX_SIZE)
            .nest_limit(50)
            .build()
            .ok()
    };
    let regex = build(pattern)?;
    if full {
        return build(&format!("\\A(?:{pattern})\\z")).map(Arc::new);
    }
    Some(Arc::new(regex))
}

/// A regular expression that the whole text must match; `None` if it cannot be used.
pub(crate) fn whole_text(pattern: &str) -> Option<Arc<Regex>> {
    compile(pattern, true)
}

fn wrong() -> EvaluationError {
    fault(ErrorKind::Argument, "a regular expression that cannot be used")
}

/// The regular expression that the first argument gives. Constant ones are compiled once.
pub(super) fn of_argument<'a>(
    evaluator: &mut Evaluator<'_, 'a>,
    call: &Call,
    scope: Scope<'_, 'a>,
    full: bool,
) -> Result<Option<Arc<Regex>>, EvaluationError> {
    let Some(argument) = call.arguments.first() else { return Ok(None) };
    if let Kind::Constant(System::String(pattern)) = &argument.kind {
        let regex = call.regex.get_or_init(|| compile(pattern, full));
        return regex.clone().map(Some).ok_or_else(wrong);
    }
    let Some(pattern) = text(&evaluator.eval(argument, scope)?)? else {
        return Ok(None);
    };
    let key = format!("{}{}", if full { 'f' } else { 'p' }, &*pattern);
    if let Some(regex) = evaluator.regexes.get(&key) {
        return Ok(Some(regex.clone()));
    }
    evaluator.spend(1_000 + pattern.len())?;
    let regex = compile(&pattern, full).ok_or_else(wrong)?;
    if evaluator.regexes.len() < MAX_KEPT {
        evaluator.regexes.insert(key, regex.clone());
    }
    Ok(Some(regex))
}

/// `$1` ends after its digits, whatever follows.
pub(super) fn substitution(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let digits = after[1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            out.push_str("${");
            out.push_str(&after[1..1 + digits]);
            out.push('}');
        } else {
            out.push('$');
        }
        rest = &after[1 + digits..];
    }
    out.push_str(rest);
    out
}
