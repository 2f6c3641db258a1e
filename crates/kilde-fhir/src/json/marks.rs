//! Lines and characters counted once over a text, so that the place of a finding deep in a long text costs no more than in
//! a short one.

use super::Position;

/// Bytes between two marks.
const STEP: usize = 4096;

/// What has been counted before each 4,096th byte.
#[derive(Debug)]
pub(super) struct Marks(Vec<Mark>);

#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// Line breaks before it.
    lines: u32,
    /// Characters before it.
    characters: u32,
    /// Where the line begins that it is in.
    line_start: usize,
}

impl Marks {
    pub(super) fn new(text: &str) -> Self {
        let mut mark = Mark::default();
        let mut marks = Vec::with_capacity(text.len() / STEP + 1);
        for (number, piece) in text.as_bytes().chunks(STEP).enumerate() {
            marks.push(mark);
            mark = mark.after(piece, number * STEP);
        }
        Marks(marks)
    }

    /// Line and column of a byte offset.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let here = self.counted(text, offset);
        let characters = here.characters - self.counted(text, here.line_start).characters;
        Position {
            line: here.lines + 1,
            column: characters + 1,
        }
    }

    /// What is before an offset.
    fn counted(&self, text: &str, offset: usize) -> Mark {
        let number = (offset / STEP).min(self.0.len().saturating_sub(1));
        let mark = self.0.get(number).copied().unwrap_or_default();
        let from = number * STEP;
        mark.after(text.as_bytes().get(from..offset).unwrap_or_default(), from)
    }
}

impl Mark {
    fn after(self, piece: &[u8], from: usize) -> Mark {
        Mark {
            lines: self.lines + memchr::memchr_iter(b'\n', piece).count() as u32,
            characters: self.characters + piece.iter().filter(|b| (**b & 0xC0) != 0x80).count() as u32,
            line_start: memchr::memrchr(b'\n', piece).map_or(self.line_start, |at| from + at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::position_in;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_that_counting_from_the_beginning_gives(
            parts in prop::collection::vec(prop_oneof![Just("\n"), Just("a"), Just("æøå"), Just("\u{1f600}")], 0..40),
            times in 1usize..400, share in 0.0f64..1.1,
        ) {
            let text = parts.concat().repeat(times);
            let mut offset = ((text.len() as f64 * share) as usize).min(text.len() + 3);
            while offset < text.len() && !text.is_char_boundary(offset) {
                offset += 1;
            }
            prop_assert_eq!(Marks::new(&text).position(&text, offset), position_in(&text, offset));
        }
    }
}
