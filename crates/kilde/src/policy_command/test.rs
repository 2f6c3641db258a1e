//! `kilde policy test`: personas and questions, and what is expected of each. Decided here, by the same decision, with nothing of a server.

use super::who_of;
use crate::assembly::sandbox;
use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use kilde_access::InstancePolicy;
use kilde_access::explain::{About, Ask, Explanation, Supposed, Who, explain};
use kilde_log::PersonNo;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Hold a table of expected decisions against a policy; exit code 1 when one differs
#[derive(Args)]
pub struct Test {
    /// Table (TOML or JSON); `docs/guides/policy.md` shows one
    file: PathBuf,
    /// Policy file instead of the one that the table names
    #[arg(long)]
    policy: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Policy file, beside the table.
    policy: Option<PathBuf>,
    /// One of the sandbox's instances instead.
    sandbox: Option<String>,
    who: BTreeMap<String, Somebody>,
    question: BTreeMap<String, Asked>,
    expect: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Somebody {
    persona: Option<String>,
    actor: Option<Who>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ask: Ask,
    /// Whether it is about a person.
    #[serde(default = "yes")]
    person: bool,
    /// Whether a relation between her and the reader's organisation is recorded.
    #[serde(default)]
    recorded: bool,
    /// When (with an offset); now, if it is not said.
    at: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    who: String,
    question: String,
    decision: String,
    /// Id of the policy, or code of the refusal or ground.
    because: Option<String>,
    /// Categories that must be reached.
    #[serde(default)]
    reaches: Vec<String>,
    /// Categories that must not be reached.
    #[serde(default)]
    reaches_not: Vec<String>,
}

impl Test {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let table = read(&self.file, &text)?;
        let policy = policy(&table, &self.file, self.policy.as_deref())?;
        let mut wrong = 0;
        for expected in &table.expect {
            let told = put(&table, expected, &policy)?;
            let differs = difference(expected, &told);
            let mark = if differs.is_some() { "WRONG" } else { "ok" };
            println!(
                "{mark:5}  {:24} {:24} {:7} {}{}",
                expected.who,
                expected.question,
                told.decision,
                told.because.policy,
                differs.as_ref().map(|why| format!("   expected {why}")).unwrap_or_default()
            );
            wrong += usize::from(differs.is_some());
        }
        println!("{} of {} as expected", table.expect.len() - wrong, table.expect.len());
        if wrong > 0 {
            std::process::exit(1);
        }
        Ok(())
    }
}

fn read(file: &Path, text: &str) -> anyhow::Result<Table> {
    let table: Table = match file.extension().is_some_and(|end| end == "json") {
        true => serde_json::from_str(text).with_context(|| format!("in {}", file.display()))?,
        false => toml::from_str(text).with_context(|| format!("in {}", file.display()))?,
    };
    anyhow::ensure!(!table.expect.is_empty(), "{} expects nothing", file.display());
    Ok(table)
}

fn policy(table: &Table, file: &Path, other: Option<&Path>) -> anyhow::Result<InstancePolicy> {
    let beside = |path: &PathBuf| file.parent().unwrap_or(Path::new("")).join(path);
    match (other.map(Path::to_owned).or(table.policy.as_ref().map(beside)), &table.sandbox) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            InstancePolicy::from_toml(&text).with_context(|| format!("in {}", path.display()))
        }
        (None, Some(number)) => sandbox::policy(number).with_context(|| format!("{number} is none of the sandbox's instances")),
        (None, None) => anyhow::bail!("the table names neither `policy` nor `sandbox`"),
    }
}

fn put(table: &Table, expected: &Expected, policy: &InstancePolicy) -> anyhow::Result<Explanation> {
    let somebody = table
        .who
        .get(&expected.who)
        .with_context(|| format!("nobody is called {}", expected.who))?;
    let asked = table
        .question
        .get(&expected.question)
        .with_context(|| format!("no question is called {}", expected.question))?;
    let who = match (&somebody.persona, &somebody.actor) {
        (Some(name), None) => who_of(name)?.0,
        (None, Some(who)) => who.clone(),
        _ => anyhow::bail!("{} is either a `persona` or an `actor`", expected.who),
    };
    let about = About {
        person_named: asked.person,
        person: asked.person.then_some(PersonNo(1)),
        nin: None,
    };
    let now = match &asked.at {
        None => Timestamp::now(),
        Some(at) => at.parse().with_context(|| format!("`at` of question {}", expected.question))?,
    };
    let now = now.as_millisecond();
    explain(&who, &asked.ask, about, policy, &Supposed(asked.recorded), now)
        .with_context(|| format!("question {} of {}", expected.question, expected.who))
}

/// What was expected, if something else is told.
fn difference(expected: &Expected, told: &Explanation) -> Option<String> {
    let because = |because: &String| because == told.because.policy || because == told.because.code;
    if expected.decision != told.decision || !expected.because.as_ref().is_none_or(because) {
        let why = expected.because.as_deref().unwrap_or_default();
        return Some(format!("{} {why}", expected.decision));
    }
    let reached = |name: &&String| told.decision == "permit" && told.reached.contains(&name.as_str());
    if let Some(name) = expected.reaches.iter().find(|name| !reached(name)) {
        return Some(format!("{name} to be reached"));
    }
    let kept = expected.reaches_not.iter().find(reached);
    kept.map(|name| format!("{name} not to be reached"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_sandbox_is_as_expected() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/policy/sandbox.toml");
        let text = std::fs::read_to_string(&path).expect("a table");
        let table = read(&path, &text).expect("a table");
        let policy = policy(&table, &path, None).expect("a policy");
        for expected in &table.expect {
            let told = put(&table, expected, &policy).expect("an explanation");
            assert_eq!(
                difference(expected, &told),
                None,
                "{} {}: {told:?}",
                expected.who,
                expected.question
            );
        }
    }

    #[test]
    fn what_differs_is_told() {
        let text = r#"{"sandbox":"9901","who":{"a":{"persona":"drift"}},"question":{"q":{"ask":{"action":"read"}}},
            "expect":[{"who":"a","question":"q","decision":"permit"}]}"#;
        let table = read(Path::new("a.json"), text).expect("a table");
        let policy = policy(&table, Path::new("a.json"), None).expect("a policy");
        let told = put(&table, &table.expect[0], &policy).expect("an explanation");
        assert_eq!(difference(&table.expect[0], &told).as_deref(), Some("permit "));
        assert!(read(Path::new("a.toml"), "who = 1").is_err());
    }
}
