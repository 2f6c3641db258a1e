//! Search parameters and the patient compartment.

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

/// One resource type a line: type, the codes of the parameters that place it in the compartment.
/// Types without such a parameter are left out.
pub fn patient_compartment(resources: &[Value]) -> anyhow::Result<String> {
    let compartment = resources
        .iter()
        .find(|r| text(r, "resourceType") == "CompartmentDefinition" && text(r, "code") == "Patient")
        .context("no compartment definition for Patient")?;
    let mut lines: Vec<String> = items(compartment, "resource")
        .iter()
        .filter(|r| !items(r, "param").is_empty())
        .map(|r| format!("{}\t{}\n", text(r, "code"), words(r, "param")))
        .collect();
    lines.sort_unstable();
    Ok(format!("#type\tparameters\n{}", lines.concat()))
}

fn words(value: &Value, name: &str) -> String {
    items(value, name).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}
