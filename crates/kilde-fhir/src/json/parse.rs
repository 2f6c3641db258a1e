//! From text to tree.

use super::names::Names;
use super::{Document, Kind, Node, Position, position_in};
use std::sync::OnceLock;

/// What a text may be at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Nested objects and arrays.
    pub depth: usize,
}

impl Default for Limits {
    /// 64 MiB and 64 levels.
    fn default() -> Self {
        Limits {
            bytes: 64 << 20,
            depth: 64,
        }
    }
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at {position}")]
pub struct SyntaxError {
    /// What was found or missing, without the text itself (it may be personal data).
    pub what: &'static str,
    /// Where.
    pub position: Position,
}

/// Parses a text (RFC 8259, UTF-8, an initial byte order mark is passed over).
///
/// # Errors
/// The first place where the text is not JSON, is not UTF-8, is deeper or longer than `limits`,
/// or repeats a property.
pub fn parse(bytes: impl Into<Vec<u8>>, limits: Limits) -> Result<Document, SyntaxError> {
    let bytes: Vec<u8> = bytes.into();
    let start = Position { line: 1, column: 1 };
    if bytes.len() > limits.bytes.min(u32::MAX as usize - 1) {
        return Err(SyntaxError {
            what: "the text is longer than allowed",
            position: start,
        });
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&e.as_bytes()[..good]).into_owned();
        SyntaxError {
            what: "a byte that is not UTF-8",
            position: position_in(&text, good),
        }
    })?;
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        nodes: Vec::with_capacity(text.len() / 24 + 8),
        limits,
        names: Names::default(),
    };
    if text.starts_with('\u{feff}') {
        parser.at = 3;
    }
    let outcome = parser.document();
    let (nodes, at) = (std::mem::take(&mut parser.nodes), parser.at);
    match outcome {
        Ok(()) => Ok(Document {
            text,
            nodes,
            marks: OnceLock::new(),
        }),
        Err(what) => Err(SyntaxError {
            what,
            position: position_in(&text, at),
        }),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    limits: Limits,
    names: Names<'a>,
}

type Step = Result<(), &'static str>;

impl Parser<'_> {
    fn document(&mut self) -> Step {
        self.space();
        self.value(None, 0)?;
        self.space();
        if self.at < self.text.len() {
            Err("text after the end of the document")
        } else {
            Ok(())
        }
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn value(&mut self, key: Option<(usize, usize, bool)>, depth: usize) -> Step {
        let (key_start, key_end, key_escaped) = key.unwrap_or((0, 0, false));
        let me = self.nodes.len();
        let start = self.at;
        self.nodes.push(Node {
            start: start as u32,
            end: 0,
            key_start: key_start as u32,
            key_end: key_end as u32,
            next: 0,
            kind: Kind::Null,
            escaped: false,
            key_escaped,
        });
        let (kind, escaped) = match self.peek() {
            b'{' => {
                self.object(depth)?;
                (Kind::Object, false)
            }
            b'[' => {
                self.array(depth)?;
                (Kind::Array, false)
            }
            b'"' => (Kind::String, self.string()?),
            b'-' | b'0'..=b'9' => {
                self.number()?;
                (Kind::Number, false)
            }
            b't' => self.word(b"true", Kind::Bool)?,
            b'f' => self.word(b"false", Kind::Bool)?,
            b'n' => self.word(b"null", Kind::Null)?,
            _ if self.at >= self.text.len() => return Err("the document ends where a value should stand"),
            _ => return Err("a character that starts no value"),
        };
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[me];
        node.end = self.at as u32;
        node.next = next;
        node.kind = kind;
        node.escaped = escaped;
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Step {
        if depth >= self.limits.depth {
            return Err("nested deeper than allowed");
        }
        self.at += 1;
        let mut names = self.names.begin();
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != b'"' {
                return Err("a property name in quotes is missing");
            }
            let key_start = self.at + 1;
            let escaped = self.string()?;
            let key_end = self.at - 1;
            if key_end == key_start {
                return Err("an empty property name");
            }
            let text = self.text;
            if !self.names.note(&mut names, &text[key_start..key_end], escaped) {
                self.at = key_start - 1;
                return Err("a property that already stands in this object");
            }
            self.space();
            if self.peek() != b':' {
                return Err("a colon is missing after the property name");
            }
            self.at += 1;
            self.space();
            self.value(Some((key_start, key_end, escaped)), depth + 1)?;
            self.space();
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.space();
                }
                b'}' => {
                    self.at += 1;
                    self.names.end(&names);
                    return Ok(());
                }
                _ => return Err("a comma or the end of the object is missing"),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Step {
        if depth >= self.limits.depth {
            return Err("nested deeper than allowed");
        }
        self.at += 1;
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(None, depth + 1)?;
            self.space();
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.space();
                }
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err("a comma or the end of the array is missing"),
            }
        }
    }

    /// Passes over a string; tells whether it holds escapes.
    fn string(&mut self) -> Result<bool, &'static str> {
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..=0x1f) => return Err("a control character inside a string"),
                Some(_) => self.at += 1,
                None => return Err("the document ends inside a string"),
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let unit = self.hex(self.at + 2)?;
                match unit {
                    0xD800..=0xDBFF => {
                        let low = self.text.get(self.at + 6..self.at + 8) == Some(b"\\u");
                        if !low || !matches!(self.hex(self.at + 8)?, 0xDC00..=0xDFFF) {
                            return Err("half a surrogate pair");
                        }
                        self.at += 12;
                    }
                    0xDC00..=0xDFFF => return Err("half a surrogate pair"),
                    _ => self.at += 6,
                }
            }
            _ => return Err("an unknown escape in a string"),
        }
        Ok(())
    }

    fn hex(&self, at: usize) -> Result<u32, &'static str> {
        let digits = self.text.get(at..at + 4).ok_or("the document ends inside an escape")?;
        let mut unit = 0;
        for d in digits {
            unit = unit * 16 + (*d as char).to_digit(16).ok_or("an escape without four hexadecimal digits")?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Step {
        if self.peek() == b'-' {
            self.at += 1;
        }
        match self.peek() {
            b'0' => {
                self.at += 1;
                if self.peek().is_ascii_digit() {
                    return Err("a number that starts with a superfluous zero");
                }
            }
            b'1'..=b'9' => self.digits()?,
            _ => return Err("a number without digits"),
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if let b'e' | b'E' = self.peek() {
            self.at += 1;
            if let b'+' | b'-' = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Step {
        if !self.peek().is_ascii_digit() {
            return Err("a digit is missing in a number");
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<(Kind, bool), &'static str> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok((kind, false))
        } else {
            Err("a character that starts no value")
        }
    }
}

/// Resolves the escapes of a string that [`parse`] has accepted.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(i) = rest.find('\\') {
        out.push_str(&rest[..i]);
        let bytes = rest.as_bytes();
        let unit = |at: usize| rest.get(at..at + 4).and_then(|h| u32::from_str_radix(h, 16).ok()).unwrap_or(0xFFFD);
        let (c, len) = match bytes.get(i + 1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => match unit(i + 2) {
                high @ 0xD800..=0xDBFF => {
                    let low = unit(i + 8);
                    let code = 0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                    (char::from_u32(code).unwrap_or('\u{FFFD}'), 12)
                }
                other => (char::from_u32(other).unwrap_or('\u{FFFD}'), 6),
            },
            Some(other) => (*other as char, 2),
            None => ('\\', 1),
        };
        out.push(c);
        rest = rest.get(i + len..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
