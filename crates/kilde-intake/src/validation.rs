//! What an instance asks of a resource beyond structure, before it is stored.

use crate::config::Check;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;
use kilde_fhir::library::Shelf;
use rustc_hash::FxHashMap;

/// How far resources are examined at intake. Each level asks what the one before asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Types, cardinality, formats, required codes.
    #[default]
    Structure,
    /// R4's own definitions: invariants, weaker bindings, extensions.
    Base,
    /// The profiles that resources claim, and those that the instance demands.
    Profiles,
}

/// The examination at intake of one instance. Errors refuse; warnings go into the answer.
pub struct Validation {
    library: Shelf,
    claims: bool,
    required: FxHashMap<String, Vec<String>>,
}

impl Validation {
    /// An examination at that level with what is in the library; `None` for [`Level::Structure`].
    /// `required` are the profiles that every resource of a type must conform to, claimed or not;
    /// they count at [`Level::Profiles`]. Every message is examined by what is on the shelf then; while nothing is, all
    /// are refused.
    pub fn new(level: Level, library: Shelf, required: impl IntoIterator<Item = (String, Vec<String>)>) -> Option<Validation> {
        let claims = level == Level::Profiles;
        (level > Level::Structure).then(|| Validation {
            library,
            claims,
            required: if claims {
                required.into_iter().collect()
            } else {
                FxHashMap::default()
            },
        })
    }

    /// The profiles that every resource of the type must conform to.
    pub fn required(&self, resource_type: &str) -> &[String] {
        self.required.get(resource_type).map_or(&[], Vec::as_slice)
    }
}

impl Check for Validation {
    fn check(&self, resource: Value<'_>) -> Vec<Finding> {
        let Some(library) = self.library.get() else {
            return vec![loading()];
        };
        let rtype = resource.str("resourceType").unwrap_or_default();
        let required: Vec<&str> = self.required(&rtype).iter().map(String::as_str).collect();
        library.validator().beyond_structure(resource, &required, self.claims)
    }
}

fn loading() -> Finding {
    Finding::error(
        "transient",
        "library-loading",
        "",
        "Pakkene lastes fortsatt. Send meldingen igjen om litt.",
        "The packages are loading still. Send the message again shortly.",
    )
}

impl std::fmt::Debug for Validation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validation")
            .field("claims", &self.claims)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};
    use kilde_fhir::library::{Library, Sources};

    /// Needs no other package: it brings its snapshot.
    const PROFILE: &str = r#"{"resourceType":"StructureDefinition","url":"http://example.org/named","version":"1","kind":"resource",
        "type":"Patient","derivation":"constraint","snapshot":{"element":[{"id":"Patient","path":"Patient","min":0,"max":"*"},
        {"id":"Patient.name","path":"Patient.name","min":1,"max":"*","type":[{"code":"HumanName"}]}]}}"#;

    fn rules(level: Level, required: &[&str], resource: &str) -> Vec<&'static str> {
        let library = Shelf::from(Library::load(&Sources {
            own: vec![("named.json", PROFILE)],
            ..Sources::default()
        }));
        let required = required.iter().map(|url| ("Patient".to_owned(), vec![(*url).to_owned()]));
        let document = parse(resource, Limits::default()).unwrap();
        match Validation::new(level, library, required) {
            Some(validation) => validation.check(document.root()).iter().map(|f| f.rule).collect(),
            None => Vec::new(),
        }
    }

    #[test]
    fn each_level_asks_what_it_says() {
        let claims = r#"{"resourceType":"Patient","meta":{"profile":["http://example.org/named"]},"active":true}"#;
        let plain = r#"{"resourceType":"Patient","active":true}"#;
        assert!(rules(Level::Structure, &["http://example.org/named"], claims).is_empty());
        assert!(rules(Level::Base, &["http://example.org/named"], claims).is_empty());
        assert_eq!(rules(Level::Profiles, &[], claims), ["profile-min"]);
        assert!(rules(Level::Profiles, &[], plain).is_empty());
        assert_eq!(rules(Level::Profiles, &["http://example.org/named"], plain), ["profile-min"]);
        assert_eq!(rules(Level::Profiles, &["http://example.org/absent"], plain), ["profile-unknown"]);
    }
}
