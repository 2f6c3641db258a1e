//! Conditions: what `If-None-Exist`, `[type]?query` and conditional references ask for.

use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::Position;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// A search that must have one answer at most.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) rtype: ResourceType,
    pub(crate) params: Vec<(String, String)>,
    /// Only what the writer's own source delivered counts.
    pub(crate) own_source: bool,
    /// FHIRPath and place of what holds the condition, for findings.
    pub(crate) expression: String,
    pub(crate) position: Option<Position>,
    /// The entry of the same unit that answers if the store has nothing.
    pub(crate) within: Option<u32>,
}

impl Condition {
    /// From a query (`identifier=system|value&x=y`, percent-encoded); `None` without a parameter.
    pub(crate) fn parse(rtype: ResourceType, query: &str) -> Option<Condition> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut params = Vec::new();
        for part in query.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (decode(name)?, decode(value)?);
            if name.is_empty() || value.is_empty() {
                return None;
            }
            params.push((name, value));
        }
        if params.is_empty() || params.iter().all(|(n, _)| is_control(n)) {
            return None;
        }
        Some(Condition {
            rtype,
            params,
            own_source: false,
            expression: String::new(),
            position: None,
            within: None,
        })
    }

    /// By one identifier of the writer's own source.
    pub(crate) fn own_identifier(rtype: ResourceType, system: &str, value: &str) -> Condition {
        let value = format!("{}|{}", escaped(system), escaped(value));
        Condition {
            rtype,
            params: vec![("identifier".into(), value)],
            own_source: true,
            expression: String::new(),
            position: None,
            within: None,
        }
    }

    /// `Type?query` as it may stand in a reference or a request.
    pub(crate) fn of_reference(text: &str) -> Option<Option<Condition>> {
        let (name, query) = text.split_once('?')?;
        let rtype = ResourceType::from_name(name)?;
        Some(Condition::parse(rtype, query))
    }

    /// The hash of the value if the condition is one identifier and nothing else.
    pub(crate) fn identifier_hash(&self) -> Option<u64> {
        match self.params.as_slice() {
            [(name, value)] if name == "identifier" && !value.contains(',') && !value.contains('\\') => {
                let value = value.split_once('|').map_or(value.as_str(), |(_, v)| v);
                Some(identifier_hash(value))
            }
            _ => None,
        }
    }

    /// Whether two conditions ask for the same.
    pub(crate) fn same(&self, other: &Condition) -> bool {
        self.rtype == other.rtype && self.params == other.params && self.own_source == other.own_source
    }
}

/// A number for an identifier's value; equal values have equal numbers.
pub(crate) fn identifier_hash(value: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Parameters that choose nothing.
fn is_control(name: &str) -> bool {
    matches!(
        name,
        "_format" | "_pretty" | "_summary" | "_elements" | "_count" | "_sort" | "_total"
    )
}

fn decode(text: &str) -> Option<String> {
    let spaced: Cow<'_, str> = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    Some(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
}

/// A value as it must stand in a search parameter: `\`, `|`, `,` and `$` escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '|' | ',' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization() -> ResourceType {
        ResourceType::from_name("Organization").unwrap()
    }

    #[test]
    fn a_condition_needs_a_parameter_that_chooses() {
        for bad in ["", "?", "identifier", "identifier=", "=x", "_count=1", "a=%ff"] {
            assert!(Condition::parse(organization(), bad).is_none(), "{bad}");
        }
        let c = Condition::parse(organization(), "?identifier=urn%3Aoid%3A1%7C9+9&name=a%20b").unwrap();
        assert_eq!(
            c.params,
            [("identifier".into(), "urn:oid:1|9 9".into()), ("name".into(), "a b".into())]
        );
        assert_eq!(c.identifier_hash(), None);
    }

    #[test]
    fn references_with_a_query_are_conditions() {
        assert!(Condition::of_reference("Patient/1").is_none());
        assert!(Condition::of_reference("http://x/y?z=1").is_none());
        assert!(Condition::of_reference("Patient?").unwrap().is_none());
        let c = Condition::of_reference("Patient?identifier=s|v").unwrap().unwrap();
        assert_eq!(c.identifier_hash(), Some(identifier_hash("v")));
    }

    #[test]
    fn own_identifiers_are_escaped() {
        let c = Condition::own_identifier(organization(), "s", "a|b,c");
        assert_eq!(c.params[0].1, "s|a\\|b\\,c");
    }
}
