//! Terminology from the files of a folder: which is what, and to which reader it goes.

use super::report::{FileReport, Report};
use super::{TerminologySources, say};
use crate::finding::Finding;
use crate::json::{Limits, parse};
use crate::terminology::{FileKind, LineError, Loinc, Rf2, TableFormat, TerminologyBuilder};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Files in the folder and those below it.
const FILES: usize = 100_000;
/// Folders within folders.
const DEEPEST: usize = 16;
/// Bytes of a file of FHIR resources.
const LONGEST: usize = 512 << 20;

/// What a file is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// FHIR resources in JSON.
    Json,
    /// The same in XML.
    Xml,
    /// A snapshot file of SNOMED CT.
    Snomed,
    /// A file of LOINC; the language if it holds texts in another one.
    Loinc(Option<String>),
    /// A table of codes.
    Table(Box<TableFormat>),
    /// An archive.
    Packed,
    /// A table or text of which nothing is known.
    Unknown,
    /// Documents, and other parts of what is known; nothing is said of them.
    Other,
}

/// Tells by the name what a file is.
pub(super) fn kind(path: &str, tables: &[(String, TableFormat)]) -> Kind {
    if let Some((_, format)) = tables.iter().find(|(name, _)| name == path) {
        return Kind::Table(Box::new(format.clone()));
    }
    let leaf = path.rsplit('/').next().unwrap_or(path);
    let lower = leaf.to_ascii_lowercase();
    let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_rf2 = ["sct2_", "der2_", "xsct2_", "xder2_"].iter().any(|start| lower.starts_with(start));
    match ending {
        "json" => Kind::Json,
        "xml" => Kind::Xml,
        "txt" if is_rf2 => match lower.contains("full") || lower.contains("delta") {
            true => Kind::Other,
            false => Kind::Snomed,
        },
        "csv" if lower.ends_with("linguisticvariant.csv") => Kind::Loinc(leaf.get(..2).map(str::to_ascii_lowercase)),
        "csv" if ["loinc.csv", "multiaxialhierarchy.csv", "componenthierarchybysystem.csv"].contains(&lower.as_str()) => Kind::Loinc(None),
        "csv" | "txt" | "tsv" if lower.contains("icd-10") || lower.contains("icd10") => Kind::Table(Box::new(TableFormat::icd10_no())),
        "csv" | "txt" | "tsv" if lower.contains("icpc-2") || lower.contains("icpc2") => Kind::Table(Box::new(TableFormat::icpc2_no())),
        "txt" if ["readme.txt", "license.txt", "licence.txt"].contains(&lower.as_str()) => Kind::Other,
        "csv" | "txt" | "tsv" => Kind::Unknown,
        "zip" | "gz" | "tgz" => Kind::Packed,
        _ => Kind::Other,
    }
}

/// Reads all files of the folder into the builder.
pub(super) fn terminology(sources: &TerminologySources, builder: &mut TerminologyBuilder, report: &mut Report) {
    for (name, url) in &sources.aliases {
        builder.alias(name, url);
    }
    let Some(folder) = &sources.folder else { return };
    let mut paths = Vec::new();
    if let Err(e) = below(folder, "", DEEPEST, &mut paths) {
        report
            .findings
            .push(say::folder(&folder.display().to_string(), &e.kind().to_string()));
    }
    for (name, _) in &sources.tables {
        if !paths.iter().any(|(known, _)| known == name) {
            report.findings.push(say::missing(name));
        }
    }
    if paths.len() > FILES {
        report.findings.push(say::too_many(FILES));
        paths.truncate(FILES);
    }
    let (mut snomed, mut loinc) = (None, None);
    for (name, path) in paths {
        let mut findings = Vec::new();
        let kind = kind(&name, &sources.tables);
        let taken_for = match &kind {
            Kind::Other => continue,
            Kind::Unknown => tell(&mut findings, say::unknown(&name)),
            Kind::Packed => tell(&mut findings, say::packed(&name)),
            Kind::Json | Kind::Xml => fhir(&name, &path, kind == Kind::Xml, builder).map_or_else(
                |wrong| {
                    findings.extend(wrong);
                    None
                },
                |()| Some("fhir"),
            ),
            Kind::Snomed => {
                let files = snomed.get_or_insert_with(|| Rf2::new(sources.snomed_version.as_deref()));
                read(&name, &path, &mut findings, |reader| files.file(&name, reader))
                    .filter(|kind| *kind != FileKind::Other)
                    .map(|_| "snomed")
            }
            Kind::Loinc(language) => {
                let files = loinc.get_or_insert_with(|| Loinc::new(sources.loinc_version.as_deref()));
                read(&name, &path, &mut findings, |reader| files.file(&name, language.as_deref(), reader))
                    .filter(|was_one| *was_one)
                    .map(|_| "loinc")
            }
            Kind::Table(format) => read(&name, &path, &mut findings, |reader| builder.table(format, &name, reader)).map(|()| "table"),
        };
        report.files.push(FileReport {
            file: name,
            taken_for,
            findings,
        });
    }
    if let Some(files) = snomed {
        builder.snomed(files);
    }
    if let Some(files) = loinc {
        builder.loinc(files);
    }
}

fn tell(findings: &mut Vec<Finding>, finding: Finding) -> Option<&'static str> {
    findings.push(finding);
    None
}

fn read<T>(name: &str, path: &Path, findings: &mut Vec<Finding>, work: impl FnOnce(BufReader<File>) -> Result<T, LineError>) -> Option<T> {
    let opened = File::open(path).map_err(LineError::from);
    match opened.and_then(|file| work(BufReader::with_capacity(1 << 18, file))) {
        Ok(done) => Some(done),
        Err(LineError::Io(e)) => {
            findings.push(say::unreadable(name, &e.kind().to_string()));
            None
        }
        Err(e) => {
            findings.push(say::unreadable(name, &e.to_string()));
            None
        }
    }
}

fn fhir(name: &str, path: &Path, xml: bool, builder: &mut TerminologyBuilder) -> Result<(), Vec<Finding>> {
    let unreadable = |why: String| vec![say::unreadable(name, &why)];
    let size = std::fs::metadata(path).map_err(|e| unreadable(e.kind().to_string()))?.len();
    let limits = Limits {
        bytes: LONGEST,
        ..Limits::default()
    };
    if size > LONGEST as u64 {
        return Err(unreadable(format!("more than {} MiB", LONGEST >> 20)));
    }
    let mut text = std::fs::read(path).map_err(|e| unreadable(e.kind().to_string()))?;
    if xml {
        text = crate::xml::to_json(&text, limits)?.json.into_bytes();
    }
    let document = parse(text, limits).map_err(|e| unreadable(e.to_string()))?;
    match builder.resource(document.root()) {
        true => Ok(()),
        false => Err(vec![say::not_terminology(name)]),
    }
}

/// All files below a folder, in the order of their names, with `/` between; hidden ones are passed over.
fn below(folder: &Path, prefix: &str, deeper: usize, found: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.flatten().collect();
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let leaf = entry.file_name().to_string_lossy().into_owned();
        if leaf.starts_with('.') || found.len() > FILES {
            continue;
        }
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            if deeper > 0 {
                below(&entry.path(), &format!("{prefix}{leaf}/"), deeper - 1, found)?;
            }
        } else {
            found.push((format!("{prefix}{leaf}"), entry.path()));
        }
    }
    Ok(())
}
