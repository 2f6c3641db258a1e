//! Prefixes of search values for dates, numbers and quantities (R4, Search, 3.1.1.4.1).

use super::{Range, parse};

/// How a stored value must lie to the value of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `eq`, and what no prefix means: the search value's range contains the stored one.
    Eq,
    /// `ne`: not `eq`.
    Ne,
    /// `gt`: some of the stored range lies above.
    Gt,
    /// `lt`: some of the stored range lies below.
    Lt,
    /// `ge`: `gt` or `eq`.
    Ge,
    /// `le`: `lt` or `eq`.
    Le,
    /// `sa`: all of the stored range lies above.
    Sa,
    /// `eb`: all of the stored range lies below.
    Eb,
    /// `ap`: the ranges overlap; the search value's one is made wider first
    /// ([`Range::approximately`], [`crate::search::Number::approximately`]).
    Ap,
}

impl Prefix {
    /// The prefix of a search value and what follows it; `eq` if it has none. A value begins with
    /// a digit, a sign or a point; other letters than a prefix are left for the value's parser to
    /// refuse.
    pub fn split(text: &str) -> (Prefix, &str) {
        let prefix = match text.as_bytes() {
            [b'e', b'q', ..] => Prefix::Eq,
            [b'n', b'e', ..] => Prefix::Ne,
            [b'g', b't', ..] => Prefix::Gt,
            [b'l', b't', ..] => Prefix::Lt,
            [b'g', b'e', ..] => Prefix::Ge,
            [b'l', b'e', ..] => Prefix::Le,
            [b's', b'a', ..] => Prefix::Sa,
            [b'e', b'b', ..] => Prefix::Eb,
            [b'a', b'p', ..] => Prefix::Ap,
            _ => return (Prefix::Eq, text),
        };
        (prefix, text.get(2..).unwrap_or(""))
    }

    /// A date search value: prefix and range. A space before the zone's digits is taken for the
    /// `+` that it was before somebody forgot to escape it.
    pub fn date(text: &str) -> Option<(Prefix, Range)> {
        let (prefix, value) = Prefix::split(text);
        match value.rsplit_once(' ') {
            Some((time, zone)) => Some((prefix, parse(&format!("{time}+{zone}"))?)),
            None => Some((prefix, parse(value)?)),
        }
    }

    /// Whether a stored date is found. For `ap`, widen `search` first.
    pub fn matches(self, search: Range, stored: Range) -> bool {
        let above = stored.to_ms > search.to_ms;
        let below = stored.from_ms < search.from_ms;
        match self {
            Prefix::Eq => search.contains(stored),
            Prefix::Ne => !search.contains(stored),
            Prefix::Gt => above,
            Prefix::Lt => below,
            Prefix::Ge => above || search.contains(stored),
            Prefix::Le => below || search.contains(stored),
            Prefix::Sa => stored.from_ms >= search.to_ms,
            Prefix::Eb => stored.to_ms <= search.from_ms,
            Prefix::Ap => search.overlaps(stored),
        }
    }
}
