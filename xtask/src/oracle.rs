//! `cargo xtask oracle`: the questions of R5 (crates/kilde-index/tests/all/oracle.rs), as many as are asked for.

use anyhow::{Context, bail, ensure};
use std::process::Command;

/// Runs the test of the oracle with `--cases N` and `--seed N`.
pub fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let (mut cases, mut seed) = (1_000_000, None);
    for pair in arguments.chunks(2) {
        let value = |text: &&str| text.parse::<u64>().with_context(|| format!("{text} is no number"));
        match pair {
            ["--cases", number] => cases = value(number)?,
            ["--seed", number] => seed = Some(value(number)?),
            _ => bail!("cargo xtask oracle [--cases N] [--seed N]"),
        }
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // With the whole workspace: one set of features, so that nothing is built a second time.
    command.args([
        "test",
        "--workspace",
        "--test",
        "all",
        "the_engine_answers_as_the_rules_say",
        "--",
        "--nocapture",
    ]);
    command.env("KILDE_ORACLE_CASES", cases.to_string());
    if let Some(seed) = seed {
        command.env("KILDE_ORACLE_SEED", seed.to_string());
    }
    let status = command.status().context("cargo test")?;
    ensure!(status.success(), "the engine and the rules differ");
    Ok(())
}
