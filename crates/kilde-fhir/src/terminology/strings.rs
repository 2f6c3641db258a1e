//! Texts in one piece of memory, each named by a small number.

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// A text of a [`Strings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Text(u32);

impl Text {
    /// No text.
    pub const NONE: Text = Text(u32::MAX);

    /// Whether there is a text.
    pub fn is_some(self) -> bool {
        self != Text::NONE
    }
}

/// Many texts, without a pointer and a length each.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    bytes: String,
    ends: Vec<u32>,
}

impl Strings {
    /// The text, empty if there is none.
    pub fn get(&self, text: Text) -> &str {
        let at = text.0 as usize;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |e| *e as usize);
        self.ends.get(at).map_or("", |end| &self.bytes[start..*end as usize])
    }

    /// The text if there is one.
    pub fn some(&self, text: Text) -> Option<&str> {
        text.is_some().then(|| self.get(text))
    }

    /// Appends a text. Past four gigabytes nothing more is taken: [`Text::NONE`].
    pub fn push(&mut self, text: &str) -> Text {
        let (Ok(end), Ok(at)) = (u32::try_from(self.bytes.len() + text.len()), u32::try_from(self.ends.len())) else {
            return Text::NONE;
        };
        if at == u32::MAX {
            return Text::NONE;
        }
        self.bytes.push_str(text);
        self.ends.push(end);
        Text(at)
    }

    /// Gives back what was reserved and not used.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4
    }
}

/// A hash table of numbers that stand for texts kept elsewhere. The hash is that of the text with
/// its ASCII letters in lower case, so that one table serves both ways of comparing.
#[derive(Debug, Default)]
pub(crate) struct Table {
    slots: Vec<u32>,
    len: usize,
}

const EMPTY: u32 = u32::MAX;

impl Table {
    /// The first number whose text is accepted.
    pub fn find(&self, text: &str, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(text) & mask;
        loop {
            match self.slots[at] {
                EMPTY => return None,
                number if is_it(number) => return Some(number),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Adds a number; `text_of` gives the text of those that are there already.
    pub fn insert<'a>(&mut self, text: &str, number: u32, text_of: impl Fn(u32) -> &'a str) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            let bigger = vec![EMPTY; (self.slots.len() * 2).max(8)];
            for old in std::mem::replace(&mut self.slots, bigger) {
                if old != EMPTY {
                    self.place(text_of(old), old);
                }
            }
        }
        self.place(text, number);
        self.len += 1;
    }

    fn place(&mut self, text: &str, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash(text) & mask;
        while self.slots[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.slots[at] = number;
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.slots.capacity() * 4
    }
}

fn hash(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    let mut word = [0u8; 8];
    for chunk in text.as_bytes().chunks(8) {
        word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        word.make_ascii_lowercase();
        hasher.write_u64(u64::from_le_bytes(word));
    }
    hasher.write_u64(text.len() as u64 ^ u64::from(word[0]));
    hasher.finish() as usize
}

/// [`Strings`] in which the same text stands once.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    pub strings: Strings,
    table: Table,
}

impl Interner {
    /// The text's number; the one it has if it is there already.
    pub fn intern(&mut self, text: &str) -> Text {
        let strings = &self.strings;
        if let Some(there) = self.table.find(text, |n| strings.get(Text(n)) == text) {
            return Text(there);
        }
        let new = self.strings.push(text);
        if new.is_some() {
            let strings = &self.strings;
            self.table.insert(text, new.0, |n| strings.get(Text(n)));
        }
        new
    }

    /// As [`Interner::intern`]; `None` and empty text are no text.
    pub fn optional(&mut self, text: Option<&str>) -> Text {
        match text {
            None | Some("") => Text::NONE,
            Some(text) => self.intern(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_put_in_is_found(texts in prop::collection::vec("\\PC{0,20}", 0..200)) {
            let mut interner = Interner::default();
            let numbers: Vec<Text> = texts.iter().map(|t| interner.intern(t)).collect();
            for (text, number) in texts.iter().zip(&numbers) {
                prop_assert_eq!(interner.strings.get(*number), text.as_str());
                prop_assert_eq!(interner.intern(text), *number);
            }
            for (a, x) in texts.iter().zip(&numbers) {
                for (b, y) in texts.iter().zip(&numbers) {
                    prop_assert_eq!(a == b, x == y);
                }
            }
        }
    }

    #[test]
    fn no_text() {
        let mut interner = Interner::default();
        assert_eq!(interner.optional(None), Text::NONE);
        assert_eq!(interner.strings.get(Text::NONE), "");
        assert_eq!(interner.strings.some(Text::NONE), None);
    }
}
