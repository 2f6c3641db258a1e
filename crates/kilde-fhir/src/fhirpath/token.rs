//! From text to tokens.

use super::error::FhirPathError;

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) offset: usize,
}

/// What a token is. Words are not told apart here: `div` may be an operator or an element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name, or a word that is an operator where an operator may stand.
    Word(Box<str>),
    /// A name in backticks.
    Delimited(Box<str>),
    /// A string, escapes resolved.
    String(Box<str>),
    /// Digits, perhaps with a fraction.
    Number(Box<str>),
    /// What stands after `@`: a date, a date and time, or `T` and a time.
    Temporal(Box<str>),
    /// `$this`, `$index`, `$total`, without the sign.
    Dollar(Box<str>),
    /// `%`; a name or a string follows.
    Percent,
    /// Other signs.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// Signs, longer ones first.
const SIGNS: [&str; 23] = [
    "<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "<", ">", "=", "~", "%",
];

/// All tokens; the last is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FhirPathError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_space()?;
        let offset = lexer.at;
        let kind = lexer.token()?;
        let end = kind == Kind::End;
        found.push(Token { kind, offset });
        if end {
            return Ok(found);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Takes characters while they fit.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    fn skip_space(&mut self) -> Result<(), FhirPathError> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{feff}'));
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if let Some(comment) = self.rest().strip_prefix("/*") {
                let end = comment.find("*/");
                self.at += end.ok_or_else(|| FhirPathError::new("a comment without its end", self.at))? + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Kind, FhirPathError> {
        let Some(first) = self.rest().chars().next() else {
            return Ok(Kind::End);
        };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(Kind::Word(self.word().into())),
            '0'..='9' => Ok(Kind::Number(self.number().into())),
            '\'' => Ok(Kind::String(self.quoted('\'')?)),
            '`' => Ok(Kind::Delimited(self.quoted('`')?)),
            '@' => {
                self.at += 1;
                let literal = self.temporal();
                if literal.is_empty() {
                    return Err(FhirPathError::new("expected a date or a time after @", self.at));
                }
                Ok(Kind::Temporal(literal.into()))
            }
            '$' => {
                self.at += 1;
                Ok(Kind::Dollar(self.word().into()))
            }
            '%' => {
                self.at += 1;
                Ok(Kind::Percent)
            }
            _ => {
                let sign = SIGNS.into_iter().find(|s| self.rest().starts_with(s));
                let sign = sign.ok_or_else(|| FhirPathError::new("a character that has no meaning here", self.at))?;
                self.at += sign.len();
                Ok(Kind::Sign(sign))
            }
        }
    }

    fn word(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn digits(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_digit())
    }

    fn number(&mut self) -> &'t str {
        let start = self.at;
        self.digits();
        self.fraction();
        self.text.get(start..self.at).unwrap_or("")
    }

    /// A point and digits, if a digit follows the point.
    fn fraction(&mut self) {
        if self.rest().starts_with('.') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
    }

    /// The characters of a date, of a date and time, or of `T` and a time; their values are examined later.
    fn temporal(&mut self) -> &'t str {
        let start = self.at;
        let date = !self.rest().starts_with('T');
        if date {
            self.digits();
            while self.next_is('-', 2) {
                self.at += 3;
            }
        }
        if self.rest().starts_with('T') {
            self.at += 1;
            self.digits();
            while self.next_is(':', 2) {
                self.at += 3;
            }
            self.fraction();
            if date && self.rest().starts_with('Z') {
                self.at += 1;
            } else if date && (self.next_is('+', 2) || self.next_is('-', 2)) && self.rest()[3..].starts_with(':') {
                self.at += self.rest().len().min(6);
            }
        }
        while !self.text.is_char_boundary(self.at) {
            self.at -= 1;
        }
        self.text.get(start..self.at).unwrap_or("")
    }

    /// Whether the sign and that many digits follow.
    fn next_is(&self, sign: char, digits: usize) -> bool {
        self.rest().strip_prefix(sign).is_some_and(|rest| {
            let bytes = rest.as_bytes();
            bytes.len() >= digits && bytes[..digits].iter().all(u8::is_ascii_digit)
        })
    }

    /// A string or name between quotes, escapes resolved.
    fn quoted(&mut self, quote: char) -> Result<Box<str>, FhirPathError> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            if c == quote {
                self.at = start + i + 1;
                return Ok(value.into());
            }
            if c != '\\' {
                value.push(c);
                continue;
            }
            let (_, escaped) = chars.next().unwrap_or((0, ' '));
            value.push(match escaped {
                '\'' | '"' | '`' | '\\' | '/' => escaped,
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'f' => '\u{c}',
                'u' => {
                    let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == 4);
                    code.and_then(char::from_u32).unwrap_or('\u{fffd}')
                }
                _ => return Err(FhirPathError::new("an escape that is not defined", start + i)),
            });
        }
        Err(FhirPathError::new("a quote without its end", start))
    }
}
