//! The published Norwegian examples: valid, or with the defects that are known.

use super::support::norwegian::{self, Example};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::path::Path;

/// Where the known defects are kept: the snapshots of the tests of kilde-fhir.
const KNOWN: &str = "../crates/kilde-fhir/tests/snapshots";

/// Examines all examples, prints each that is not valid, and gives the same as JSON. A defect that is not known, and a known
/// one that is gone, are errors.
pub fn run() -> anyhow::Result<Value> {
    let (validator, not_loaded) = norwegian::validator(&super::data("packages")?);
    for told in &not_loaded {
        println!("not loaded: {told}");
    }
    let folder = super::data("norway")?;
    let parts = [
        (
            "packages",
            norwegian::of_packages(&validator),
            "profiles_packages__the_examples_of_the_packages.snap",
        ),
        (
            "norway",
            norwegian::of_folder(&folder).with_context(|| format!("reading {}", folder.display()))?,
            "real_data__the_norwegian_examples.snap",
        ),
    ];
    let mut told = serde_json::Map::new();
    let mut unknown = 0;
    for (part, examples, file) in parts {
        let known = known(file)?;
        let (strange, gone) = compare(&examples, &known);
        let valid = examples.iter().filter(|e| e.breaks.is_empty()).count();
        println!(
            "{part}: {valid} of {} examples are valid, {} have defects that are known",
            examples.len(),
            examples.len() - valid - strange.len()
        );
        print!("{}", norwegian::lines(&examples));
        for line in &strange {
            println!("NOT KNOWN: {line}");
        }
        for line in &gone {
            println!("KNOWN, AND GONE: {line}");
        }
        unknown += strange.len() + gone.len();
        let defects = examples.iter().filter(|e| !e.breaks.is_empty());
        told.insert(
            part.to_owned(),
            json!({
                "examples": examples.len(),
                "valid": valid,
                "defects": defects.map(|e| json!({"name": e.name, "rules": e.breaks})).collect::<Vec<_>>(),
                "notKnown": strange,
                "gone": gone,
            }),
        );
    }
    if unknown > 0 {
        bail!("{unknown} examples are not as the snapshots of kilde-fhir's tests say");
    }
    told.insert("suite".to_owned(), json!("norwegian"));
    Ok(Value::Object(told))
}

/// The lines of a snapshot, below its head.
fn known(file: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(KNOWN).join(file);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let body = text
        .splitn(3, "---\n")
        .nth(2)
        .with_context(|| format!("{} is no snapshot", path.display()))?;
    Ok(body.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect())
}

/// The lines of defects that are not known, and the known ones that are not there.
fn compare(examples: &[Example], known: &[String]) -> (Vec<String>, Vec<String>) {
    let found: Vec<String> = examples
        .iter()
        .filter_map(Example::line)
        .map(|line| line.trim_end().to_owned())
        .collect();
    let missing = |of: &[String], within: &[String]| of.iter().filter(|line| !within.contains(line)).cloned().collect();
    (missing(&found, known), missing(known, &found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_and_what_is_gone_is_told() {
        let example = |name: &str, rule: Option<&str>| Example {
            name: name.to_owned(),
            breaks: rule.map(str::to_owned).into_iter().collect(),
        };
        let examples = [example("a", None), example("b", Some("known")), example("c", Some("new"))];
        let known = ["b: known".to_owned(), "d: mended".to_owned()];
        assert_eq!(
            compare(&examples, &known),
            (vec!["c: new".to_owned()], vec!["d: mended".to_owned()])
        );
    }
}
