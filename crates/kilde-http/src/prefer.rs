//! The `Prefer` header (<https://hl7.org/fhir/R4/http.html#return>) and the language of texts.

use axum::http::{HeaderMap, header};

/// What the client prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefer {
    /// `handling=lenient`: unknown search parameters are passed over.
    pub lenient: bool,
    /// What a write answers with.
    pub returns: Returns,
}

/// `return=...`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Returns {
    /// Headers only.
    Minimal,
    /// The resource as stored (the default).
    #[default]
    Representation,
    /// An OperationOutcome.
    OperationOutcome,
}

/// Reads the `Prefer` headers; what is not known is passed over, as RFC 7240 says.
pub fn prefer(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    for value in headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok()) {
        for part in value.split([',', ';']) {
            match part.trim() {
                "handling=lenient" => prefer.lenient = true,
                "handling=strict" => prefer.lenient = false,
                "return=minimal" => prefer.returns = Returns::Minimal,
                "return=representation" => prefer.returns = Returns::Representation,
                "return=OperationOutcome" => prefer.returns = Returns::OperationOutcome,
                _ => {}
            }
        }
    }
    prefer
}

/// Whether the client takes FHIR JSON: `Accept` allows it, and `_format` (if given) asks for it.
pub fn takes_json(headers: &HeaderMap, format: Option<&str>) -> bool {
    let json = |t: &str| {
        matches!(
            t.split(';').next().unwrap_or("").trim(),
            "application/fhir+json" | "application/json" | "json" | "text/json" | "*/*" | "application/*"
        )
    };
    if let Some(format) = format {
        return json(&format.replace(' ', "+"));
    }
    let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).peekable();
    values.peek().is_none() || values.any(|v| v.split(',').any(json))
}

/// Whether a body of that content type is JSON. A missing content type counts as JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE).map(|v| v.to_str().unwrap_or("")) {
        None => true,
        Some(v) => matches!(
            v.split(';').next().unwrap_or("").trim(),
            "application/fhir+json" | "application/json" | "text/json"
        ),
    }
}

/// Language of texts for people: the first of nb, nn, en that `Accept-Language` names, else nb.
pub fn language(headers: &HeaderMap) -> &'static str {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    for part in accepted.split(',') {
        match part.split([';', '-']).next().unwrap_or("").trim() {
            "nb" | "no" => return "nb",
            "nn" => return "nn",
            "en" => return "en",
            _ => {}
        }
    }
    "nb"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn prefer_reads_several_wishes() {
        let p = prefer(&headers("prefer", "return=minimal; handling=lenient, respond-async"));
        assert_eq!(
            p,
            Prefer {
                lenient: true,
                returns: Returns::Minimal
            }
        );
    }

    #[test]
    fn xml_is_not_taken_for_json() {
        assert!(!takes_json(&headers("accept", "application/fhir+xml"), None));
        assert!(takes_json(&headers("accept", "application/fhir+xml, */*;q=0.1"), None));
        assert!(takes_json(&headers("accept", "application/fhir+xml"), Some("json")));
        assert!(!is_json(&headers("content-type", "application/fhir+xml")));
    }

    #[test]
    fn language_falls_back_to_bokmal() {
        assert_eq!(language(&headers("accept-language", "se, nn-NO;q=0.8, en")), "nn");
        assert_eq!(language(&headers("accept-language", "se")), "nb");
    }
}
