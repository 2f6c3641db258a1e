//! One answer: its type, whether it is among the options, and its bounds.

use super::enabled::{compare, typed};
use super::{Form, extension};
use crate::json::Value;
use crate::profile::codes::{Coded, Membership};
use crate::profile::say::{self, Asked};
use crate::profile::walk::Run;
use crate::profile::walk::base::decoded_length;
use crate::profile::walk::reference::type_in;
use std::cmp::Ordering;

/// Steps that compiling a regular expression is counted as.
const REGEX_STEPS: u64 = 20_000;

/// The types that answer a type of question.
fn answer_types(kind: &str) -> &'static [&'static str] {
    match kind {
        "boolean" => &["Boolean"],
        "decimal" => &["Decimal"],
        "integer" => &["Integer"],
        "date" => &["Date"],
        "dateTime" => &["DateTime"],
        "time" => &["Time"],
        "string" | "text" => &["String"],
        "url" => &["Uri"],
        "attachment" => &["Attachment"],
        "reference" => &["Reference"],
        "quantity" => &["Quantity"],
        "choice" => &["Coding"],
        "open-choice" => &["Coding", "String"],
        _ => &[],
    }
}

impl<'a> Run<'_, 'a> {
    pub(super) fn answer(&mut self, form: &Form<'_, 'a>, question: Value<'_>, kind: &str, answer: Value<'a>) {
        let Some(value) = typed(answer, "value") else { return };
        let Some(key) = value.key() else { return };
        let found = key.strip_prefix("value").unwrap_or(&key);
        let mut types: Vec<String> = answer_types(kind).iter().map(|t| (*t).to_owned()).collect();
        if kind == "choice" {
            // Options may be of other types than Coding.
            let of_options = question
                .items("answerOption")
                .filter_map(|o| typed(o, "value")?.key().map(|k| k.replacen("value", "", 1)));
            let of_options: Vec<String> = of_options.collect();
            if !of_options.is_empty() {
                types = of_options;
            }
        }
        if !types.is_empty() && !types.iter().any(|t| t == found) {
            types.dedup();
            let types = types.join(", ");
            self.note(value, false, || say::questionnaire(Asked::Type(&types)));
            return;
        }
        self.options(form, question, kind, value);
        self.bounds(question, value);
    }

    /// The answer is one of the options, or in the value set.
    fn options(&mut self, form: &Form<'_, 'a>, question: Value<'_>, kind: &str, value: Value<'a>) {
        if kind == "open-choice" && value.is_string() {
            return;
        }
        let mut options = question.items("answerOption").filter_map(|o| typed(o, "value")).peekable();
        if options.peek().is_some() {
            if !options.any(|o| compare(value, o) == Some(Ordering::Equal)) {
                self.note(value, false, || say::questionnaire(Asked::Option));
            }
            return;
        }
        let Some(value_set) = question.str("answerValueSet") else { return };
        let contained = value_set.strip_prefix('#').and_then(|id| {
            let mut contained = form.questionnaire.items("contained");
            contained.find(|c| c.str("id").as_deref() == Some(id))
        });
        let canonical = match contained {
            Some(set) => set.str("url").unwrap_or_default(),
            None => value_set,
        };
        if !value.is_object() {
            return;
        }
        let (system, code) = (value.str("system"), value.str("code"));
        let Some(code) = code else { return };
        let coded = Coded {
            system: system.as_deref(),
            code: &code,
            ..Coded::default()
        };
        match self.v.codes.member(&canonical, &coded) {
            Membership::No => self.note(value, false, || say::questionnaire(Asked::ValueSet(&canonical))),
            Membership::Yes | Membership::Unknown => {}
        }
    }

    /// The regular expression of the question, and the decimals that it allows.
    fn form_of_text(&mut self, question: Value<'_>, value: Value<'a>) {
        let pattern = extension(question, "regex").and_then(|e| e.str("valueString"));
        if let (Some(pattern), Some(text)) = (pattern, value.as_str()) {
            // Compiling one costs as much as many steps.
            self.budget = self.budget.saturating_sub(REGEX_STEPS);
            let regex = self.step().then(|| crate::fhirpath::whole_text(&pattern)).flatten();
            if regex.is_some_and(|r| !r.is_match(&text)) {
                self.note(value, false, || say::questionnaire(Asked::Pattern));
            }
        }
        let places = extension(question, "maxDecimalPlaces").and_then(|e| e.get("valueInteger")?.as_number()?.parse::<usize>().ok());
        if let (Some(most), Some(number)) = (places, value.as_number())
            && number.split_once('.').is_some_and(|(_, decimals)| decimals.len() > most)
        {
            self.note(value, false, || say::questionnaire(Asked::Decimals(most)));
        }
    }

    fn bounds(&mut self, question: Value<'_>, value: Value<'a>) {
        let length = value.as_str().map(|t| t.chars().count());
        let number = |v: Option<Value<'_>>| v.and_then(|v| v.as_number()?.parse::<usize>().ok());
        let max_length = number(question.get("maxLength"));
        let min_length = number(extension(question, "minLength").and_then(|e| e.get("valueInteger")));
        if let Some(length) = length
            && (max_length.is_some_and(|m| length > m) || min_length.is_some_and(|m| length < m))
        {
            self.note(value, false, || say::questionnaire(Asked::Length));
        }
        if value.is_object() && value.get("value").is_some() {
            self.quantity(question, value);
        }
        self.form_of_text(question, value);
        for (name, wrong) in [("minValue", Ordering::Less), ("maxValue", Ordering::Greater)] {
            if let Some(bound) = extension(question, name).and_then(|e| typed(e, "value"))
                && compare(value, bound) == Some(wrong)
            {
                self.note(value, false, || say::questionnaire(Asked::Bounds));
            }
        }
        let max_size = extension(question, "maxSize").and_then(|e| typed(e, "value")?.as_number()?.parse::<usize>().ok());
        let size = value.get("data").and_then(|d| Some(decoded_length(&d.as_str()?)));
        let size = size.or_else(|| number(value.get("size")));
        if let (Some(max), Some(size)) = (max_size, size)
            && size > max
        {
            self.note(value, false, || say::questionnaire(Asked::Size(max)));
        }
        let mut types = question
            .items("extension")
            .filter(|e| e.str("url").is_some_and(|u| u.ends_with("/mimeType")))
            .filter_map(|e| e.str("valueCode"))
            .peekable();
        if types.peek().is_some()
            && let Some(found) = value.str("contentType")
            && !types.any(|t| *t == *found)
        {
            self.note(value, false, || say::questionnaire(Asked::ContentType));
        }
        let mut allowed = question
            .items("extension")
            .filter(|e| e.str("url").is_some_and(|u| u.ends_with("/questionnaire-referenceResource")))
            .peekable();
        if allowed.peek().is_some()
            && let Some(found) = value.str("reference").as_deref().and_then(type_in)
            && !allowed.any(|e| e.str("valueCode").as_deref() == Some(found.name()))
        {
            self.note(value, false, || say::questionnaire(Asked::Target));
        }
    }
}
