//! The Norwegian examples: which of them are valid, and which rules the others break.

use super::folder::files;
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::national_id::{World, identifiers};
use kilde_fhir::package::Packages;
use kilde_fhir::profile::{Validator, terminology_of};
use kilde_fhir::validate::structure;
use std::path::Path;
use std::sync::Arc;

/// A validator with the packages of a folder, and the rules of what did not load.
pub fn validator(packages: &Path) -> (Validator, Vec<String>) {
    let (packages, findings) = Packages::load(packages);
    let packages = Arc::new(packages);
    let validator = Validator::new(Arc::clone(&packages)).with_codes(Arc::new(terminology_of(&packages).0));
    (validator, findings.into_iter().map(|f| format!("{}: {}", f.rule, f.en)).collect())
}

/// A published example.
pub struct Example {
    /// Package and file, or the file below its folder.
    pub name: String,
    /// The rules that it breaks, each once; nothing if it is valid.
    pub breaks: Vec<String>,
}

impl Example {
    fn new(name: String, rules: impl Iterator<Item = &'static str>) -> Example {
        let mut breaks: Vec<String> = rules.map(str::to_owned).collect();
        breaks.sort_unstable();
        breaks.dedup();
        Example { name, breaks }
    }

    /// The line of one that is not valid.
    pub fn line(&self) -> Option<String> {
        match self.breaks.as_slice() {
            [] => None,
            [one] if one == NO_JSON => Some(format!("{} is {NO_JSON}\n", self.name)),
            _ => Some(format!("{}: {}\n", self.name, self.breaks.join(", "))),
        }
    }
}

const NO_JSON: &str = "no JSON";

/// The lines of those that are not valid.
pub fn lines(examples: &[Example]) -> String {
    examples.iter().filter_map(Example::line).collect()
}

/// The examples in the packages, but for those of R4 itself, by R4's definitions and the profiles that they claim.
pub fn of_packages(validator: &Validator) -> Vec<Example> {
    let mut found = Vec::new();
    for (_, resource) in validator.packages().resources() {
        let package = validator.packages().package(resource.package()).manifest();
        if !resource.is_example() || package.name == "hl7.fhir.r4.core" {
            continue;
        }
        let Some(root) = resource.root() else { continue };
        let findings = validator.validate(root, &[]);
        let name = format!("{} {} {}", package.name, package.version, resource.file());
        found.push(Example::new(name, findings.iter().filter(|f| f.is_error()).map(|f| f.rule)));
    }
    found
}

/// The examples in a folder, by structure and identifiers: what a sandbox asks of every delivery.
pub fn of_folder(folder: &Path) -> std::io::Result<Vec<Example>> {
    let mut found = Vec::new();
    for path in files(folder, ".json") {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        let Ok(document) = parse(std::fs::read(&path)?, Limits::default()) else {
            found.push(Example::new(name, [NO_JSON].into_iter()));
            continue;
        };
        let mut findings = structure(document.root());
        findings.extend(identifiers(document.root(), World::Sandbox));
        found.push(Example::new(name, findings.iter().filter(|f| f.is_error()).map(|f| f.rule)));
    }
    Ok(found)
}
