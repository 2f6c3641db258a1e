//! Tags and texts one after the other, from `quick-xml`, with their places. What is not
//! well-formed, document types and unknown entities end the reading.

use super::attributes::{self, Attributes};
use super::say;
use super::text::{is_name, is_space, reference};
use crate::finding::Finding;
use quick_xml::events::Event;

/// Why the reading ends, and where.
pub(super) type Broken = (usize, Finding);

/// A start tag.
#[derive(Debug, Clone)]
pub(super) struct Tag<'t> {
    /// Name with prefix.
    pub(super) name: &'t str,
    /// Its attributes.
    pub(super) attributes: Attributes<'t>,
    /// Whether it is `<a/>`.
    pub(super) empty: bool,
}

/// One piece of the text.
#[derive(Debug, Clone)]
pub(super) enum Token<'t> {
    /// A start tag or empty tag.
    Start(Tag<'t>),
    /// An end tag; its name is that of the start tag.
    End(&'t str),
    /// Characters between tags, raw.
    Text(&'t str),
    /// `&amp;` and the like between tags; it resolves.
    Reference,
    /// `<![CDATA[...]]>`, what is inside.
    CData(&'t str),
    /// A comment.
    Comment,
    /// A processing instruction.
    Instruction,
    /// The end of the text.
    EndOfText,
}

/// Reads tokens.
pub(super) struct Tokens<'t> {
    text: &'t str,
    reader: quick_xml::Reader<&'t [u8]>,
    /// Where the token that was read last begins, and where it ends.
    pub(super) start: usize,
    pub(super) end: usize,
    depth: usize,
    root_seen: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut reader = quick_xml::Reader::from_str(text);
        reader.config_mut().enable_all_checks(true);
        Tokens {
            text,
            reader,
            start: 0,
            end: 0,
            depth: 0,
            root_seen: false,
        }
    }

    /// The token's own text.
    pub(super) fn raw(&self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or("")
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Broken> {
        self.start = self.end;
        let event = self.reader.read_event();
        self.end = usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len());
        let event = event.map_err(|e| {
            let at = usize::try_from(self.reader.error_position()).unwrap_or(self.start);
            (at.max(self.start), say::not_well_formed(&e))
        })?;
        let at = self.start;
        let raw = self.raw();
        let malformed = || (at, say::markup());
        let token = match event {
            Event::Start(e) => {
                self.depth += 1;
                self.tag(raw, e.name().as_ref().len(), false)?
            }
            Event::Empty(e) => self.tag(raw, e.name().as_ref().len(), true)?,
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Token::End(raw.get(2..raw.len().saturating_sub(1)).ok_or_else(malformed)?.trim_end())
            }
            Event::Text(_) if raw.contains("]]>") => return Err(malformed()),
            Event::Text(_) => Token::Text(raw),
            Event::GeneralRef(_) => {
                let name = raw.strip_prefix('&').and_then(|r| r.strip_suffix(';'));
                name.and_then(reference).ok_or_else(|| (at, say::entity()))?;
                Token::Reference
            }
            Event::CData(_) => Token::CData(raw.get(9..raw.len().saturating_sub(3)).ok_or_else(malformed)?),
            Event::Comment(_) => Token::Comment,
            Event::PI(pi) if !is_name(pi.target()) || pi.target().eq_ignore_ascii_case("xml") => return Err(malformed()),
            Event::PI(_) => Token::Instruction,
            Event::Decl(_) => return self.declaration(raw),
            Event::DocType(_) => return Err((at, say::document_type())),
            Event::Eof if self.depth > 0 || !self.root_seen => return Err((self.text.len(), say::ends_early())),
            Event::Eof => Token::EndOfText,
        };
        self.outside(&token)?;
        Ok(token)
    }

    /// One root element and nothing but comments and instructions beside it.
    fn outside(&mut self, token: &Token<'t>) -> Result<(), Broken> {
        let starts = matches!(token, Token::Start(_));
        let opens = matches!(token, Token::Start(tag) if !tag.empty);
        if starts && self.depth == usize::from(opens) {
            if self.root_seen {
                return Err((self.start, say::second_root()));
            }
            self.root_seen = true;
        }
        let blank = |t: &str| t.bytes().all(is_space);
        match token {
            Token::Text(text) if self.depth == 0 && !blank(text) => Err((self.start, say::markup())),
            Token::Reference | Token::CData(_) if self.depth == 0 => Err((self.start, say::markup())),
            _ => Ok(()),
        }
    }

    fn tag(&self, raw: &'t str, name: usize, empty: bool) -> Result<Token<'t>, Broken> {
        let end = raw.len().saturating_sub(if empty { 2 } else { 1 });
        let (Some(name_text), Some(rest)) = (raw.get(1..1 + name), raw.get(1 + name..end)) else {
            return Err((self.start, say::markup()));
        };
        if !is_name(name_text) {
            return Err((self.start, say::markup()));
        }
        Ok(Token::Start(Tag {
            name: name_text,
            attributes: attributes::parse(rest, self.start + 1 + name)?,
            empty,
        }))
    }

    /// `<?xml version="1.0" encoding="UTF-8"?>`, only first in the text.
    fn declaration(&mut self, raw: &'t str) -> Result<Token<'t>, Broken> {
        let at = self.start;
        let inside = raw.get(5..raw.len().saturating_sub(2)).ok_or_else(|| (at, say::markup()))?;
        let found = attributes::parse(inside, at + 5)?;
        let get = |name: &str| found.iter().find(|a| a.name == name).map(|a| a.raw);
        if at > 0 || get("version").is_none() {
            return Err((at, say::markup()));
        }
        if get("version") != Some("1.0") {
            return Err((at, say::version()));
        }
        match get("encoding") {
            Some(e) if !e.eq_ignore_ascii_case("UTF-8") => Err((at, say::encoding(e))),
            _ => self.next(),
        }
    }
}

/// Where the element that a text begins with ends.
pub(super) fn element_end(text: &str) -> Option<usize> {
    let mut tokens = Tokens::new(text);
    loop {
        match tokens.next().ok()? {
            Token::Start(tag) if tag.empty && tokens.depth == 0 => return Some(tokens.end),
            Token::End(_) if tokens.depth == 0 => return Some(tokens.end),
            Token::EndOfText => return None,
            _ => {}
        }
    }
}
