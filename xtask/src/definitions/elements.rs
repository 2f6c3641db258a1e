//! Elements of resource types, complex datatypes and their backbone elements.

use super::{codes::Codes, corrections, is_type};
use crate::package::{items, text};
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const STRUCTURE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The element table; the value sets with required binding are noted in `codes`.
pub fn table(resources: &[Value], codes: &mut Codes<'_>) -> anyhow::Result<String> {
    let mut types: BTreeMap<String, String> = BTreeMap::new();
    for definition in resources
        .iter()
        .filter(|r| is_type(r) && matches!(text(r, "kind"), "resource" | "complex-type"))
    {
        for (name, lines) in of_type(definition, codes)? {
            types.insert(name, lines);
        }
    }
    for (name, lines) in corrections::TYPES_IN_R4 {
        types.insert((*name).to_owned(), (*lines).to_owned());
        codes.note("group-measure", "EvidenceVariable.characteristic.groupMeasure")?;
    }
    let head = "#type\tbase, then its elements: \tname\tcardinality\ttypes\trequired value set\tflags (m: modifier, s: summary)\n";
    Ok(head.to_owned() + &types.into_values().collect::<String>())
}

/// The type and its backbone elements, each with the lines of the elements it adds to its base.
fn of_type(definition: &Value, codes: &mut Codes<'_>) -> anyhow::Result<BTreeMap<String, String>> {
    let name = text(definition, "type");
    let base = text(definition, "baseDefinition").strip_prefix(STRUCTURE).unwrap_or("");
    let mut types = BTreeMap::from([(name.to_owned(), format!("{name}\t{base}\n"))]);
    for element in items(&definition["snapshot"], "element").iter().skip(1) {
        let path = text(element, "path");
        if text(&element["base"], "path") != path || corrections::left_out(path) {
            continue;
        }
        let line = line(element, codes).with_context(|| path.to_owned())?;
        let (parent, _) = path.rsplit_once('.').context("a path without a dot")?;
        types
            .get_mut(parent)
            .with_context(|| format!("{path} before {parent}"))?
            .push_str(&line);
        if let Some(base @ ("BackboneElement" | "Element")) = items(element, "type").first().map(|t| text(t, "code")) {
            types.insert(path.to_owned(), format!("{path}\t{base}\n"));
        }
    }
    for (of, line) in corrections::IN_R4 {
        if let Some(lines) = types.get_mut(*of) {
            lines.push_str(line);
        }
    }
    Ok(types)
}

fn line(element: &Value, codes: &mut Codes<'_>) -> anyhow::Result<String> {
    let path = text(element, "path");
    let name = path.rsplit('.').next().unwrap_or(path);
    let max = text(element, "max");
    ensure!(matches!(max, "1" | "*"), "an unforeseen maximum {max}");
    let mut types = Vec::new();
    match text(element, "contentReference").strip_prefix('#') {
        Some(of) => types.push(of.to_owned()),
        None => {
            for t in items(element, "type") {
                types.push(type_of(path, t)?);
            }
        }
    }
    let binding = &element["binding"];
    let mut value_set = "";
    if text(binding, "strength") == "required" {
        let url = text(binding, "valueSet").split('|').next().unwrap_or("");
        value_set = codes.required(url, path)?.unwrap_or("");
    }
    let flag = |name: &str, letter: &'static str| if element[name] == true { letter } else { "" };
    let flags = format!("{}{}", flag("isModifier", "m"), flag("isSummary", "s"));
    let mut line = String::new();
    writeln!(
        line,
        "\t{name}\t{}..{max}\t{}\t{value_set}\t{flags}",
        element["min"],
        types.join("|")
    )?;
    Ok(line)
}

/// A type as the table writes it; reference targets in parentheses unless all are allowed.
fn type_of(path: &str, t: &Value) -> anyhow::Result<String> {
    Ok(match text(t, "code") {
        "http://hl7.org/fhirpath/System.String" => match path {
            "Resource.id" => "id".to_owned(),
            "Extension.url" => "uri".to_owned(),
            "Element.id" => "string".to_owned(),
            other => bail!("a system string at {other}"),
        },
        "BackboneElement" | "Element" => path.to_owned(),
        "Reference" => {
            let targets: Vec<&str> = items(t, "targetProfile")
                .iter()
                .filter_map(Value::as_str)
                .filter_map(|p| p.strip_prefix(STRUCTURE))
                .collect();
            if targets.is_empty() || targets.contains(&"Resource") {
                "Reference".to_owned()
            } else {
                format!("Reference({})", targets.join(","))
            }
        }
        code => code.to_owned(),
    })
}
