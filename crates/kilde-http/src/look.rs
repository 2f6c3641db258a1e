//! How the resources of an answer are to look: `_summary`, `_elements`, `_pretty`; links keep that, and `_format`
//! (<https://hl7.org/fhir/R4/search.html#summary>, <https://hl7.org/fhir/R4/http.html#parameters>).

use bytes::Bytes;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::view::{Elements, Summary, elements, pretty, summary};

/// What the client asked for; by default everything as it is stored.
#[derive(Debug, Default)]
pub struct Look {
    summary: Option<Summary>,
    elements: Option<Elements>,
    pretty: bool,
    /// The parameters as they were, for links.
    asked: Vec<(String, String)>,
}

impl Look {
    /// Takes the parameters that are about looks out of the list. `_summary=count` stays: it is about a search.
    ///
    /// # Errors
    /// A value that is none of the specification's.
    pub fn take(params: &mut Vec<(String, String)>) -> Result<Look, Finding> {
        let mut look = Look::default();
        let mut wrong = None;
        params.retain(|(name, value)| {
            match name.as_str() {
                "_pretty" if value == "true" || value == "false" => look.pretty = value == "true",
                "_elements" if !value.trim().is_empty() => look.elements = Some(Elements::new(value)),
                "_summary" => match Summary::from_code(value) {
                    Some(Summary::Count) => return true,
                    Some(found) => look.summary = Some(found),
                    None => wrong = Some(name.clone()),
                },
                "_pretty" | "_elements" => wrong = Some(name.clone()),
                // The format is seen to elsewhere; a link goes on with it.
                "_format" => {}
                _ => return true,
            }
            look.asked.push((name.clone(), value.clone()));
            false
        });
        match wrong {
            None => Ok(look),
            Some(name) => Err(Finding::error(
                "value",
                "look-parameter",
                "",
                format!(
                    "{name} har en verdi som ikke finnes. _summary: true, text, data, count, false; _pretty: true, false; _elements: navn med komma."
                ),
                format!(
                    "{name} has a value that there is none of. _summary: true, text, data, count, false; _pretty: true, false; _elements: names with commas."
                ),
            )),
        }
    }

    /// Whether resources go out whole.
    pub fn is_whole(&self) -> bool {
        self.summary.is_none() && self.elements.is_none()
    }

    /// What was asked for, as parameters of a link: `&_elements=a%2Cb`.
    pub fn link(&self) -> String {
        let one = |(name, value): &(String, String)| format!("&{name}={}", crate::query::encode(value));
        self.asked.iter().map(one).collect()
    }

    /// A resource as the client asked to see it; without `_pretty`, which is for the whole answer.
    pub fn of_resource(&self, body: Bytes) -> Bytes {
        let Ok(document) = parse(&body[..], Limits::default()) else {
            return body;
        };
        match (&self.elements, self.summary) {
            (Some(names), _) => elements(document.root(), names).into(),
            (None, Some(kind)) => summary(document.root(), kind).into(),
            (None, None) => body,
        }
    }

    /// The whole answer, with line breaks if they were asked for.
    pub fn of_answer(&self, body: Bytes) -> Bytes {
        if !self.pretty {
            return body;
        }
        match parse(&body[..], Limits::default()) {
            Ok(document) => {
                let mut out = String::new();
                pretty(document.root(), &mut out);
                out.into()
            }
            Err(_) => body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(query: &str) -> Result<(Look, Vec<(String, String)>), Finding> {
        let mut params = crate::query::pairs(query).expect("a query");
        Look::take(&mut params).map(|look| (look, params))
    }

    #[test]
    fn looks_are_taken_out_and_the_rest_stays() {
        let (plain, rest) = look("code=a&_summary=count").expect("right");
        assert!(plain.is_whole());
        assert_eq!(rest.len(), 2);
        let (chosen, rest) = look("code=a&_elements=active,name&_pretty=true").expect("right");
        assert!(!chosen.is_whole());
        assert_eq!(rest.len(), 1);
        assert_eq!(chosen.link(), "&_elements=active%2Cname&_pretty=true");
        let (chosen, rest) = look("code=a&_format=application/fhir%2Bxml").expect("right");
        assert!(chosen.is_whole() && rest.len() == 1);
        assert_eq!(chosen.link(), "&_format=application%2Ffhir%2Bxml");
        assert!(look("_summary=litt").is_err() && look("_pretty=ja").is_err() && look("_elements=").is_err());
    }

    #[test]
    fn what_is_left_out_is_told_by_a_tag() {
        let (chosen, _) = look("_elements=active").expect("right");
        let whole = Bytes::from_static(br#"{"resourceType":"Patient","id":"a","active":true,"birthDate":"1970-01-01"}"#);
        let seen = String::from_utf8(chosen.of_resource(whole).to_vec()).expect("UTF-8");
        assert!(
            seen.contains("\"active\":true") && seen.contains("SUBSETTED") && !seen.contains("1970"),
            "{seen}"
        );
    }
}
