//! Reads code systems from tables: lists of code and text as ICD-10, ICPC-2 and others are given
//! out in Norway.

use super::builder::CodeSystemBuilder;
use super::code_system::CodeSystemInfo;
use super::lines::{LineError, Lines, cells};
use crate::finding::{Finding, Severity};
use std::io::BufRead;

/// How a table of codes is laid out. Columns are named as in its first line, or by number from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFormat {
    /// The code system.
    pub info: CodeSystemInfo,
    /// What is between cells; the likeliest of `; tab , |` if not said.
    pub delimiter: Option<char>,
    /// Whether the first line names the columns.
    pub header: bool,
    /// The column of the code.
    pub code: String,
    /// The column of the text.
    pub display: String,
    /// Where a code's parent comes from.
    pub parent: ParentFrom,
    /// The language of the text.
    pub language: Option<String>,
}

/// Where a code's parent comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParentFrom {
    /// There are no parents.
    Nowhere,
    /// A column.
    Column(String),
    /// The longest other code of the table that this one begins with: `A00.1` is below `A00`.
    Prefix,
}

impl TableFormat {
    /// Code in the first column, text in the second, no line of names, no parents.
    pub fn plain(url: &str) -> Self {
        TableFormat {
            info: CodeSystemInfo::new(url),
            delimiter: None,
            header: false,
            code: "1".to_owned(),
            display: "2".to_owned(),
            parent: ParentFrom::Nowhere,
            language: None,
        }
    }

    /// Norwegian ICD-10: code and text, parents by the codes' beginnings.
    pub fn icd10_no() -> Self {
        let mut format = TableFormat::plain("http://hl7.org/fhir/sid/icd-10-no");
        "ICD-10 (norsk)".clone_into(&mut format.info.name);
        format.language = Some("nb".to_owned());
        format.parent = ParentFrom::Prefix;
        format
    }

    /// Norwegian ICPC-2: code and text, no parents.
    pub fn icpc2_no() -> Self {
        let mut format = TableFormat::plain("urn:oid:2.16.578.1.12.4.1.1.7170");
        "ICPC-2 (norsk)".clone_into(&mut format.info.name);
        format.language = Some("nb".to_owned());
        format
    }
}

/// Reads a table of codes.
pub(super) fn table(
    format: &TableFormat,
    name: &str,
    reader: impl BufRead,
    findings: &mut Vec<Finding>,
) -> Result<Option<CodeSystemBuilder>, LineError> {
    let mut info = format.info.clone();
    info.language.clone_from(&format.language);
    let mut builder = CodeSystemBuilder::new(info);
    let mut records = Records::new(reader, format.delimiter);
    let mut columns = None;
    let mut wrong = Wrong::default();
    let mut parents: Vec<(u32, String)> = Vec::new();
    while let Some(record) = records.next()? {
        let (code_at, display_at, parent_at) = match columns {
            Some(columns) => columns,
            None => {
                let names: &[String] = if format.header { &record } else { &[] };
                let parent = match &format.parent {
                    ParentFrom::Column(column) => column.as_str(),
                    _ => "",
                };
                let found = (column(names, &format.code), column(names, &format.display), column(names, parent));
                let (Some(code), Some(display)) = (found.0, found.1) else {
                    findings.push(columns_missing(name, format));
                    return Ok(None);
                };
                if !parent.is_empty() && found.2.is_none() {
                    findings.push(columns_missing(name, format));
                    return Ok(None);
                }
                columns = Some((code, display, found.2));
                if format.header {
                    continue;
                }
                (code, display, found.2)
            }
        };
        let cell = |at: usize| record.get(at).map_or("", |c| c.trim());
        if cell(code_at).is_empty() || record.len() <= display_at {
            wrong.line(records.number());
            continue;
        }
        let concept = builder.concept(cell(code_at));
        builder.display(concept, cell(display_at));
        if let Some(parent) = parent_at.map(cell).filter(|p| !p.is_empty()) {
            parents.push((concept, parent.to_owned()));
        }
    }
    for (concept, parent) in parents {
        match builder.find(&parent) {
            Some(parent) => builder.parent(concept, parent),
            None => wrong.line(0),
        }
    }
    if format.parent == ParentFrom::Prefix {
        parents_by_prefix(&mut builder);
    }
    wrong.tell(name, findings);
    Ok(Some(builder))
}

