//! Suites that others wrote, run on what we have. One file a suite.

use anyhow::{Context, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

mod cases;
mod fhirpath;
mod norwegian;
mod shall;
mod validator;

/// The readers and runners that the tests of kilde-fhir use, too.
#[path = "../../crates/kilde-fhir/tests/support"]
#[allow(dead_code)]
mod support {
    pub mod fhirpath_suite;
    pub mod folder;
    pub mod norwegian;
    pub mod xml;
}

/// A suite: its name, and what runs it, prints it and gives its result.
type Suite = (&'static str, fn() -> anyhow::Result<Value>);

/// All suites, in the order that they are run in.
const SUITES: [Suite; 4] = [
    ("fhirpath", fhirpath::run),
    ("validator", validator::run),
    ("norwegian", norwegian::run),
    ("shall", shall::run),
];

/// Runs a suite, or all of them if none is named; `--json FILE` writes the result as JSON too: that of one suite, or an object with
/// one of each.
pub fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let usage = || {
        format!(
            "usage: cargo xtask conformance [{}] [--json FILE]",
            SUITES.map(|(name, _)| name).join("|")
        )
    };
    let (named, json) = match arguments {
        [] => (None, None),
        ["--json", file] => (None, Some(file)),
        [suite] => (Some(suite), None),
        [suite, "--json", file] => (Some(suite), Some(file)),
        _ => bail!(usage()),
    };
    let result = match named {
        Some(named) => {
            let Some((_, suite)) = SUITES.iter().find(|(name, _)| name == named) else {
                bail!("no suite {named:?}; {}", usage());
            };
            suite()?
        }
        None => {
            let mut all = serde_json::Map::new();
            for (name, suite) in SUITES {
                println!("== {name}");
                all.insert(name.to_owned(), suite().with_context(|| name.to_owned())?);
                println!();
            }
            Value::Object(all)
        }
    };
    if let Some(file) = json.map(PathBuf::from) {
        std::fs::write(&file, serde_json::to_string_pretty(&result)?).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// A folder or file of the shared data.
pub fn data(part: &str) -> anyhow::Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("KILDE_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let path = shared.join("data").join(part);
    if !path.exists() {
        bail!("{} is missing; set KILDE_SHARED to the folder that holds data/", path.display());
    }
    Ok(path)
}
