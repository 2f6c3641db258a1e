//! Search parameters and compartments.

use crate::package::{items, text};
use anyhow::{Context, ensure};
use serde_json::Value;

const CANONICAL: &str = "http://hl7.org/fhir/SearchParameter/";

/// One search parameter a line: id (the canonical url is [`CANONICAL`] + id), code, type, base
/// types, target types (`*` for all; the definitions leave `Parameters` out of all), components (`id|expression;...`), expression; ordered by id.
pub fn parameters(resources: &[Value]) -> anyhow::Result<String> {
    let all_types = super::resource_types(resources).lines().count();
    let mut out = String::from("#id\tcode\ttype\tbase\ttarget\tcomponents\texpression\n");
    for parameter in resources.iter().filter(|r| text(r, "resourceType") == "SearchParameter") {
        let id = text(parameter, "url")
            .strip_prefix(CANONICAL)
            .context("a search parameter with another canonical")?;
        if super::corrections::left_out(id) {
            continue;
        }
        let mut components = Vec::new();
        for component in items(parameter, "component") {
            let id = text(component, "definition")
                .strip_prefix(CANONICAL)
                .context("a component with another canonical")?;
            components.push(format!("{id}|{}", text(component, "expression")));
        }
        let line = [
            id.to_owned(),
            text(parameter, "code").to_owned(),
            text(parameter, "type").to_owned(),
            words(parameter, "base"),
            if items(parameter, "target").len() + 1 >= all_types {
                "*".to_owned()
            } else {
                words(parameter, "target")
            },
            components.join(";"),
            text(parameter, "expression").to_owned(),
        ];
        ensure!(
            line.iter().all(|cell| !cell.contains(['\t', '\n', '\r'])),
            "{id}: a tab or a line break in a cell"
        );
        out.push_str(&line.join("\t"));
        out.push('\n');
    }
    Ok(out)
}

/// One resource type of a compartment a line: compartment, type, the codes of the parameters that place it there.
/// Types without such a parameter are left out, and that a resource is in its own compartment.
pub fn compartments(resources: &[Value]) -> anyhow::Result<String> {
    let definitions = resources.iter().filter(|r| text(r, "resourceType") == "CompartmentDefinition");
    let mut lines = Vec::new();
    for compartment in definitions {
        for resource in items(compartment, "resource") {
            let codes: Vec<&str> = items(resource, "param")
                .iter()
                .filter_map(Value::as_str)
                .filter(|code| *code != "{def}")
                .collect();
            if !codes.is_empty() {
                lines.push(format!(
                    "{}\t{}\t{}\n",
                    text(compartment, "code"),
                    text(resource, "code"),
                    codes.join(",")
                ));
            }
        }
    }
    ensure!(!lines.is_empty(), "no compartment definition");
    lines.sort_unstable();
    Ok(format!("#compartment\ttype\tparameters\n{}", lines.concat()))
}

fn words(value: &Value, name: &str) -> String {
    items(value, name).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}
