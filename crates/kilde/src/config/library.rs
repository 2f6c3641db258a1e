//! `[packages]`, `[terminology]` and `[instance.validation]` of `kilde.toml`.

use kilde_fhir::finding::Severity;
use kilde_fhir::library::{Sources, TerminologySources};
use kilde_fhir::profile::{Addresses, Options};
use kilde_fhir::terminology::{ParentFrom, TableFormat};
use kilde_intake::Level;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// FHIR packages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    /// A folder of packages, `.tgz` or unpacked.
    pub directory: Option<PathBuf>,
}

/// Code systems, value sets and concept maps that are in no package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terminology {
    /// A folder of files, told apart by their names.
    pub directory: Option<PathBuf>,
    /// The version of SNOMED CT that lies there, as a URI.
    pub snomed_version: Option<String>,
    /// The version of LOINC that lies there.
    pub loinc_version: Option<String>,
    /// Other names of code systems.
    pub aliases: BTreeMap<String, String>,
    /// Tables whose columns the name does not tell.
    pub table: Vec<Table>,
}

/// A table of codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its path below the folder.
    pub file: String,
    /// The code system's url.
    pub system: String,
    /// Its version.
    pub version: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether the first line names the columns.
    #[serde(default)]
    pub header: bool,
    /// The column of codes: a name, or a number from 1.
    pub code: Option<String>,
    /// The column of texts.
    pub display: Option<String>,
    /// The column of the code above, or `prefix` if `A00.1` is below `A00`.
    pub parent: Option<String>,
    /// The language of the texts.
    pub language: Option<String>,
    /// What stands between the columns; found by itself if not said.
    pub delimiter: Option<char>,
}

impl Table {
    fn format(&self) -> TableFormat {
        let mut format = TableFormat::plain(&self.system);
        format.info.version.clone_from(&self.version);
        format.header = self.header;
        format.delimiter = self.delimiter;
        format.language.clone_from(&self.language);
        let said = [
            (&mut format.info.name, &self.name),
            (&mut format.code, &self.code),
            (&mut format.display, &self.display),
        ];
        for (place, value) in said {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        format.parent = match self.parent.as_deref() {
            None => ParentFrom::Nowhere,
            Some("prefix") => ParentFrom::Prefix,
            Some(column) => ParentFrom::Column(column.to_owned()),
        };
        format
    }
}

/// `[validator]`: what the validator examines and how strictly. What is not said is as in the documentation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    unknown_extension: Option<Weight>,
    allowed_extensions: Vec<String>,
    unknown_code: Option<Weight>,
    wrong_display: Option<Weight>,
    wrong_urn: Option<Weight>,
    example_address: Option<Weight>,
    html_in_string: Option<Weight>,
    html_in_markdown: Option<Weight>,
    contained: Option<bool>,
    aggregation_outside_bundles: Option<bool>,
    addresses: Option<Said>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weight {
    Information,
    Warning,
    Error,
}

impl From<Weight> for Severity {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Information => Severity::Information,
            Weight::Warning => Severity::Warning,
            Weight::Error => Severity::Error,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Opaque,
    Typed,
    Rest,
}

impl Switches {
    /// As the validator takes them.
    pub fn options(&self) -> Options {
        let usual = Options::default();
        let or = |said: Option<Weight>, usual: Severity| said.map_or(usual, Into::into);
        Options {
            unknown_extension: or(self.unknown_extension, usual.unknown_extension),
            allowed_extensions: self.allowed_extensions.clone(),
            unknown_code: or(self.unknown_code, usual.unknown_code),
            wrong_display: or(self.wrong_display, usual.wrong_display),
            wrong_urn: or(self.wrong_urn, usual.wrong_urn),
            example_address: self.example_address.map(Into::into),
            html_in_string: self.html_in_string.map(Into::into),
            html_in_markdown: self.html_in_markdown.map(Into::into),
            contained: self.contained.unwrap_or(usual.contained),
            aggregation_outside_bundles: self.aggregation_outside_bundles.unwrap_or(usual.aggregation_outside_bundles),
            addresses: match self.addresses {
                None => usual.addresses,
                Some(Said::Opaque) => Addresses::Opaque,
                Some(Said::Typed) => Addresses::Typed,
                Some(Said::Rest) => Addresses::Rest,
            },
            ..usual
        }
    }
}

/// What is to be loaded; our services' own definitions always are.
pub fn sources(packages: &Packages, terminology: &Terminology) -> Sources {
    let services = kilde_services::all()
        .iter()
        .flat_map(|s| s.profiles().iter().map(|text| (s.id(), *text)));
    let overview = kilde_services::overview::PROFILES.iter().map(|text| ("overview", *text));
    Sources {
        packages: packages.directory.clone(),
        more: Vec::new(),
        own: services.chain(overview).collect(),
        terminology: TerminologySources {
            folder: terminology.directory.clone(),
            snomed_version: terminology.snomed_version.clone(),
            loinc_version: terminology.loinc_version.clone(),
            aliases: terminology.aliases.clone().into_iter().collect(),
            tables: terminology.table.iter().map(|t| (t.file.clone(), t.format())).collect(),
        },
        options: Options::default(),
    }
}

/// How far resources are examined at intake.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validation {
    /// `structure` (default), `base` or `profiles`.
    level: Depth,
    /// Profiles that every resource of a type must conform to, claimed or not.
    pub required_profiles: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Depth {
    #[default]
    Structure,
    Base,
    Profiles,
}

impl Validation {
    /// The level.
    pub fn level(&self) -> Level {
        match self.level {
            Depth::Structure => Level::Structure,
            Depth::Base => Level::Base,
            Depth::Profiles => Level::Profiles,
        }
    }

