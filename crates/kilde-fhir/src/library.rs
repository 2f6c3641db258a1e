//! What an operator has put at hand: FHIR packages and terminology from two folders, and the
//! validator over them.
//!
//! A [`Library`] is loaded once from its [`Sources`], never changes, and is shared between
//! threads. What cannot be loaded is told in its [`Report`] with file and reason, and the rest is
//! there. A [`Shelf`] holds the library of a running program, which may be loading still.

mod files;
mod report;
mod say;
mod shelf;

pub use report::{FileReport, PackageReport, Report};
pub use shelf::Shelf;

use crate::finding::Finding;
use crate::package::Packages;
use crate::profile::{Codes, FhirPath, Options, Validator};
use crate::search::Additions;
use crate::terminology::{TableFormat, Terminology, TerminologyBuilder};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Where things are.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A folder of packages: `.tgz`, or unpacked.
    pub packages: Option<PathBuf>,
    /// Packages besides, one by one: those that an administrator has given.
    pub more: Vec<PathBuf>,
    /// Definitions that are always loaded: name (for findings) and JSON.
    pub own: Vec<(&'static str, &'static str)>,
    /// Code systems, value sets and concept maps that are in no package.
    pub terminology: TerminologySources,
    /// What the validator examines and how strictly.
    pub options: Options,
}

/// Terminology in files. What is licensed is loaded by whoever has the licence.
#[derive(Debug, Clone, Default)]
pub struct TerminologySources {
    /// The folder; what stands in it is told apart by name: see `docs/fhir/terminology.md`.
    pub folder: Option<PathBuf>,
    /// The version of SNOMED CT that lies there, as a URI.
    pub snomed_version: Option<String>,
    /// The version of LOINC that lies there.
    pub loinc_version: Option<String>,
    /// Other names of code systems: name, url.
    pub aliases: Vec<(String, String)>,
    /// Tables: path below the folder, and what its columns are.
    pub tables: Vec<(String, TableFormat)>,
}

/// What is loaded.
pub struct Library {
    packages: Arc<Packages>,
    terminology: Arc<Terminology>,
    validator: Validator,
    verbose: OnceLock<Validator>,
    options: Options,
    report: Report,
    profiles: OnceLock<Vec<Finding>>,
}

/// The packages of a library whose terminology is not loaded yet.
pub struct Begun {
    packages: Packages,
    report: Report,
    took: Duration,
}

impl Begun {
    /// The search parameters of the packages; of those that cannot be used, the report says why.
    pub fn search_parameters(&mut self) -> Additions {
        let mut additions = Additions::default();
        let mut found = Vec::new();
        for (_, resource) in self.packages.resources() {
            if resource.resource_type() != "SearchParameter" || resource.is_example() || additions.is_own(resource.url()) {
                continue;
            }
            let Some(root) = resource.root() else { continue };
            found.push((root.str("type").is_some_and(|t| t == "composite"), resource, root));
        }
        // The parameters that composite ones are made of come first.
        found.sort_by_key(|(composite, ..)| *composite);
        for (_, resource, root) in found {
            if let Err(finding) = additions.add(resource.file(), root) {
                let file = self.packages.package(resource.package()).file();
                match self.report.packages.iter_mut().find(|p| p.file == file) {
                    Some(package) => package.findings.push(finding),
                    None => self.report.findings.push(finding),
                }
            }
        }
        additions
    }

    /// Loads the rest.
    pub fn finish(self, sources: &Sources) -> Library {
        let begun = Instant::now();
        let Begun {
            packages,
            mut report,
            took,
        } = self;
        let mut builder = TerminologyBuilder::new();
        builder.packages(&packages);
        files::terminology(&sources.terminology, &mut builder, &mut report);
        let (terminology, findings) = builder.build();
        report.findings.extend(findings);
        let mut library = Library::of(packages, terminology, report, sources.options.clone());
        library.report.took = took + begun.elapsed();
        library
    }
}

impl Library {
    /// Loads everything. Takes as long as it takes: a second for R4's own package, several for SNOMED CT.
    pub fn load(sources: &Sources) -> Library {
        Library::begin(sources).finish(sources)
    }

    /// Loads the packages, which takes a second at most; [`Begun::finish`] loads the terminology.
    pub fn begin(sources: &Sources) -> Begun {
        let begun = Instant::now();
        let mut report = Report::default();
        let mut packages = Packages::default();
        for (name, text) in &sources.own {
            report.findings.extend(packages.add_resource(name, *text));
        }
        let mut paths = Vec::new();
        if let Some(folder) = &sources.packages {
            match Packages::in_folder(folder) {
                Ok(found) => paths = found,
                Err(finding) => report.findings.push(finding),
            }
        }
        for path in paths.iter().chain(&sources.more) {
            let before = packages.packages().count();
            let findings = packages.add_path(path);
            let new = packages.packages().nth(before).map(|(id, _)| id);
            report.packages.push(PackageReport::new(path, &packages, new, findings));
        }
        report.findings.extend(packages.link());
        Begun {
            packages,
            report,
            took: begun.elapsed(),
        }
    }

    fn of(packages: Packages, terminology: Terminology, report: Report, options: Options) -> Library {
        let (packages, terminology) = (Arc::new(packages), Arc::new(terminology));
        let validator = validator(&packages, &terminology, options.clone());
        Library {
            packages,
            terminology,
            validator,
            verbose: OnceLock::new(),
            options,
            report,
            profiles: OnceLock::new(),
        }
    }

    /// The packages, and what is in them.
    pub fn packages(&self) -> &Arc<Packages> {
        &self.packages
    }

    /// The terminology of packages and files.
    pub fn terminology(&self) -> &Arc<Terminology> {
        &self.terminology
    }

    /// The validator over both.
    pub fn validator(&self) -> &Validator {
        &self.validator
    }

    /// A validator that tells, as information, of absent must-support elements, items of no slice, and advice, too
    /// ([`Options::verbose`]). Made when it is first asked for.
    pub fn verbose_validator(&self) -> &Validator {
        self.verbose
            .get_or_init(|| validator(&self.packages, &self.terminology, self.options.clone().verbose()))
    }

    /// What was loaded, and what was not and why.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether a profile is loaded and can be used.
    pub fn has_profile(&self, canonical: &str) -> bool {
        self.validator.snapshot(canonical).is_some()
    }

    /// Compiles every profile, so that no message waits for it; what cannot be compiled and why.
    /// Takes seconds the first time.
    pub fn compile(&self) -> &[Finding] {
        self.profiles.get_or_init(|| self.validator.check_profiles())
    }

    /// What [`Library::compile`] found; `None` until it is done.
    pub fn compiled(&self) -> Option<&[Finding]> {
        self.profiles.get().map(Vec::as_slice)
    }
}

fn validator(packages: &Arc<Packages>, terminology: &Arc<Terminology>, options: Options) -> Validator {
    let codes: Arc<dyn Codes> = terminology.clone();
    Validator::new(packages.clone())
        .with_codes(codes.clone())
        .with_invariants(Arc::new(FhirPath::new(codes)))
        .with_options(options)
}

impl Default for Library {
    /// Nothing.
    fn default() -> Self {
        Library::of(Packages::default(), Terminology::default(), Report::default(), Options::default())
    }
}

#[cfg(test)]
mod tests;
