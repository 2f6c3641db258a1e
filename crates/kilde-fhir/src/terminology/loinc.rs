//! Reads LOINC: `Loinc.csv`, its hierarchy, and its texts in other languages.

use super::builder::CodeSystemBuilder;
use super::code_system::{CodeSystemInfo, INACTIVE, Purpose};
use super::lines::LineError;
use super::table::{Records, Wrong};
use crate::finding::Finding;
use std::io::BufRead;

/// The system of LOINC codes.
pub const LOINC: &str = "http://loinc.org";

/// LOINC in the making: `Loinc.csv`, and the hierarchy if it is to be had.
#[derive(Debug)]
pub struct Loinc {
    builder: CodeSystemBuilder,
    findings: Vec<Finding>,
}

/// The columns of `Loinc.csv` that become properties.
const PROPERTIES: [&str; 10] = [
    "COMPONENT",
    "PROPERTY",
    "TIME_ASPCT",
    "SYSTEM",
    "SCALE_TYP",
    "METHOD_TYP",
    "CLASS",
    "CLASSTYPE",
    "STATUS",
    "ORDER_OBS",
];

impl Loinc {
    /// Nothing read yet.
    pub fn new(version: Option<&str>) -> Self {
        let mut info = CodeSystemInfo::new(LOINC);
        info.version = version.map(str::to_owned);
        info.name = "LOINC".to_owned();
        info.language = Some("en".to_owned());
        // LOINC codes have letters in parts and answers only, and those are not told apart by case.
        info.case_sensitive = false;
        info.value_set = Some(format!("{LOINC}/vs"));
        Loinc {
            builder: CodeSystemBuilder::new(info),
            findings: Vec::new(),
        }
    }

    /// Reads `Loinc.csv`, `ComponentHierarchyBySystem.csv` / `MultiAxialHierarchy.csv`, or a
    /// linguistic variant (`language` is its language then). Gives whether it was one of them.
    ///
    /// # Errors
    /// When reading fails or a line is too long. What was read until then stays.
    pub fn file(&mut self, name: &str, language: Option<&str>, reader: impl BufRead) -> Result<bool, LineError> {
        let mut records = Records::new(reader, Some(','));
        let Some(header) = records.next()? else { return Ok(false) };
        let at = |name: &str| header.iter().position(|c| c == name);
        let (number, long) = (at("LOINC_NUM"), at("LONG_COMMON_NAME"));
        let hierarchy = at("IMMEDIATE_PARENT").zip(at("CODE"));
        let properties: Vec<(u32, usize)> = match language {
            None => PROPERTIES
                .iter()
                .filter_map(|p| Some((self.builder.property_name(p), at(p)?)))
                .collect(),
            Some(_) => Vec::new(),
        };
        let other_names = [at("SHORTNAME"), at("DisplayName"), at("LinguisticVariantDisplayName")];
        let (status, text) = (at("STATUS"), at("CODE_TEXT"));
        if number.is_none() && hierarchy.is_none() {
            return Ok(false);
        }
        let mut wrong = Wrong::default();
        while let Some(record) = records.next()? {
            let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map_or("", |c| c.trim());
            if let Some((parent, code)) = hierarchy {
                let (parent, code) = (cell(Some(parent)), cell(Some(code)));
                if code.is_empty() {
                    wrong.line(records.number());
                    continue;
                }
                let concept = self.builder.concept(code);
                if !self.builder.has_display(concept) {
                    self.builder.display(concept, cell(text));
                }
                if !parent.is_empty() {
                    let parent = self.builder.concept(parent);
                    self.builder.parent(concept, parent);
                }
                continue;
            }
            let code = cell(number);
            if code.is_empty() {
                wrong.line(records.number());
                continue;
            }
            let concept = self.builder.concept(code);
            match language {
                None => self.builder.display(concept, cell(long)),
                Some(_) => self.builder.designation(concept, cell(long), language, Purpose::Unsaid),
            }
            for other in other_names {
                self.builder
                    .designation(concept, cell(other), language.or(Some("en")), Purpose::Unsaid);
            }
            if cell(status) == "DEPRECATED" {
                self.builder.flag(concept, INACTIVE);
            }
            for (property, at) in &properties {
                self.builder.text_property(concept, *property, cell(Some(*at)));
            }
        }
        wrong.tell(name, &mut self.findings);
        Ok(true)
    }

    pub(super) fn finish(self) -> (CodeSystemBuilder, Vec<Finding>) {
        (self.builder, self.findings)
    }
}
