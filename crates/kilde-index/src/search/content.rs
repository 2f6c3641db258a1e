//! Conditions on what is not in the index: texts beside codes, types of identifiers, words of the narrative and of the
//! whole. The content of each candidate that meets everything else is read, as the reader would see it: what is masked
//! decides nothing. How many may be read is bounded.

use super::asking::Asking;
use super::check::{Part, ordered};
use super::contained;
use super::near::Near;
use crate::error::SearchError;
use crate::record::Record;
use kilde_access::mask;
use kilde_fhir::date::Prefix;
use kilde_fhir::json::{self, Document, Kind, Value};
use kilde_fhir::search::{Elements, Indexed, Param, fold};

/// A condition on content. One of its values must be met.
#[derive(Debug)]
pub(crate) struct Content {
    /// The parameter as it is called, for the refusal of what costs too much.
    pub what: &'static str,
    pub wanted: Wanted,
}

/// What is asked of the content.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// `:text`: a text beside the code or of the identifier's type begins so (folded).
    Text { elements: Elements, starts: Vec<String> },
    /// `:of-type`
    OfType { elements: Elements, values: Vec<OfType> },
    /// A code's text stands so to another (`_filter`).
    Code { elements: Elements, compared: Compared },
    /// `_text`: words of the narrative; all of one of the lists.
    Narrative(Vec<Vec<String>>),
    /// `_content`: words anywhere; all of one of the lists.
    Anywhere(Vec<Vec<String>>),
    /// `near`: the position of a Location is within one of these distances.
    Near(Vec<Near>),
}

/// `system|code|value` of `:of-type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfType {
    pub system: String,
    pub code: String,
    pub value: String,
}

/// How the text of a code is to stand to another. Both are folded, as strings are.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    /// Of that code system or identifier system; `None` for any.
    pub system: Option<String>,
    /// How.
    pub how: How,
    /// The other, folded.
    pub text: String,
}

/// A comparison of texts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Part(Part),
    Order(Prefix),
}

impl Compared {
    fn holds(&self, system: Option<&str>, code: &str) -> bool {
        let (text, other) = (fold(code), self.text.as_str());
        let stands = match self.how {
            How::Part(Part::Start) => text.starts_with(other),
            How::Part(Part::Any) => text.contains(other),
            How::Part(Part::End) => text.ends_with(other),
            How::Order(prefix) => ordered(prefix, text.as_str().cmp(other)),
        };
        stands && self.system.as_deref().is_none_or(|wanted| system == Some(wanted))
    }
}

impl Wanted {
    pub fn code(param: &Param, compared: Compared) -> Wanted {
        Wanted::Code {
            elements: Elements::of(param),
            compared,
        }
    }

    pub fn text(param: &Param, starts: Vec<String>) -> Wanted {
        Wanted::Text {
            elements: Elements::of(param),
            starts,
        }
    }

    pub fn of_type(param: &Param, values: Vec<OfType>) -> Wanted {
        Wanted::OfType {
            elements: Elements::of(param),
            values,
        }
    }
}

impl Content {
    pub fn matches(&self, asking: &Asking<'_>, record: &Record<'_>) -> Result<bool, SearchError> {
        let Some(document) = asking.content(record, self.what)? else {
            return Ok(false);
        };
        let root = document.root();
        Ok(match &self.wanted {
            Wanted::Text { elements, starts } => {
                let mut found = false;
                elements.each(root, &mut |element| {
                    texts(element, &mut |text| {
                        found |= starts.iter().any(|start| fold(text).starts_with(start.as_str()))
                    });
                });
                found
            }
            Wanted::Code { elements, compared } => {
                let mut found = false;
                elements.values(root, &mut |indexed| {
                    if let Indexed::Token { system, code: Some(code) } = indexed {
                        found |= compared.holds(system.as_deref(), &code);
                    }
                });
                found
            }
            Wanted::OfType { elements, values } => {
                let mut found = false;
                elements.each(root, &mut |element| found |= values.iter().any(|wanted| wanted.is(element)));
                found
            }
            Wanted::Narrative(lists) => {
                let mut words = Vec::new();
                if let Some(div) = root.path(&["text", "div"]).and_then(Value::as_str) {
                    add_words(&without_tags(&div), &mut words);
                }
                all_of_one(lists, &mut words)
            }
            Wanted::Near(places) => places.iter().any(|place| place.reaches(root)),
            Wanted::Anywhere(lists) => {
                let mut words = Vec::new();
                strings(root, &mut words);
                all_of_one(lists, &mut words)
            }
        })
    }
}

