//! The `Prefer` header (<https://hl7.org/fhir/R4/http.html#return>) and the language of texts.

use axum::http::{HeaderMap, header};

/// What the client prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefer {
    /// `handling=lenient`: unknown search parameters are passed over.
    pub lenient: bool,
    /// What a write answers with.
    pub returns: Returns,
    /// Whether the client said what a write is to answer with.
    pub said: bool,
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
                "return=minimal" => (prefer.said, prefer.returns) = (true, Returns::Minimal),
                "return=representation" => (prefer.said, prefer.returns) = (true, Returns::Representation),
                "return=OperationOutcome" => (prefer.said, prefer.returns) = (true, Returns::OperationOutcome),
                _ => {}
            }
        }
    }
    prefer
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
                returns: Returns::Minimal,
                said: true
            }
        );
    }

    #[test]
    fn language_falls_back_to_bokmal() {
        assert_eq!(language(&headers("accept-language", "se, nn-NO;q=0.8, en")), "nn");
        assert_eq!(language(&headers("accept-language", "se")), "nb");
    }
}
