//! `encode`, `decode`, `escape`, `unescape`.

use super::Made;
use crate::fhirpath::error::{ErrorKind, fault};
use crate::fhirpath::evaluate::{Evaluator, Outcome, one, text};
use crate::fhirpath::function::Id;
use crate::fhirpath::system::System;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, made: Made<'_, 'a>) -> Outcome<'a> {
    let (Some(input), Some(form)) = (text(made.input)?, made.text(evaluator, 0)?) else {
        return Ok(Vec::new());
    };
    evaluator.spend_text(input.len().saturating_mul(6))?;
    let input = &*input;
    let result = match (made.id(), &*form) {
        (Id::Encode, "hex") => Some(input.bytes().map(|b| format!("{b:02x}")).collect()),
        (Id::Encode, "base64") => Some(STANDARD.encode(input)),
        (Id::Encode, "urlbase64") => Some(URL_SAFE.encode(input)),
        (Id::Decode, "hex") => hex(input).and_then(|bytes| String::from_utf8(bytes).ok()),
        (Id::Decode, "base64") => STANDARD.decode(input).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
        (Id::Decode, "urlbase64") => URL_SAFE.decode(input).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
        (Id::Escape, "html") => Some(escape_html(input)),
        (Id::Escape, "json") => Some(escape_json(input)),
        (Id::Unescape, "html") => Some(unescape_html(input)),
        (Id::Unescape, "json") => unescape_json(input),
        _ => return Err(fault(ErrorKind::Argument, "an encoding that is not defined")),
    };
    Ok(result.map(|text: String| one(System::string(text))).unwrap_or_default())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// `&#x10FFFF;`
const LONGEST_ENTITY: usize = 12;

fn unescape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_ENTITY).position(|b| b == b';');
        let name = end.and_then(|end| rest.get(1..end)).unwrap_or("");
        let meant = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => name.strip_prefix('#').and_then(|digits| {
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                code.ok().and_then(char::from_u32)
            }),
        };
        match meant {
            Some(c) => {
                out.push(c);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn escape_json(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    crate::json::escape_into(text, &mut quoted);
    quoted.get(1..quoted.len() - 1).unwrap_or("").to_owned()
}

/// The meaning of the inside of a JSON string; none if it has an escape that JSON has not.
fn unescape_json(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut escaped = false;
    for c in text.chars() {
        if c == '"' && !escaped {
            quoted.push('\\');
        }
        escaped = c == '\\' && !escaped;
        quoted.push(c);
    }
    quoted.push('"');
    let document = crate::json::parse(quoted, crate::json::Limits::default()).ok()?;
    document.root().as_str().map(|s| s.into_owned())
}
