//! Bytes with holes: a resource whose version, id or references are known only at commit.
//!
//! While the text is written, a hole stands as `U+0001 digits U+0001`. JSON allows no control
//! character in a string, so it cannot come from an input.

use memchr::memchr;

/// What stands in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hole {
    /// The version number of the resource itself.
    Version,
    /// The id of the resource itself.
    Id,
    /// `Type/id` of another entry of the same unit.
    Entry(u32),
    /// `Type/id` that a condition of the unit resolves to.
    Condition(u32),
}

const MARK: char = '\u{1}';

impl Hole {
    /// How the hole is written into the text.
    pub(crate) fn mark(self) -> String {
        let (kind, number) = match self {
            Hole::Version => ('v', 0),
            Hole::Id => ('i', 0),
            Hole::Entry(n) => ('e', n),
            Hole::Condition(n) => ('c', n),
        };
        format!("{MARK}{kind}{number}{MARK}")
    }

    fn read(text: &str) -> Option<Hole> {
        let number = text.get(1..)?.parse().ok()?;
        match text.as_bytes().first()? {
            b'v' => Some(Hole::Version),
            b'i' => Some(Hole::Id),
            b'e' => Some(Hole::Entry(number)),
            b'c' => Some(Hole::Condition(number)),
            _ => None,
        }
    }
}

/// A text with holes taken out.
#[derive(Debug, Default)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    holes: Vec<(usize, Hole)>,
}

impl Template {
    /// Finds the holes of a written text.
    pub(crate) fn new(text: String) -> Template {
        let mark = MARK as u8;
        if memchr(mark, text.as_bytes()).is_none() {
            return Template {
                bytes: text.into_bytes(),
                holes: Vec::new(),
            };
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut holes = Vec::new();
        let mut rest = text.as_str();
        while let Some(from) = memchr(mark, rest.as_bytes()) {
            bytes.extend_from_slice(&rest.as_bytes()[..from]);
            let inside = &rest[from + 1..];
            let Some(to) = memchr(mark, inside.as_bytes()) else { break };
            if let Some(hole) = Hole::read(&inside[..to]) {
                holes.push((bytes.len(), hole));
            }
            rest = &inside[to + 1..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        Template { bytes, holes }
    }

    /// The final bytes, with what `fill` gives for each hole.
    pub(crate) fn fill(self, mut fill: impl FnMut(Hole) -> String) -> Vec<u8> {
        if self.holes.is_empty() {
            return self.bytes;
        }
        let mut out = Vec::with_capacity(self.bytes.len() + 48 * self.holes.len());
        let mut done = 0;
        for (at, hole) in &self.holes {
            out.extend_from_slice(&self.bytes[done..*at]);
            out.extend_from_slice(fill(*hole).as_bytes());
            done = *at;
        }
        out.extend_from_slice(&self.bytes[done..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_holes_the_bytes_are_the_text() {
        let t = Template::new("{\"a\":\"å\"}".into());
        assert_eq!(t.fill(|_| unreachable!()), "{\"a\":\"å\"}".as_bytes());
    }

    #[test]
    fn holes_are_filled_where_they_stand() {
        let text = format!(
            "a{}b{}{}ø{}",
            Hole::Version.mark(),
            Hole::Entry(12).mark(),
            Hole::Condition(3).mark(),
            Hole::Id.mark()
        );
        let filled = Template::new(text).fill(|h| match h {
            Hole::Version => "7".into(),
            Hole::Entry(n) => format!("<e{n}>"),
            Hole::Condition(n) => format!("<c{n}>"),
            Hole::Id => "id".into(),
        });
        assert_eq!(String::from_utf8(filled).unwrap(), "a7b<e12><c3>øid");
    }
}
