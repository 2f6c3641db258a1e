//! What is said of a text that is not JSON.

use super::SyntaxError;
use crate::finding::{Finding, Severity};

impl SyntaxError {
    /// The error as a finding, rule `json-syntax`, at its place.
    pub fn finding(&self) -> Finding {
        Finding::error(
            "structure",
            "json-syntax",
            "",
            format!("Teksten er ikke gyldig JSON: {}.", bokmaal(self.what)),
            format!("The text is not valid JSON: {}.", self.what),
        )
        .severity(Severity::Fatal)
        .at(self.position)
    }
}

fn bokmaal(what: &str) -> &'static str {
    match what {
        "the text is longer than allowed" => "teksten er lengre enn tillatt",
        "a byte that is not UTF-8" => "en byte som ikke er UTF-8",
        "text after the end of the document" => "tekst etter slutten av dokumentet",
        "the document ends where a value should stand" => "dokumentet slutter der en verdi skulle stått",
        "a character that starts no value" => "et tegn som ikke innleder noen verdi",
        "nested deeper than allowed" => "dypere nøsting enn tillatt",
        "a property name in quotes is missing" => "et egenskapsnavn i anførselstegn mangler",
        "an empty property name" => "et tomt egenskapsnavn",
        "a colon is missing after the property name" => "kolon mangler etter egenskapsnavnet",
        "a comma or the end of the object is missing" => "komma eller slutten av objektet mangler",
        "a comma or the end of the array is missing" => "komma eller slutten av listen mangler",
        "a property that already stands in this object" => "en egenskap som allerede står i objektet",
        "an object with more than 4096 properties" => "et objekt med mer enn 4096 egenskaper",
        "a control character inside a string" => "et kontrolltegn inne i en streng",
        "the document ends inside a string" => "dokumentet slutter inne i en streng",
        "half a surrogate pair" => "et halvt surrogatpar",
        "an unknown escape in a string" => "en ukjent skiftsekvens i en streng",
        "the document ends inside an escape" => "dokumentet slutter inne i en skiftsekvens",
        "an escape without four hexadecimal digits" => "en skiftsekvens uten fire heksadesimale sifre",
        "a number that starts with a superfluous zero" => "et tall med overflødig null først",
        "a number without digits" => "et tall uten sifre",
        "a digit is missing in a number" => "et siffer mangler i et tall",
        _ => "se den engelske teksten",
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Limits, parse};

    /// Every way of not being JSON is told in both languages.
    #[test]
    fn what_the_parser_says_has_a_bokmaal_text() {
        let deep = "[".repeat(100);
        for text in [
            "",
            "{",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":1,\"a\":2}",
            "01",
            "-",
            "1.",
            "\"a",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\u12\"",
            "\"\u{1}\"",
            "{\"\":1}",
            "{a:1}",
            "1 2",
            "x",
            "{\"a\":1 \"b\":2}",
            "\"\\",
            deep.as_str(),
        ] {
            let error = parse(text, Limits::default()).expect_err(text);
            let finding = error.finding();
            assert!(!finding.nb.contains("den engelske teksten"), "{text}: {}", error.what);
            assert_eq!((finding.rule, finding.position), ("json-syntax", Some(error.position)));
        }
    }
}
