//! The validator cases: what is given, and what HL7's validator finds.

use crate::package::{items, text};
use anyhow::Context;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One validation: a case by itself, or by the profile that it names.
#[derive(Debug)]
pub struct Case {
    /// The case's name; with `(profile)` for the second kind.
    pub name: String,
    /// The part of the suite.
    pub module: String,
    /// What is validated.
    pub file: PathBuf,
    /// Definitions that are loaded besides the core package.
    pub supporting: Vec<PathBuf>,
    /// The profile it is validated against.
    pub profile: Option<PathBuf>,
    /// Extensions with these urls need no definition.
    pub allowed_extensions: Vec<String>,
    /// Errors that HL7's validator reports.
    pub errors: usize,
}

/// All cases of the manifest.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let mut cases = Vec::new();
    for case in items(&manifest, "test-cases") {
        let name = text(case, "name").to_owned();
        let file = Some(text(case, "file")).filter(|f| !f.is_empty()).unwrap_or(&name).to_owned();
        let files = |from: &Value, name: &str| {
            items(from, name)
                .iter()
                .filter_map(Value::as_str)
                .map(|f| folder.join(f))
                .collect::<Vec<_>>()
        };
        let mut supporting = files(case, "supporting");
        supporting.extend(files(case, "profiles"));
        let base = Case {
            name: name.clone(),
            module: text(case, "module").to_owned(),
            file: folder.join(&file),
            supporting,
            profile: None,
            allowed_extensions: Some(text(case, "allowed-extension-domain"))
                .filter(|d| !d.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            errors: errors(folder, &case["java"]).with_context(|| name.clone())?,
        };
        let profile = &case["profile"];
        let second = if profile["java"].is_null() {
            None
        } else {
            let mut supporting = base.supporting.clone();
            supporting.extend(files(profile, "supporting"));
            Some(Case {
                name: format!("{name} (profile)"),
                module: base.module.clone(),
                file: base.file.clone(),
                supporting,
                profile: Some(folder.join(text(profile, "source"))),
                allowed_extensions: base.allowed_extensions.clone(),
                errors: errors(folder, &profile["java"]).with_context(|| name.clone())?,
            })
        };
        cases.push(base);
        cases.extend(second);
    }
    Ok(cases)
}

/// The errors of an expected outcome: a file, or the outcome itself.
fn errors(folder: &Path, expected: &Value) -> anyhow::Result<usize> {
    let read;
    let outcome = match expected.as_str() {
        Some(file) => {
            read = serde_json::from_slice::<Value>(&std::fs::read(folder.join("outcomes").join(file))?)?;
            &read
        }
        None => expected,
    };
    if let Some(count) = outcome["errorCount"].as_u64() {
        return Ok(usize::try_from(count)?);
    }
    let grave = |i: &&Value| matches!(text(i, "severity"), "error" | "fatal");
    Ok(items(outcome, "issue").iter().filter(grave).count())
}
