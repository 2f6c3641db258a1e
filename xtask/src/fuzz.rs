//! Coverage-guided fuzzing of what reads input from outside. The targets are in `fuzz/`, which is built
//! here with the compiler's coverage counters; libFuzzer does the rest. Nothing of a nightly compiler.

use anyhow::{Context, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The targets, as `fuzz/src/targets.rs` has them.
const TARGETS: [&str; 11] = [
    "json", "xml", "search", "fhirpath", "patch", "package", "ecl", "profile", "note", "policy", "query",
];

/// Those that need crates with the storage engine, which the workspace has built or which takes minutes: built and run when they are named.
const ENGINE: [&str; 3] = ["note", "policy", "query"];

/// Seconds for all targets together, if nothing is said: a minute, as in continuous integration.
const SECONDS: u64 = 60;

/// One input may take so long, in seconds, and the process so much memory, in MiB.
const SLOWEST: u64 = 5;
const LARGEST: u64 = 2048;

/// Inputs are at most so many bytes.
const LONGEST: u64 = 32 << 10;

/// Counters of coverage, and what is compared with what.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// What is asked for.
struct Asked {
    targets: Vec<&'static str>,
    seconds: u64,
    replay: Option<PathBuf>,
}

/// `[TARGET] [--seconds N] [--replay FILE]`
pub fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let asked = read(arguments)?;
    let program = build(asked.targets.iter().any(|t| ENGINE.contains(t)))?;
    if let Some(file) = &asked.replay {
        let status = fuzzer(&program, asked.targets[0])?.arg(file).status()?;
        if !status.success() {
            bail!("{} fails", file.display());
        }
        return Ok(());
    }
    let share = (asked.seconds / asked.targets.len() as u64).max(1);
    let mut failed = Vec::new();
    for target in &asked.targets {
        println!("{target}: {share} s");
        if !one(&program, target, share)? {
            failed.push(*target);
        }
    }
    if !failed.is_empty() {
        bail!(
            "failing inputs of {} are in fuzz/found; replay one with --replay FILE",
            failed.join(", ")
        );
    }
    println!("no finding");
    Ok(())
}

fn read(arguments: &[&str]) -> anyhow::Result<Asked> {
    let usage = || {
        format!(
            "usage: cargo xtask fuzz [TARGET] [--seconds N] [--replay FILE]; TARGET is one of {}",
            TARGETS.join(", ")
        )
    };
    let mut asked = Asked {
        targets: TARGETS.into_iter().filter(|t| !ENGINE.contains(t)).collect(),
        seconds: SECONDS,
        replay: None,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--seconds" => asked.seconds = rest.next().and_then(|s| s.parse().ok()).with_context(usage)?,
            "--replay" => asked.replay = Some(PathBuf::from(rest.next().with_context(usage)?)),
            name => asked.targets = vec![*TARGETS.iter().find(|t| **t == name).with_context(usage)?],
        }
    }
    if asked.replay.is_some() && asked.targets.len() != 1 {
        bail!("{}: which target is the file for?", usage());
    }
    Ok(asked)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Where it is built: apart from everything else, as all of it is instrumented.
fn built() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| folder().join("../target"), PathBuf::from)
        .join("fuzz")
}

/// Builds the fuzzer, with the index if it is needed, and gives its path.
fn build(index: bool) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let version = Command::new("rustc").arg("-vV").output().context("running rustc")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version
        .lines()
        .find_map(|l| l.strip_prefix("host: "))
        .context("rustc does not say its host")?;
    let mut command = Command::new(cargo);
    // A target is named so that build scripts are not instrumented.
    command
        .current_dir(folder())
        .args(["build", "--release", "--locked", "--target", host])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", built());
    if index {
        command.args(["--features", "engine"]);
        if let Some(engine) = engine() {
            command.env("ROCKSDB_LIB_DIR", engine).env("ROCKSDB_STATIC", "1");
        }
    }
    let status = command.status().context("running cargo")?;
    if !status.success() {
        bail!("the fuzzer could not be built");
    }
    Ok(built().join(host).join("release/kilde-fuzz"))
}

