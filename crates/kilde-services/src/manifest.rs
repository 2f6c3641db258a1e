//! What a service says about itself.

use crate::lang::Lang;
use crate::processing::Processing;
use kilde_access::{Categories, Category};
use kilde_fhir::definitions::ResourceType;
use serde::Deserialize;

/// A service's `manifest.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Short id, as in `service` of `$overview` and in the configuration.
    pub id: String,
    /// Version of the service.
    pub version: String,
    /// Canonical URL of the service.
    pub canonical: String,
    /// The service's code in the table of parts (S1, S2, ...).
    pub row: String,
    /// Title in each language.
    pub title: Title,
    /// Categories of information that it shows, by the access crate's names.
    pub categories: Vec<String>,
    /// Resource types that it is made from.
    pub resource_types: Vec<String>,
    /// Resource types that it reads besides (units, age).
    pub also_reads: Vec<String>,
    /// Profiles of what it takes in and gives out.
    pub profiles: Vec<String>,
    /// Kinds of systems that deliver.
    pub delivers: Vec<String>,
    /// Kinds of readers.
    pub reads: Vec<String>,
    /// What a record of processing says about the service.
    pub processing: Processing,
}

/// A title in each language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Bokmål.
    pub nb: String,
    /// Nynorsk.
    pub nn: String,
    /// English.
    pub en: String,
}

impl Manifest {
    /// From the text of `manifest.toml`, which is part of the program.
    ///
    /// # Panics
    /// If it is not a manifest; a test loads them all.
    pub fn load(text: &str) -> Manifest {
        toml::from_str(text).expect("the manifests in the program are right")
    }

    /// The title in a language.
    pub fn title(&self, lang: Lang) -> &str {
        match lang {
            Lang::Nb => &self.title.nb,
            Lang::Nn => &self.title.nn,
            Lang::En => &self.title.en,
        }
    }

    /// The categories of information that it shows.
    pub fn categories(&self) -> Categories {
        self.categories.iter().filter_map(|name| Category::from_name(name)).collect()
    }

    /// The resource types that it is made from.
    pub fn types(&self) -> Vec<ResourceType> {
        self.resource_types
            .iter()
            .filter_map(|name| ResourceType::from_name(name))
            .collect()
    }

    /// Those, and the types that it reads besides.
    pub fn types_read(&self) -> impl Iterator<Item = ResourceType> + '_ {
        let names = self.resource_types.iter().chain(&self.also_reads);
        names.filter_map(|name| ResourceType::from_name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};

    #[test]
    fn manifests_are_right() {
        for service in crate::all() {
            let manifest = service.manifest();
            assert_eq!(manifest.id, service.id());
            assert_eq!(manifest.canonical, format!("https://kilde.example/fhir/service/{}", manifest.id));
            assert_eq!(manifest.types().len(), manifest.resource_types.len(), "types of R4 only");
            assert_eq!(
                manifest.categories().iter().count(),
                manifest.categories.len(),
                "categories of the access crate only"
            );
            assert!(manifest.also_reads.iter().all(|name| ResourceType::from_name(name).is_some()));
            assert!(Lang::ALL.iter().all(|lang| !manifest.title(*lang).is_empty()));
            assert!(!manifest.delivers.is_empty() && !manifest.reads.is_empty() && !manifest.categories.is_empty());
        }
    }

    #[test]
    fn profiles_of_the_overview_are_valid() {
        for text in crate::overview::PROFILES {
            let document = parse(text, Limits::default()).expect("a profile is JSON");
            assert_eq!(kilde_fhir::validate::structure(document.root()), Vec::new());
        }
    }

    #[test]
    fn profiles_are_structure_definitions_of_ours() {
        for service in crate::all() {
            let urls: Vec<String> = service
                .profiles()
                .iter()
                .map(|text| {
                    let document = parse(*text, Limits::default()).expect("a profile is JSON");
                    let root = document.root();
                    assert_eq!(root.str("resourceType").as_deref(), Some("StructureDefinition"));
                    assert_eq!(kilde_fhir::validate::structure(root), Vec::new(), "{}", service.id());
                    let url = root.str("url").expect("a url").into_owned();
                    assert!(url.starts_with("https://kilde.example/fhir/StructureDefinition/"), "{url}");
                    url
                })
                .collect();
            let ours = |p: &&String| p.starts_with("https://kilde.example/");
            for profile in service.manifest().profiles.iter().filter(ours) {
                assert!(urls.contains(profile), "{profile} has no file");
            }
        }
    }
}
