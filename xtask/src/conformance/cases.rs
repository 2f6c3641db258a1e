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
    /// Switches of HL7's validator that the case sets and that we have.
    pub switches: Switches,
    /// Why it is not ours to agree on, if so.
    pub out_of_scope: Option<String>,
}

/// What a case asks for besides the usual, by its own settings.
#[derive(Debug, Clone, Copy)]
pub struct Switches {
    /// Example addresses are an error.
    pub no_examples: bool,
    /// HTML in strings is an error.
    pub security_checks: bool,
    /// HTML in Markdown is an error.
    pub no_html_in_markdown: bool,
    /// Contained resources are examined.
    pub contained: bool,
    /// Aggregation is asked outside Bundles too, as R4 has it.
    pub aggregation_outside_bundles: bool,
    /// Every address is taken for one of a FHIR server.
    pub rest_references: bool,
    /// References lead to the files of the suite, and what is there must be valid.
    pub follow: bool,
}

fn switches(case: &Value) -> Switches {
    let is = |name: &str, value: bool| case[name].as_bool() == Some(value);
    Switches {
        no_examples: is("examples", false),
        security_checks: is("security-checks", true),
        no_html_in_markdown: is("noHtmlInMarkdown", true),
        contained: text(case, "validateContains") != "IGNORE",
        aggregation_outside_bundles: !is("enforceAggregationOutsideBundles", false),
        rest_references: is("assumeValidRestReferences", true) || case["profile"]["assumeValidRestReferences"].as_bool() == Some(true),
        follow: text(case, "validateReference") == "CHECK_VALID",
    }
}

/// Code systems that are licensed or kept by others, and are in no package here.
const ELSEWHERE: &[&str] = &[
    "http://snomed.info/sct",
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/",
    "https://nahdo.org/",
    "http://www.ama-assn.org/",
];

/// Why a case is not ours, if every error that is expected is about something that is not here.
fn expected_elsewhere(errors: &[String]) -> Option<String> {
    let all = |of: &dyn Fn(&str) -> bool| !errors.is_empty() && errors.iter().all(|e| of(e));
    let of_code = |e: &str| {
        (e.starts_with("Wrong Display Name") || e.starts_with("Unknown code") || e.contains("Wrong Display Name"))
            && ELSEWHERE.iter().any(|s| e.contains(s))
    };
    let of_version = |e: &str| {
        let after = e.split("http://hl7.org/fhir/").nth(1).unwrap_or_default();
        let version = after.split('/').next().unwrap_or_default();
        after.contains("/StructureDefinition/extension-") && matches!(version, "1.0" | "3.0" | "4.3" | "5.0")
    };
    if all(&of_code) {
        return Some("needs a code system that is not here".to_owned());
    }
    if all(&of_version) {
        return Some("needs the definitions of another version of FHIR".to_owned());
    }
    // HL7's validator has its later package of extensions loaded, and knows what is not in it.
    let of_extensions = |e: &str| {
        let url = e
            .strip_prefix("The extension ")
            .and_then(|e| e.split(' ').next())
            .unwrap_or_default();
        url.starts_with("http://hl7.org/fhir/StructureDefinition/") && e.contains("could not be found so is not allowed here")
    };
    all(&of_extensions).then(|| "needs the list of HL7's later package of extensions".to_owned())
}

/// Why a case is not ours by what a fetcher would have to find.
fn out_of_scope(case: &Value, folder: &Path, file: &Path) -> Option<String> {
    let missing = switches(case).follow.then(|| missing_reference(folder, file)).flatten()?;
    Some(format!("refers to {missing}, which the suite's fetcher has and this copy has not"))
}

/// Whether the outcome that is expected is what HL7's validator found by another version of FHIR.
fn of_another_version(expected: &Value) -> Option<String> {
    let name = expected.as_str()?.rsplit('/').next()?;
    let other = name.starts_with('R') && !name.starts_with("R4.") && name.split_once('.').is_some_and(|(v, _)| v.len() <= 3);
    other.then(|| format!("expects what HL7's validator found by another version of FHIR ({name})"))
}

/// A reference to a resource that would lie beside the file under its id and does not.
fn missing_reference(folder: &Path, file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut references = text.split("<reference value=\"").skip(1).filter_map(|r| r.split('"').next());
    references
        .find(|r| {
            let id = r.rsplit('/').next().unwrap_or(r);
            !r.starts_with('#') && ["xml", "json"].iter().all(|e| !folder.join(format!("{id}.{e}")).exists())
        })
        .map(str::to_owned)
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
        supporting.extend(files(case, "supporting5"));
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
            errors: errors(folder, &case["java"]).with_context(|| name.clone())?.0,
            switches: switches(case),
            out_of_scope: out_of_scope(case, folder, &folder.join(&file)),
        };
        let set = base.out_of_scope.clone();
        let base = Case {
            out_of_scope: set
                .clone()
                .or(of_another_version(&case["java"]))
                .or(expected_elsewhere(&errors(folder, &case["java"])?.1)),
            ..base
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
                errors: errors(folder, &profile["java"]).with_context(|| name.clone())?.0,
                switches: base.switches,
                out_of_scope: set
                    .or(of_another_version(&profile["java"]))
                    .or(expected_elsewhere(&errors(folder, &profile["java"])?.1)),
            })
        };
        cases.push(base);
        cases.extend(second);
    }
    Ok(cases)
}

/// How many errors an expected outcome has (a file, or the outcome itself), and their texts.
fn errors(folder: &Path, expected: &Value) -> anyhow::Result<(usize, Vec<String>)> {
    let read;
    let outcome = match expected.as_str() {
        Some(file) => {
            read = serde_json::from_slice::<Value>(&std::fs::read(folder.join("outcomes").join(file))?)?;
            &read
        }
        None => expected,
    };
    if let Some(count) = outcome["errorCount"].as_u64() {
        return Ok((usize::try_from(count)?, Vec::new()));
    }
    let grave = |i: &&Value| matches!(text(i, "severity"), "error" | "fatal");
    let told = items(outcome, "issue").iter().filter(grave);
    let texts: Vec<String> = told.map(|i| text(&i["details"], "text").to_owned()).collect();
    Ok((texts.len(), texts))
}
