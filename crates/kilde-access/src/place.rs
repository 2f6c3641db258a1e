//! Where in a text something is.

use kilde_fhir::json::Position;

/// Line and column of a byte; of the end for one beyond it.
pub(crate) fn of(text: &str, byte: usize) -> Position {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let (line, column) = before.chars().fold((1u32, 1u32), |(line, column), c| match c {
        '\n' => (line.saturating_add(1), 1),
        _ => (line, column.saturating_add(1)),
    });
    Position { line, column }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn lines_and_columns_in_characters() {
        let text = "aæ\nb";
        let told = |byte| of(text, byte).to_string();
        assert_eq!(
            (told(0), told(3), told(4), told(99)),
            ("1:1".into(), "1:3".into(), "2:1".into(), "2:2".into())
        );
        assert_eq!(told(2), "2:2", "within a character: nothing better is known than the end");
    }
}
