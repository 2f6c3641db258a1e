//! All loaded packages, and how a resource is found in them.

use super::read::{self, Bounds, Broken, Entry};
use super::{Canonical, Conformance, Manifest, Package, PackageId, Version, say};
use crate::finding::Finding;
use crate::json::{Limits, parse};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Number of a resource among those loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub(crate) u32);

/// The loaded packages.
/// A copy shares the resources, so that packages can be added to a copy while the other is in use.
#[derive(Debug, Default, Clone)]
pub struct Packages {
    packages: Vec<Package>,
    resources: Vec<Arc<Conformance>>,
    by_url: FxHashMap<Box<str>, SmallVec<[ResourceId; 1]>>,
    bounds: Bounds,
}

impl Packages {
    /// No packages yet, with other bounds than the usual.
    pub fn with_bounds(bounds: Bounds) -> Self {
        Packages {
            bounds,
            ..Packages::default()
        }
    }

    /// Loads every package of a folder, in the order of their names.
    pub fn load(folder: &Path) -> (Self, Vec<Finding>) {
        let mut packages = Packages::default();
        let mut findings = Vec::new();
        match Packages::in_folder(folder) {
            Ok(found) => findings.extend(found.iter().flat_map(|path| packages.add_path(path))),
            Err(finding) => findings.push(finding),
        }
        findings.extend(packages.link());
        (packages, findings)
    }

