//! `kilde log search`: the controller's search of the access log, against a running server.

use crate::overseer::{Overseer, cell, table};
use anyhow::Context;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::BufRead;

/// Search the access log of a running server: who saw whom, and why it was allowed
#[derive(Args)]
pub struct Search {
    #[command(flatten)]
    overseer: Overseer,
    /// Who saw this person: a national id; `-` reads it from standard input, so that it stands in no list of processes
    #[arg(long)]
    patient: Option<String>,
    /// The same, by the person number that the log uses
    #[arg(long, conflicts_with = "patient")]
    person: Option<u32>,
    /// What this employee saw, by national id; `-` reads it from standard input. Needs --reason
    #[arg(long)]
    reader: Option<String>,
    /// The same, by HPR number
    #[arg(long, conflicts_with_all = ["reader", "handle"])]
    hpr: Option<String>,
    /// The same, by the handle that a search shows
    #[arg(long, conflicts_with = "reader")]
    handle: Option<String>,
    /// From this day or instant on
    #[arg(long)]
    from: Option<String>,
    /// Until this day (included) or instant
    #[arg(long)]
    to: Option<String>,
    /// Identifier of a unit
    #[arg(long)]
    unit: Option<String>,
    /// Organisation number
    #[arg(long)]
    organisation: Option<String>,
    /// Client id
    #[arg(long)]
    client: Option<String>,
    /// Organisation number of the supplier that runs the client
    #[arg(long)]
    supplier: Option<String>,
    /// What was done: read, search, overview, write, export, destroy, operation (at the machine), ...
    #[arg(long)]
    action: Option<String>,
    /// Ground of a permit: attested, emergency, recorded, ...
    #[arg(long)]
    ground: Option<String>,
    /// Only what was refused
    #[arg(long, conflicts_with = "permitted")]
    refused: bool,
    /// Only what was permitted
    #[arg(long)]
    permitted: bool,
    /// Leave out what no human being looked at
    #[arg(long)]
    people: bool,
    /// Entries at most
    #[arg(long, default_value_t = 50)]
    limit: u64,
    /// Only entries before this number: where an earlier search ended
    #[arg(long)]
    before: Option<u64>,
}

impl Search {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let answer = self.overseer.ask(Method::POST, "/admin/tilgangslogg", Some(&self.body()?))?;
        if self.overseer.json {
            println!("{answer:#}");
            return Ok(());
        }
        let entries = answer["entries"].as_array().context("the answer has no entries")?;
        let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
        print!(
            "{}",
            table(&["no", "when", "person", "who", "where", "handle", "what", "why"], &rows)
        );
        println!("{} entries", entries.len());
        if let Some(before) = answer["before"].as_u64() {
            println!("there may be more: --before {before}");
        }
        Ok(())
    }

    fn body(&self) -> anyhow::Result<Value> {
        let mut body = serde_json::Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("patient", told(self.patient.as_deref())?.map(Value::from));
        put("person", self.person.map(Value::from));
        let nin = told(self.reader.as_deref())?.map(|nin| json!({ "nin": nin }));
        let hpr = self.hpr.as_ref().map(|hpr| json!({ "hpr": hpr }));
        put(
            "reader",
            nin.or(hpr).or(self.handle.as_ref().map(|handle| json!({ "handle": handle }))),
        );
        let texts = [
            ("from", &self.from),
            ("to", &self.to),
            ("unit", &self.unit),
            ("organisation", &self.organisation),
            ("client", &self.client),
            ("supplier", &self.supplier),
            ("action", &self.action),
            ("ground", &self.ground),
        ];
        for (name, text) in texts {
            put(name, text.clone().map(Value::from));
        }
        put(
            "outcome",
            self.refused
                .then(|| json!("refused"))
                .or(self.permitted.then(|| json!("permitted"))),
        );
        put("automatic", self.people.then(|| json!(false)));
        put("before", self.before.map(Value::from));
        put("limit", Some(json!(self.limit)));
        Ok(Value::Object(body))
    }
}

/// What was said, or a line of standard input for `-`.
fn told(text: Option<&str>) -> anyhow::Result<Option<String>> {
    match text {
        Some("-") => {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line)?;
            Ok(Some(line.trim().to_owned()))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

fn row(entry: &Value) -> Vec<String> {
    let reader = &entry["reader"];
    let name = match reader["kind"].as_str() {
        Some("system") => cell(&reader["client"]),
        _ => cell(&reader["name"]),
    };
    let who = match reader["profession"].as_str() {
        Some(profession) => format!("{name} ({profession})"),
        None => name,
    };
    let place = [&reader["unitName"], &reader["organisationName"], &reader["organisation"]];
    let place = place
        .into_iter()
        .find(|place| !place.is_null())
        .map_or_else(|| "-".to_owned(), cell);
    let mut why = cell(&entry["why"]);
    if let Some(reason) = entry["reason"].as_str() {
        why.push_str(&format!(" «{reason}»"));
    }
    vec![
        cell(&entry["no"]),
        cell(&entry["when"]),
        cell(&entry["person"]),
        who,
        place,
        cell(&reader["handle"]),
        cell(&entry["what"]),
        why,
    ]
}