fn parents_by_prefix(builder: &mut CodeSystemBuilder) {
    let mut found = Vec::new();
    for concept in 0..builder.len() as u32 {
        let code = builder.code(concept);
        // No code is longer than this: it bounds the work, not the tables.
        let ends = code.char_indices().map(|(at, _)| at).skip(1).take(32);
        if let Some(parent) = ends
            .filter_map(|end| builder.find(code[..end].trim_end_matches(['.', '-'])))
            .filter(|p| *p != concept)
            .last()
        {
            found.push((concept, parent));
        }
    }
    found.into_iter().for_each(|(concept, parent)| builder.parent(concept, parent));
}

/// Records of a delimited file; one may go over several lines.
pub(super) struct Records<R> {
    lines: Lines<R>,
    delimiter: Option<char>,
}

impl<R: BufRead> Records<R> {
    pub fn new(reader: R, delimiter: Option<char>) -> Self {
        Records {
            lines: Lines::new(reader),
            delimiter,
        }
    }

    pub fn number(&self) -> u64 {
        self.lines.number()
    }

    /// The next record that is not empty.
    pub fn next(&mut self) -> Result<Option<Vec<String>>, LineError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.is_empty() {
                continue;
            }
            let delimiter = *self.delimiter.get_or_insert_with(|| likeliest(line));
            if let Some(record) = cells(line, delimiter) {
                return Ok(Some(record));
            }
            // A quote is open: the record goes on, within bounds.
            let mut whole = line.to_owned();
            let plain = whole.split(delimiter).map(str::to_owned).collect();
            for _ in 0..1000 {
                let Some(more) = self.lines.next()?.filter(|_| whole.len() < 1 << 16) else {
                    break;
                };
                whole.push('\n');
                whole.push_str(more);
                if more.contains('"')
                    && let Some(record) = cells(&whole, delimiter)
                {
                    return Ok(Some(record));
                }
            }
            return Ok(Some(plain));
        }
    }
}

fn likeliest(line: &str) -> char {
    ['\t', ';', '|', ','].into_iter().find(|d| line.contains(*d)).unwrap_or(';')
}

fn column(names: &[String], wanted: &str) -> Option<usize> {
    let named = names.iter().position(|n| n.trim().eq_ignore_ascii_case(wanted));
    named.or_else(|| wanted.parse::<usize>().ok()?.checked_sub(1))
}

fn columns_missing(name: &str, format: &TableFormat) -> Finding {
    Finding::error(
        "structure",
        "terminology-table-columns",
        name,
        format!(
            "Tabellen har ikke kolonnene som er oppgitt (kode: {}, tekst: {}). Rett navnene eller bruk kolonnenummer.",
            format.code, format.display
        ),
        format!(
            "The table does not have the columns given (code: {}, text: {}). Mend the names or use column numbers.",
            format.code, format.display
        ),
    )
}

/// Lines that could not be used.
#[derive(Default)]
pub(super) struct Wrong {
    first: u64,
    count: u64,
}

impl Wrong {
    pub fn line(&mut self, number: u64) {
        self.count += 1;
        if self.first == 0 {
            self.first = number;
        }
    }

    pub fn tell(&self, name: &str, findings: &mut Vec<Finding>) {
        if self.count > 0 {
            let (count, first) = (self.count, self.first);
            findings.push(
                Finding::error(
                    "value",
                    "terminology-table-line",
                    name,
                    format!("{count} linjer mangler kode eller tekst, eller har en overordnet kode som ikke finnes (første: linje {first}). De er utelatt."),
                    format!("{count} lines lack code or text, or have a parent that is not there (the first: line {first}). They were left out."),
                )
                .severity(Severity::Warning),
            );
        }
    }
}

#[cfg(test)]
mod tests;
