//! Runs HL7's FHIRPath suite for R4 (`fhir-test-cases/fhirpath/tests-fhir-r4.xml`).

use super::xml::{self, Xml};
use kilde_fhir::fhirpath::{Check, Context, DateTime, Expression, Item, Node};
use kilde_fhir::json::{Document, Limits, parse};
use std::collections::BTreeMap;
use std::path::Path;

/// What became of a test.
pub struct Ran {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The expression.
    pub expression: String,
    /// Why it missed; `None` if it passed.
    pub miss: Option<String>,
}

/// Runs all tests of the suite in that folder.
pub fn run(folder: &Path) -> std::io::Result<Vec<Ran>> {
    let suite = xml::parse(&std::fs::read_to_string(folder.join("tests-fhir-r4.xml"))?);
    let mut inputs: BTreeMap<String, Document> = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("input"))? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let json = match path.extension().is_some_and(|e| e == "xml") {
            true => {
                let made = kilde_fhir::xml::to_json(text.as_bytes(), Limits::default());
                made.map_err(|findings| std::io::Error::other(format!("{findings:?}")))?.json
            }
            false => text,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let document = parse(json, Limits::default()).map_err(|e| std::io::Error::other(format!("{name}: {e}")))?;
        inputs.insert(name, document);
    }
    let mut ran = Vec::new();
    for group in suite.named("group") {
        for test in group.named("test") {
            let input = test.attribute("inputfile").and_then(|name| inputs.get(name));
            let expression = test.named("expression").next().map_or(String::new(), |e| e.text.clone());
            ran.push(Ran {
                group: group.attribute("name").unwrap_or_default().to_owned(),
                name: test.attribute("name").unwrap_or_default().to_owned(),
                miss: run_one(test, &expression, input).err(),
                expression,
            });
        }
    }
    Ok(ran)
}

/// Whether the test passes: an error of whatever kind where one is expected, else the very output.
fn run_one(test: &Xml, expression: &str, input: Option<&Document>) -> Result<(), String> {
    let is_error_expected = test.named("expression").any(|e| e.attribute("invalid").is_some());
    match (outcome(test, expression, input), is_error_expected) {
        (Ok(_), true) => Err("no error where one is expected".to_owned()),
        (Err(_), true) => Ok(()),
        (Err(error), false) => Err(error),
        (Ok(mut found), false) => {
            let mut expected: Vec<(Option<&str>, String)> = test.named("output").map(|o| (o.attribute("type"), o.text.clone())).collect();
            if test.attribute("ordered") == Some("false") {
                found.sort_by(|a, b| a.1.cmp(&b.1));
                expected.sort_by(|a, b| a.1.cmp(&b.1));
            }
            let same = found.len() == expected.len() && found.iter().zip(&expected).all(|(f, e)| is_same(f, e));
            match same {
                true => Ok(()),
                false => Err(format!("expected {expected:?}, found {found:?}")),
            }
        }
    }
}

/// Types and texts of the result.
fn outcome(test: &Xml, expression: &str, input: Option<&Document>) -> Result<Vec<(String, String)>, String> {
    let compiled = Expression::compile(expression).map_err(|e| format!("compile: {e}"))?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.ok().and_then(|d| DateTime::from_unix_ms(d.as_millis() as i64, 60));
    let now = now.ok_or("no clock")?;
    let Some(document) = input else {
        return result(test, &compiled, &Context::empty().with_now(now), &[]);
    };
    let check = Check {
        ordered_functions: test.attribute("checkOrderedFunctions") == Some("true"),
    };
    let root = document.root();
    let type_name = root.str("resourceType").unwrap_or_default();
    compiled.check_with(check, &type_name).map_err(|e| format!("check: {e}"))?;
    let focus = [Item::Node(Node::resource(root))];
    result(test, &compiled, &Context::new(root).with_now(now), &focus)
}

fn result<'a>(test: &Xml, expression: &Expression, context: &Context<'a>, focus: &[Item<'a>]) -> Result<Vec<(String, String)>, String> {
    let failed = |e: kilde_fhir::fhirpath::EvaluationError| format!("evaluate: {e}");
    if test.attribute("predicate") == Some("true") {
        let holds = expression.evaluate_to_boolean(context, focus).map_err(failed)?;
        return Ok(vec![("System.Boolean".to_owned(), holds.to_string())]);
    }
    let items = expression.evaluate(context, focus).map_err(failed)?;
    let text = |item: &Item<'_>| item.system().map_or_else(|| "(no value)".to_owned(), |v| v.to_string());
    Ok(items.iter().map(|item| (item.type_name(), text(item))).collect())
}

fn is_same(found: &(String, String), expected: &(Option<&str>, String)) -> bool {
    let type_name = found.0.split_once('.').map_or("", |(_, name)| name);
    let type_fits = expected.0.is_none_or(|e| e.eq_ignore_ascii_case(type_name));
    let text = expected.1.strip_prefix('@').unwrap_or(&expected.1);
    let text = if type_name == "Time" { text.trim_start_matches('T') } else { text };
    // Zero has no sign.
    let is_zero = type_name == "Decimal" && text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    let text = if is_zero { text.trim_start_matches('-') } else { text };
    type_fits && text == found.1
}
