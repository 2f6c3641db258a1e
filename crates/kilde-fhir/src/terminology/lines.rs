//! Lines of text files in UTF-8 or, where that fails, Latin-1 (as old Norwegian tables are).

use std::io::{self, BufRead, Read};

/// The longest line that is read.
const LONGEST: usize = 1 << 20;

/// Why reading a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// A line of more than a megabyte.
    #[error("line {0} has more than {LONGEST} bytes")]
    TooLong(u64),
}

/// The lines of a text, without their ends.
pub(super) struct Lines<R> {
    reader: R,
    bytes: Vec<u8>,
    text: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R) -> Self {
        Lines {
            reader,
            bytes: Vec::new(),
            text: String::new(),
            number: 0,
        }
    }

    /// The number of the line given last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line.
    pub fn next(&mut self) -> Result<Option<&str>, LineError> {
        self.bytes.clear();
        self.number += 1;
        let read = (&mut self.reader).take(LONGEST as u64 + 1).read_until(b'\n', &mut self.bytes)?;
        if read == 0 {
            return Ok(None);
        }
        if read > LONGEST {
            return Err(LineError::TooLong(self.number));
        }
        while let Some(b'\n' | b'\r') = self.bytes.last() {
            self.bytes.pop();
        }
        self.text.clear();
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self
                .text
                .push_str(text.strip_prefix('\u{feff}').filter(|_| self.number == 1).unwrap_or(text)),
            Err(_) => self.text.extend(self.bytes.iter().map(|b| char::from(*b))),
        }
        Ok(Some(&self.text))
    }
}

/// Cells of a line. Quoted cells may hold the delimiter, and a quote doubled; a line break inside
/// quotes is joined by the caller: `None` means that a quote is still open.
pub(super) fn cells(line: &str, delimiter: char) -> Option<Vec<String>> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut quoted = false;
    let mut fresh = true;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut()?.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if fresh => {
                quoted = true;
                fresh = false;
            }
            c if c == delimiter && !quoted => {
                cells.push(String::new());
                fresh = true;
            }
            c => {
                fresh = false;
                cells.last_mut()?.push(c);
            }
        }
    }
    (!quoted).then_some(cells)
}
