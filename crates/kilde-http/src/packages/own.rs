//! The packages of one instance: those that the operator has put at hand for all, and its own, which lie in a folder of
//! the instance. A change loads everything anew beside the library that is in use; only when that has succeeded and the
//! file is durable does the new one take its place.

use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::library::{Library, PackageReport, Shelf, Sources};
use kilde_fhir::package::Packages;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is being received lies here, below the folder.
const INCOMING: &str = "incoming";

/// The library of an instance, and where its own packages lie.
#[derive(Default)]
pub struct OwnLibrary {
    /// What is in use now.
    pub shelf: Shelf,
    /// What is common to all instances.
    pub common: Sources,
    /// The folder of the instance's own packages.
    pub folder: PathBuf,
    /// Profiles without which the instance cannot take anything in.
    pub demanded: Vec<String>,
    /// One change at a time.
    changing: Mutex<()>,
}

/// Why a change was not made.
#[derive(Debug)]
pub enum NotChanged {
    /// The package cannot be used: what is wrong with it.
    Package(Vec<Finding>),
    /// Another package of that name and version is common to all instances.
    Common,
    /// The instance has no such package of its own.
    Unknown,
    /// The instance demands a profile that would no longer be there.
    Demanded(String),
    /// The packages are loading still.
    Loading,
    /// The disk.
    Io(io::Error),
}

impl From<io::Error> for NotChanged {
    fn from(cause: io::Error) -> Self {
        NotChanged::Io(cause)
    }
}

/// What came of a package that was given.
#[derive(Debug)]
pub struct Changed {
    /// About the package.
    pub report: PackageReport,
    /// What its profiles say: those that were not said before.
    pub profiles: Vec<Finding>,
    /// Search parameters that it has.
    pub search_parameters: usize,
    /// Whether one of that name and version was there before.
    pub replaced: bool,
}

impl OwnLibrary {
    /// An empty shelf for an instance.
    pub fn new(common: Sources, folder: PathBuf, demanded: Vec<String>) -> Self {
        OwnLibrary {
            common,
            folder,
            demanded,
            ..OwnLibrary::default()
        }
    }

    /// The instance's own packages, in the order of their names. What was left half received is cleared away.
    pub fn own(&self) -> Vec<PathBuf> {
        let _ = fs::remove_dir_all(self.folder.join(INCOMING));
        self.listed()
    }

    fn listed(&self) -> Vec<PathBuf> {
        Packages::in_folder(&self.folder).unwrap_or_default()
    }

    /// Everything that is loaded with these packages of its own.
    pub fn sources(&self, own: Vec<PathBuf>) -> Sources {
        Sources {
            more: own,
            ..self.common.clone()
        }
    }

