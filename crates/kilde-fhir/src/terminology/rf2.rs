//! Reads SNOMED CT in release format 2 (snapshot files).
//!
//! The files are told apart by their first line, and may come in any order. What is not needed
//! (other reference sets' extra columns, stated relationships, inactive descriptions) is left out
//! as it is read.

use super::builder::CodeSystemBuilder;
use super::code_system::{Attribute, CodeSystemInfo, DEFINED, INACTIVE, Purpose};
use super::lines::{LineError, Lines};
use super::sctid::{SNOMED, SctId};
use crate::finding::{Finding, Severity};
use rustc_hash::FxHashMap;
use std::io::BufRead;

/// The root of all concepts.
pub const ROOT: &str = "138875005";
pub(super) const FULLY_SPECIFIED: &str = "900000000000003001";
pub(super) const SYNONYM: &str = "900000000000013009";
pub(super) const PREFERRED: &str = "900000000000548007";
const IS_A: u64 = 116_680_003;
const STATED: u64 = 900_000_000_000_010_007;
const ADDITIONAL: u64 = 900_000_000_000_227_009;
const FULLY_DEFINED: &str = "900000000000073002";
/// Languages of the language reference sets known here; of others the description tells it.
const LANGUAGES: [(u64, &str); 4] = [
    (61_000_202_103, "nb"),
    (91_000_202_106, "nn"),
    (900_000_000_000_509_007, "en"),
    (900_000_000_000_508_004, "en"),
];

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Concepts.
    Concepts,
    /// Descriptions, or text definitions (which are passed over).
    Descriptions,
    /// Relationships between concepts.
    Relationships,
    /// Which descriptions are preferred in a language.
    LanguageRefset,
    /// Members of reference sets.
    Refset,
    /// Anything else; not read.
    Other,
}

/// SNOMED CT in the making.
#[derive(Debug)]
pub struct Rf2 {
    builder: CodeSystemBuilder,
    modules: FxHashMap<String, super::code_system::PropertyValue>,
    module_name: u32,
    descriptions: Vec<Description>,
    /// Description, language (index of [`LANGUAGES`], or past it), preferred.
    acceptability: Vec<(u64, u8, bool)>,
    relationships: Vec<(u64, u64, u64, u32)>,
    members: Vec<(u64, u64)>,
    display_language: String,
    findings: Vec<Finding>,
}

#[derive(Debug)]
struct Description {
    id: u64,
    concept: u64,
    term: super::strings::Text,
    language: super::strings::Text,
    fully_specified: bool,
}

impl Rf2 {
    /// Nothing read yet. `version` is the version's URI
    /// (`http://snomed.info/sct/51000202101/version/20250415`).
    pub fn new(version: Option<&str>) -> Self {
        let mut info = CodeSystemInfo::new(SNOMED);
        info.version = version.map(str::to_owned);
        info.name = "SNOMED CT".to_owned();
        info.value_set = Some(format!("{SNOMED}?fhir_vs"));
        let mut builder = CodeSystemBuilder::new(info);
        let module_name = builder.property_name("moduleId");
        Rf2 {
            builder,
            modules: FxHashMap::default(),
            module_name,
            descriptions: Vec::new(),
            acceptability: Vec::new(),
            relationships: Vec::new(),
            members: Vec::new(),
            display_language: "nb".to_owned(),
            findings: Vec::new(),
        }
    }

    /// The language of `display`, where there is a preferred term in it; `nb` if not called.
    /// Otherwise it is English.
    pub fn display_language(mut self, language: &str) -> Self {
        self.display_language = language.to_owned();
        self
    }