    /// Whether profiles are demanded that would not be asked.
    pub fn is_inconsistent(&self) -> bool {
        !self.required_profiles.is_empty() && self.level() != Level::Profiles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_it_in_the_specifications_words() {
        let validation: Validation =
            toml::from_str("level = \"profiles\"\nrequired_profiles = { Observation = [\"http://example.org/o\"] }").unwrap();
        assert_eq!(validation.level(), Level::Profiles);
        assert!(!validation.is_inconsistent());
        let forgotten: Validation = toml::from_str("required_profiles = { Observation = [\"http://example.org/o\"] }").unwrap();
        assert!(forgotten.is_inconsistent());
        assert!(toml::from_str::<Validation>("level = \"all\"").is_err());
    }

    #[test]
    fn switches_change_what_they_name_only() {
        let said: Switches = toml::from_str("wrong_urn = \"error\"\naddresses = \"rest\"\nhtml_in_string = \"warning\"").unwrap();
        let options = said.options();
        assert_eq!((options.wrong_urn, options.addresses), (Severity::Error, Addresses::Rest));
        assert_eq!((options.html_in_string, options.contained), (Some(Severity::Warning), true));
        assert_eq!(Switches::default().options(), Options::default());
        assert!(toml::from_str::<Switches>("wrong_urn = \"fatal\"").is_err() && toml::from_str::<Switches>("urn = true").is_err());
    }

    #[test]
    fn a_table_needs_file_and_system_only() {
        let terminology: Terminology = toml::from_str(
            "directory = \"t\"\naliases = { \"urn:oid:1.2\" = \"http://example.org/x\" }\n\
             [[table]]\nfile = \"a.csv\"\nsystem = \"http://example.org/x\"\nparent = \"prefix\"\nheader = true\ncode = \"kode\"",
        )
        .unwrap();
        let sources = sources(&Packages::default(), &terminology);
        let (file, format) = &sources.terminology.tables[0];
        assert_eq!(
            (file.as_str(), format.code.as_str(), format.display.as_str()),
            ("a.csv", "kode", "2")
        );
        assert_eq!(format.parent, ParentFrom::Prefix);
        assert_eq!(sources.own.len(), 8, "our own definitions are always loaded");
    }
}
