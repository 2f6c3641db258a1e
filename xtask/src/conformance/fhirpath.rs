//! HL7's FHIRPath suite for R4.

use super::support::fhirpath_suite::{self, Ran};
use anyhow::Context;
use serde_json::{Value, json};

/// Runs the suite, prints passes by group and each miss, and gives the same as JSON.
pub fn run() -> anyhow::Result<Value> {
    let folder = super::data("fhir-test-cases/fhirpath")?;
    let ran = fhirpath_suite::run(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut groups: Vec<(&str, usize, usize)> = Vec::new();
    for test in &ran {
        if groups.last().is_none_or(|(name, ..)| *name != test.group) {
            groups.push((&test.group, 0, 0));
        }
        if let Some((_, passed, all)) = groups.last_mut() {
            *passed += usize::from(test.miss.is_none());
            *all += 1;
        }
    }
    println!("{:<32}{:>8}{:>8}", "group", "pass", "of");
    for (name, passed, all) in &groups {
        println!("{name:<32}{passed:>8}{all:>8}");
    }
    let passed = ran.iter().filter(|t| t.miss.is_none()).count();
    println!("{:<32}{passed:>8}{:>8}", "total", ran.len());
    let misses: Vec<&Ran> = ran.iter().filter(|t| t.miss.is_some()).collect();
    for miss in &misses {
        println!("\nmiss {}/{}: {}", miss.group, miss.name, miss.expression.trim());
        println!("     {}", miss.miss.as_deref().unwrap_or(""));
    }
    Ok(json!({
        "suite": "fhirpath-r4",
        "passed": passed,
        "total": ran.len(),
        "groups": groups.iter().map(|(name, passed, all)| json!({"name": name, "passed": passed, "total": all})).collect::<Vec<_>>(),
        "misses": misses.iter().map(|m| json!({
            "group": m.group, "name": m.name, "expression": m.expression, "reason": m.miss,
        })).collect::<Vec<_>>(),
    }))
}