    /// Reads a file; `name` is for findings only.
    ///
    /// # Errors
    /// When reading fails or a line is too long. What was read until then stays.
    pub fn file(&mut self, name: &str, reader: impl BufRead) -> Result<FileKind, LineError> {
        let mut lines = Lines::new(reader);
        let Some(header) = lines.next()? else { return Ok(FileKind::Other) };
        let kind = kind_of(header);
        let mut wrong: Option<(u64, u64)> = None;
        if kind != FileKind::Other {
            while let Some(line) = lines.next()? {
                if !line.is_empty() && self.row(kind, line).is_none() {
                    let (first, count) = wrong.unwrap_or((lines.number(), 0));
                    wrong = Some((first, count + 1));
                }
            }
        }
        if let Some((first, count)) = wrong {
            self.findings.push(
                Finding::error(
                    "value",
                    "terminology-rf2-line",
                    name,
                    format!("{count} linjer kan ikke leses (første: linje {first}) og er utelatt. Et felt mangler, eller en SCTID er ugyldig."),
                    format!("{count} lines cannot be read (the first: line {first}) and were left out. A field is missing, or an SCTID is not valid."),
                )
                .severity(Severity::Warning),
            );
        }
        Ok(kind)
    }

    /// `None` if the line cannot be read.
    fn row(&mut self, kind: FileKind, line: &str) -> Option<()> {
        let mut cells = [""; 10];
        let mut count = 0;
        for cell in line.split('\t').take(10) {
            cells[count] = cell;
            count += 1;
        }
        let needed = match kind {
            FileKind::Descriptions | FileKind::Relationships => 9,
            FileKind::LanguageRefset => 7,
            FileKind::Refset => 6,
            _ => 5,
        };
        if count < needed {
            return None;
        }
        let active = cells[2] == "1";
        let id = |cell: &str| SctId::parse(cell).ok().map(SctId::get);
        match kind {
            FileKind::Concepts => {
                SctId::concept(cells[0]).ok()?;
                let concept = self.builder.concept(cells[0]);
                if !active {
                    self.builder.flag(concept, INACTIVE);
                }
                if cells[4] == FULLY_DEFINED {
                    self.builder.flag(concept, DEFINED);
                }
                let module = match self.modules.get(cells[3]) {
                    Some(module) => *module,
                    None => {
                        let module = super::code_system::PropertyValue::Code(self.builder.texts.intern(cells[3]));
                        self.modules.insert(cells[3].to_owned(), module);
                        module
                    }
                };
                self.builder.property(concept, self.module_name, module);
            }
            FileKind::Descriptions => {
                let fully_specified = cells[6] == FULLY_SPECIFIED;
                let (description, concept) = (id(cells[0])?, id(cells[4])?);
                if active && (fully_specified || cells[6] == SYNONYM) {
                    let description = Description {
                        id: description,
                        concept,
                        term: self.builder.texts.optional(Some(cells[7])),
                        language: self.builder.texts.optional(Some(cells[5])),
                        fully_specified,
                    };
                    self.descriptions.push(description);
                }
            }
            FileKind::Relationships => {
                let (source, target, kind) = (id(cells[4])?, id(cells[5])?, id(cells[7])?);
                let group = cells[6].parse().ok()?;
                let characteristic = id(cells[8])?;
                if active && characteristic != STATED && characteristic != ADDITIONAL {
                    self.relationships.push((source, target, kind, group));
                }
            }
            FileKind::LanguageRefset => {
                let (refset, description) = (id(cells[4])?, id(cells[5])?);
                if active {
                    let language = LANGUAGES.iter().position(|(r, _)| *r == refset).unwrap_or(LANGUAGES.len());
                    self.acceptability.push((description, language as u8, cells[6] == PREFERRED));
                }
            }
            FileKind::Refset => {
                let (refset, component) = (id(cells[4])?, id(cells[5])?);
                if active {
                    self.members.push((refset, component));
                }
            }
            FileKind::Other => {}
        }
        Some(())
    }

