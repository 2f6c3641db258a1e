//! HL7's validator cases: do we find errors where HL7's validator does, and as many?

use super::cases::{self, Case};
use anyhow::Context;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::{Document, Limits, parse};
use kilde_fhir::package::Packages;
use kilde_fhir::profile::{Addresses, Codes, FhirPath, Options, References, Validator, terminology_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Modules that ask for something else than validation of a resource, and what.
const OTHER: &[(&str, &str)] = &[("dsig", "verifies signatures")];

/// Modules that ask for more than is run here, and for what; validation of the resource itself is run.
const PARTLY: &[(&str, &str)] = &[
    ("matchetype", "comparing two resources by patterns of the test tool is not"),
    ("logical", "instances of logical models, which are no resources, are not"),
];

/// How a case went.
struct Outcome {
    case: Case,
    found: Vec<Finding>,
    refused: bool,
}

impl Outcome {
    fn errors(&self) -> usize {
        self.found.iter().filter(|f| f.is_error()).count() + usize::from(self.refused)
    }

    fn agrees(&self) -> bool {
        (self.errors() > 0) == (self.case.errors > 0)
    }
}

/// Runs all cases; prints a table and each that does not agree.
pub fn run() -> anyhow::Result<Value> {
    let Measured {
        modules,
        misses,
        left_out,
        skipped,
    } = measure()?;
    print_table(&modules, skipped);
    for left in &left_out {
        println!("not in scope: {} {}: {}", left.module, left.name, left.why);
    }
    for miss in misses.iter().filter(|m| !is_other(&m.case.module)) {
        println!(
            "{} {}: expected {} errors, found {}",
            miss.case.module,
            miss.case.name,
            miss.case.errors,
            miss.errors()
        );
        for finding in miss.found.iter().filter(|f| f.is_error()).take(4) {
            println!("    {} {}: {}", finding.rule, finding.expression, finding.en);
        }
    }
    let (agree, cases) = in_scope(&modules);
    println!("in scope: {agree} of {cases} agree on whether there are errors");
    let also = left_out.iter().filter(|l| l.agrees).count();
    println!("with those not in scope: {} of {}", agree + also, cases + left_out.len());
    let told = |m: &Outcome| json!({"module": m.case.module, "name": m.case.name, "expected": m.case.errors, "found": m.errors()});
    let of_module = |(m, t): (&String, &Tally)| {
        (
            m.clone(),
            json!({"cases": t.cases, "agree": t.agree, "sameCount": t.same, "inScope": !is_other(m)}),
        )
    };
    Ok(json!({
        "suite": "validator",
        "agree": agree,
        "cases": cases,
        "skipped": skipped,
        "modules": modules.iter().map(of_module).collect::<serde_json::Map<_, _>>(),
        "notInScope": left_out.iter().map(|l| json!({"module": l.module, "name": l.name, "why": l.why, "agrees": l.agrees})).collect::<Vec<_>>(),
        "misses": misses.iter().map(told).collect::<Vec<_>>(),
    }))
}

fn is_other(module: &str) -> bool {
    OTHER.iter().any(|(other, _)| *other == module)
}

/// Cases that agree, and all, of the modules in scope.
fn in_scope(modules: &BTreeMap<String, Tally>) -> (usize, usize) {
    let scope = modules.iter().filter(|(m, _)| !is_other(m));
    scope.fold((0, 0), |(agree, cases), (_, t)| (agree + t.agree, cases + t.cases))
}

/// A case that is not in scope.
struct LeftOut {
    module: String,
    name: String,
    why: String,
    agrees: bool,
}

/// How all cases went.
struct Measured {
    modules: BTreeMap<String, Tally>,
    /// Those that do not agree.
    misses: Vec<Outcome>,
    /// Those of the modules in scope that are not in scope themselves.
    left_out: Vec<LeftOut>,
    /// How many could not be read.
    skipped: usize,
}

fn measure() -> anyhow::Result<Measured> {
    let folder = super::data("fhir-test-cases/validator")?;
    let mut core = Packages::default();
    for finding in core.add_file(&super::data("packages/hl7.fhir.r4.core-4.0.1.tgz")?) {
        println!("{}", finding.en);
    }
    let mut modules: BTreeMap<String, Tally> = BTreeMap::new();
    let mut misses = Vec::new();
    let mut left_out = Vec::new();
    let mut skipped = 0;
    for case in cases::read(&folder)? {
        let left = case.out_of_scope.clone().filter(|_| !is_other(&case.module));
        let Some(outcome) = outcome(case, &core)? else {
            skipped += 1;
            continue;
        };
        if let Some(why) = left {
            left_out.push(LeftOut {
                agrees: outcome.agrees(),
                module: outcome.case.module,
                name: outcome.case.name,
                why,
            });
            continue;
        }
        let tally = modules.entry(outcome.case.module.clone()).or_default();
        tally.cases += 1;
        tally.agree += usize::from(outcome.agrees());
        tally.same += usize::from(outcome.errors() == outcome.case.errors);
        if !outcome.agrees() {
            misses.push(outcome);
        }
    }
    Ok(Measured {
        modules,
        misses,
        left_out,
        skipped,
    })
}

/// What a module came to.
#[derive(Default)]
struct Tally {
    cases: usize,
    agree: usize,
    same: usize,
}

fn print_table(modules: &BTreeMap<String, Tally>, skipped: usize) {
    println!("{:<16}{:>7}{:>8}{:>12}", "module", "cases", "agree", "same count");
    for (module, t) in modules {
        let of = |list: &[(&str, &str)], says: &str| {
            let found = list.iter().find(|(o, _)| o == module);
            found.map(|(_, why)| format!("  ({says}: {why})"))
        };
        let note = of(OTHER, "not in scope").or(of(PARTLY, "in part")).unwrap_or_default();
        println!("{module:<16}{:>7}{:>8}{:>12}{note}", t.cases, t.agree, t.same);
    }
    println!("{skipped} cases in another format than JSON were not run");
}

/// Runs one case; `None` if its format cannot be read.
fn outcome(case: Case, core: &Packages) -> anyhow::Result<Option<Outcome>> {
    let mut packages = core.clone();
    for file in case.supporting.iter().chain(&case.profile) {
        let Some(text) = json_of(file)? else { return Ok(None) };
        packages.add_resource(&file.display().to_string(), text);
    }
    let Some(text) = json_of(&case.file)? else { return Ok(None) };
    packages.link();
    let packages = Arc::new(packages);
    let profile = match &case.profile {
        Some(file) => json_of(file)?
            .and_then(|t| serde_json::from_slice::<Value>(&t).ok())
            .and_then(|v| Some(v["url"].as_str()?.to_owned())),
        None => None,
    };
    let (codes, _) = terminology_of(&packages);
    let codes: Arc<dyn Codes> = Arc::new(codes);
    let mut validator = Validator::new(packages)
        .with_codes(Arc::clone(&codes))
        .with_invariants(Arc::new(FhirPath::new(codes)))
        .with_options(options(&case));
    if case.switches.follow {
        let folder = case.file.parent().unwrap_or(Path::new(".")).to_owned();
        validator = validator.with_references(Arc::new(Files(folder)));
    }
    let profiles: Vec<&str> = profile.as_deref().into_iter().collect();
    let (found, refused) = match parse(text, Limits::default()) {
        Ok(document) => (validator.validate(document.root(), &profiles), false),
        Err(_) => (Vec::new(), true),
    };
    Ok(Some(Outcome { case, found, refused }))
}

/// The files beside a case, which are found by the id in a reference, as the suite's own fetcher does.
struct Files(PathBuf);

impl References for Files {
    fn resource(&self, reference: &str) -> Option<Arc<Document>> {
        let id = reference.rsplit('/').next().unwrap_or(reference);
        let named = ["json", "xml"].iter().map(|e| self.0.join(format!("{id}.{e}")));
        let text = json_of(&named.into_iter().find(|f| f.is_file())?).ok()??;
        parse(text, Limits::default()).ok().map(Arc::new)
    }
}

/// As HL7's validator is set up for the suite: an extension must be known, but for examples and
/// for those of HL7's later extension packages, which it has loaded.
fn options(case: &Case) -> Options {
    let mut allowed = case.allowed_extensions.clone();
    for known in [
        "http://example.org",
        "https://example.org",
        "http://example.com",
        "http://hl7.org/fhir/StructureDefinition/",
        "http://hl7.org/fhir/1.0/",
        "http://hl7.org/fhir/3.0/",
        "http://hl7.org/fhir/4.3/",
        "http://hl7.org/fhir/5.0/",
        "http://hl7.org/fhir/tools/",
    ] {
        allowed.push(known.to_owned());
    }
    Options {
        unknown_extension: Severity::Error,
        unknown_code: Severity::Error,
        wrong_display: Severity::Error,
        wrong_urn: Severity::Error,
        contained: case.switches.contained,
        aggregation_outside_bundles: case.switches.aggregation_outside_bundles,
        addresses: if case.switches.rest_references {
            Addresses::Rest
        } else {
            Addresses::Opaque
        },
        unresolved_reference: case.switches.follow.then_some(Severity::Error),
        example_address: case.switches.no_examples.then_some(Severity::Error),
        html_in_string: case.switches.security_checks.then_some(Severity::Error),
        html_in_markdown: (case.switches.security_checks || case.switches.no_html_in_markdown).then_some(Severity::Error),
        allowed_extensions: allowed,
        ..Options::default()
    }
}

/// A file as JSON: as it is, or made from XML.
fn json_of(file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let read = || std::fs::read(file).with_context(|| format!("reading {}", file.display()));
    match file.extension().and_then(|e| e.to_str()) {
        Some("json") => read().map(Some),
        Some("xml") => match kilde_fhir::xml::to_json(&read()?, Limits::default()) {
            Ok(made) => Ok(Some(made.json.into_bytes())),
            Err(_) => Ok(Some(b"not FHIR XML".to_vec())),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was reached: fewer is a step back.
    #[test]
    fn as_many_agree_as_before() {
        if let Err(missing) = crate::conformance::data("fhir-test-cases/validator") {
            eprintln!("SKIPPED: {missing}");
            return;
        }
        let (agree, cases) = in_scope(&measure().unwrap().modules);
        assert!(agree * 100 >= cases * 97, "{agree} of {cases}");
    }
}