impl OfType {
    fn is(&self, identifier: Value<'_>) -> bool {
        let of_type = identifier.get("type").is_some_and(|kind| {
            kind.items("coding")
                .any(|c| c.str("system").is_some_and(|s| s == self.system) && c.str("code").is_some_and(|c| c == self.code))
        });
        of_type && identifier.str("value").is_some_and(|v| v == self.value)
    }
}

impl Asking<'_> {
    /// The content of a resource as this reader would see it; `None` if there is none, or the scope tells of existence only.
    ///
    /// # Errors
    /// More than [`Limits::contents`](super::Limits::contents) would be read.
    pub fn content(&self, record: &Record<'_>, what: &'static str) -> Result<Option<Document>, SearchError> {
        if self.scope.exists_only() {
            return Ok(None);
        }
        let header = &record.header;
        if header.event == contained::INSIDE {
            let text = self.inside.borrow().clone();
            return Ok(text.and_then(|text| json::parse(text, json::Limits::default()).ok()));
        }
        self.spend_content(what)?;
        let Some(body) = self
            .look
            .index
            .log
            .payload(header.event, header.entry)
            .map_err(crate::error::IndexError::Log)?
        else {
            return Ok(None);
        };
        let (body, _) = self.look.without_places(self.scope, header, body);
        let seen = mask::masked(self.scope, header.category, &body).map_or(body, |(masked, _)| masked);
        Ok(json::parse(seen, json::Limits::default()).ok())
    }
}

/// The texts of a code, a coding or an identifier (R4, Search, `:text`).
fn texts(element: Value<'_>, out: &mut dyn FnMut(&str)) {
    let mut give = |text: Option<std::borrow::Cow<'_, str>>| {
        if let Some(text) = text {
            out(&text);
        }
    };
    give(element.str("text"));
    give(element.str("display"));
    for coding in element.items("coding") {
        give(coding.str("display"));
    }
    if let Some(kind) = element.get("type").filter(|t| t.is_object()) {
        give(kind.str("text"));
    }
}

/// Every string of a resource, its narrative without tags.
fn strings(value: Value<'_>, words: &mut Vec<String>) {
    match value.kind() {
        Kind::String => {
            if let Some(text) = value.as_str() {
                if value.key().is_some_and(|key| key == "div") {
                    add_words(&without_tags(&text), words);
                } else {
                    add_words(&text, words);
                }
            }
        }
        Kind::Object | Kind::Array => value.children().for_each(|child| strings(child, words)),
        _ => {}
    }
}

fn without_tags(html: &str) -> String {
    let (mut out, mut inside) = (String::with_capacity(html.len()), false);
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    for (name, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        out = out.replace(name, sign);
    }
    out
}

/// The words of a text, folded.
pub(super) fn add_words(text: &str, words: &mut Vec<String>) {
    let folded = fold(text);
    words.extend(
        folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_owned),
    );
}

fn all_of_one(lists: &[Vec<String>], words: &mut [String]) -> bool {
    words.sort_unstable();
    lists.iter().any(|list| list.iter().all(|word| words.binary_search(word).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_narrative() {
        let mut words = Vec::new();
        add_words(
            &without_tags("<div xmlns=\"x\"><p>Blod&amp;trykk, HØYT</p>i&nbsp;dag <b>37,5</b></div>"),
            &mut words,
        );
        assert_eq!(words, ["blod", "trykk", "høyt", "i", "dag", "37", "5"]);
        assert!(all_of_one(&[vec!["x".into()], vec!["dag".into(), "blod".into()]], &mut words));
        assert!(!all_of_one(&[vec!["dag".into(), "blo".into()]], &mut words));
    }

    #[test]
    fn odd_markup_is_only_text() {
        for html in ["<", ">", "a<b", "&amp;lt;", "<<>>", "<div"] {
            let _ = without_tags(html);
        }
        assert_eq!(without_tags("1 > 0"), "1 > 0");
    }
}