    /// Takes a package: the bytes of an archive.
    ///
    /// # Errors
    /// Why not; then nothing is changed.
    pub fn put(&self, archive: &[u8]) -> Result<Changed, NotChanged> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.shelf.get().ok_or(NotChanged::Loading)?;
        let (name, version) = examine(archive)?;
        let file = file_name(&name, &version);
        let target = self.folder.join(&file);
        let is_common = self.common_has(&before, &name, &version, &file);
        if is_common {
            return Err(NotChanged::Common);
        }
        let incoming = self.folder.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        let received = incoming.join(&file);
        write_durably(&received, archive)?;
        let mut paths: Vec<PathBuf> = self.listed().into_iter().filter(|p| *p != target).collect();
        let replaced = target.exists();
        paths.push(received.clone());
        paths.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        let made = self.load(paths).and_then(|library| {
            let report = library
                .report()
                .packages
                .iter()
                .find(|p| p.file == file && p.loaded.is_some())
                .cloned();
            Ok((report.ok_or(NotChanged::Unknown)?, library))
        });
        let (report, library) = match made {
            Ok(made) => made,
            Err(why) => {
                let _ = fs::remove_file(&received);
                return Err(why);
            }
        };
        fs::rename(&received, &target)?;
        sync_folder(&self.folder)?;
        let changed = Changed {
            profiles: new_findings(&before, &library),
            search_parameters: search_parameters(&library, &name, &version),
            report,
            replaced,
        };
        self.shelf.put(library);
        Ok(changed)
    }

    /// Takes a package of the instance's own away.
    ///
    /// # Errors
    /// Why not; then nothing is changed.
    pub fn remove(&self, name: &str, version: &str) -> Result<(), NotChanged> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.shelf.get().ok_or(NotChanged::Loading)?;
        if !is_plain(name) || !is_plain(version) {
            return Err(NotChanged::Unknown);
        }
        let file = file_name(name, version);
        let target = self.folder.join(&file);
        if !target.is_file() {
            let common = self.common_has(&before, name, version, &file);
            return Err(if common { NotChanged::Common } else { NotChanged::Unknown });
        }
        let library = self.load(self.listed().into_iter().filter(|p| *p != target).collect())?;
        fs::remove_file(&target)?;
        sync_folder(&self.folder)?;
        self.shelf.put(library);
        Ok(())
    }

    /// Whether a package that is no file of the instance's own has that name and version.
    fn common_has(&self, library: &Library, name: &str, version: &str, own: &str) -> bool {
        let mut packages = library.packages().packages();
        packages.any(|(_, p)| p.manifest().name == name && p.manifest().version == version && p.file() != own)
    }

    /// Loads everything with these packages, and compiles the profiles so that nobody waits for it.
    fn load(&self, own: Vec<PathBuf>) -> Result<Arc<Library>, NotChanged> {
        let library = Library::load(&self.sources(own));
        library.compile();
        match self.demanded.iter().find(|url| !library.has_profile(url)) {
            Some(lost) => Err(NotChanged::Demanded(lost.clone())),
            None => Ok(Arc::new(library)),
        }
    }
}

/// Name and version of an archive that can be used as a whole.
fn examine(archive: &[u8]) -> Result<(String, String), NotChanged> {
    let mut alone = Packages::default();
    let mut findings = alone.add_archive("package", archive);
    let manifest = alone
        .packages()
        .next()
        .map(|(_, p)| (p.manifest().name.clone(), p.manifest().version.clone()));
    let Some((name, version)) = manifest else {
        return Err(NotChanged::Package(findings));
    };
    if findings.iter().any(Finding::is_error) {
        return Err(NotChanged::Package(findings));
    }
    if !is_plain(&name) || !is_plain(&version) {
        findings.push(Finding::error(
            "value",
            "package-name",
            "",
            "Pakkens navn og versjon kan bare ha bokstaver, tall, punktum og bindestrek, høyst 100 tegn.",
            "A package's name and version may have letters, digits, dots and hyphens only, 100 characters at most.",
        ));
        return Err(NotChanged::Package(findings));
    }
    Ok((name, version))
}

/// Whether a name can be part of a file name: it leads nowhere.
fn is_plain(name: &str) -> bool {
    let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    good && (1..=100).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn file_name(name: &str, version: &str) -> String {
    format!("{name}#{version}.tgz")
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// What profiles say that they did not say before, graver than information.
fn new_findings(before: &Library, now: &Library) -> Vec<Finding> {
    let known = before.compiled().unwrap_or_default();
    let new = now
        .compile()
        .iter()
        .filter(|f| f.severity > Severity::Information && !known.contains(f));
    new.take(100).cloned().collect()
}

fn search_parameters(library: &Library, name: &str, version: &str) -> usize {
    let packages = library.packages();
    let Some(id) = packages.find_package(name, Some(version)) else {
        return 0;
    };
    let of = packages
        .resources()
        .filter(|(_, r)| r.package() == id && r.resource_type() == "SearchParameter");
    of.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        assert!(is_plain("hl7.fhir.no.basis") && is_plain("2.2.0-beta_1"));
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a b", "æ", "-x", "a\0"] {
            assert!(!is_plain(name), "{name}");
        }
        assert!(!is_plain(&"a".repeat(101)));
    }
}
