//! `kilde review`: findings of unusual access, and who has access, against a running server.

use crate::overseer::{Overseer, cell, table};
use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

/// Findings of unusual access: list, show, close; and who has access
#[derive(Subcommand)]
pub enum Review {
    /// Findings, newest first
    List(List),
    /// One finding: the rule, the figures, the reader's own reason, what came of it
    Show(Show),
    /// Say what came of a finding
    Close(Close),
    /// Who has access by role, and who used it
    Report(Report),
}

/// Findings, newest first
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    overseer: Overseer,
    /// open, closed or all
    #[arg(long, default_value = "open")]
    status: String,
    /// Only findings of this rule
    #[arg(long)]
    rule: Option<String>,
    /// Only findings of this unit
    #[arg(long)]
    unit: Option<String>,
    /// Findings at most
    #[arg(long, default_value_t = 50)]
    limit: u64,
    /// Only findings before this number: where an earlier list ended
    #[arg(long)]
    before: Option<u64>,
}

/// One finding
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    overseer: Overseer,
    /// Its id
    id: String,
}

/// Say what came of a finding
#[derive(Args)]
pub struct Close {
    #[command(flatten)]
    overseer: Overseer,
    /// Its id
    id: String,
    /// justified, unjustified, unclear or reopened
    #[arg(long)]
    outcome: String,
    /// Why, in words
    #[arg(long)]
    words: String,
}

/// Who has access by role, and who used it
#[derive(Args)]
pub struct Report {
    #[command(flatten)]
    overseer: Overseer,
    /// Only this unit
    #[arg(long)]
    unit: Option<String>,
    /// From this day on (default: 30 days ago)
    #[arg(long)]
    from: Option<String>,
    /// Until this day, included
    #[arg(long)]
    to: Option<String>,
}

impl Review {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Review::List(list) => list.run(),
            Review::Show(show) => show.run(),
            Review::Close(close) => close.run(),
            Review::Report(report) => report.run(),
        }
    }
}

/// A query of what was said.
fn query(parts: &[(&str, Option<String>)]) -> String {
    let said = parts.iter().filter_map(|(name, value)| {
        let value = value.as_deref()?;
        Some(format!("{name}={}", kilde_http::query::encode(value)))
    });
    said.collect::<Vec<_>>().join("&")
}

fn who(reader: &Value) -> String {
    let name = cell(&reader["name"]);
    reader["profession"]
        .as_str()
        .map_or(name.clone(), |profession| format!("{name} ({profession})"))
}

fn place(reader: &Value) -> String {
    let places = [&reader["unitName"], &reader["unit"], &reader["organisationName"]];
    places
        .into_iter()
        .find(|place| !place.is_null())
        .map_or_else(|| "-".to_owned(), cell)
}

impl List {
    fn run(self) -> anyhow::Result<()> {
        let text = query(&[
            ("status", Some(self.status)),
            ("rule", self.rule),
            ("unit", self.unit),
            ("limit", Some(self.limit.to_string())),
            ("before", self.before.map(|before| before.to_string())),
        ]);
        let answer = self.overseer.ask(Method::GET, &format!("/admin/review?{text}"), None)?;
        if self.overseer.json {
            println!("{answer:#}");
            return Ok(());
        }
        let findings = answer["findings"].as_array().context("the answer has no findings")?;
        let rows: Vec<Vec<String>> = findings
            .iter()
            .map(|one| {
                vec![
                    cell(&one["id"]),
                    cell(&one["when"]),
                    cell(&one["status"]),
                    who(&one["reader"]),
                    place(&one["reader"]),
                    cell(&one["person"]),
                    cell(&one["entry"]),
                    cell(&one["title"]),
                    cell(&one["explanation"]),
                ]
            })
            .collect();
        let headings = ["id", "when", "status", "who", "where", "person", "entry", "rule", "why"];
        print!("{}", table(&headings, &rows));
        println!("{} findings; {} open", rows.len(), answer["open"]);
        if let Some(before) = answer["before"].as_u64() {
            println!("there are more: --before {before}");
        }
        Ok(())
    }
}

impl Show {
    fn run(self) -> anyhow::Result<()> {
        let one = self.overseer.ask(Method::GET, &format!("/admin/review/{}", self.id), None)?;
        if self.overseer.json {
            println!("{one:#}");
            return Ok(());
        }
        println!("{} {} [{}]", cell(&one["id"]), cell(&one["title"]), cell(&one["status"]));
        println!("  {}", cell(&one["explanation"]));
        println!("  {} {}, {}", cell(&one["when"]), who(&one["reader"]), place(&one["reader"]));
        println!("  handle {}", cell(&one["reader"]["handle"]));
        println!("  person {}, entry {}", cell(&one["person"]), cell(&one["entry"]));
        println!("  {}", cell(&one["access"]["why"]));
        if let Some(reason) = one["access"]["reason"].as_str() {
            println!("  «{reason}»");
        }
        for outcome in one["outcomes"].as_array().into_iter().flatten() {
            let words = [&outcome["when"], &outcome["by"], &outcome["title"], &outcome["words"]].map(cell);
            println!("  {}", words.join(" - "));
        }
        Ok(())
    }
}

impl Close {
    fn run(self) -> anyhow::Result<()> {
        let body = json!({ "outcome": self.outcome, "words": self.words });
        let answer = self.overseer.ask(Method::PUT, &format!("/admin/review/{}", self.id), Some(&body))?;
        println!("{} {}", cell(&answer["id"]), cell(&answer["status"]));
        Ok(())
    }
}

impl Report {
    fn run(self) -> anyhow::Result<()> {
        let text = query(&[("unit", self.unit), ("from", self.from), ("to", self.to)]);
        let answer = self.overseer.ask(Method::GET, &format!("/admin/review-report?{text}"), None)?;
        if self.overseer.json {
            println!("{answer:#}");
            return Ok(());
        }
        let mut rows = Vec::new();
        for unit in answer["access"].as_array().into_iter().flatten() {
            for role in unit["roles"].as_array().into_iter().flatten() {
                let categories: Vec<String> = role["categories"].as_array().into_iter().flatten().map(cell).collect();
                let profession = if role["profession"].is_null() {
                    &role["role"]
                } else {
                    &role["profession"]
                };
                rows.push(vec![
                    cell(&unit["name"]),
                    cell(profession),
                    cell(&role["purpose"]),
                    categories.join(", "),
                ]);
            }
        }
        print!("{}", table(&["unit", "role", "purpose", "reaches"], &rows));
        println!();
        let used = answer["used"].as_array().context("the answer has no readers")?;
        let rows: Vec<Vec<String>> = used
            .iter()
            .map(|one| {
                let numbers = ["persons", "accesses", "refused", "emergency", "selfDeclared"].map(|name| cell(&one[name]));
                [vec![who(&one["reader"]), place(&one["reader"])], numbers.to_vec()].concat()
            })
            .collect();
        let headings = ["who", "where", "persons", "accesses", "refused", "emergency", "self-declared"];
        print!("{}", table(&headings, &rows));
        if answer["complete"] == false {
            println!("there was more than one report looks at: ask for a shorter period");
        }
        Ok(())
    }
}
