//! What is due by the rules.

use super::rules::{Rules, Since};
use crate::delete::Stopped;
use jiff::civil::Date;
use kilde_fhir::date::local_date;
use kilde_fhir::definitions::ResourceType;
use kilde_log::PersonNo;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// An element whose time is over.
#[derive(Debug)]
pub struct Due {
    /// Type.
    pub rtype: ResourceType,
    /// Logical id.
    pub id: String,
    /// Whose.
    pub person: PersonNo,
    /// By which rule.
    pub rule: usize,
    /// Whether a legal hold keeps it.
    pub held: bool,
}

/// What is due.
#[derive(Debug, Default)]
pub struct Plan {
    /// All of it.
    pub due: Vec<Due>,
    /// How many elements were looked at.
    pub examined: usize,
    lines: Vec<Line>,
}

/// A rule with its numbers.
#[derive(Debug)]
struct Line {
    category: String,
    rtype: String,
    organisation: String,
    period: String,
    action: &'static str,
    due: usize,
    held: usize,
    persons: usize,
}

impl Plan {
    /// Looks at every element.
    pub fn of(stopped: &Stopped, rules: &Rules, on: Date) -> anyhow::Result<Plan> {
        let mut plan = Plan::default();
        stopped.stores.index.each_retained(|one| {
            plan.examined += 1;
            let first = rules
                .all
                .iter()
                .position(|rule| rule.is_about(one.category, one.rtype.name(), &one.organisation));
            let Some((number, rule)) = first.map(|number| (number, &rules.all[number])) else {
                return Ok(());
            };
            let began = match rule.from {
                // No end: it goes on still.
                Since::Documented => one.documented.last(),
                Since::Received => Some(local_date(one.last_updated_ms)),
            };
            if began.is_some_and(|began| rule.is_over(began, on)) {
                plan.due.push(Due {
                    rtype: one.rtype,
                    id: one.id.to_owned(),
                    person: one.person,
                    rule: number,
                    held: false,
                });
            }
            Ok(())
        })?;
        for due in &mut plan.due {
            let element = format!("{}/{}", due.rtype.name(), due.id);
            due.held = !stopped.intake.held([due.person], &element).is_empty();
        }
        for (number, rule) in rules.all.iter().enumerate() {
            let own = || plan.due.iter().filter(|due| due.rule == number);
            plan.lines.push(Line {
                category: rule.category.clone(),
                rtype: rule.rtype.clone().unwrap_or_default(),
                organisation: rule.organisation.clone().unwrap_or_default(),
                period: rule.period.clone(),
                action: rule.action.name(),
                due: own().filter(|due| !due.held).count(),
                held: own().filter(|due| due.held).count(),
                persons: own().map(|due| due.person).collect::<BTreeSet<_>>().len(),
            });
        }
        Ok(plan)
    }

    /// As JSON: numbers only.
    pub fn json(&self, on: Date) -> Value {
        let rules: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                json!({
                    "category": line.category, "type": line.rtype, "organisation": line.organisation, "period": line.period, "action": line.action,
                    "due": line.due, "held": line.held, "persons": line.persons
                })
            })
            .collect();
        json!({ "on": on.to_string(), "examined": self.examined, "rules": rules })
    }

    /// As a table.
    pub fn table(&self, on: Date) -> String {
        let mut out = format!("{} elements examined, as of {on}\n", self.examined);
        let row = |out: &mut String, cells: [&str; 8]| {
            let [category, rtype, organisation, period, action, due, held, persons] = cells;
            let _ = writeln!(
                out,
                "{category:<16} {rtype:<20} {organisation:<12} {period:<8} {action:<8} {due:>9} {held:>7} {persons:>8}"
            );
        };
        row(
            &mut out,
            ["category", "type", "organisation", "period", "action", "due", "held", "persons"],
        );
        for line in &self.lines {
            let numbers = [line.due, line.held, line.persons].map(|number| number.to_string());
            row(
                &mut out,
                [
                    &line.category,
                    &line.rtype,
                    &line.organisation,
                    &line.period,
                    line.action,
                    &numbers[0],
                    &numbers[1],
                    &numbers[2],
                ],
            );
        }
        out
    }
}
