//! From the R4 core package to the tables of `kilde-fhir`. The formats are told in
//! `crates/kilde-fhir/tables/README.md`.

mod codes;
mod corrections;
mod elements;
mod search;

use crate::package::text;
use serde_json::Value;
use std::path::PathBuf;

/// Where the tables lie.
pub fn tables_folder() -> PathBuf {
    workspace().join("crates/kilde-fhir/tables")
}

/// Where the core package is expected.
pub fn default_package() -> PathBuf {
    let shared = std::env::var_os("KILDE_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    shared.join("data/packages/hl7.fhir.r4.core-4.0.1.tgz")
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// File names and contents of all tables.
pub fn tables(resources: &[Value]) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut codes = codes::Codes::new(resources);
    let elements = elements::table(resources, &mut codes)?;
    Ok(vec![
        ("elements.tsv", elements),
        ("required-codes.tsv", codes.table()?),
        ("unchecked-bindings.tsv", codes.unchecked_table()),
        ("resource-types.txt", resource_types(resources)),
        ("search-parameters.tsv", search::parameters(resources)?),
        ("compartments.tsv", search::compartments(resources)?),
    ])
}

/// The concrete resource types, one a line, alphabetical.
fn resource_types(resources: &[Value]) -> String {
    let mut names: Vec<&str> = resources
        .iter()
        .filter(|r| is_type(r) && r["abstract"] == false && text(r, "kind") == "resource")
        .map(|r| text(r, "type"))
        .collect();
    names.sort_unstable();
    names.iter().map(|n| format!("{n}\n")).collect()
}

/// Whether a resource is the StructureDefinition of a type (not of a profile on one).
fn is_type(resource: &Value) -> bool {
    text(resource, "resourceType") == "StructureDefinition"
        && text(resource, "derivation") != "constraint"
        && text(resource, "url").strip_prefix("http://hl7.org/fhir/StructureDefinition/") == Some(text(resource, "type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_what_the_package_gives() {
        let package = default_package();
        if !package.exists() {
            eprintln!(
                "SKIPPED: {} is missing; set KILDE_SHARED to the folder that holds data/",
                package.display()
            );
            return;
        }
        for (name, text) in tables(&crate::package::read(&package).unwrap()).unwrap() {
            let checked_in = std::fs::read_to_string(tables_folder().join(name)).unwrap();
            assert!(checked_in == text, "{name} differs: run `cargo xtask definitions`");
        }
    }
}