    /// What of a folder is to be loaded, in the order of names: archives (`.tgz`, `.tar.gz`) and
    /// unpacked packages, which are folders with a `package.json`.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Finding> {
        let entries = std::fs::read_dir(folder).map_err(|e| say::folder(&folder.display().to_string(), &e.kind().to_string()))?;
        let is_package = |path: &PathBuf| {
            let name = path.to_string_lossy();
            let unpacked = || path.join("package.json").is_file() || path.join("package/package.json").is_file();
            name.ends_with(".tgz") || name.ends_with(".tar.gz") || unpacked()
        };
        let mut found: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(is_package).collect();
        found.sort();
        Ok(found)
    }

    /// Loads an archive or an unpacked package. Call [`Packages::link`] after the last one.
    pub fn add_path(&mut self, path: &Path) -> Vec<Finding> {
        if !path.is_dir() {
            return self.add_file(path);
        }
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let (entries, outcome) = read::folder(path, self.bounds);
        self.add_entries(&name, entries, outcome)
    }

    /// Loads one archive. Call [`Packages::link`] after the last one.
    pub fn add_file(&mut self, path: &Path) -> Vec<Finding> {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let too_large = std::fs::metadata(path).is_ok_and(|m| m.len() > self.bounds.archive);
        if too_large {
            return vec![say::too_large(&name)];
        }
        match std::fs::read(path) {
            Ok(bytes) => self.add_archive(&name, &bytes),
            Err(e) => vec![say::unreadable(&name, &e.kind().to_string())],
        }
    }

    /// Loads one archive from memory; `name` is told in findings.
    pub fn add_archive(&mut self, name: &str, bytes: &[u8]) -> Vec<Finding> {
        if bytes.len() as u64 > self.bounds.archive {
            return vec![say::too_large(name)];
        }
        let (entries, outcome) = read::archive(bytes, self.bounds);
        self.add_entries(name, entries, outcome)
    }

    fn add_entries(&mut self, name: &str, entries: Vec<Entry>, outcome: Result<(), Broken>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = outcome.err().map(|why| say::broken(name, why)).into_iter().collect();
        let manifest = entries.iter().find_map(|e| match e {
            Entry::File(file, content) if file.ends_with("/package.json") && file.matches('/').count() == 1 => {
                let document = parse(content.clone(), Limits::default()).ok()?;
                Manifest::read(document.root())
            }
            _ => None,
        });
        let Some(manifest) = manifest else {
            findings.push(say::manifest(name));
            return findings;
        };
        if !manifest.is_r4() {
            findings.push(say::other_fhir(name, &manifest.fhir_versions));
            return findings;
        }
        let Some(package) = self.add_package(name, manifest, &mut findings) else {
            return findings;
        };
        for entry in entries {
            match entry {
                Entry::TooLong(file) => findings.push(say::file_too_long(name, &file)),
                Entry::Unreadable(file, why) => findings.push(say::file_unreadable(name, &file, &why)),
                Entry::File(file, content) => {
                    let leaf = file.rsplit('/').next().unwrap_or(&file);
                    if leaf != "package.json" {
                        self.add(package, name, &file, content, &mut findings);
                    }
                }
            }
        }
        findings
    }

    /// Adds one resource that is in no package (a profile that an administrator loads).
    pub fn add_resource(&mut self, file: &str, text: impl Into<Vec<u8>>) -> Vec<Finding> {
        const LOOSE: &str = "(loose files)";
        let mut findings = Vec::new();
        let known = self
            .packages
            .iter()
            .position(|p| p.file == LOOSE)
            .and_then(|i| u16::try_from(i).ok());
        let package = match known {
            Some(i) => Some(PackageId(i)),
            None => self.add_package(
                LOOSE,
                Manifest {
                    name: LOOSE.to_owned(),
                    ..Manifest::default()
                },
                &mut findings,
            ),
        };
        if let Some(package) = package {
            self.add(package, LOOSE, file, text.into(), &mut findings);
        }
        findings
    }

    fn add_package(&mut self, file: &str, manifest: Manifest, findings: &mut Vec<Finding>) -> Option<PackageId> {
        let same = |p: &Package| p.manifest.name == manifest.name && p.manifest.version == manifest.version;
        if self.packages.iter().any(same) {
            findings.push(say::twice(file, &format!("{} {}", manifest.name, manifest.version)));
            return None;
        }
        let id = match u16::try_from(self.packages.len()) {
            Ok(id) if self.packages.len() < self.bounds.packages => PackageId(id),
            _ => {
                findings.push(say::too_many(self.bounds.packages));
                return None;
            }
        };
        self.packages.push(Package {
            file: file.to_owned(),
            manifest,
            uses: vec![id],
        });
        Some(id)
    }

    fn add(&mut self, package: PackageId, archive: &str, file: &str, content: Vec<u8>, findings: &mut Vec<Finding>) {
        let example = file.contains("/example");
        match Conformance::read(package, file, content, Limits::default(), example) {
            Err(why) => findings.push(say::file(archive, file, &why)),
            Ok(None) => {}
            Ok(Some(resource)) => {
                let Ok(number) = u32::try_from(self.resources.len()) else { return };
                if !resource.url().is_empty() && !example {
                    self.by_url.entry(resource.url().into()).or_default().push(ResourceId(number));
                }
                self.resources.push(Arc::new(resource));
            }
        }
    }

    /// Works out which packages each may draw on; tells which are missing. A dependency whose
    /// exact version is not loaded is met by the highest that is.
    pub fn link(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut direct: Vec<Vec<PackageId>> = Vec::new();
        for package in &self.packages {
            let mut uses = Vec::new();
            for (name, version) in &package.manifest.dependencies {
                let found = self.find_package(name, Some(version));
                match found.or_else(|| self.find_package(name, None)) {
                    Some(id) => {
                        if found.is_none() {
                            let used = &self.package(id).manifest.version;
                            findings.push(say::other_dependency(&package.manifest.name, name, version, used));
                        }
                        uses.push(id);
                    }
                    None => findings.push(say::dependency(&package.manifest.name, name, version)),
                }
            }
            direct.push(uses);
        }
        for i in 0..self.packages.len() {
            let mut uses = vec![PackageId(i as u16)];
            let mut next = 0;
            while let Some(at) = uses.get(next).copied() {
                for id in direct.get(usize::from(at.0)).into_iter().flatten() {
                    if !uses.contains(id) {
                        uses.push(*id);
                    }
                }
                next += 1;
            }
            self.packages[i].uses = uses;
        }
        findings
    }

    /// The package of that name; without version the highest.
    pub fn find_package(&self, name: &str, version: Option<&str>) -> Option<PackageId> {
        let ids = (0u16..).zip(&self.packages);
        ids.filter(|(_, p)| p.manifest.name == name && version.is_none_or(|v| Version(&p.manifest.version).satisfies(v)))
            .max_by(|(_, a), (_, b)| Version(&a.manifest.version).cmp(&Version(&b.manifest.version)))
            .map(|(i, _)| PackageId(i))
    }

    /// The loaded packages.
    pub fn packages(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        (0u16..).map(PackageId).zip(&self.packages)
    }

    /// A package by number (numbers come from here, so it is there).
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[usize::from(id.0)]
    }

    /// All resources, examples included.
    pub fn resources(&self) -> impl Iterator<Item = (ResourceId, &Conformance)> {
        (0u32..).map(ResourceId).zip(self.resources.iter().map(|r| &**r))
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// A resource by number (numbers come from here, so it is there).
    pub fn resource(&self, id: ResourceId) -> &Conformance {
        &self.resources[id.0 as usize]
    }

    /// Finds a resource of one type by canonical, as seen from a package: first in the package
    /// itself and what it depends on, then in all; with a version in the canonical only such,
    /// else the highest.
    pub fn resolve(&self, resource_type: &str, canonical: &str, from: Option<PackageId>) -> Option<ResourceId> {
        let canonical = Canonical::new(canonical);
        let candidates = self.by_url.get(canonical.url)?;
        let fits = |id: &&ResourceId| {
            let r = self.resource(**id);
            r.resource_type() == resource_type && canonical.version.is_none_or(|v| Version(r.version()).satisfies(v))
        };
        if let Some(from) = from {
            for package in self.package(from).uses() {
                let found = candidates.iter().filter(fits).find(|id| self.resource(**id).package() == *package);
                if let Some(found) = found {
                    return Some(*found);
                }
            }
        }
        candidates
            .iter()
            .filter(fits)
            .max_by(|a, b| Version(self.resource(**a).version()).cmp(&Version(self.resource(**b).version())))
            .copied()
    }

    /// All versions that are loaded of what has that url.
    pub fn versions(&self, url: &str) -> &[ResourceId] {
        self.by_url.get(url).map_or(&[], |ids| ids.as_slice())
    }
}
