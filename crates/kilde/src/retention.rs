//! `kilde retention`: what has lasted its time by the controller's rules. A plan says what would go, as numbers; a run does it.

mod package;
mod plan;
mod rules;

use crate::delete::Stopped;
use crate::noted::at_the_machine;
use crate::place::IndexedPlace;
use crate::rebuild::bar;
use anyhow::Context;
use clap::{Args, Subcommand};
use kilde_intake::destroy::Target;
use plan::{Due, Plan};
use rules::{Action, Rules};
use std::path::{Path, PathBuf};

/// The client that a run is logged as.
const NAME: &str = "kilde retention";
/// Elements that are destroyed together: the log is read and the index rewritten once for all of them.
const TOGETHER: usize = 2_000;

/// The commands.
#[derive(Subcommand)]
pub enum RetentionCommand {
    /// Say what would go by the rules, as numbers by category: nothing about anybody
    Plan(PlanCommand),
    /// Destroy, and archive first where the rules say so; may be stopped and started again
    Run(RunCommand),
    /// Verify a package that a run has made
    Verify(VerifyCommand),
}

/// What `plan` needs.
#[derive(Args)]
pub struct PlanCommand {
    #[command(flatten)]
    place: IndexedPlace,
    /// File with the rules
    #[arg(long)]
    rules: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As it would be on that day (default: today)
    #[arg(long)]
    on: Option<jiff::civil::Date>,
}

/// What `run` needs.
#[derive(Args)]
pub struct RunCommand {
    #[command(flatten)]
    place: IndexedPlace,
    /// File with the rules
    #[arg(long)]
    rules: PathBuf,
    /// Who decided it, by name: goes into the access log
    #[arg(long)]
    by: String,
    /// Where packages for the archive are put; needed if a rule says `archive`
    #[arg(long)]
    archive: Option<PathBuf>,
}

/// What `verify` needs.
#[derive(Args)]
pub struct VerifyCommand {
    /// The package: a directory with manifest.json
    package: PathBuf,
}

impl RetentionCommand {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            RetentionCommand::Plan(asked) => asked.run(),
            RetentionCommand::Run(asked) => asked.run(),
            RetentionCommand::Verify(asked) => {
                let found = package::verify(&asked.package)?;
                println!("{} elements in {} versions, whole", found.elements, found.versions);
                Ok(())
            }
        }
    }
}

fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

impl PlanCommand {
    fn run(self) -> anyhow::Result<()> {
        let rules = Rules::read(&self.rules)?;
        let stopped = Stopped::open(&self.place)?;
        at_the_machine(&stopped.access, "kilde retention plan", "")?;
        let on = self.on.unwrap_or_else(today);
        let plan = Plan::of(&stopped, &rules, on)?;
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&plan.json(on))?),
            false => print!("{}", plan.table(on)),
        }
        Ok(())
    }
}

impl RunCommand {
    fn run(self) -> anyhow::Result<()> {
        let rules = Rules::read(&self.rules)?;
        if rules.all.iter().any(|rule| rule.action == Action::Archive) {
            anyhow::ensure!(self.archive.is_some(), "a rule says archive: say --archive DIRECTORY");
        }
        let stopped = Stopped::open(&self.place)?;
        let plan = Plan::of(&stopped, &rules, today())?;
        let goes = |due: &&Due| !due.held && rules.all[due.rule].action != Action::Review;
        let all: Vec<&Due> = plan.due.iter().filter(goes).collect();
        let bar = bar(all.len() as u64);
        for (number, rule) in rules.all.iter().enumerate() {
            let own: Vec<&Due> = all.iter().filter(|due| due.rule == number).copied().collect();
            for chunk in own.chunks(TOGETHER) {
                if rule.action == Action::Archive {
                    let archive = self.archive.as_deref().unwrap_or(Path::new("."));
                    let made = package::make(&stopped, archive, rule, chunk)?;
                    // Only what was read again and found whole is gone here.
                    let found = package::verify(&made).with_context(|| format!("the package {}", made.display()))?;
                    anyhow::ensure!(found.elements == chunk.len(), "the package {} is not complete", made.display());
                }
                let targets = chunk.iter().map(|due| Target::Element(due.rtype, due.id.clone())).collect();
                let done = stopped.destroy(targets, NAME, &self.by, &rule.reason())?;
                anyhow::ensure!(
                    done.complete,
                    "event {} is not carried through yet: the next start does it",
                    done.event
                );
                bar.inc(chunk.len() as u64);
            }
        }
        bar.finish_and_clear();
        let held = plan.due.iter().filter(|due| due.held).count();
        let review = plan.due.len() - all.len() - held;
        println!(
            "{} elements are gone for good, {held} are held, {review} are to be reviewed",
            all.len()
        );
        Ok(())
    }
}
