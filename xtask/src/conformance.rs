//! Suites that others wrote, run on what we have. One file a suite.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

mod cases;
mod fhirpath;
mod shall;
mod validator;

/// The readers and runners that the tests of kilde-fhir use, too.
#[path = "../../crates/kilde-fhir/tests/support"]
#[allow(dead_code)]
mod support {
    pub mod fhirpath_suite;
    pub mod xml;
}

/// Runs a suite; `--json FILE` writes the result as JSON too.
pub fn run(suite: &str, arguments: &[&str]) -> anyhow::Result<()> {
    if suite == "shall" {
        return shall::run();
    }
    let json = match arguments {
        [] => None,
        ["--json", file] => Some(PathBuf::from(file)),
        _ => bail!("usage: cargo xtask conformance SUITE [--json FILE]"),
    };
    let result = match suite {
        "fhirpath" => fhirpath::run()?,
        "validator" => validator::run()?,
        _ => bail!("no suite {suite:?}; there are: fhirpath, validator, shall"),
    };
    if let Some(file) = json {
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