/// Where the workspace has built the storage engine (the newest, as its version is pinned): what is fuzzed is ours, so it is
/// taken as it is, and not compiled once more.
fn engine() -> Option<PathBuf> {
    let built = built();
    let builds = std::fs::read_dir(built.parent()?.join("debug/build")).ok()?;
    let mut found: Vec<_> = builds
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("librocksdb-sys-"))
        .map(|entry| entry.path().join("out"))
        .filter_map(|out| Some((out.join("librocksdb.a").metadata().ok()?.modified().ok()?, out)))
        .collect();
    found.sort();
    found.pop().map(|(_, out)| out)
}

/// The fuzzer for a target.
fn fuzzer(program: &Path, target: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(program);
    command.env("KILDE_FUZZ_TARGET", target);
    if let Ok(packages) = crate::conformance::data("packages") {
        command.env("KILDE_FUZZ_PACKAGES", packages.canonicalize()?);
    }
    command.args([
        format!("-timeout={SLOWEST}"),
        format!("-rss_limit_mb={LARGEST}"),
        format!("-max_len={LONGEST}"),
    ]);
    Ok(command)
}

/// Runs one target; `false` if an input failed. What is learnt is kept beside what is built.
fn one(program: &Path, target: &str, seconds: u64) -> anyhow::Result<bool> {
    let (corpus, found) = (built().join("corpus").join(target), folder().join("found").join(target));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&found)?;
    let before = files(&found)?;
    let mut command = fuzzer(program, target)?;
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
        "-reload=0".to_owned(),
    ]);
    let words = folder().join("dictionaries").join(dictionary(target));
    command.arg(format!("-dict={}", words.display()));
    command.arg(&corpus).arg(folder().join("seeds").join(target)).args(shared(target));
    let status = command.status().with_context(|| format!("running {}", program.display()))?;
    for file in files(&found)?.into_iter().filter(|f| !before.contains(f)) {
        println!("{target}: found {}", file.display());
        minimise(program, target, &file)?;
    }
    Ok(status.success())
}

/// Makes a failing input as short as it can in a short while; writes it beside the first.
fn minimise(program: &Path, target: &str, file: &Path) -> anyhow::Result<()> {
    if file.file_name().is_some_and(|n| n.to_string_lossy().starts_with("oom-")) {
        return Ok(());
    }
    let mut smaller = OsString::from("-exact_artifact_path=");
    smaller.push(file.with_extension("min"));
    fuzzer(program, target)?
        .args(["-minimize_crash=1", "-max_total_time=20", "-verbosity=0"])
        .arg(smaller)
        .arg(file)
        .status()?;
    Ok(())
}

fn dictionary(target: &str) -> &str {
    match target {
        "patch" | "profile" | "package" => "json",
        other => other,
    }
}

/// Published examples to begin with, where they are.
fn shared(target: &str) -> Vec<PathBuf> {
    let parts: &[&str] = match target {
        "json" | "profile" => &["norway"],
        "xml" => &["fhir-test-cases/validator"],
        _ => &[],
    };
    parts.iter().filter_map(|p| crate::conformance::data(p).ok()).collect()
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        found.push(entry?.path());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds_and_words_and_is_in_the_fuzzer() {
        let targets = std::fs::read_to_string(folder().join("src/targets.rs")).unwrap();
        for target in TARGETS {
            assert!(targets.contains(&format!("target(\"{target}\"")), "{target}");
            assert!(!files(&folder().join("seeds").join(target)).unwrap().is_empty(), "{target}");
            assert!(folder().join("dictionaries").join(dictionary(target)).exists(), "{target}");
        }
    }

    #[test]
    fn arguments() {
        let asked = read(&["json", "--seconds", "5"]).unwrap();
        assert_eq!((asked.targets, asked.seconds), (vec!["json"], 5));
        assert_eq!(read(&[]).unwrap().targets.len(), TARGETS.len() - ENGINE.len());
        assert_eq!(read(&["query"]).unwrap().targets, ["query"]);
        assert!(read(&["nothing"]).is_err() && read(&["--seconds", "x"]).is_err() && read(&["--replay", "f"]).is_err());
    }
}
