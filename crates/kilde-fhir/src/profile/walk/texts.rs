//! What is examined in every URI, string and Coding, whatever profile asks.

use super::Run;
use crate::definitions::Primitive;
use crate::json::{Kind, Value};
use crate::profile::codes::{Coded, Membership};
use crate::profile::say;

/// Domains that stand in examples only (RFC 2606).
const EXAMPLE_DOMAINS: [&str; 3] = ["example.org", "example.com", "example.net"];

/// The system of UCUM units.
const UCUM: &str = "http://unitsofmeasure.org";

impl<'a> Run<'_, 'a> {
    /// The text of a primitive, or each of a list.
    pub(super) fn text(&mut self, primitive: Primitive, value: Value<'a>) {
        let asked = match primitive {
            Primitive::Canonical => true,
            Primitive::Uri | Primitive::Url => self.v.options.example_address.is_some(),
            Primitive::String => self.v.options.html_in_string.is_some(),
            Primitive::Markdown => self.v.options.html_in_markdown.is_some(),
            _ => false,
        };
        if !asked {
            return;
        }
        if value.kind() == Kind::Array {
            for item in value.children() {
                self.one_text(primitive, item);
            }
        } else {
            self.one_text(primitive, value);
        }
    }

    fn one_text(&mut self, primitive: Primitive, value: Value<'a>) {
        let Some(text) = value.as_str() else { return };
        let options = &self.v.options;
        match primitive {
            Primitive::String | Primitive::Markdown => {
                let severity = if primitive == Primitive::String {
                    options.html_in_string
                } else {
                    options.html_in_markdown
                };
                if let Some(severity) = severity
                    && has_tag(&text)
                {
                    self.note(value, false, || say::html(severity));
                }
            }
            _ => {
                if primitive == Primitive::Canonical && !text.starts_with('#') && !text.contains(':') {
                    self.note(value, false, say::canonical_relative);
                }
                if let Some(severity) = options.example_address
                    && is_example(&text)
                {
                    self.note(value, false, || say::example_address(severity));
                }
            }
        }
    }

    /// A quantity's code is a unit, where it says that it is one of UCUM.
    pub(super) fn unit_itself(&mut self, quantity: Value<'a>) {
        let Some(place) = quantity.get("code") else { return };
        if quantity.str("system").as_deref() == Some(UCUM) && place.as_str().is_some_and(|code| crate::units::validate(&code).is_err()) {
            let severity = self.v.options.unknown_code;
            self.note(place, false, || say::unit(severity));
        }
    }

    /// Whether the code system has the code, and the display is one of its terms.
    pub(super) fn coding_itself(&mut self, coding: Value<'a>) {
        let (Some(system), Some(place)) = (coding.str("system"), coding.get("code")) else {
            return;
        };
        let Some(code) = place.as_str() else { return };
        let (version, display) = (coding.str("version"), coding.get("display"));
        let shown = display.and_then(Value::as_str);
        let coded = Coded {
            system: Some(&system),
            version: version.as_deref(),
            code: &code,
            display: shown.as_deref(),
        };
        if self.v.codes.known(&coded) == Membership::No {
            let severity = self.v.options.unknown_code;
            self.note(place, false, || say::code_not_in_system(&system, severity));
        } else if let Some(display) = display
            && self.v.codes.term(&coded) == Membership::No
        {
            let severity = self.v.options.wrong_display;
            self.note(display, false, || say::display(&system, severity));
        }
    }
}

/// Whether a text seems to hold an element or comment of HTML: `<`, perhaps `/`, and a letter, or `<!`,
/// and later `>`.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        let named = rest
            .strip_prefix('/')
            .unwrap_or(rest)
            .starts_with(|c: char| c.is_ascii_alphabetic());
        (named || rest.starts_with('!')) && rest.contains('>')
    })
}

/// Whether an address is of a domain for examples or below one.
fn is_example(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or(rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host).to_ascii_lowercase();
    matches!(scheme, "http" | "https")
        && EXAMPLE_DOMAINS.iter().any(|d| {
            host.strip_suffix(d)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert!(["a <b>c</b>", "</p >", "<!-- x -->", "<script src='x'>"].iter().all(|t| has_tag(t)));
        assert!(!["a < b > c", "a<", "<3 >", "x <y", "<http"].iter().any(|t| has_tag(t)));
    }

    #[test]
    fn example_addresses() {
        assert!(
            ["http://example.org", "https://a.Example.com:80/x", "http://u@example.net/x"]
                .iter()
                .all(|t| is_example(t))
        );
        assert!(
            ![
                "http://myexample.org/x",
                "http://a.no/example.org",
                "urn:example.org",
                "example.org"
            ]
            .iter()
            .any(|t| is_example(t))
        );
    }
}
