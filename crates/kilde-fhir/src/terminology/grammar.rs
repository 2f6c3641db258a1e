//! Code systems whose codes follow rules instead of being listed.

use super::value_set::Filter;
use crate::units;

/// A system of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// UCUM units.
    Ucum,
    /// Language tags, BCP 47.
    Language,
    /// Media types, BCP 13.
    MediaType,
}

impl Grammar {
    /// By the system's url.
    pub fn of(system: &str) -> Option<Grammar> {
        match system {
            units::SYSTEM => Some(Grammar::Ucum),
            "urn:ietf:bcp:47" => Some(Grammar::Language),
            "urn:ietf:bcp:13" | "http://www.rfc-editor.org/bcp/bcp13.txt" => Some(Grammar::MediaType),
            _ => None,
        }
    }

    /// Whether the rules allow the code. Nothing is looked up in a registry.
    pub fn allows(self, code: &str) -> bool {
        match self {
            Grammar::Ucum => units::validate(code).is_ok(),
            Grammar::Language => language(code),
            Grammar::MediaType => media_type(code),
        }
    }

    /// Whether the filters hold for a code that is allowed; `None` for filters that are not known.
    pub fn filtered(self, filters: &[Filter], code: &str) -> Option<bool> {
        let mut all = true;
        for filter in filters {
            all &= match (self, filter.property.as_str(), filter.op.as_str()) {
                (Grammar::Ucum, "canonical", "=") => units::commensurable(code, &filter.value).ok()?,
                _ => return None,
            };
        }
        Some(all)
    }
}

/// Subtags of up to eight letters and digits; the first is a language of two or three letters, or
/// longer registered ones, or `x` and `i`.
fn language(code: &str) -> bool {
    let mut tags = code.split('-');
    let first = tags.next().unwrap_or_default();
    let letters = first.bytes().all(|b| b.is_ascii_alphabetic());
    let alone = matches!(first, "x" | "X" | "i" | "I");
    let rest_ok = tags.all(|t| (1..=8).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric()));
    code.len() <= 64 && letters && rest_ok && ((2..=8).contains(&first.len()) || (alone && code.contains('-')))
}

fn media_type(code: &str) -> bool {
    let (essence, _) = code.split_once(';').unwrap_or((code, ""));
    let name = |t: &str| !t.is_empty() && t.len() <= 127 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&b));
    essence.trim().split_once('/').is_some_and(|(kind, sub)| name(kind) && name(sub))
}