    /// Puts together what was read.
    pub(super) fn finish(mut self) -> (CodeSystemBuilder, Vec<Finding>) {
        let mut by_id: FxHashMap<u64, u32> = FxHashMap::default();
        by_id.reserve(self.builder.len());
        for concept in 0..self.builder.len() as u32 {
            if let Ok(id) = self.builder.code(concept).parse() {
                by_id.insert(id, concept);
            }
        }
        let mut lost = 0;
        for (source, target, kind, group) in std::mem::take(&mut self.relationships) {
            match (by_id.get(&source), by_id.get(&target), by_id.get(&kind)) {
                (Some(child), Some(parent), _) if kind == IS_A => self.builder.parent(*child, *parent),
                (Some(source), Some(target), Some(kind)) => {
                    let attribute = Attribute {
                        kind: *kind,
                        target: *target,
                        group,
                    };
                    self.builder.attribute(*source, attribute);
                }
                _ => lost += 1,
            }
        }
        for (refset, member) in std::mem::take(&mut self.members) {
            // Members may also be descriptions and relationships: those are of no use here.
            if let (Some(refset), Some(member)) = (by_id.get(&refset), by_id.get(&member)) {
                self.builder.refset_member(*refset, *member);
            }
        }
        lost += self.describe(&by_id);
        if lost > 0 {
            self.findings.push(
                Finding::error(
                    "not-found",
                    "terminology-rf2-unknown-concept",
                    "",
                    format!("{lost} beskrivelser og relasjoner hører til begreper som ikke er lest, og er utelatt. Les også begrepsfilen de hører til (for eksempel den internasjonale)."),
                    format!("{lost} descriptions and relationships belong to concepts that were not read, and were left out. Read the concept file that they belong to as well (for example the international one)."),
                )
                .severity(Severity::Warning),
            );
        }
        (self.builder, self.findings)
    }

    fn describe(&mut self, by_id: &FxHashMap<u64, u32>) -> usize {
        // For each description: languages in which it is accepted and preferred, a bit each.
        let mut accepted: FxHashMap<u64, (u8, u8)> = FxHashMap::default();
        for (description, language, preferred) in std::mem::take(&mut self.acceptability) {
            let bits = accepted.entry(description).or_default();
            bits.0 |= 1 << language;
            bits.1 |= u8::from(preferred) << language;
        }
        // The best rank of a term so far, by concept: what `display` shall be.
        let mut ranks = vec![0u8; self.builder.len()];
        let mut lost = 0;
        for d in std::mem::take(&mut self.descriptions) {
            let Some(concept) = by_id.get(&d.concept).copied() else {
                lost += 1;
                continue;
            };
            let (in_languages, preferred) = accepted.get(&d.id).copied().unwrap_or_default();
            let term = self.builder.texts.strings.get(d.term).to_owned();
            let own = self.builder.texts.strings.get(d.language).to_owned();
            // Each language once; a language reference set that is not known speaks the description's.
            let mut said: Vec<(&str, bool)> = Vec::new();
            for at in 0..=LANGUAGES.len() {
                let language = LANGUAGES.get(at).map_or(own.as_str(), |(_, l)| *l);
                if in_languages >> at & 1 == 1 {
                    let best = preferred >> at & 1 == 1;
                    match said.iter_mut().find(|(l, _)| *l == language) {
                        Some(there) => there.1 |= best,
                        None => said.push((language, best)),
                    }
                }
            }
            if said.is_empty() {
                said.push((&own, false));
            }
            for (language, preferred) in said {
                let purpose = match (d.fully_specified, preferred) {
                    (true, _) => Purpose::FullySpecified,
                    (false, true) => Purpose::Preferred,
                    (false, false) => Purpose::Synonym,
                };
                self.builder.designation(concept, &term, Some(language), purpose);
                let rank = match purpose {
                    Purpose::Preferred if language == self.display_language => 5,
                    Purpose::Preferred if language == "en" => 4,
                    Purpose::Preferred => 3,
                    Purpose::FullySpecified => 2,
                    _ => 1,
                };
                if rank > ranks[concept as usize] {
                    ranks[concept as usize] = rank;
                    self.builder.display(concept, &term);
                }
            }
        }
        lost
    }
}

fn kind_of(header: &str) -> FileKind {
    let columns: Vec<&str> = header.split('\t').map(str::trim).collect();
    let at = |n: usize| columns.get(n).copied().unwrap_or_default();
    match (at(4), at(5), at(6)) {
        ("definitionStatusId", ..) => FileKind::Concepts,
        ("conceptId", "languageCode", "typeId") => FileKind::Descriptions,
        ("sourceId", "destinationId", "relationshipGroup") => FileKind::Relationships,
        ("refsetId", "referencedComponentId", "acceptabilityId") => FileKind::LanguageRefset,
        // Only simple reference sets; of maps and others the first columns mean something else.
        ("refsetId", "referencedComponentId", "") => FileKind::Refset,
        _ => FileKind::Other,
    }
}

#[cfg(test)]
mod tests;
