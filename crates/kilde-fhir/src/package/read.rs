//! Unpacks an archive in memory, within bounds.

use std::io::Read;
use std::path::Path;

/// Folders within folders of an unpacked package.
const DEEPEST: usize = 8;

/// What packages may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of one archive as it is stored.
    pub archive: u64,
    /// Bytes of one unpacked file; longer ones are passed over.
    pub file: u64,
    /// Bytes of one package, unpacked.
    pub unpacked: u64,
    /// Files in one package.
    pub files: usize,
    /// Packages.
    pub packages: usize,
}

impl Default for Bounds {
    /// 256 MiB, 64 MiB, 1 GiB, 100,000 files, 1,000 packages.
    fn default() -> Self {
        Bounds {
            archive: 256 << 20,
            file: 64 << 20,
            unpacked: 1 << 30,
            files: 100_000,
            packages: 1_000,
        }
    }
}

/// A file of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its name and content.
    File(String, Vec<u8>),
    /// It is longer than the bound.
    TooLong(String),
    /// It cannot be read: its name and why.
    Unreadable(String, String),
}

/// Why an archive could not be read to its end. What was read before is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// No gzipped tar archive, or damaged.
    #[error("not a whole gzipped tar archive")]
    Form,
    /// More than the bounds allow.
    #[error("larger than allowed when unpacked")]
    TooLarge,
}

/// The JSON files below `package/` (or another single folder), and whether all could be read.
/// Links, devices and names that lead out of the archive are passed over.
pub(super) fn archive(bytes: &[u8], bounds: Bounds) -> (Vec<Entry>, Result<(), Broken>) {
    let mut found = Vec::new();
    let outcome = read(bytes, bounds, &mut found);
    (found, outcome)
}

fn read(bytes: &[u8], bounds: Bounds, found: &mut Vec<Entry>) -> Result<(), Broken> {
    let unpacked = flate2::read::MultiGzDecoder::new(bytes).take(bounds.unpacked + 1);
    let mut archive = tar::Archive::new(unpacked);
    let mut total = 0u64;
    for entry in archive.entries().map_err(|_| Broken::Form)? {
        let entry = entry.map_err(|_| if total > bounds.unpacked { Broken::TooLarge } else { Broken::Form })?;
        // Names and headers count too, or many empty files would be free.
        total = total.saturating_add(entry.size()).saturating_add(512);
        if total > bounds.unpacked || found.len() >= bounds.files {
            return Err(Broken::TooLarge);
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).replace('\\', "/");
        if !entry.header().entry_type().is_file() || !wanted(&name) {
            continue;
        }
        if entry.size() > bounds.file {
            found.push(Entry::TooLong(name));
            continue;
        }
        let mut content = Vec::new();
        entry.take(bounds.file + 1).read_to_end(&mut content).map_err(|_| Broken::Form)?;
        found.push(Entry::File(name, content));
    }
    Ok(())
}

/// The JSON files of an unpacked package, named as its archive would name them, and whether all
/// could be found. Links to folders are passed over, so that no folder is read twice.
pub(super) fn folder(root: &Path, bounds: Bounds) -> (Vec<Entry>, Result<(), Broken>) {
    let mut found = Vec::new();
    // Whoever unpacks without its folder `package/` has the manifest on top.
    let prefix = if root.join("package.json").is_file() { "package/" } else { "" };
    let outcome = files(root, prefix, bounds, &mut found, &mut 0, DEEPEST);
    (found, outcome)
}

fn files(folder: &Path, prefix: &str, bounds: Bounds, found: &mut Vec<Entry>, total: &mut u64, deeper: usize) -> Result<(), Broken> {
    let mut entries: Vec<_> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().collect(),
        Err(e) => {
            found.push(Entry::Unreadable(prefix.to_owned(), e.kind().to_string()));
            return Ok(());
        }
    };
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let leaf = entry.file_name().to_string_lossy().into_owned();
        let name = format!("{prefix}{leaf}");
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            if deeper > 0 && !leaf.starts_with('.') {
                files(&entry.path(), &format!("{name}/"), bounds, found, total, deeper - 1)?;
            }
            continue;
        }
        if !wanted(&name) {
            continue;
        }
        match std::fs::metadata(entry.path()) {
            Ok(m) if m.len() > bounds.file => {
                found.push(Entry::TooLong(name));
                continue;
            }
            Ok(m) => *total = total.saturating_add(m.len()),
            Err(_) => {}
        }
        if *total > bounds.unpacked || found.len() >= bounds.files {
            return Err(Broken::TooLarge);
        }
        found.push(match std::fs::read(entry.path()) {
            Ok(content) => Entry::File(name, content),
            Err(e) => Entry::Unreadable(name, e.kind().to_string()),
        });
    }
    Ok(())
}

fn wanted(name: &str) -> bool {
    let leaf = name.rsplit('/').next().unwrap_or(name);
    let inside = !name.starts_with('/') && name.split('/').all(|part| part != "..");
    inside && leaf.ends_with(".json") && !leaf.starts_with('.') && name.contains('/')
}
