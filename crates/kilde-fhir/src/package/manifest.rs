//! What a package says of itself.

use crate::json::Value;

/// Number of a package among those loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub(super) u16);

/// `package/package.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The package id: `hl7.fhir.no.basis`.
    pub name: String,
    /// The version: `2.2.2`.
    pub version: String,
    /// The FHIR versions that it is for.
    pub fhir_versions: Vec<String>,
    /// Package id and version of what it depends on.
    pub dependencies: Vec<(String, String)>,
}

impl Manifest {
    /// Reads `package.json`; `None` if it has no name or no version.
    pub(super) fn read(root: Value<'_>) -> Option<Self> {
        let text = |name: &str| root.str(name).map(|t| t.into_owned()).filter(|t| !t.is_empty());
        let listed = |name: &str| {
            root.items(name)
                .filter_map(|v| v.as_str().map(|t| t.into_owned()))
                .collect::<Vec<_>>()
        };
        let mut fhir_versions = listed("fhirVersions");
        for older in ["fhir-version-list", "fhirVersion"] {
            if fhir_versions.is_empty() {
                fhir_versions = listed(older);
            }
        }
        let dependencies = root
            .get("dependencies")
            .into_iter()
            .flat_map(|d| d.children())
            .filter_map(|d| Some((d.key()?.into_owned(), d.as_str()?.into_owned())))
            .collect();
        Some(Manifest {
            name: text("name")?,
            version: text("version")?,
            fhir_versions,
            dependencies,
        })
    }

    /// Whether its resources are those of R4. A package that does not say is taken to be.
    pub fn is_r4(&self) -> bool {
        self.fhir_versions.is_empty() || self.fhir_versions.iter().any(|v| v.starts_with("4.0"))
    }
}

/// A loaded package.
#[derive(Debug, Clone)]
pub struct Package {
    pub(super) file: String,
    pub(super) manifest: Manifest,
    pub(super) uses: Vec<PackageId>,
}

impl Package {
    /// The archive it came from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The packages it may draw on, itself first, then what it depends on, nearest first.
    pub fn uses(&self) -> &[PackageId] {
        &self.uses
    }
}
