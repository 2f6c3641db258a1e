//! What was loaded, and what was not and why.

use crate::finding::Finding;
use crate::package::{PackageId, Packages};
use std::path::Path;
use std::time::Duration;

/// About everything that a library was loaded from.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One for each archive or folder of packages, in the order of loading.
    pub packages: Vec<PackageReport>,
    /// One for each file of terminology.
    pub files: Vec<FileReport>,
    /// What concerns no single file: folders that cannot be read, dependencies, code systems that do not hang together.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

/// About one archive or folder.
#[derive(Debug, Clone)]
pub struct PackageReport {
    /// Its name in the folder of packages.
    pub file: String,
    /// Package id, version and number of resources, if it was loaded.
    pub loaded: Option<(String, String, usize)>,
    /// Why it, or some file of it, was not.
    pub findings: Vec<Finding>,
}

/// About one file of terminology.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Its path below the folder of terminology.
    pub file: String,
    /// What it was taken for: `fhir`, `snomed`, `loinc`, `table`; `None` if it was not taken.
    pub taken_for: Option<&'static str>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

impl PackageReport {
    pub(super) fn new(path: &Path, packages: &Packages, id: Option<PackageId>, findings: Vec<Finding>) -> Self {
        let loaded = id.map(|id| {
            let manifest = packages.package(id).manifest();
            let resources = packages.resources().filter(|(_, r)| r.package() == id).count();
            (manifest.name.clone(), manifest.version.clone(), resources)
        });
        PackageReport {
            file: path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            loaded,
            findings,
        }
    }
}

impl Report {
    /// All that is wrong, each finding with the file that it is about (empty if it is about none).
    pub fn all_findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        let packages = self.packages.iter().flat_map(|p| p.findings.iter().map(|f| (p.file.as_str(), f)));
        let files = self.files.iter().flat_map(|t| t.findings.iter().map(|f| (t.file.as_str(), f)));
        packages.chain(files).chain(self.findings.iter().map(|f| ("", f)))
    }
}
